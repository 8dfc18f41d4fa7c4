//! Ctrl-C with the real Terraform: its state contains everything that it has created.
//!
//! A single test in a program of its own, because the signal goes to the whole program.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use local_toolchain::{Cache, Error, Silent, Terraform, Toolchain, settle};
use rustix::process::{Signal, getpid, kill_process};
use serde_json::Map;

const CONFIGURATION: &str = r#"
resource "terraform_data" "first" {}

resource "terraform_data" "slow" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "touch started; exec sleep 60"
  }
}
"#;

fn terraform(toolchain: &Toolchain, directory: &Path) -> Terraform {
    fs::create_dir(directory).unwrap();
    fs::write(directory.join("main.tf"), CONFIGURATION).unwrap();
    toolchain.terraform(directory, BTreeMap::new()).unwrap()
}

async fn started(directory: &Path) {
    while !directory.join("started").exists() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn assert_state(directory: &Path) {
    let state = fs::read_to_string(directory.join("terraform.tfstate")).unwrap();
    assert!(state.contains(r#""name": "first""#), "{state}");
    assert!(
        !directory.join(".terraform.tfstate.lock.info").exists(),
        "still locked"
    );
}

#[tokio::test]
async fn terraform_writes_its_state_when_interrupted() {
    let root = tempfile::tempdir().unwrap();
    let cache = Cache::at(root.path().join("cache"));
    let toolchain = Toolchain::detect(cache, Arc::new(Silent)).await.unwrap();
    let begun = Instant::now();

    let pressed = root.path().join("pressed");
    let mut terraform_one = terraform(&toolchain, &pressed);
    terraform_one.init().await.unwrap();
    let variables = Map::new();
    let press = async {
        started(&pressed).await;
        kill_process(getpid(), Signal::INT).unwrap();
    };
    let (applied, ()) = tokio::join!(terraform_one.apply(&variables), press);
    let error = applied.unwrap_err();
    assert!(matches!(error, Error::Interrupted { .. }), "{error}");
    assert_state(&pressed);

    let dropped = root.path().join("dropped");
    let mut terraform_two = terraform(&toolchain, &dropped);
    terraform_two.init().await.unwrap();
    tokio::select! {
        applied = terraform_two.apply(&variables) => panic!("ended: {applied:?}"),
        () = started(&dropped) => {}
    }
    assert!(settle(Duration::from_secs(20)).await);
    assert_state(&dropped);
    assert!(
        begun.elapsed() < Duration::from_secs(50),
        "{:?}",
        begun.elapsed()
    );
}
