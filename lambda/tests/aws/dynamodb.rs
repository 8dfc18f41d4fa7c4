//! The tables through the real SDK client: the exact requests, and the meaning of each response.

use aws_smithy_http_client::test_util::NeverClient;
use connect_pin_sms::aws::dynamodb::{BenefitsTable, MemberTable, client};
use connect_pin_sms::rules::campaign::{Campaign, CampaignId, Rules};
use connect_pin_sms::rules::phone::PhoneNumber;
use connect_pin_sms::rules::pin::PinKey;
use connect_pin_sms::rules::ports::{CampaignCatalogue, LookupError, MemberDirectory};
use connect_pin_sms::rules::row_fault::RowFault;
use connect_pin_sms::rules::row_schema::KeyAttribute;
use connect_pin_sms::rules::sms_template::SmsTemplate;
use serde_json::{Value, json};

use crate::canned::{answers, config, requested, requested_json};

const THROTTLED: (u16, &str) = (
    400,
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"later"}"#,
);

async fn member(answer: &str) -> Result<Option<String>, LookupError> {
    let client = client(&config(answers(&[(200, answer)])));
    let caller = PhoneNumber::parse("+819011112222").unwrap();
    let member = MemberTable::new(client, "members").member(&caller).await;
    member.map(|member| member.map(|member| member.id))
}

async fn page(answer: &str) -> Result<Option<String>, LookupError> {
    let client = client(&config(answers(&[(200, answer)])));
    let found = BenefitsTable::new(client, "benefits")
        .campaign(&PinKey::new("0042"))
        .await;
    found.map(|campaign| campaign.map(|campaign| campaign.url.expose().to_owned()))
}

#[tokio::test]
async fn reads_attributes_by_aliases() {
    let http = answers(&[(200, "{}"), (200, "{}")]);
    let client = client(&config(http.clone()));
    let caller = PhoneNumber::parse("+819011112222").unwrap();
    MemberTable::new(client.clone(), "members")
        .member(&caller)
        .await
        .unwrap();
    BenefitsTable::new(client, "benefits")
        .campaign(&PinKey::new("0042"))
        .await
        .unwrap();
    let bodies = requested_json(&http);
    assert_eq!(
        bodies,
        [
            json!({
                "TableName": "members",
                "Key": { "phone": { "S": "+819011112222" } },
                "ProjectionExpression": "#a0, #a1",
                "ExpressionAttributeNames": { "#a0": "id", "#a1": "optedOut" },
            }),
            json!({
                "TableName": "benefits",
                "Key": { "pinCode": { "S": "0042" } },
                "ProjectionExpression": "#a0, #a1, #a2, #a3, #a4, #a5, #a6, #a7, #a8",
                "ExpressionAttributeNames": {
                    "#a0": "campaignId",
                    "#a1": "campaignUrl",
                    "#a2": "enabled",
                    "#a3": "startsAt",
                    "#a4": "expiresAt",
                    "#a5": "maxRedemptions",
                    "#a6": "redeemed",
                    "#a7": "singleUsePerMember",
                    "#a8": "message",
                },
            }),
        ]
    );
}

/// This holds even when the first request is retried.
#[tokio::test(start_paused = true)]
async fn every_request_has_the_same_user_agent_once() {
    let http = answers(&[THROTTLED, (200, "{}"), (200, "{}")]);
    let table = MemberTable::new(client(&config(http.clone())), "members");
    let caller = PhoneNumber::parse("+819011112222").unwrap();
    for _ in 0..2 {
        table.member(&caller).await.unwrap();
    }
    let agents: Vec<Vec<String>> = http
        .actual_requests()
        .map(|request| {
            let headers = request.headers().get_all("user-agent");
            headers.map(str::to_owned).collect()
        })
        .collect();
    assert_eq!(agents.len(), 3);
    for agent in &agents {
        assert_eq!(agent, &agents[0]);
        assert_eq!(agent.len(), 1);
        assert!(agent[0].starts_with("aws-sdk-rust/"), "{agent:?}");
        assert!(agent[0].contains(" api/dynamodb/"), "{agent:?}");
    }
}

/// Neither `key` nor `code.v2` could be written in an expression: the first is a reserved word, the second a
/// path.
#[tokio::test]
async fn tables_may_have_keys_of_any_name() {
    let http = answers(&[(200, "{}"); 4]);
    let client = client(&config(http.clone()));
    let caller = PhoneNumber::parse("+819011112222").unwrap();
    MemberTable::new(client.clone(), "members")
        .keyed_by(KeyAttribute::parse_for_members("key").unwrap())
        .member(&caller)
        .await
        .unwrap();
    let benefits = BenefitsTable::new(client, "benefits")
        .keyed_by(KeyAttribute::parse_for_benefits("code.v2").unwrap());
    let pin = PinKey::new("0042");
    benefits.campaign(&pin).await.unwrap();
    benefits.redeem(&pin, 50, "token-1").await.unwrap();
    benefits.give_back(&pin).await.unwrap();

    let bodies = requested_json(&http);
    let keys: Vec<_> = bodies.iter().map(|body| body["Key"].clone()).collect();
    let code = json!({ "code.v2": { "S": "0042" } });
    let expected = [
        json!({ "key": { "S": "+819011112222" } }),
        code.clone(),
        code.clone(),
        code,
    ];
    assert_eq!(keys, expected);
    assert_eq!(bodies[2]["ExpressionAttributeNames"]["#key"], "code.v2");
    for body in &bodies {
        for (field, value) in body.as_object().unwrap() {
            let expression = field.ends_with("Expression").then(|| value.to_string());
            assert!(
                expression.is_none_or(|text| !text.contains("code") && !text.contains(" key")),
                "{field}: {value}"
            );
        }
    }
}

#[tokio::test]
async fn reads_an_id_of_either_type() {
    assert_eq!(
        member(r#"{"Item":{"id":{"S":"0012"}}}"#).await,
        Ok(Some("0012".into()))
    );
    assert_eq!(
        member(r#"{"Item":{"id":{"N":"1234"}}}"#).await,
        Ok(Some("1234".into()))
    );
    assert_eq!(member("{}").await, Ok(None));
}

#[tokio::test]
async fn reads_whether_a_member_opted_out() {
    for (attribute, opted_out) in [
        ("", false),
        (r#","optedOut":{"NULL":true}"#, false),
        (r#","optedOut":{"BOOL":false}"#, false),
        (r#","optedOut":{"BOOL":true}"#, true),
    ] {
        let answer = format!(r#"{{"Item":{{"id":{{"S":"1"}}{attribute}}}}}"#);
        let client = client(&config(answers(&[(200, &answer)])));
        let caller = PhoneNumber::parse("+819011112222").unwrap();
        let found = MemberTable::new(client, "members").member(&caller).await;
        assert_eq!(found.unwrap().unwrap().opted_out, opted_out, "{attribute}");
    }
}

#[tokio::test]
async fn finds_the_fault_of_a_member_row() {
    for (answer, fault) in [
        (r#"{"Item":{}}"#, RowFault::Missing),
        (r#"{"Item":{"id":{"S":""}}}"#, RowFault::Empty),
        // Spaces from a spreadsheet, among them those of a Japanese keyboard.
        (r#"{"Item":{"id":{"S":" \u3000"}}}"#, RowFault::Empty),
        // A flow would take the member for a caller who is not one.
        (r#"{"Item":{"id":{"S":"-1"}}}"#, RowFault::ReservedId),
        (r#"{"Item":{"id":{"S":" -1 "}}}"#, RowFault::ReservedId),
        (r#"{"Item":{"id":{"N":"-1"}}}"#, RowFault::ReservedId),
        (
            r#"{"Item":{"id":{"S":"1"},"optedOut":{"S":"true"}}}"#,
            RowFault::NotUsable {
                name: "optedOut",
                expected: "a BOOL",
            },
        ),
        (
            r#"{"Item":{"id":{"NULL":true}}}"#,
            RowFault::WrongType("NULL"),
        ),
        (
            r#"{"Item":{"id":{"BOOL":true}}}"#,
            RowFault::WrongType("BOOL"),
        ),
        (r#"{"Item":{"id":{"L":[]}}}"#, RowFault::WrongType("L")),
    ] {
        assert_eq!(
            member(answer).await,
            Err(LookupError::Faulty(fault)),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn reads_a_page() {
    let item = r#"{"Item":{"campaignUrl":{"S":"https://example.com/c"}}}"#;
    assert_eq!(page(item).await, Ok(Some("https://example.com/c".into())));
    assert_eq!(page("{}").await, Ok(None));
}

#[tokio::test]
async fn finds_the_fault_of_a_benefits_row() {
    for (answer, fault) in [
        (r#"{"Item":{}}"#, RowFault::Missing),
        (r#"{"Item":{"campaignUrl":{"S":""}}}"#, RowFault::Empty),
        (
            r#"{"Item":{"campaignUrl":{"N":"1"}}}"#,
            RowFault::WrongType("N"),
        ),
        (
            r#"{"Item":{"campaignUrl":{"M":{}}}}"#,
            RowFault::WrongType("M"),
        ),
        (
            r#"{"Item":{"campaignUrl":{"S":"http://example.com"}}}"#,
            RowFault::NotWebAddress,
        ),
    ] {
        assert_eq!(
            page(answer).await,
            Err(LookupError::Faulty(fault)),
            "{answer}"
        );
    }
}

async fn campaign_with(attributes: Value) -> Result<Campaign, RowFault> {
    let mut item = json!({ "campaignUrl": { "S": "https://example.com/c" } });
    for (name, value) in attributes.as_object().unwrap() {
        item[name] = value.clone();
    }
    let answer = json!({ "Item": item }).to_string();
    let client = client(&config(answers(&[(200, &answer)])));
    let table = BenefitsTable::new(client, "benefits");
    match table.campaign(&PinKey::new("0042")).await {
        Ok(campaign) => Ok(campaign.unwrap()),
        Err(LookupError::Faulty(fault)) => Err(fault),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn reads_the_rules_of_a_campaign() {
    let plain = campaign_with(json!({})).await.unwrap();
    assert_eq!((plain.rules, plain.message), (Rules::default(), None));
    let nothing = campaign_with(json!({
        "enabled": { "NULL": true },
        "expiresAt": { "NULL": true },
        "message": { "S": "" },
    }));
    let nothing = nothing.await.unwrap();
    assert_eq!((nothing.rules, nothing.message), (Rules::default(), None));
    let full = campaign_with(json!({
        "enabled": { "BOOL": false },
        "campaignId": { "S": "summer-2026" },
        "startsAt": { "N": "1795000000" },
        "expiresAt": { "N": "99999999999" },
        "maxRedemptions": { "N": "50" },
        "redeemed": { "N": "7" },
        "singleUsePerMember": { "BOOL": true },
        "message": { "S": "夏祭り {url}" },
    }));
    let full = full.await.unwrap();
    let rules = Rules {
        disabled: true,
        starts_at: Some(1_795_000_000),
        expires_at: Some(99_999_999_999),
        max_redemptions: Some(50),
        redeemed: 7,
        single_use_per_member: true,
    };
    assert_eq!(full.rules, rules);
    assert_eq!(full.id, CampaignId::parse("summer-2026"));
    assert_eq!(full.message, SmsTemplate::parse("夏祭り {url}").ok());
}

#[tokio::test]
async fn names_the_attribute_that_cannot_be_used() {
    for (name, value) in [
        ("enabled", json!({ "S": "true" })),
        ("startsAt", json!({ "S": "2026-11-23" })),
        ("expiresAt", json!({ "N": "1.5" })),
        ("expiresAt", json!({ "N": "-1" })),
        // Milliseconds: read as seconds, these times would never come.
        ("startsAt", json!({ "N": "100000000000" })),
        ("expiresAt", json!({ "N": "1795000000000" })),
        ("campaignId", json!({ "N": "7" })),
        ("campaignId", json!({ "S": "" })),
        ("campaignId", json!({ "S": "夏" })),
        ("maxRedemptions", json!({ "BOOL": true })),
        ("redeemed", json!({ "S": "7" })),
        ("singleUsePerMember", json!({ "N": "1" })),
        ("message", json!({ "N": "1" })),
        ("message", json!({ "S": "no address" })),
    ] {
        let fault = campaign_with(json!({ name: value })).await.unwrap_err();
        let message = fault.to_string();
        assert!(
            message.starts_with(&format!("the attribute {name} ")),
            "{message}"
        );
    }
}

const UNMET: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional request failed"}"#;

#[tokio::test(start_paused = true)]
async fn counts_a_redemption_once() {
    let http = answers(&[(200, "{}"), (400, UNMET)]);
    let table = BenefitsTable::new(client(&config(http.clone())), "benefits");
    let key = PinKey::new("0042");
    assert_eq!(table.redeem(&key, 50, "token-1").await, Ok(true));
    assert_eq!(table.redeem(&key, 50, "token-1").await, Ok(false));
    let body = requested_json(&http).remove(0);
    assert_eq!(
        body,
        json!({
            "TableName": "benefits",
            "Key": { "pinCode": { "S": "0042" } },
            "UpdateExpression": "SET #last = :token ADD #redeemed :one",
            "ConditionExpression": "attribute_exists(#key) AND \
                (attribute_not_exists(#redeemed) OR #redeemed < :limit) AND \
                (attribute_not_exists(#last) OR #last <> :token)",
            "ExpressionAttributeNames": {
                "#key": "pinCode", "#redeemed": "redeemed", "#last": "lastRedemption",
            },
            "ExpressionAttributeValues": {
                ":one": { "N": "1" }, ":limit": { "N": "50" }, ":token": { "S": "token-1" },
            },
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        })
    );

    // The first response gets lost, and the second one shows what the first request did.
    let unmet = format!(
        r#"{},"Item":{{"redeemed":{{"N":"50"}},"lastRedemption":{{"S":"token-1"}}}}}}"#,
        UNMET.strip_suffix('}').unwrap()
    );
    let http = answers(&[(500, "{}"), (400, &unmet)]);
    let table = BenefitsTable::new(client(&config(http.clone())), "benefits");
    assert_eq!(table.redeem(&key, 50, "token-1").await, Ok(true));
    assert_eq!(requested(&http).len(), 2);

    let http = answers(&[(500, "{}"), (400, &unmet)]);
    let table = BenefitsTable::new(client(&config(http)), "benefits");
    assert_eq!(table.redeem(&key, 50, "token-2").await, Ok(false));
}

#[tokio::test]
async fn gives_a_redemption_back_once() {
    let key = PinKey::new("0042");
    for (answer, given) in [
        ((200, "{}"), true),
        ((400, UNMET), true),
        ((500, "{}"), false),
    ] {
        let http = answers(&[answer, (200, "{}")]);
        let table = BenefitsTable::new(client(&config(http.clone())), "benefits");
        assert_eq!(table.give_back(&key).await.is_ok(), given);
        assert_eq!(requested(&http).len(), 1);
    }
}

/// Looks up a member that cannot be read, and returns the number of requests and the cause.
async fn failure(list: &[(u16, &str)]) -> (usize, String) {
    let http = answers(list);
    let caller = PhoneNumber::parse("+819011112222").unwrap();
    let table = MemberTable::new(client(&config(http.clone())), "members");
    match table.member(&caller).await {
        Err(LookupError::Unreadable(cause)) => (requested(&http).len(), cause.to_string()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn retries_a_transient_error() {
    let http = answers(&[
        THROTTLED,
        (500, "{}"),
        (200, r#"{"Item":{"id":{"S":"1"}}}"#),
    ]);
    let caller = PhoneNumber::parse("+819011112222").unwrap();
    let table = MemberTable::new(client(&config(http.clone())), "members");
    assert_eq!(
        table.member(&caller).await.map(|member| member.unwrap().id),
        Ok("1".into())
    );

    let (attempts, cause) = failure(&[THROTTLED, THROTTLED, THROTTLED, THROTTLED]).await;
    assert_eq!(
        (attempts, cause.as_str()),
        (3, "members: ThrottlingException: later")
    );
}

#[tokio::test]
async fn does_not_retry_a_permanent_error() {
    for (answer, cause) in [
        (
            r#"{"__type":"x#ResourceNotFoundException","message":"Requested resource not found"}"#,
            "members: ResourceNotFoundException: Requested resource not found",
        ),
        (
            r#"{"__type":"x#AccessDeniedException","Message":"role 000000000000 may not"}"#,
            "members: AccessDeniedException: role [digits] may not",
        ),
        (
            r#"{"__type":"x#ValidationException","message":"key +819011112222 is wrong"}"#,
            "members: ValidationException: key +[digits] is wrong",
        ),
    ] {
        assert_eq!(failure(&[(400, answer)]).await, (1, cause.to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn waits_three_seconds_and_no_longer() {
    let http = NeverClient::new();
    let table = MemberTable::new(client(&config(http.clone())), "members");
    let caller = PhoneNumber::parse("+819011112222").unwrap();
    let start = tokio::time::Instant::now();
    let answer = table.member(&caller).await;
    assert!(
        matches!(answer, Err(LookupError::Unreadable(_))),
        "{answer:?}"
    );
    assert_eq!(start.elapsed().as_millis(), 3000);
    assert_eq!(http.num_calls(), 2);
}
