//! SARIF 2.1.0, the Static Analysis Results Interchange Format of OASIS.

use serde_json::{Value, json};

use super::{CheckedFile, all, in_file};
use crate::position::{Lines, Position};
use crate::printable::printable;
use crate::rules::{RULES, Rule};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Returns one log with one run.
pub(super) fn render(checked: &[CheckedFile]) -> String {
    let results: Vec<_> = all(checked)
        .map(|(file, finding)| {
            let (start, end, message) = in_file(file, finding);
            let uri = uri(&file.name);
            let mut location = physical(&uri, start, end);
            if let Some(block) = &finding.block {
                location["logicalLocations"] = json!([{ "name": block }]);
            }
            let mut result = json!({
                "ruleId": finding.rule.id,
                "ruleIndex": RULES.iter().position(|rule| rule.id == finding.rule.id),
                "level": finding.rule.severity.name(),
                "message": { "text": message },
                "locations": [location],
            });
            if file.within.is_none() && !finding.labels.is_empty() {
                let lines = Lines::new(&file.content);
                let related = finding.labels.iter().map(|label| {
                    let (start, end) = (label.span.start, label.span.end);
                    let mut related = physical(&uri, lines.position(start), lines.position(end));
                    related["message"] = json!({ "text": label.text });
                    related
                });
                result["relatedLocations"] = related.collect();
            }
            result
        })
        .collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "rules": RULES.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn descriptor(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": rule.explanation },
        "help": { "text": rule.remedy },
        "defaultConfiguration": { "level": rule.severity.name() },
    })
}

fn physical(uri: &str, start: Position, end: Position) -> Value {
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri },
        "region": {
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        },
    } })
}

/// Returns the URI of a file: relative for a relative path (RFC 3986, section 3.3).
fn uri(name: &str) -> String {
    let mut uri = match name.starts_with('/') {
        true => "file://".to_owned(),
        false => String::new(),
    };
    let path = printable(name.strip_prefix("./").unwrap_or(name)).replace('\\', "/");
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("./flows/a b.json"), "flows/a%20b.json");
        assert_eq!(uri("/x/線.json"), "file:///x/%E7%B7%9A.json");
        assert_eq!(uri("a:b?#.json"), "a%3Ab%3F%23.json");
    }
}
