//! The demo that keeps its line: `demo --keep` and `demo --page`.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use local_account::LocalClient;
use local_harness::sample::{CAMPAIGN_URL, MEMBER_PHONE, PIN};
use serde_json::{Value, json};

use crate::support::{BINARY, dynamodb, interrupt, run, stderr};

/// A demo that stays up.
struct Kept {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Kept {
    fn start(option: &str, temporary: &std::path::Path) -> Self {
        let mut child = Command::new(BINARY)
            .args(["--format", "json", "demo", option])
            .env("TMPDIR", temporary)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn next(&mut self) -> Value {
        let line = self.lines.next().expect("the demo must stay up").unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Returns what is printed once the line stays up, and the types of what was printed before.
    fn until_kept(&mut self) -> (Value, Vec<String>) {
        let mut before = Vec::new();
        loop {
            let said = self.next();
            let kind = said["type"].as_str().unwrap().to_owned();
            if kind == "kept" {
                return (said, before);
            }
            before.push(kind);
        }
    }

    /// Interrupts the demo, which must end well and print nothing more.
    fn end(mut self) {
        interrupt(&self.child);
        assert!(self.child.wait().unwrap().success());
        assert!(self.lines.next().is_none());
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // After `end` the process has ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Calls the line with the command, as people do, and returns what it printed.
fn call(kept: &Value) -> String {
    let called = run(&[
        "call",
        "--endpoint-url",
        kept["endpointUrl"].as_str().unwrap(),
        "--to",
        kept["number"].as_str().unwrap(),
        "--from",
        MEMBER_PHONE,
        "--press",
        &format!("{PIN}#"),
    ]);
    assert!(called.status.success(), "{}", stderr(&called));
    String::from_utf8(called.stdout).unwrap()
}

pub(super) async fn a_demo_with_its_page_says_where_first_and_keeps_the_line() {
    let temporary = tempfile::tempdir().unwrap();
    let mut demo = Kept::start("--page", temporary.path());
    let first = demo.next();
    assert_eq!(first["type"], "page");
    let (kept, before) = demo.until_kept();
    // The demo places no call of its own, so that the member may get all messages of a day.
    assert_eq!(before, [] as [String; 0]);
    assert_eq!(kept["pageUrl"], first["pageUrl"]);
    let url = kept["endpointUrl"].as_str().unwrap();
    assert_eq!(first["pageUrl"], format!("{url}/_local/ui/"));
    let account = LocalClient::new(url);
    assert!(account.calls().await.unwrap().is_empty());
    assert!(call(&kept).contains(CAMPAIGN_URL));
    demo.end();
    assert_eq!(temporary.path().read_dir().unwrap().count(), 0);
}

pub(super) async fn a_kept_demo_has_its_line_until_it_is_interrupted() {
    let temporary = tempfile::tempdir().unwrap();
    let mut demo = Kept::start("--keep", temporary.path());
    let (kept, before) = demo.until_kept();
    assert!(before.contains(&"sms".to_owned()), "{before:?}");
    assert!(call(&kept).contains(CAMPAIGN_URL));
    // Rows of the member and the campaign, in the tables that it names.
    let account = LocalClient::new(kept["endpointUrl"].as_str().unwrap());
    for table in ["memberTableName", "benefitsTableName"] {
        let region = kept["region"].as_str().unwrap();
        let body = json!({ "TableName": kept["outputs"][table] });
        let rows = dynamodb(&account, region, "Scan", body).await;
        assert_eq!(rows["Count"], 1, "{table}");
    }
    demo.end();
    assert_eq!(temporary.path().read_dir().unwrap().count(), 0);
}
