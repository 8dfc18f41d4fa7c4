//! What a flow is answered.

use aws_sdk_dynamodb::types::AttributeValue;
use e2e::Failure;
use serde_json::{Value, json};

use crate::handler::world::{BENEFITS, HandlerWorld, MEMBER, MEMBERS, PIN, phone, s};

e2e::trials![
    members_are_found_whether_their_id_is_a_text_or_a_number,
    the_right_pin_sends_one_message_and_a_wrong_one_none,
    rows_that_cannot_be_used_are_told_apart,
    a_missing_table_fails_the_invocation_and_an_unknown_command_too,
];

async fn members_are_found_whether_their_id_is_a_text_or_a_number() -> Result<(), Failure> {
    let world = HandlerWorld::new().await?;
    world
        .put(MEMBERS, [("phone", s(MEMBER)), ("id", s("1234"))])
        .await?;
    world
        .put(
            MEMBERS,
            [
                ("phone", s("+818000000001")),
                ("id", AttributeValue::N("42".into())),
            ],
        )
        .await?;
    let ask = |caller| world.ask(caller, json!({ "cmd": "getMemberId" }));
    assert_eq!(ask(phone(MEMBER)).await?, json!({ "memberId": "1234" }));
    assert_eq!(
        ask(phone("+818000000001")).await?,
        json!({ "memberId": "42" })
    );
    for stranger in [
        phone("+818099999999"),
        phone("anonymous"),
        phone("09012345678"),
        json!({}),
        Value::Null,
    ] {
        assert_eq!(ask(stranger).await?, json!({ "memberId": "-1" }));
    }
    world.aws.account.shutdown().await;
    Ok(())
}

async fn the_right_pin_sends_one_message_and_a_wrong_one_none() -> Result<(), Failure> {
    let world = HandlerWorld::new().await?;
    world
        .put(MEMBERS, [("phone", s(MEMBER)), ("id", s("1234"))])
        .await?;
    world
        .put(
            BENEFITS,
            [
                ("pinCode", s(PIN)),
                ("campaignUrl", s("https://example.com/c")),
            ],
        )
        .await?;
    let send = |pin| world.ask(phone(MEMBER), json!({ "cmd": "sendSms", "pinCode": pin }));

    assert_eq!(
        send("42").await?,
        json!({ "result": "Failed", "reason": "PIN_NOT_FOUND" })
    );
    for unusable in ["", "Timeout", "12*4"] {
        assert_eq!(
            send(unusable).await?,
            json!({ "result": "Failed", "reason": "PIN_INVALID" })
        );
    }
    assert!(world.aws.messages().is_empty());

    assert_eq!(send(PIN).await?, json!({ "result": "Success" }));
    let messages = world.aws.messages();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].phone_number, MEMBER);
    assert_eq!(
        messages[0].message,
        "キャンペーンページ https://example.com/c"
    );
    assert_eq!(messages[0].attributes["AWS.SNS.SMS.SMSType"], "Promotional");
    world.aws.account.shutdown().await;
    Ok(())
}

async fn rows_that_cannot_be_used_are_told_apart() -> Result<(), Failure> {
    let world = HandlerWorld::new().await?;
    world.put(BENEFITS, [("pinCode", s("1111"))]).await?;
    world
        .put(MEMBERS, [("phone", s(MEMBER)), ("id", s("1234"))])
        .await?;
    assert_eq!(
        world
            .ask(
                phone(MEMBER),
                json!({ "cmd": "sendSms", "pinCode": "1111" })
            )
            .await?,
        json!({ "result": "Failed", "reason": "CAMPAIGN_INVALID" })
    );
    world
        .put(
            MEMBERS,
            [("phone", s(MEMBER)), ("id", AttributeValue::Bool(true))],
        )
        .await?;
    let failure = world
        .ask(phone(MEMBER), json!({ "cmd": "getMemberId" }))
        .await
        .expect_err("a row without a usable id is no answer");
    assert_eq!(failure.error_type(), "MemberRowInvalid");
    world.aws.account.shutdown().await;
    Ok(())
}

async fn a_missing_table_fails_the_invocation_and_an_unknown_command_too() -> Result<(), Failure> {
    let world = HandlerWorld::new().await?;
    world
        .tables
        .delete_table()
        .table_name(MEMBERS)
        .send()
        .await?;
    let failure = world
        .ask(phone(MEMBER), json!({ "cmd": "getMemberId" }))
        .await
        .expect_err("there is no table to answer from");
    assert_eq!(failure.error_type(), "MemberTableUnreadable");

    for parameters in [json!({ "cmd": "dance" }), json!({}), Value::Null] {
        let failure = world
            .ask(phone(MEMBER), parameters)
            .await
            .expect_err("no such command");
        assert_eq!(failure.to_string(), "command not found.");
    }
    world.aws.account.shutdown().await;
    Ok(())
}
