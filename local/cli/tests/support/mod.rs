//! Helpers that the test binaries share.

#![allow(dead_code, reason = "each test binary uses its own part")]

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Output, Stdio};

use http::Method;
use local_account::{AwsCall, LocalClient};
use local_harness::sample;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_connect-local");

pub(crate) fn run(arguments: &[&str]) -> Output {
    Command::new(BINARY)
        .args(arguments)
        .env_remove("AWS_ENDPOINT_URL")
        .output()
        .unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Publishes a text message by SNS in Tokyo, with these parameters of the form.
pub(crate) async fn publish(account: &LocalClient, parameters: &str) {
    let publish = AwsCall {
        service: "sns",
        region: "ap-northeast-1",
        method: Method::POST,
        path: "/",
        target: None,
        content_type: "application/x-www-form-urlencoded",
        body: format!("Action=Publish&{parameters}"),
    };
    account.aws(publish).await.unwrap();
}

/// Sends a request to DynamoDB in this Region.
pub(crate) async fn dynamodb(
    account: &LocalClient,
    region: &str,
    operation: &str,
    body: Value,
) -> Value {
    let answer = sample::dynamodb(account, region, operation, body)
        .await
        .unwrap();
    serde_json::from_str(&answer).unwrap()
}

pub(crate) fn interrupt(child: &Child) {
    let pid = Pid::from_child(child);
    kill_process(pid, Signal::INT).unwrap();
}

/// A running account and its address.
pub(crate) struct Up {
    child: Child,
    pub(crate) endpoint_url: String,
}

impl Up {
    pub(crate) fn start(temporary: &Path) -> Self {
        Self::start_by(Command::new(BINARY), temporary)
    }

    /// Starts the account with a command to which the options of the binary are appended.
    pub(crate) fn start_by(command: Command, temporary: &Path) -> Self {
        Self::start_with(command, temporary, &[])
    }

    /// Starts the account with a command, and with more options of `up`.
    pub(crate) fn start_with(mut command: Command, temporary: &Path, options: &[&str]) -> Self {
        let mut child = command
            .args(["--format", "json", "up", "--listen", "127.0.0.1:0"])
            .args(options)
            .env("TMPDIR", temporary)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        Self {
            child,
            endpoint_url: said["endpointUrl"].as_str().unwrap().to_owned(),
        }
    }

    pub(crate) fn stop(self) -> bool {
        self.end_by(Signal::INT).success()
    }

    pub(crate) fn end_by(mut self, signal: Signal) -> ExitStatus {
        self.tell(signal);
        self.child.wait().unwrap()
    }

    pub(crate) fn tell(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Takes the rest of the standard output as lines.
    pub(crate) fn stdout_lines(&mut self) -> Lines<BufReader<ChildStdout>> {
        BufReader::new(self.child.stdout.take().unwrap()).lines()
    }

    /// Takes the standard error, if the command that started the account piped it.
    pub(crate) fn take_stderr(&mut self) -> ChildStderr {
        self.child.stderr.take().unwrap()
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // After `stop` the process has ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Copies a directory over another, whose other files stay.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
