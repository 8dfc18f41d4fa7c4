//! `unknown_caller = "uniform"`: a stranger's call is a member's call with a wrong PIN.
//!
//! What a caller waits for is what the function asks for and what the line says; so the same must be
//! asked, as much of it in a row and as much side by side, and the same must be said. Times are
//! compared as well, with tables that all take the same time. That a table answers in the same time
//! whether or not it has the row is beyond what a test of this account can show.

use aws_sdk_lambda::primitives::Blob;
use connect_flow::TraceEvent;
use e2e::Failure;
use local_account::{RequestRecord, sequential_round_trips};
use local_connect::{Call, CallEvent};
use serde_json::{Value, json};
use time::Duration;

use crate::resilience::world::{
    CallerDay, LOCKED, ResilienceWorld, WRONG, WRONG_AGAIN, room_in_this_hour,
};

/// Requests that were under way at the same time, then those that waited for them, and so on.
type Rounds = Vec<Vec<String>>;

const GET: &str = "dynamodb:GetItem 200";
const UPDATE: &str = "dynamodb:UpdateItem 200";

/// Everything of a call that its caller could tell from another.
#[derive(Debug, PartialEq, Eq)]
struct Course {
    /// What was heard, in whose voice, and what else happened.
    events: Vec<CallEvent>,
    /// Which blocks were passed and how long each took on the clock of the call. A function runs
    /// in real time, so the blocks that invoke one have none.
    blocks: Vec<(String, Option<Duration>)>,
    /// What the function asked for: when the call came, and after each PIN.
    asked: Vec<Rounds>,
}

pub(crate) async fn uniform_answers_tell_nobody_who_is_a_member(
    world: &ResilienceWorld,
) -> Result<(), Failure> {
    room_in_this_hour().await;
    let right = world.campaign("11220002", []).await?;
    let before = world.change(&[("UNKNOWN_CALLER", "uniform")]).await?;
    let wrong = [
        "91220011", "91220012", "91220013", "91220014", "91220015", "91220016",
    ];
    let guessed = ["91220011", right, "91220013", "91220014", "91220015", right];

    let member = world.member(11, 2).await?;
    let of_member = day_of(world, &member, &wrong).await?;
    for (n, pins) in [(3, wrong), (15, guessed)] {
        let stranger = world.phone(11, n);
        let (mut courses, day) = day_of(world, &stranger, &pins).await?;
        // A stranger spends nothing of the hour that all members share. Where a member's end writes it, a
        // stranger's reads it, beside the same other write.
        for round in courses.iter_mut().flat_map(|course| &mut course.asked) {
            for requests in round
                .iter_mut()
                .filter(|requests| **requests == [GET, UPDATE])
            {
                *requests = vec![UPDATE.to_owned(), UPDATE.to_owned()];
            }
        }
        assert_eq!((courses, day), of_member);
        assert_eq!(world.sent_to(&stranger), 0);
    }

    // And these are the courses that they share.
    let ([first, second], day) = of_member;
    let heard = |course: &Course| -> Vec<String> {
        let words = course.events.iter().filter_map(|event| match event {
            CallEvent::Heard(spoken) => Some(spoken.text.clone()),
            _ => None,
        });
        words.skip(1).collect()
    };
    assert_eq!(heard(&first), [WRONG_AGAIN, WRONG_AGAIN, WRONG]);
    assert_eq!(heard(&second), [WRONG_AGAIN, WRONG_AGAIN, LOCKED]);
    let (get, update) = (GET, UPDATE);
    let refused = "dynamodb:UpdateItem 400";
    let look_up = vec![vec![get]];
    let judged = vec![vec![get, get, get, update], vec![update, update]];
    let locked = vec![vec![get, get, get, refused]];
    assert_eq!(
        first.asked,
        [&look_up, &judged, &judged, &judged].map(Clone::clone)
    );
    assert_eq!(
        second.asked,
        [&look_up, &judged, &judged, &locked].map(Clone::clone)
    );
    assert_eq!((day.wrong, day.claims, day.sent, day.open), (5, 0, 0, 0));

    answers_are_alike(world).await?;
    answers_take_as_long(world).await?;
    world.set_variables(before).await
}

/// Two calls with three PINs each, and what they leave in the attempts table.
async fn day_of(
    world: &ResilienceWorld,
    caller: &str,
    pins: &[&str; 6],
) -> Result<([Course; 2], CallerDay), Failure> {
    let days_before = world.caller_days().await?;
    world.slow_answers_down()?;
    let first = course(world, caller, &pins[..3]).await?;
    let second = course(world, caller, &pins[3..]).await?;
    world.line.aws.account.faults().clear();
    let mut days = world.caller_days().await?;
    days.retain(|key, _| !days_before.contains_key(key));
    let [day] = days.into_values().collect::<Vec<_>>()[..] else {
        panic!("the caller has no day of its own");
    };
    Ok(([first, second], day))
}

async fn course(world: &ResilienceWorld, caller: &str, pins: &[&str]) -> Result<Course, Failure> {
    let mut asked = Vec::new();
    world.forget_requests()?;
    let mut call = world.dial(caller).await?;
    asked.push(rounds(&world.asked_by_function()));
    for pin in pins {
        assert!(call.is_waiting(), "{:?}", call.events());
        world.forget_requests()?;
        call.press(pin).await;
        asked.push(without_sweep(rounds(&world.asked_by_function())));
    }
    call.hang_up().await;
    Ok(Course {
        events: call.events().iter().cloned().map(timeless).collect(),
        blocks: blocks(&call),
        asked,
    })
}

/// A try's rounds without the sweep of another try, of whoever it was, that may be among its first
/// requests: the hour of this world has been written by more functions than its item keeps.
fn without_sweep(mut rounds: Rounds) -> Rounds {
    const ENTRY: usize = 4;
    let is_judged = rounds.len() > 1;
    if let Some(first) = rounds.first_mut()
        && first.len() > ENTRY
    {
        // Sorted, so the write that was refused comes last. Where no PIN is judged that is the entry.
        first.remove(if is_judged { ENTRY } else { ENTRY - 1 });
    }
    rounds
}

/// How long a function took is real time, and different every time.
fn timeless(mut event: CallEvent) -> CallEvent {
    if let CallEvent::FunctionInvoked { took_ms, .. } = &mut event {
        *took_ms = 0;
    }
    event
}

fn blocks(call: &Call) -> Vec<(String, Option<Duration>)> {
    let entered: Vec<_> = call
        .trace()
        .iter()
        .filter_map(|event| match event {
            TraceEvent::Entered { action, at, .. } => Some((action.to_string(), *at)),
            _ => None,
        })
        .collect();
    let left = entered.iter().skip(1).map(|(_, at)| Some(*at));
    let blocks = entered.iter().zip(left.chain([None]));
    blocks
        .map(|((action, at), left)| {
            let invokes = action.starts_with("Look up member") || action.starts_with("Send SMS");
            let took = left.filter(|_| !invokes).map(|left| left - *at);
            (action.clone(), took)
        })
        .collect()
}

/// A round begins with a request that was made after one of the round before was answered.
fn rounds(requests: &[RequestRecord]) -> Rounds {
    let mut rounds = Rounds::new();
    let mut answered = None;
    for request in requests {
        if answered.is_none_or(|answered| request.started_at >= answered) {
            rounds.push(Vec::new());
            answered = Some(request.finished_at);
        }
        answered = answered.min(Some(request.finished_at));
        let status = request
            .status
            .map_or("none".to_owned(), |status| status.to_string());
        rounds.last_mut().expect("a round has begun").push(format!(
            "{}:{} {status}",
            request.service, request.operation
        ));
    }
    for round in &mut rounds {
        round.sort();
    }
    assert_eq!(
        rounds.len(),
        sequential_round_trips(requests),
        "{requests:?}"
    );
    rounds
}

/// What the function tells the flow: the same bytes about a PIN, and about the member the same
/// one member, whose value no block tells the caller.
async fn answers_are_alike(world: &ResilienceWorld) -> Result<(), Failure> {
    let member = world.member(11, 16).await?;
    let stranger = world.phone(11, 17);
    let sent = json!({ "cmd": "sendSms", "pinCode": "91220017", "language": "ja" });
    world.secret("91220017");
    let of_member = ask(world, &member, &sent).await?;
    assert_eq!(of_member, ask(world, &stranger, &sent).await?);
    assert_eq!(
        serde_json::from_slice::<Value>(&of_member)?,
        json!({ "result": "Failed", "reason": "PIN_NOT_FOUND" })
    );
    let who = json!({ "cmd": "getMemberId", "language": "ja" });
    for (caller, id) in [(&member, "member-11-16"), (&stranger, "0")] {
        let answer: Value = serde_json::from_slice(&ask(world, caller, &who).await?)?;
        assert_eq!(answer, json!({ "memberId": id }));
    }
    Ok(())
}

/// Members and strangers in turn, so that whatever else the machine does slows both.
async fn answers_take_as_long(world: &ResilienceWorld) -> Result<(), Failure> {
    const EACH: u32 = 15;
    let sent = json!({ "cmd": "sendSms", "pinCode": "91220019", "language": "ja" });
    world.secret("91220019");
    let mut took = [Vec::new(), Vec::new()];
    world.slow_answers_down()?;
    for n in 0..EACH {
        // Everybody tries once: who is locked out is answered sooner.
        let callers = [world.member(11, 100 + n).await?, world.phone(11, 200 + n)];
        for (caller, took) in callers.iter().zip(&mut took) {
            let start = std::time::Instant::now();
            ask(world, caller, &sent).await?;
            took.push(start.elapsed());
        }
    }
    world.line.aws.account.faults().clear();
    let [member, stranger] = took.map(|mut took| {
        took.sort_unstable();
        took[took.len() / 2].as_secs_f64()
    });
    let ratio = stranger / member;
    assert!(
        (0.8..1.25).contains(&ratio),
        "a member waits {member} s, a stranger {stranger} s"
    );
    Ok(())
}

async fn ask(
    world: &ResilienceWorld,
    caller: &str,
    parameters: &Value,
) -> Result<Vec<u8>, Failure> {
    let event = json!({
        "Name": "ContactFlowEvent",
        "Details": {
            "ContactData": {
                "ContactId": "00000000-0000-4000-8000-000000000011",
                "CustomerEndpoint": { "Address": caller, "Type": "TELEPHONE_NUMBER" }
            },
            "Parameters": parameters
        }
    });
    let answer = world
        .lambda
        .invoke()
        .function_name(&world.outputs.function_name)
        .payload(Blob::new(event.to_string()))
        .send()
        .await?;
    Ok(answer
        .payload()
        .map(|blob| blob.as_ref().to_vec())
        .unwrap_or_default())
}
