//! Keys that the caller presses, and silence in their place.

use connect_flow::FlowKind;

use super::{Check, Context, Rule, Severity, example};
use crate::finding::Found;
use crate::graph::{Block, Branch, Graph};

pub(super) static DIGITS_IN_FLOW_LOG: Rule = Rule {
    id: "lint/digits-in-flow-log",
    severity: Severity::Error,
    summary: "Digits of a PIN or a card must be asked for and passed on while the flow log is off.",
    explanation: "With the log on, the block that stores the keys writes them to CloudWatch Logs, and so does \
                  each block that receives them: a function's parameters stand in the log in full. The log is on \
                  after a block that enables it, until another disables it, also in flows and modules that come \
                  later; so a module and a transfer flow begin with the log of the flow before. Phone numbers, \
                  entries of at most two digits and input that the flow encrypts are exempt. Known from log \
                  lines that public projects published.",
    remedy: "Put an UpdateFlowLoggingBehavior block with `Disabled` before the input, and enable the log after \
             the last block that receives the digits.",
    bad: example!("digits-in-flow-log.bad.json"),
    good: example!("digits-in-flow-log.good.json"),
    check: Check::Lint(digits),
};

pub(super) static UNHANDLED_SILENCE: Rule = Rule {
    id: "lint/unhandled-silence",
    severity: Severity::Warning,
    summary: "A caller who presses no key must be answered, and not for ever.",
    explanation: "A block that stores input takes its success branch in silence, with the text `Timeout` in place \
                  of digits: without a comparison, that text is handed on as if the caller had keyed it. A menu \
                  has a branch for silence; if it leads straight back, a line that was left open never ends. \
                  Known from AWS's administrator guide, \"Store customer input\" and \"Get customer input\".",
    remedy: "Compare `$.StoredCustomerInput` with `Timeout` before its use, or count the rounds of a menu with a \
             Loop block.",
    bad: example!("unhandled-silence.bad.json"),
    good: example!("unhandled-silence.good.json"),
    check: Check::Lint(silence),
};

const STORED: &str = "StoredCustomerInput";

/// The longest entry that is a choice, and neither a PIN nor the number of a card.
const LONGEST_CHOICE: usize = 2;

/// The states of the flow log and of the stored input with which a call can come to a block, as bits of
/// [`state`].
type States = u8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Log {
    Off,
    On,
    /// The flow before has left it as it is.
    Inherited,
}

const LOGS: [Log; 3] = [Log::Off, Log::On, Log::Inherited];

/// Returns the bit of a state.
fn state(log: Log, digits: bool) -> States {
    let log = match log {
        Log::Off => 0,
        Log::On => 1,
        Log::Inherited => 2,
    };
    1 << (log * 2 + u8::from(digits))
}

/// Returns the states of `states` after a block.
fn after(block: &Block<'_>, states: States) -> States {
    let switched = match (block.kind, block.text(&["FlowLoggingBehavior"])) {
        ("UpdateFlowLoggingBehavior", Some("Enabled")) => Some(Log::On),
        ("UpdateFlowLoggingBehavior", Some("Disabled")) => Some(Log::Off),
        _ => None,
    };
    let stored = block.stores_input().then(|| stores_digits(block));
    let mut after = 0;
    for log in LOGS {
        for digits in [false, true] {
            if states & state(log, digits) != 0 {
                after |= state(switched.unwrap_or(log), stored.unwrap_or(digits));
            }
        }
    }
    after
}

/// Reports whether a block stores digits that may be those of a PIN or a card.
fn stores_digits(block: &Block<'_>) -> bool {
    let Some(length) = block.text(&["InputValidation", "CustomValidation", "MaximumLength"]) else {
        return false;
    };
    let choice = length
        .parse::<usize>()
        .is_ok_and(|length| length <= LONGEST_CHOICE);
    let encrypted = block
        .text(&["InputEncryption", "EncryptionKeyId"])
        .is_some();
    block.stores_input() && !choice && !encrypted
}

/// Returns the states before each block.
fn states(graph: &Graph<'_>, kind: FlowKind) -> Vec<States> {
    let mut before = vec![0; graph.blocks.len()];
    let Some(start) = graph.start else {
        return before;
    };
    let log = match kind {
        FlowKind::ContactFlow => Log::Off,
        _ => Log::Inherited,
    };
    let mut left = vec![(start, state(log, false))];
    while let Some((at, states)) = left.pop() {
        if states & !before[at] == 0 {
            continue;
        }
        before[at] |= states;
        let block = &graph.blocks[at];
        let states = after(block, before[at]);
        left.extend(block.ways.iter().map(|way| (way.to, states)));
    }
    before
}

fn digits(context: &Context<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    let before = states(context.graph, context.kind);
    for (block, states) in context.graph.blocks.iter().zip(before) {
        let in_state = |log: Log, digits: &[bool]| {
            digits
                .iter()
                .any(|&digits| states & state(log, digits) != 0)
        };
        let passes = matches!(
            block.kind,
            "InvokeLambdaFunction"
                | "InvokeFlowModule"
                | "UpdateContactAttributes"
                | "UpdateFlowAttributes"
        ) && block.refers_to(STORED);
        let (doing, states): (_, &[bool]) = match (stores_digits(block), passes) {
            (true, _) => ("stores digits", &[false, true]),
            (false, true) => ("passes on digits", &[true]),
            (false, false) => continue,
        };
        let log = match (in_state(Log::On, states), in_state(Log::Inherited, states)) {
            (true, _) => "while the flow log is on",
            (false, true) => "while the flow log may be on, as the flow before has left it",
            (false, false) => continue,
        };
        let message = format!("the block {} {doing} {log}", block.identifier);
        found.push(Found::new(block.span.clone(), message).of(block.identifier));
    }
    found
}

fn silence(context: &Context<'_>) -> Vec<Found> {
    let blocks = context.graph.blocks.iter().enumerate();
    blocks
        .filter_map(|(at, block)| {
            let message = match (block.stores_input(), block.is_menu()) {
                (true, _) => stored_silence(context.graph, block)?,
                (_, true) => endless_silence(context.graph, at)?,
                _ => return None,
            };
            Some(Found::new(block.span.clone(), message).of(block.identifier))
        })
        .collect()
}

/// Returns the fault of a block that stores input, if a way leads from it to a use of the input, or to the
/// end, that compares it nowhere.
fn stored_silence(graph: &Graph<'_>, block: &Block<'_>) -> Option<String> {
    // It is not known what silence is for the check of a phone number.
    block.text(&["InputValidation", "CustomValidation", "MaximumLength"])?;
    let next = block.way(Branch::Next)?.to;
    let compares = |block: &Block<'_>| block.kind == "Compare" && block.refers_to(STORED);
    let ways = |block: &Block<'_>| !compares(block) && !block.stores_input();
    let reached = graph.reachable([next], |from, _| ways(from));
    let mut reached = graph
        .blocks
        .iter()
        .zip(reached)
        .filter(|(_, reached)| *reached);
    let mut compared = false;
    let user = reached.find_map(|(block, _)| {
        compared |= compares(block);
        (!compares(block) && block.refers_to(STORED)).then_some(block)
    });
    match user {
        Some(user) => Some(format!(
            "in silence the block {} hands on the text Timeout, which {} uses as digits",
            block.identifier, user.identifier
        )),
        None if compared => None,
        None => Some(format!(
            "in silence the block {} goes on as if digits had been keyed",
            block.identifier
        )),
    }
}

/// Returns the fault of a menu whose branch for silence leads back to it without a bound.
fn endless_silence(graph: &Graph<'_>, at: usize) -> Option<String> {
    let silent = Branch::Error("InputTimeLimitExceeded");
    let block = &graph.blocks[at];
    let first = block.way(silent)?.to;
    let reached = graph.reachable([first], |from, way| match from.kind {
        // These count, wait, or choose a way by what the flow knows.
        "CheckHoursOfOperation"
        | "CheckMetricData"
        | "Compare"
        | "ConnectParticipantWithLexBot"
        | "DistributeByPercentage"
        | "InvokeFlowModule"
        | "Loop"
        | "MessageParticipantIteratively"
        | "Wait" => false,
        _ if from.is_menu() => way.branch == silent,
        _ => true,
    });
    reached[at].then(|| {
        format!(
            "the branch for silence of the menu {} leads back to it, and nothing bounds the rounds",
            block.identifier
        )
    })
}
