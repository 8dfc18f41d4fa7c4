//! The fields that are discovered in log events.

use std::sync::{Arc, LazyLock};

use regex::Regex;
use serde_json::Value as Json;

use crate::syntax::{Names, Slot};
use crate::value::Value;

/// The most fields that are discovered in JSON.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html>
const MAX_JSON_FIELDS: usize = 200;
/// The bytes of the megabyte in Lambda's fields: AWS's sample query divides `@memorySize` by 1000 twice.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-examples.html>
const MEGABYTE: f64 = 1_000_000.0;
/// The first part of the name of a function's log group.
const LAMBDA: &str = ":/aws/lambda/";

/// A log event.
#[derive(Clone, Copy)]
pub struct Event<'a> {
    /// Milliseconds since 1970.
    pub timestamp_ms: i64,
    /// The time of its arrival.
    pub ingested_ms: i64,
    /// The text of the event.
    pub message: &'a str,
    /// The name of its stream.
    pub stream: &'a str,
    /// Its group, as `account:name`.
    pub group: &'a str,
}

/// The values of a record, by the numbers of their names.
pub(crate) type Values = Vec<Value>;

/// Returns the fields of an event that a query mentions.
pub(crate) fn read(names: &Names, event: &Event<'_>) -> Values {
    let mut record = Record {
        names,
        values: vec![Value::Missing; names.len()],
    };
    record.discover(event);
    record.values
}

struct Record<'a> {
    names: &'a Names,
    values: Values,
}

impl Record<'_> {
    fn discover(&mut self, event: &Event<'_>) {
        let is_lambda = event.group.contains(LAMBDA);
        let start = match is_lambda {
            // <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html>:
            // the first fragment of JSON in a line of a function.
            true => event.message.find('{'),
            false => Some(event.message.len() - event.message.trim_start().len()),
        };
        let json = start.map(|start| &event.message[start..]);
        if let Some(json) = json.filter(|json| json.starts_with('{')) {
            let mut fragments = serde_json::Deserializer::from_str(json).into_iter::<Json>();
            let first = fragments.next().and_then(Result::ok);
            let is_whole = is_lambda || json[fragments.byte_offset()..].trim().is_empty();
            if let Some(object) = first.filter(|_| is_whole) {
                self.flatten(&mut String::new(), &object, &mut 0);
            }
        }
        if is_lambda {
            self.lambda(event.message);
        }
        self.set("@timestamp", || Value::Time(event.timestamp_ms));
        self.set("@ingestionTime", || Value::Time(event.ingested_ms));
        self.set("@message", || Value::text(event.message));
        self.set("@logStream", || Value::text(event.stream));
        self.set("@log", || Value::text(event.group));
    }

    /// Sets a field if the query mentions it.
    fn set(&mut self, name: &str, value: impl FnOnce() -> Value) {
        if let Some(slot) = self.names.find(name) {
            self.values[slot] = value();
        }
    }

    /// Sets the fields of JSON: names of nested members are joined with dots, elements of arrays
    /// have their numbers.
    fn flatten(&mut self, path: &mut String, json: &Json, count: &mut usize) {
        match json {
            Json::Object(members) => {
                for (name, member) in members {
                    self.flatten_part(path, name, member, count);
                }
            }
            Json::Array(elements) => {
                for (number, element) in elements.iter().enumerate() {
                    self.flatten_part(path, &number.to_string(), element, count);
                }
            }
            _ => {
                *count += 1;
                // An own @ marks names that the service did not generate.
                let slot: Option<Slot> = match path.starts_with('@') {
                    true => self.names.find(&format!("@{path}")),
                    false => self.names.find(path),
                };
                if let Some(slot) = slot {
                    self.values[slot] = scalar(json);
                }
            }
        }
    }

    fn flatten_part(&mut self, path: &mut String, name: &str, json: &Json, count: &mut usize) {
        if *count == MAX_JSON_FIELDS {
            return;
        }
        let length = path.len();
        if length > 0 {
            path.push('.');
        }
        path.push_str(name);
        self.flatten(path, json, count);
        path.truncate(length);
    }

    /// Sets the fields of a line of Lambda's.
    fn lambda(&mut self, message: &str) {
        for (kind, prefix) in [
            ("START", "START RequestId: "),
            ("END", "END RequestId: "),
            ("REPORT", "REPORT RequestId: "),
        ] {
            if let Some(rest) = message.strip_prefix(prefix) {
                self.set("@type", || Value::text(kind));
                let id = rest.split(char::is_whitespace).next();
                self.set("@requestId", || id.map_or(Value::Missing, Value::text));
            }
        }
        if message.starts_with("REPORT ") {
            for part in message.split('\t') {
                self.report(part.trim());
            }
        } else if let Some(id) = application_request(message) {
            self.set("@requestId", || Value::text(id));
        }
    }

    /// Sets the field of a part of a REPORT line, such as `Billed Duration: 100 ms`.
    fn report(&mut self, part: &str) {
        let Some((label, value)) = part.split_once(": ") else {
            return;
        };
        let mut words = value.split_whitespace();
        let Some(first) = words.next() else { return };
        let number: Option<f64> = first.parse().ok();
        let duration = || number.map_or(Value::Missing, |n| Value::Written(n, first.into()));
        let memory = || number.map_or(Value::Missing, |n| Value::number(n * MEGABYTE));
        match label {
            "Duration" => self.set("@duration", duration),
            "Billed Duration" => self.set("@billedDuration", duration),
            "Init Duration" => self.set("@initDuration", duration),
            "Memory Size" => self.set("@memorySize", memory),
            "Max Memory Used" => self.set("@maxMemoryUsed", memory),
            "XRAY TraceId" => self.set("@xrayTraceId", || Value::text(first)),
            "SegmentId" => self.set("@xraySegmentId", || Value::text(first)),
            _ => {}
        }
    }
}

/// Returns the request id of a line that a runtime writes: time, tabulator, id.
fn application_request(message: &str) -> Option<&str> {
    static ID: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let id = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";
        Regex::new(id).ok()
    });
    let id = message.split('\t').nth(1)?;
    ID.as_ref()?.is_match(id).then_some(id)
}

fn scalar(json: &Json) -> Value {
    match json {
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => {
            let text: Arc<str> = number.to_string().into();
            match number.as_f64() {
                Some(number) => Value::Written(number, text),
                None => Value::Text(text),
            }
        }
        Json::String(text) => Value::text(text),
        Json::Null | Json::Array(_) | Json::Object(_) => Value::Missing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(group: &str, message: &str, wanted: &[&str]) -> Vec<Option<String>> {
        let mut names = Names::default();
        let slots: Vec<Slot> = wanted.iter().map(|name| names.slot(name)).collect();
        let event = Event {
            timestamp_ms: 0,
            ingested_ms: 1,
            message,
            stream: "s",
            group,
        };
        let values = read(&names, &event);
        let shown = slots.iter().map(|slot| values[*slot].render());
        shown
            .map(|text| text.map(|text| text.to_string()))
            .collect()
    }

    /// The example of
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html>.
    #[test]
    fn json_is_flattened_with_dots_and_numbers() {
        let message = r#"{ "userIdentity": { "type": "IAMUser" }, "requestParameters":
            { "instancesSet": { "items": [{ "instanceId": "i-abcde123" }] } }, "@example.com": 1,
            "code": 0, "none": null, "on": true, "a.b": "c" }"#;
        let wanted = [
            "userIdentity.type",
            "requestParameters.instancesSet.items.0.instanceId",
            "@@example.com",
            "code",
            "none",
            "on",
            "a.b",
            "@log",
            "requestParameters",
        ];
        let found = fields("123:g", message, &wanted);
        let found: Vec<&str> = found
            .iter()
            .map(|text| text.as_deref().unwrap_or("-"))
            .collect();
        assert_eq!(
            found,
            [
                "IAMUser",
                "i-abcde123",
                "1",
                "0",
                "-",
                "1",
                "c",
                "123:g",
                "-"
            ]
        );
    }

    #[test]
    fn at_most_200_fields_are_discovered_in_json() {
        let members: Vec<String> = (0..201).map(|n| format!("\"f{n}\":{n}")).collect();
        let message = format!("{{{}}}", members.join(","));
        let found = fields("123:g", &message, &["f199", "f200"]);
        assert_eq!(found, [Some("199".to_owned()), None]);
    }

    /// The fields of Lambda logs of
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html>,
    /// in lines as Lambda documents them.
    #[test]
    fn lines_of_lambda_have_fields() {
        const ID: &str = "8f507cfc-1234-4697-b07a-ac58fc914c95";
        let report = format!(
            "REPORT RequestId: {ID}\tDuration: 12.34 ms\tBilled Duration: 13 ms\t\
             Memory Size: 128 MB\tMax Memory Used: 36 MB\tInit Duration: 100.5 ms\t\n\
             XRAY TraceId: 1-5e34a614-10bdxmplf1fb44f07bc535a1\tSegmentId: 07f5xmpl2d1f6f85\t\
             Sampled: true\t"
        );
        let wanted = [
            "@type",
            "@requestId",
            "@duration",
            "@billedDuration",
            "@memorySize",
            "@maxMemoryUsed",
            "@initDuration",
            "@xrayTraceId",
            "@xraySegmentId",
        ];
        let found = fields("123:/aws/lambda/f", &report, &wanted);
        let found: Vec<&str> = found
            .iter()
            .map(|text| text.as_deref().unwrap_or("-"))
            .collect();
        assert_eq!(
            found,
            [
                "REPORT",
                ID,
                "12.34",
                "13",
                "128000000",
                "36000000",
                "100.5",
                "1-5e34a614-10bdxmplf1fb44f07bc535a1",
                "07f5xmpl2d1f6f85"
            ]
        );
        let line =
            format!("2026-11-26T08:45:00.000Z\t{ID}\tINFO\tsaid {{\"a\":1}} and {{\"b\":2}}");
        assert_eq!(
            fields("123:/aws/lambda/f", &line, &["@requestId", "a", "b"]),
            [Some(ID.to_owned()), Some("1".to_owned()), None]
        );
        assert_eq!(fields("123:g", &line, &["@requestId", "a"]), [None, None]);
    }
}
