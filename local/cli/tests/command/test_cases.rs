//! `test`: test cases against a flow file and against the line of a running account.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::calls::line;
use crate::support::{BINARY, Up, interrupt, run, stderr, stdout};

const FUNCTION: &str = "arn:aws:lambda:ap-northeast-1:111122223333:function:line";

/// Asks for a PIN, passes it to a function, and says how that ended.
fn flow() -> Value {
    json!({
        "Version": "2019-10-30",
        "StartAction": "ask",
        "Actions": [
            {
                "Identifier": "ask",
                "Type": "GetParticipantInput",
                "Parameters": {
                    "Text": "暗証番号を押して下さい。",
                    "StoreInput": "True",
                    "InputTimeLimitSeconds": "5",
                    "InputValidation": { "CustomValidation": { "MaximumLength": "8" } },
                    "DTMFConfiguration": { "InputTerminationSequence": "#" },
                },
                "Transitions": {
                    "NextAction": "look",
                    "Errors": [{ "NextAction": "sorry", "ErrorType": "NoMatchingError" }],
                    "Conditions": [],
                },
            },
            {
                "Identifier": "look",
                "Type": "InvokeLambdaFunction",
                "Parameters": {
                    "LambdaFunctionARN": FUNCTION,
                    "InvocationTimeLimitSeconds": "8",
                    "LambdaInvocationAttributes": { "pin": "$.StoredCustomerInput" },
                    "ResponseValidation": { "ResponseType": "JSON" },
                },
                "Transitions": {
                    "NextAction": "say",
                    "Errors": [{ "NextAction": "sorry", "ErrorType": "NoMatchingError" }],
                    "Conditions": [],
                },
            },
            say("say", "$.External.words"),
            say("sorry", "申し訳ありません。"),
            {
                "Identifier": "bye",
                "Type": "DisconnectParticipant",
                "Parameters": {},
                "Transitions": {},
            },
        ],
    })
}

fn say(identifier: &str, text: &str) -> Value {
    json!({
        "Identifier": identifier,
        "Type": "MessageParticipant",
        "Parameters": { "Text": text },
        "Transitions": {
            "NextAction": "bye",
            "Errors": [{ "NextAction": "bye", "ErrorType": "NoMatchingError" }],
            "Conditions": [],
        },
    })
}

fn action(kind: &str, parameters: Value) -> Value {
    let mut parameters = parameters;
    parameters["ActionType"] = kind.into();
    json!({ "Identifier": kind, "Type": kind, "Parameters": parameters, "Transitions": {} })
}

fn observation(name: &str, event: Value, actions: Value, next: &[&str]) -> Value {
    json!({ "Identifier": name, "Event": event, "Actions": actions,
            "Transitions": { "NextObservations": next } })
}

/// A test case that mocks the function, keys digits and waits for a sentence.
fn case(mocks: bool, expected: &str, matching: &str) -> Value {
    let started = json!({ "Type": "TestInitiated", "Actor": "System", "Properties": {} });
    let hears = |text: &str, matching: &str| {
        json!({ "Type": "MessageReceived", "Actor": "System", "Properties": {
            "Text": text, "MatchingCriteria": { "Type": matching } } })
    };
    let mock = action(
        "OverrideSystemBehavior",
        json!({ "Behavior": { "Type": "FlowAction", "Properties": {
            "ActionType": "InvokeLambdaFunction",
            "ActionParameters": { "LambdaFunctionARN": FUNCTION },
            "Strategy": { "Type": "MockResponse", "Response": {
                "Type": "ExecutionResult",
                "ExecutionResult": { "LoadedData": "{\"words\":\"SMSをお送りしました。\"}" } } } } } }),
    );
    let press = action(
        "SendInstruction",
        json!({ "Actor": "Customer", "Instruction": {
            "Type": "DtmfInput", "Properties": { "Value": "0042#" } } }),
    );
    let end = action("TestControl", json!({ "Command": { "Type": "EndTest" } }));
    let mocked = if mocks { json!([mock]) } else { json!([]) };
    let content = json!({ "Version": "2019-10-30", "Metadata": {}, "Observations": [
        observation("start", started, mocked, &["ask"]),
        observation("ask", hears("暗証番号", "Inclusion"), json!([press]), &["done"]),
        observation("done", hears(expected, matching), json!([end]), &[]),
    ] });
    json!({
        "InstanceId": "11111111-2222-3333-4444-555555555555",
        "Name": "right PIN",
        "EntryPoint": { "Type": "VOICE_CALL", "VoiceCallEntryPointParameters": {
            "SourcePhoneNumber": "+819012345678", "DestinationPhoneNumber": "+815000000001" } },
        "Content": content.to_string(),
    })
}

fn write(directory: &Path, name: &str, value: &Value) -> String {
    let path = directory.join(name);
    fs::write(&path, serde_json::to_string_pretty(value).unwrap()).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The file is what `aws connect create-test-case --cli-input-json` takes.
#[test]
fn a_test_case_runs_against_a_flow_file_alone() {
    let directory = tempfile::tempdir().unwrap();
    let flow = write(directory.path(), "flow.json", &flow());
    let file = write(
        directory.path(),
        "right.json",
        &case(true, "お送りしました", "Inclusion"),
    );
    let junit = directory.path().join("junit.xml");
    let output = run(&[
        "test",
        &file,
        "--flow",
        &flow,
        "--coverage",
        "--junit",
        junit.to_str().unwrap(),
    ]);
    let said = stdout(&output);
    assert!(output.status.success(), "{said}{}", stderr(&output));
    assert!(said.contains("1 passed, 0 failed"), "{said}");
    assert!(
        said.contains("never taken: look -> sorry (NoMatchingError)"),
        "{said}"
    );
    assert!(!said.contains("note"), "{said}");
    let junit = fs::read_to_string(junit).unwrap();
    assert!(junit.contains("tests=\"1\" failures=\"0\""), "{junit}");
    assert!(junit.contains("<testcase name=\"right PIN\""), "{junit}");
}

#[test]
fn a_failed_test_says_what_was_said_instead() {
    let directory = tempfile::tempdir().unwrap();
    let flow_file = write(directory.path(), "flow.json", &flow());
    let file = write(
        directory.path(),
        "wrong.json",
        &case(false, "お送りしました", "Inclusion"),
    );
    let output = run(&["test", &file, "--flow", &flow_file]);
    assert_eq!(output.status.code(), Some(1));
    let said = stdout(&output);
    let content = fs::read_to_string(&flow_file).unwrap();
    let line = content
        .lines()
        .position(|line| line.contains(r#""Identifier": "sorry""#))
        .unwrap()
        + 1;
    for part in [
        "failed  right PIN",
        "observation done waited for MessageReceived \"お送りしました\"",
        "\"申し訳ありません。\"",
        &format!("block sorry, {flow_file}:{line}"),
        "score 0.",
        "way: ask -> look -> sorry",
        &format!("the flow invoked {FUNCTION}, which failed with NoMatchingError"),
        "0 passed, 1 failed",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    assert!(stderr(&output).contains("1 test failed"));

    let output = run(&["--format", "json", "test", &file, "--flow", &flow_file]);
    let said = stdout(&output);
    let test: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    assert_eq!(test["passed"], false);
    assert_eq!(test["unmockedFunctions"], json!([FUNCTION]));
    assert_eq!(test["report"]["observations"][2]["unmet"], true);
}

/// AWS publishes no threshold of Similarity.
#[test]
fn a_pass_by_similarity_is_noted_and_strict_refuses_it() {
    let directory = tempfile::tempdir().unwrap();
    let flow = write(directory.path(), "flow.json", &flow());
    let file = write(
        directory.path(),
        "near.json",
        &case(true, "SMSをお送りしましたよ", "Similarity"),
    );
    let output = run(&["test", &file, "--flow", &flow]);
    let said = stdout(&output);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("note observation done matched by similarity"),
        "{said}"
    );
    let output = run(&["test", &file, "--flow", &flow, "--strict"]);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
}

#[test]
fn a_file_that_holds_no_test_case_ends_with_two() {
    let directory = tempfile::tempdir().unwrap();
    let flow = write(directory.path(), "flow.json", &flow());
    for file in [flow.as_str(), "/no/such/file.json"] {
        let output = run(&["test", file, "--flow", &flow]);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(file));
    }
}

/// The first two sentences were recorded on the service; the last one is ours.
#[test]
fn a_check_marks_the_words_of_aws() {
    let directory = tempfile::tempdir().unwrap();
    let mut wrong = case(true, "", "Inclusion");
    wrong["EntryPoint"]["VoiceCallEntryPointParameters"]["FlowId"] = "f".into();
    let content = wrong["Content"].as_str().unwrap();
    let content = content.replace("[\"done\"]", "[\"nobody\"]");
    wrong["Content"] = content.into();
    let file = write(directory.path(), "wrong.json", &wrong);
    let output = run(&["test", "check", &file]);
    assert_eq!(output.status.code(), Some(1));
    let said = stdout(&output);
    let marked = |whose: &str, words: &str| {
        let mut lines = said.lines();
        lines.any(|line| line.contains(whose) && line.contains(words))
    };
    assert!(
        marked(
            "EntryPoint: AWS: ",
            "Must specify either FlowId or phone numbers"
        ),
        "{said}"
    );
    assert!(
        marked(
            "Observations[2]",
            "At least one of PromptId, Text, or SSML must be present"
        ),
        "{said}"
    );
    assert!(marked(": here: ", "nobody"), "{said}");

    let right = write(
        directory.path(),
        "right.json",
        &case(true, "x", "Inclusion"),
    );
    let output = run(&["test", "check", &right]);
    assert!(output.status.success(), "{}", stdout(&output));
}

#[tokio::test]
async fn a_recorded_call_passes_against_its_line() {
    let directory = tempfile::tempdir().unwrap();
    let up = Up::start(directory.path());
    line(&up.endpoint_url, flow()).await;
    let file = directory.path().join("recorded.json");
    let file = file.to_str().unwrap();
    let url = ["--endpoint-url", &up.endpoint_url];
    let call = ["--from", "+819012345678", "--press", "0042#", "-o", file];
    let output = run(&[&["test", "record"][..], &url, &call].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let written: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    assert!(written["Content"].as_str().unwrap().contains("0042#"));
    let output = run(&[&["test", file, "--strict"][..], &url].concat());
    assert!(
        output.status.success(),
        "{}{}",
        stdout(&output),
        stderr(&output)
    );
    assert!(stdout(&output).contains("1 passed, 0 failed"));
    // A caller who hangs up and withholds the number is recorded, too.
    let left = directory.path().join("left.json");
    let left = left.to_str().unwrap();
    let call = ["--withheld", "--hang-up", "-o", left];
    let output = run(&[&["test", "record"][..], &url, &call].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(fs::read_to_string(left).unwrap().contains("Disconnect"));
    let output = run(&[&["test", left][..], &url].concat());
    assert!(output.status.success(), "{}", stdout(&output));
    // A second recording does not replace the first.
    let call = ["--withheld", "-o", file];
    let output = run(&[&["test", "record"][..], &url, &call].concat());
    assert_eq!(output.status.code(), Some(1));
    assert!(up.stop());
}

#[test]
fn a_watch_runs_the_tests_again_after_a_change() {
    let directory = tempfile::tempdir().unwrap();
    let flow = write(directory.path(), "flow.json", &flow());
    let file = write(
        directory.path(),
        "test.json",
        &case(false, "お送りしました", "Inclusion"),
    );
    let mut child = Command::new(BINARY)
        .args(["test", &file, "--flow", &flow, "--watch"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut until = |words: &str| lines.by_ref().any(|line| line.unwrap().contains(words));
    assert!(until("0 passed, 1 failed"));
    assert!(until("watching for changes"));
    write(
        directory.path(),
        "test.json",
        &case(true, "お送りしました", "Inclusion"),
    );
    assert!(until("1 passed, 0 failed"));
    interrupt(&child);
    assert!(child.wait().unwrap().success());
}
