//! The description of rules for people: of one, and the page of all.

use crate::file::TYPES;
use crate::rules::{Example, RULES, Rule};

/// The text of the page above its rules.
const INTRODUCTION: &str = include_str!("page.md");

/// Returns the page with all rules, in Markdown.
pub fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    page.push_str("\n## Rules\n\n| rule | severity | requirement |\n|---|---|---|\n");
    for rule in RULES {
        page.push_str(&format!(
            "| [`{id}`](#{anchor}) | {severity} | {summary} |\n",
            id = rule.id,
            anchor = anchor(rule.id),
            severity = rule.severity.name(),
            summary = rule.summary.replace('|', "\\|"),
        ));
    }
    for rule in RULES {
        page.push('\n');
        page.push_str(&describe(rule, "###"));
    }
    page
}

/// Returns the name under which GitHub links to a title: in lower case, without punctuation.
fn anchor(title: &str) -> String {
    title
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == '-')
        .collect()
}

/// Returns the description of a rule, in Markdown below a title of this level.
pub(crate) fn describe(rule: &Rule, title: &str) -> String {
    format!(
        "{title} {}\n\n{} ({})\n\n{}\n\n{}\n\nA flow that breaks it{}:\n\n```json\n{}```\n\nOne that does \
         not{}:\n\n```json\n{}```\n",
        rule.id,
        rule.summary,
        rule.severity.name(),
        rule.explanation,
        rule.remedy,
        circumstances(&rule.bad),
        rule.bad.text,
        circumstances(&rule.good),
        rule.good.text,
    )
}

/// Returns the type and the settings of an example, where they matter.
fn circumstances(example: &Example) -> String {
    let mut given = String::new();
    if example.kind != connect_flow::FlowKind::ContactFlow {
        let known = TYPES.iter().find(|(_, kind)| *kind == example.kind);
        let name = known.map_or("", |(name, _)| name);
        given.push_str(&format!(" (of type `{name}`)"));
    }
    if example.settings != "{}" {
        given.push_str(&format!(" (with the settings `{}`)", example.settings));
    }
    given
}
