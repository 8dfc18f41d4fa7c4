//! Attributes, voice, logging and the other settings of a contact.

use serde_json::Value;

use crate::action::{Block, ContactField};
use crate::check::fields::{Class, Fields};
use crate::check::rules::{NO_MATCH, Rules};
use crate::reference::Template;

const MOST_TAGS: usize = 6;
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
const CONTACT_FIELDS: &[(&str, ContactField)] = &[
    ("Name", ContactField::Name),
    ("Description", ContactField::Description),
    ("LanguageCode", ContactField::LanguageCode),
    ("CustomerId", ContactField::CustomerId),
    ("WisdomSessionArn", ContactField::Other("WisdomSessionArn")),
    (
        "VoiceAuthenticationThreshold",
        ContactField::Other("VoiceAuthenticationThreshold"),
    ),
    (
        "VoiceAuthenticationResponseTime",
        ContactField::Other("VoiceAuthenticationResponseTime"),
    ),
    (
        "FraudDetectionThreshold",
        ContactField::Other("FraudDetectionThreshold"),
    ),
    ("WatchlistId", ContactField::Other("WatchlistId")),
    (
        "IsVoiceIdStreamingEnabled",
        ContactField::Other("IsVoiceIdStreamingEnabled"),
    ),
    (
        "IsVoiceAuthenticationEnabled",
        ContactField::Other("IsVoiceAuthenticationEnabled"),
    ),
    (
        "IsFraudDetectionEnabled",
        ContactField::Other("IsFraudDetectionEnabled"),
    ),
];

const CAN_FAIL: Rules = Rules::errors(&[NO_MATCH], &[]);
const CANNOT_FAIL: Rules = Rules::errors(&[], &[]);

/// Reports whether the block applies to the related contact; `None` if the parameter is invalid.
fn related(fields: &Fields<'_>) -> Option<bool> {
    if !fields.has("TargetContact") {
        return Some(false);
    }
    let target = fields.choice("TargetContact", &["Current", "Related"])?;
    Some(target == "Related")
}

pub(super) fn attributes(fields: Fields<'_>) -> (Option<Block>, Rules) {
    fields.require("Attributes");
    let attributes = fields.map("Attributes").map(templates);
    if attributes.as_ref().is_some_and(Vec::is_empty) {
        fields.invalid("Attributes");
    }
    let related = related(&fields);
    fields.finish();
    let block = attributes
        .zip(related)
        .map(|(attributes, related)| Block::SetAttributes {
            attributes,
            related,
        });
    (block, CAN_FAIL)
}

fn templates(pairs: Vec<(&str, &str)>) -> Vec<(Template, Template)> {
    pairs
        .into_iter()
        .map(|(key, value)| (Template::parse(key), Template::parse(value)))
        .collect()
}

/// Console exports contain `{"key": {"Value": "v"}}`; one source adds `"Type": "String"`.
pub(super) fn flow_attributes(fields: Fields<'_>) -> (Option<Block>, Rules) {
    let name = "FlowAttributes";
    fields.require(name);
    let mut attributes = Vec::new();
    let mut complete = false;
    if let Some(map) = fields.object(name) {
        complete = true;
        for (key, value) in map.entries() {
            let Value::Object(value) = value else {
                map.invalid(key);
                complete = false;
                continue;
            };
            let path = format!("{}.{key}", map.path());
            let entry = Fields::new(value, path, fields.problems());
            match entry.required_template("Value", Class::Any) {
                Some(template) => attributes.push((key.clone(), template)),
                None => complete = false,
            }
            entry.choice("Type", &["String"]);
            entry.finish();
        }
        if complete && attributes.is_empty() {
            fields.invalid(name);
        }
    }
    fields.finish();
    let block = complete.then_some(Block::SetFlowAttributes { attributes });
    (block, CAN_FAIL)
}

pub(super) fn contact_data(fields: Fields<'_>) -> (Option<Block>, Rules) {
    let related = related(&fields);
    let given = CONTACT_FIELDS.iter().any(|(name, _)| fields.has(name));
    let set: Vec<_> = CONTACT_FIELDS
        .iter()
        .filter_map(|&(name, field)| Some((field, fields.template(name, Class::Any)?)))
        .collect();
    if !given {
        fields
            .problems()
            .report("At least one of [Name, Description, LanguageCode, CustomerId, WisdomSessionArn] must be set");
    }
    fields.finish();
    let block = related.map(|related| Block::SetContactData {
        fields: set,
        related,
    });
    (block, CAN_FAIL)
}

pub(super) fn voice(fields: Fields<'_>) -> (Option<Block>, Rules) {
    let voice = fields.required_template("TextToSpeechVoice", Class::Any);
    // The service publishes unknown engines, too; they fail when the block runs.
    let engine = fields.template("TextToSpeechEngine", Class::Any);
    let style = fields.template("TextToSpeechStyle", Class::Any);
    // Of the voices of other makers, which need a key of theirs.
    fields.template("ExternalCredentialSecretARN", Class::Any);
    if let Some(style) = style.as_ref().filter(|style| style.is_static())
        && !["None", "Conversational", "Newscaster"].contains(&style.source().as_str())
    {
        fields.invalid("TextToSpeechStyle");
    }
    fields.finish();
    let block = voice.map(|voice| Block::SetVoice {
        voice,
        engine,
        style,
    });
    (block, Rules::errors(&[], &[NO_MATCH]))
}

pub(super) fn logging(fields: Fields<'_>) -> (Option<Block>, Rules) {
    fields.require("FlowLoggingBehavior");
    let behavior = fields.choice("FlowLoggingBehavior", &["Enabled", "Disabled"]);
    fields.finish();
    let block = behavior.map(|behavior| Block::SetLogging {
        enabled: behavior == "Enabled",
    });
    (block, CANNOT_FAIL)
}

pub(super) fn recording(fields: Fields<'_>) -> (Option<Block>, Rules) {
    fields.require("RecordingBehavior");
    let mut participants = None;
    if let Some(behavior) = fields.object("RecordingBehavior") {
        behavior.require("RecordedParticipants");
        participants = recorded(&behavior, "RecordedParticipants", &["Agent", "Customer"]);
        recorded(&behavior, "ScreenRecordedParticipants", &["Agent"]);
        behavior.choice("IVRRecordingBehavior", &["Enabled", "Disabled"]);
        behavior.finish();
    }
    fields.object("AnalyticsBehavior");
    fields.finish();
    let block = participants.map(|participants| Block::SetRecording { participants });
    (block, CANNOT_FAIL)
}

fn recorded(fields: &Fields<'_>, name: &'static str, known: &[&str]) -> Option<Vec<String>> {
    let list = fields.list(name)?;
    let mut participants = Vec::with_capacity(list.len());
    for (at, participant) in list.iter().enumerate() {
        match participant.as_str() {
            Some(participant) if known.contains(&participant) => {
                participants.push(participant.to_owned());
            }
            Some("") => return None,
            _ => {
                fields.invalid(&format!("{name}[{at}]"));
                return None;
            }
        }
    }
    Some(participants)
}

pub(super) fn event_hooks(fields: Fields<'_>) -> (Option<Block>, Rules) {
    let name = "EventHooks";
    fields.require(name);
    let mut block = None;
    if let Some(hooks) = fields.object(name) {
        let given: Vec<_> = HOOKS.iter().filter(|hook| hooks.has(hook)).collect();
        match given.as_slice() {
            [hook] => {
                let flow = hooks.template(hook, Class::One);
                match &flow {
                    // An empty text counts as missing here.
                    None if hooks.raw(hook).is_some_and(|value| value == "") => hooks.missing(hook),
                    Some(flow) if is_bare_id(&flow.source()) => hooks.invalid(hook),
                    _ => block = flow.map(|flow| Block::SetEventHook { hook, flow }),
                }
            }
            [] => fields.invalid(name),
            several => {
                for hook in several {
                    hooks.raw(hook);
                }
                fields.invalid(name);
            }
        }
        hooks.finish();
    }
    if let Some(configuration) = fields.object("EventHooksConfiguration") {
        for hook in HOOKS {
            if let Some(settings) = configuration.object(hook) {
                settings.boolean("DisableExecution");
                settings.finish();
            }
        }
        configuration.finish();
    }
    fields.finish();
    (block, CAN_FAIL)
}

/// Whether a text is the id of a flow alone. A hook takes its ARN.
fn is_bare_id(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

pub(super) fn tag(fields: Fields<'_>) -> (Option<Block>, Rules) {
    fields.require("Tags");
    let tags = fields.map("Tags").map(templates);
    for (key, _) in tags.iter().flatten() {
        if key.source().to_ascii_lowercase().starts_with("aws:") {
            fields.invalid(&format!("Tags.{}", key.source()));
        }
    }
    match tags.as_ref().map(Vec::len) {
        Some(0) => fields.invalid("Tags"),
        Some(count) if count > MOST_TAGS => fields
            .problems()
            .report(format!("More than {MOST_TAGS} tags in Parameters.Tags")),
        _ => {}
    }
    fields.finish();
    (tags.map(|tags| Block::Tag { tags }), CAN_FAIL)
}

pub(super) fn untag(fields: Fields<'_>) -> (Option<Block>, Rules) {
    let name = "TagKeys";
    fields.require(name);
    let mut keys = None;
    if let Some(list) = fields.list(name) {
        let read: Option<Vec<_>> = list
            .iter()
            .map(|key| key.as_str().map(Template::parse))
            .collect();
        if read.as_ref().is_none_or(Vec::is_empty) {
            fields.invalid(name);
        }
        keys = read;
    }
    fields.finish();
    (keys.map(|keys| Block::Untag { keys }), CAN_FAIL)
}
