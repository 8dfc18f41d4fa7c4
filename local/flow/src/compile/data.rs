//! Attributes, voice, logging and the other settings of a contact.

use serde_json::{Map, Value};

use super::parameters::Parameters;
use crate::action::{Block, ContactField};
use crate::reference::Template;

/// The fields that UpdateContactData may set.
const CONTACT_FIELDS: &[ContactField] = &[
    ContactField::Name,
    ContactField::Description,
    ContactField::LanguageCode,
    ContactField::CustomerId,
    ContactField::Other("WisdomSessionArn"),
    ContactField::Other("VoiceAuthenticationThreshold"),
    ContactField::Other("VoiceAuthenticationResponseTime"),
    ContactField::Other("FraudDetectionThreshold"),
    ContactField::Other("WatchlistId"),
    ContactField::Other("IsVoiceIdStreamingEnabled"),
    ContactField::Other("IsVoiceAuthenticationEnabled"),
    ContactField::Other("IsFraudDetectionEnabled"),
];
const HOOKS: &[&str] = &[
    "AgentHold",
    "AgentWhisper",
    "CustomerHold",
    "CustomerQueue",
    "CustomerRemaining",
    "CustomerWhisper",
    "DefaultAgentUI",
    "DisconnectAgentUI",
    "PauseContact",
    "ResumeContact",
];

/// Reports whether the block applies to the related contact.
fn related(parameters: Parameters<'_>) -> bool {
    parameters.text("TargetContact") == Some("Related")
}

fn templates(members: &Map<String, Value>) -> Option<Vec<(Template, Template)>> {
    members
        .iter()
        .map(|(key, value)| Some((Template::parse(key), Template::parse(value.as_str()?))))
        .collect()
}

pub(super) fn attributes(parameters: Parameters<'_>) -> Option<Block> {
    Some(Block::SetAttributes {
        attributes: templates(parameters.members("Attributes")?)?,
        related: related(parameters),
    })
}

pub(super) fn flow_attributes(parameters: Parameters<'_>) -> Option<Block> {
    let attributes = parameters
        .members("FlowAttributes")?
        .iter()
        .map(|(key, entry)| {
            let value = entry.get("Value")?.as_str()?;
            Some((key.clone(), Template::parse(value)))
        });
    Some(Block::SetFlowAttributes {
        attributes: attributes.collect::<Option<_>>()?,
    })
}

pub(super) fn contact_data(parameters: Parameters<'_>) -> Option<Block> {
    let fields = CONTACT_FIELDS
        .iter()
        .filter_map(|&field| Some((field, parameters.template(field.name())?)));
    Some(Block::SetContactData {
        fields: fields.collect(),
        related: related(parameters),
    })
}

pub(super) fn voice(parameters: Parameters<'_>) -> Option<Block> {
    Some(Block::SetVoice {
        voice: parameters.template("TextToSpeechVoice")?,
        engine: parameters.template("TextToSpeechEngine"),
        style: parameters.template("TextToSpeechStyle"),
    })
}

pub(super) fn logging(parameters: Parameters<'_>) -> Option<Block> {
    Some(Block::SetLogging {
        enabled: parameters.text("FlowLoggingBehavior")? == "Enabled",
    })
}

pub(super) fn recording(parameters: Parameters<'_>) -> Option<Block> {
    let behavior = parameters.object("RecordingBehavior")?;
    let participants = behavior.texts("RecordedParticipants")?;
    Some(Block::SetRecording {
        participants: participants.into_iter().map(str::to_owned).collect(),
    })
}

pub(super) fn event_hooks(parameters: Parameters<'_>) -> Option<Block> {
    let hooks = parameters.object("EventHooks")?;
    let configuration = parameters.object("EventHooksConfiguration");
    HOOKS.iter().find_map(|hook| {
        let flow = hooks.template(hook)?;
        let disabled = configuration
            .and_then(|configuration| configuration.object(hook)?.flag("DisableExecution"))
            .unwrap_or(false);
        Some(Block::SetEventHook {
            hook,
            flow,
            disabled,
        })
    })
}

pub(super) fn tag(parameters: Parameters<'_>) -> Option<Block> {
    Some(Block::Tag {
        tags: templates(parameters.members("Tags")?)?,
    })
}

pub(super) fn untag(parameters: Parameters<'_>) -> Option<Block> {
    let keys = parameters.texts("TagKeys")?;
    Some(Block::Untag {
        keys: keys.into_iter().map(Template::parse).collect(),
    })
}
