//! Pictures as Mermaid, which Markdown on GitHub shows.

use std::fmt::Write;

use crate::graph::Graph;
use crate::marks::{Lit, Marks};
use crate::text::printable;
use crate::words;

/// The most characters of a name or a label.
const LONGEST: usize = 60;

/// Draws a flow as a flowchart of Mermaid, with the same blocks, branches and marks as [`svg`](crate::svg).
///
/// Dotted lines are branches of failures. Lit lines and blocks are green, those that no test took are
/// magenta; the block of the call has a thick border.
#[must_use]
pub fn mermaid(graph: &Graph, marks: &Marks) -> String {
    let lit = Lit::new(graph, marks);
    let missing: Vec<_> = graph.missing().into_iter().collect();
    let id = |target: &str| match graph.position(target) {
        Some(position) => format!("b{position}"),
        None => format!("m{}", missing.partition_point(|name| *name < target)),
    };
    let mut text = String::from("flowchart TD\n  start([\"Start\"])\n");
    // Writing to a text cannot fail.
    let mut line = |arguments: std::fmt::Arguments<'_>| {
        let _ = writeln!(text, "  {arguments}");
    };
    for (index, block) in graph.blocks.iter().enumerate() {
        let (open, close) = match block.is_terminal() {
            true => ("([", "])"),
            false => ("[", "]"),
        };
        let (name, kind) = (escaped(&block.name), escaped(&block.words));
        line(format_args!("b{index}{open}\"{name}<br>{kind}\"{close}"));
    }
    for (index, name) in missing.iter().enumerate() {
        line(format_args!(
            "m{index}{{{{\"{}<br>does not exist\"}}}}",
            escaped(name)
        ));
    }
    let (mut links, mut taken, mut never) = (0_usize, Vec::new(), Vec::new());
    if let Some(start) = graph.start() {
        line(format_args!("start --> {}", id(start)));
        links += 1;
    }
    for (index, block) in graph.blocks.iter().enumerate() {
        for (position, branch) in block.branches.iter().enumerate() {
            let arrow = if branch.kind.is_failure() {
                "-.->"
            } else {
                "-->"
            };
            let label = match escaped(&words::of_branch(&branch.kind)) {
                label if label.trim().is_empty() => String::new(),
                label => format!("|\"{label}\"|"),
            };
            line(format_args!(
                "b{index} {arrow}{label} {}",
                id(&branch.target)
            ));
            if lit.is_lit(index, position) {
                taken.push(links.to_string());
            } else if lit.never_takes(block, branch) {
                never.push(links.to_string());
            }
            links += 1;
        }
    }
    for (links, style) in [
        (taken, "stroke:#2da44e,stroke-width:3px"),
        (never, "stroke:#d6409f,stroke-width:2px"),
    ] {
        if !links.is_empty() {
            line(format_args!("linkStyle {} {style}", links.join(",")));
        }
    }
    let blocks = |fits: &dyn Fn(usize) -> bool| -> String {
        let fitting = (0..graph.blocks.len()).filter(|&index| fits(index));
        fitting
            .map(|index| format!("b{index}"))
            .collect::<Vec<_>>()
            .join(",")
    };
    for (class, style, members) in [
        (
            "lit",
            "stroke:#2da44e,stroke-width:3px",
            blocks(&|index| lit.visits(&graph.blocks[index].identifier) > 0),
        ),
        (
            "never",
            "stroke:#d6409f,stroke-width:2px,stroke-dasharray:2 4",
            blocks(&|index| lit.never_reaches(&graph.blocks[index])),
        ),
        (
            "current",
            "stroke:#0969da,stroke-width:5px",
            blocks(&|index| lit.is_current(&graph.blocks[index].identifier)),
        ),
    ] {
        if !members.is_empty() {
            line(format_args!("classDef {class} {style}"));
            line(format_args!("class {members} {class}"));
        }
    }
    text
}

/// Returns a text for double quotes in Mermaid: on one line, cut, and with all that Mermaid or Markdown
/// could read as markup written as its entities, which begin with `#`.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for (count, symbol) in text.chars().enumerate() {
        if count == LONGEST {
            escaped.push('…');
            break;
        }
        match symbol {
            '"' | '#' | '&' | '<' | '>' | '`' | '|' | '\\' | ';' | '{' | '}' | '[' | ']' | '('
            | ')' | '*' | '_' | '~' | '%' | '$' => {
                let _ = write!(escaped, "#{};", u32::from(symbol));
            }
            symbol if symbol.is_whitespace() => escaped.push(' '),
            symbol => escaped.push(printable(symbol)),
        }
    }
    escaped
}
