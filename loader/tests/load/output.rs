//! Output that cannot be written.

use std::fs::File;
use std::io;
use std::process::{Command, Output, Stdio};

use crate::account::{Account, BINARY, MEMBERS, stderr};

fn into(stdout: Stdio, arguments: &[&str]) -> Output {
    Command::new(BINARY)
        .args(arguments)
        .env_remove("AWS_ENDPOINT_URL")
        .stdout(stdout)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
        .wait_with_output()
        .unwrap()
}

fn full() -> Stdio {
    File::options()
        .write(true)
        .open("/dev/full")
        .unwrap()
        .into()
}

/// A pipe whose reader has gone, as after `head`.
fn unread() -> Stdio {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    writer.into()
}

/// A reader that has gone is no news: 141 is what a shell says of a program that SIGPIPE has ended. A
/// full disk is a sentence.
#[tokio::test(flavor = "multi_thread")]
async fn output_that_cannot_be_written_is_a_sentence() {
    let account = Account::start().await;
    let members = account.file("m.csv", "phone,id\n090-1111-2222,7\n");
    let mistakes = account.file("bad.csv", "phone,id\n1,7\n");
    let reach = ["--endpoint-url", account.endpoint_url.as_str()];
    let json = ["--format", "json"];
    let dry = [&["members", &members, "--dry-run"][..], &reach].concat();
    for arguments in [
        &["--help"][..],
        &["members", "--help"],
        &["--version"],
        &dry,
        &[&json[..], &dry].concat(),
        &[&json[..], &["members", &mistakes], &reach].concat(),
    ] {
        let output = into(unread(), arguments);
        assert_eq!(output.status.code(), Some(141), "{arguments:?}");
        let said = stderr(&output);
        assert!(
            !said.contains("panicked") && !said.contains("error:"),
            "{said}"
        );

        let output = into(full(), arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let said = stderr(&output);
        let sentence = "error: cannot write to standard output: No space left on device";
        assert!(said.contains(sentence), "{arguments:?}: {said}");
        assert_eq!(said.matches("error:").count(), 1, "{said}");
    }
    assert!(account.rows(MEMBERS).await.is_empty());
    account.stop().await;
}

#[test]
fn a_standard_error_that_cannot_be_written_changes_nothing() {
    let output = Command::new(BINARY)
        .args(["members", "/no/such/file.csv"])
        .stdout(Stdio::piped())
        .stderr(full())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
}
