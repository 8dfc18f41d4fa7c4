//! At most one message, in as few round trips as promised.

use aws_sdk_lambda::primitives::Blob;
use e2e::Failure;
use local_account::{Effect, FaultRule, sequential_round_trips};
use serde_json::{Value, json};

use crate::world::{SENT, World};

/// Amazon Connect asks again when it is unsure; so may the SDK, and so may Lambda.
pub(crate) async fn an_invocation_that_comes_again_sends_nothing_again(
    world: &World,
) -> Result<(), Failure> {
    let caller = world.member(8, 1).await?;
    let pin = world.campaign("88880001", []).await?;
    let event = json!({
        "Name": "ContactFlowEvent",
        "Details": {
            "ContactData": {
                "ContactId": "00000000-0000-4000-8000-000000000008",
                "CustomerEndpoint": { "Address": caller, "Type": "TELEPHONE_NUMBER" }
            },
            "Parameters": { "cmd": "sendSms", "pinCode": pin, "language": "ja" }
        }
    });
    let ask = || async {
        let answer = world
            .lambda
            .invoke()
            .function_name(&world.outputs.function_name)
            .payload(Blob::new(event.to_string()))
            .send()
            .await?;
        let payload = answer.payload().map(|blob| blob.as_ref().to_vec());
        Ok::<Value, Failure>(serde_json::from_slice(&payload.unwrap_or_default())?)
    };
    let (one, other) = tokio::join!(ask(), ask());
    assert_eq!(one?, json!({ "result": "Success" }));
    assert_eq!(other?, json!({ "result": "Success" }));
    for _ in 0..3 {
        assert_eq!(ask().await?, json!({ "result": "Success" }));
    }
    assert_eq!(world.sent_to(&caller), 1);
    Ok(())
}

pub(crate) async fn a_publish_whose_answer_is_lost_is_not_repeated(
    world: &World,
) -> Result<(), Failure> {
    let caller = world.member(8, 2).await?;
    let pin = world.campaign("88880002", []).await?;
    let faults = world.line.aws.account.faults();
    faults.add(FaultRule::new("sns", Effect::LostAnswer).operation("Publish"))?;
    let words = world.last_words(&caller, &[pin]).await?;
    faults.clear();
    assert_ne!(words, SENT, "nobody can know that");
    assert_eq!(world.sent_to(&caller), 1);
    Ok(())
}

pub(crate) async fn round_trips_are_as_few_as_promised(world: &World) -> Result<(), Failure> {
    let account = &world.line.aws.account;
    let caller = world.member(8, 3).await?;
    let pin = world.campaign("88880003", []).await?;
    world.slow_answers_down()?;

    world.forget_requests()?;
    let mut call = world.dial(&caller).await?;
    assert_eq!(
        sequential_round_trips(&world.asked_by_function()),
        1,
        "getMemberId"
    );

    world.forget_requests()?;
    call.press(&format!("{pin}#")).await;
    assert_eq!(call.heard().last(), Some(&SENT));
    let requests = world.asked_by_function();
    let trips = sequential_round_trips(&requests);
    account.faults().clear();
    assert!(trips <= 3, "sendSms made {trips} round trips: {requests:?}");
    Ok(())
}
