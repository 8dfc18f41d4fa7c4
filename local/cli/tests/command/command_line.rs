//! The binary as a user meets it: addresses, help, mistakes, Ctrl-C.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use local_account::LocalClient;
use serde_json::Value;

use crate::support::{BINARY, Up, interrupt, publish, run, stderr};

#[test]
fn help_names_every_command() {
    let output = run(&["--help"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    for command in [
        "demo", "up", "dev", "call", "messages", "faults", "load", "package", "stack",
    ] {
        assert!(text.contains(&format!("  {command}")), "{text}");
        assert!(run(&[command, "--help"]).status.success(), "{command}");
    }
}

/// The program of operators is built and started with the command and its arguments. Cargo is a fake here:
/// the test is not about building.
#[test]
fn commands_of_operators_become_their_program() {
    let place = tempfile::tempdir().unwrap();
    let script = |name: &str, text: &str| {
        let path = place.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    };
    let operator = script(
        "operator",
        "for word in \"$@\"; do echo \"<$word>\"; done; exit 7",
    );
    let said = serde_json::json!({ "reason": "compiler-artifact", "executable": operator });
    script(
        "cargo",
        &format!(
            "test \"$*\" = 'build --package operator --package connect-local --bin operator --message-format=json-render-diagnostics' || exit 1\necho '{said}'"
        ),
    );
    for (arguments, passed) in [
        (
            &[
                "--format",
                "json",
                "load",
                "members",
                "a b.csv",
                "--dry-run",
                "--table",
                "t",
            ][..],
            "<--format>\n<json>\n<load>\n<members>\n<a b.csv>\n<--dry-run>\n<--table>\n<t>\n",
        ),
        (&["members", "--help"], "<members>\n<--help>\n"),
        (
            &["explain", "--caller", "090-1234-5678", "--line", "x"],
            "<explain>\n<--caller>\n<090-1234-5678>\n<--line>\n<x>\n",
        ),
    ] {
        let output = Command::new(BINARY)
            .args(arguments)
            .env("PATH", format!("{}:/usr/bin:/bin", place.path().display()))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(7), "{}", stderr(&output));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), passed);
    }
}

#[test]
fn an_account_runs_until_ctrl_c_and_leaves_nothing() {
    let temporary = tempfile::tempdir().unwrap();
    let up = Up::start(temporary.path());
    let messages = run(&["messages", "--endpoint-url", &up.endpoint_url]);
    assert!(messages.status.success(), "{}", stderr(&messages));
    assert!(String::from_utf8_lossy(&messages.stdout).contains("No message"));
    assert!(up.stop(), "an account that ends at Ctrl-C must succeed");
    let left: Vec<_> = temporary.path().read_dir().unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_call_into_an_empty_account_says_what_is_missing() {
    let temporary = tempfile::tempdir().unwrap();
    let up = Up::start(temporary.path());
    let reach = ["--endpoint-url", up.endpoint_url.as_str()];
    let call = |arguments: &[&str]| {
        let all: Vec<&str> = ["call"]
            .iter()
            .chain(&reach)
            .chain(arguments)
            .copied()
            .collect();
        let output = run(&all);
        assert!(!output.status.success());
        stderr(&output)
    };
    let nobody = call(&["--withheld", "--silent"]);
    assert!(nobody.contains("claimed no number yet"), "{nobody}");
    let unknown = call(&["--to", "+815000000001", "--withheld", "--silent"]);
    assert!(
        unknown.contains("+815000000001 is not in service"),
        "{unknown}"
    );
    assert!(up.stop());
}

#[test]
fn mistakes_are_reported_before_a_call_is_placed() {
    let refused = |arguments: &[&str], sentence: &str| {
        let output = run(&[&["call"], arguments].concat());
        assert_eq!(output.status.code(), Some(2));
        let said = stderr(&output);
        assert!(said.contains(sentence), "{said}");
    };
    refused(&["--from", "09012345678"], "write the number in E.164");
    refused(&["--from", "+819012345678", "--to", "555"], "E.164");
    refused(
        &["--withheld", "--press", "12x"],
        "'x' is not a telephone key",
    );
    refused(
        &["--withheld", "--endpoint-url", "127.0.0.1:4566"],
        "write http://ADDRESS:PORT",
    );
}

#[test]
fn an_empty_endpoint_variable_counts_as_none() {
    let output = Command::new(BINARY)
        .arg("messages")
        .env("AWS_ENDPOINT_URL", "")
        .output()
        .unwrap();
    // An account may be running at the default address; both results are right.
    assert!(output.status.success() || stderr(&output).contains("127.0.0.1:4566"));
}

#[tokio::test]
async fn an_undelivered_message_is_marked() {
    let temporary = tempfile::tempdir().unwrap();
    let up = Up::start(temporary.path());
    let account = LocalClient::new(&up.endpoint_url);
    let phone = "+819012345678";
    account.opt_out("ap-northeast-1", phone).await.unwrap();
    publish(&account, "PhoneNumber=%2B819012345678&Message=hello").await;
    let listed = run(&["messages", "--endpoint-url", &up.endpoint_url]);
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("SMS to +819012345678 : hello"), "{listed}");
    assert!(listed.contains("not delivered: "), "{listed}");
    assert!(up.stop());
}

#[test]
fn without_an_account_a_call_says_how_to_start_one() {
    // A port that was free a moment ago, so no account listens there.
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap()
        .port();
    let url = format!("http://127.0.0.1:{port}");
    let output = run(&["messages", "--endpoint-url", &url]);
    assert!(!output.status.success());
    assert!(
        stderr(&output).contains("cargo run -- up"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn fault_rules_are_set_shown_and_cleared() {
    let temporary = tempfile::tempdir().unwrap();
    let rules = temporary.path().join("rules.json");
    let bad = temporary.path().join("bad.json");
    std::fs::write(
        &rules,
        r#"[{ "service": "sns", "operation": "Publish", "nth": 2, "effect": "lost_answer" }]"#,
    )
    .unwrap();
    std::fs::write(&bad, r#"[{ "service": "sns", "effect": "explode" }]"#).unwrap();
    let (rules, bad) = (rules.to_str().unwrap(), bad.to_str().unwrap());

    let work = temporary.path().join("work");
    std::fs::create_dir(&work).unwrap();
    let up = Up::start(&work);
    let faults = |arguments: &[&str]| {
        let mut all = vec!["faults", "--endpoint-url", &up.endpoint_url];
        all.extend(arguments);
        let output = run(&all);
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &stderr(&output);
        (output.status.success(), said)
    };
    let (done, said) = faults(&[]);
    assert!(done && said.contains("no fault rules"), "{said}");
    let (done, said) = faults(&["set", rules]);
    assert!(
        done && said.contains("sns Publish, call 2: lost_answer"),
        "{said}"
    );
    let (done, said) = faults(&["set", bad]);
    assert!(!done, "{said}");
    for word in ["bad.json", "rule 1", "`explode`"] {
        assert!(said.contains(word), "{said}");
    }
    let (_, said) = faults(&["show"]);
    assert!(said.contains("matching requests: 0, affected: 0"), "{said}");
    assert!(faults(&["clear"]).0);
    let (_, said) = faults(&["show"]);
    assert!(said.contains("no fault rules"), "{said}");
    assert!(up.stop());

    let refused = run(&["up", "--listen", "127.0.0.1:0", "--faults", bad]);
    assert!(!refused.status.success());
    assert!(stderr(&refused).contains("rule 1"), "{}", stderr(&refused));
}

/// The script is read before the account is reached, so that a mistake in it costs no call.
#[test]
fn a_mistake_in_the_script_of_a_call_names_the_file_and_the_place() {
    let temporary = tempfile::tempdir().unwrap();
    let script = temporary.path().join("script.json");
    let text = "{ \"blocks\": {\n  \"GetCase\": { \"branch\": \"fail\" } } }";
    std::fs::write(&script, text).unwrap();
    let call = ["call", "--withheld", "--silent", "--script"];
    let refused = run(&[&call[..], &[script.to_str().unwrap()]].concat());
    assert!(!refused.status.success());
    let said = stderr(&refused);
    for word in [
        "script.json must be the script of a call",
        "unknown variant `fail`, expected one of `done`, `result`, `error`",
        "line 2 column",
    ] {
        assert!(said.contains(word), "{said}");
    }
}

#[test]
fn a_busy_port_is_named_with_the_cure() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(&["up", "--listen", &address]);
    assert!(!output.status.success());
    let said = stderr(&output);
    assert!(
        said.contains("is already in use") && said.contains("--listen"),
        "{said}"
    );
}

#[test]
fn ctrl_c_in_the_middle_of_the_story_leaves_nothing() {
    let temporary = tempfile::tempdir().unwrap();
    let mut child = Command::new(BINARY)
        .env("TMPDIR", temporary.path())
        .env_remove("AWS_ENDPOINT_URL")
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    // Without a terminal, each step is printed as a line when it begins.
    while !line.contains("terraform apply") {
        line.clear();
        assert_ne!(
            said.read_line(&mut line).unwrap(),
            0,
            "the demo ended too early"
        );
    }
    interrupt(&child);
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert!(!child.wait().unwrap().success());
    assert!(rest.contains("interrupted"), "{rest}");
    let left: Vec<_> = temporary.path().read_dir().unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Without a bundle, for deployments from a checkout.
#[test]
fn the_function_is_packaged_without_a_bundle() {
    let here = local_toolchain::Architecture::of_host().unwrap();
    let output = run(&[
        "--format",
        "json",
        "package",
        "--function-only",
        "--architecture",
        here.name(),
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    let told: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [package] = &told[..] else {
        panic!("more than the function: {told:?}");
    };
    assert_eq!(package["type"], "package");
    assert_eq!(package["architecture"], here.name());
    let path = std::path::Path::new(package["path"].as_str().unwrap());
    assert!(path.ends_with(format!("dist/{}", here.zip_name())));
    assert_eq!(
        package["size"].as_u64(),
        Some(path.metadata().unwrap().len())
    );
}

/// A reader that has gone is not an error: 141 is the exit code that shells report for a program that
/// SIGPIPE ended. A full disk is reported in one sentence. Nothing is left behind in either case.
#[test]
fn output_that_cannot_be_written_is_a_sentence() {
    let temporary = tempfile::tempdir().unwrap();
    let into = |stdout: Stdio, arguments: &[&str]| {
        Command::new(BINARY)
            .args(arguments)
            .env("TMPDIR", temporary.path())
            .stdout(stdout)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
            .wait_with_output()
            .unwrap()
    };
    let repository = local_harness::repository().unwrap();
    let example = repository.join("examples/minimal");
    let check = ["stack", "check", example.to_str().unwrap()];
    let listen = ["--listen", "127.0.0.1:0"];
    let up = [&["up"][..], &listen].concat();
    let json = ["--format", "json"];
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["up", "--help"],
        &check,
        &[&json[..], &check].concat(),
        &up,
        &[&json[..], &up].concat(),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = into(writer.into(), arguments);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(141), "{arguments:?}: {said}");
        assert_eq!(said, "", "{arguments:?}");

        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let output = into(full.into(), arguments);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        let sentence = "error: cannot write to standard output: No space left on device";
        assert!(said.starts_with(sentence), "{arguments:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{arguments:?}: {said}");
    }
    assert_eq!(temporary.path().read_dir().unwrap().count(), 0);

    // A full standard error does not change the exit code.
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let failed = Command::new(BINARY)
        .args(["stack", "check", "/no/such/directory"])
        .stderr(full)
        .status();
    assert_eq!(failed.unwrap().code(), Some(1));
}
