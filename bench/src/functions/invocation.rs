//! Invokes a function, and parses Lambda's report.

use anyhow::{Context, ensure};
use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::LogType;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::setup::PIN;

/// A command of the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Looks up the caller.
    GetMemberId,
    /// Sends the message of a PIN's campaign.
    SendSms,
}

impl Command {
    pub const ALL: [Self; 2] = [Self::GetMemberId, Self::SendSms];

    /// Returns the command's name in the flow.
    pub fn title(self) -> &'static str {
        match self {
            Self::GetMemberId => "getMemberId",
            Self::SendSms => "sendSms",
        }
    }

    /// Returns the event that Amazon Connect sends for the nth caller.
    fn event(self, caller: u32) -> Value {
        let number = number(caller);
        let parameters = match self {
            Self::GetMemberId => json!({ "cmd": "getMemberId" }),
            Self::SendSms => json!({ "cmd": "sendSms", "pinCode": PIN, "language": "ja" }),
        };
        let contact = format!("00000000-0000-4000-8000-{caller:012}");
        json!({
            "Name": "ContactFlowEvent",
            "Details": {
                "ContactData": {
                    "Attributes": {},
                    "Channel": "VOICE",
                    "ContactId": contact,
                    "CustomerEndpoint": { "Address": number, "Type": "TELEPHONE_NUMBER" },
                    "CustomerId": null,
                    "Description": null,
                    "InitialContactId": contact,
                    "InitiationMethod": "INBOUND",
                    "InstanceARN": "arn:aws:connect:ap-northeast-1:000000000000:instance/00000000-0000-4000-8000-000000000000",
                    "LanguageCode": "ja-JP",
                    "MediaStreams": { "Customer": { "Audio": null } },
                    "Name": null,
                    "PreviousContactId": contact,
                    "Queue": null,
                    "References": {},
                    "SystemEndpoint": { "Address": "+815000000001", "Type": "TELEPHONE_NUMBER" }
                },
                "Parameters": parameters
            }
        })
    }
}

/// Returns the nth caller's phone number, a Japanese mobile number.
pub fn number(caller: u32) -> String {
    format!("+8190{:08}", 10_000_000 + caller)
}

/// Lambda's `REPORT` line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Report {
    /// Milliseconds from delivering the event to the answer.
    pub duration: f64,
    /// Milliseconds from starting the process until it requested an event; `None` if it was already
    /// running.
    pub init: Option<f64>,
}

impl Report {
    fn parse(log: &str) -> anyhow::Result<Self> {
        let line = log
            .lines()
            .find(|line| line.starts_with("REPORT "))
            .context("the log must have a REPORT line")?;
        let field = |name: &str| {
            line.split('\t')
                .find_map(|field| field.strip_prefix(name)?.strip_suffix(" ms"))
                .and_then(|value| value.trim().parse::<f64>().ok())
        };
        Ok(Self {
            duration: field("Duration:").context("the REPORT line must have a duration")?,
            init: field("Init Duration:"),
        })
    }
}

/// Invokes a function, checks its answer, and returns Lambda's report.
pub(super) async fn invoke(
    lambda: &Client,
    function: &str,
    command: Command,
    caller: u32,
) -> anyhow::Result<Report> {
    let answer = lambda
        .invoke()
        .function_name(function)
        .payload(Blob::new(command.event(caller).to_string()))
        .log_type(LogType::Tail)
        .send()
        .await
        .with_context(|| format!("cannot invoke {function}"))?;
    let log = STANDARD.decode(answer.log_result().unwrap_or_default())?;
    let log = String::from_utf8_lossy(&log);
    let payload = answer.payload().map(AsRef::as_ref).unwrap_or_default();
    let value: Value = serde_json::from_slice(payload).unwrap_or_default();
    let right = match command {
        Command::GetMemberId => value["memberId"] == "1",
        Command::SendSms => value["result"] == "Success",
    };
    ensure!(
        right && answer.function_error().is_none(),
        "{function} answered {} to {}. Its log ends:\n{log}",
        String::from_utf8_lossy(payload),
        command.title()
    );
    Report::parse(&log)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn lambdas_report_is_parsed() {
        let warm = "START\nREPORT RequestId: r\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 256 MB\tMax Memory Used: 8 MB\t";
        assert_eq!(
            Report::parse(warm).unwrap(),
            Report {
                duration: 1.23,
                init: None
            }
        );
        let cold = format!("{warm}Init Duration: 5.01 ms\t");
        assert_eq!(Report::parse(&cold).unwrap().init, Some(5.01));
        assert!(Report::parse("START\nEND").is_err());
    }
}
