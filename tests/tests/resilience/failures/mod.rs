//! Every request of the function to DynamoDB and to the sender of messages fails in every way. The cases are
//! in `cases`; this module runs each with real calls. Failures of KMS are in `settings`, with the option that
//! needs it.

mod cases;

use aws_sdk_dynamodb::types::AttributeValue;
use e2e::Failure;
use local_account::FaultRule;

use crate::resilience::setup::{CallerDay, ResilienceSetup, SENT, avoid_end_of_hour};
use cases::{Campaign, FailureCase};

pub(crate) async fn the_caller_hears_of_every_failure_of_every_dependency(
    setup: &ResilienceSetup,
) -> Result<(), Failure> {
    let cases = cases::of_tables().into_iter();
    let cases = cases.chain(cases::of_sending("sns", "Publish"));
    let mut step = "";
    for (n, case) in (1..).zip(cases) {
        // An SDK stops retrying after many failures, so each step starts with new processes.
        if step != case.step {
            step = case.step;
            setup.renew_processes().await?;
        }
        run(setup, n, &case).await?;
    }
    Ok(())
}

/// The same for the other sender of messages, while the function uses it.
pub(crate) async fn the_caller_hears_of_every_failure_of_the_other_sender(
    setup: &ResilienceSetup,
) -> Result<(), Failure> {
    let cases = cases::of_sending("sms-voice", "SendTextMessage");
    for (n, case) in (501..).zip(cases) {
        run(setup, n, &case).await?;
    }
    Ok(())
}

async fn run(setup: &ResilienceSetup, n: u32, case: &FailureCase) -> Result<(), Failure> {
    avoid_end_of_hour().await;
    let what = format!("{}: {}", case.step, case.rule);
    let account = &setup.line.aws.account;
    let caller = setup.member(9, n).await?;
    let pin = &format!("9999{n:04}");
    let attribute = match case.campaign {
        Campaign::Plain => None,
        Campaign::Limited => Some(("maxRedemptions", AttributeValue::N("5".into()))),
        Campaign::Single => Some(("singleUsePerMember", AttributeValue::Bool(true))),
    };
    setup.campaign(pin, attribute).await?;
    let before = setup.attempts().await?;

    setup.clear_requests()?;
    let mut rules = vec![case.rule.clone()];
    if case.refused {
        rules.push(FaultRule::new("sns", cases::refusal()).operation("Publish"));
    }
    if case.before_prompt {
        account.faults().set(rules.clone())?;
    }
    let mut call = setup.dial(&caller).await?;
    assert_eq!(
        call.is_waiting(),
        !case.before_prompt,
        "{what}: {:?}",
        call.events()
    );
    if !case.before_prompt {
        setup.clear_requests()?;
        account.faults().set(rules)?;
        call.press(&format!("{pin}#")).await;
    }
    account.faults().clear();
    call.hang_up().await;
    // A delayed request is processed after the function has stopped waiting for it.
    account.settled().await;

    assert_eq!(call.heard().last(), Some(&case.sentence), "{what}");
    assert_eq!(setup.sent_to(&caller), case.messages, "{what}");
    let nth = case.rule.nth.unwrap_or(1);
    assert_eq!(first_failed(setup, case), nth, "{what}");
    let day = |days: &std::collections::HashMap<String, CallerDay>| {
        let mut new = days
            .iter()
            .filter(|(key, _)| !before.days.contains_key(*key));
        let day = new.next().map(|(_, day)| *day);
        assert!(new.next().is_none(), "{what}: there must be one new day");
        day
    };
    let after = setup.attempts().await?;
    assert_eq!(day(&after.days), case.day, "{what}");
    assert_eq!(after.used.len() - before.used.len(), case.used, "{what}");
    assert_eq!(setup.redeemed(pin).await?, case.redeemed, "{what}");

    // Without faults, a new contact gets a message of its own, unless the member has redeemed the campaign
    // already. The earlier attempt stays as it is.
    assert_eq!(
        setup.last_sentence(&caller, &[pin]).await?,
        case.next,
        "{what}"
    );
    let more = usize::from(case.next == SENT);
    assert_eq!(setup.sent_to(&caller), case.messages + more, "{what}");
    let left = case.day.unwrap_or(cases::RELEASED);
    let then = CallerDay {
        claims: left.claims + more,
        sent: left.sent + more,
        ..left
    };
    let after = setup.attempts().await?;
    assert_eq!(day(&after.days), Some(then), "{what}: afterwards");
    Ok(())
}

/// Returns the number of the function's first request that failed, counted from 1 among the requests of the
/// rule's operation; 0 if none failed.
fn first_failed(setup: &ResilienceSetup, case: &FailureCase) -> u64 {
    let requests = setup.function_requests();
    let effect = case.rule.effect.name();
    let matching = requests.iter().filter(|request| {
        request.service == case.rule.service
            && Some(&request.operation) == case.rule.operation.as_ref()
    });
    let first = matching
        .zip(1..)
        .find(|(request, _)| request.fault.as_deref() == Some(effect));
    first.map_or(0, |(_, nth)| nth)
}
