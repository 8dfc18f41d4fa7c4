//! The Query protocol: nested members as dotted names of a form, answers in XML.

use std::collections::BTreeMap;

use local_wire::{Fault, request_id};
use serde_json::{Map, Value, json};

use super::wire::rfc3339;

const NAMESPACE: &str = "http://monitoring.amazonaws.com/doc/2010-08-01/";

/// Members that are numbers; a form has only text.
const NUMBERS: [&str; 12] = [
    "Counts",
    "DatapointsToAlarm",
    "EvaluationPeriods",
    "MaxDatapoints",
    "MaxRecords",
    "Maximum",
    "Minimum",
    "Period",
    "SampleCount",
    "Sum",
    "Threshold",
    "Values",
];
const BOOLEANS: [&str; 2] = ["ActionsEnabled", "ReturnData"];
/// How many parts a name may have. The longest of the service's model, that of a dimension of a
/// metric of a query, has nine.
const MOST_PARTS: usize = 16;

/// A form as the object it stands for. Empty values are what older SDKs write for empty lists.
///
/// # Errors
/// When a name nests deeper than any of the service's model; reading it takes recursion.
pub(super) fn read(body: &[u8]) -> Result<Value, Fault> {
    let mut tree = Node::default();
    for (name, text) in form_urlencoded::parse(body) {
        if text.is_empty() {
            continue;
        }
        let path: Vec<&str> = name.split('.').take(MOST_PARTS + 1).collect();
        if path.len() > MOST_PARTS {
            return Err(Fault::new(
                400,
                "InvalidQueryParameter",
                format!("A parameter's name must have at most {MOST_PARTS} parts between dots."),
            ));
        }
        tree.insert(&path, &text);
    }
    Ok(tree.value(&[]))
}

/// What stands under one dotted name: text, or further names.
#[derive(Default)]
struct Node {
    text: Option<String>,
    members: BTreeMap<String, Node>,
}

impl Node {
    fn insert(&mut self, path: &[&str], text: &str) {
        match path {
            [] => self.text = Some(text.to_owned()),
            [first, rest @ ..] => self
                .members
                .entry((*first).to_owned())
                .or_default()
                .insert(rest, text),
        }
    }

    /// `above` holds the names that lead here, without the parts of lists.
    fn value(&self, above: &[&str]) -> Value {
        if let Some(text) = &self.text {
            return leaf(above, text);
        }
        if let (1, Some(list)) = (self.members.len(), self.members.get("member")) {
            let mut elements: Vec<(usize, &Node)> = list
                .members
                .iter()
                .filter_map(|(number, node)| Some((number.parse().ok()?, node)))
                .collect();
            elements.sort_by_key(|(number, _)| *number);
            return elements
                .into_iter()
                .map(|(_, element)| element.value(above))
                .collect();
        }
        let members = self.members.iter().map(|(name, node)| {
            let path = [above, &[name.as_str()]].concat();
            (name.clone(), node.value(&path))
        });
        Value::Object(members.collect::<Map<_, _>>())
    }
}

fn leaf(path: &[&str], text: &str) -> Value {
    let name = path.last().copied().unwrap_or_default();
    // Dimensions and tags have a `Value`, too, which is text.
    if NUMBERS.contains(&name) || path == ["MetricData", "Value"] {
        return match text.parse::<i64>() {
            Ok(whole) => json!(whole),
            Err(_) => text
                .parse::<f64>()
                .map_or_else(|_| json!(text), |n| json!(n)),
        };
    }
    match (BOOLEANS.contains(&name), text) {
        (true, "true") => json!(true),
        (true, "false") => json!(false),
        _ => json!(text),
    }
}

/// An answer as XML. `is_time` tells by its name what is written as a date.
pub(super) fn write(
    operation: &str,
    answer: Value,
    is_time: fn(&str) -> bool,
) -> Result<String, Fault> {
    let Value::Object(members) = answer else {
        return Err(Fault::new(
            500,
            "InternalServiceFault",
            "an answer is an object",
        ));
    };
    let mut result = String::new();
    for (name, value) in &members {
        element(&mut result, name, value, is_time(name), is_time);
    }
    Ok(format!(
        "<{operation}Response xmlns=\"{NAMESPACE}\"><{operation}Result>{result}\
         </{operation}Result><ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata>\
         </{operation}Response>",
        request_id()
    ))
}

fn element(out: &mut String, name: &str, value: &Value, time: bool, is_time: fn(&str) -> bool) {
    let mut inner = String::new();
    match value {
        Value::Null => return,
        Value::String(text) => inner.push_str(&escaped(text)),
        Value::Number(number) if time => {
            inner.push_str(&rfc3339(number.as_f64().unwrap_or_default()));
        }
        Value::Array(elements) => {
            for one in elements {
                element(&mut inner, "member", one, time, is_time);
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                element(&mut inner, name, value, is_time(name), is_time);
            }
        }
        plain @ (Value::Bool(_) | Value::Number(_)) => inner.push_str(&plain.to_string()),
    }
    out.push_str(&format!("<{name}>{inner}</{name}>"));
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_names_are_objects_and_lists() {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("Action", "PutMetricData")
            .append_pair("Namespace", "キャンペーン")
            .append_pair("MetricData.member.1.MetricName", "SmsSent")
            .append_pair("MetricData.member.1.Value", "1.5")
            .append_pair("MetricData.member.1.Dimensions.member.1.Name", "Port")
            .append_pair("MetricData.member.1.Dimensions.member.1.Value", "443")
            .append_pair("MetricData.member.10.MetricName", "Last")
            .append_pair("MetricData.member.2.Values.member.1", "3")
            .append_pair("AlarmActions", "")
            .append_pair("ActionsEnabled", "false")
            .finish();
        assert_eq!(
            read(body.as_bytes()).unwrap(),
            json!({
                "Action": "PutMetricData",
                "ActionsEnabled": false,
                "MetricData": [
                    {
                        "Dimensions": [{ "Name": "Port", "Value": "443" }],
                        "MetricName": "SmsSent",
                        "Value": 1.5,
                    },
                    { "Values": [3] },
                    { "MetricName": "Last" },
                ],
                "Namespace": "キャンペーン",
            })
        );
    }

    #[test]
    fn names_deeper_than_the_model_are_refused() {
        let name = |dots: usize| format!("a{}=1", ".a".repeat(dots));
        assert!(read(name(MOST_PARTS - 1).as_bytes()).is_ok());
        for dots in [MOST_PARTS, 1_000, 1_000_000] {
            let refused = read(name(dots).as_bytes()).unwrap_err();
            assert_eq!(refused.code, "InvalidQueryParameter");
        }
    }

    #[test]
    fn answers_are_elements() {
        let answer = json!({
            "Datapoints": [{ "Timestamp": 1.5, "Sum": 2.0 }],
            "Label": "a<b",
        });
        let xml = write("GetMetricStatistics", answer, |name| name == "Timestamp").unwrap();
        assert!(
            xml.contains(
                "<Datapoints><member><Timestamp>1970-01-01T00:00:01.5Z</Timestamp><Sum>2.0</Sum>\
                 </member></Datapoints><Label>a&lt;b</Label>"
            ),
            "{xml}"
        );
    }
}
