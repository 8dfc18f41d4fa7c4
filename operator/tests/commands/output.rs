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

/// A pipe without a reader, as after `head` has ended.
fn unread() -> Stdio {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    writer.into()
}

/// A pipe without a reader is not an error: 141 is the code that a shell reports for a program
/// ended by SIGPIPE. A full disk is one, reported in a sentence.
#[tokio::test(flavor = "multi_thread")]
async fn output_that_cannot_be_written_is_a_sentence() {
    let account = Account::start().await;
    let members = account.file("m.csv", "phone,id\n090-1111-2222,7\n");
    let mistakes = account.file("bad.csv", "phone,id\n1,7\n");
    let reach = ["--endpoint-url", account.endpoint_url.as_str()];
    let json = ["--format", "json"];
    let dry = [&["load", "members", &members, "--dry-run"][..], &reach].concat();
    for arguments in [
        &["--help"][..],
        &["load", "members", "--help"],
        &["--version"],
        &dry,
        &[&json[..], &dry].concat(),
        &[&json[..], &["load", "members", &mistakes], &reach].concat(),
    ] {
        let output = into(unread(), arguments);
        assert_eq!(output.status.code(), Some(141), "{arguments:?}");
        let printed = stderr(&output);
        assert!(
            !printed.contains("panicked") && !printed.contains("error:"),
            "{printed}"
        );

        let output = into(full(), arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let printed = stderr(&output);
        let sentence = "error: cannot write to standard output: No space left on device";
        assert!(printed.contains(sentence), "{arguments:?}: {printed}");
        assert_eq!(printed.matches("error:").count(), 1, "{printed}");
    }
    assert!(account.rows(MEMBERS).await.is_empty());
    account.stop().await;
}

#[test]
fn a_standard_error_that_cannot_be_written_changes_nothing() {
    let output = Command::new(BINARY)
        .args(["load", "members", "/no/such/file.csv"])
        .stdout(Stdio::piped())
        .stderr(full())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
}
