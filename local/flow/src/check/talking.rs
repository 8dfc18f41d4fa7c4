//! Prompts, input and hanging up.

use std::time::Duration;

use crate::Key;
use crate::action::{Block, InputValidation, PromptTemplate, StoreInput};
use crate::check::fields::{Class, Fields};
use crate::check::rules::{ConditionRule, NO_CONDITION, NO_MATCH, Rules};

/// The longest time of any block: a week.
const LONGEST_WAIT: u64 = 604_800;
/// The default time between keys.
const DEFAULT_INTERDIGIT: Duration = Duration::from_secs(5);
const LONGEST_TERMINATOR: usize = 5;

pub(super) fn message(fields: Fields<'_>) -> (Option<Block>, Rules) {
    let prompt = required_prompt(&fields);
    let skip = fields.boolean("SkipWhenDTMFBufferEnabled").unwrap_or(false);
    fields.finish();
    let block = prompt.map(|prompt| Block::PlayPrompt {
        prompt,
        skip_when_buffered: skip,
    });
    (block, Rules::errors(&[], &[NO_MATCH]))
}

pub(super) fn messages(fields: Fields<'_>) -> (Option<Block>, Rules) {
    fields.require("Messages");
    let mut messages = Vec::new();
    let mut complete = true;
    for (at, message) in fields
        .list("Messages")
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        let name = format!("Messages[{at}]");
        match message.as_object() {
            Some(map) => {
                let path = format!("{}.{name}", fields.path());
                let message = Fields::new(map, path, fields.problems());
                match required_prompt(&message) {
                    Some(prompt) => messages.push(prompt),
                    None => complete = false,
                }
                message.finish();
            }
            None => {
                fields.invalid(&name);
                complete = false;
            }
        }
    }
    if fields.has("Messages") && complete && messages.is_empty() {
        fields.invalid("Messages");
        complete = false;
    }
    let interrupt = interrupt(&fields);
    let continues = fields.boolean("ContinueMessagingDuringInterrupt") == Some(true);
    fields.finish();
    let block = (complete && !messages.is_empty()).then_some(Block::LoopPrompts {
        messages,
        interrupt,
        continues,
    });
    // The console exports this action without NextAction.
    let rules = Rules::errors(&[], &[NO_MATCH])
        .with(ConditionRule::Results {
            required: &[],
            optional: &["MessagesInterrupted"],
        })
        .next_optional();
    (block, rules)
}

/// The service's second validator refuses a time out of bounds, by the parameter's old name.
fn interrupt(fields: &Fields<'_>) -> Option<Duration> {
    let seconds = fields.number("InterruptFrequencySeconds", 0, LONGEST_WAIT);
    if seconds == Some(0) {
        fields.problems().report(format!(
            "Invalid Action property value. Path: {}.InterruptSeconds",
            fields.position()
        ));
        return None;
    }
    seconds.map(Duration::from_secs)
}

pub(super) fn disconnect(fields: Fields<'_>) -> (Option<Block>, Rules) {
    fields.finish();
    (Some(Block::Disconnect), Rules::TERMINAL)
}

pub(super) fn end_flow(fields: Fields<'_>) -> (Option<Block>, Rules) {
    fields.finish();
    (Some(Block::EndFlow), Rules::TERMINAL)
}

/// Reads the three forms of this action type: touch-tone buffer, store and menu.
pub(super) fn input(fields: Fields<'_>) -> (Option<Block>, Rules) {
    if fields.has("EnableDTMFBuffer") {
        return buffer(fields);
    }
    fields.require("InputTimeLimitSeconds");
    let time_limit = fields.seconds("InputTimeLimitSeconds", 1, LONGEST_WAIT);
    fields.require("StoreInput");
    let store = fields.boolean("StoreInput").unwrap_or(false);
    let prompt = required_prompt(&fields);
    if store {
        return store_input(fields, prompt, time_limit);
    }
    fields.finish();
    let block = prompt.zip(time_limit);
    let block = block.map(|(prompt, time_limit)| Block::Menu { prompt, time_limit });
    let rules = Rules::errors(&["InputTimeLimitExceeded", NO_CONDITION, NO_MATCH], &[])
        .with(ConditionRule::Keys);
    (block, rules)
}

fn buffer(fields: Fields<'_>) -> (Option<Block>, Rules) {
    let enable = fields.boolean("EnableDTMFBuffer");
    let mut store = false;
    if enable == Some(false) {
        store = fields.boolean("StoreInput").unwrap_or(false);
        encryption(&fields);
    }
    let encrypted = fields.has("InputEncryption");
    fields.finish();
    let block = enable.map(|enable| match encrypted {
        true => Block::Unsupported,
        false => Block::TouchToneBuffer { enable, store },
    });
    (block, Rules::errors(&[NO_MATCH], &[]))
}

fn store_input(
    fields: Fields<'_>,
    prompt: Option<PromptTemplate>,
    time_limit: Option<Duration>,
) -> (Option<Block>, Rules) {
    fields.require("InputValidation");
    let (validation, by_phone) = validation(&fields);
    let mut next_key = Some(DEFAULT_INTERDIGIT);
    let mut cancel_key = Some(true);
    let mut terminator = Key::new('#').map(|hash| vec![hash]);
    if let Some(dtmf) = fields.object("DTMFConfiguration") {
        if dtmf.has("InterdigitTimeLimitSeconds") {
            next_key = dtmf.seconds("InterdigitTimeLimitSeconds", 1, 20);
        }
        if dtmf.has("DisableCancelKey") {
            cancel_key = dtmf.boolean("DisableCancelKey").map(|disabled| !disabled);
        }
        if dtmf.has("InputTerminationSequence") {
            terminator = self::terminator(&dtmf, cancel_key.unwrap_or(true));
        }
        dtmf.raw("InterdigitTimeLimitSeconds");
        dtmf.finish();
    }
    encryption(&fields);
    let encrypted = fields.has("InputEncryption");
    if encrypted && by_phone {
        fields.invalid_name("InputEncryption");
    }
    fields.finish();
    let block = (|| {
        let store = StoreInput {
            prompt: prompt?,
            first_key: time_limit?,
            next_key: next_key?,
            terminator: terminator?,
            cancel_key: cancel_key?,
            validation: validation?,
        };
        // Encryption is not implemented, and storing the input in plain text instead would be
        // wrong.
        Some(match encrypted {
            true => Block::Unsupported,
            false => Block::StoreInput(Box::new(store)),
        })
    })();
    let rules = match by_phone {
        true => Rules::errors(&["InvalidPhoneNumber", NO_MATCH], &[]),
        false => Rules::errors(&[NO_MATCH], &[]),
    };
    (block, rules)
}

/// Returns the validation, and whether it is that of phone numbers.
fn validation(fields: &Fields<'_>) -> (Option<InputValidation>, bool) {
    let Some(validation) = fields.object("InputValidation") else {
        return (None, false);
    };
    let custom = validation.has("CustomValidation");
    let phone = validation.has("PhoneNumberValidation");
    if custom && phone {
        fields.problems().report(
            "Only one of these properties may be defined. \
             Properties: [CustomValidation, PhoneNumberValidation]",
        );
    }
    if !custom && !phone {
        fields
            .problems()
            .report("At least one of [CustomValidation, PhoneNumberValidation] must be set");
    }
    let mut read = None;
    if let Some(custom) = validation.object("CustomValidation") {
        custom.require("MaximumLength");
        // The maximum that the service accepts is not documented.
        read = custom
            .number("MaximumLength", 1, 1_000_000)
            .and_then(|length| usize::try_from(length).ok())
            .map(InputValidation::Length);
        custom.finish();
    }
    if let Some(phone) = validation.object("PhoneNumberValidation") {
        phone.require("NumberFormat");
        let format = phone.choice("NumberFormat", &["Local", "E164"]);
        let country = phone.text("CountryCode");
        read = match format {
            Some("Local") => {
                phone.require("CountryCode");
                country.map(|country| InputValidation::Local {
                    country: country.to_owned(),
                })
            }
            Some(_) => Some(InputValidation::E164),
            None => None,
        };
        phone.finish();
    }
    validation.finish();
    (read, phone)
}

fn terminator(dtmf: &Fields<'_>, cancel_key: bool) -> Option<Vec<Key>> {
    let name = "InputTerminationSequence";
    let keys: Option<Vec<Key>> = dtmf.text(name)?.chars().map(Key::new).collect();
    let keys = keys.filter(|keys| {
        let has_star = keys.iter().any(|key| key.symbol() == '*');
        keys.len() <= LONGEST_TERMINATOR && !(has_star && cancel_key)
    });
    if keys.is_none() {
        dtmf.invalid(name);
    }
    keys
}

fn encryption(fields: &Fields<'_>) {
    if let Some(encryption) = fields.object("InputEncryption") {
        for name in ["EncryptionKeyId", "Key"] {
            encryption.required_template(name, Class::Any);
        }
        encryption.finish();
    }
}

fn required_prompt(fields: &Fields<'_>) -> Option<PromptTemplate> {
    match optional_prompt(fields) {
        Ok(Some(prompt)) => Some(prompt),
        Ok(None) => {
            fields
                .problems()
                .report("At least one of [Text, SSML, PromptId, Media] must be set");
            None
        }
        Err(()) => None,
    }
}

/// Returns the prompt, if there is one; `Err` if it is invalid, which has been reported.
fn optional_prompt(fields: &Fields<'_>) -> Result<Option<PromptTemplate>, ()> {
    let given: Vec<_> = ["Text", "SSML", "PromptId", "Media"]
        .into_iter()
        .filter(|name| fields.has(name))
        .collect();
    if given.len() > 1 {
        fields.problems().report(format!(
            "Only one of these properties may be defined. Properties: [{}]",
            given.join(", ")
        ));
    }
    let text = fields.template("Text", Class::Any);
    let ssml = fields.template("SSML", Class::Any);
    let recording = fields.template("PromptId", Class::One);
    let media = fields.object("Media").and_then(|media| {
        let uri = media.required_template("Uri", Class::Any);
        media.require("SourceType");
        let source = media.choice("SourceType", &["S3"]);
        media.require("MediaType");
        let kind = media.choice("MediaType", &["Audio"]);
        media.finish();
        source.and(kind).and(uri)
    });
    let prompt = text
        .map(PromptTemplate::Text)
        .or(ssml.map(PromptTemplate::Ssml))
        .or(recording.map(PromptTemplate::Recording))
        .or(media.map(PromptTemplate::Media));
    match (given.len(), prompt) {
        (0, _) => Ok(None),
        (1, Some(prompt)) => Ok(Some(prompt)),
        _ => Err(()),
    }
}
