//! The failure cases: which request fails and how, and the expected sentence, messages and rows.

use local_account::{Caller, Effect, FaultRule, Refusal};

use crate::resilience::setup::{CallerDay, NOT_SENT, OVER, SENT, TROUBLE};

/// A campaign, by what the function writes for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Campaign {
    Plain,
    /// The function counts the redemptions.
    Limited,
    /// The function marks each member who has redeemed.
    Single,
}

/// A request that fails, and the expected consequences.
#[derive(Debug, Clone)]
pub(crate) struct FailureCase {
    /// The step of the function whose request fails.
    pub(crate) step: &'static str,
    pub(crate) campaign: Campaign,
    pub(crate) rule: FaultRule,
    /// Whether the request fails during the look-up of the caller, before the prompt for the PIN.
    pub(crate) before_prompt: bool,
    /// Whether the message is refused as well, so that the function gives the redemption back.
    pub(crate) refused: bool,
    /// The last sentence that the caller hears.
    pub(crate) sentence: &'static str,
    pub(crate) messages: usize,
    /// The caller's day in the attempts table; `None` if there is no row.
    pub(crate) day: Option<CallerDay>,
    pub(crate) redeemed: Option<u64>,
    pub(crate) used: usize,
    /// The last sentence of the same caller's next call, in which no request fails.
    pub(crate) next: &'static str,
}

/// The attempt was released: the row exists, without the attempt.
pub(crate) const RELEASED: CallerDay = CallerDay {
    wrong: 0,
    claims: 0,
    sent: 0,
    open: 0,
};
/// The attempt counts as a message, because one may have been sent.
pub(crate) const CLAIMED: CallerDay = CallerDay {
    claims: 1,
    ..RELEASED
};
/// A message was sent, and the attempt is closed.
pub(crate) const CLOSED: CallerDay = CallerDay { sent: 1, ..CLAIMED };
/// The attempt's outcome was not written.
pub(crate) const OPEN: CallerDay = CallerDay {
    wrong: 1,
    open: 1,
    ..CLAIMED
};

/// A delay in milliseconds that exceeds the function's time-out for requests to tables, 1.5 seconds.
const TOO_LONG: u64 = 2_500;

/// A delay in milliseconds that is too long for sending a message: the function has 7 seconds, and needs 0.6
/// of them to write the outcome and to answer.
const TOO_LONG_FOR_A_MESSAGE: u64 = 6_700;

/// Effects with which a request is not processed.
fn not_processed() -> Vec<Effect> {
    vec![
        Effect::Throttle,
        Effect::ServerError,
        Effect::Unavailable,
        Effect::Reset,
        Effect::WrongBody,
    ]
}

/// A permanent refusal.
pub(crate) fn refusal() -> Effect {
    Effect::Refuse(Refusal {
        code: "InvalidParameterException".into(),
        status: 400,
        message: "Injected by a fault rule.".into(),
        members: serde_json::Map::new(),
    })
}

fn dynamodb(operation: &str) -> FaultRule {
    FaultRule::new("dynamodb", Effect::Throttle)
        .operation(operation)
        .caller(Caller::Functions)
}

/// The attempts of the SDK for a request.
const SDK_ATTEMPTS: u64 = 3;

/// Matches every attempt of the SDK at the `nth` write of a call, and no other write.
fn nth_write(nth: u64) -> FaultRule {
    dynamodb("UpdateItem").nth(nth).times(SDK_ATTEMPTS)
}

/// Matches all writes of a call from the `nth` on.
fn from_write(nth: u64) -> FaultRule {
    dynamodb("UpdateItem").nth(nth).times(1_000)
}

impl FailureCase {
    fn new(step: &'static str, campaign: Campaign, rule: FaultRule) -> Self {
        Self {
            step,
            campaign,
            rule,
            before_prompt: false,
            refused: false,
            sentence: TROUBLE,
            messages: 0,
            day: Some(RELEASED),
            redeemed: None,
            used: 0,
            next: SENT,
        }
    }

    fn with(&self, effect: Effect) -> Self {
        let mut case = self.clone();
        // The SDK does not retry after an answer that it cannot read.
        if effect == Effect::WrongBody && case.rule.times == Some(SDK_ATTEMPTS) {
            case.rule.times = Some(1);
        }
        case.rule.effect = effect;
        case
    }

    fn with_each(&self, effects: Vec<Effect>) -> Vec<Self> {
        effects
            .into_iter()
            .map(|effect| self.with(effect))
            .collect()
    }
}

/// Returns the failures of every step of the function that sends a request to DynamoDB.
pub(crate) fn of_tables() -> Vec<FailureCase> {
    let slow = Effect::SlowAnswer { ms: TOO_LONG };
    let late = Effect::Latency { ms: TOO_LONG };
    let mut cases = Vec::new();

    let identify = FailureCase {
        before_prompt: true,
        day: None,
        ..FailureCase::new(
            "the caller is looked up",
            Campaign::Plain,
            dynamodb("GetItem"),
        )
    };
    cases.extend(identify.with_each(not_processed()));
    cases.extend(identify.with_each(vec![Effect::LostAnswer, late.clone()]));

    let look_up = FailureCase::new(
        "member, campaign and hour are looked up",
        Campaign::Plain,
        dynamodb("GetItem"),
    );
    cases.extend(look_up.with_each(not_processed()));
    cases.extend(look_up.with_each(vec![Effect::LostAnswer, slow.clone()]));

    let open = FailureCase::new("the attempt is recorded", Campaign::Plain, nth_write(1));
    let not_recorded = FailureCase {
        day: None,
        ..open.clone()
    };
    cases.extend(not_recorded.with_each(not_processed()));
    cases.push(open.with(Effect::LostAnswer));
    // All writes are late, and arrive in order.
    let all_late = FailureCase {
        rule: from_write(1),
        ..open
    };
    cases.push(all_late.with(late.clone()));

    let once = FailureCase {
        rule: dynamodb("UpdateItem").nth(1),
        sentence: SENT,
        messages: 1,
        day: Some(CLOSED),
        ..FailureCase::new(
            "the attempt is recorded by the second request",
            Campaign::Plain,
            nth_write(1),
        )
    };
    let mut retried = not_processed();
    retried.retain(|effect| *effect != Effect::WrongBody);
    cases.extend(once.with_each(retried));
    cases.push(once.with(Effect::LostAnswer));

    let close = FailureCase {
        sentence: SENT,
        messages: 1,
        day: Some(OPEN),
        ..FailureCase::new("the attempt is closed", Campaign::Plain, from_write(2))
    };
    cases.extend(close.with_each(not_processed()));
    let closed = FailureCase {
        day: Some(CLOSED),
        ..close
    };
    cases.extend(closed.with_each(vec![Effect::LostAnswer, slow]));

    cases.extend(redemptions());
    cases
}

/// Returns the failures of counting a redemption and of giving it back after a refused message.
fn redemptions() -> Vec<FailureCase> {
    let mut cases = Vec::new();
    let redeem = FailureCase::new("a redemption is counted", Campaign::Limited, nth_write(2));
    cases.extend(redeem.with_each(not_processed()));
    // The redemption was counted although the answer was lost, and the function gives it back.
    let counted_unknown = FailureCase {
        redeemed: Some(0),
        ..redeem
    };
    cases.push(counted_unknown.with(Effect::LostAnswer));

    let mark = FailureCase::new("a single use is marked", Campaign::Single, nth_write(2));
    cases.extend(mark.with_each(not_processed()));
    cases.push(mark.with(Effect::LostAnswer));

    let give_back = FailureCase {
        refused: true,
        sentence: NOT_SENT,
        day: Some(OPEN),
        redeemed: Some(1),
        ..FailureCase::new(
            "a redemption is given back",
            Campaign::Limited,
            from_write(3),
        )
    };
    cases.extend(give_back.with_each(not_processed()));
    let given_back = FailureCase {
        day: Some(RELEASED),
        redeemed: Some(0),
        ..give_back
    };
    cases.push(given_back.with(Effect::LostAnswer));

    let unmark = FailureCase {
        refused: true,
        sentence: NOT_SENT,
        day: Some(OPEN),
        used: 1,
        // The process that could not remove the mark removes it with its next attempt.
        next: SENT,
        ..FailureCase::new("a mark is removed", Campaign::Single, from_write(3))
    };
    cases.extend(unmark.with_each(not_processed()));
    let unmarked = FailureCase {
        day: Some(RELEASED),
        used: 0,
        ..unmark
    };
    cases.push(unmarked.with(Effect::LostAnswer));
    cases
}

/// Returns the failures of sending the message with this service.
pub(crate) fn of_sending(service: &str, operation: &str) -> Vec<FailureCase> {
    let rule = FaultRule::new(service, Effect::Throttle)
        .operation(operation)
        .caller(Caller::Functions);
    let send = |campaign| FailureCase::new("the message is sent", campaign, rule.clone());
    let mut cases = vec![send(Campaign::Plain).with(Effect::Throttle)];
    let refused = FailureCase {
        sentence: NOT_SENT,
        ..send(Campaign::Plain)
    };
    cases.push(refused.with(refusal()));
    let refused = FailureCase {
        redeemed: Some(0),
        campaign: Campaign::Limited,
        ..refused
    };
    cases.push(refused.with(refusal()));

    // The test knows that no message was sent; the function cannot.
    let unclear = |campaign| FailureCase {
        day: Some(CLAIMED),
        ..send(campaign)
    };
    cases.extend(unclear(Campaign::Plain).with_each(vec![
        Effect::ServerError,
        Effect::Unavailable,
        Effect::Reset,
        Effect::WrongBody,
    ]));
    let sent = |campaign| FailureCase {
        messages: 1,
        ..unclear(campaign)
    };
    cases.extend(sent(Campaign::Plain).with_each(vec![
        Effect::LostAnswer,
        Effect::SlowAnswer {
            ms: TOO_LONG_FOR_A_MESSAGE,
        },
        Effect::Latency {
            ms: TOO_LONG_FOR_A_MESSAGE,
        },
    ]));
    // The function sends once and waits as long as it can: giving up early would lead the caller to call
    // again although the message was sent.
    let waited_for = FailureCase {
        sentence: SENT,
        messages: 1,
        day: Some(CLOSED),
        ..send(Campaign::Plain)
    };
    cases.extend(waited_for.with_each(vec![
        Effect::SlowAnswer { ms: TOO_LONG },
        Effect::Latency { ms: TOO_LONG },
    ]));
    let counted = FailureCase {
        redeemed: Some(1),
        ..sent(Campaign::Limited)
    };
    cases.push(counted.with(Effect::LostAnswer));
    let marked = FailureCase {
        used: 1,
        next: OVER,
        ..sent(Campaign::Single)
    };
    cases.push(marked.with(Effect::LostAnswer));
    cases
}
