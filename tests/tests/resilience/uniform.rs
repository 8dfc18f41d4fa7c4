//! `unknown_caller = "uniform"`: a stranger's call cannot be distinguished from a member's call with a wrong
//! PIN.
//!
//! The caller hears the line's sentences and waits for the function's requests. So both calls must have the
//! same sentences and the same requests, in sequence and in parallel. The times of answers are compared too,
//! with tables that all answer after the same time. The test cannot show that a real table answers in the same
//! time whether or not it has the row.

use connect_flow::TraceEvent;
use e2e::Failure;
use local_account::{RequestRecord, sequential_round_trips};
use local_connect::{Call, CallEvent};
use serde_json::{Value, json};
use time::Duration;

use crate::resilience::setup::{
    CallerDay, LOCKED, ResilienceSetup, WRONG, WRONG_AGAIN, avoid_end_of_hour,
};

/// Requests in rounds: the requests of a round are sent in parallel, and the next round after an answer.
type Rounds = Vec<Vec<String>>;

const GET: &str = "dynamodb:GetItem 200";
const UPDATE: &str = "dynamodb:UpdateItem 200";

/// Everything by which a caller could distinguish one call from another.
#[derive(Debug, PartialEq, Eq)]
struct Observed {
    /// The sentences heard with their voices, and the other events.
    events: Vec<CallEvent>,
    /// The blocks passed, each with its time on the call's clock. Blocks that invoke the function have no
    /// time, because it runs in real time.
    blocks: Vec<(String, Option<Duration>)>,
    /// The function's requests at the start of the call and after each PIN.
    requests: Vec<Rounds>,
}

pub(crate) async fn uniform_answers_do_not_reveal_who_is_a_member(
    setup: &ResilienceSetup,
) -> Result<(), Failure> {
    avoid_end_of_hour().await;
    let right = setup.campaign("11220002", []).await?;
    let before = setup.change(&[("UNKNOWN_CALLER", "uniform")]).await?;
    let wrong = [
        "91220011", "91220012", "91220013", "91220014", "91220015", "91220016",
    ];
    let guessed = ["91220011", right, "91220013", "91220014", "91220015", right];

    let member = setup.member(11, 2).await?;
    let of_member = observe_day(setup, &member, &wrong).await?;
    for (n, pins) in [(3, wrong), (15, guessed)] {
        let stranger = setup.phone(11, n);
        let (mut calls, day) = observe_day(setup, &stranger, &pins).await?;
        // A stranger's attempts do not count in the hour that all members share. Where a member's attempt
        // writes that hour, a stranger's reads it, in parallel with the same other write.
        for rounds in calls.iter_mut().flat_map(|call| &mut call.requests) {
            for requests in rounds
                .iter_mut()
                .filter(|requests| **requests == [GET, UPDATE])
            {
                *requests = vec![UPDATE.to_owned(), UPDATE.to_owned()];
            }
        }
        assert_eq!((calls, day), of_member);
        assert_eq!(setup.sent_to(&stranger), 0);
    }

    // The calls that both share are the expected ones.
    let ([first, second], day) = of_member;
    let heard = |call: &Observed| -> Vec<String> {
        let sentences = call.events.iter().filter_map(|event| match event {
            CallEvent::Heard(spoken) => Some(spoken.text.clone()),
            _ => None,
        });
        sentences.skip(1).collect()
    };
    assert_eq!(heard(&first), [WRONG_AGAIN, WRONG_AGAIN, WRONG]);
    assert_eq!(heard(&second), [WRONG_AGAIN, WRONG_AGAIN, LOCKED]);
    let (get, update) = (GET, UPDATE);
    let refused = "dynamodb:UpdateItem 400";
    let look_up = vec![vec![get]];
    let wrong_pin = vec![vec![get, get, get, update], vec![update, update]];
    let locked = vec![vec![get, get, get, refused]];
    assert_eq!(
        first.requests,
        [&look_up, &wrong_pin, &wrong_pin, &wrong_pin].map(Clone::clone)
    );
    assert_eq!(
        second.requests,
        [&look_up, &wrong_pin, &wrong_pin, &locked].map(Clone::clone)
    );
    assert_eq!((day.wrong, day.claims, day.sent, day.open), (5, 0, 0, 0));

    answers_are_equal(setup).await?;
    answers_take_equally_long(setup).await?;
    setup.set_variables(before).await
}

/// Places two calls with three PINs each, and returns them with the caller's day in the attempts table.
async fn observe_day(
    setup: &ResilienceSetup,
    caller: &str,
    pins: &[&str; 6],
) -> Result<([Observed; 2], CallerDay), Failure> {
    let days_before = setup.caller_days().await?;
    setup.slow_answers_down()?;
    let first = observe_call(setup, caller, &pins[..3]).await?;
    let second = observe_call(setup, caller, &pins[3..]).await?;
    setup.line.aws.account.faults().clear();
    let mut days = setup.caller_days().await?;
    days.retain(|key, _| !days_before.contains_key(key));
    let [day] = days.into_values().collect::<Vec<_>>()[..] else {
        panic!("the calls must create one caller's day");
    };
    Ok(([first, second], day))
}

async fn observe_call(
    setup: &ResilienceSetup,
    caller: &str,
    pins: &[&str],
) -> Result<Observed, Failure> {
    let mut requests = Vec::new();
    setup.clear_requests()?;
    let mut call = setup.dial(caller).await?;
    requests.push(rounds(&setup.function_requests()));
    for pin in pins {
        assert!(call.is_waiting(), "{:?}", call.events());
        setup.clear_requests()?;
        call.press(pin).await;
        requests.push(without_clean_up(rounds(&setup.function_requests())));
    }
    call.hang_up().await;
    Ok(Observed {
        events: call
            .events()
            .iter()
            .cloned()
            .map(without_duration)
            .collect(),
        blocks: blocks(&call),
        requests,
    })
}

/// Removes the clean-up of the hour's item, which the first round of any attempt may contain: more functions
/// have written the hour than its item keeps.
fn without_clean_up(mut rounds: Rounds) -> Rounds {
    const REQUESTS: usize = 4;
    let is_admitted = rounds.len() > 1;
    if let Some(first) = rounds.first_mut()
        && first.len() > REQUESTS
    {
        // The requests are sorted, so a refused write is the last. For a locked caller that is the write
        // of the attempt, and the clean-up is the one before it.
        first.remove(if is_admitted { REQUESTS } else { REQUESTS - 1 });
    }
    rounds
}

/// Removes the duration of a function, which runs in real time.
fn without_duration(mut event: CallEvent) -> CallEvent {
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

/// Groups requests in rounds. A round begins with a request that was sent after an answer to the round before.
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
        rounds
            .last_mut()
            .expect("the first request begins a round")
            .push(format!(
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

/// The function's answers about a PIN are the same bytes. Its answers about the member have the same one
/// field, whose value no block speaks.
async fn answers_are_equal(setup: &ResilienceSetup) -> Result<(), Failure> {
    let member = setup.member(11, 16).await?;
    let stranger = setup.phone(11, 17);
    let sent = json!({ "cmd": "sendSms", "pinCode": "91220017", "language": "ja" });
    setup.secret("91220017");
    let of_member = setup.invoke(11, &member, &sent).await?;
    assert_eq!(of_member, setup.invoke(11, &stranger, &sent).await?);
    assert_eq!(
        serde_json::from_slice::<Value>(&of_member)?,
        json!({ "result": "Failed", "reason": "PIN_NOT_FOUND" })
    );
    let who = json!({ "cmd": "getMemberId", "language": "ja" });
    for (caller, id) in [(&member, "member-11-16"), (&stranger, "0")] {
        let answer: Value = serde_json::from_slice(&setup.invoke(11, caller, &who).await?)?;
        assert_eq!(answer, json!({ "memberId": id }));
    }
    Ok(())
}

/// Compares the times of members' and strangers' answers, measured in turn, so that other work of the machine
/// slows both.
async fn answers_take_equally_long(setup: &ResilienceSetup) -> Result<(), Failure> {
    const EACH: u32 = 15;
    let sent = json!({ "cmd": "sendSms", "pinCode": "91220019", "language": "ja" });
    setup.secret("91220019");
    let mut took = [Vec::new(), Vec::new()];
    setup.slow_answers_down()?;
    for n in 0..EACH {
        // Each caller sends one PIN, because a locked caller is answered sooner.
        let callers = [setup.member(11, 100 + n).await?, setup.phone(11, 200 + n)];
        for (caller, took) in callers.iter().zip(&mut took) {
            let start = std::time::Instant::now();
            setup.invoke(11, caller, &sent).await?;
            took.push(start.elapsed());
        }
    }
    setup.line.aws.account.faults().clear();
    let [member, stranger] = took.map(|mut took| {
        took.sort_unstable();
        took[took.len() / 2].as_secs_f64()
    });
    let ratio = stranger / member;
    assert!(
        (0.8..1.25).contains(&ratio),
        "members and strangers must wait equally long, but wait {member} s and {stranger} s"
    );
    Ok(())
}
