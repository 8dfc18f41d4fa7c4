//! Every request that the function makes of DynamoDB and of whoever sends the message, failing in
//! every way there is. The cells of the table are in `cells`; here each is played by real calls.
//! KMS has its own in `settings`, with the option that needs it.

mod cells;

use aws_sdk_dynamodb::types::AttributeValue;
use e2e::Failure;
use local_account::FaultRule;

use crate::resilience::world::{CallerDay, ResilienceWorld, SENT, room_in_this_hour};
use cells::{Campaign, FailureCase};

pub(crate) async fn every_failure_of_every_dependency_is_spoken(
    world: &ResilienceWorld,
) -> Result<(), Failure> {
    let cells = cells::of_the_tables().into_iter();
    let cells = cells.chain(cells::of_sending("sns", "Publish"));
    let mut step = "";
    for (n, cell) in (1..).zip(cells) {
        // An SDK that fails and fails stops trying again, so each step has processes of its own.
        if step != cell.step {
            step = cell.step;
            world.renew_processes().await?;
        }
        play(world, n, &cell).await?;
    }
    Ok(())
}

/// The same for the other sender of messages, while the function sends by it.
pub(crate) async fn every_failure_of_the_other_sender_is_spoken(
    world: &ResilienceWorld,
) -> Result<(), Failure> {
    let cells = cells::of_sending("sms-voice", "SendTextMessage");
    for (n, cell) in (501..).zip(cells) {
        play(world, n, &cell).await?;
    }
    Ok(())
}

async fn play(world: &ResilienceWorld, n: u32, cell: &FailureCase) -> Result<(), Failure> {
    room_in_this_hour().await;
    let what = format!("{}: {}", cell.step, cell.rule);
    let account = &world.line.aws.account;
    let caller = world.member(9, n).await?;
    let pin = &format!("9999{n:04}");
    let further = match cell.campaign {
        Campaign::Plain => None,
        Campaign::Limited => Some(("maxRedemptions", AttributeValue::N("5".into()))),
        Campaign::Single => Some(("singleUsePerMember", AttributeValue::Bool(true))),
    };
    world.campaign(pin, further).await?;
    let before = world.attempts().await?;

    world.forget_requests()?;
    let mut rules = vec![cell.rule.clone()];
    if cell.refused {
        rules.push(FaultRule::new("sns", cells::refusal()).operation("Publish"));
    }
    if cell.at_once {
        account.faults().set(rules.clone())?;
    }
    let mut call = world.dial(&caller).await?;
    assert_eq!(
        call.is_waiting(),
        !cell.at_once,
        "{what}: {:?}",
        call.events()
    );
    if !cell.at_once {
        world.forget_requests()?;
        account.faults().set(rules)?;
        call.press(&format!("{pin}#")).await;
    }
    account.faults().clear();
    call.hang_up().await;
    // A message whose request was late comes when nobody waits for it any more.
    account.settled().await;

    assert_eq!(call.heard().last(), Some(&cell.words), "{what}");
    assert_eq!(world.sent_to(&caller), cell.messages, "{what}");
    assert_eq!(struck(world, cell), cell.rule.nth.unwrap_or(1), "{what}");
    let day = |days: &std::collections::HashMap<String, CallerDay>| {
        let mut new = days
            .iter()
            .filter(|(key, _)| !before.days.contains_key(*key));
        let day = new.next().map(|(_, day)| *day);
        assert!(new.next().is_none(), "{what}: whose days are these?");
        day
    };
    let after = world.attempts().await?;
    assert_eq!(day(&after.days), cell.day, "{what}");
    assert_eq!(after.used.len() - before.used.len(), cell.used, "{what}");
    assert_eq!(world.redeemed(pin).await?, cell.redeemed, "{what}");

    // The world is kind again. A new contact gets a message of its own, unless the campaign has
    // been redeemed for good, and what was left behind is left alone.
    assert_eq!(
        world.last_words(&caller, &[pin]).await?,
        cell.next,
        "{what}"
    );
    let more = usize::from(cell.next == SENT);
    assert_eq!(world.sent_to(&caller), cell.messages + more, "{what}");
    let left = cell.day.unwrap_or(cells::RELEASED);
    let then = CallerDay {
        claims: left.claims + more,
        sent: left.sent + more,
        ..left
    };
    let after = world.attempts().await?;
    assert_eq!(day(&after.days), Some(then), "{what}: afterwards");
    Ok(())
}

/// Which of the function's requests of its kind was the first to be struck, counted from 1.
fn struck(world: &ResilienceWorld, cell: &FailureCase) -> u64 {
    let requests = world.asked_by_function();
    let effect = cell.rule.effect.name();
    let of_its_kind = requests.iter().filter(|request| {
        request.service == cell.rule.service
            && Some(&request.operation) == cell.rule.operation.as_ref()
    });
    let first = of_its_kind
        .zip(1..)
        .find(|(request, _)| request.fault.as_deref() == Some(effect));
    first.map_or(0, |(_, nth)| nth)
}
