//! The operations on the SMS sandbox.

use std::collections::BTreeMap;

use local_wire::{ApiRequest, Declared, Fault, Outcome, done, named, page};
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::Serve::Text;
use super::sms::{Sms, e164};
use super::{Serve, invalid};
use crate::sms::{Channel, Delivery, Parts, SandboxRefusal, SentMessage};

/// The languages of the message with the password.
const LANGUAGES: [&str; 13] = [
    "en-US", "en-GB", "es-419", "es-ES", "de-DE", "fr-CA", "fr-FR", "it-IT", "ja-JP", "pt-BR",
    "kr-KR", "zh-CN", "zh-TW",
];

/// The most elements of a page.
const PAGE: usize = 100;

pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    named("GetSMSSandboxAccountStatus", Text(status)),
    named("CreateSMSSandboxPhoneNumber", Text(add)),
    named("VerifySMSSandboxPhoneNumber", Text(verify)),
    named("DeleteSMSSandboxPhoneNumber", Text(remove)),
    named("ListSMSSandboxPhoneNumbers", Text(list)),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OfNumber {
    phone_number: Option<String>,
    language_code: Option<String>,
    #[serde(default)]
    one_time_password: String,
}

impl OfNumber {
    fn number(&self) -> Result<String, Fault> {
        e164(
            "PhoneNumber",
            self.phone_number.clone(),
            "is not a phone number",
        )
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    next_token: Option<String>,
    max_results: Option<i64>,
}

fn status(sms: &Sms, request: &ApiRequest) -> Outcome {
    let inside = sms.recipients.in_sandbox(&request.region);
    Ok(json!({ "IsInSandbox": inside }).into())
}

/// Adds a number and sends a one-time password to it, which the outbox contains.
fn add(sms: &Sms, request: &ApiRequest) -> Outcome {
    let input: OfNumber = request.input()?;
    let number = input.number()?;
    if let Some(language) = &input.language_code
        && !LANGUAGES.contains(&language.as_str())
    {
        return Err(invalid(&format!(
            "LanguageCode Reason: must be one of {}, but was '{language}'",
            LANGUAGES.join(", ")
        )));
    }
    let now = OffsetDateTime::now_utc();
    let password = sms.recipients.with(&request.region, |lists| {
        if lists.opted_out.contains_key(&number) {
            return Err(Fault::new(
                400,
                "OptedOut",
                "The phone number has opted out of text messages; opt it in first",
            ));
        }
        match &mut lists.sandbox {
            None => Err(outside()),
            Some(sandbox) => sandbox.add(&number, now).map_err(refused),
        }
    })?;
    let message = format!("Your verification code for Amazon SNS is {password}.");
    sms.outbox.add(SentMessage {
        channel: Channel::Sns,
        message_id: uuid::Uuid::new_v4().to_string(),
        region: request.region.clone(),
        phone_number: number,
        parts: Parts::of(&message).count,
        message,
        topic_arn: None,
        attributes: BTreeMap::new(),
        accepted_at: now,
        delivery: Delivery::Success,
    });
    done()
}

fn verify(sms: &Sms, request: &ApiRequest) -> Outcome {
    let input: OfNumber = request.input()?;
    let number = input.number()?;
    let code = &input.one_time_password;
    if !(5..=8).contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid("OneTimePassword Reason: must have 5 to 8 digits"));
    }
    of_sandbox(sms, request, |sandbox| {
        sandbox.verify(&number, code, OffsetDateTime::now_utc())
    })
}

fn remove(sms: &Sms, request: &ApiRequest) -> Outcome {
    let number = request.input::<OfNumber>()?.number()?;
    of_sandbox(sms, request, |sandbox| {
        sandbox.remove(&number, OffsetDateTime::now_utc())
    })
}

fn list(sms: &Sms, request: &ApiRequest) -> Outcome {
    let input: List = request.input()?;
    let size = page::size(input.max_results, PAGE, 1..=PAGE)
        .map_err(|bound| invalid(&format!("MaxResults Reason: must have value {bound}")))?;
    let name = format!("ListSMSSandboxPhoneNumbers {}", request.region);
    let from = match &input.next_token {
        None => 0,
        Some(token) => page::place(&name, token)
            .ok_or_else(|| invalid("NextToken Reason: must be that of the page before"))?,
    };
    let page = sms.recipients.with(&request.region, |lists| {
        let sandbox = lists.sandbox.iter();
        let numbers = sandbox.flat_map(|sandbox| sandbox.numbers());
        let numbers = numbers.map(|(number, known)| -> Value {
            let status = if known.verified {
                "Verified"
            } else {
                "Pending"
            };
            json!({ "PhoneNumber": number, "Status": status })
        });
        page::from(numbers, from, size)
    });
    let mut answer = json!({ "PhoneNumbers": page.items });
    if let Some(next) = page.next {
        answer["NextToken"] = page::token(&name, next).into();
    }
    Ok(answer.into())
}

fn of_sandbox(
    sms: &Sms,
    request: &ApiRequest,
    act: impl FnOnce(&mut crate::sms::Sandbox) -> Result<(), SandboxRefusal>,
) -> Outcome {
    sms.recipients.with(&request.region, |lists| {
        let sandbox = lists.sandbox.as_mut();
        let sandbox = sandbox.ok_or_else(|| refused(SandboxRefusal::Unknown))?;
        act(sandbox).map_err(refused)
    })?;
    done()
}

/// Returns the error for a refusal. Codes and statuses are those of the service model.
fn refused(refusal: SandboxRefusal) -> Fault {
    match refusal {
        SandboxRefusal::Full => Fault::new(
            400,
            "UserError",
            "The sandbox must have at most 10 numbers, and has as many; delete one first",
        ),
        SandboxRefusal::Unknown => Fault::new(
            404,
            "ResourceNotFound",
            "The phone number is not in the SMS sandbox",
        ),
        SandboxRefusal::WrongPassword => Fault::new(
            400,
            "VerificationException",
            "OneTimePassword must be the code of the last message to the phone number",
        ),
        SandboxRefusal::Held => Fault::new(
            400,
            "UserError",
            "The phone number must not be deleted within 24 hours after the last attempt to verify \
             it",
        ),
    }
}

fn outside() -> Fault {
    Fault::new(400, "UserError", "The account is not in the SMS sandbox")
}
