//! Files in which flows stand.

use connect_flow::FlowKind;
use serde_json::Value;

use crate::position::{Lines, Position};
use crate::printable::printable;
use crate::tree::{self, Part};

/// The kinds of flow with their names: `Type` of CreateContactFlow, and modules.
pub const TYPES: [(&str, FlowKind); 11] = [
    ("CONTACT_FLOW", FlowKind::ContactFlow),
    ("CUSTOMER_QUEUE", FlowKind::CustomerQueue),
    ("CUSTOMER_HOLD", FlowKind::CustomerHold),
    ("CUSTOMER_WHISPER", FlowKind::CustomerWhisper),
    ("AGENT_HOLD", FlowKind::AgentHold),
    ("AGENT_WHISPER", FlowKind::AgentWhisper),
    ("OUTBOUND_WHISPER", FlowKind::OutboundWhisper),
    ("AGENT_TRANSFER", FlowKind::AgentTransfer),
    ("QUEUE_TRANSFER", FlowKind::QueueTransfer),
    ("CAMPAIGN", FlowKind::Campaign),
    ("MODULE", FlowKind::Module),
];

/// Returns the kind of this name.
pub(crate) fn kind_of(name: &str) -> Option<FlowKind> {
    let known = TYPES.iter().find(|(known, _)| *known == name);
    known.map(|(_, kind)| *kind)
}

/// A file with a flow.
#[derive(Debug, Clone)]
pub struct FlowFile {
    /// The name under which the file is reported.
    pub name: String,
    /// The content of the flow, to which positions refer.
    pub content: String,
    /// The kind of the flow.
    pub kind: FlowKind,
    /// The text of the file that contains the content; `None` if the file is the content.
    pub within: Option<Within>,
}

/// The text in which the content of a flow stands, as in an answer of DescribeContactFlow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Within {
    /// The member that is the content, such as `ContactFlow.Content`.
    pub member: &'static str,
    /// The place of that member in the file.
    pub position: Position,
}

/// A file in which no flow can be looked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The file is a template that Terraform renders.
    #[error(
        "{0} must be a flow, but is a template of Terraform: render it, for example with `terraform \
         console` or from the content of an applied flow, and check the result"
    )]
    Template(String),
}

impl FlowFile {
    /// Finds the flow in a file: its text, or the content in an answer of DescribeContactFlow or
    /// DescribeContactFlowModule. The kind is the given one; or the type in such an answer; or a module if
    /// the content has `Settings`, which only modules have; or else an inbound flow.
    ///
    /// # Errors
    /// When the file is a template, which contains flows only after Terraform has rendered it.
    pub fn read(name: &str, text: &str, kind: Option<FlowKind>) -> Result<Self, Unreadable> {
        let template = ["tftpl", "tpl", "tmpl"]
            .iter()
            .any(|extension| name.ends_with(&format!(".{extension}")));
        if template {
            return Err(Unreadable::Template(printable(name)));
        }
        let value: Option<Value> = serde_json::from_str(text).ok();
        let answer = value.as_ref().and_then(Answer::find);
        let (content, said, within) = match answer {
            Some(answer) => (
                answer.content.to_owned(),
                answer.kind,
                Some(answer.within(text)),
            ),
            None => {
                let settings = value.is_some_and(|value| value.get("Settings").is_some());
                (text.to_owned(), settings.then_some(FlowKind::Module), None)
            }
        };
        Ok(Self {
            name: name.to_owned(),
            content,
            kind: kind.or(said).unwrap_or(FlowKind::ContactFlow),
            within,
        })
    }
}

/// An answer of DescribeContactFlow or DescribeContactFlowModule.
struct Answer<'a> {
    member: &'static str,
    content: &'a str,
    kind: Option<FlowKind>,
}

impl<'a> Answer<'a> {
    fn find(value: &'a Value) -> Option<Self> {
        let content = |name: &str| value.get(name)?.get("Content")?.as_str();
        if let Some(content) = content("ContactFlow") {
            let kind = value["ContactFlow"]["Type"].as_str().and_then(kind_of);
            let member = "ContactFlow.Content";
            return Some(Self {
                member,
                content,
                kind,
            });
        }
        content("ContactFlowModule").map(|content| Self {
            member: "ContactFlowModule.Content",
            content,
            kind: Some(FlowKind::Module),
        })
    }

    fn within(&self, text: &str) -> Within {
        let place = tree::parse(text)
            .map(|root| tree::locate(&root, self.member, Part::Value).start)
            .unwrap_or_default();
        Within {
            member: self.member,
            position: Lines::new(text).position(place),
        }
    }
}

/// Reports whether a text looks like a flow, so that a directory's other files are left alone. A text
/// that is not JSON does if it mentions what each flow has.
pub fn looks_like_flow(text: &str) -> bool {
    match serde_json::from_str::<Value>(text) {
        Ok(value) => {
            let has = |name: &str| value.get(name).is_some();
            has("Actions") && (has("StartAction") || has("Version"))
                || value.get("modules").is_some_and(Value::is_array) && has("start")
                || Answer::find(&value).is_some()
        }
        Err(_) => text.contains("\"StartAction\"") && text.contains("\"Actions\""),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const EMPTY: &str = r#"{"Version": "2019-10-30", "StartAction": "a", "Actions": []}"#;

    #[test]
    fn the_kind_is_given_or_said_or_that_of_an_inbound_flow() {
        let kind = |text: &str, given| FlowFile::read("f.json", text, given).unwrap().kind;
        assert_eq!(kind(EMPTY, None), FlowKind::ContactFlow);
        assert_eq!(kind(EMPTY, Some(FlowKind::AgentHold)), FlowKind::AgentHold);
        assert_eq!(kind(r#"{"Settings": {}}"#, None), FlowKind::Module);
        assert_eq!(kind("no JSON", None), FlowKind::ContactFlow);
        let answer =
            |kind: &str| json!({"ContactFlow": {"Content": EMPTY, "Type": kind}}).to_string();
        assert_eq!(
            kind(&answer("CUSTOMER_QUEUE"), None),
            FlowKind::CustomerQueue
        );
        assert_eq!(kind(&answer("NEW_TYPE"), None), FlowKind::ContactFlow);
        let module = json!({"ContactFlowModule": {"Content": EMPTY}}).to_string();
        assert_eq!(kind(&module, None), FlowKind::Module);
    }

    #[test]
    fn the_answer_of_describe_contains_the_content() {
        let answer = json!({"ContactFlow": {"Content": EMPTY}});
        let answer = serde_json::to_string_pretty(&answer).unwrap();
        let file = FlowFile::read("a.json", &answer, None).unwrap();
        assert_eq!(file.content, EMPTY);
        let position = Position {
            line: 3,
            column: 16,
        };
        let member = "ContactFlow.Content";
        assert_eq!(file.within, Some(Within { member, position }));
    }

    #[test]
    fn templates_are_to_be_rendered() {
        let error = FlowFile::read("line.json.tftpl", "{", None).unwrap_err();
        assert!(error.to_string().contains("render it"), "{error}");
    }

    #[test]
    fn other_json_does_not_look_like_a_flow() {
        for flow in [
            EMPTY,
            &EMPTY.replace(']', ""),
            r#"{"modules": [], "start": "a"}"#,
        ] {
            assert!(looks_like_flow(flow), "{flow}");
        }
        for other in [
            "{}",
            "[]",
            r#"{"name": "x", "modules": []}"#,
            "",
            r#"{"Actions": []}"#,
        ] {
            assert!(!looks_like_flow(other), "{other}");
        }
    }
}
