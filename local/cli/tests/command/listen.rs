//! Access to `up` as a user meets it: what it prints, and what its clients need.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::support::{BINARY, interrupt, run, stderr};

/// A running account, and the directory that it unpacks functions to.
struct Running {
    child: Child,
    _place: tempfile::TempDir,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), arguments)
    }

    /// Starts it with a directory for functions, which is also the user's cache.
    fn start_in(place: tempfile::TempDir, arguments: &[&str]) -> Self {
        let child = Command::new(BINARY)
            .args(arguments)
            .env("TMPDIR", place.path())
            .env("XDG_CACHE_HOME", place.path())
            .env_remove("RUST_LOG")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            child,
            _place: place,
        }
    }

    /// Returns the output up to a line with this text.
    fn until(&mut self, words: &str) -> String {
        let mut lines = BufReader::new(self.child.stdout.as_mut().unwrap());
        let mut text = String::new();
        while !text.contains(words) {
            assert_ne!(lines.read_line(&mut text).unwrap(), 0, "{text}");
        }
        text
    }

    /// Presses Ctrl-C, and returns the standard error output.
    fn stop(mut self) -> String {
        interrupt(&self.child);
        let mut said = String::new();
        let mut errors = self.child.stderr.take().unwrap();
        errors.read_to_string(&mut said).unwrap();
        assert!(self.child.wait().unwrap().success(), "{said}");
        said
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // After `stop` the process has ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn messages(endpoint_url: &str, access_key_id: Option<&str>) -> Output {
    let mut command = Command::new(BINARY);
    command.args(["messages", "--endpoint-url", endpoint_url]);
    match access_key_id {
        Some(key) => command.env("AWS_ACCESS_KEY_ID", key),
        None => command.env_remove("AWS_ACCESS_KEY_ID"),
    };
    command.output().unwrap()
}

/// The codes are those of AWS; the sentences are the account's own.
#[test]
fn an_account_that_enforces_iam_prints_the_root_users_key_and_refuses_others() {
    let mut up = Running::start(&["up", "--listen", "127.0.0.1:0", "--enforce-iam"]);
    let said = up.until("cargo run -- messages");
    let words = "The access key id local is the root user's, who may do everything";
    assert!(said.contains(words), "{said}");
    let (_, rest) = said.split_once("AWS_ENDPOINT_URL=http://").unwrap();
    let address = rest.split(' ').next().unwrap();
    let ask = |key: &str| {
        let body = "Action=GetCallerIdentity&Version=2011-06-15";
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: \
             AWS4-HMAC-SHA256 Credential={key}/20261126/eu-west-1/sts/aws4_request, \
             SignedHeaders=host, Signature=00\r\nContent-Type: \
             application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(ask("local").starts_with("HTTP/1.1 200"));
    let refused = ask("AKIAIOSFODNN7EXAMPLE");
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
    assert!(
        refused.contains("<Code>InvalidClientTokenId</Code>"),
        "{refused}"
    );
    let errors = up.stop();
    let advice = "with --enforce-iam the access key id must be the root user's";
    assert!(errors.contains(advice), "{errors}");
}

#[test]
fn an_account_that_others_reach_prints_its_token_and_wants_it() {
    let mut up = Running::start(&["--format", "json", "up", "--listen", "0.0.0.0:0"]);
    let said: Value = serde_json::from_str(&up.until("\n")).unwrap();
    let url = said["endpointUrl"].as_str().unwrap();
    let token = said["token"].as_str().unwrap();
    assert_eq!(said["accessKeyId"], token);
    // 0.0.0.0 is not an address to connect to.
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");

    for key in [None, Some(""), Some("AKIAIOSFODNN7EXAMPLE")] {
        let refused = messages(url, key);
        assert!(!refused.status.success());
        let why = stderr(&refused);
        assert!(why.contains("AWS_ACCESS_KEY_ID"), "{why}");
    }
    let listed = messages(url, Some(token));
    assert!(listed.status.success(), "{}", stderr(&listed));

    let warned = up.stop();
    assert!(
        warned.contains("warning: other machines can reach this account"),
        "{warned}"
    );
    assert!(warned.contains("nothing is encrypted"), "{warned}");
}

#[test]
fn the_printed_commands_contain_the_token() {
    let mut up = Running::start(&["up", "--listen", "0.0.0.0:0"]);
    let said = up.until("cargo run -- messages");
    let token = said
        .split_once("AWS_ACCESS_KEY_ID=")
        .and_then(|(_, rest)| rest.split_once(' '))
        .unwrap()
        .0;
    assert!((16..=128).contains(&token.len()), "{said}");
    assert!(
        said.contains(&format!("/_local/messages?token={token}")),
        "{said}"
    );
    let page = said.lines().next().unwrap_or_default();
    assert!(
        page.ends_with(&format!("/_local/ui/?token={token}")),
        "{said}"
    );
    assert!(!said.contains("0.0.0.0"), "{said}");
    up.stop();
}

#[test]
fn the_families_of_a_built_provider_are_printed_with_its_configuration() {
    const WITHOUT_OTHERS: &str = "aws_cloudwatch, aws_cloudwatch_log, aws_connect, aws_dynamodb, aws_iam, \
                                  aws_kms, aws_lambda, aws_sns.";
    let arguments = ["up", "--listen", "127.0.0.1:0"];
    let mut downloaded = Running::start(&arguments);
    let said = downloaded.until("cargo run -- messages");
    assert!(!said.contains("TF_CLI_CONFIG_FILE"), "{said}");
    assert!(!said.contains("resource families"), "{said}");
    downloaded.stop();

    let place = tempfile::tempdir().unwrap();
    let directory = place.path().join("terraform-aws-connect-pin-sms/terraform");
    std::fs::create_dir_all(&directory).unwrap();
    let configuration = directory.join("mirror.tfrc");
    std::fs::write(&configuration, "").unwrap();
    let mut built = Running::start_in(place, &arguments);
    let said = built.until("cargo run -- messages");
    let export = format!("export TF_CLI_CONFIG_FILE={}", configuration.display());
    for part in [export.as_str(), WITHOUT_OTHERS, "registry.terraform.io"] {
        assert!(said.contains(part), "{part:?} is missing in {said}");
    }
    built.stop();
}

#[test]
fn an_account_of_this_machine_alone_accepts_any_key() {
    let mut up = Running::start(&["--format", "json", "up", "--listen", "127.0.0.1:0"]);
    let said: Value = serde_json::from_str(&up.until("\n")).unwrap();
    assert_eq!(said["token"], Value::Null);
    let url = said["endpointUrl"].as_str().unwrap();
    for key in [None, Some("AKIAIOSFODNN7EXAMPLE")] {
        let listed = messages(url, key);
        assert!(listed.status.success(), "{}", stderr(&listed));
    }
    assert_eq!(up.stop(), "");
}

/// Returns the status of a request with this Host header.
fn status_for(host: &str, endpoint_url: &str) -> u16 {
    let address = endpoint_url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET /_local/health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn host_names_are_allowed_by_a_flag_and_each_rejection_is_logged() {
    let mut up = Running::start(&[
        "--format",
        "json",
        "up",
        "--listen",
        "localhost:0",
        "--allow-host",
        "host.docker.internal",
        "--allow-host",
        "box",
    ]);
    let said: Value = serde_json::from_str(&up.until("\n")).unwrap();
    let url = said["endpointUrl"].as_str().unwrap();
    for host in ["localhost", "host.docker.internal:4566", "box", "a.box"] {
        assert_eq!(status_for(host, url), 200, "{host}");
    }
    for host in ["evil.example", "docker.internal"] {
        assert_eq!(status_for(host, url), 403, "{host}");
    }
    let logged = up.stop();
    let lines: Vec<_> = logged.lines().collect();
    assert_eq!(lines.len(), 2, "{logged}");
    assert!(!logged.contains('\u{1b}'), "colors in a file: {logged:?}");
    for (line, host) in lines.into_iter().zip(["evil.example", "docker.internal"]) {
        for words in [host, "--allow-host", "/_local/health"] {
            assert!(line.contains(words), "{line}");
        }
    }
}

#[test]
fn invalid_hosts_are_reported_with_the_expected_form() {
    for (arguments, why) in [
        (["--listen", "4566"], "such as 127.0.0.1:4566"),
        (["--listen", "http://localhost:4566"], "a host name must"),
        (["--allow-host", "10.0.0.1"], "every address"),
        (
            ["--allow-host", "http://box:4566"],
            "without scheme and port",
        ),
        (
            ["--upstream", "http://sqs.eu-west-1.amazonaws.com"],
            "belongs to AWS itself",
        ),
        (["--upstream", "10.0.0.7"], "http://HOST:PORT"),
    ] {
        let output = run(&[&["up"], &arguments[..]].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = stderr(&output);
        assert!(said.contains(why), "{said}");
    }
    let output = run(&["up", "--upstream", "http://10.0.0.7:5000"]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.contains("--allow-remote-upstream accepts it"),
        "{said}"
    );
    let help = run(&["up", "--help"]);
    let help = String::from_utf8(help.stdout).unwrap();
    for words in ["--allow-host", "host.docker.internal", "token"] {
        assert!(help.contains(words), "{help}");
    }
}
