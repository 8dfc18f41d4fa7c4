//! Text messages: Publish to a phone number, account attributes, opt-outs, the sandbox.
//!
//! Shapes and error codes follow SNS's service model; the sentences are our own where AWS does
//! not document them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use local_wire::{Fault, Response};
use time::OffsetDateTime;

use super::deliveries::Deliveries;
use super::query::{Query, element, result};
use crate::sms::{Channel, Delivery, Outbox, Recipients, SentMessage, Standing};

/// "1,600 bytes" is SNS's limit for a text message.
const MAX_MESSAGE_BYTES: usize = 1_600;

/// How many attributes a message has here, and how many bytes they have together. AWS counts them
/// into the 256 KB of a message, of which a text message has use for very few.
const MOST_ATTRIBUTES: usize = 20;
const MOST_ATTRIBUTE_BYTES: usize = 4_096;
/// Bytes of an account attribute, an ARN above all.
const LONGEST_ATTRIBUTE: usize = 2_048;

/// The attributes that SetSMSAttributes knows.
const SMS_ATTRIBUTES: [&str; 6] = [
    "MonthlySpendLimit",
    "DeliveryStatusIAMRole",
    "DeliveryStatusSuccessSamplingRate",
    "DefaultSenderID",
    "DefaultSMSType",
    "UsageReportS3Bucket",
];

/// The SMS half of SNS.
pub(super) struct Sms {
    /// Account attributes by Region.
    attributes: Mutex<HashMap<String, BTreeMap<String, String>>>,
    outbox: Arc<Outbox>,
    recipients: Arc<Recipients>,
    deliveries: Deliveries,
}

impl Sms {
    pub(super) fn new(
        outbox: Arc<Outbox>,
        recipients: Arc<Recipients>,
        deliveries: Deliveries,
    ) -> Self {
        Self {
            attributes: Mutex::default(),
            outbox,
            recipients,
            deliveries,
        }
    }

    /// `None` when the action is about topics.
    pub(super) async fn answer(
        &self,
        region: &str,
        query: &Query,
    ) -> Option<Result<Response, Fault>> {
        let answer = match query.action() {
            "Publish" if query.get("PhoneNumber").is_some() => self.publish(region, query).await,
            "SetSMSAttributes" => self.set_attributes(region, query),
            "GetSMSAttributes" => Ok(self.get_attributes(region, query)),
            "CheckIfPhoneNumberIsOptedOut" => self.check_opted_out(region, query),
            "ListPhoneNumbersOptedOut" => Ok(self.list_opted_out(region)),
            "OptInPhoneNumber" => self.opt_in(region, query),
            "GetSMSSandboxAccountStatus" => Ok(self.sandbox_status(region)),
            "CreateSMSSandboxPhoneNumber" => self.sandbox_add(region, query),
            "VerifySMSSandboxPhoneNumber" => self.sandbox_verify(region, query),
            "DeleteSMSSandboxPhoneNumber" => self.sandbox_remove(region, query),
            "ListSMSSandboxPhoneNumbers" => Ok(self.sandbox_list(region)),
            _ => return None,
        };
        Some(answer)
    }

    fn attributes<T>(
        &self,
        region: &str,
        act: impl FnOnce(&mut BTreeMap<String, String>) -> T,
    ) -> T {
        let mut regions = self
            .attributes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        act(regions.entry(region.to_owned()).or_default())
    }

    async fn publish(&self, region: &str, query: &Query) -> Result<Response, Fault> {
        if query.get("TopicArn").is_some() || query.get("TargetArn").is_some() {
            return Err(invalid(
                "Only one of TopicArn, TargetArn and PhoneNumber may be given",
            ));
        }
        let phone_number = phone_number(query, "PhoneNumber", "is not valid to publish to")?;
        let message = query.get("Message").unwrap_or_default();
        if message.is_empty() {
            return Err(invalid("Empty message"));
        }
        if message.len() > MAX_MESSAGE_BYTES {
            return Err(invalid("Message too long"));
        }
        let attributes: BTreeMap<String, String> = query
            .entries("MessageAttributes", "Name", "Value.StringValue")
            .into_iter()
            .collect();
        check_message_attributes(&attributes)?;

        let delivery = delivery(self.recipients.standing(region, &phone_number));
        let message_id = uuid::Uuid::new_v4().to_string();
        let message = SentMessage {
            channel: Channel::Sns,
            message_id: message_id.clone(),
            region: region.to_owned(),
            phone_number,
            message: message.to_owned(),
            attributes,
            accepted_at: OffsetDateTime::now_utc(),
            delivery,
        };
        let settings = self.attributes(region, |attributes| attributes.clone());
        self.outbox.add(message.clone());
        self.deliveries.report(&message, &settings).await;
        Ok(result("Publish", &element("MessageId", &message_id)))
    }

    fn set_attributes(&self, region: &str, query: &Query) -> Result<Response, Fault> {
        let wanted = query.entries("attributes", "key", "value");
        for (name, value) in &wanted {
            check_account_attribute(name, value)?;
        }
        self.attributes(region, |attributes| {
            for (name, value) in wanted {
                // An empty value takes the attribute back; Terraform's provider does that to all
                // six when the resource is destroyed.
                if value.is_empty() {
                    attributes.remove(&name);
                } else {
                    attributes.insert(name, value);
                }
            }
        });
        Ok(result("SetSMSAttributes", ""))
    }

    fn get_attributes(&self, region: &str, query: &Query) -> Response {
        let wanted = query.members("attributes");
        let entries: String = self.attributes(region, |attributes| {
            attributes
                .iter()
                .filter(|(name, _)| wanted.is_empty() || wanted.contains(name))
                .map(|(name, value)| {
                    format!(
                        "<entry>{}{}</entry>",
                        element("key", name),
                        element("value", value)
                    )
                })
                .collect()
        });
        result(
            "GetSMSAttributes",
            &format!("<attributes>{entries}</attributes>"),
        )
    }

    fn check_opted_out(&self, region: &str, query: &Query) -> Result<Response, Fault> {
        let number = phone_number(query, "phoneNumber", "is not a phone number")?;
        let opted_out = self
            .recipients
            .with(region, |lists| lists.opted_out.contains(&number));
        Ok(result(
            "CheckIfPhoneNumberIsOptedOut",
            &element("isOptedOut", &opted_out.to_string()),
        ))
    }

    fn list_opted_out(&self, region: &str) -> Response {
        let members: String = self.recipients.with(region, |lists| {
            lists
                .opted_out
                .iter()
                .map(|number| element("member", number))
                .collect()
        });
        result(
            "ListPhoneNumbersOptedOut",
            &format!("<phoneNumbers>{members}</phoneNumbers>"),
        )
    }

    fn opt_in(&self, region: &str, query: &Query) -> Result<Response, Fault> {
        let number = phone_number(query, "phoneNumber", "is not a phone number")?;
        self.recipients
            .with(region, |lists| lists.opted_out.remove(&number));
        Ok(result("OptInPhoneNumber", ""))
    }

    fn sandbox_status(&self, region: &str) -> Response {
        let inside = self.recipients.in_sandbox(region);
        result(
            "GetSMSSandboxAccountStatus",
            &element("IsInSandbox", &inside.to_string()),
        )
    }

    fn sandbox_add(&self, region: &str, query: &Query) -> Result<Response, Fault> {
        let number = phone_number(query, "PhoneNumber", "is not a phone number")?;
        self.recipients
            .with(region, |lists| match &mut lists.sandbox {
                None => Err(outside_the_sandbox()),
                Some(numbers) if numbers.len() >= 10 => Err(Fault::new(
                    400,
                    "UserError",
                    "The sandbox takes at most 10 numbers",
                )),
                Some(numbers) => {
                    numbers.entry(number).or_insert(false);
                    Ok(result("CreateSMSSandboxPhoneNumber", ""))
                }
            })
    }

    /// Any six digits will do: no code was sent that anybody could read.
    fn sandbox_verify(&self, region: &str, query: &Query) -> Result<Response, Fault> {
        let number = phone_number(query, "PhoneNumber", "is not a phone number")?;
        let code = query.get("OneTimePassword").unwrap_or_default();
        if code.len() < 5 || code.len() > 8 || !code.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Fault::new(
                400,
                "VerificationException",
                "OneTimePassword must be 5 to 8 digits",
            ));
        }
        self.recipients.with(region, |lists| {
            match lists.sandbox.as_mut().and_then(|s| s.get_mut(&number)) {
                None => Err(not_in_sandbox()),
                Some(verified) => {
                    *verified = true;
                    Ok(result("VerifySMSSandboxPhoneNumber", ""))
                }
            }
        })
    }

    fn sandbox_remove(&self, region: &str, query: &Query) -> Result<Response, Fault> {
        let number = phone_number(query, "PhoneNumber", "is not a phone number")?;
        self.recipients.with(region, |lists| {
            match lists.sandbox.as_mut().and_then(|s| s.remove(&number)) {
                None => Err(not_in_sandbox()),
                Some(_) => Ok(result("DeleteSMSSandboxPhoneNumber", "")),
            }
        })
    }

    fn sandbox_list(&self, region: &str) -> Response {
        let members: String = self.recipients.with(region, |lists| {
            lists
                .sandbox
                .iter()
                .flatten()
                .map(|(number, verified)| {
                    let status = if *verified { "Verified" } else { "Pending" };
                    format!(
                        "<member>{}{}</member>",
                        element("PhoneNumber", number),
                        element("Status", status)
                    )
                })
                .collect()
        });
        result(
            "ListSMSSandboxPhoneNumbers",
            &format!("<PhoneNumbers>{members}</PhoneNumbers>"),
        )
    }
}

/// Whether an accepted message reaches the phone.
///
/// AWS does not document what Publish answers for an opted-out number; a MessageId followed by a
/// failed delivery is what its delivery log has a sentence for.
fn delivery(standing: Standing) -> Delivery {
    match standing {
        Standing::Reachable => Delivery::Success,
        Standing::OptedOut => Delivery::Failure("Phone number is opted out".into()),
        Standing::Unverified => Delivery::Failure(
            "Phone number is not verified and the account is in the SMS sandbox".into(),
        ),
    }
}

/// E.164, as SNS wants it.
fn phone_number(query: &Query, parameter: &str, complaint: &str) -> Result<String, Fault> {
    let number = query.get(parameter).unwrap_or_default();
    let digits = number.strip_prefix('+').unwrap_or_default();
    let valid = (2..=15).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && !digits.starts_with('0');
    if valid {
        Ok(number.to_owned())
    } else {
        Err(invalid(&format!(
            "{parameter} Reason: {number} {complaint}"
        )))
    }
}

fn check_message_attributes(attributes: &BTreeMap<String, String>) -> Result<(), Fault> {
    let bytes: usize = attributes
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if attributes.len() > MOST_ATTRIBUTES || bytes > MOST_ATTRIBUTE_BYTES {
        return Err(invalid(&format!(
            "MessageAttributes must be at most {MOST_ATTRIBUTES} with {MOST_ATTRIBUTE_BYTES} bytes, \
             not {} with {bytes}",
            attributes.len()
        )));
    }
    for (name, value) in attributes {
        match name.as_str() {
            "AWS.SNS.SMS.SMSType" => check_sms_type(value)?,
            "AWS.SNS.SMS.SenderID" => check_sender_id(value)?,
            "AWS.SNS.SMS.MaxPrice" if value.parse::<f64>().is_err() => {
                return Err(Fault::new(
                    400,
                    "ParameterValueInvalid",
                    format!("MaxPrice '{value}' is not a number"),
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_account_attribute(name: &str, value: &str) -> Result<(), Fault> {
    if !SMS_ATTRIBUTES.contains(&name) {
        return Err(invalid(&format!("Unknown SMS attribute {name}")));
    }
    if value.is_empty() {
        return Ok(());
    }
    if value.len() > LONGEST_ATTRIBUTE {
        return Err(invalid(&format!(
            "{name} must have at most {LONGEST_ATTRIBUTE} bytes, not {}",
            value.len()
        )));
    }
    match name {
        "DefaultSMSType" => check_sms_type(value),
        "DefaultSenderID" => check_sender_id(value),
        "MonthlySpendLimit" if value.parse::<u32>().is_err() => Err(invalid(&format!(
            "MonthlySpendLimit '{value}' is not a whole number of US dollars"
        ))),
        "DeliveryStatusSuccessSamplingRate" if !value.parse::<u8>().is_ok_and(|r| r <= 100) => {
            Err(invalid(&format!(
                "DeliveryStatusSuccessSamplingRate '{value}' is not a percentage"
            )))
        }
        _ => Ok(()),
    }
}

fn check_sms_type(value: &str) -> Result<(), Fault> {
    if matches!(value, "Promotional" | "Transactional") {
        Ok(())
    } else {
        Err(invalid(&format!(
            "SMSType '{value}' is neither Promotional nor Transactional"
        )))
    }
}

fn check_sender_id(value: &str) -> Result<(), Fault> {
    let valid = (1..=11).contains(&value.len())
        && value.bytes().all(|b| b.is_ascii_alphanumeric())
        && value.bytes().any(|b| b.is_ascii_alphabetic());
    if valid {
        Ok(())
    } else {
        Err(invalid(&format!(
            "SenderID '{value}' must be 1 to 11 letters and digits with at least one letter"
        )))
    }
}

/// SNS's own prefix stands before every such sentence.
fn invalid(complaint: &str) -> Fault {
    Fault::new(
        400,
        "InvalidParameter",
        format!("Invalid parameter: {complaint}"),
    )
}

fn not_in_sandbox() -> Fault {
    Fault::new(
        404,
        "ResourceNotFound",
        "The phone number is not in the SMS sandbox",
    )
}

fn outside_the_sandbox() -> Fault {
    Fault::new(400, "UserError", "The account is not in the SMS sandbox")
}
