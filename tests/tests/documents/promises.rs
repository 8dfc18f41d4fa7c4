//! Checks that each test that `docs/promises.md` names exists and runs by that name.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;

use e2e::cargo::output;
use e2e::{Failure, unit_tests};
use local_harness::repository;
use tokio::process::Command;

use super::read;

e2e::trials![every_promise_names_a_test_that_runs];

/// `cargo test --workspace NAME` runs each. The bench is a workspace of its own, so its tests are searched
/// for in its sources.
async fn every_promise_names_a_test_that_runs() -> Result<(), Failure> {
    let page = read("docs/promises.md");
    let mut tests = BTreeSet::new();
    for binary in unit_tests::binaries().await? {
        tests.extend(names(&binary.path).await?);
    }
    let bench = sources(&repository()?.join("bench"))?;
    let mut promises = 0;
    let mut missing = Vec::new();
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let Some(guard) = row.trim_end_matches([' ', '|']).rsplit_once(" | ") else {
            continue;
        };
        for name in guard.1.split('`').skip(1).step_by(2) {
            if !name.contains('_') {
                continue;
            }
            promises += 1;
            let runs = if guard.1.contains("(bench)") {
                bench.contains(&format!("fn {name}("))
            } else {
                tests.contains(name)
            };
            if !runs {
                missing.push(name);
            }
        }
    }
    assert!(promises > 40, "{promises} names");
    assert!(
        missing.is_empty(),
        "docs/promises.md names tests that do not exist: {missing:?}"
    );
    Ok(())
}

/// Returns the parts of the names of a binary's tests: modules, functions, and labels of trials.
async fn names(binary: &Path) -> Result<Vec<String>, Failure> {
    let mut list = Command::new(binary);
    list.arg("--list").current_dir(repository()?);
    let listed = output(list).await?;
    Ok(listed
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .flat_map(|name| name.split("::").map(str::to_owned))
        .collect())
}

/// Returns the Rust code below a directory.
fn sources(directory: &Path) -> Result<String, Failure> {
    let mut code = String::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with("target") {
            code.push_str(&sources(&path)?);
        } else if path.extension() == Some(OsStr::new("rs")) {
            code.push_str(&std::fs::read_to_string(&path)?);
        }
    }
    Ok(code)
}
