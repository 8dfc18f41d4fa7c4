//! Calls of small flows by the command: a menu, a queue with an agent, and a bot.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use http::Method;
use local_account::{AwsCall, LocalClient};
use serde_json::{Value, json};

use crate::support::{BINARY, Up, run, stderr};

/// Deploys a line with this flow, in which `@queue` stands for the id of the instance's queue, and
/// returns its number.
pub(crate) async fn line(endpoint_url: &str, content: Value) -> String {
    let account = LocalClient::new(endpoint_url);
    let ask = async |method: Method, path: &str, body: Value| -> Value {
        let answer = account
            .aws(AwsCall {
                service: "connect",
                region: "ap-northeast-1",
                method,
                path,
                target: None,
                content_type: "application/json",
                body: body.to_string(),
            })
            .await
            .unwrap();
        serde_json::from_str(&answer).unwrap()
    };
    let instance = ask(
        Method::PUT,
        "/instance",
        json!({
            "IdentityManagementType": "CONNECT_MANAGED",
            "InstanceAlias": "keys",
            "InboundCallsEnabled": true,
            "OutboundCallsEnabled": false,
        }),
    )
    .await;
    let number = ask(
        Method::POST,
        "/phone-number/search-available",
        json!({
            "TargetArn": instance["Arn"],
            "PhoneNumberCountryCode": "JP",
            "PhoneNumberType": "DID",
        }),
    )
    .await["AvailableNumbersList"][0]["PhoneNumber"]
        .take();
    let claimed = ask(
        Method::POST,
        "/phone-number/claim",
        json!({ "TargetArn": instance["Arn"], "PhoneNumber": number }),
    )
    .await;
    let instance = instance["Id"].as_str().unwrap();
    let path = format!("/queues-summary/{instance}");
    let queue = ask(Method::GET, &path, Value::Null).await["QueueSummaryList"][0]["Id"].take();
    let content = content
        .to_string()
        .replace("@queue", queue.as_str().unwrap());
    let flow = ask(
        Method::PUT,
        &format!("/contact-flows/{instance}"),
        json!({ "Name": "keys", "Type": "CONTACT_FLOW", "Content": content }),
    )
    .await;
    let path = format!(
        "/phone-number/{}/contact-flow",
        claimed["PhoneNumberId"].as_str().unwrap()
    );
    ask(
        Method::PUT,
        &path,
        json!({ "InstanceId": instance, "ContactFlowId": flow["ContactFlowId"] }),
    )
    .await;
    number.as_str().unwrap().to_owned()
}

/// A flow that asks for a key until it is 1.
fn keys() -> Value {
    let again = |error: &str| json!({ "NextAction": "ask", "ErrorType": error });
    json!({
        "Version": "2019-10-30",
        "StartAction": "ask",
        "Actions": [
            {
                "Identifier": "ask",
                "Type": "GetParticipantInput",
                "Parameters": { "Text": "Press 1", "StoreInput": "False", "InputTimeLimitSeconds": "5" },
                "Transitions": {
                    "NextAction": "say",
                    "Conditions": [{
                        "NextAction": "say",
                        "Condition": { "Operator": "Equals", "Operands": ["1"] },
                    }],
                    "Errors": [
                        again("InputTimeLimitExceeded"),
                        again("NoMatchingCondition"),
                        again("NoMatchingError"),
                    ],
                },
            },
            {
                "Identifier": "say",
                "Type": "MessageParticipant",
                "Parameters": { "Text": "La" },
                "Transitions": { "NextAction": "say", "Errors": [], "Conditions": [] },
            },
        ],
    })
}

/// Branches of errors that end the call.
fn errors(names: &[&str]) -> Value {
    let branches = names
        .iter()
        .map(|name| json!({ "NextAction": "bye", "ErrorType": name }));
    branches.collect()
}

fn bye() -> Value {
    json!({
        "Identifier": "bye",
        "Type": "DisconnectParticipant",
        "Parameters": {},
        "Transitions": {},
    })
}

/// Calls with this script, which is written to a file in the directory.
fn scripted(up: &Up, directory: &Path, script: &str, contact: &[&str]) -> Output {
    let file = directory.join("script.json");
    fs::write(&file, script).unwrap();
    Command::new(BINARY)
        .args(["call", "--endpoint-url", &up.endpoint_url])
        .args(contact)
        .arg("--script")
        .arg(&file)
        .output()
        .unwrap()
}

/// A flow that invokes a function, which does not exist, and hangs up.
pub(crate) fn of_a_missing_function() -> Value {
    json!({
        "Version": "2019-10-30",
        "StartAction": "ask",
        "Actions": [
            {
                "Identifier": "ask",
                "Type": "InvokeLambdaFunction",
                "Parameters": {
                    "LambdaFunctionARN":
                        "arn:aws:lambda:ap-northeast-1:123456789012:function:campaign-line",
                    "InvocationTimeLimitSeconds": "8",
                },
                "Transitions": {
                    "NextAction": "bye",
                    "Errors": errors(&["NoMatchingError"]),
                    "Conditions": [],
                },
            },
            bye(),
        ],
    })
}

/// A flow that puts the caller into the queue.
fn queue() -> Value {
    json!({
        "Version": "2019-10-30",
        "StartAction": "queue",
        "Actions": [
            {
                "Identifier": "queue",
                "Type": "UpdateContactTargetQueue",
                "Parameters": { "QueueId": "@queue" },
                "Transitions": {
                    "NextAction": "enter",
                    "Errors": errors(&["NoMatchingError"]),
                    "Conditions": [],
                },
            },
            {
                "Identifier": "enter",
                "Type": "TransferContactToQueue",
                "Parameters": {},
                "Transitions": {
                    "NextAction": "bye",
                    "Errors": errors(&["QueueAtCapacity", "NoMatchingError"]),
                    "Conditions": [],
                },
            },
            bye(),
        ],
    })
}

/// The whisper is that of the administrator guide, "Default agent whisper": the queue's name.
#[tokio::test]
async fn an_agent_of_a_script_answers_a_call() {
    let temporary = tempfile::tempdir().unwrap();
    let up = Up::start(temporary.path());
    let number = line(&up.endpoint_url, queue()).await;
    let call = |script: &str| {
        let contact = ["--to", &number, "--withheld", "--silent"];
        scripted(&up, temporary.path(), script, &contact)
    };
    let output = call(
        r#"{ "agents": [{ "name": "jane", "queue": "BasicQueue", "answersAfter": "20s",
                          "does": [{ "wait": "10s" }, { "hold": "30s" }] }] }"#,
    );
    assert!(output.status.success(), "{}", stderr(&output));
    let heard = String::from_utf8(output.stdout).unwrap();
    for line in [
        "agent   jane answers the call in the queue BasicQueue",
        "agent   hears BasicQueue",
        "agent   jane puts the caller on hold for 30 s",
        "line    <speak>Please hold the line.",
        "agent   jane hangs up",
    ] {
        assert!(heard.contains(line), "{line}: {heard}");
    }
    for (text, sentence) in [
        (r#"{ "agent": [] }"#, "must be the script of a call"),
        (
            r#"{ "agents": [{ "name": "jane", "queue": "None" }] }"#,
            "must name a queue of the instance, but named None",
        ),
    ] {
        let refused = call(text);
        assert!(!refused.status.success());
        assert!(stderr(&refused).contains(sentence), "{}", stderr(&refused));
    }
    assert!(up.stop());
}

/// A flow that asks a bot what the customer wants.
fn bot() -> Value {
    json!({
        "Version": "2019-10-30",
        "StartAction": "ask",
        "Actions": [
            {
                "Identifier": "ask",
                "Type": "ConnectParticipantWithLexBot",
                "Parameters": {
                    "Text": "Hello on $.Channel",
                    "LexV2Bot": { "AliasArn": "arn:aws:lex:ap-northeast-1:1:bot-alias/B/A" },
                },
                "Transitions": {
                    "NextAction": "bye",
                    "Conditions": [{
                        "NextAction": "say",
                        "Condition": { "Operator": "Equals", "Operands": ["Order"] },
                    }],
                    "Errors": errors(&["NoMatchingCondition", "NoMatchingError", "InputTimeLimitExceeded"]),
                },
            },
            {
                "Identifier": "say",
                "Type": "MessageParticipant",
                "Parameters": { "Text": "A $.Lex.Slots.size one" },
                "Transitions": { "NextAction": "bye", "Errors": [], "Conditions": [] },
            },
            bye(),
        ],
    })
}

/// The values of the channel are `VOICE` and `CHAT` (API reference of DescribeContact).
#[tokio::test]
async fn a_scripted_bot_understands_a_caller_and_the_customer_of_a_chat() {
    let temporary = tempfile::tempdir().unwrap();
    let up = Up::start(temporary.path());
    let number = line(&up.endpoint_url, bot()).await;
    let order = json!({ "intent": "Order", "slots": { "size": "large" } });
    let bots = json!({ "arn:aws:lex:ap-northeast-1:1:bot-alias/B/A": order });
    let script = json!({ "bots": bots }).to_string();
    for (contact, channel) in [
        (&["--withheld", "--silent", "--to", &number][..], "VOICE"),
        (&["--chat", "keys"], "CHAT"),
    ] {
        let output = scripted(&up, temporary.path(), &script, contact);
        assert!(output.status.success(), "{}", stderr(&output));
        let heard = String::from_utf8(output.stdout).unwrap();
        for line in [
            &format!("Hello on {channel}"),
            "says what the bot understands as Order",
            "A large one",
        ] {
            assert!(heard.contains(line), "{line}: {heard}");
        }
    }
    let refused = run(&["call", "--endpoint-url", &up.endpoint_url, "--chat", "gone"]);
    let said = stderr(&refused);
    assert!(
        said.contains("must be a published inbound flow, by name, id or ARN, but was gone"),
        "{said}"
    );
    assert!(up.stop());
}

#[tokio::test]
async fn a_typing_error_does_not_end_a_call() {
    let temporary = tempfile::tempdir().unwrap();
    let up = Up::start(temporary.path());
    let number = line(&up.endpoint_url, keys()).await;
    let mut call = Command::new(BINARY)
        .args(["call", "--endpoint-url", &up.endpoint_url])
        .args(["--to", &number, "--withheld"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    write!(call.stdin.take().unwrap(), "oops\n2\n1\n").unwrap();
    let output = call.wait_with_output().unwrap();
    // A flow that repeats a prompt without end is stopped, which is no regular end of a call.
    assert!(!output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("'o' is not a telephone key"));
    let heard = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = heard.lines().map(str::trim).collect();
    // An event that repeats for as long as the caller stays is printed once.
    let said: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|line| line.contains("La"))
        .collect();
    assert_eq!(said.len(), 1, "{heard}");
    for told in ["caller  presses 2", "caller  presses 1"] {
        assert!(lines.contains(&told), "{heard}");
    }
    assert!(heard.contains("more times"), "{heard}");
    assert!(heard.contains("the block \"say\""), "{heard}");
    assert!(up.stop());
}
