//! Flows that work elsewhere, or not everywhere.

use std::ops::Range;

use jsonc_parser::ast::Value;

use super::{Check, Context, Rule, Severity, example};
use crate::finding::Found;
use crate::graph::{Block, Branch, Way};
use crate::tree;

pub(super) static HARD_CODED_ACCOUNT: Rule = Rule {
    id: "lint/hard-coded-account",
    severity: Severity::Note,
    summary: "A flow must name no account, Region or instance, so that it works in each of them.",
    explanation: "An ARN with an account or a Region works in that one alone: copied to a test instance, the flow \
                  still invokes the functions and queues of the first. A flow that a tool has just rendered for \
                  one instance names it rightly: allow the rule for such files.",
    remedy: "Render the ARN from a template, or set it as a contact attribute.",
    bad: example!("hard-coded-account.bad.json"),
    good: example!("hard-coded-account.good.json"),
    check: Check::Lint(hard_coded_account),
};

pub(super) static OLD_EXPORT_FORMAT: Rule = Rule {
    id: "lint/old-export-format",
    severity: Severity::Error,
    summary: "A flow must be in the Flow language, not in the format of the older console's exports.",
    explanation: "Exports of the older console have `modules` in place of `Actions`. The console still imports \
                  them; CreateContactFlow and Terraform never accepted them.",
    remedy: "Import the file in the console, publish it, and take the content of DescribeContactFlow.",
    bad: example!("old-export-format.bad.json"),
    good: example!("old-export-format.good.json"),
    check: Check::Service,
};

pub(super) static NOT_FOR_VOICE: Rule = Rule {
    id: "lint/not-for-voice",
    severity: Severity::Warning,
    summary: "A telephone call must meet no block that works in chats, tasks or emails alone.",
    explanation: "The service publishes the block, and a call takes its error branch. Ways that a comparison of \
                  `$.Channel` keeps from calls do not count. Known from AWS's administrator guide, \"Supported \
                  channels for flow blocks\".",
    remedy: "Compare `$.Channel` before the block, or remove it.",
    bad: example!("not-for-voice.bad.json"),
    good: example!("not-for-voice.good.json"),
    check: Check::Lint(not_for_voice),
};

pub(super) static DUPLICATE_KEY: Rule = Rule {
    id: "lint/duplicate-key",
    severity: Severity::Warning,
    summary: "An object must have each member once.",
    explanation: "JSON (RFC 8259, section 4) leaves open which of two members with one name counts. The last one \
                  does in most readers, so that a part of the file has no effect; here it is read in the same \
                  way.",
    remedy: "Remove one of the two members.",
    bad: example!("duplicate-key.bad.json"),
    good: example!("duplicate-key.good.json"),
    check: Check::Lint(duplicate_key),
};

/// The number of digits of an account's id.
const ACCOUNT_DIGITS: usize = 12;

fn hard_coded_account(context: &Context<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for block in &context.graph.blocks {
        let Some(parameters) = block.parameters else {
            continue;
        };
        tree::texts_of(parameters, &mut |text, span| {
            let named = named_in_arn(text);
            if !named.is_empty() {
                let message = format!("the block {} names {}", block.identifier, named.join(", "));
                found.push(Found::new(span, message).of(block.identifier));
            }
        });
    }
    found
}

/// Returns the account, the Region and the instance that an ARN names.
fn named_in_arn(text: &str) -> Vec<String> {
    // arn:partition:service:region:account:resource
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let &["arn", partition, _, region, account, resource] = parts.as_slice() else {
        return Vec::new();
    };
    let fixed = |text: &str| !text.is_empty() && !text.contains(['$', '{', '*']);
    let mut named = Vec::new();
    if !partition.starts_with("aws") {
        return named;
    }
    if account.len() == ACCOUNT_DIGITS && account.bytes().all(|digit| digit.is_ascii_digit()) {
        named.push(format!("the account {account}"));
    }
    if fixed(region) {
        named.push(format!("the Region {region}"));
    }
    let instance = resource.strip_prefix("instance/").unwrap_or_default();
    let instance = instance.split('/').next().unwrap_or_default();
    if fixed(instance) {
        named.push(format!("the instance {instance}"));
    }
    named
}

fn not_for_voice(context: &Context<'_>) -> Vec<Found> {
    let graph = context.graph;
    let reached = graph.reachable(graph.start, call_takes);
    let blocks = graph
        .blocks
        .iter()
        .zip(reached)
        .filter(|(_, reached)| *reached);
    blocks
        .filter_map(|(block, _)| {
            let why = needs(block)?;
            let message = format!("the block {} fails in a call: {why}", block.identifier);
            Some(Found::new(block.span.clone(), message).of(block.identifier))
        })
        .collect()
}

/// Reports whether a telephone call can take a way: it does not take those of a comparison of the channel
/// that are for another one.
fn call_takes(block: &Block<'_>, way: &Way<'_>) -> bool {
    let channel = block.text(&["ComparisonValue"]);
    if block.kind != "Compare"
        || !channel.is_some_and(|value| ["$.Channel", "$['Channel']"].contains(&value))
    {
        return true;
    }
    let voice = Branch::Condition("VOICE");
    match block.way(voice) {
        Some(_) => way.branch == voice,
        None => !matches!(way.branch, Branch::Condition(_)),
    }
}

/// Returns the requirement of a block that a telephone call does not meet.
fn needs(block: &Block<'_>) -> Option<&'static str> {
    let has = |name: &str| {
        let parameters = block.parameters;
        parameters.is_some_and(|parameters| tree::member(parameters, name).is_some())
    };
    match block.kind {
        "AuthenticateParticipant"
        | "CreatePersistentContactAssociation"
        | "ShowView"
        | "UpdateContactMediaProcessing" => Some("it needs a chat"),
        "LoadContactContent" => Some("it needs an email"),
        "ResumeContact" => Some("it needs a paused task"),
        "UpdateContactRecordingAndAnalyticsBehavior" if has("ChatBehavior") => {
            Some("its behavior is that of a chat")
        }
        // Of a voice call, the block's page supports only the form that keeps running, and events.
        "Wait" if !has("Events") && !has("ContinueExecution") && !has("MinimumWaitTimeSeconds") => {
            Some("it waits in a call only for an event, or while the flow keeps running")
        }
        _ => None,
    }
}

fn duplicate_key(context: &Context<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    duplicates(context.root, &mut |name, first, again| {
        let message = format!("the member {name} is given twice, and the last one counts");
        found.push(Found::new(again, message).label(first, "the first one"));
    });
    found
}

/// Reports a member by its name, the place of the one before, and its own.
type Report<'r> = dyn FnMut(&str, Range<usize>, Range<usize>) + 'r;

fn duplicates(value: &Value<'_>, report: &mut Report<'_>) {
    match value {
        Value::Object(object) => {
            let mut seen = std::collections::HashMap::new();
            for property in &object.properties {
                let name = property.name.as_str();
                let span = tree::span(&property.name);
                if let Some(first) = seen.insert(name, span.clone()) {
                    report(name, first, span);
                }
                duplicates(&property.value, report);
            }
        }
        Value::Array(array) => {
            for value in &array.elements {
                duplicates(value, report);
            }
        }
        _ => {}
    }
}
