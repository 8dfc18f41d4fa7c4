//! The examples of each earlier release are deployed and upgraded with this release's bundle: nothing is
//! destroyed, and calls work before and after.
//!
//! Both use the present function, because only the module of an earlier release is kept.

use std::fs;
use std::path::{Path, PathBuf};

use e2e::bundle::{BuiltBundle, EXAMPLES, KEPT_EXAMPLES, MemberCall, copy};
use e2e::trials::Trial;
use e2e::{Failure, REGION, TestAccount};
use local_harness::{Deployment, environment, repository};
use local_toolchain::{Architecture, PlanOutcome};
use serde_json::{Map, Value};

/// An example of an earlier release in `tests/upgrades`.
#[derive(Clone)]
struct KeptExample {
    release: PathBuf,
    example: String,
}

/// Returns one trial for each example of each earlier release.
pub(crate) fn trials() -> Vec<Trial> {
    let kept = kept_examples().unwrap();
    assert!(kept.len() > 2, "there must be examples of earlier releases");
    let trial = |kept: KeptExample| {
        let release = kept.release.file_name().unwrap().to_string_lossy();
        let label = format!("{release}::{}", kept.example);
        e2e::trial!(every_earlier_release_is_taken_over_without_loss(kept); label)
    };
    kept.into_iter().map(trial).collect()
}

fn kept_examples() -> Result<Vec<KeptExample>, Failure> {
    let mut found = Vec::new();
    for release in directories(&repository()?.join("tests/upgrades"))? {
        for example in directories(&release.join("examples"))? {
            let name = example.file_name().ok_or("the path must end with a name")?;
            found.push(KeptExample {
                release: release.clone(),
                example: name.to_string_lossy().into_owned(),
            });
        }
    }
    Ok(found)
}

fn directories(parent: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for entry in fs::read_dir(parent)? {
        let path = entry?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

async fn every_earlier_release_is_taken_over_without_loss(
    kept: KeptExample,
) -> Result<(), Failure> {
    let example = EXAMPLES
        .iter()
        .chain(KEPT_EXAMPLES)
        .find(|example| example.name == kept.example)
        .ok_or_else(|| format!("EXAMPLES or KEPT_EXAMPLES must have {}", kept.example))?;
    let built = BuiltBundle::shared().await?;
    let unpacked = built.unpack()?;
    let (release, bundle) = (&kept.release, &unpacked.top);
    let aws = TestAccount::start().await?;
    let home = tempfile::tempdir()?;
    let stack = home.path().join("examples").join(example.name);
    let bundled = Architecture::of_host()?.zip_name();
    copy(release, home.path())?;
    fs::create_dir_all(home.path().join("dist"))?;
    // Release 0.1.0 uses the first name.
    for name in ["connect-pin-sms.zip", &bundled] {
        let zip = bundle.join("dist").join(&bundled);
        fs::copy(zip, home.path().join("dist").join(name))?;
    }
    let environment = environment(&aws.account.endpoint_url(), REGION);
    let prepare = || async {
        let prepared = Deployment::prepare_in(built.toolchain, &stack, environment.clone());
        let mut deployment = prepared.await?;
        deployment.keep_provider().await?;
        deployment.set("architecture", Architecture::of_host()?.name());
        Ok::<_, Failure>(deployment)
    };
    let old = prepare().await?;
    let before = old.apply_any().await?;
    let lines = (example.lines)(&before);
    assert!(!lines.is_empty());
    let mut calls = Vec::new();
    for line in &lines {
        line.load(&aws).await?;
        calls.push(line.call_as_member(&aws).await?);
    }
    drop(old);

    // The module is replaced; the stack that uses it stays as it was.
    let inputs = |top: &Path| fs::read_to_string(top.join("variables.conversation.tf")).ok();
    assert!(
        inputs(release) != inputs(bundle),
        "the two releases must differ"
    );
    swap_module(home.path(), bundle)?;
    let new = prepare().await?;
    let variables = variables()?;
    let (changes, after) = e2e::apply_without_loss(new.terraform(), &variables).await?;
    assert_eq!(after, before);
    // Existing tables are moved to their present addresses, and no other table is created.
    let created: Vec<_> = changes
        .iter()
        .filter(|change| change.kind == "aws_dynamodb_table" && change.action == "create")
        .collect();
    assert!(
        created.is_empty(),
        "the upgrade must not create {created:?}"
    );
    let plan = new.plan().await?;
    assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);
    for (line, before) in lines.iter().zip(calls) {
        assert_eq!(line.call_as_member(&aws).await?, expected_now(before)?);
    }

    // This release protects tables unless the stack disables it, as this release's examples do. A kept
    // example without a present one disables it itself.
    let present = bundle.join("examples").join(example.name);
    let last = if present.is_dir() {
        drop(new);
        copy(&present, &stack)?;
        let last = prepare().await?;
        let (_, after) = e2e::apply_without_loss(last.terraform(), &variables).await?;
        assert_eq!(after, before);
        last
    } else {
        new
    };
    last.destroy_unrefreshed().await?;
    aws.assert_empty().await?;
    aws.account.shutdown().await;
    Ok(())
}

/// Returns the call that is expected after the upgrade. It differs on purpose in one point: a line that speaks
/// only English sends its message in English, where earlier releases sent it in Japanese.
fn expected_now(before: MemberCall) -> Result<MemberCall, Failure> {
    if !before.heard.iter().all(|sentence| sentence.is_ascii()) {
        return Ok(before);
    }
    let url = before.message.strip_prefix("キャンペーンページ ");
    let url =
        url.ok_or_else(|| format!("the earlier message must be in Japanese, but was {before:?}"))?;
    let shipped = fs::read_to_string(repository()?.join("flows/texts/en.json"))?;
    let shipped: Value = serde_json::from_str(&shipped)?;
    let text = shipped["sms"]
        .as_str()
        .ok_or("flows/texts/en.json must have a message")?;
    Ok(MemberCall {
        message: text.replace("{url}", url),
        ..before
    })
}

fn variables() -> Result<Map<String, Value>, Failure> {
    let architecture = Architecture::of_host()?.name().into();
    Ok(Map::from_iter([("architecture".to_owned(), architecture)]))
}

/// Replaces a module with a bundle's, and leaves the examples as they are.
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
        let target = home.join(path.file_name().ok_or("the path must end with a name")?);
        if path.is_file() {
            fs::copy(&path, target)?;
        } else if !path.ends_with("examples") {
            copy(&path, &target)?;
        }
    }
    Ok(())
}
