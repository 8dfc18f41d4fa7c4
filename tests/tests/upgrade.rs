//! Stacks that an earlier release has deployed, its own examples, are taken over by this one's
//! bundle: nothing is destroyed, and whoever could call before can call after.
//!
//! The function is today's on both sides, since of an earlier release only the module is kept.

use std::fs;
use std::path::{Path, PathBuf};

use e2e::bundle::{BuiltBundle, EXAMPLES, Given, KEPT_EXAMPLES, copy};
use e2e::trials::Trial;
use e2e::{Failure, REGION, TestAccount};
use local_harness::{Deployment, environment, repository};
use local_toolchain::{Architecture, PlanOutcome};
use serde_json::{Map, Value};

/// An example of a release that is kept in `tests/upgrades`.
#[derive(Clone)]
struct Kept {
    release: PathBuf,
    example: String,
}

/// One trial for each example of each release.
pub(crate) fn trials() -> Vec<Trial> {
    let kept = kept().unwrap();
    assert!(kept.len() > 2, "examples of earlier releases");
    let trial = |kept: Kept| {
        let release = kept.release.file_name().unwrap().to_string_lossy();
        let label = format!("{release}::{}", kept.example);
        e2e::trial!(every_earlier_release_is_taken_over_without_loss(kept); label)
    };
    kept.into_iter().map(trial).collect()
}

fn kept() -> Result<Vec<Kept>, Failure> {
    let mut found = Vec::new();
    for release in directories(&repository()?.join("tests/upgrades"))? {
        for example in directories(&release.join("examples"))? {
            let name = example.file_name().ok_or("no name")?;
            found.push(Kept {
                release: release.clone(),
                example: name.to_string_lossy().into_owned(),
            });
        }
    }
    Ok(found)
}

fn directories(of: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for entry in fs::read_dir(of)? {
        let path = entry?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

async fn every_earlier_release_is_taken_over_without_loss(kept: Kept) -> Result<(), Failure> {
    let example = EXAMPLES
        .iter()
        .chain(KEPT_EXAMPLES)
        .find(|example| example.name == kept.example)
        .ok_or_else(|| format!("{} is no example any more", kept.example))?;
    let made = BuiltBundle::shared().await?;
    let unpacked = made.unpack()?;
    let (release, bundle) = (&kept.release, &unpacked.top);
    let aws = TestAccount::start().await?;
    let home = tempfile::tempdir()?;
    let stack = home.path().join("examples").join(example.name);
    let carried = Architecture::of_host()?.zip_name();
    copy(release, home.path())?;
    fs::create_dir_all(home.path().join("dist"))?;
    // Release 0.1.0 looked for the first of them.
    for name in ["connect-pin-sms.zip", &carried] {
        let zip = bundle.join("dist").join(&carried);
        fs::copy(zip, home.path().join("dist").join(name))?;
    }
    let surroundings = environment(&aws.account.endpoint_url(), REGION);
    let prepare = || async {
        let prepared = Deployment::prepare_in(made.toolchain, &stack, surroundings.clone());
        let mut deployment = prepared.await?;
        deployment.keep_provider().await?;
        deployment.set("architecture", Architecture::of_host()?.name());
        Ok::<_, Failure>(deployment)
    };
    let old = prepare().await?;
    let before = old.apply_any().await?;
    let lines = (example.lines)(&before);
    assert!(!lines.is_empty());
    let mut given = Vec::new();
    for line in &lines {
        line.load(&aws).await?;
        given.push(line.gives_its_message(&aws).await?);
    }
    drop(old);

    // The module is another, the stack that uses it is as it was.
    let inputs = |top: &Path| fs::read_to_string(top.join("variables.conversation.tf")).ok();
    assert!(
        inputs(release) != inputs(bundle),
        "this is the earlier release"
    );
    swap_module(home.path(), bundle)?;
    let new = prepare().await?;
    let variables = variables()?;
    let (changes, after) = e2e::apply_without_loss(new.terraform(), &variables).await?;
    assert_eq!(after, before);
    // Tables are found at the addresses that they have now, and none is made beside them.
    let anew: Vec<_> = changes
        .iter()
        .filter(|change| change.kind == "aws_dynamodb_table" && change.action == "create")
        .collect();
    assert!(anew.is_empty(), "the upgrade makes {anew:?} anew");
    let plan = new.plan().await?;
    assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);
    for (line, before) in lines.iter().zip(given) {
        assert_eq!(line.gives_its_message(&aws).await?, as_of_now(before)?);
    }

    // Tables are protected now unless a stack says otherwise, as the example does by now; one that is
    // kept only here says so itself.
    let todays = bundle.join("examples").join(example.name);
    if todays.is_dir() {
        copy(&todays, &stack)?;
    }
    let new = prepare().await?;
    let (_, after) = e2e::apply_without_loss(new.terraform(), &variables).await?;
    assert_eq!(after, before);
    new.destroy().await?;
    let left = aws.client.inventory(REGION).await?;
    assert!(left.is_empty(), "left behind: {left:?}");
    aws.account.shutdown().await;
    Ok(())
}

/// What callers got before, but for what is another thing on purpose: a line that speaks English alone
/// texts in English, where earlier releases texted in Japanese.
fn as_of_now(before: Given) -> Result<Given, Failure> {
    if !before.heard.iter().all(|sentence| sentence.is_ascii()) {
        return Ok(before);
    }
    let url = before.message.strip_prefix("キャンペーンページ ");
    let url = url.ok_or_else(|| format!("{before:?} is in English already"))?;
    let shipped = fs::read_to_string(repository()?.join("flows/texts/en.json"))?;
    let shipped: Value = serde_json::from_str(&shipped)?;
    let text = shipped["sms"].as_str().ok_or("no English message")?;
    Ok(Given {
        message: text.replace("{url}", url),
        ..before
    })
}

fn variables() -> Result<Map<String, Value>, Failure> {
    let architecture = Architecture::of_host()?.name().into();
    Ok(Map::from_iter([("architecture".to_owned(), architecture)]))
}

/// Puts a bundle's module where another one is, and leaves the examples alone.
fn swap_module(home: &Path, bundle: &Path) -> Result<(), Failure> {
    for entry in fs::read_dir(home)? {
        let path = entry?.path();
        if path.is_file() {
            fs::remove_file(path)?;
        } else if !path.ends_with("examples") {
            fs::remove_dir_all(path)?;
        }
    }
    for entry in fs::read_dir(bundle)? {
        let path = entry?.path();
        let target = home.join(path.file_name().ok_or("no name")?);
        if path.is_file() {
            fs::copy(&path, target)?;
        } else if !path.ends_with("examples") {
            copy(&path, &target)?;
        }
    }
    Ok(())
}
