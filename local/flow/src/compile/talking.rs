//! Prompts and input.

use std::time::Duration;

use super::parameters::Parameters;
use crate::Key;
use crate::action::{Block, InputEncryption, InputValidation, PromptTemplate, StoreInput};
use crate::reference::Template;

/// The default time between keys, in seconds.
const DEFAULT_INTERDIGIT: &str = "5";
const DEFAULT_TERMINATOR: &str = "#";

pub(super) fn message(parameters: Parameters<'_>) -> Option<Block> {
    Some(Block::PlayPrompt {
        prompt: prompt(parameters)?,
        skip_when_buffered: parameters
            .flag("SkipWhenDTMFBufferEnabled")
            .unwrap_or(false),
    })
}

pub(super) fn messages(parameters: Parameters<'_>) -> Option<Block> {
    let messages = parameters.objects("Messages")?;
    Some(Block::LoopPrompts {
        messages: messages.into_iter().map(prompt).collect::<Option<_>>()?,
        interrupt: parameters.seconds("InterruptFrequencySeconds"),
        continues: parameters
            .flag("ContinueMessagingDuringInterrupt")
            .unwrap_or(false),
    })
}

/// Reads the three forms of this action type: touch-tone buffer, store and menu.
pub(super) fn input(parameters: Parameters<'_>) -> Option<Block> {
    let store = parameters.flag("StoreInput").unwrap_or(false);
    if let Some(enable) = parameters.flag("EnableDTMFBuffer") {
        return Some(Block::TouchToneBuffer {
            enable,
            store,
            encryption: encryption(parameters),
        });
    }
    let prompt = prompt(parameters)?;
    let time_limit = parameters.seconds("InputTimeLimitSeconds")?;
    Some(match store {
        true => Block::StoreInput(Box::new(store_input(parameters, prompt, time_limit)?)),
        false => Block::Menu { prompt, time_limit },
    })
}

fn store_input(
    parameters: Parameters<'_>,
    prompt: PromptTemplate,
    first_key: Duration,
) -> Option<StoreInput> {
    let keys = parameters.object("DTMFConfiguration");
    let terminator = keys
        .and_then(|keys| keys.text("InputTerminationSequence"))
        .unwrap_or(DEFAULT_TERMINATOR);
    Some(StoreInput {
        prompt,
        first_key,
        next_key: keys
            .and_then(|keys| keys.template("InterdigitTimeLimitSeconds"))
            .unwrap_or_else(|| Template::literal(DEFAULT_INTERDIGIT)),
        terminator: terminator.chars().map(Key::new).collect::<Option<_>>()?,
        cancel_key: !keys
            .and_then(|keys| keys.flag("DisableCancelKey"))
            .unwrap_or(false),
        validation: validation(parameters.object("InputValidation")?)?,
        encryption: encryption(parameters),
    })
}

fn encryption(parameters: Parameters<'_>) -> Option<InputEncryption> {
    let encryption = parameters.object("InputEncryption")?;
    Some(InputEncryption {
        key_id: encryption.template("EncryptionKeyId")?,
        certificate: encryption.template("Key")?,
    })
}

fn validation(validation: Parameters<'_>) -> Option<InputValidation> {
    if let Some(custom) = validation.object("CustomValidation") {
        return custom
            .template("MaximumLength")
            .map(InputValidation::Length);
    }
    let phone = validation.object("PhoneNumberValidation")?;
    Some(match phone.text("NumberFormat")? {
        "Local" => InputValidation::Local {
            country: phone.text("CountryCode")?.to_owned(),
        },
        _ => InputValidation::E164,
    })
}

/// Returns the prompt among the parameters.
pub(super) fn prompt(parameters: Parameters<'_>) -> Option<PromptTemplate> {
    if let Some(media) = parameters.object("Media") {
        return media.template("Uri").map(PromptTemplate::Media);
    }
    let text = parameters.template("Text").map(PromptTemplate::Text);
    let ssml = || parameters.template("SSML").map(PromptTemplate::Ssml);
    let recording = || {
        parameters
            .template("PromptId")
            .map(PromptTemplate::Recording)
    };
    text.or_else(ssml).or_else(recording)
}
