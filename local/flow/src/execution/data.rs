//! Attributes, voice, logging and the other settings of a contact.

use super::{Execution, Step};
use crate::action::{Action, ContactField};
use crate::reference::Template;
use crate::voices;
use crate::{PollyVoice, Voice};

/// All attributes together, keys and values, in bytes.
const LARGEST_ATTRIBUTES: usize = 32 * 1024;
/// Engines of the speech service, in lower case and without the dash.
const ENGINES: &[&str] = &["standard", "neural", "longform", "generative"];

impl Execution {
    /// All or nothing: one attribute that cannot be set keeps all others from being set.
    pub(super) fn set_attributes(
        &mut self,
        action: &Action,
        attributes: &[(Template, Template)],
        related: bool,
    ) -> Step {
        let mut resolved = Vec::with_capacity(attributes.len());
        for (key, value) in attributes {
            let key = self.render(key);
            let value = self.value(value);
            resolved.push((key, value));
        }
        for (key, value) in &resolved {
            self.log(action, "SetAttributes", None, || {
                vec![
                    ("Key", key.clone()),
                    ("Value", value.clone().unwrap_or_default()),
                    ("AddAttributeToRelatedContact", related.to_string()),
                ]
            });
        }
        if related {
            return self.fail("there is no related contact");
        }
        if resolved
            .iter()
            .any(|(key, _)| key.is_empty() || key.contains(['$', '.']))
        {
            return self.fail("an attribute's key is empty or contains $ or a dot");
        }
        let kept = self
            .contact
            .attributes
            .iter()
            .filter(|(key, _)| !resolved.iter().any(|(new, _)| new == *key))
            .map(|(key, value)| key.len() + value.len());
        let new = resolved
            .iter()
            .filter_map(|(key, value)| Some(key.len() + value.as_ref()?.len()));
        if kept.chain(new).sum::<usize>() > LARGEST_ATTRIBUTES {
            return self.fail("the contact's attributes exceed 32 KB");
        }
        for (key, value) in resolved {
            match value {
                Some(value) => self.contact.attributes.insert(key, value),
                // An undefined value makes the attribute undefined.
                None => self.contact.attributes.remove(&key),
            };
        }
        Step::Done
    }

    pub(super) fn set_flow_attributes(
        &mut self,
        action: &Action,
        attributes: &[(String, Template)],
    ) -> Step {
        for (key, template) in attributes {
            let value = self.value(template);
            self.log(action, "SetFlowAttributes", None, || {
                vec![
                    ("Key", key.clone()),
                    ("Value", value.clone().unwrap_or_default()),
                ]
            });
            match value {
                Some(value) => self.scope.flow_attributes.insert(key.clone(), value),
                None => self.scope.flow_attributes.remove(key),
            };
        }
        Step::Done
    }

    pub(super) fn set_contact_data(
        &mut self,
        action: &Action,
        fields: &[(ContactField, Template)],
        related: bool,
    ) -> Step {
        let mut resolved = Vec::with_capacity(fields.len());
        for (field, template) in fields {
            resolved.push((*field, self.value(template)));
        }
        self.log(action, "SetContactData", None, || {
            resolved
                .iter()
                .map(|(field, value)| (field.name(), value.clone().unwrap_or_default()))
                .collect()
        });
        if related {
            return self.fail("there is no related contact");
        }
        for (field, value) in resolved {
            match field {
                ContactField::Name => self.contact.name = value,
                ContactField::Description => self.contact.description = value,
                ContactField::LanguageCode => self.contact.language_code = value,
                ContactField::CustomerId => self.contact.customer_id = value,
                ContactField::Other(name) => self.warn(format!("{name} has no effect here")),
            }
        }
        Step::Done
    }

    /// A voice its engine does not have fails, and what follows is spoken by Joanna.
    pub(super) fn set_voice(
        &mut self,
        action: &Action,
        voice: &Template,
        engine: Option<&Template>,
        style: Option<&Template>,
    ) -> Step {
        let name = self.needed(voice);
        let engine = engine.and_then(|engine| self.needed(engine));
        let style = style.and_then(|style| self.needed(style));
        self.log(action, "SetVoice", None, || {
            let parameters = [
                ("GlobalVoice", name.clone()),
                ("TextToSpeechEngine", engine.clone()),
                ("TextToSpeechStyle", style.clone()),
            ];
            parameters
                .into_iter()
                .filter_map(|(key, value)| Some((key, value?)))
                .collect()
        });
        if let Some(name) = name.as_deref().filter(|name| !voices::is_known(name)) {
            self.warn(format!(
                "no voice of Amazon Polly that is known here is called {name}: look it up, Polly gets \
                 new ones"
            ));
        }
        match name.filter(|name| can_speak(name, engine.as_deref())) {
            Some(name) => {
                self.contact.voice = Voice {
                    name,
                    engine,
                    style,
                };
                Step::Done
            }
            None => {
                self.contact.voice = Voice::default();
                self.fail("this voice does not exist with this engine")
            }
        }
    }

    pub(super) fn set_logging(&mut self, action: &Action, enabled: bool) -> Step {
        // The block that switches logging on is the first to be logged, the one that switches it
        // off the last: "disabled" is about the blocks that follow.
        self.logging |= enabled;
        self.log(action, "SetLoggingBehavior", None, || {
            let behavior = if enabled { "Enable" } else { "Disable" };
            vec![("LoggingBehavior", behavior.to_owned())]
        });
        self.logging = enabled;
        Step::Done
    }

    /// Nobody records anything here; the block is only logged.
    pub(super) fn set_recording(&mut self, action: &Action, participants: &[String]) -> Step {
        self.log(action, "SetRecordingBehavior", None, || {
            let option = if participants.is_empty() {
                "Disable"
            } else {
                "Enable"
            };
            let mut parameters = vec![("RecordingBehaviorOption", option.to_owned())];
            match participants {
                [] => {}
                [one] => parameters.push(("RecordingParticipantOption", one.clone())),
                _ => parameters.push(("RecordingParticipantOption", "All".to_owned())),
            }
            parameters
        });
        Step::Done
    }

    pub(super) fn set_event_hook(
        &mut self,
        action: &Action,
        hook: &'static str,
        flow: &Template,
    ) -> Step {
        let flow = self.needed(flow);
        let kind = match hook {
            "AgentHold" | "AgentWhisper" | "CustomerHold" | "CustomerQueue" | "CustomerWhisper" => {
                "SetContactFlow"
            }
            _ => "SetEventHook",
        };
        self.log(action, kind, None, || {
            vec![
                ("Type", hook.to_owned()),
                ("ContactFlowId", flow.clone().unwrap_or_default()),
            ]
        });
        match flow {
            Some(flow) => {
                self.hooks.insert(hook, flow);
                Step::Done
            }
            None => self.fail("the hook's flow is not given"),
        }
    }

    pub(super) fn tag(&mut self, action: &Action, tags: &[(Template, Template)]) -> Step {
        let mut resolved = Vec::with_capacity(tags.len());
        for (key, value) in tags {
            let key = self.render(key);
            let Some(value) = self.value(value).filter(|_| !key.is_empty()) else {
                return self.fail("a tag's key or value is not given");
            };
            resolved.push((key, value));
        }
        self.log(action, "TagContact", None, Vec::new);
        self.contact.tags.extend(resolved);
        Step::Done
    }

    pub(super) fn untag(&mut self, action: &Action, keys: &[Template]) -> Step {
        self.log(action, "UntagContact", None, Vec::new);
        for key in keys {
            let key = self.render(key);
            self.contact.tags.remove(&key);
        }
        Step::Done
    }
}

/// Whether the voice exists with this engine, as far as it is known: of voices that are not Japanese
/// only the engine is looked at. Its spelling is free; without one the service picks.
fn can_speak(voice: &str, engine: Option<&str>) -> bool {
    let Some(engine) = engine else {
        return true;
    };
    match PollyVoice::named(voice).filter(|voice| voice.language == "ja") {
        Some(voice) => voice.has(engine),
        None => {
            let engine = engine.to_ascii_lowercase().replace('-', "");
            ENGINES.contains(&engine.as_str())
        }
    }
}

impl ContactField {
    fn name(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Description => "Description",
            Self::LanguageCode => "LanguageCode",
            Self::CustomerId => "CustomerId",
            Self::Other(name) => name,
        }
    }
}
