//! Messages that the caller hears.

use std::collections::BTreeSet;
use std::ops::Range;

use connect_flow::{check_ssml, speaking_time, without_tags};
use jsonc_parser::ast::Object;

use super::{Check, Context, Rule, Severity, example};
use crate::finding::Found;
use crate::tree;

pub(super) static LONG_MESSAGE: Rule = Rule {
    id: "lint/long-message",
    severity: Severity::Warning,
    summary: "A message must be short enough for a caller to listen to.",
    explanation: "Callers of a long message hang up, or miss the choices at its end. The time is that of the \
                  text without markup at 140 ms a character, the pace of a Japanese announcement; English takes \
                  about half of it. A reference counts as its name is long. The limit is 60 seconds, or \
                  `longestMessageSeconds` of the settings.",
    remedy: "Shorten the message, or divide it and let the caller choose what to hear.",
    bad: example!(
        "long-message.bad.json",
        CONTACT_FLOW,
        r#"{"longestMessageSeconds": 10}"#
    ),
    good: example!(
        "long-message.good.json",
        CONTACT_FLOW,
        r#"{"longestMessageSeconds": 10}"#
    ),
    check: Check::Lint(long_message),
};

pub(super) static INVALID_SSML: Rule = Rule {
    id: "lint/invalid-ssml",
    severity: Severity::Error,
    summary: "SSML must be well-formed, with tags that Amazon Polly speaks.",
    explanation: "The service publishes any text as SSML. Amazon Polly refuses it in the call, and the block \
                  takes its error branch, or the call stops. The tags are those of Polly's page \"Supported SSML \
                  tags\", for the engine of the flow's voices if they all have the same one.",
    remedy: "Correct the markup; write `&amp;` and `&lt;` for `&` and `<`.",
    bad: example!("invalid-ssml.bad.json"),
    good: example!("invalid-ssml.good.json"),
    check: Check::Lint(invalid_ssml),
};

/// A prompt of a block.
struct Message<'a> {
    block: &'a str,
    text: &'a str,
    ssml: bool,
    span: Range<usize>,
}

/// Returns the texts that the blocks speak.
fn messages<'c>(context: &'c Context<'_>) -> Vec<Message<'c>> {
    let mut messages = Vec::new();
    for block in &context.graph.blocks {
        let speaks = matches!(
            block.kind,
            "ConnectParticipantWithLexBot"
                | "GetParticipantInput"
                | "MessageParticipant"
                | "MessageParticipantIteratively"
        );
        let Some(parameters) = block.parameters.filter(|_| speaks) else {
            continue;
        };
        let list = tree::member(parameters, "Messages").and_then(|list| list.as_array());
        let listed = list.into_iter().flat_map(|list| &list.elements);
        let objects: Vec<&Object<'_>> = listed
            .filter_map(|message| message.as_object())
            .chain([parameters])
            .collect();
        for object in objects {
            for (name, ssml) in [("Text", false), ("SSML", true)] {
                if let Some(value) =
                    tree::member(object, name).and_then(|value| value.as_string_lit())
                {
                    messages.push(Message {
                        block: block.identifier,
                        text: &value.value,
                        ssml,
                        span: tree::span(value),
                    });
                }
            }
        }
    }
    messages
}

fn long_message(context: &Context<'_>) -> Vec<Found> {
    let longest = context.settings.longest_message;
    messages(context)
        .into_iter()
        .filter_map(|message| {
            let took = match message.ssml {
                true => speaking_time(&without_tags(message.text)),
                false => speaking_time(message.text),
            };
            (took > longest).then(|| {
                let said = format!(
                    "the message of the block {} takes about {} s, and must take at most {} s",
                    message.block,
                    took.as_secs(),
                    longest.as_secs()
                );
                Found::new(message.span, said).of(message.block)
            })
        })
        .collect()
}

fn invalid_ssml(context: &Context<'_>) -> Vec<Found> {
    let engines: BTreeSet<&str> = context
        .graph
        .blocks
        .iter()
        .filter(|block| block.kind == "UpdateContactTextToSpeechVoice")
        .map(|block| block.text(&["TextToSpeechEngine"]).unwrap_or_default())
        .collect();
    let engine = match engines.first() {
        Some(engine) if engines.len() == 1 && !engine.is_empty() => Some(*engine),
        _ => None,
    };
    messages(context)
        .into_iter()
        .filter(|message| message.ssml)
        .filter_map(|message| {
            let why = check_ssml(message.text, engine).err()?;
            let said = format!("in the block {}, {why}", message.block);
            Some(Found::new(message.span, said).of(message.block))
        })
        .collect()
}
