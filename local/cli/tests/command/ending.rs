//! The end of commands: at a signal, at the second Ctrl-C, by `kill -9`. They leave nothing behind, or the
//! next command removes it.

use std::fs;
use std::io::{BufRead, BufReader, Cursor, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::Method;
use local_account::{AwsCall, ClientError, LocalClient};
use local_process::{ProcessKey, ProcessStat};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::support::{BINARY, Up, run, stderr};

/// Long enough for everything here on a busy machine; no test waits for it to pass.
const LONG: Duration = Duration::from_secs(300);

/// A fake Terraform that ignores interrupts, with a provider in a session of its own. Its `init` runs
/// while the function is built, so the test does not wait for the build.
const TERRAFORM: &str = r#"#!/bin/sh
case "$1" in
  version) echo '{"terraform_version": "1.11.4", "platform": "linux_amd64"}' ;;
  init)
    trap 'echo > "$PLACE/asked"' INT
    setsid sh -c 'echo $$ > "$PLACE/provider.new"; mv "$PLACE/provider.new" "$PLACE/provider"
                  while :; do sleep 0.1; done' &
    echo $$ > "$PLACE/terraform.new"; mv "$PLACE/terraform.new" "$PLACE/terraform"
    while :; do sleep 0.1; done ;;
esac
"#;

/// A demo in the middle of `terraform init`.
struct Demo {
    child: Child,
    place: TempDir,
    temporary: TempDir,
}

impl Demo {
    fn in_the_middle() -> Self {
        let place = tempfile::tempdir().unwrap();
        let temporary = tempfile::tempdir().unwrap();
        let terraform = place.path().join("terraform-stand-in");
        fs::create_dir(&terraform).unwrap();
        let program = terraform.join("terraform");
        fs::write(&program, TERRAFORM).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let path = std::env::var("PATH").unwrap();
        let shown = fs::File::create(place.path().join("shown")).unwrap();
        let child = Command::new(BINARY)
            .arg("demo")
            .env("PATH", format!("{}:{path}", terraform.display()))
            .env("PLACE", place.path())
            .env("TMPDIR", temporary.path())
            .stdout(Stdio::null())
            .stderr(shown)
            .spawn()
            .unwrap();
        let mut demo = Self {
            child,
            place,
            temporary,
        };
        for name in ["terraform", "provider"] {
            demo.wait_for(name);
        }
        demo
    }

    fn wait_for(&mut self, name: &str) {
        let path = self.place.path().join(name);
        let last = Instant::now() + LONG;
        while !path.exists() {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "no {name}: {}", self.shown());
            assert!(Instant::now() < last, "no {name}: {}", self.shown());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn shown(&self) -> String {
        fs::read_to_string(self.place.path().join("shown")).unwrap()
    }

    /// Returns the process id of the fake Terraform or its provider.
    fn process(&self, name: &str) -> i32 {
        let id = fs::read_to_string(self.place.path().join(name)).unwrap();
        id.trim().parse().unwrap()
    }

    fn tell(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    fn end(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Returns everything that the command has started, build tools included.
    fn descendants(&self) -> Vec<ProcessKey> {
        let mut found = Vec::new();
        let mut parents = vec![self.child.id()];
        let all = ProcessStat::all();
        while let Some(parent) = parents.pop() {
            for process in all.iter().filter(|process| process.parent == parent) {
                found.push(process.key);
                parents.push(process.key.id);
            }
        }
        found
    }

    fn both_end(&self) {
        for name in ["terraform", "provider"] {
            ends(name, self.process(name));
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn ends(name: &str, id: i32) {
    let last = Instant::now() + LONG;
    while lives(id) {
        assert!(Instant::now() < last, "{name} does not end");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn lives(id: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(')')
        .is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

fn left(temporary: &Path) -> Vec<PathBuf> {
    let entries = temporary.read_dir().unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// A closed terminal sends SIGHUP; the system and `timeout` send SIGTERM.
#[test]
fn an_account_ends_at_a_closed_terminal_as_at_ctrl_c() {
    for signal in [Signal::HUP, Signal::TERM, Signal::INT] {
        let temporary = tempfile::tempdir().unwrap();
        // Tests that run under nohup ignore HUP, and what they start would inherit that.
        let mut listens = Command::new("env");
        listens.args(["--default-signal=HUP", BINARY]);
        let up = Up::start_by(listens, temporary.path());
        assert!(up.end_by(signal).success(), "{signal:?}");
        assert_eq!(left(temporary.path()), [] as [&Path; 0], "{signal:?}");
    }
}

#[test]
fn an_account_under_nohup_outlives_its_terminal() {
    if !cfg!(target_os = "linux") {
        println!("skipped: only Linux tells a process which signals it ignores");
        return;
    }
    let temporary = tempfile::tempdir().unwrap();
    let mut deaf = Command::new("sh");
    deaf.args(["-c", "trap '' HUP; exec \"$0\" \"$@\"", BINARY]);
    let up = Up::start_by(deaf, temporary.path());
    up.tell(Signal::HUP);
    let messages = run(&["messages", "--endpoint-url", &up.endpoint_url]);
    assert!(messages.status.success(), "{}", stderr(&messages));
    assert!(up.stop());
}

#[test]
fn the_second_ctrl_c_ends_terraform_and_its_provider_at_once() {
    if !cfg!(target_os = "linux") {
        println!("skipped: only Linux lists processes in /proc");
        return;
    }
    let mut demo = Demo::in_the_middle();
    demo.tell(Signal::INT);
    demo.wait_for("asked");
    assert!(
        lives(demo.process("terraform")),
        "Terraform was not given time to stop"
    );
    demo.tell(Signal::INT);
    // It exits by itself, not by the signal: its files have been removed by then.
    let ended = demo.end();
    assert_eq!(ended.code(), Some(130), "{ended}: {}", demo.shown());
    for name in ["terraform", "provider"] {
        assert!(!lives(demo.process(name)), "{name} still runs");
    }
    assert_eq!(left(demo.temporary.path()), [] as [&Path; 0]);
    assert!(demo.shown().contains("ended at once"), "{}", demo.shown());
}

#[test]
fn leftovers_of_a_killed_command_end_or_are_removed_at_the_next_start() {
    if !cfg!(target_os = "linux") {
        println!("skipped: only Linux lists processes in /proc");
        return;
    }
    // By `kill -9`, and in a crash.
    for signal in [Signal::KILL, Signal::ABORT] {
        leftovers_end_or_are_removed(signal);
    }
}

fn leftovers_end_or_are_removed(signal: Signal) {
    let mut demo = Demo::in_the_middle();
    let descendants = demo.descendants();
    // Terraform, its provider and their supervisor, beside the tools that build the function.
    assert!(descendants.len() >= 3, "{descendants:?}");
    demo.tell(signal);
    assert_eq!(demo.end().signal(), Some(signal.as_raw()));
    demo.both_end();
    for key in descendants {
        let last = Instant::now() + LONG;
        let runs = || ProcessStat::of(key.id).is_some_and(|now| now.key == key && !now.ended);
        while runs() {
            assert!(Instant::now() < last, "{key:?} does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    let place = demo.temporary.path();
    let directories: Vec<_> = left(place)
        .into_iter()
        .filter(|path| path.is_dir())
        .collect();
    assert!(
        !directories.is_empty(),
        "the killed command must leave directories behind"
    );
    // This directory has no lock that shows whether its owner was killed.
    let others = place.join("connect-local-of-somebody");
    fs::create_dir(&others).unwrap();

    let mut command = Command::new(BINARY);
    command.stderr(Stdio::piped());
    let mut up = Up::start_by(command, place);
    let mut said = BufReader::new(up.take_stderr()).lines();
    for directory in &directories {
        let line = said.next().unwrap().unwrap();
        let expected = format!("removed  {},", directory.display());
        assert!(line.contains(&expected), "{line}");
        assert!(!directory.exists(), "{directory:?}");
    }
    assert!(up.stop());
    assert_eq!(left(place), [others]);
}

/// A function that writes its process id and those of its children to files named after them, and never
/// answers. The last process can be found only by inheritance: it has a session of its own, no parent,
/// none of the function's environment, and another working directory.
const FUNCTION: &str = r#"#!/bin/bash
exec 3<>"/dev/tcp/${AWS_LAMBDA_RUNTIME_API%:*}/${AWS_LAMBDA_RUNTIME_API#*:}"
printf 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: %s\r\n\r\n' "$AWS_LAMBDA_RUNTIME_API" >&3
read -r _ <&3
stay='echo $$ > "$0.new"; mv "$0.new" "$0"; exec sleep 1000 > /dev/null 2>&1'
bash -c "$stay" "$PLACE/child" &
setsid bash -c "$stay" "$PLACE/session" &
( cd /; env -i setsid bash -c "$stay" "$PLACE/stranger" & )
exec bash -c "$stay" "$PLACE/function"
"#;

const PROCESSES: [&str; 4] = ["child", "session", "stranger", "function"];

async fn ask(
    account: &LocalClient,
    service: &str,
    path: &str,
    content_type: &str,
    body: String,
) -> Result<String, ClientError> {
    account
        .aws(AwsCall {
            service,
            region: "eu-west-1",
            method: Method::POST,
            path,
            target: None,
            content_type,
            body,
        })
        .await
}

/// Creates the function `guest` and its role.
async fn make_function(account: &LocalClient, place: &Path) {
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": { "Service": "lambda.amazonaws.com" },
            "Action": "sts:AssumeRole",
        },
    });
    let role = format!(
        "Action=CreateRole&Version=2010-05-08&RoleName=guest&AssumeRolePolicyDocument={trust}"
    );
    let form = "application/x-www-form-urlencoded";
    ask(account, "iam", "/", form, role).await.unwrap();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().unix_permissions(0o755);
    zip.start_file("bootstrap", options).unwrap();
    zip.write_all(FUNCTION.as_bytes()).unwrap();
    let architecture = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        other => other,
    };
    let function = json!({
        "FunctionName": "guest",
        "Runtime": "provided.al2023",
        "Handler": "bootstrap",
        "Architectures": [architecture],
        "Role": "arn:aws:iam::123456789012:role/guest",
        "Timeout": 900,
        "Environment": { "Variables": { "PLACE": place } },
        "Code": { "ZipFile": STANDARD.encode(zip.finish().unwrap().into_inner()) },
    });
    let json = "application/json";
    let path = "/2015-03-31/functions";
    ask(account, "lambda", path, json, function.to_string())
        .await
        .unwrap();
}

#[test]
fn nothing_that_a_function_started_outlives_a_killed_command() {
    if !cfg!(target_os = "linux") {
        println!("skipped: only Linux notifies a process that its parent has ended");
        return;
    }
    // By `kill -9`, and in a crash.
    for signal in [Signal::KILL, Signal::ABORT] {
        nothing_outlives_the_command(signal);
    }
}

fn nothing_outlives_the_command(signal: Signal) {
    let temporary = tempfile::tempdir().unwrap();
    let place = tempfile::tempdir().unwrap();
    let up = Up::start(temporary.path());
    let runtime = Runtime::new().unwrap();
    let account = LocalClient::new(&up.endpoint_url);
    runtime.block_on(make_function(&account, place.path()));
    let invocation = runtime.spawn(async move {
        let path = "/2015-03-31/functions/guest/invocations";
        ask(&account, "lambda", path, "application/json", "{}".into()).await
    });
    let ids: [i32; 4] = PROCESSES.map(|name| {
        let path = place.path().join(name);
        let last = Instant::now() + LONG;
        while !path.exists() {
            assert!(!invocation.is_finished(), "the function ended");
            assert!(Instant::now() < last, "no {name}");
            std::thread::sleep(Duration::from_millis(20));
        }
        let id = fs::read_to_string(path).unwrap();
        id.trim().parse().unwrap()
    });
    assert!(ids.into_iter().all(lives), "{ids:?}");
    let killed = up.end_by(signal);
    assert_eq!(killed.signal(), Some(signal.as_raw()));
    for (name, id) in PROCESSES.into_iter().zip(ids) {
        ends(name, id);
    }
    // Its caller gets no answer.
    assert!(runtime.block_on(invocation).unwrap().is_err());
}

/// Enough requests, each as slow as a request may be, to outlast every wait of the test.
const BUSY: usize = 60;

/// Requests a hundred thousand points of a product, as `health_is_answered_while_services_are_busy` does.
fn many_points() -> String {
    let list = json!({
        "Id": "e0", "Expression": "[TIME_SERIES(1), TIME_SERIES(2), TIME_SERIES(3)]", "Period": 1,
    });
    let product = json!({ "Id": "e1", "Expression": "e0 * e0 * e0 * e0", "Period": 1 });
    let body = json!({ "StartTime": 0, "EndTime": 100_000, "MetricDataQueries": [list, product] });
    let headers = "Content-Type: application/x-amz-json-1.0\r\n\
                   X-Amz-Target: GraniteServiceVersion20100801.GetMetricData\r\n";
    busy_request("monitoring", headers, &body.to_string())
}

/// Compares five hundred patterns with a resource, as `policies_are_simulated_while_other_requests_are_served`
/// does.
fn many_patterns() -> String {
    let pattern = format!("*{}b", "a".repeat(150));
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": vec![pattern; 500] }],
    });
    let body = format!(
        "Action=SimulateCustomPolicy&Version=2010-05-08&ActionNames.member.1=sns:Publish&\
         ResourceArns.member.1={}&PolicyInputList.member.1={policy}",
        "a".repeat(300)
    );
    let headers = "Content-Type: application/x-www-form-urlencoded\r\n";
    busy_request("iam", headers, &body)
}

fn busy_request(service: &str, headers: &str, body: &str) -> String {
    format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\
         Authorization: AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/{service}/aws4_request, \
         SignedHeaders=host, Signature=00\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Ctrl-C takes effect while services work, and without waiting for that work.
#[test]
fn an_account_that_is_busy_ends_at_ctrl_c() {
    let temporary = tempfile::tempdir().unwrap();
    let up = Up::start(temporary.path());
    let address = up.endpoint_url.trim_start_matches("http://").to_owned();
    let asked: Vec<TcpStream> = (0..BUSY)
        .map(|n| {
            let request = [many_points, many_patterns][n % 2]();
            let mut stream = TcpStream::connect(&address).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            stream
        })
        .collect();
    let runtime = Runtime::new().unwrap();
    let account = LocalClient::new(&up.endpoint_url);
    let last = Instant::now() + LONG;
    // Some are answered; the others are in progress then.
    while runtime.block_on(account.requests()).unwrap().is_empty() {
        assert!(Instant::now() < last, "no request was answered");
    }
    assert!(up.stop());
    let answers = asked.into_iter().filter_map(|mut stream| {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok();
        (!answer.is_empty()).then_some(answer)
    });
    let answered = answers.count();
    assert!(
        answered < BUSY,
        "the account ended only after all work was done"
    );
    assert_eq!(left(temporary.path()), [] as [&Path; 0]);
}
