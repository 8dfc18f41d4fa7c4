//! Lines of the function's log, of the flow's log and of the delivery logs.

use serde::Deserialize;
use serde_json::Value;

/// A line of the function's log about one invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionLine {
    /// The time of the line, in milliseconds since 1970.
    pub at: i64,
    /// Amazon Connect's id of the contact.
    pub contact: String,
    /// The command of the flow: `getMemberId` or `sendSms`.
    pub command: Option<String>,
    /// The masked number, or `none` for a withheld one.
    pub caller: Option<String>,
    /// The code of the outcome.
    pub outcome: String,
    /// The cause of a failure.
    pub cause: Option<String>,
    /// AWS's id of the message.
    pub message: Option<String>,
}

impl FunctionLine {
    /// Reads a line; returns nothing for a line about something else, such as a metric or a report of
    /// Lambda.
    pub fn read(at: i64, text: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Fields {
            contact_id: String,
            command: Option<String>,
            caller: Option<String>,
            outcome: String,
            cause: Option<String>,
            sms_message_id: Option<String>,
        }
        let fields: Fields = serde_json::from_str(text).ok()?;
        Some(Self {
            at,
            contact: fields.contact_id,
            command: fields.command,
            caller: fields.caller,
            outcome: fields.outcome,
            cause: fields.cause,
            message: fields.sms_message_id,
        })
    }
}

/// A line of the flow's log about one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowLine {
    /// The time of the line, in milliseconds since 1970.
    pub at: i64,
    /// Amazon Connect's id of the contact.
    pub contact: String,
    /// The block's identifier.
    pub block: String,
    /// The result of the block, such as the reason of a failure.
    pub results: Option<String>,
}

impl FlowLine {
    /// Reads a line; returns nothing for a line without a block.
    pub fn read(at: i64, text: &str) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Fields {
            contact_id: String,
            identifier: Option<String>,
            contact_flow_module_type: Option<String>,
            results: Option<Value>,
        }
        let fields: Fields = serde_json::from_str(text).ok()?;
        Some(Self {
            at,
            contact: fields.contact_id,
            // Logs of older flows have the type alone.
            block: fields.identifier.or(fields.contact_flow_module_type)?,
            results: fields.results.map(|results| match results {
                Value::String(text) => text,
                other => other.to_string(),
            }),
        })
    }
}

/// A record of a delivery log: the fate of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// AWS's id of the message.
    pub message: String,
    /// Whether the carrier took it.
    pub arrived: bool,
    /// The carrier's or AWS's response.
    pub response: String,
}

impl Delivery {
    /// Reads a record; returns nothing for another line.
    pub fn read(text: &str) -> Option<Self> {
        let record: Value = serde_json::from_str(text).ok()?;
        Some(Self {
            message: record["notification"]["messageId"].as_str()?.to_owned(),
            arrived: record["status"] == "SUCCESS",
            response: record["delivery"]["providerResponse"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_invocations_are_read_and_others_are_not() {
        // The fields are those of the queries in docs/runbook.md.
        let line = r#"{"timestamp":"2026-11-27T08:45:00Z","level":"INFO","message":"answered",
            "request_id":"r","contact_id":"c","command":"sendSms","caller":"+81*****5678",
            "outcome":"SENT","sms_message_id":"m"}"#;
        let read = FunctionLine::read(7, line).unwrap();
        assert_eq!(
            (read.at, read.contact.as_str(), read.outcome.as_str()),
            (7, "c", "SENT")
        );
        assert_eq!(read.message.as_deref(), Some("m"));
        for other in [
            r#"{"type":"platform.report","record":{}}"#,
            r#"{"_aws":{},"Outcome":"SENT"}"#,
            "START RequestId: r",
            "",
        ] {
            assert_eq!(FunctionLine::read(7, other), None, "{other}");
        }
    }

    #[test]
    fn lines_of_blocks_are_read() {
        // The keys are those of AWS's guide, "Data in flow logs".
        let line = r#"{"Results":"Timeout","ContactId":"c","ContactFlowId":"f","ContactFlowName":"n",
            "ContactFlowModuleType":"PlayPrompt","Identifier":"Say no key ja","Timestamp":"t","Parameters":{}}"#;
        let read = FlowLine::read(7, line).unwrap();
        assert_eq!(
            (read.block.as_str(), read.results.as_deref()),
            ("Say no key ja", Some("Timeout"))
        );
        let bare = r#"{"ContactId":"c","ContactFlowModuleType":"PlayPrompt"}"#;
        assert_eq!(FlowLine::read(7, bare).unwrap().block, "PlayPrompt");
        assert_eq!(FlowLine::read(7, r#"{"ContactId":"c"}"#), None);
    }

    #[test]
    fn records_of_deliveries_are_read() {
        // The example of AWS's guide, "Viewing SMS delivery logs", shortened.
        let record = r#"{"notification":{"messageId":"34d9b400","timestamp":"2016-06-28 00:40:34.558"},
            "delivery":{"destination":"+1XXX5550100","providerResponse":"Unknown error attempting to reach phone"},
            "status":"FAILURE"}"#;
        let read = Delivery::read(record).unwrap();
        assert_eq!((read.message.as_str(), read.arrived), ("34d9b400", false));
        assert_eq!(read.response, "Unknown error attempting to reach phone");
        assert_eq!(Delivery::read("{}"), None);
    }
}
