//! Functions that a flow invokes.

use super::{Check, Context, Rule, Severity, example};
use crate::finding::Found;
use crate::graph::{Block, Branch};

pub(super) static WITHOUT_ERROR_BRANCH: Rule = Rule {
    id: "lint/function-without-error-branch",
    severity: Severity::Warning,
    summary: "A function's failure must have a branch of its own, on which the caller hears something.",
    explanation: "The service requires a branch for the failure, but not that it does anything. One that leads \
                  where success leads reads the answer of an earlier function, or none, since a failure fills \
                  nothing; one that leads straight to the end leaves the caller with a dead line. A function \
                  that is invoked asynchronously, or whose answer is not read, may go on.",
    remedy: "Lead `NoMatchingError` to a message, and from there to a person or to the end of the call.",
    bad: example!("function-without-error-branch.bad.json"),
    good: example!("function-without-error-branch.good.json"),
    check: Check::Lint(without_error_branch),
};

pub(super) static SLOWER_THAN_BLOCK: Rule = Rule {
    id: "lint/function-slower-than-block",
    severity: Severity::Warning,
    summary: "A block must wait for its function at least as long as the function may take.",
    explanation: "A block waits at most `InvocationTimeLimitSeconds`, which is 8 at most, and takes its error \
                  branch then, while the function works on and may still act. The timeouts of functions are those \
                  of the settings (`functions`); a function that has none there is not checked.",
    remedy: "Shorten the function's timeout below the block's limit, or raise `InvocationTimeLimitSeconds` up to \
             8.",
    bad: example!(
        "function-slower-than-block.bad.json",
        CONTACT_FLOW,
        r#"{"functions": {"$.Attributes.lookup": {"timeoutSeconds": 10}}}"#
    ),
    good: example!(
        "function-slower-than-block.good.json",
        CONTACT_FLOW,
        r#"{"functions": {"$.Attributes.lookup": {"timeoutSeconds": 7}}}"#
    ),
    check: Check::Lint(slower_than_block),
};

/// The roots of references to the answer of a function.
const ANSWERS: [&str; 2] = ["External", "LambdaInvocation"];

fn functions<'c>(context: &'c Context<'_>) -> impl Iterator<Item = &'c Block<'c>> {
    let blocks = context.graph.blocks.iter();
    blocks.filter(|block| block.kind == "InvokeLambdaFunction")
}

fn without_error_branch(context: &Context<'_>) -> Vec<Found> {
    let graph = context.graph;
    functions(context)
        .filter(|block| block.text(&["InvocationType"]) != Some("ASYNCHRONOUS"))
        .filter_map(|block| {
            let failed = block.way(Branch::Error("NoMatchingError"))?;
            let target = &graph.blocks[failed.to];
            let name = block.identifier;
            let same = block
                .way(Branch::Next)
                .is_some_and(|next| next.to == failed.to);
            let hangs_up = ["DisconnectParticipant", "EndFlowExecution"].contains(&target.kind);
            let message = if same && reads_answer(context, failed.to) {
                format!("the failure of the function in {name} is treated as its success")
            } else if !same && hangs_up {
                format!("the failure of the function in {name} ends the call without a word")
            } else {
                return None;
            };
            let found = Found::new(failed.span.clone(), message).of(name);
            Some(found.label(block.span.clone(), "the block of the function"))
        })
        .collect()
}

/// Reports whether a block reads the answer of a function, before another function is invoked.
fn reads_answer(context: &Context<'_>, from: usize) -> bool {
    let graph = context.graph;
    let reads = |block: &Block<'_>| ANSWERS.iter().any(|root| block.refers_to(root));
    let reached = graph.reachable([from], |from, _| from.kind != "InvokeLambdaFunction");
    let mut blocks = graph.blocks.iter().zip(reached);
    blocks.any(|(block, reached)| reached && reads(block))
}

fn slower_than_block(context: &Context<'_>) -> Vec<Found> {
    functions(context)
        .filter_map(|block| {
            let function = block.text(&["LambdaFunctionARN"])?;
            let takes = context.settings.function(function)?.timeout_seconds;
            let limit = ["InvocationTimeLimitSeconds"];
            let waits: u64 = block.text(&limit)?.parse().ok()?;
            (takes > waits).then(|| {
                let message = format!(
                    "the block {} waits {waits} s for a function that may take {takes} s",
                    block.identifier
                );
                Found::new(block.place(&limit), message).of(block.identifier)
            })
        })
        .collect()
}
