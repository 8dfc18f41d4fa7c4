//! The tables through the real SDK client: what exactly is asked, and what each answer means.
#![allow(
    clippy::unwrap_used,
    reason = "clippy knows tests, but not their helpers"
)]

mod canned;

use aws_smithy_http_client::test_util::NeverClient;
use connect_pin_sms::dynamodb::{BenefitsTable, MemberTable, client};
use connect_pin_sms::phone::PhoneNumber;
use connect_pin_sms::pin::Pin;
use connect_pin_sms::ports::{CampaignCatalogue, LookupError, MemberDirectory, RowFault};
use serde_json::{Value, json};

use canned::{answers, asked, config};

const THROTTLED: (u16, &str) = (
    400,
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"later"}"#,
);

async fn member(answer: &str) -> Result<Option<String>, LookupError> {
    let client = client(&config(answers(&[(200, answer)])));
    let caller = PhoneNumber::parse("+819011112222").unwrap();
    MemberTable::new(client, "members").member_id(&caller).await
}

async fn page(answer: &str) -> Result<Option<String>, LookupError> {
    let client = client(&config(answers(&[(200, answer)])));
    let found = BenefitsTable::new(client, "benefits")
        .page(&Pin::parse("0042").unwrap())
        .await;
    found.map(|page| page.map(|url| url.expose().to_owned()))
}

#[tokio::test]
async fn asks_for_one_attribute_by_its_alias() {
    let http = answers(&[(200, "{}"), (200, "{}")]);
    let client = client(&config(http.clone()));
    let caller = PhoneNumber::parse("+819011112222").unwrap();
    MemberTable::new(client.clone(), "members")
        .member_id(&caller)
        .await
        .unwrap();
    BenefitsTable::new(client, "benefits")
        .page(&Pin::parse("0042").unwrap())
        .await
        .unwrap();
    let bodies: Vec<Value> = asked(&http)
        .iter()
        .map(|body| serde_json::from_str(body).unwrap())
        .collect();
    assert_eq!(
        bodies,
        [
            json!({
                "TableName": "members",
                "Key": { "phone": { "S": "+819011112222" } },
                "ProjectionExpression": "#wanted",
                "ExpressionAttributeNames": { "#wanted": "id" },
            }),
            json!({
                "TableName": "benefits",
                "Key": { "pinCode": { "S": "0042" } },
                "ProjectionExpression": "#wanted",
                "ExpressionAttributeNames": { "#wanted": "campaignUrl" },
            }),
        ]
    );
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
async fn says_what_is_wrong_with_a_member_row() {
    for (answer, fault) in [
        (r#"{"Item":{}}"#, RowFault::Missing),
        (r#"{"Item":{"id":{"S":""}}}"#, RowFault::Empty),
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
async fn says_what_is_wrong_with_a_benefits_row() {
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
            r#"{"Item":{"campaignUrl":{"S":"example.com"}}}"#,
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

/// Asks once and returns how often the client tried and what it said in the end.
async fn trouble(list: &[(u16, &str)]) -> (usize, String) {
    let http = answers(list);
    let caller = PhoneNumber::parse("+819011112222").unwrap();
    let table = MemberTable::new(client(&config(http.clone())), "members");
    match table.member_id(&caller).await {
        Err(LookupError::Unreadable(cause)) => (asked(&http).len(), cause.to_string()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn tries_a_passing_trouble_again() {
    let http = answers(&[
        THROTTLED,
        (500, "{}"),
        (200, r#"{"Item":{"id":{"S":"1"}}}"#),
    ]);
    let caller = PhoneNumber::parse("+819011112222").unwrap();
    let table = MemberTable::new(client(&config(http.clone())), "members");
    assert_eq!(table.member_id(&caller).await, Ok(Some("1".into())));

    let (attempts, cause) = trouble(&[THROTTLED, THROTTLED, THROTTLED, THROTTLED]).await;
    assert_eq!(
        (attempts, cause.as_str()),
        (3, "members: ThrottlingException: later")
    );
}

#[tokio::test]
async fn gives_up_at_once_on_a_lasting_trouble() {
    for (answer, said) in [
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
        assert_eq!(trouble(&[(400, answer)]).await, (1, said.to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn waits_three_seconds_and_no_longer() {
    let http = NeverClient::new();
    let table = MemberTable::new(client(&config(http.clone())), "members");
    let caller = PhoneNumber::parse("+819011112222").unwrap();
    let start = tokio::time::Instant::now();
    let answer = table.member_id(&caller).await;
    assert!(
        matches!(answer, Err(LookupError::Unreadable(_))),
        "{answer:?}"
    );
    assert_eq!(start.elapsed().as_millis(), 3000);
    assert_eq!(http.num_calls(), 2);
}
