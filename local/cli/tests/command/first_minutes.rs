//! The commands of the first minutes: numbers with their lines, messages with their times, and the
//! outcome of a call.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use http::Method;
use local_account::{AwsCall, LocalClient};
use serde_json::{Value, json};

use crate::calls::{line, of_a_missing_function};
use crate::support::{BINARY, Up, dynamodb, publish, run, stderr, stdout};

const REGION: &str = "ap-northeast-1";

/// Claims one more number for the instance that has this one, without a flow.
async fn claim_another(account: &LocalClient, number: &str) -> String {
    let ask = async |path: &str, body: Value| -> Value {
        let answer = account
            .aws(AwsCall {
                service: "connect",
                region: "ap-northeast-1",
                method: Method::POST,
                path,
                target: None,
                content_type: "application/json",
                body: body.to_string(),
            })
            .await
            .unwrap();
        serde_json::from_str(&answer).unwrap()
    };
    let listed = ask("/phone-number/list", json!({})).await;
    let claimed = &listed["ListPhoneNumbersSummaryList"][0];
    assert_eq!(claimed["PhoneNumber"], number);
    let target = &claimed["TargetArn"];
    let search = json!({
        "TargetArn": target, "PhoneNumberCountryCode": "JP", "PhoneNumberType": "DID",
    });
    let found = ask("/phone-number/search-available", search).await;
    let other = found["AvailableNumbersList"][0]["PhoneNumber"].clone();
    let claim = json!({ "TargetArn": target, "PhoneNumber": other });
    ask("/phone-number/claim", claim).await;
    other.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn numbers_are_listed_with_region_and_line() {
    let temporary = tempfile::tempdir().unwrap();
    let up = Up::start(temporary.path());
    let reach = ["--endpoint-url", up.endpoint_url.as_str()];
    let none = run(&[&["numbers"][..], &reach].concat());
    assert_eq!(stdout(&none), "The account has claimed no number yet.\n");

    let number = line(&up.endpoint_url, of_a_missing_function()).await;
    let other = claim_another(&LocalClient::new(&up.endpoint_url), &number).await;
    let listed = run(&[&["numbers"][..], &reach].concat());
    let expected = format!(
        "  {number}  ap-northeast-1  line campaign-line  (flow keys, instance keys)\n  \
         {other}  ap-northeast-1  no flow answers it (instance keys)\n"
    );
    assert_eq!(stdout(&listed), expected);
    let listed = run(&[&["--format", "json", "numbers"][..], &reach].concat());
    let first: Value = serde_json::from_str(stdout(&listed).lines().next().unwrap()).unwrap();
    assert_eq!(
        first,
        json!({ "type": "number", "number": {
            "number": number, "region": "ap-northeast-1", "instanceAlias": "keys",
            "flowName": "keys", "functions": ["campaign-line"],
        } })
    );
    // The error has the same rows, so that the right number can be copied from it.
    let refused = run(&[&["call", "--withheld", "--silent"][..], &reach].concat());
    assert_eq!(refused.status.code(), Some(1));
    let said = stderr(&refused);
    assert!(said.contains("choose one with --to:\n"), "{said}");
    assert!(said.contains(expected.trim_end()), "{said}");
    assert!(up.stop());
}

/// The function of the flow does not exist, so the call has an outcome of its own.
#[tokio::test]
async fn a_call_ends_with_its_outcome_and_contact_id() {
    let temporary = tempfile::tempdir().unwrap();
    let up = Up::start(temporary.path());
    line(&up.endpoint_url, of_a_missing_function()).await;
    let reach = ["--endpoint-url", up.endpoint_url.as_str()];
    let call = [&["call", "--withheld", "--silent"][..], &reach].concat();
    let said = stdout(&run(&call));
    assert!(
        said.contains("  outcome FUNCTION_FAILED: the function failed"),
        "{said}"
    );
    assert!(
        said.lines().last().unwrap().starts_with("  contact "),
        "{said}"
    );

    let said = stdout(&run(&[&["--format", "json"][..], &call].concat()));
    let last: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    assert_eq!(last["type"], "outcome");
    assert_eq!(last["outcome"], "FUNCTION_FAILED");
    assert_eq!(last["ended"], "the line hung up");
    assert_eq!(last["contactId"].as_str().unwrap().len(), 36, "{last}");
    assert!(up.stop());
}

#[tokio::test]
async fn messages_are_listed_with_time_region_and_sender() {
    let temporary = tempfile::tempdir().unwrap();
    let up = Up::start(temporary.path());
    let account = LocalClient::new(&up.endpoint_url);
    for sender in [
        "",
        "&MessageAttributes.entry.1.Name=AWS.SNS.SMS.SenderID\
         &MessageAttributes.entry.1.Value.DataType=String\
         &MessageAttributes.entry.1.Value.StringValue=SHOP",
    ] {
        let parameters =
            format!("Version=2010-03-31&PhoneNumber=%2B819012345678&Message=hi{sender}");
        publish(&account, &parameters).await;
    }
    let sent = account.messages().await.unwrap();
    let reach = ["--endpoint-url", up.endpoint_url.as_str()];
    let said = stdout(&run(&[&["messages"][..], &reach].concat()));
    let lines: Vec<&str> = said.lines().collect();
    let second = |index: usize| {
        let text = serde_json::to_value(&sent[index]).unwrap()["acceptedAt"].clone();
        text.as_str().unwrap()[..19].to_owned()
    };
    assert_eq!(
        lines,
        [
            format!(
                "  {}Z  ap-northeast-1  from a sender that the service chose",
                second(0)
            ),
            "  SMS to +819012345678 : hi".to_owned(),
            format!("  {}Z  ap-northeast-1  from SHOP", second(1)),
            "  SMS to +819012345678 : hi".to_owned(),
        ]
    );
    let said = stdout(&run(
        &[&["--format", "json", "messages"][..], &reach].concat()
    ));
    let senders: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["sender"].take())
        .collect();
    assert_eq!(senders, [Value::Null, json!("SHOP")]);
    assert!(up.stop());
}

async fn create_table(account: &LocalClient, table: &str) {
    let body = json!({
        "TableName": table,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "phone", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "phone", "KeyType": "HASH" }],
    });
    dynamodb(account, REGION, "CreateTable", body).await;
}

/// The lines of the command say when the rows are written, so nothing waits for a time.
#[tokio::test]
async fn rows_are_written_when_their_table_is_created() {
    let temporary = tempfile::tempdir().unwrap();
    let file = temporary.path().join("rows.json");
    let row = |phone: &str| json!({ "PutRequest": { "Item": { "phone": { "S": phone } } } });
    let bad = json!({ "PutRequest": { "Item": { "id": { "S": "1" } } } });
    let rows = json!({ "members": [row("+819012345678"), bad, row("+819012345679")], "gone": [] });
    fs::write(&file, rows.to_string()).unwrap();
    let mut command = Command::new(BINARY);
    command.stderr(Stdio::piped());
    let mut up = Up::start_with(
        command,
        temporary.path(),
        &["--load", file.to_str().unwrap()],
    );
    let account = LocalClient::new(&up.endpoint_url);
    let mut said = BufReader::new(up.take_stderr()).lines();
    let mut until_loaded = || {
        let mut lines = Vec::new();
        for line in said.by_ref() {
            let line = line.unwrap();
            let last = line.starts_with("  loaded");
            lines.push(line);
            if last {
                return lines;
            }
        }
        panic!("the rows were not loaded: {lines:?}");
    };
    for _ in 0..2 {
        create_table(&account, "members").await;
        let lines = until_loaded();
        let refused = &lines[lines.len() - 2];
        assert!(
            refused.starts_with("error: row 2 of members was refused:"),
            "{refused}"
        );
        assert_eq!(lines.last().unwrap(), "  loaded  members: rows 2 of 3");
        let scan = dynamodb(&account, REGION, "Scan", json!({ "TableName": "members" })).await;
        assert_eq!(scan["Count"], 2);
        // A table that is made anew gets its rows again.
        dynamodb(
            &account,
            REGION,
            "DeleteTable",
            json!({ "TableName": "members" }),
        )
        .await;
    }
    assert!(up.stop());

    fs::write(&file, "[]").unwrap();
    let refused = run(&[
        "up",
        "--listen",
        "127.0.0.1:0",
        "--load",
        file.to_str().unwrap(),
    ]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("batch-write-item"),
        "{}",
        stderr(&refused)
    );
}

#[tokio::test]
async fn each_request_is_printed_without_its_content() {
    let temporary = tempfile::tempdir().unwrap();
    let mut up = Up::start_with(Command::new(BINARY), temporary.path(), &["--verbose"]);
    let account = LocalClient::new(&up.endpoint_url);
    create_table(&account, "members").await;
    let item = json!({ "phone": { "S": "+819012345678" } });
    let put = json!({ "TableName": "members", "Item": item });
    dynamodb(&account, REGION, "PutItem", put).await;
    let mut lines = up.stdout_lines();
    for operation in ["CreateTable", "PutItem"] {
        let line = lines.next().unwrap().unwrap();
        assert!(!line.contains("819012345678"), "{line}");
        let said: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(said["type"], "request");
        assert_eq!(said["request"]["operation"], operation);
        assert_eq!(said["request"]["status"], 200);
    }
    assert!(up.stop());
}

#[tokio::test]
async fn each_step_of_a_call_and_each_message_is_printed_with_masks() {
    let temporary = tempfile::tempdir().unwrap();
    let mut up = Up::start_with(Command::new(BINARY), temporary.path(), &["--verbose"]);
    let number = line(&up.endpoint_url, of_a_missing_function()).await;
    let called = run(&[
        "call",
        "--endpoint-url",
        &up.endpoint_url,
        "--from",
        "+819012345678",
        "--press",
        "0042#",
    ]);
    assert!(!called.stdout.is_empty(), "{}", stderr(&called));
    let account = LocalClient::new(&up.endpoint_url);
    let parameters = "Version=2010-03-31&PhoneNumber=%2B819012345678&Message=0042";
    publish(&account, parameters).await;

    let mut events = Vec::new();
    for line in up.stdout_lines() {
        let line = line.unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let kind = said["type"].as_str().unwrap().to_owned();
        if !["callEvent", "messageEvent"].contains(&kind.as_str()) {
            continue;
        }
        for secret in ["819012345678", "0042"] {
            assert!(!line.contains(secret), "{line}");
        }
        events.push(said);
        if kind == "messageEvent" {
            break;
        }
    }
    let of = |name: &str| events.iter().find(|event| event["event"] == name);
    let dialled = of("dialled").unwrap();
    assert_eq!(dialled["from"], "+81*****5678");
    assert_eq!(dialled["to"], number);
    for name in ["block", "functionAsked", "functionAnswered", "ended"] {
        assert!(of(name).is_some(), "{name}: {events:?}");
    }
    assert_eq!(of("functionAnswered").unwrap()["succeeded"], false);
    let message = events.last().unwrap();
    assert_eq!(message["to"], "+81*****5678");
    assert_eq!(message["parts"], 1);
    assert!(up.stop());
}
