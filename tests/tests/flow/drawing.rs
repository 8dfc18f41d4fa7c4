//! The page with a drawing of the conversation.

use std::collections::BTreeMap;

use connect_flow::{Flow, Transition, TransitionKind};

/// What the reader of a drawing calls an operand. Reasons of the function are called as they are.
const WORDS: [(&str, &str); 7] = [
    ("+", "yes"),
    ("-1", "no"),
    ("0", "digits"),
    ("ContinueLooping", "yes"),
    ("DoneLooping", "no"),
    ("Success", "yes"),
    ("Timeout", "nothing"),
];

/// The page. The flow has one language, whose code ends the name of each block.
pub(crate) fn page(flow: &Flow, language: &str) -> String {
    format!(
        "# The conversation\n\n\
         Drawn by a test from the flow that the module ships, in one language and without fallbacks; do\n\
         not edit it. `UPDATE_DOCS=1 cargo test -p e2e the_drawing` writes it again.\n\n\
         Left out are the blocks that switch the flow log off before a number or a PIN is handled, and on\n\
         again; and what follows when a block fails: after a voice a Standard voice is set, after a\n\
         question or the function the caller hears `trouble`, a count goes on as after *no*, and after a\n\
         sentence the line hangs up.\n\n\
         ```mermaid\n{}```\n",
        diagram(flow, language)
    )
}

fn diagram(flow: &Flow, language: &str) -> String {
    let kinds: BTreeMap<&str, &str> = flow.actions().collect();
    let ways = flow.transitions();
    let (mut nodes, mut lines) = (Vec::new(), Vec::new());
    let (first, _) = flow.actions().next().expect("a flow has blocks");
    let mut waiting = vec![behind_log(first, &kinds, &ways)];
    while let Some(action) = waiting.pop() {
        if nodes.contains(&action) {
            continue;
        }
        nodes.push(action);
        let mut labels: Vec<(&str, Vec<String>)> = Vec::new();
        for way in ways.iter().filter(|way| &*way.action == action) {
            let (Some(target), Some(label)) = (&way.target, label(way)) else {
                continue;
            };
            let target = behind_log(target, &kinds, &ways);
            match labels.iter_mut().find(|(known, _)| *known == target) {
                Some((_, all)) => all.push(label),
                None => labels.push((target, vec![label])),
            }
        }
        waiting.extend(labels.iter().rev().map(|(target, _)| *target));
        for (target, mut all) in labels {
            all.retain(|label| !label.is_empty());
            lines.push((action, all.join("<br>"), target));
        }
    }
    let id = |action: &str| {
        let place = nodes.iter().position(|known| *known == action);
        format!("n{}", place.expect("it was visited"))
    };
    let mut drawing = String::from("flowchart TD\n");
    for action in &nodes {
        let name = action.strip_suffix(&format!(" {language}"));
        let name = name.unwrap_or(action);
        let (open, close) = shape(kinds[action]);
        drawing.push_str(&format!("  {}{open}\"{name}\"{close}\n", id(action)));
    }
    for (from, label, to) in &lines {
        let arrow = match &**label {
            "" => "-->".to_owned(),
            label => format!("-->|\"{label}\"|"),
        };
        drawing.push_str(&format!("  {} {arrow} {}\n", id(from), id(to)));
    }
    drawing
}

/// The block itself, or the first behind those that switch the flow log.
fn behind_log<'a>(
    mut action: &'a str,
    kinds: &BTreeMap<&'a str, &'a str>,
    ways: &'a [Transition],
) -> &'a str {
    while kinds.get(action) == Some(&"UpdateFlowLoggingBehavior") {
        let way = ways.iter().find(|way| &*way.action == action);
        let next = way.and_then(|way| way.target.as_deref());
        action = next.expect("logging is switched on the way to somewhere");
    }
    action
}

/// What stands at a line; nothing for a block that fails.
fn label(way: &Transition) -> Option<String> {
    match &way.kind {
        TransitionKind::Next => Some(String::new()),
        TransitionKind::Condition { operand, .. } => {
            let words = WORDS.iter().find(|(known, _)| *known == &**operand);
            let words = words.map_or(&**operand, |(_, words)| words);
            Some(words.to_owned())
        }
        TransitionKind::Error { error_type } if &**error_type == "NoMatchingCondition" => {
            Some("otherwise".to_owned())
        }
        TransitionKind::Error { .. } | TransitionKind::Terminal => None,
    }
}

/// The brackets of Mermaid's shapes: questions to a value, questions to the caller, the function,
/// sentences, and the rest.
fn shape(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "Compare" | "Loop" => ("{", "}"),
        "GetParticipantInput" => ("[/", "/]"),
        "InvokeLambdaFunction" => ("[[", "]]"),
        "MessageParticipant" => ("(", ")"),
        _ => ("[", "]"),
    }
}
