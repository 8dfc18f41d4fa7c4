//! Runtimes that are accepted or rejected, by the interpreters of the machine.

use std::path::Path;

use common::{Answer, interpreter};

use super::*;

fn program(directory: &Path, name: &str, version: &str, status: u8) {
    interpreter(directory, name, version, "/opt/interpreter", status);
}

fn account(directory: &Path) -> Account {
    Account::configured(|config| config.search_path = directory.into())
}

async fn create(account: &Account, name: &str, runtime: &str) -> Answer {
    let extra = json!({ "Runtime": runtime, "Handler": "app.handler" });
    account.create(name, &script(""), extra).await
}

#[track_caller]
fn rejected(answer: &Answer, sentence: &str) {
    assert_eq!(answer.error(), "InvalidParameterValueException");
    assert_eq!(answer.json()["message"], sentence);
}

#[tokio::test]
async fn a_runtime_needs_an_interpreter_of_its_version() {
    let directory = tempfile::tempdir().unwrap();
    let account = account(directory.path());
    rejected(
        &create(&account, "worker", "nodejs20.x").await,
        "The local account runs nodejs20.x functions with the machine's own Node.js: node must be \
         Node.js 20 in a directory of its PATH, but Node.js was not found. Install Node.js 20 there, \
         choose the runtime of an installed interpreter, or choose provided.al2023 for a program of \
         your own.",
    );
    program(directory.path(), "node", "20.20.2", 0);
    // An interpreter that is installed later is found without a restart.
    let created = create(&account, "worker", "nodejs20.x").await.ok().json();
    assert_eq!(
        (&created["Runtime"], &created["Handler"]),
        (&json!("nodejs20.x"), &json!("app.handler"))
    );
    let uri = format!("{FUNCTIONS}/worker/configuration");
    let changed = account.put(&uri, json!({ "Runtime": "nodejs22.x" })).await;
    rejected(
        &changed,
        "The local account runs nodejs22.x functions with the machine's own Node.js: node must be \
         Node.js 22 in a directory of its PATH, but Node.js was found as 20.20.2 only. Install Node.js \
         22 there, choose the runtime of an installed interpreter, or choose provided.al2023 for a \
         program of your own.",
    );
    let unchanged = account.get(&uri).await.ok().json();
    assert_eq!(unchanged["Runtime"], "nodejs20.x");
}

/// Version managers have programs for versions that are not selected, which fail.
#[tokio::test]
async fn interpreters_that_do_not_run_are_passed_over() {
    let directory = tempfile::tempdir().unwrap();
    program(directory.path(), "python3.12", "3.12.1", 127);
    program(directory.path(), "python3", "3.11.7", 0);
    let account = account(directory.path());
    rejected(
        &create(&account, "worker", "python3.12").await,
        "The local account runs python3.12 functions with the machine's own Python: python3.12 or \
         python3 must be Python 3.12 in a directory of its PATH, but Python was found as 3.11.7 only. \
         Install Python 3.12 there, choose the runtime of an installed interpreter, or choose \
         provided.al2023 for a program of your own.",
    );
    create(&account, "worker", "python3.11").await.ok();
    program(directory.path(), "python3", "3.12.0", 0);
    create(&account, "other", "python3.12").await.ok();
}

/// As in AWS: a package of modules has no default handler.
#[tokio::test]
async fn a_managed_runtime_needs_a_handler() {
    let directory = tempfile::tempdir().unwrap();
    program(directory.path(), "node", "20.20.2", 0);
    let account = account(directory.path());
    let extra = json!({ "Runtime": "nodejs20.x", "Handler": null });
    let answer = account.create("worker", &script(""), extra).await;
    rejected(
        &answer,
        "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
    );
}

/// AWS does have SnapStart for Python, so the rejection must not state the contrary.
#[tokio::test]
async fn snap_start_of_a_managed_runtime_is_not_supported() {
    let directory = tempfile::tempdir().unwrap();
    program(directory.path(), "python3", "3.12.0", 0);
    let account = account(directory.path());
    let extra = json!({
        "Runtime": "python3.12",
        "SnapStart": { "ApplyOn": "PublishedVersions" },
    });
    let answer = account.create("worker", &script(""), extra).await;
    rejected(&answer, "The local account does not support SnapStart.");
}
