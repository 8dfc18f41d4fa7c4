//! The lines of the flow log.

use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::FormatItem;
use time::macros::format_description;

const TIMESTAMP: &[FormatItem<'static>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// One line of the flow log. Serialized with serde, it is the JSON object that Connect writes to
/// the log group `/aws/connect/<alias>`. Names, values and their order are those of the older flow language, as
/// in real log lines: AWS's own queries for Logs Insights parse lines that begin with `Results`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FlowLogRecord {
    /// The result of the block, if it has one: a key, the caller's input, or the text of a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub results: Option<String>,
    /// The id of the contact.
    pub contact_id: Arc<str>,
    /// The ARN of the block's flow or module.
    pub contact_flow_id: Arc<str>,
    /// The name of that flow or module.
    pub contact_flow_name: Arc<str>,
    /// The older name of the block's type, such as `PlayPrompt`.
    pub contact_flow_module_type: &'static str,
    /// The identifier of the action.
    pub identifier: Arc<str>,
    /// The time on the execution's clock.
    #[serde(serialize_with = "timestamp")]
    pub timestamp: OffsetDateTime,
    /// The answer of a function; absent if it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_results: Option<Map<String, Value>>,
    /// The parameters of the block, with references resolved.
    #[serde(serialize_with = "pairs")]
    pub parameters: Vec<(&'static str, Value)>,
    /// The data that a module returned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_data: Option<Map<String, Value>>,
    /// Within a module its ARN, then those of its callers, innermost first. Only the second entry has been
    /// recorded; the others, and the place of this key in the line, are inferred.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub module_execution_stack: Vec<Arc<str>>,
}

fn timestamp<S: Serializer>(at: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
    let utc = at.to_offset(time::UtcOffset::UTC);
    let text = utc.format(TIMESTAMP).map_err(serde::ser::Error::custom)?;
    serializer.serialize_str(&text)
}

fn pairs<S: Serializer>(pairs: &[(&'static str, Value)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(pairs.len()))?;
    for (key, value) in pairs {
        map.serialize_entry(key, value)?;
    }
    map.end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_line_has_the_format_of_real_logs() {
        let mut record = FlowLogRecord {
            results: None,
            contact_id: "c-1".into(),
            contact_flow_id: "arn:f-1".into(),
            contact_flow_name: "main".into(),
            contact_flow_module_type: "SetLoggingBehavior",
            identifier: "log-on".into(),
            timestamp: datetime!(2026-11-23 10:00:00.0405 +9),
            external_results: None,
            parameters: vec![("LoggingBehavior", "Enable".into())],
            result_data: None,
            module_execution_stack: vec![],
        };
        let common = concat!(
            r#""ContactId":"c-1","ContactFlowId":"arn:f-1","ContactFlowName":"main","#,
            r#""ContactFlowModuleType":"SetLoggingBehavior","Identifier":"log-on","#,
            r#""Timestamp":"2026-11-23T01:00:00.040Z","#,
        );
        assert_eq!(
            serde_json::to_string(&record).unwrap(),
            format!(r#"{{{common}"Parameters":{{"LoggingBehavior":"Enable"}}}}"#)
        );
        // The order that published lines have: `Results` first (AWS's query in re:Post's article on function
        // failures), the function's answer before the parameters.
        record.results = Some("Success".into());
        record.external_results = Some(Map::from_iter([("a".to_owned(), "b".into())]));
        assert_eq!(
            serde_json::to_string(&record).unwrap(),
            format!(
                r#"{{"Results":"Success",{common}"ExternalResults":{{"a":"b"}},"Parameters":{{"LoggingBehavior":"Enable"}}}}"#
            )
        );
    }
}
