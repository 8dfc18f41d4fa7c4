//! Attributes, voice, logging and the other settings of a contact.

use std::collections::BTreeMap;

use super::{Execution, Step};
use crate::action::{Action, ContactField};
use crate::reference::Template;
use crate::{PollyVoice, Voice};

/// The maximum size of all attributes together, keys and values, in bytes.
const LARGEST_ATTRIBUTES: usize = 32 * 1024;

impl Execution {
    /// Sets all attributes or none: if one cannot be set, the others are not set, either.
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
            return self.fail("the contact has no related contact");
        }
        if resolved
            .iter()
            .any(|(key, _)| key.is_empty() || key.contains(['$', '.']))
        {
            return self
                .fail("an attribute's key must not be empty, and must not contain $ or a dot");
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
            return self.fail("the contact's attributes must not exceed 32 KB");
        }
        for (key, value) in resolved {
            match value {
                Some(value) => self.contact.attributes.insert(key, value),
                // An undefined value removes the attribute.
                None => self.contact.attributes.remove(&key),
            };
        }
        Step::Done
    }

    /// Sets attributes that were changed from outside of the flow. The current and the following blocks
    /// read the new values.
    pub fn change_attributes(&mut self, attributes: BTreeMap<String, String>) {
        self.contact.attributes.extend(attributes);
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
            return self.fail("the contact has no related contact");
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

    /// Sets the voice. If Polly does not have it, or its engine does not support it, the block fails, and
    /// Joanna speaks the following prompts (administrator guide, "Set voice"). Without an engine the service
    /// selects one.
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
        let why = match name.as_deref() {
            None => "the voice must be set".to_owned(),
            Some(name) => match PollyVoice::named(name) {
                None => format!(
                    "{name} is not a known voice of Amazon Polly: check the name; Polly may have added it \
                     recently"
                ),
                Some(voice) => match engine.as_deref().filter(|engine| !voice.has(engine)) {
                    None => {
                        self.contact.voice = Voice {
                            name: voice.name.to_owned(),
                            engine,
                            style,
                        };
                        return Step::Done;
                    }
                    Some(engine) => format!(
                        "the voice {name} must have an engine that supports it ({}), but has {engine}",
                        voice.engines.join(", ")
                    ),
                },
            },
        };
        self.contact.voice = Voice::default();
        self.fail(why)
    }

    pub(super) fn set_logging(&mut self, action: &Action, enabled: bool) -> Step {
        // The block that switches logging on is the first one logged, and the block that switches
        // it off is the last one: `Disabled` applies to the blocks after it.
        self.logging |= enabled;
        self.log(action, "SetLoggingBehavior", None, || {
            let behavior = if enabled { "Enable" } else { "Disable" };
            vec![("LoggingBehavior", behavior.to_owned())]
        });
        self.logging = enabled;
        Step::Done
    }

    /// Only logs the block: nothing is recorded here.
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
        disabled: bool,
    ) -> Step {
        let flow = self.needed(flow);
        self.log(action, "SetContactFlow", None, || {
            vec![
                ("Type", hook.to_owned()),
                ("ContactFlowId", flow.clone().unwrap_or_default()),
            ]
        });
        match flow {
            Some(flow) => {
                self.hooks.insert(hook, flow);
                match disabled {
                    true => self.disabled_hooks.insert(hook),
                    false => self.disabled_hooks.remove(hook),
                };
                Step::Done
            }
            None => self.fail("the hook's flow must be set"),
        }
    }

    pub(super) fn tag(&mut self, action: &Action, tags: &[(Template, Template)]) -> Step {
        let mut resolved = Vec::with_capacity(tags.len());
        for (key, value) in tags {
            let key = self.render(key);
            let Some(value) = self.value(value).filter(|_| !key.is_empty()) else {
                return self.fail("a tag's key and value must be set");
            };
            if is_reserved(&key) {
                return self.fail("a tag's key must not begin with aws:");
            }
            resolved.push((key, value));
        }
        if let Some(record) = self.log(action, "TagContact", None, Vec::new) {
            let tags = resolved
                .iter()
                .map(|(key, value)| (key.clone(), value.as_str()));
            record.parameters.push(("Tags", tags.collect()));
        }
        self.contact.tags.extend(resolved);
        Step::Done
    }

    pub(super) fn untag(&mut self, action: &Action, keys: &[Template]) -> Step {
        let keys: Vec<_> = keys.iter().map(|key| self.render(key)).collect();
        if let Some(record) = self.log(action, "UntagContact", None, Vec::new) {
            record.parameters.push(("TagKeys", keys.as_slice().into()));
        }
        if keys.iter().any(|key| is_reserved(key)) {
            return self.fail("a tag's key must not begin with aws:");
        }
        for key in keys {
            self.contact.tags.remove(&key);
        }
        Step::Done
    }
}

/// Reports whether only the service sets this tag: keys must not begin with `aws:` (API reference of
/// TagContact, in any spelling).
fn is_reserved(key: &str) -> bool {
    key.get(..4)
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"))
}
