//! Calls are explained from rows and logs, and a number is forgotten.

use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use aws_sdk_dynamodb::types::AttributeValue;
use connect_pin_sms::rules::hashing::Hasher;
use connect_pin_sms::rules::phone::PhoneNumber;
use connect_pin_sms::rules::tags::Tags;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::account::{Account, MEMBERS, stderr};
use crate::line::ATTEMPTS;

const FUNCTION_LOG: &str = "/aws/lambda/campaign-line";
const FLOW_LOG: &str = "/aws/connect/line";

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

impl Account {
    async fn log(&self, group: &str, lines: &[Value]) {
        let client = aws_sdk_cloudwatchlogs::Client::new(&self.config);
        // The function's group exists once it was invoked.
        drop(client.create_log_group().log_group_name(group).send().await);
        drop(
            client
                .create_log_stream()
                .log_group_name(group)
                .log_stream_name("s")
                .send()
                .await,
        );
        let now =
            i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).unwrap();
        let events = lines.iter().enumerate().map(|(at, line)| {
            let at = now - 60_000 + i64::try_from(at).unwrap();
            InputLogEvent::builder()
                .timestamp(at)
                .message(line.to_string())
                .build()
                .unwrap()
        });
        let request = client
            .put_log_events()
            .log_group_name(group)
            .log_stream_name("s");
        request
            .set_log_events(Some(events.collect()))
            .send()
            .await
            .unwrap();
    }

    fn explained(&self, arguments: &[&str]) -> Vec<Value> {
        let arguments = [
            &["explain", "--flow-log-group", FLOW_LOG, "--format", "json"][..],
            arguments,
        ]
        .concat();
        let printed = self.done(&arguments);
        assert!(!printed.contains("9011112222"), "{printed}");
        printed
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

fn function(contact: &str, command: &str, caller: &str, outcome: &str) -> Value {
    json!({
        "level": "INFO", "message": "answered", "contact_id": contact, "command": command,
        "caller": caller, "outcome": outcome,
    })
}

fn flow(contact: &str, block: &str) -> Value {
    json!({ "ContactId": contact, "ContactFlowModuleType": "PlayPrompt", "Identifier": block })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_learns_why_there_was_no_message() {
    let account = Account::with_line(&[]).await;
    account
        .put(
            MEMBERS,
            &[("phone", text("+819011112222")), ("id", text("7"))],
        )
        .await;
    // Another member with the same masked number.
    account
        .put(
            MEMBERS,
            &[("phone", text("+818033332222")), ("id", text("8"))],
        )
        .await;
    let mask = "+81*****2222";
    account
        .log(
            FUNCTION_LOG,
            &[
                function("c-wrong", "getMemberId", mask, "MEMBER"),
                function("c-wrong", "sendSms", mask, "PIN_NOT_FOUND"),
                function("c-silent", "getMemberId", mask, "MEMBER"),
                function("c-gone", "getMemberId", mask, "MEMBER"),
                function("c-other", "getMemberId", "+81*****9999", "NOT_A_MEMBER"),
            ],
        )
        .await;
    account
        .log(
            FLOW_LOG,
            &[
                flow("c-silent", "Say no key ja"),
                flow("c-gone", "Ask for PIN ja"),
                flow("c-withheld", "Say withheld ja"),
            ],
        )
        .await;
    // As docs/operations.md says: the key has the hash of the number, entries begin with the contact.
    let tag = Tags::new(Hasher::unkeyed()).caller(&PhoneNumber::parse("+819011112222").unwrap());
    let day = OffsetDateTime::now_utc().date();
    let key = format!("CALLER#{tag}#{day}");
    let entries = AttributeValue::Ss(vec!["c-wrong:0123456789abcdef".to_owned()]);
    account
        .put(ATTEMPTS, &[("pk", text(&key)), ("d", entries)])
        .await;

    let told = account.explained(&["--caller", "090-1111-2222"]);
    let evidence = told[0]["evidence"].to_string();
    for sentence in [
        "has a row in campaign_member_table, id 7",
        "1 wrong PIN and 0 accepted",
        "1 other member",
    ] {
        assert!(evidence.contains(sentence), "{evidence}");
    }
    let causes: Vec<_> = told
        .iter()
        .filter(|line| line["type"] == "contact")
        .map(|line| {
            (
                line["contactId"].as_str().unwrap(),
                line["cause"].as_str().unwrap(),
                line["certain"] == true,
            )
        })
        .collect();
    assert_eq!(
        causes,
        [
            ("c-wrong", "PIN_NOT_FOUND", true),
            ("c-silent", "NO_KEY", false),
            ("c-gone", "HUNG_UP", false)
        ]
    );

    // Nobody with this number called: those who withheld theirs are shown.
    let told = account.explained(&["--caller", "090-1111-7777"]);
    assert!(
        told[0]["evidence"].to_string().contains("has no row"),
        "{told:?}"
    );
    assert_eq!(
        (&told[1]["contactId"], &told[1]["cause"]),
        (&"c-withheld".into(), &"WITHHELD".into())
    );
    let told = account.explained(&["--contact", "c-other"]);
    assert_eq!(told[0]["cause"], "NOT_A_MEMBER");
    let refused = account.fails(&["explain", "--contact", "c\" || true"]);
    assert!(
        refused.contains("an id must be 1 to 64 letters, digits and hyphens"),
        "{refused}"
    );
    account.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_forgotten_and_what_remains_is_named() {
    let account = Account::with_line(&[]).await;
    account
        .put(
            MEMBERS,
            &[("phone", text("+819011112222")), ("id", text("1234"))],
        )
        .await;
    account
        .put(
            crate::account::BENEFITS,
            &[
                ("pinCode", text("0042")),
                ("campaignUrl", text("https://example.com/")),
                ("campaignId", text("spring-2026")),
            ],
        )
        .await;
    // printf 'attempts:v1:caller\000%s' +819011112222 | sha256sum | cut -c 1-32
    // printf 'attempts:v2:use\000%s\000%s' spring-2026 1234 | sha256sum | cut -c 1-32
    for key in [
        "CALLER#ca05479d45fbc43fc9d61f2c22b3178e#2026-11-26",
        "CALLER#ca05479d45fbc43fc9d61f2c22b3178e#2026-11-27",
        "USED#9299426123b822ddd6ee30bf92732293",
        "CALLER#00000000000000000000000000000000#2026-11-27",
        "USED#00000000000000000000000000000000",
        "REDEEMED#spring-2026",
    ] {
        account.put(ATTEMPTS, &[("pk", text(key))]).await;
    }
    // The fields are those of AWS's guide to SNS, "Viewing SMS delivery logs".
    let record = |destination: &str| json!({ "delivery": { "destination": destination } });
    let deliveries = "sns/ap-northeast-1/123456789012/DirectPublishToPhoneNumber";
    account
        .log(
            deliveries,
            &[
                record("+819011112222"),
                record("+819011113333"),
                record("+819011112222"),
            ],
        )
        .await;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&account.config);
    let retention = logs.put_retention_policy().log_group_name(deliveries);
    retention.retention_in_days(30).send().await.unwrap();
    let last = OffsetDateTime::now_utc() - time::Duration::MINUTE + time::Duration::days(30);

    let dry = account.done(&["forget", "090-1111-2222"]);
    let expected = format!(
        "  the delivery log {deliveries}: 2 entries hold the number, and CloudWatch deletes the last of them on {}",
        last.date()
    );
    assert!(dry.contains(&expected), "{dry}");
    assert!(
        dry.contains("campaign_member_table: 1 row would be removed"),
        "{dry}"
    );
    assert!(
        dry.contains("campaign_attempts_table: 2 days and 1 mark of single use would be removed"),
        "{dry}"
    );
    assert!(dry.contains("Nothing was removed: add --yes."), "{dry}");
    assert_eq!(
        (
            account.rows(MEMBERS).await.len(),
            account.rows(ATTEMPTS).await.len()
        ),
        (1, 6)
    );
    let output = account.operate(&["forget", "090-1111-2222", "--yes"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let printed = String::from_utf8(output.stdout).unwrap();
    for place in [
        "backups of the tables",
        "2 entries hold the number",
        "contact records",
    ] {
        assert!(printed.contains(place), "{printed}");
    }
    assert_eq!(
        (
            account.rows(MEMBERS).await.len(),
            account.rows(ATTEMPTS).await.len()
        ),
        (0, 3)
    );
    account.stop().await;
}
