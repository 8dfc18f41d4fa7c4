//! `docs/flow.md`, the page with the drawing of the conversation.

use std::collections::BTreeMap;

use connect_flow::{Flow, Transition, TransitionKind};

/// The words in the drawing for operands. Reasons of the function are shown unchanged.
const WORDS: [(&str, &str); 7] = [
    ("+", "yes"),
    ("-1", "no"),
    ("0", "digits"),
    ("ContinueLooping", "yes"),
    ("DoneLooping", "no"),
    ("Success", "yes"),
    ("Timeout", "nothing"),
];

/// Returns the page. The flow has one language, whose code ends the name of each block.
pub(crate) fn page(flow: &Flow, language: &str) -> String {
    format!(
        "# The conversation\n\n\
         Drawn by a test from the flow that the module ships, in one language and without fallbacks; do\n\
         not edit it. `UPDATE_DOCS=1 cargo test -p e2e the_drawing` writes it again.\n\n\
         [Overview](#overview) · [Every block and branch](#every-block-and-branch)\n\n\
         ## Overview\n\n\
         The drawing omits the blocks that switch the flow log off before a number or a PIN is handled, and\n\
         on again. It also omits the branches of blocks that fail: if a voice cannot be set, a Standard voice\n\
         is set; if a question or the function fails, the caller hears `trouble`; if a count fails, the call\n\
         continues as after *no*; if a sentence cannot be spoken, the line hangs up.\n\n\
         ```mermaid\n{}```\n\n\
         ## Every block and branch\n\n\
         `connect-local flow draw` draws any flow like this, and can light the way of a call or mark what\n\
         tests never took ([drawing flows](drawing-flows.md)).\n\n\
         ![The flow in Japanese, with every block and branch](pictures/flow.ja.svg)\n",
        diagram(flow, language)
    )
}

fn diagram(flow: &Flow, language: &str) -> String {
    let kinds: BTreeMap<&str, &str> = flow.actions().collect();
    let transitions = flow.transitions();
    let (mut nodes, mut lines) = (Vec::new(), Vec::new());
    let (first, _) = flow.actions().next().expect("a flow must have blocks");
    let mut waiting = vec![skip_log_blocks(first, &kinds, &transitions)];
    while let Some(action) = waiting.pop() {
        if nodes.contains(&action) {
            continue;
        }
        nodes.push(action);
        let mut labels: Vec<(&str, Vec<String>)> = Vec::new();
        for transition in transitions.iter().filter(|one| &*one.action == action) {
            let (Some(target), Some(label)) = (&transition.target, label(transition)) else {
                continue;
            };
            let target = skip_log_blocks(target, &kinds, &transitions);
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
        let position = nodes.iter().position(|known| *known == action);
        format!("n{}", position.expect("every target was visited"))
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

/// Returns the block itself, or the first block after blocks that switch the flow log.
fn skip_log_blocks<'a>(
    mut action: &'a str,
    kinds: &BTreeMap<&'a str, &'a str>,
    transitions: &'a [Transition],
) -> &'a str {
    while kinds.get(action) == Some(&"UpdateFlowLoggingBehavior") {
        let transition = transitions.iter().find(|one| &*one.action == action);
        let next = transition.and_then(|one| one.target.as_deref());
        action = next.expect("a block must follow the one that switches the flow log");
    }
    action
}

/// Returns the label of a transition; `None` for the transition of a block that fails.
fn label(transition: &Transition) -> Option<String> {
    match &transition.kind {
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

/// Returns the brackets of Mermaid's shape for comparisons, questions to the caller, the function,
/// sentences, or other blocks.
fn shape(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "Compare" | "Loop" => ("{", "}"),
        "GetParticipantInput" => ("[/", "/]"),
        "InvokeLambdaFunction" => ("[[", "]]"),
        "MessageParticipant" => ("(", ")"),
        _ => ("[", "]"),
    }
}
