//! How commands end: at a signal, at the second Ctrl-C, by `kill -9`. Nothing stays, or the next command
//! removes it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test says what it expects"
)]

mod support;

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use support::{BINARY, Up, run, stderr};

/// Long enough for anything here on a busy machine; no test waits for it to pass.
const LONG: Duration = Duration::from_secs(300);

/// Stands for a Terraform that does not stop when it is asked to, with a provider in a session of its own.
/// It begins while the function is built, so nothing has to wait for that.
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

    /// The process that stands for Terraform, or its provider.
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

    fn both_end(&self) {
        for name in ["terraform", "provider"] {
            let id = self.process(name);
            let last = Instant::now() + LONG;
            while lives(id) {
                assert!(Instant::now() < last, "{name} does not end");
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
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

/// A closed terminal sends SIGHUP, the system and `timeout` SIGTERM.
#[test]
fn an_account_ends_at_a_closed_terminal_as_at_ctrl_c() {
    for signal in [Signal::HUP, Signal::TERM, Signal::INT] {
        let temporary = tempfile::tempdir().unwrap();
        let up = Up::start(temporary.path());
        assert!(up.end_by(signal).success(), "{signal:?}");
        assert_eq!(left(temporary.path()), [] as [&Path; 0], "{signal:?}");
    }
}

#[test]
fn an_account_under_nohup_outlives_its_terminal() {
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
    let mut demo = Demo::in_the_middle();
    demo.tell(Signal::INT);
    demo.wait_for("asked");
    assert!(
        lives(demo.process("terraform")),
        "it was not given its time"
    );
    demo.tell(Signal::INT);
    // Not by the signal: what was there has been removed by then.
    let ended = demo.end();
    assert_eq!(ended.code(), Some(130), "{ended}: {}", demo.shown());
    for name in ["terraform", "provider"] {
        assert!(!lives(demo.process(name)), "{name} still runs");
    }
    assert_eq!(left(demo.temporary.path()), [] as [&Path; 0]);
    assert!(demo.shown().contains("ended at once"), "{}", demo.shown());
}

#[test]
fn what_a_killed_command_leaves_ends_with_it_or_goes_at_the_next_start() {
    let mut demo = Demo::in_the_middle();
    demo.tell(Signal::KILL);
    assert_eq!(demo.end().signal(), Some(Signal::KILL.as_raw()));
    demo.both_end();
    let place = demo.temporary.path();
    let directories: Vec<_> = left(place)
        .into_iter()
        .filter(|path| path.is_dir())
        .collect();
    assert!(!directories.is_empty(), "there is nothing to remove");
    // Nobody's lock says that this one was left.
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
