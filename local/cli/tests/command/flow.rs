//! `flow check` and `flow rule` as a developer and a hook run them.

use std::process::{Command, Output};

use serde_json::Value;

use crate::support::{BINARY, stderr, stdout};

const BAD: &str = r#"{"Version": "1", "StartAction": "a", "Actions": []}"#;

/// Runs the command in an empty directory that has a flow, without a home, a path and an account.
fn run(arguments: &[&str]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("flow.json"), BAD).unwrap();
    Command::new(BINARY)
        .args(arguments)
        .current_dir(directory.path())
        .env_clear()
        .output()
        .unwrap()
}

#[test]
fn a_flow_is_checked_in_each_format() {
    for (format, beginning) in [
        (
            "text",
            "service/invalid-version Invalid Version. Version: 1\n --> flow.json:1:13\n",
        ),
        ("concise", "flow.json:1:13: service/invalid-version "),
        (
            "json",
            "{\"type\":\"finding\",\"rule\":\"service/invalid-version\"",
        ),
        ("sarif", "{\n  \"$schema\""),
        ("github", "::error file=flow.json,line=1,col=13,"),
    ] {
        let output = run(&["flow", "check", "flow.json", "--format", format]);
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        assert!(
            stdout(&output).starts_with(beginning),
            "{}",
            stdout(&output)
        );
    }
}

#[test]
fn the_exit_code_tells_clean_found_and_unreadable() {
    let allowed = [
        "--allow",
        "service/invalid-version",
        "--allow",
        "service/unknown-target",
    ];
    let output = run(&[&["flow", "check", "."], &allowed[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let output = run(&["flow", "check", "missing.json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("missing.json must be a readable file"));
}

#[test]
fn a_rule_is_explained() {
    let output = run(&[
        "flow",
        "rule",
        "service/invalid-version",
        "--format",
        "json",
    ]);
    assert!(output.status.success());
    let rule: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(rule["severity"], "error");
}

#[test]
fn other_commands_print_no_findings() {
    let output = run(&["stack", "check", "--format", "sarif"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("--format must be text or json here"));
}
