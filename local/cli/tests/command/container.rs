//! The container of a release: its pins, and the command that it starts.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use local_harness::repository;
use serde_json::Value;

use crate::support::{BINARY, interrupt, stderr};

fn read(path: &str) -> String {
    fs::read_to_string(repository().unwrap().join(path)).unwrap()
}

/// Returns the rest of each line that begins with an instruction.
fn instructions<'a>(file: &'a str, name: &str) -> Vec<&'a str> {
    let lines = file.lines();
    lines
        .filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
        .collect()
}

#[test]
fn base_and_terraform_are_pinned_and_the_user_is_not_root() {
    let file = read("Containerfile");
    let bases = instructions(&file, "FROM");
    assert_eq!(bases.len(), 2);
    for base in bases {
        let (_, rest) = base.split_once("@sha256:").expect(base);
        let digest = rest.split(' ').next().unwrap();
        let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        assert!(is_digest, "{base}");
    }
    // The version that everything is tested with.
    let version = instructions(&file, "ARG")
        .into_iter()
        .find_map(|argument| argument.strip_prefix("TERRAFORM_VERSION="));
    let tested = format!("terraform_version: \"{}\"", version.unwrap());
    assert!(
        read(".github/workflows/ci.yml").contains(&tested),
        "{tested}"
    );
    for part in [
        "gpg --batch --status-fd 1 --verify",
        "sha256sum --check --strict",
    ] {
        assert!(file.contains(part), "{part}");
    }
    assert_eq!(instructions(&file, "USER"), ["1000:1000"]);
    assert_eq!(instructions(&file, "EXPOSE"), ["4566"]);
    // Only what the release has is copied, and it stays root's.
    let copied = instructions(&file, "COPY");
    assert_eq!(copied.last(), Some(&". /opt/connect-pin-sms"));
}

/// A request comes from the container's gateway and names the published address.
#[test]
fn the_container_serves_its_published_port_to_holders_of_the_token() {
    let file = read("Containerfile");
    assert_eq!(instructions(&file, "ENTRYPOINT"), [r#"["connect-local"]"#]);
    let started: Vec<String> = serde_json::from_str(instructions(&file, "CMD")[0]).unwrap();
    assert_eq!(started, ["up", "--listen", "0.0.0.0:4566"]);
    let temporary = tempfile::tempdir().unwrap();
    let mut up = Command::new(BINARY)
        .args(["--format", "json"])
        // Another port than the container's own, which may be in use here.
        .args(started.iter().map(|one| one.replace(":4566", ":0")))
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut output = BufReader::new(up.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    let said: Value = serde_json::from_str(&line).unwrap();
    let token = said["token"].as_str().unwrap();
    let page = said["pageUrl"].as_str().unwrap();
    assert!(page.starts_with("http://127.0.0.1:"), "{page}");
    assert!(
        page.ends_with(&format!("/_local/ui/?token={token}")),
        "{page}"
    );
    let url = said["endpointUrl"].as_str().unwrap();
    let status = |host: &str, key: Option<&str>| {
        let query = key.map(|key| format!("?token={key}")).unwrap_or_default();
        let mut stream =
            std::net::TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
        std::io::Write::write_all(
            &mut stream,
            format!(
                "GET /_local/messages{query} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            )
            .as_bytes(),
        )
        .unwrap();
        let mut first = String::new();
        BufReader::new(stream).read_line(&mut first).unwrap();
        first.split(' ').nth(1).unwrap().to_owned()
    };
    // Docker publishes the port under its own number or another one.
    for host in ["127.0.0.1:4566", "localhost:8080"] {
        assert_eq!(status(host, Some(token)), "303", "{host}");
        assert_eq!(status(host, None), "403", "{host}");
    }
    assert_eq!(status("line.example:4566", Some(token)), "403");
    interrupt(&up);
    let ended = up.wait_with_output().unwrap();
    assert!(ended.status.success(), "{}", stderr(&ended));
}
