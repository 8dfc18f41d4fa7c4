//! The Query protocol: forms with dotted names for nested members, and responses in XML.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::{Fault, xml};

/// The maximum number of parts in a name. The longest name of all models, a dimension of a metric
/// in a query to CloudWatch, has nine.
const MOST_PARTS: usize = 16;

/// The part of a service's model that forms need, since a form itself contains only text.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// The XML namespace of responses.
    pub namespace: &'static str,
    /// Members that are numbers; `MetricData.Value` means the member `Value` of `MetricData` only.
    pub numbers: &'static [&'static str],
    /// Members that are booleans.
    pub booleans: &'static [&'static str],
    /// Output members that are maps, written as entries of key and value.
    pub maps: &'static [&'static str],
    /// Whether an empty text stands for an empty list, as SDKs write those of CloudWatch.
    pub drops_empty: bool,
}

impl Form {
    /// The form of a service that does not use Query.
    pub(crate) const NONE: Self = Self::new("");

    /// A form in which every member is text.
    pub const fn new(namespace: &'static str) -> Self {
        Self {
            namespace,
            numbers: &[],
            booleans: &[],
            maps: &[],
            drops_empty: false,
        }
    }
}

/// Returns the parameters of a form, decoded, in their order.
pub fn pairs(body: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(body).into_owned().collect()
}

/// Returns the first value of a parameter.
pub fn parameter(body: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(body)
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// Writes a form.
pub fn form<'a>(parameters: impl IntoIterator<Item = &'a (&'a str, &'a str)>) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
}

/// Converts a form to an object. Lists (`member`) and maps (`entry`) become arrays, in the order of
/// their numbers.
///
/// # Errors
/// When a name has more parts than any in a model, since the conversion is recursive.
pub fn read(form: &Form, body: &[u8]) -> Result<Value, Fault> {
    let mut tree = Node::default();
    for (name, text) in form_urlencoded::parse(body) {
        if form.drops_empty && text.is_empty() {
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
    // Parameters have names, so the form is an object.
    Ok(tree.object(form, &[]))
}

/// The value of one dotted name: text, or further names.
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

    /// Returns the value; `above` contains the names that lead to it, without the parts for lists.
    fn value(&self, form: &Form, above: &[&str]) -> Value {
        if let Some(text) = &self.text {
            return leaf(form, above, text);
        }
        match self.list() {
            Some(list) => list
                .into_iter()
                .map(|element| element.value(form, above))
                .collect(),
            None => self.object(form, above),
        }
    }

    /// Returns the elements of a list or a map.
    fn list(&self) -> Option<Vec<&Node>> {
        let (name, list) = self.members.first_key_value()?;
        if self.members.len() > 1 || !matches!(name.as_str(), "member" | "entry") {
            return None;
        }
        let mut elements: Vec<(usize, &Node)> = list
            .members
            .iter()
            .filter_map(|(number, node)| Some((number.parse().ok()?, node)))
            .collect();
        elements.sort_by_key(|(number, _)| *number);
        Some(elements.into_iter().map(|(_, node)| node).collect())
    }

    fn object(&self, form: &Form, above: &[&str]) -> Value {
        let members = self.members.iter().map(|(name, node)| {
            let path = [above, &[name.as_str()]].concat();
            (name.clone(), node.value(form, &path))
        });
        Value::Object(members.collect::<Map<_, _>>())
    }
}

fn leaf(form: &Form, path: &[&str], text: &str) -> Value {
    let name = path.last().copied().unwrap_or_default();
    let is = |members: &[&str]| {
        members
            .iter()
            .any(|member| *member == name || member.split('.').eq(path.iter().copied()))
    };
    if is(form.numbers) {
        return match text.parse::<i64>() {
            Ok(whole) => json!(whole),
            Err(_) => text
                .parse::<f64>()
                .map_or_else(|_| json!(text), |number| json!(number)),
        };
    }
    match (is(form.booleans), text) {
        (true, "true") => json!(true),
        (true, "false") => json!(false),
        _ => json!(text),
    }
}

/// Writes the response of an operation as XML. Members with the names in `times` are seconds since
/// the epoch.
pub fn write(form: &Form, operation: &str, id: &str, answer: &Value, times: &[&str]) -> String {
    let mut result = String::new();
    for (name, value) in answer.as_object().into_iter().flatten() {
        element(&mut result, form, times, name, name, value);
    }
    format!(
        "<{operation}Response xmlns=\"{}\"><{operation}Result>{result}</{operation}Result>\
         <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></{operation}Response>",
        form.namespace
    )
}

/// Writes an element with this tag, which is the member `name` or an element of that list.
fn element(out: &mut String, form: &Form, times: &[&str], tag: &str, name: &str, value: &Value) {
    let mut inner = String::new();
    match value {
        Value::Null => return,
        Value::String(text) => inner.push_str(&xml::escaped(text)),
        Value::Number(number) if times.contains(&name) => {
            inner.push_str(&rfc3339(number.as_f64().unwrap_or_default()));
        }
        Value::Array(elements) => {
            for one in elements {
                element(&mut inner, form, times, "member", name, one);
            }
        }
        Value::Object(members) if form.maps.contains(&name) => {
            for (key, value) in members {
                inner.push_str("<entry>");
                inner.push_str(&xml::element("key", key));
                element(&mut inner, form, times, "value", "value", value);
                inner.push_str("</entry>");
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                element(&mut inner, form, times, name, name, value);
            }
        }
        plain @ (Value::Bool(_) | Value::Number(_)) => inner.push_str(&plain.to_string()),
    }
    out.push_str(&format!("<{tag}>{inner}</{tag}>"));
}

/// Formats a time for XML.
fn rfc3339(seconds: f64) -> String {
    let nanoseconds = ((seconds * 1e3).round() as i128).saturating_mul(1_000_000);
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds)
        .ok()
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const METRICS: Form = Form {
        numbers: &["Values", "MetricData.Value"],
        booleans: &["ActionsEnabled"],
        drops_empty: true,
        ..Form::new("http://monitoring.amazonaws.com/doc/2010-08-01/")
    };

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
            read(&METRICS, body.as_bytes()).unwrap(),
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
    fn maps_are_entries() {
        let form = Form {
            maps: &["attributes"],
            ..Form::new("http://sns.amazonaws.com/doc/2010-03-31/")
        };
        let body = b"attributes.entry.1.key=a&attributes.entry.1.value=";
        assert_eq!(
            read(&form, body).unwrap(),
            json!({ "attributes": [{ "key": "a", "value": "" }] })
        );
        let answer = json!({ "attributes": { "DefaultSMSType": "Transactional" } });
        let xml = write(&form, "GetSMSAttributes", "id-1", &answer, &[]);
        assert_eq!(
            xml,
            "<GetSMSAttributesResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\
             <GetSMSAttributesResult><attributes><entry><key>DefaultSMSType</key>\
             <value>Transactional</value></entry></attributes></GetSMSAttributesResult>\
             <ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata>\
             </GetSMSAttributesResponse>"
        );
    }

    #[test]
    fn names_deeper_than_a_model_are_refused() {
        let name = |dots: usize| format!("a{}=1", ".a".repeat(dots));
        assert!(read(&METRICS, name(MOST_PARTS - 1).as_bytes()).is_ok());
        for dots in [MOST_PARTS, 1_000, 1_000_000] {
            let refused = read(&METRICS, name(dots).as_bytes()).unwrap_err();
            assert_eq!(refused.code, "InvalidQueryParameter");
        }
    }

    #[test]
    fn answers_are_elements() {
        let answer = json!({
            "Datapoints": [{ "Timestamp": 1.5, "Sum": 2.0 }],
            "Label": "a<b",
        });
        let xml = write(
            &METRICS,
            "GetMetricStatistics",
            "id",
            &answer,
            &["Timestamp"],
        );
        assert!(
            xml.contains(
                "<Datapoints><member><Timestamp>1970-01-01T00:00:01.5Z</Timestamp><Sum>2.0</Sum>\
                 </member></Datapoints><Label>a&lt;b</Label>"
            ),
            "{xml}"
        );
    }
}
