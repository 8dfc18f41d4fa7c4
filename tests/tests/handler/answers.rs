//! The handler's answers to a flow.

use aws_sdk_dynamodb::types::AttributeValue;
use e2e::Failure;
use serde_json::{Value, json};

use crate::handler::setup::{BENEFITS, HandlerSetup, MEMBER, MEMBERS, PIN, phone, s};

e2e::trials![
    members_are_found_whether_their_id_is_a_text_or_a_number,
    the_right_pin_sends_one_message_and_a_wrong_one_none,
    each_kind_of_unusable_row_has_an_answer_of_its_own,
    a_missing_table_fails_the_invocation_and_an_unknown_command_too,
];

async fn members_are_found_whether_their_id_is_a_text_or_a_number() -> Result<(), Failure> {
    let setup = HandlerSetup::new().await?;
    setup.put_member(MEMBER, "1234").await?;
    setup
        .put(
            MEMBERS,
            [
                ("phone", s("+818000000001")),
                ("id", AttributeValue::N("42".into())),
            ],
        )
        .await?;
    let look_up = |caller| setup.invoke(caller, json!({ "cmd": "getMemberId" }));
    assert_eq!(look_up(phone(MEMBER)).await?, json!({ "memberId": "1234" }));
    assert_eq!(
        look_up(phone("+818000000001")).await?,
        json!({ "memberId": "42" })
    );
    for stranger in [
        phone("+818099999999"),
        phone("anonymous"),
        phone("09012345678"),
        json!({}),
        Value::Null,
    ] {
        assert_eq!(look_up(stranger).await?, json!({ "memberId": "-1" }));
    }
    setup.aws.account.shutdown().await;
    Ok(())
}

async fn the_right_pin_sends_one_message_and_a_wrong_one_none() -> Result<(), Failure> {
    let setup = HandlerSetup::new().await?;
    setup.put_member(MEMBER, "1234").await?;
    setup.put_campaign(PIN).await?;
    let send = |pin| setup.invoke(phone(MEMBER), json!({ "cmd": "sendSms", "pinCode": pin }));

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
    assert!(setup.aws.messages().is_empty());

    assert_eq!(send(PIN).await?, json!({ "result": "Success" }));
    let messages = setup.aws.messages();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].phone_number, MEMBER);
    assert_eq!(
        messages[0].message,
        "キャンペーンページ https://example.com/c"
    );
    assert_eq!(messages[0].attributes["AWS.SNS.SMS.SMSType"], "Promotional");
    setup.aws.account.shutdown().await;
    Ok(())
}

async fn each_kind_of_unusable_row_has_an_answer_of_its_own() -> Result<(), Failure> {
    let setup = HandlerSetup::new().await?;
    setup.put(BENEFITS, [("pinCode", s("1111"))]).await?;
    setup.put_member(MEMBER, "1234").await?;
    assert_eq!(
        setup
            .invoke(
                phone(MEMBER),
                json!({ "cmd": "sendSms", "pinCode": "1111" })
            )
            .await?,
        json!({ "result": "Failed", "reason": "CAMPAIGN_INVALID" })
    );
    setup
        .put(
            MEMBERS,
            [("phone", s(MEMBER)), ("id", AttributeValue::Bool(true))],
        )
        .await?;
    let failure = setup
        .invoke(phone(MEMBER), json!({ "cmd": "getMemberId" }))
        .await
        .expect_err("a row without a usable id must fail");
    assert_eq!(failure.error_type(), "MemberRowInvalid");
    setup.aws.account.shutdown().await;
    Ok(())
}

async fn a_missing_table_fails_the_invocation_and_an_unknown_command_too() -> Result<(), Failure> {
    let setup = HandlerSetup::new().await?;
    setup
        .tables
        .delete_table()
        .table_name(MEMBERS)
        .send()
        .await?;
    let failure = setup
        .invoke(phone(MEMBER), json!({ "cmd": "getMemberId" }))
        .await
        .expect_err("the table does not exist");
    assert_eq!(failure.error_type(), "MemberTableUnreadable");

    for parameters in [json!({ "cmd": "dance" }), json!({}), Value::Null] {
        let failure = setup
            .invoke(phone(MEMBER), parameters)
            .await
            .expect_err("the command does not exist");
        assert_eq!(failure.to_string(), "command not found.");
    }
    setup.aws.account.shutdown().await;
    Ok(())
}
