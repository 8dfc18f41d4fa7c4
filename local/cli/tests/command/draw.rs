//! `flow draw` as a developer runs it.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use local_account::{CallRequest, CallStep, LocalClient};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::calls::line;
use crate::support::{BINARY, Up, stderr};

/// A menu with one key, as AWS's documents have it.
pub(crate) fn menu() -> Value {
    let say = |name: &str, text: &str| {
        json!({"Identifier": name, "Type": "MessageParticipant", "Parameters": {"Text": text},
               "Transitions": {"NextAction": "bye",
                               "Errors": [{"NextAction": "bye", "ErrorType": "NoMatchingError"}]}})
    };
    json!({"Version": "2019-10-30", "StartAction": "ask", "Actions": [
        {"Identifier": "ask", "Type": "GetParticipantInput",
         "Parameters": {"Text": "Press one.", "StoreInput": "False", "InputTimeLimitSeconds": "5"},
         "Transitions": {"NextAction": "sorry",
            "Conditions": [{"NextAction": "thanks", "Condition": {"Operator": "Equals", "Operands": ["1"]}}],
            "Errors": [{"NextAction": "sorry", "ErrorType": "InputTimeLimitExceeded"},
                       {"NextAction": "sorry", "ErrorType": "NoMatchingCondition"},
                       {"NextAction": "sorry", "ErrorType": "NoMatchingError"}]}},
        say("thanks", "Thank you."), say("sorry", "Sorry."),
        {"Identifier": "bye", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {}}]})
}

/// A test case that presses the key, in the form that CreateTestCase takes.
pub(crate) fn pressing_one() -> Value {
    let observation = |name: &str, event: Value, actions: Value, next: &[&str]| {
        json!({"Identifier": name, "Event": event, "Actions": actions,
               "Transitions": {"NextObservations": next}})
    };
    let action = |kind: &str, mut parameters: Value| {
        parameters["ActionType"] = kind.into();
        json!([{"Identifier": kind, "Type": kind, "Parameters": parameters, "Transitions": {}}])
    };
    let hears = |text: &str| {
        json!({"Type": "MessageReceived", "Actor": "System", "Properties": {
            "Text": text, "MatchingCriteria": {"Type": "Inclusion"}}})
    };
    let started = json!({"Type": "TestInitiated", "Actor": "System", "Properties": {}});
    let press = json!({"Actor": "Customer", "Instruction": {
        "Type": "DtmfInput", "Properties": {"Value": "1"}}});
    let end = json!({"Command": {"Type": "EndTest"}});
    let content = json!({"Version": "2019-10-30", "Metadata": {}, "Observations": [
        observation("start", started, json!([]), &["asked"]),
        observation("asked", hears("Press one"), action("SendInstruction", press), &["thanked"]),
        observation("thanked", hears("Thank you"), action("TestControl", end), &[])]});
    json!({
        "InstanceId": "11111111-2222-3333-4444-555555555555",
        "Name": "one",
        "EntryPoint": {"Type": "VOICE_CALL", "VoiceCallEntryPointParameters": {
            "SourcePhoneNumber": "+819012345678", "DestinationPhoneNumber": "+815000000001"}},
        "Content": content.to_string(),
    })
}

/// A directory with the flow.
fn directory() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), "menu.json", &menu());
    directory
}

fn write(directory: &Path, name: &str, value: &Value) {
    fs::write(directory.join(name), value.to_string()).unwrap();
}

/// Runs the command in a directory, without a home, a path and an account.
fn draw(directory: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(BINARY)
        .args(["flow", "draw"])
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads no input may have ended already.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_flow_is_drawn_from_a_file_and_from_standard_input() {
    let directory = directory();
    let run = |arguments: &[&str], input: &str| draw(directory.path(), arguments, input);
    let picture = stdout(&run(&["menu.json"], ""));
    assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
    assert!(picture.contains("<title>menu</title>"));
    let answer = json!({"ContactFlow": {"Content": menu().to_string()}}).to_string();
    let described = stdout(&run(&["-", "--as", "mermaid"], &answer));
    assert!(described.starts_with("flowchart TD\n"), "{described}");
    let said = stdout(&run(&["menu.json", "-o", "menu.mmd"], ""));
    assert_eq!(said, "menu.mmd: 4 blocks, 9 branches\n");
    let written = fs::read_to_string(directory.path().join("menu.mmd")).unwrap();
    assert_eq!(written, described);
    let line = stdout(&run(
        &["menu.json", "-o", "menu.svg", "--format", "json"],
        "",
    ));
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(
        line,
        json!({"type": "picture", "flow": "menu", "blocks": 4, "branches": 9, "file": "menu.svg"})
    );
}

#[test]
fn several_flows_are_drawn_into_a_directory() {
    let directory = directory();
    write(directory.path(), "other.json", &menu());
    fs::create_dir(directory.path().join("pictures")).unwrap();
    let run = |arguments: &[&str]| draw(directory.path(), arguments, "");
    stdout(&run(&["menu.json", "other.json", "-o", "pictures"]));
    for name in ["menu.svg", "other.svg"] {
        assert!(directory.path().join("pictures").join(name).exists());
    }
    for arguments in [
        &["menu.json", "other.json"][..],
        &["menu.json", "menu.json", "-o", "pictures"],
        &[
            "menu.json",
            "other.json",
            "-o",
            "pictures",
            "--path",
            "way.json",
        ],
    ] {
        assert_eq!(run(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn what_cannot_be_drawn_is_said_with_its_place() {
    let directory = directory();
    for (text, why) in [
        (
            "{",
            "the content of a flow must be JSON: EOF while parsing an object at line 1 column 1",
        ),
        (
            r#"{"Actions": [1]}"#,
            "Actions[0] must be an object, but was a number",
        ),
    ] {
        let output = draw(directory.path(), &["-"], text);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(why), "{}", stderr(&output));
    }
    let output = draw(directory.path(), &["missing.json"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("missing.json must be a readable file"));
    let output = draw(directory.path(), &["menu.json", "--format", "sarif"], "");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_way_of_a_call_is_lit() {
    let directory = directory();
    let way = json!({"steps": [{"block": "ask", "branch": "1"}, {"block": "thanks", "branch": "NextAction"},
                               {"block": "bye", "branch": null}]});
    write(directory.path(), "way.json", &way);
    let picture = stdout(&draw(
        directory.path(),
        &["menu.json", "--path", "way.json"],
        "",
    ));
    assert!(picture.contains(r#"class="branch condition lit" data-block="ask""#));
    assert!(picture.contains(r#"class="block end terminal lit current" data-block="bye""#));
    write(
        directory.path(),
        "way.json",
        &json!({"steps": [{"block": "elsewhere"}]}),
    );
    let output = draw(directory.path(), &["menu.json", "--path", "way.json"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("way.json must have a step at a block of the flow menu"));
}

/// The test takes the key and the two blocks after it; the other branches are those that the flow has.
#[test]
fn branches_that_no_test_takes_are_marked() {
    let directory = directory();
    write(directory.path(), "one.json", &pressing_one());
    let picture = stdout(&draw(
        directory.path(),
        &["menu.json", "--coverage", "one.json"],
        "",
    ));
    assert!(picture.contains(r#"class="branch condition" data-block="ask" data-kind="condition""#));
    assert!(picture.contains(r#"class="branch next never" data-block="sorry""#));
    assert!(picture.contains(r#"class="block interact never" data-block="sorry""#));
    assert!(picture.contains("were never taken by a test"));
    // The report of the test has the way.
    let report = Command::new(BINARY)
        .args([
            "test",
            "one.json",
            "--flow",
            "menu.json",
            "--format",
            "json",
        ])
        .current_dir(directory.path())
        .output()
        .unwrap();
    fs::write(directory.path().join("report.json"), &report.stdout).unwrap();
    let picture = stdout(&draw(
        directory.path(),
        &["menu.json", "--path", "report.json"],
        "",
    ));
    assert!(picture.contains(r#"class="branch condition lit" data-block="ask""#));
}

#[tokio::test]
async fn a_flow_of_a_running_account_is_drawn_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let up = Up::start(directory.path());
    line(&up.endpoint_url, menu()).await;
    let run = |name: &str| {
        let arguments = ["--flow", name, "--endpoint-url", &up.endpoint_url];
        draw(directory.path(), &arguments, "")
    };
    let picture = stdout(&run("keys"));
    assert!(picture.contains(r#"data-block="thanks""#));
    // A call that pressed 1, by its contact.
    let client = LocalClient::new(&up.endpoint_url);
    let number = client.numbers().await.unwrap().remove(0).number;
    let from = Some("+819012345678".to_owned());
    let script = None;
    let call = CallRequest {
        to: number,
        from,
        script,
    };
    let turn = client.dial(&call).await.unwrap();
    let turn = client
        .step(&turn.id, &CallStep::Press("1".to_owned()))
        .await
        .unwrap();
    let lit = |contact: &str| {
        let arguments = ["--flow", "keys", "--endpoint-url", &up.endpoint_url];
        draw(
            directory.path(),
            &[&arguments[..], &["--path", contact]].concat(),
            "",
        )
    };
    let picture = stdout(&lit(&turn.contact_id));
    assert!(picture.contains(r#"class="branch condition lit" data-block="ask""#));
    let unknown = lit("50a91ca1-6fd0-445c-8c53-ed3da23c0096");
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("no call on record has the contact"));
    let output = run("elsewhere");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--flow must be the name, id or ARN of a flow or module"));
    assert!(up.stop());
}
