//! `exec`: the variables of the account, the exit code of the command, and the state of Terraform.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::{BINARY, Up, stderr};

/// Runs a command in the account, in a shell whose settings lead elsewhere.
fn exec(endpoint_url: &str, directory: &Path, command: &[&str]) -> Output {
    Command::new(BINARY)
        .args(["exec", "--endpoint-url", endpoint_url, "--"])
        .args(command)
        .current_dir(directory)
        .env("AWS_PROFILE", "production")
        .env("AWS_ENDPOINT_URL_S3", "https://s3.example.com")
        .env("AWS_SECRET_ACCESS_KEY", "of-production")
        .env("TF_CLI_ARGS_apply", "-state=production.tfstate")
        .env("TF_VAR_alias", "shop")
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_REGION")
        .env_remove("AWS_DEFAULT_REGION")
        .output()
        .unwrap()
}

fn variables(output: &Output) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(&output.stdout);
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn a_command_gets_the_variables_of_the_account_and_none_that_lead_elsewhere() {
    let temporary = tempfile::tempdir().unwrap();
    let up = Up::start(temporary.path());
    let output = exec(&up.endpoint_url, temporary.path(), &["env"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let found = variables(&output);
    for (name, value) in [
        ("AWS_ENDPOINT_URL", up.endpoint_url.as_str()),
        ("AWS_REGION", "ap-northeast-1"),
        ("AWS_DEFAULT_REGION", "ap-northeast-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("TF_WORKSPACE", "connect-local"),
        ("TF_DATA_DIR", ".terraform/connect-local"),
        ("TF_VAR_alias", "shop"),
    ] {
        assert_eq!(found.get(name).map(String::as_str), Some(value), "{name}");
    }
    for name in ["AWS_PROFILE", "AWS_ENDPOINT_URL_S3", "TF_CLI_ARGS_apply"] {
        assert!(!found.contains_key(name), "{name}");
    }
    assert!(up.stop());
}

#[test]
fn the_exit_code_and_the_signals_are_those_of_the_command() {
    let temporary = tempfile::tempdir().unwrap();
    let up = Up::start(temporary.path());
    let status =
        |script: &str| exec(&up.endpoint_url, temporary.path(), &["sh", "-c", script]).status;
    assert_eq!(status("exit 7").code(), Some(7));
    // SIGTERM is 15.
    assert_eq!(status("kill -TERM $$").signal(), Some(15));
    let missing = exec(&up.endpoint_url, temporary.path(), &["no-such-program"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(
        stderr(&missing).contains("cannot start no-such-program"),
        "{}",
        stderr(&missing)
    );
    assert!(up.stop());
}

#[test]
fn without_an_account_nothing_is_started() {
    let temporary = tempfile::tempdir().unwrap();
    let mark = temporary.path().join("mark");
    let mark = mark.display().to_string();
    // Port 9 of this machine is reserved for discard, which nothing serves here.
    let output = exec("http://127.0.0.1:9", temporary.path(), &["touch", &mark]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("no local account answers"),
        "{}",
        stderr(&output)
    );
    assert!(!Path::new(&mark).exists());
}

#[test]
fn a_stack_whose_state_is_elsewhere_is_refused() {
    let temporary = tempfile::tempdir().unwrap();
    let up = Up::start(temporary.path());
    // A stand-in for Terraform, which must not be started.
    let terraform = temporary.path().join("terraform");
    fs::write(&terraform, "#!/bin/sh\necho started\n").unwrap();
    fs::set_permissions(&terraform, fs::Permissions::from_mode(0o755)).unwrap();
    let terraform = terraform.display().to_string();
    let stack = temporary.path().join("stack");
    fs::create_dir(&stack).unwrap();
    let run = || {
        exec(
            &up.endpoint_url,
            temporary.path(),
            &[&terraform, "-chdir=stack", "apply"],
        )
    };
    fs::write(
        stack.join("main.tf"),
        "terraform {\n  backend \"s3\" {}\n}\n",
    )
    .unwrap();
    let refused = run();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("in the backend s3"),
        "{}",
        stderr(&refused)
    );
    fs::write(
        stack.join("main.tf"),
        "terraform {\n  backend \"local\" {}\n}\n",
    )
    .unwrap();
    assert_eq!(run().stdout, b"started\n");
    assert!(up.stop());
}
