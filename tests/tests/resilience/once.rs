//! At most one message for each contact, and the number of round trips.

use aws_sdk_dynamodb::types::AttributeValue;
use e2e::Failure;
use local_account::{Caller, Effect, FaultRule, RequestRecord, sequential_round_trips};
use serde_json::{Value, json};

use crate::resilience::setup::{ResilienceSetup, SENT, TROUBLE, WRONG_AGAIN, avoid_end_of_hour};

/// Amazon Connect, Lambda and the SDK may all repeat an invocation, for example after throttling.
pub(crate) async fn a_repeated_invocation_sends_nothing_again(
    setup: &ResilienceSetup,
) -> Result<(), Failure> {
    let caller = setup.member(8, 1).await?;
    let pin = setup.campaign("88880001", []).await?;
    let parameters = json!({ "cmd": "sendSms", "pinCode": pin, "language": "ja" });
    let invoke = || async {
        let payload = setup.invoke(8, &caller, &parameters).await?;
        Ok::<Value, Failure>(serde_json::from_slice(&payload)?)
    };
    let (one, other) = tokio::join!(invoke(), invoke());
    assert_eq!(one?, json!({ "result": "Success" }));
    assert_eq!(other?, json!({ "result": "Success" }));
    for _ in 0..3 {
        assert_eq!(invoke().await?, json!({ "result": "Success" }));
    }
    assert_eq!(setup.sent_to(&caller), 1);
    Ok(())
}

pub(crate) async fn a_publish_whose_answer_is_lost_is_not_repeated(
    setup: &ResilienceSetup,
) -> Result<(), Failure> {
    let caller = setup.member(8, 2).await?;
    let pin = setup.campaign("88880002", []).await?;
    let faults = setup.line.aws.account.faults();
    faults.add(FaultRule::new("sns", Effect::LostAnswer).operation("Publish"))?;
    let sentence = setup.last_sentence(&caller, &[pin]).await?;
    faults.clear();
    assert_ne!(
        sentence, SENT,
        "the function cannot know that the message was sent"
    );
    assert_eq!(setup.sent_to(&caller), 1);
    Ok(())
}

/// Amazon Connect invokes a function again if Lambda does not answer or throttles. The caller hears the
/// same sentence, and each effect exists once.
pub(crate) async fn a_request_that_amazon_connect_repeats_has_one_effect(
    setup: &ResilienceSetup,
) -> Result<(), Failure> {
    avoid_end_of_hour().await;
    let faults = setup.line.aws.account.faults();
    let invoke = |effect| {
        FaultRule::new("lambda", effect)
            .operation("Invoke")
            .caller(Caller::Connect)
    };
    let right = setup.campaign("88880004", []).await?;
    for (n, effect, repeated) in [(4, Effect::LostAnswer, 2), (5, Effect::Throttle, 0)] {
        let caller = setup.member(8, n).await?;
        let before = setup.attempts().await?;
        let mut call = setup.dial(&caller).await?;
        for (pin, sentence) in [("98880004", WRONG_AGAIN), (right, SENT)] {
            setup.clear_requests()?;
            faults.set(vec![invoke(effect.clone()).times(2)])?;
            call.press(pin).await;
            let report = faults.list().remove(0);
            faults.clear();
            assert_eq!((report.seen, report.hits), (3, 2), "{effect}");
            assert_eq!(call.heard().last(), Some(&sentence), "{effect}");
            // A repeated invocation is refused when it records the attempt.
            let requests = setup.function_requests();
            let refused = |request: &&RequestRecord| {
                request.operation == "UpdateItem" && request.status == Some(400)
            };
            assert_eq!(
                requests.iter().filter(refused).count(),
                repeated,
                "{effect}"
            );
        }
        assert_eq!(setup.sent_to(&caller), 1, "{effect}");
        let after = setup.attempts().await?;
        // In quarters: a wrong PIN costs four, and a right one earns one.
        let whole_hour = 4 * 300;
        let before_it = if before.left == 0 {
            whole_hour
        } else {
            before.left
        };
        assert_eq!(after.left, before_it - 4 + 1, "{effect}");
        let mut days = after.days;
        days.retain(|key, _| !before.days.contains_key(key));
        let day = days.into_values().next().expect("the caller's day is new");
        assert_eq!((day.wrong, day.claims, day.sent, day.open), (1, 1, 1, 0));
    }

    // If every attempt fails, the caller hears of trouble.
    for (n, effect) in [(6, Effect::Throttle), (7, Effect::ServerError)] {
        let caller = setup.member(8, n).await?;
        let mut call = setup.dial(&caller).await?;
        let before = setup.caller_days().await?;
        faults.set(vec![invoke(effect.clone())])?;
        call.press(right).await;
        let report = faults.list().remove(0);
        faults.clear();
        assert_eq!((report.seen, report.hits), (4, 4), "{effect}");
        assert_eq!(call.heard().last(), Some(&TROUBLE), "{effect}");
        assert_eq!(setup.sent_to(&caller), 0, "{effect}");
        assert_eq!(setup.caller_days().await?, before, "{effect}");
    }
    Ok(())
}

pub(crate) async fn round_trips_are_as_few_as_promised(
    setup: &ResilienceSetup,
) -> Result<(), Failure> {
    let account = &setup.line.aws.account;
    let caller = setup.member(8, 3).await?;
    let pin = setup.campaign("88880003", []).await?;
    setup.slow_answers_down()?;

    setup.clear_requests()?;
    let mut call = setup.dial(&caller).await?;
    assert_eq!(
        sequential_round_trips(&setup.function_requests()),
        1,
        "getMemberId"
    );

    setup.clear_requests()?;
    call.press(&format!("{pin}#")).await;
    assert_eq!(call.heard().last(), Some(&SENT));
    let requests = setup.function_requests();
    let trips = sequential_round_trips(&requests);
    assert!(trips <= 3, "sendSms made {trips} round trips: {requests:?}");

    // A redemption that is counted and marked as used takes one more round trip.
    let rules = [
        ("maxRedemptions", AttributeValue::N("5".into())),
        ("singleUsePerMember", AttributeValue::Bool(true)),
    ];
    let pin = setup.campaign("88880005", rules).await?;
    let mut call = setup.dial(&caller).await?;
    setup.clear_requests()?;
    call.press(&format!("{pin}#")).await;
    assert_eq!(call.heard().last(), Some(&SENT));
    let requests = setup.function_requests();
    let trips = sequential_round_trips(&requests);
    account.faults().clear();
    assert!(trips <= 4, "sendSms made {trips} round trips: {requests:?}");
    assert_eq!(setup.redeemed(pin).await?, Some(1));
    Ok(())
}
