//! The results of tests, for people and as JSON.

use anstyle::{AnsiColor, Style};
use local_connect::{JudgedObservation, JudgedTest, SaidMessage, TestedBlock};
use serde_json::json;

use super::files::{FlowSource, named};
use super::suite::Tested;
use super::words::shown;
use crate::screen::{Printed, Screen};

const PASSED: Style = AnsiColor::Green.on_default();
const FAILED: Style = AnsiColor::Red.on_default();
const NOTE: Style = AnsiColor::Yellow.on_default();
const DETAIL: Style = Style::new().dimmed();

/// The most blocks of a way, and the most messages, that are printed: the last ones.
const MOST: usize = 40;

/// The kind of a line below a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Failure,
    Note,
    Detail,
}

/// Prints a test.
pub(super) fn test(tested: &Tested, source: Option<&FlowSource>, screen: Screen) -> Printed {
    let path = named(&tested.path);
    let name = shown(&tested.name);
    let mark = match tested.passed() {
        true => format!("{PASSED}passed{PASSED:#}"),
        false => format!("{FAILED}failed{FAILED:#}"),
    };
    screen.say(&format!("{mark}  {name}  {DETAIL}{path}{DETAIL:#}"))?;
    for (kind, line) in lines(tested, source) {
        screen.say(&match kind {
            Kind::Failure => format!("        {line}"),
            Kind::Note => format!("        {NOTE}note{NOTE:#} {line}"),
            Kind::Detail => format!("        {DETAIL}{line}{DETAIL:#}"),
        })?;
    }
    let (judged, refused) = match &tested.outcome {
        Ok(judged) => (Some(judged), None),
        Err(why) => (None, Some(why)),
    };
    screen.result(json!({
        "type": "test",
        "file": tested.path.display().to_string(),
        "name": tested.name,
        "passed": tested.passed(),
        "refused": refused,
        "report": judged,
        "unmockedFunctions": tested.unmocked,
    }))
}

/// Returns the reasons for which a test failed, and the way that it took, as plain text.
pub(super) fn failure(tested: &Tested, source: Option<&FlowSource>) -> String {
    let lines = lines(tested, source).into_iter();
    let texts: Vec<_> = lines.map(|(_, text)| text).collect();
    texts.join("\n")
}

fn lines(tested: &Tested, source: Option<&FlowSource>) -> Vec<(Kind, String)> {
    let mut lines = Vec::new();
    match &tested.outcome {
        Err(why) => lines.push((Kind::Failure, shown(why))),
        Ok(judged) => {
            if !judged.passed() {
                failures(judged, source, &mut lines);
            }
            notes(judged, &mut lines);
        }
    }
    for function in &tested.unmocked {
        let line = format!(
            "the flow invoked {}, which failed with NoMatchingError: no function exists here, so the \
             test case must mock it with OverrideSystemBehavior",
            shown(function)
        );
        lines.push((Kind::Note, line));
    }
    lines
}

fn failures(judged: &JudgedTest, source: Option<&FlowSource>, lines: &mut Vec<(Kind, String)>) {
    lines.push((Kind::Failure, shown(&judged.reason)));
    for one in &judged.observations {
        if one.unmet {
            unmet(one, judged, source, lines);
        }
        for check in &one.failed_checks {
            let found = match &check.found {
                Some(found) => format!("\"{}\"", shown(found)),
                None => "undefined".to_owned(),
            };
            let line = format!(
                "observation {}: {} must be {} \"{}\", but was {found}",
                shown(&one.identifier),
                shown(&check.attribute),
                check.operator,
                shown(&check.expected),
            );
            lines.push((Kind::Failure, line));
        }
    }
    let skipped = judged.way.len().saturating_sub(MOST);
    let before = match skipped {
        0 => String::new(),
        many => format!("({many} blocks before) "),
    };
    let blocks: Vec<_> = judged.way[skipped..]
        .iter()
        .map(|block| shown(&block.block))
        .collect();
    let ended = match judged.way.last() {
        Some(last) => format!("; it ended at {}", place(last, judged, source)),
        None => String::new(),
    };
    let way = format!("way: {before}{}{ended}", blocks.join(" -> "));
    lines.push((Kind::Detail, way));
}

fn unmet(
    one: &JudgedObservation,
    judged: &JudgedTest,
    source: Option<&FlowSource>,
    lines: &mut Vec<(Kind, String)>,
) {
    let expected = match &one.expected {
        Some(expected) => format!(" \"{}\"", shown(expected)),
        None => String::new(),
    };
    let identifier = shown(&one.identifier);
    let waited = format!(
        "observation {identifier} waited for {}{expected}",
        one.event
    );
    lines.push((Kind::Failure, waited));
    let mut tell = |what: &str, said: &SaidMessage| {
        let place = place(&said.at, judged, source);
        let line = format!("{what}: \"{}\" ({place})", shown(&said.text));
        lines.push((Kind::Failure, line));
    };
    if let Some(nearest) = &one.nearest {
        let score = nearest.score.unwrap_or_default();
        tell(&format!("  nearest, score {score:.2}"), nearest);
    }
    let skipped = one.said_instead.len().saturating_sub(MOST);
    let instead = one.said_instead.iter().skip(skipped);
    let instead = instead.filter(|said| {
        let nearest = one.nearest.as_ref();
        nearest.is_none_or(|nearest| nearest.text != said.text || nearest.at != said.at)
    });
    for said in instead {
        tell("  said instead", said);
    }
    if one.said_instead.is_empty() {
        let line = "  the line said nothing since it began to wait".to_owned();
        lines.push((Kind::Failure, line));
    }
}

/// Returns block and line of the flow file, or block and flow of a deployed line.
fn place(at: &TestedBlock, judged: &JudgedTest, source: Option<&FlowSource>) -> String {
    let block = shown(&at.block);
    if let Some(source) = source
        && let Some(line) = source.line_of(&at.block)
    {
        return format!("block {block}, {}:{line}", named(&source.path));
    }
    let flow = judged.flows.iter().find(|flow| flow.flow_id == at.flow_id);
    match flow {
        Some(flow) => format!("block {block} of {}", shown(&flow.name)),
        None => format!("block {block}"),
    }
}

fn notes(judged: &JudgedTest, lines: &mut Vec<(Kind, String)>) {
    let mut note = |text: String| lines.push((Kind::Note, text));
    for one in &judged.observations {
        let identifier = shown(&one.identifier);
        if let Some(score) = one.by_similarity {
            note(format!(
                "observation {identifier} matched by similarity, score {score:.2}: AWS may decide \
                 otherwise (--strict refuses it)"
            ));
        }
        if one.status == "waiting" {
            note(format!(
                "observation {identifier} still waited when EndTest ended the test"
            ));
        }
        for logged in &one.logged {
            let (label, text) = (shown(&logged.label), shown(&logged.text));
            note(format!("{label}: {text}"));
        }
    }
    for target in &judged.unused_overrides {
        note(format!("the override of {} was not used", shown(target)));
    }
    for advice in judged.notes.iter().chain(&judged.warnings) {
        note(shown(advice));
    }
}
