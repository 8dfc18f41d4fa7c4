//! `SendTextMessageRequest` and its constraints, as defined by the service model.

use std::collections::BTreeMap;

use local_wire::Fault;
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct SendTextMessage {
    destination_phone_number: Option<String>,
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

/// A violated constraint: the member and a sentence.
type Complaint = (&'static str, String);

impl SendTextMessage {
    pub(super) fn check(self) -> Result<Message, Fault> {
        let Some(phone_number) = &self.destination_phone_number else {
            return Err(missing("DestinationPhoneNumber"));
        };
        // The model does not require a body, but a message without one is refused.
        let Some(body) = &self.message_body else {
            return Err(missing("MessageBody"));
        };
        let mut complaints = Vec::new();
        phone_number_form(phone_number, &mut complaints);
        body_form(body, &mut complaints);
        self.option_forms(&mut complaints);
        self.map_forms(&mut complaints);
        if !complaints.is_empty() {
            return Err(broken(&complaints));
        }
        let digits = phone_number.trim_start_matches('+');
        if digits.len() > 15 {
            return Err(validation(
                "CANNOT_PARSE",
                "DestinationPhoneNumber has more digits than a phone number can have.",
                &[],
            ));
        }
        Ok(Message {
            phone_number: format!("+{digits}"),
            body: body.clone(),
            dry_run: self.dry_run,
            attributes: self.attributes(),
        })
    }

    fn option_forms(&self, complaints: &mut Vec<Complaint>) {
        let name = |byte: u8| byte.is_ascii_alphanumeric() || b"_:/-".contains(&byte);
        let identity = |byte: u8| name(byte) || byte == b'+';
        for (member, value, allowed) in [
            (
                "OriginationIdentity",
                &self.origination_identity,
                &identity as &dyn Fn(u8) -> bool,
            ),
            ("ConfigurationSetName", &self.configuration_set_name, &name),
            (
                "ProtectConfigurationId",
                &self.protect_configuration_id,
                &name,
            ),
        ] {
            if let Some(value) = value
                && !((1..=256).contains(&value.len()) && value.bytes().all(allowed))
            {
                complaints.push((member, "must have the form of a name or an ARN".into()));
            }
        }
        if let Some(kind) = &self.message_type
            && !matches!(kind.as_str(), "TRANSACTIONAL" | "PROMOTIONAL")
        {
            complaints.push(("MessageType", "must be TRANSACTIONAL or PROMOTIONAL".into()));
        }
        if let Some(keyword) = &self.keyword
            && !(1..=30).contains(&keyword.chars().count())
        {
            complaints.push(("Keyword", "must have 1 to 30 characters".into()));
        }
        if let Some(price) = &self.max_price
            && !is_price(price)
        {
            complaints.push((
                "MaxPrice",
                "must be a price in US dollars with a decimal point, such as 0.20".into(),
            ));
        }
        if let Some(seconds) = self.time_to_live
            && !(5..=259_200).contains(&seconds)
        {
            complaints.push(("TimeToLive", "must be 5 to 259200 seconds".into()));
        }
    }

    fn map_forms(&self, complaints: &mut Vec<Complaint>) {
        let length = |text: &str| text.chars().count();
        let context = self.context.len() <= 5
            && self.context.iter().all(|(key, value)| {
                (1..=100).contains(&length(key))
                    && !key.contains(char::is_whitespace)
                    && (1..=800).contains(&length(value))
                    && value.trim() == value
            });
        if !context {
            complaints.push((
                "Context",
                "must have at most 5 entries with keys of 100 and values of 800 characters".into(),
            ));
        }
        let country = self
            .destination_country_parameters
            .iter()
            .all(|(key, value)| {
                matches!(key.as_str(), "IN_TEMPLATE_ID" | "IN_ENTITY_ID")
                    && (1..=64).contains(&length(value))
            });
        if !country {
            complaints.push((
                "DestinationCountryParameters",
                "must have no other keys than IN_TEMPLATE_ID and IN_ENTITY_ID".into(),
            ));
        }
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

/// Checks the form `\+?[1-9][0-9]{1,18}`.
fn phone_number_form(number: &str, complaints: &mut Vec<Complaint>) {
    let digits = number.strip_prefix('+').unwrap_or(number);
    let formed = (2..=19).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    if !formed {
        complaints.push((
            "DestinationPhoneNumber",
            "must be a phone number in E.164 form".into(),
        ));
    }
}

fn body_form(body: &str, complaints: &mut Vec<Complaint>) {
    let length = body.chars().count();
    if body.trim().is_empty() {
        complaints.push(("MessageBody", "must not be blank".into()));
    } else if length > 1_600 {
        complaints.push((
            "MessageBody",
            format!("must have at most 1600 characters, but has {length}"),
        ));
    }
}

/// Reports whether a text has the form `[0-9]{0,2}\.[0-9]{1,5}`.
fn is_price(text: &str) -> bool {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('.').is_some_and(|(dollars, rest)| {
        dollars.len() <= 2 && (1..=5).contains(&rest.len()) && digits(dollars) && digits(rest)
    })
}

fn missing(member: &'static str) -> Fault {
    validation(
        "MISSING_PARAMETER",
        &format!("{member} is missing."),
        &[(member, "is missing".into())],
    )
}

fn broken(complaints: &[Complaint]) -> Fault {
    let sentence: Vec<String> = complaints
        .iter()
        .map(|(member, complaint)| format!("{member} {complaint}."))
        .collect();
    validation("FIELD_VALIDATION_FAILED", &sentence.join(" "), complaints)
}

fn validation(reason: &str, sentence: &str, complaints: &[Complaint]) -> Fault {
    let fault = Fault::new(400, "ValidationException", sentence).with("Reason", reason.into());
    if complaints.is_empty() {
        return fault;
    }
    let fields = complaints
        .iter()
        .map(|(member, complaint)| json!({ "Name": member, "Message": complaint }))
        .collect();
    fault.with("Fields", fields)
}
