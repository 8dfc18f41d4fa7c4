//! JSONPath references in a flow's content.
//!
//! The AWS documentation shows four spellings: `$.Attributes.key`, `$.Attributes.['a key']`,
//! `$.SegmentAttributes['connect:Subtype']` and `$['AwsRegion']`.

/// The first name of a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Root {
    Agent,
    Attributes,
    AwsRegion,
    Case,
    Channel,
    ContactId,
    Customer,
    CustomerEndpoint,
    CustomerId,
    DataTables,
    Description,
    External,
    FlowAttributes,
    InitialContactId,
    InitiationMethod,
    InstanceArn,
    LambdaInvocation,
    LanguageCode,
    Lex,
    Loop,
    Media,
    MediaStreams,
    Metrics,
    Modules,
    Name,
    PreviousContactId,
    Queue,
    References,
    SegmentAttributes,
    StoredCustomerInput,
    SystemEndpoint,
    Tags,
    TextToSpeechVoiceId,
    AgenticCx,
    CallbackNumber,
    DeliveryReceipts,
    ExternalTool,
    OutboundCommunication,
    Views,
    Wisdom,
}

/// The number of names after the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// None: the root is a value itself.
    Leaf,
    /// Exactly one key. Attribute keys contain no dots, so a dot after the key is punctuation.
    One,
    /// One or more.
    Many,
}

const ROOTS: &[(&str, Root, Depth)] = &[
    ("Agent", Root::Agent, Depth::Many),
    ("Attributes", Root::Attributes, Depth::One),
    ("AwsRegion", Root::AwsRegion, Depth::Leaf),
    ("Case", Root::Case, Depth::Many),
    ("Channel", Root::Channel, Depth::Leaf),
    ("ContactId", Root::ContactId, Depth::Leaf),
    ("Customer", Root::Customer, Depth::Many),
    ("CustomerEndpoint", Root::CustomerEndpoint, Depth::One),
    ("CustomerId", Root::CustomerId, Depth::Leaf),
    ("DataTables", Root::DataTables, Depth::Many),
    ("Description", Root::Description, Depth::Leaf),
    ("External", Root::External, Depth::Many),
    ("FlowAttributes", Root::FlowAttributes, Depth::One),
    ("InitialContactId", Root::InitialContactId, Depth::Leaf),
    ("InitiationMethod", Root::InitiationMethod, Depth::Leaf),
    ("InstanceARN", Root::InstanceArn, Depth::Leaf),
    ("LambdaInvocation", Root::LambdaInvocation, Depth::Many),
    ("LanguageCode", Root::LanguageCode, Depth::Leaf),
    ("Lex", Root::Lex, Depth::Many),
    ("Loop", Root::Loop, Depth::Many),
    ("Media", Root::Media, Depth::Many),
    ("MediaStreams", Root::MediaStreams, Depth::Many),
    ("Metrics", Root::Metrics, Depth::Many),
    ("Modules", Root::Modules, Depth::Many),
    ("Name", Root::Name, Depth::Leaf),
    ("PreviousContactId", Root::PreviousContactId, Depth::Leaf),
    ("Queue", Root::Queue, Depth::Many),
    ("References", Root::References, Depth::Many),
    ("SegmentAttributes", Root::SegmentAttributes, Depth::Many),
    (
        "StoredCustomerInput",
        Root::StoredCustomerInput,
        Depth::Leaf,
    ),
    ("SystemEndpoint", Root::SystemEndpoint, Depth::One),
    ("Tags", Root::Tags, Depth::One),
    (
        "TextToSpeechVoiceId",
        Root::TextToSpeechVoiceId,
        Depth::Leaf,
    ),
    ("AgenticCX", Root::AgenticCx, Depth::Many),
    ("CallbackNumber", Root::CallbackNumber, Depth::Leaf),
    ("DeliveryReceipts", Root::DeliveryReceipts, Depth::Many),
    ("ExternalTool", Root::ExternalTool, Depth::Many),
    (
        "OutboundCommunication",
        Root::OutboundCommunication,
        Depth::Many,
    ),
    ("Views", Root::Views, Depth::Many),
    ("Wisdom", Root::Wisdom, Depth::Many),
];

impl Root {
    /// Returns the name in a reference.
    pub(crate) fn name(self) -> &'static str {
        ROOTS
            .iter()
            .find(|(_, root, _)| *root == self)
            .map_or("", |(name, _, _)| name)
    }
}

/// A reference to one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The text in the flow, for messages.
    pub(crate) source: String,
    pub(crate) root: Root,
    /// The names after the root; empty only for roots that are values themselves.
    pub(crate) path: Vec<String>,
}

/// The characters that an unquoted name may contain.
#[derive(Clone, Copy)]
enum Names {
    /// Within a text: ASCII only, so that `$.Attributes.nameさま` ends where a reader expects it to.
    Text,
    /// In a value that is only a reference.
    Whole,
}

impl Reference {
    /// Parses a value that is one reference and nothing else.
    pub(crate) fn whole(text: &str) -> Option<Self> {
        let (reference, length) = Self::prefix(text, Names::Whole)?;
        (length == text.len()).then_some(reference)
    }

    /// Parses the reference at the start of `text`, and returns its length in bytes as well.
    fn prefix(text: &str, names: Names) -> Option<(Self, usize)> {
        let after_dollar = text.strip_prefix('$')?;
        let (name, mut taken) = step(after_dollar, names)?;
        taken += 1;
        let &(_, root, depth) = ROOTS.iter().find(|(known, _, _)| *known == name)?;
        let mut path = Vec::new();
        let limit = match depth {
            Depth::Leaf => 0,
            Depth::One => 1,
            Depth::Many => usize::MAX,
        };
        while path.len() < limit {
            let Some((name, length)) = step(&text[taken..], names) else {
                break;
            };
            path.push(name.to_owned());
            taken += length;
        }
        if depth != Depth::Leaf && path.is_empty() {
            return None;
        }
        let source = text[..taken].to_owned();
        Some((Self { source, root, path }, taken))
    }
}

/// Parses one step of a path: `.name`, `['name']` or `.['name']`. Returns the name and the length
/// of the step in bytes.
fn step(text: &str, names: Names) -> Option<(&str, usize)> {
    let dot = usize::from(text.starts_with('.'));
    let rest = &text[dot..];
    if let Some(bracketed) = rest.strip_prefix('[') {
        let quote = bracketed
            .chars()
            .next()
            .filter(|c| matches!(c, '\'' | '"'))?;
        let inner = &bracketed[1..];
        let end = inner.find(quote)?;
        if end == 0 || !inner[end + 1..].starts_with(']') {
            return None;
        }
        return Some((&inner[..end], dot + 1 + 1 + end + 1 + 1));
    }
    if dot == 0 {
        return None;
    }
    let end = rest
        .find(|c: char| {
            !(c.is_ascii_alphanumeric()
                || matches!(c, '_' | '-')
                || matches!(names, Names::Whole) && c.is_alphanumeric())
        })
        .unwrap_or(rest.len());
    // A hyphen at the end belongs to the sentence.
    let name = match names {
        Names::Text => rest[..end].trim_end_matches('-'),
        Names::Whole => &rest[..end],
    };
    (!name.is_empty()).then_some((name, dot + name.len()))
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Literal(String),
    Reference(Reference),
}

/// A text that may contain references.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

impl Template {
    /// Finds the references in `text`. A `$` without a known root after it is plain text.
    pub(crate) fn parse(text: &str) -> Self {
        if let Some(reference) = Reference::whole(text) {
            return Self {
                parts: vec![Part::Reference(reference)],
            };
        }
        let mut parts = Vec::new();
        let mut literal_from = 0;
        let mut search_from = 0;
        while let Some(found) = text[search_from..].find('$') {
            let at = search_from + found;
            if let Some((reference, length)) = Reference::prefix(&text[at..], Names::Text) {
                if literal_from < at {
                    parts.push(Part::Literal(text[literal_from..at].to_owned()));
                }
                parts.push(Part::Reference(reference));
                search_from = at + length;
                literal_from = search_from;
            } else {
                search_from = at + 1;
            }
        }
        if literal_from < text.len() {
            parts.push(Part::Literal(text[literal_from..].to_owned()));
        }
        Self { parts }
    }

    /// Creates a text in which nothing is a reference.
    pub(crate) fn literal(text: &str) -> Self {
        Self {
            parts: vec![Part::Literal(text.to_owned())],
        }
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    pub(crate) fn is_static(&self) -> bool {
        self.parts
            .iter()
            .all(|part| matches!(part, Part::Literal(_)))
    }

    /// Returns the reference, if it is the whole value.
    pub(crate) fn single(&self) -> Option<&Reference> {
        match self.parts.as_slice() {
            [Part::Reference(reference)] => Some(reference),
            _ => None,
        }
    }
}

/// Reports whether a static text was probably meant as a reference: it starts with `$.`, but
/// without a known root.
pub(crate) fn looks_like_reference(template: &Template) -> bool {
    matches!(template.parts(), [Part::Literal(text)] if text.starts_with("$."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Option<(Root, Vec<String>)> {
        Reference::whole(text).map(|r| (r.root, r.path))
    }

    #[test]
    fn every_documented_spelling_is_a_reference() {
        for (text, root, path) in [
            ("$.Attributes.lang", Root::Attributes, vec!["lang"]),
            (
                "$.Attributes.['two words']",
                Root::Attributes,
                vec!["two words"],
            ),
            ("$['Attributes']['x']", Root::Attributes, vec!["x"]),
            ("$['AwsRegion']", Root::AwsRegion, vec![]),
            ("$.InstanceARN", Root::InstanceArn, vec![]),
            (
                "$.SegmentAttributes['connect:Subtype']",
                Root::SegmentAttributes,
                vec!["connect:Subtype"],
            ),
            (
                "$.External.customer.tier",
                Root::External,
                vec!["customer", "tier"],
            ),
            ("$.Attributes.名前", Root::Attributes, vec!["名前"]),
            (
                "$.Media.Sip.Headers.P-Charge-Info",
                Root::Media,
                vec!["Sip", "Headers", "P-Charge-Info"],
            ),
        ] {
            let path = path.into_iter().map(str::to_owned).collect();
            assert_eq!(whole(text), Some((root, path)), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_not_one_value_is_not_a_reference() {
        for text in [
            "",
            "$",
            "$.",
            "$.External",
            "$.Attributes",
            "$.external.x",
            "$.Foo.bar",
            "External.x",
            " $.External.x",
            "$.External.x ",
            "$.External.x and more",
            "$.External..x",
            "$.External.x.",
            "$.Attributes['x",
            "$.Attributes['']",
            "$.Attributes.a.b",
            "$.StoredCustomerInput.x",
            "$[AwsRegion]",
        ] {
            assert_eq!(whole(text), None, "{text}");
        }
    }

    fn show(text: &str) -> Vec<String> {
        Template::parse(text)
            .parts()
            .iter()
            .map(|part| match part {
                Part::Literal(text) => format!("'{text}'"),
                Part::Reference(reference) => format!("<{}>", reference.source),
            })
            .collect()
    }

    #[test]
    fn references_are_found_in_text() {
        for (text, parts) in [
            ("Hello", vec!["'Hello'"]),
            (
                "$.External.a$.External.b",
                vec!["<$.External.a>", "<$.External.b>"],
            ),
            (
                "Hi $.Attributes.name. You typed $.StoredCustomerInput.",
                vec![
                    "'Hi '",
                    "<$.Attributes.name>",
                    "'. You typed '",
                    "<$.StoredCustomerInput>",
                    "'.'",
                ],
            ),
            (
                "$.Attributes.nameさま、",
                vec!["<$.Attributes.name>", "'さま、'"],
            ),
            (
                "It costs $5 or $.50, $.Nothing.x",
                vec!["'It costs $5 or $.50, $.Nothing.x'"],
            ),
            (
                "($.Attributes.['my key'])",
                vec!["'('", "<$.Attributes.['my key']>", "')'"],
            ),
            ("$.External", vec!["'$.External'"]),
            ("", vec![]),
        ] {
            assert_eq!(show(text), parts, "{text}");
        }
        // A hyphen ends a reference in a sentence, but belongs to the name in a whole value.
        assert_eq!(
            show(" $.External.code- x"),
            ["' '", "<$.External.code>", "'- x'"]
        );
        assert!(Template::parse("$.External.code-").single().is_some());
    }
}
