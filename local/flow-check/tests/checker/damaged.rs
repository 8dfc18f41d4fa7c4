//! Damaged copies of flows: the checker ends, and each finding stands in the file.

use connect_flow_check::render::{CheckedFile, Format, render};
use connect_flow_check::{FlowFile, Position, RULES, Settings, TYPES, check};
use proptest::prelude::*;

/// A change of a flow's text.
#[derive(Debug, Clone)]
enum Damage {
    /// The text ends here.
    Cut(usize),
    /// These characters change places.
    Swap(usize, usize),
    /// A part is written twice.
    Repeat(usize, usize),
    /// A part is gone.
    Remove(usize, usize),
    /// A text stands in the place of a character.
    Insert(usize, &'static str),
    /// Each occurrence of a text is replaced.
    Replace(usize),
}

const INSERTED: [&str; 12] = [
    "\"", "{", "}", "[", "]", ",", "線", "\r\n", "\u{feff}", "/* */", "\\ud800", "1e999",
];

const REPLACED: [(&str, &str); 10] = [
    ("\"Identifier\"", "\"Type\""),
    ("\"Type\"", "\"Parameters\""),
    ("\"Parameters\": {", "\"Parameters\": [], \"Parameters\": {"),
    ("\"Transitions\": {", "\"Transitions\": 7, \"X\": {"),
    ("\"NextAction\": \"", "\"NextAction\": \"x"),
    ("\"Hang up\"", "null"),
    ("\"Actions\"", "\"actions\""),
    ("\"2019-10-30\"", "20191030"),
    ("NoMatchingError", "NoMatchingCondition"),
    ("\n", "\r\n"),
];

fn damage() -> impl Strategy<Value = Damage> {
    let at = || 0..2_000_usize;
    prop_oneof![
        at().prop_map(Damage::Cut),
        (at(), at()).prop_map(|(a, b)| Damage::Swap(a, b)),
        (at(), 1..200_usize).prop_map(|(a, b)| Damage::Repeat(a, b)),
        (at(), 1..200_usize).prop_map(|(a, b)| Damage::Remove(a, b)),
        (at(), 0..INSERTED.len()).prop_map(|(a, b)| Damage::Insert(a, INSERTED[b])),
        (0..REPLACED.len()).prop_map(Damage::Replace),
    ]
}

fn damaged(text: &str, damages: &[Damage]) -> String {
    let mut text: Vec<char> = text.chars().collect();
    for damage in damages {
        let length = text.len();
        let at = |position: usize| position % length.max(1);
        match *damage {
            Damage::Cut(to) => text.truncate(at(to)),
            Damage::Swap(a, b) if length > 0 => text.swap(at(a), at(b)),
            Damage::Repeat(from, count) => {
                let part: Vec<char> = text.iter().skip(at(from)).take(count).copied().collect();
                text.splice(at(from)..at(from), part);
            }
            Damage::Remove(from, count) => {
                let to = (at(from) + count).min(length);
                text.drain(at(from).min(to)..to);
            }
            Damage::Insert(position, inserted) => {
                text.splice(at(position)..at(position), inserted.chars());
            }
            Damage::Replace(which) => {
                let (from, to) = REPLACED[which];
                let replaced = text.iter().collect::<String>().replace(from, to);
                text = replaced.chars().collect();
            }
            Damage::Swap(..) => {}
        }
    }
    text.into_iter().collect()
}

/// Counts a place anew, character by character.
fn place(text: &str, byte: usize) -> Position {
    let mut position = Position { line: 1, column: 1 };
    for symbol in text[..byte].chars() {
        position.column += 1;
        if symbol == '\n' {
            position = Position {
                line: position.line + 1,
                column: 1,
            };
        }
    }
    position
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_finding_of_a_damaged_flow_stands_in_it(
        rule in 0..RULES.len(),
        bad in any::<bool>(),
        kind in proptest::option::of(0..TYPES.len()),
        damages in prop::collection::vec(damage(), 0..4),
    ) {
        let rule = RULES[rule];
        let example = if bad { &rule.bad } else { &rule.good };
        let text = damaged(example.text, &damages);
        let kind = kind.map(|kind| TYPES[kind].1);
        let file = FlowFile::read("a.json", &text, kind).unwrap();
        let settings = Settings::parse(example.settings).unwrap();
        let findings = check(&file, &settings);
        for finding in &findings {
            let (start, end) = (finding.span.start, finding.span.end);
            prop_assert!(start <= end && end <= file.content.len());
            prop_assert_eq!(place(&file.content, start), finding.start);
            prop_assert_eq!(place(&file.content, end), finding.end);
            for label in &finding.labels {
                prop_assert!(file.content.get(label.span.clone()).is_some());
            }
        }
        prop_assert!(findings.is_sorted_by_key(|finding| (finding.span.start, finding.span.end, finding.rule.id)));
        let again = check(&file, &settings);
        prop_assert_eq!(format!("{findings:?}"), format!("{again:?}"));
        let checked = [CheckedFile { file, findings }];
        for format in [Format::Text, Format::Concise, Format::Json, Format::Sarif, Format::Github] {
            prop_assert!(render(format, &checked).len() < 10_000_000);
        }
    }
}
