//! Ways through a flow that lead nowhere, or round for ever.

use connect_flow::FlowKind;

use super::{Check, Context, Rule, Severity, example};
use crate::finding::Found;
use crate::graph::{Block, Branch, Way};

pub(super) static UNREACHABLE_BLOCK: Rule = Rule {
    id: "lint/unreachable-block",
    severity: Severity::Warning,
    summary: "A block must be reachable from the start of the flow.",
    explanation: "No call comes to the block. The service publishes such a flow, so a way that was meant to lead \
                  here is missed in a call alone. Ways that the service requires but never takes, such as \
                  `NextAction` of a comparison, do not count.",
    remedy: "Lead a branch to the block, or remove it.",
    bad: example!("unreachable-block.bad.json"),
    good: example!("unreachable-block.good.json"),
    check: Check::Lint(unreachable),
};

pub(super) static WITHOUT_EXIT: Rule = Rule {
    id: "lint/loop-without-exit",
    severity: Severity::Error,
    summary: "A loop must have a way out.",
    explanation: "From these blocks no way leads to the end of the flow, a queue or another flow: the call lasts \
                  until the caller hangs up, and is charged by the minute. Flows for queues and for hold are \
                  exempt, since an agent ends them from outside.",
    remedy: "Count the rounds with a Loop block, and lead its `DoneLooping` to the end of the call.",
    bad: example!("loop-without-exit.bad.json"),
    good: example!("loop-without-exit.good.json"),
    check: Check::Lint(without_exit),
};

pub(super) static WITHOUT_INPUT: Rule = Rule {
    id: "lint/loop-without-input",
    severity: Severity::Error,
    summary: "A loop must ask the caller, wait, or count its rounds.",
    explanation: "Such a loop repeats as fast as its blocks run, for example while a function fails. Nothing in \
                  the flow bounds it: prompts and functions do not wait for the caller. A Loop block bounds it, \
                  and so does a block that waits for a key, an event or a time.",
    remedy: "Count the rounds with a Loop block, or ask the caller before the next round.",
    bad: example!("loop-without-input.bad.json"),
    good: example!("loop-without-input.good.json"),
    check: Check::Lint(without_input),
};

/// Names at most this many blocks of a loop.
const MOST_NAMES: usize = 6;

fn unreachable(context: &Context<'_>) -> Vec<Found> {
    let graph = context.graph;
    let Some(start) = graph.start else {
        return Vec::new();
    };
    let reached = graph.reachable([start], |_, _| true);
    let blocks = graph.blocks.iter().zip(reached);
    blocks
        .filter(|(_, reached)| !reached)
        .map(|(block, _)| {
            let message = format!(
                "no way from the start leads to the block {}",
                block.identifier
            );
            Found::new(block.span.clone(), message).of(block.identifier)
        })
        .collect()
}

/// Returns the loops that a call can come into over the ways that `takes` accepts.
fn loops(context: &Context<'_>, takes: impl Fn(&Block<'_>, &Way<'_>) -> bool) -> Vec<Vec<usize>> {
    let graph = context.graph;
    let outside = matches!(
        context.kind,
        FlowKind::CustomerQueue | FlowKind::CustomerHold | FlowKind::AgentHold
    );
    let Some(start) = graph.start.filter(|_| graph.exact && !outside) else {
        return Vec::new();
    };
    let reached = graph.reachable([start], |_, _| true);
    let takes = |from: usize, way: &Way<'_>| {
        reached.get(from).copied().unwrap_or_default() && takes(&graph.blocks[from], way)
    };
    graph.loops(&takes)
}

/// Returns the loops from which no way leads out.
fn closed(context: &Context<'_>) -> Vec<Vec<usize>> {
    let mut loops = loops(context, |_, _| true);
    loops.retain(|members| {
        members.iter().all(|&at| {
            let block = &context.graph.blocks[at];
            !block.ends && block.ways.iter().all(|way| members.contains(&way.to))
        })
    });
    loops
}

fn without_exit(context: &Context<'_>) -> Vec<Found> {
    let message = "no way leads out of the loop of";
    closed(context)
        .iter()
        .filter_map(|members| found(context, members, message))
        .collect()
}

fn without_input(context: &Context<'_>) -> Vec<Found> {
    let endless = loops(context, |block, way| !bounds(block, way));
    let closed = closed(context);
    endless
        .iter()
        .filter(|members| {
            let mut closed = closed.iter();
            !closed.any(|closed| members.iter().all(|at| closed.contains(at)))
        })
        .filter_map(|members| {
            let message =
                "nothing bounds the rounds, and no block waits for the caller, in the loop of";
            found(context, members, message)
        })
        .collect()
}

/// Reports whether a way out of a block is taken a limited number of times, or only after waiting.
fn bounds(block: &Block<'_>, way: &Way<'_>) -> bool {
    match block.kind {
        "Loop" => way.branch == Branch::Condition("ContinueLooping"),
        "GetParticipantInput" => block.is_menu() || block.stores_input(),
        "AuthenticateParticipant"
        | "ConnectParticipantWithAgenticCX"
        | "ConnectParticipantWithLexBot"
        | "MessageParticipantIteratively"
        | "ShowView"
        | "TransferParticipantToThirdParty"
        | "Wait" => true,
        _ => false,
    }
}

fn found(context: &Context<'_>, members: &[usize], message: &str) -> Option<Found> {
    let blocks = &context.graph.blocks;
    let first = &blocks[*members.first()?];
    let names: Vec<_> = members
        .iter()
        .take(MOST_NAMES)
        .map(|&at| blocks[at].identifier)
        .collect();
    let more = members.len().saturating_sub(names.len());
    let names = match more {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    };
    let mut found =
        Found::new(first.span.clone(), format!("{message} {names}")).of(first.identifier);
    // The way from the last block of the text back to the loop's first one, where there is one.
    let back = members.iter().rev().find_map(|&at| {
        let mut ways = blocks[at].ways.iter();
        ways.find(|way| Some(&way.to) == members.first())
    });
    if let Some(back) = back {
        found = found.label(back.span.clone(), "this way leads back");
    }
    Some(found)
}
