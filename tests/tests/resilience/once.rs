//! At most one message, in as few round trips as promised.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_lambda::primitives::Blob;
use e2e::Failure;
use local_account::{Caller, Effect, FaultRule, RequestRecord, sequential_round_trips};
use serde_json::{Value, json};

use crate::resilience::world::{ResilienceWorld, SENT, TROUBLE, WRONG_AGAIN, room_in_this_hour};

/// Amazon Connect asks again when Lambda throttles or breaks; so may the SDK, and so may Lambda.
pub(crate) async fn an_invocation_that_comes_again_sends_nothing_again(
    world: &ResilienceWorld,
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
    world: &ResilienceWorld,
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

/// Amazon Connect invokes a function again when Lambda does not answer or throttles. The caller
/// hears what there is to hear, and of whatever was done there is one.
pub(crate) async fn what_amazon_connect_repeats_happens_once(
    world: &ResilienceWorld,
) -> Result<(), Failure> {
    room_in_this_hour().await;
    let faults = world.line.aws.account.faults();
    let invoke = |effect| {
        FaultRule::new("lambda", effect)
            .operation("Invoke")
            .caller(Caller::Connect)
    };
    let right = world.campaign("88880004", []).await?;
    for (n, effect, repeated) in [(4, Effect::LostAnswer, 2), (5, Effect::Throttle, 0)] {
        let caller = world.member(8, n).await?;
        let before = world.attempts().await?;
        let mut call = world.dial(&caller).await?;
        for (pin, words) in [("98880004", WRONG_AGAIN), (right, SENT)] {
            world.forget_requests()?;
            faults.set(vec![invoke(effect.clone()).times(2)])?;
            call.press(pin).await;
            let report = faults.list().remove(0);
            faults.clear();
            assert_eq!((report.seen, report.hits), (3, 2), "{effect}");
            assert_eq!(call.heard().last(), Some(&words), "{effect}");
            // An invocation that repeats another is refused when it enters the attempt.
            let requests = world.asked_by_function();
            let refused = |request: &&RequestRecord| {
                request.operation == "UpdateItem" && request.status == Some(400)
            };
            assert_eq!(
                requests.iter().filter(refused).count(),
                repeated,
                "{effect}"
            );
        }
        assert_eq!(world.sent_to(&caller), 1, "{effect}");
        let after = world.attempts().await?;
        // A wrong PIN costs one, and a right one earns a quarter.
        let whole_hour = 4 * 300;
        let before_it = if before.left == 0 {
            whole_hour
        } else {
            before.left
        };
        assert_eq!(after.left, before_it - 4 + 1, "{effect}");
        let mut days = after.days;
        days.retain(|key, _| !before.days.contains_key(key));
        let day = days.into_values().next().expect("the caller's day");
        assert_eq!((day.wrong, day.claims, day.sent, day.open), (1, 1, 1, 0));
    }

    // Who is never answered hears so.
    for (n, effect) in [(6, Effect::Throttle), (7, Effect::ServerError)] {
        let caller = world.member(8, n).await?;
        let mut call = world.dial(&caller).await?;
        let before = world.caller_days().await?;
        faults.set(vec![invoke(effect.clone())])?;
        call.press(right).await;
        let report = faults.list().remove(0);
        faults.clear();
        assert_eq!((report.seen, report.hits), (4, 4), "{effect}");
        assert_eq!(call.heard().last(), Some(&TROUBLE), "{effect}");
        assert_eq!(world.sent_to(&caller), 0, "{effect}");
        assert_eq!(world.caller_days().await?, before, "{effect}");
    }
    Ok(())
}

pub(crate) async fn round_trips_are_as_few_as_promised(
    world: &ResilienceWorld,
) -> Result<(), Failure> {
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
    assert!(trips <= 3, "sendSms made {trips} round trips: {requests:?}");

    // A redemption that is counted and marked as used takes one more.
    let rules = [
        ("maxRedemptions", AttributeValue::N("5".into())),
        ("singleUsePerMember", AttributeValue::Bool(true)),
    ];
    let pin = world.campaign("88880005", rules).await?;
    let mut call = world.dial(&caller).await?;
    world.forget_requests()?;
    call.press(&format!("{pin}#")).await;
    assert_eq!(call.heard().last(), Some(&SENT));
    let requests = world.asked_by_function();
    let trips = sequential_round_trips(&requests);
    account.faults().clear();
    assert!(trips <= 4, "sendSms made {trips} round trips: {requests:?}");
    assert_eq!(world.redeemed(pin).await?, Some(1));
    Ok(())
}
