//! Which request fails, how, and what follows from it: for the caller, for the message and for the
//! rows.

use local_account::{Caller, Effect, FaultRule, Refusal};

use crate::resilience::world::{CallerDay, NOT_SENT, OVER, SENT, TROUBLE};

/// What a campaign asks to have written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Campaign {
    Plain,
    /// It counts its redemptions.
    Limited,
    /// It marks who has redeemed it.
    Single,
}

/// A request that fails, and what follows.
#[derive(Debug, Clone)]
pub(crate) struct FailureCase {
    /// What the function was about to do.
    pub(crate) step: &'static str,
    pub(crate) campaign: Campaign,
    pub(crate) rule: FaultRule,
    /// Whether it fails while the caller is looked up, before any PIN is asked for.
    pub(crate) at_once: bool,
    /// Whether the message is refused besides, so that something is to be taken back.
    pub(crate) refused: bool,
    pub(crate) words: &'static str,
    pub(crate) messages: usize,
    /// What is left of the attempt; nothing when there is no row.
    pub(crate) day: Option<CallerDay>,
    pub(crate) redeemed: Option<u64>,
    pub(crate) used: usize,
    /// What the same caller hears in the next call, when all is well.
    pub(crate) next: &'static str,
}

/// No trace of the attempt but the row.
pub(crate) const RELEASED: CallerDay = CallerDay {
    wrong: 0,
    claims: 0,
    sent: 0,
    open: 0,
};
/// There may have been a message.
pub(crate) const CLAIMED: CallerDay = CallerDay {
    claims: 1,
    ..RELEASED
};
/// There was one.
pub(crate) const CLOSED: CallerDay = CallerDay { sent: 1, ..CLAIMED };
/// Nobody has written how it ended.
pub(crate) const OPEN: CallerDay = CallerDay {
    wrong: 1,
    open: 1,
    ..CLAIMED
};

/// The function gives up on a request of a table after 1.5 seconds.
const TOO_LONG: u64 = 2_500;

/// What a message may not take: the function has 7 seconds, and needs 0.6 of them to write down how it
/// went and to answer.
const TOO_LONG_FOR_A_MESSAGE: u64 = 6_700;

/// What keeps a request from being carried out.
fn not_carried_out() -> Vec<Effect> {
    vec![
        Effect::Throttle,
        Effect::ServerError,
        Effect::Unavailable,
        Effect::Reset,
        Effect::WrongBody,
    ]
}

/// A refusal for good.
pub(crate) fn refusal() -> Effect {
    Effect::Refuse(Refusal {
        code: "InvalidParameterException".into(),
        status: 400,
        message: "A fault rule says so.".into(),
        members: serde_json::Map::new(),
    })
}

fn dynamodb(operation: &str) -> FaultRule {
    FaultRule::new("dynamodb", Effect::Throttle)
        .operation(operation)
        .caller(Caller::Functions)
}

/// How often the SDK tries.
const TRIES: u64 = 3;

/// Every try of the SDK at the `nth` write of a call, and no other write.
fn nth_write(nth: u64) -> FaultRule {
    dynamodb("UpdateItem").nth(nth).times(TRIES)
}

/// From the `nth` write of a call on, all of them.
fn from_write(nth: u64) -> FaultRule {
    dynamodb("UpdateItem").nth(nth).times(1_000)
}

impl FailureCase {
    fn new(step: &'static str, campaign: Campaign, rule: FaultRule) -> Self {
        Self {
            step,
            campaign,
            rule,
            at_once: false,
            refused: false,
            words: TROUBLE,
            messages: 0,
            day: Some(RELEASED),
            redeemed: None,
            used: 0,
            next: SENT,
        }
    }

    fn with(&self, effect: Effect) -> Self {
        let mut cell = self.clone();
        // An answer that cannot be read is no reason for the SDK to ask again.
        if effect == Effect::WrongBody && cell.rule.times == Some(TRIES) {
            cell.rule.times = Some(1);
        }
        cell.rule.effect = effect;
        cell
    }

    fn with_each(&self, effects: Vec<Effect>) -> Vec<Self> {
        effects
            .into_iter()
            .map(|effect| self.with(effect))
            .collect()
    }
}

/// Every step of the function that asks DynamoDB for something.
pub(crate) fn of_the_tables() -> Vec<FailureCase> {
    let slow = Effect::SlowAnswer { ms: TOO_LONG };
    let late = Effect::Latency { ms: TOO_LONG };
    let mut cells = Vec::new();

    let identify = FailureCase {
        at_once: true,
        day: None,
        ..FailureCase::new(
            "the caller is looked up",
            Campaign::Plain,
            dynamodb("GetItem"),
        )
    };
    cells.extend(identify.with_each(not_carried_out()));
    cells.extend(identify.with_each(vec![Effect::LostAnswer, late.clone()]));

    let look_up = FailureCase::new("all is looked up", Campaign::Plain, dynamodb("GetItem"));
    cells.extend(look_up.with_each(not_carried_out()));
    cells.extend(look_up.with_each(vec![Effect::LostAnswer, slow.clone()]));

    let open = FailureCase::new("the attempt is entered", Campaign::Plain, nth_write(1));
    let not_entered = FailureCase {
        day: None,
        ..open.clone()
    };
    cells.extend(not_entered.with_each(not_carried_out()));
    cells.push(open.with(Effect::LostAnswer));
    // All writes are late, and in the order in which they were made.
    let all_late = FailureCase {
        rule: from_write(1),
        ..open
    };
    cells.push(all_late.with(late.clone()));

    let once = FailureCase {
        rule: dynamodb("UpdateItem").nth(1),
        words: SENT,
        messages: 1,
        day: Some(CLOSED),
        ..FailureCase::new(
            "it is entered the second time",
            Campaign::Plain,
            nth_write(1),
        )
    };
    let mut tried_again = not_carried_out();
    tried_again.retain(|effect| *effect != Effect::WrongBody);
    cells.extend(once.with_each(tried_again));
    cells.push(once.with(Effect::LostAnswer));

    let close = FailureCase {
        words: SENT,
        messages: 1,
        day: Some(OPEN),
        ..FailureCase::new("the end is written", Campaign::Plain, from_write(2))
    };
    cells.extend(close.with_each(not_carried_out()));
    let closed = FailureCase {
        day: Some(CLOSED),
        ..close
    };
    cells.extend(closed.with_each(vec![Effect::LostAnswer, slow]));

    cells.extend(redemptions());
    cells
}

/// What a campaign asks to have written down, and taken back when the message is refused.
fn redemptions() -> Vec<FailureCase> {
    let mut cells = Vec::new();
    let redeem = FailureCase::new("a redemption is counted", Campaign::Limited, nth_write(2));
    cells.extend(redeem.with_each(not_carried_out()));
    // It was counted, nobody knows, and it is taken back.
    let taken_back = FailureCase {
        redeemed: Some(0),
        ..redeem
    };
    cells.push(taken_back.with(Effect::LostAnswer));

    let mark = FailureCase::new("a single use is marked", Campaign::Single, nth_write(2));
    cells.extend(mark.with_each(not_carried_out()));
    cells.push(mark.with(Effect::LostAnswer));

    let give_back = FailureCase {
        refused: true,
        words: NOT_SENT,
        day: Some(OPEN),
        redeemed: Some(1),
        ..FailureCase::new(
            "a redemption is taken back",
            Campaign::Limited,
            from_write(3),
        )
    };
    cells.extend(give_back.with_each(not_carried_out()));
    let given_back = FailureCase {
        day: Some(RELEASED),
        redeemed: Some(0),
        ..give_back
    };
    cells.push(given_back.with(Effect::LostAnswer));

    let unmark = FailureCase {
        refused: true,
        words: NOT_SENT,
        day: Some(OPEN),
        used: 1,
        // The process that could not take the mark back does so with its next try.
        next: SENT,
        ..FailureCase::new("a mark is taken back", Campaign::Single, from_write(3))
    };
    cells.extend(unmark.with_each(not_carried_out()));
    let unmarked = FailureCase {
        day: Some(RELEASED),
        used: 0,
        ..unmark
    };
    cells.push(unmarked.with(Effect::LostAnswer));
    cells
}

/// The message itself, whoever sends it.
pub(crate) fn of_sending(service: &str, operation: &str) -> Vec<FailureCase> {
    let rule = FaultRule::new(service, Effect::Throttle)
        .operation(operation)
        .caller(Caller::Functions);
    let send = |campaign| FailureCase::new("the message is sent", campaign, rule.clone());
    let mut cells = vec![send(Campaign::Plain).with(Effect::Throttle)];
    let refused = FailureCase {
        words: NOT_SENT,
        ..send(Campaign::Plain)
    };
    cells.push(refused.with(refusal()));
    let refused = FailureCase {
        redeemed: Some(0),
        campaign: Campaign::Limited,
        ..refused
    };
    cells.push(refused.with(refusal()));

    // Whether it went is known here, and not to the function.
    let unclear = |campaign| FailureCase {
        day: Some(CLAIMED),
        ..send(campaign)
    };
    cells.extend(unclear(Campaign::Plain).with_each(vec![
        Effect::ServerError,
        Effect::Unavailable,
        Effect::Reset,
        Effect::WrongBody,
    ]));
    let went = |campaign| FailureCase {
        messages: 1,
        ..unclear(campaign)
    };
    cells.extend(went(Campaign::Plain).with_each(vec![
        Effect::LostAnswer,
        Effect::SlowAnswer {
            ms: TOO_LONG_FOR_A_MESSAGE,
        },
        Effect::Latency {
            ms: TOO_LONG_FOR_A_MESSAGE,
        },
    ]));
    // What is tried once is not given up while there is time: the message goes, and the caller would
    // call again for a second one.
    let waited_for = FailureCase {
        words: SENT,
        messages: 1,
        day: Some(CLOSED),
        ..send(Campaign::Plain)
    };
    cells.extend(waited_for.with_each(vec![
        Effect::SlowAnswer { ms: TOO_LONG },
        Effect::Latency { ms: TOO_LONG },
    ]));
    let counted = FailureCase {
        redeemed: Some(1),
        ..went(Campaign::Limited)
    };
    cells.push(counted.with(Effect::LostAnswer));
    let marked = FailureCase {
        used: 1,
        next: OVER,
        ..went(Campaign::Single)
    };
    cells.push(marked.with(Effect::LostAnswer));
    cells
}
