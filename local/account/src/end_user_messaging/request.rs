//! `SendTextMessageRequest`, as defined by the service model.

use std::collections::BTreeMap;

use local_wire::Fault;
use serde::Deserialize;
use serde_json::json;

use super::opt_outs::with_plus;
use super::resources::invalid;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct SendTextMessage {
    destination_phone_number: String,
    origination_identity: Option<String>,
    message_body: Option<String>,
    message_type: Option<String>,
    keyword: Option<String>,
    configuration_set_name: Option<String>,
    max_price: Option<String>,
    time_to_live: Option<i64>,
    context: BTreeMap<String, String>,
    destination_country_parameters: BTreeMap<String, String>,
    dry_run: bool,
    protect_configuration_id: Option<String>,
    message_feedback_enabled: Option<bool>,
}

/// A request that meets all constraints.
#[derive(Debug)]
pub(super) struct Message {
    /// In E.164 form, with its plus.
    pub(super) phone_number: String,
    pub(super) body: String,
    /// All other members of the request.
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) dry_run: bool,
}

impl SendTextMessage {
    /// Checks what the service model does not say, or says in patterns that are not enforced.
    pub(super) fn check(self) -> Result<Message, Fault> {
        // The model does not require a body, but a message without one is refused.
        let Some(body) = &self.message_body else {
            return Err(validation(
                "MISSING_PARAMETER",
                "MessageBody",
                "MessageBody is required.",
            ));
        };
        let broken =
            |member, sentence| Err(validation("FIELD_VALIDATION_FAILED", member, sentence));
        if body.trim().is_empty() {
            return broken("MessageBody", "MessageBody must not be blank.");
        }
        let is_context = self.context.iter().all(|(key, value)| {
            !key.is_empty() && !key.contains(char::is_whitespace) && value.trim() == value
        });
        if !is_context {
            return broken(
                "Context",
                "Context must have keys without spaces, and values without spaces around them.",
            );
        }
        Ok(Message {
            phone_number: with_plus(&self.destination_phone_number)?,
            body: body.clone(),
            dry_run: self.dry_run,
            attributes: self.attributes(),
        })
    }

    fn attributes(self) -> BTreeMap<String, String> {
        let single = [
            ("OriginationIdentity", self.origination_identity),
            ("MessageType", self.message_type),
            ("Keyword", self.keyword),
            ("ConfigurationSetName", self.configuration_set_name),
            ("MaxPrice", self.max_price),
            ("TimeToLive", self.time_to_live.map(|ttl| ttl.to_string())),
            ("ProtectConfigurationId", self.protect_configuration_id),
            (
                "MessageFeedbackEnabled",
                self.message_feedback_enabled.map(|on| on.to_string()),
            ),
        ];
        let maps = [
            ("Context", self.context),
            (
                "DestinationCountryParameters",
                self.destination_country_parameters,
            ),
        ];
        let flat = maps.into_iter().flat_map(|(name, entries)| {
            entries
                .into_iter()
                .map(move |(key, value)| (format!("{name}.{key}"), value))
        });
        single
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .chain(flat)
            .collect()
    }
}

fn validation(reason: &str, member: &str, sentence: &str) -> Fault {
    let field = json!({ "Name": member, "Message": sentence });
    invalid(reason, sentence).with("Fields", json!([field]))
}
