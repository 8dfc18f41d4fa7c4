//! Stacks that an earlier release has deployed, its own examples, are taken over by this one's
//! bundle: nothing is destroyed, and whoever could call before can call after.
//!
//! The function is today's on both sides, since of an earlier release only the module is kept.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what it expects"
)]

use std::fs;
use std::path::{Path, PathBuf};

use local_harness::{Deployment, environment, repository};
use e2e::bundle::{EXAMPLES, Example, Made, copy};
use e2e::{Failure, REGION, TestAccount, changes};
use local_toolchain::{Architecture, PlanOutcome};
use serde_json::{Map, Value};

#[tokio::test(flavor = "multi_thread")]
async fn every_earlier_release_is_taken_over_without_loss() -> Result<(), Failure> {
    let made = Made::now().await?;
    let bundle = made.unpack("unpacked")?;
    let releases = repository()?.join("tests/upgrades");
    let mut tried = 0;
    for release in directories(&releases)? {
        for old in directories(&release.join("examples"))? {
            let example = EXAMPLES
                .iter()
                .find(|example| old.ends_with(example.name))
                .ok_or_else(|| format!("{} is no example any more", old.display()))?;
            is_taken_over(&made, &bundle, &release, example)
                .await
                .map_err(|error| format!("{}: {error}", old.display()))?;
            tried += 1;
        }
    }
    assert!(tried > 0, "no example of an earlier release");
    Ok(())
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

async fn is_taken_over(
    made: &Made,
    bundle: &Path,
    release: &Path,
    example: &Example,
) -> Result<(), Failure> {
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
        let prepared = Deployment::prepare_in(&made.toolchain, &stack, surroundings.clone());
        let mut deployment = prepared.await?;
        deployment.set("architecture", Architecture::of_host()?.name());
        Ok::<_, Failure>(deployment)
    };
    let old = prepare().await?;
    let before = old.apply_any().await?;
    let lines = (example.lines)(&before);
    assert!(!lines.is_empty());
    for line in &lines {
        line.load(&aws).await?;
        line.gives_its_message(&aws).await?;
    }
    drop(old);

    // The module is another, the stack that uses it is as it was.
    swap_module(home.path(), bundle)?;
    let new = prepare().await?;
    let variables = variables()?;
    let planned = changes(new.terraform(), &variables).await?;
    let going: Vec<_> = planned
        .iter()
        .filter(|change| change.actions.iter().any(|action| action == "delete"))
        .collect();
    assert!(going.is_empty(), "the upgrade destroys {going:?}");
    assert!(!planned.is_empty(), "this release is the earlier one");
    assert_eq!(new.apply_any().await?, before);
    let plan = new.plan().await?;
    assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);
    for line in &lines {
        line.gives_its_message(&aws).await?;
    }

    // Tables are protected now unless a stack says otherwise, as the example does by now.
    copy(&bundle.join("examples").join(example.name), &stack)?;
    let new = prepare().await?;
    let going = e2e::planned(new.terraform(), &variables, "delete").await?;
    assert!(going.is_empty(), "today's example destroys {going:?}");
    assert_eq!(new.apply_any().await?, before);
    new.destroy().await?;
    let left = aws.client.inventory(REGION).await?;
    assert!(left.is_empty(), "left behind: {left:?}");
    aws.account.shutdown().await;
    Ok(())
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
