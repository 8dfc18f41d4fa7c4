//! `dev` as a developer meets it: files of a checkout change, and the effect on calls is shown.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

use local_harness::repository;
use local_harness::sample::{CAMPAIGN_URL, MEMBER_PHONE, PIN};
use local_toolchain::{Cache, Silent, Toolchain};
use serde_json::Value;

use crate::support::{BINARY, copy, interrupt, run, stderr};

/// A fake Cargo for building the function, which takes minutes in a new checkout: it returns the function
/// in `dist` with bytes appended. All other commands go to the real Cargo.
const CARGO: &str = r#"#!/bin/sh
case "$1" in
  build)
    if grep -q 'no such thing' lambda/src/main.rs; then
      echo 'error[E0425]: cannot find value `no such thing`' >&2
      exit 101
    fi
    mkdir -p "$CARGO_TARGET_DIR/lambda-dev"
    cp "$DIST" "$CARGO_TARGET_DIR/lambda-dev/connect-pin-sms"
    echo development >> "$CARGO_TARGET_DIR/lambda-dev/connect-pin-sms" ;;
  *) exec "$REAL_CARGO" "$@" ;;
esac
"#;

/// A `dev` that runs in a copy of the checkout.
struct Dev {
    child: Child,
    said: BufReader<ChildStdout>,
    /// Its standard error, which is printed when a test fails.
    shown: File,
    endpoint_url: String,
}

impl Dev {
    fn start(checkout: &Checkout, temporary: &Path) -> Self {
        let shown = tempfile::tempfile().unwrap();
        let mut child = checkout
            .command()
            .args(["--format", "json", "dev", "--listen", "127.0.0.1:0"])
            .env("TMPDIR", temporary)
            .stdout(Stdio::piped())
            .stderr(shown.try_clone().unwrap())
            .spawn()
            .unwrap();
        let mut dev = Self {
            said: BufReader::new(child.stdout.take().unwrap()),
            shown,
            child,
            endpoint_url: String::new(),
        };
        let up = dev.next("up");
        dev.endpoint_url = up["endpointUrl"].as_str().unwrap().to_owned();
        dev
    }

    /// Returns the next object of this type.
    fn next(&mut self, kind: &str) -> Value {
        loop {
            let mut line = String::new();
            let read = self.said.read_line(&mut line).unwrap();
            assert_ne!(read, 0, "dev ended before it printed {kind}");
            let said: Value = serde_json::from_str(&line).unwrap();
            if said["type"] == kind {
                return said;
            }
        }
    }

    /// Returns a successful round, and the lines of its calls as marks and texts.
    fn heard(&mut self) -> (Value, Vec<(String, String)>) {
        let round = self.next("round");
        assert_eq!(round["error"], Value::Null, "{round}");
        let lines = round["calls"][0]["lines"].as_array().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let lines = lines
            .iter()
            .map(|line| (text(&line["change"]), text(&line["text"])))
            .collect();
        (round, lines)
    }

    /// Presses Ctrl-C, and returns the sentence about the restored function.
    fn stop(mut self) -> String {
        interrupt(&self.child);
        let said = self.next("restored");
        let mut rest = String::new();
        self.said.read_to_string(&mut rest).unwrap();
        assert!(self.child.wait().unwrap().success());
        said["sentence"].as_str().unwrap().to_owned()
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        if std::thread::panicking() {
            let mut shown = String::new();
            let read = self.shown.rewind();
            if read
                .and_then(|()| self.shown.read_to_string(&mut shown))
                .is_ok()
            {
                println!("{shown}");
            }
        }
    }
}

/// A copy of the files that `dev` reads, with the function in `dist`.
struct Checkout {
    home: tempfile::TempDir,
}

impl Checkout {
    async fn new() -> Self {
        let original = repository().unwrap();
        let toolchain = Toolchain::detect(Cache::of_user().unwrap(), Arc::new(Silent));
        let toolchain = toolchain.await.unwrap();
        let function = toolchain.build_function_zip(&original).await.unwrap();
        let home = tempfile::tempdir().unwrap();
        let checkout = Self { home };
        for directory in ["modules", "flows", "examples/complete", "lambda"] {
            copy(&original.join(directory), &checkout.path(directory));
        }
        for entry in fs::read_dir(&original).unwrap() {
            let name = entry.unwrap().file_name();
            let name = name.to_str().unwrap();
            if name.ends_with(".tf") {
                fs::copy(original.join(name), checkout.path(name)).unwrap();
            }
        }
        let dist = checkout.path("dist");
        fs::create_dir(&dist).unwrap();
        let zip = dist.join(function.path.file_name().unwrap());
        fs::copy(&function.path, &zip).unwrap();

        let bootstrap = checkout.beside("bootstrap");
        let mut archive = zip::ZipArchive::new(fs::File::open(zip).unwrap()).unwrap();
        let mut packed = archive.by_name("bootstrap").unwrap();
        std::io::copy(&mut packed, &mut fs::File::create(&bootstrap).unwrap()).unwrap();
        fs::create_dir(checkout.beside("bin")).unwrap();
        let cargo = checkout.beside("bin/cargo");
        fs::write(&cargo, CARGO).unwrap();
        fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
        checkout
    }

    fn path(&self, path: &str) -> PathBuf {
        let path = self.home.path().join("checkout").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    fn beside(&self, path: &str) -> PathBuf {
        self.home.path().join(path)
    }

    fn command(&self) -> Command {
        let path = std::env::var("PATH").unwrap();
        let real = std::env::split_paths(&path)
            .map(|directory| directory.join("cargo"))
            .find(|cargo| cargo.is_file());
        let mut command = Command::new(BINARY);
        command
            .current_dir(self.home.path().join("checkout"))
            .env("PATH", format!("{}:{path}", self.beside("bin").display()))
            .env("REAL_CARGO", real.unwrap())
            .env("DIST", self.beside("bootstrap"))
            .env_remove("AWS_ENDPOINT_URL");
        command
    }

    /// Replaces text in a file, as an editor does on saving.
    fn replace(&self, path: &str, old: &str, new: &str) {
        let path = self.path(path);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{} has no {old:?}", path.display());
        let beside = path.with_extension("tmp");
        fs::write(&beside, text.replacen(old, new, 1)).unwrap();
        fs::rename(&beside, &path).unwrap();
    }

    fn files(&self) -> BTreeSet<PathBuf> {
        let mut files = BTreeSet::new();
        list(&self.home.path().join("checkout"), &mut files);
        files
    }
}

fn list(directory: &Path, files: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => list(&path, files),
            false => drop(files.insert(path)),
        }
    }
}

fn calls(dev: &Dev) -> String {
    let keys = format!("{PIN}#");
    let call = ["call", "--from", MEMBER_PHONE, "--press", &keys];
    let call = run(&[&call[..], &["--endpoint-url", &dev.endpoint_url]].concat());
    assert!(call.status.success(), "{}", stderr(&call));
    String::from_utf8(call.stdout).unwrap()
}

const SENT: &str = "メールをご確認下さい";
const SENT_ANEW: &str = "メールを、ご覧下さい";

pub(super) async fn a_changed_file_is_heard_and_a_broken_one_breaks_nothing() {
    let checkout = Checkout::new().await;
    let temporary = tempfile::tempdir().unwrap();
    let files = checkout.files();
    let mut dev = Dev::start(&checkout, temporary.path());
    let (_, first) = dev.heard();
    let words = |lines: &[(String, String)]| -> Vec<String> {
        lines.iter().map(|(_, text)| text.clone()).collect()
    };
    assert!(first.iter().all(|(change, _)| change == "new"), "{first:?}");
    let first = words(&first);
    assert!(first.contains(&SENT.to_owned()), "{first:?}");
    assert!(first.last().unwrap().contains(CAMPAIGN_URL), "{first:?}");

    // A prompt. A member may get two messages a day, and gets one in every round.
    checkout.replace("flows/texts/ja.json", SENT, SENT_ANEW);
    let (round, second) = dev.heard();
    assert_eq!(round["changed"], serde_json::json!(["flows/texts/ja.json"]));
    let other: Vec<_> = second
        .iter()
        .filter(|(change, _)| change != "same")
        .collect();
    let line = |change: &str, text: &str| (change.to_owned(), text.to_owned());
    assert_eq!(other, [&line("gone", SENT), &line("new", SENT_ANEW)]);
    assert_eq!(second.len(), first.len() + 1);

    // A template that cannot be parsed.
    checkout.replace("flows/line.json.tftpl", "{", "${ nothing {");
    let broken = dev.next("round");
    let error = broken["error"].as_str().unwrap();
    assert!(error.contains("line.json.tftpl"), "{error}");
    assert!(calls(&dev).contains(SENT_ANEW));
    checkout.replace("flows/line.json.tftpl", "${ nothing {", "{");
    let (_, third) = dev.heard();
    assert!(
        third.iter().all(|(change, _)| change == "same"),
        "{third:?}"
    );

    let said = dev.stop();
    assert!(said.contains("runs dist/connect-pin-sms-"), "{said}");
    assert_eq!(checkout.files(), files);
    let left: Vec<_> = temporary.path().read_dir().unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

pub(super) async fn a_changed_function_answers_and_the_one_in_dist_comes_back() {
    let checkout = Checkout::new().await;
    let temporary = tempfile::tempdir().unwrap();
    let mut dev = Dev::start(&checkout, temporary.path());
    let (round, _) = dev.heard();
    let function = |round: &Value| round["function"].as_str().unwrap().to_owned();
    assert!(
        function(&round).starts_with("dist/connect-pin-sms-"),
        "{round}"
    );

    let main = "lambda/src/main.rs";
    checkout.replace(main, "fn main", "// no such thing\nfn main");
    let broken = dev.next("round");
    let error = broken["error"].as_str().unwrap();
    assert!(error.contains("error[E0425]"), "{error}");
    assert!(calls(&dev).contains(CAMPAIGN_URL));

    checkout.replace(main, "// no such thing\n", "// another thing\n");
    let (round, lines) = dev.heard();
    assert!(
        function(&round).starts_with("a development build"),
        "{round}"
    );
    assert!(
        lines.iter().all(|(change, _)| change == "same"),
        "{lines:?}"
    );

    // The function is restored from the files that last worked.
    checkout.replace("flows/line.json.tftpl", "{", "${ nothing {");
    assert!(dev.next("round")["error"].is_string());
    let said = dev.stop();
    assert!(said.ends_with(".zip again."), "{said}");
    let left: Vec<_> = temporary.path().read_dir().unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

pub(super) fn mistakes_are_reported_before_anything_starts() {
    let refused = |arguments: &[&str], sentence: &str| {
        let output = run(&[&["dev", "--listen", "127.0.0.1:0"], arguments].concat());
        assert!(!output.status.success());
        let said = stderr(&output);
        assert!(said.contains(sentence), "{said}");
    };
    refused(&["--call", "12345"], "write the number in E.164");
    refused(&["--call", "withheld 12x"], "'x' is not a telephone key");
    refused(&["--example", "nothing"], "no example \"nothing\"");
    // A directory without a stack.
    refused(&["--example", "src"], "but src is not");
}
