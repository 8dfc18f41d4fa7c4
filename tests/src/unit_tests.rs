//! Test binaries of the workspace, run by the end-to-end tests.

use std::path::PathBuf;

use local_harness::repository;
pub use local_service_tests::MADE_FROM_MODEL;
use local_service_tests::RECORD;
use serde_json::Value;
use tokio::process::Command;
use tokio::sync::OnceCell;

use crate::Failure;
use crate::cargo::{cargo, output};

/// A test binary of the workspace.
#[derive(Debug)]
pub struct TestBinary {
    /// The name of the library, program or test that it is built from.
    pub name: String,
    pub path: PathBuf,
}

/// Returns the test binaries of the workspace. Under `cargo test --workspace` they are built already.
///
/// # Errors
/// When they do not compile.
pub async fn binaries() -> Result<&'static [TestBinary], Failure> {
    static BINARIES: OnceCell<Vec<TestBinary>> = OnceCell::const_new();
    Ok(BINARIES.get_or_try_init(find).await?)
}

async fn find() -> Result<Vec<TestBinary>, Failure> {
    let mut cargo = cargo().await?;
    cargo.args([
        "test",
        "--workspace",
        "--no-run",
        "--message-format=json-render-diagnostics",
    ]);
    let messages = output(cargo).await?;
    let mut found = Vec::new();
    for line in messages.lines() {
        let message: Value = serde_json::from_str(line)?;
        if message["profile"]["test"] == true
            && let Some(path) = message["executable"].as_str()
            && let Some(name) = message["target"]["name"].as_str()
        {
            found.push(TestBinary {
                name: name.to_owned(),
                path: PathBuf::from(path),
            });
        }
    }
    if found.len() < 10 {
        return Err(format!("the workspace must have more test binaries than {found:?}").into());
    }
    Ok(found)
}

/// Runs the unit tests of a library that match a filter, and returns their record of operations.
///
/// # Errors
/// When one fails.
pub async fn record(library: &str, filter: &str) -> Result<String, Failure> {
    let all = binaries().await?;
    let found = all.iter().find(|binary| binary.name == library);
    let binary = found.ok_or_else(|| format!("{library} must have unit tests"))?;
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("record");
    let mut tests = Command::new(&binary.path);
    // With one thread, tests run in the main thread, which has no test's name.
    tests
        .args([filter, "--test-threads", "2"])
        .env(RECORD, &file)
        .current_dir(repository()?);
    output(tests).await?;
    Ok(std::fs::read_to_string(&file)?)
}
