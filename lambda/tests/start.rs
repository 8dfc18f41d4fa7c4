//! The binary as Lambda starts it.
#![cfg(feature = "aws")]
#![allow(
    clippy::unwrap_used,
    reason = "clippy knows tests, but not their helpers"
)]

use std::process::Command;

use serde_json::Value;

/// Starts the binary with only `variables` in the environment, and returns the exit code and the log.
fn start(variables: &[(&str, &str)]) -> (Option<i32>, Vec<Value>) {
    let output = Command::new(env!("CARGO_BIN_EXE_connect-pin-sms"))
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (
        output.status.code(),
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
    )
}

#[test]
fn stops_with_the_name_of_a_missing_variable() {
    let (code, log) = start(&[("MEMBER_TABLE_NAME", "members")]);
    assert_eq!(code, Some(1));
    assert_eq!(log.len(), 1);
    assert_eq!(log[0]["level"], "ERROR");
    assert_eq!(
        log[0]["cause"],
        "environment variable BENEFITS_TABLE_NAME must be set"
    );
}

#[test]
fn stops_with_the_name_of_an_invalid_variable() {
    let (code, log) = start(&[
        ("AWS_LAMBDA_LOG_LEVEL", "FATAL"),
        ("MEMBER_TABLE_NAME", "members"),
        ("BENEFITS_TABLE_NAME", "benefits"),
        ("SMS_TYPE", "Promotional"),
        ("SMS_TEMPLATE", "look here"),
    ]);
    assert_eq!(code, Some(1));
    assert_eq!(
        log[0]["cause"],
        "environment variable SMS_TEMPLATE must contain {url}"
    );
}
