//! Pictures as SVG.

mod shapes;

use std::fmt::Write;

use crate::graph::{Block, Branch, BranchKind, Graph};
use crate::layout::{self, Layout, Place, Point};
use crate::marks::{Lit, Marks};
use crate::scene::{
    Card, EXCERPT_LINE, EXCERPT_SIZE, INSET, LABEL_LINE, LABEL_LINES, LABEL_SIZE, Line, NAME_LINE,
    NAME_SIZE, PADDING, Scene, Subject, TYPE_LINE, TYPE_SIZE,
};
use crate::text::xml;
use shapes::{dashes, drawn, rect, shape};

/// The height of the legend.
const LEGEND: i32 = 30;
/// The least width of a picture with a legend.
const LEGEND_WIDTH: i32 = 470;

/// The presentation of a picture.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// The place where the picture is shown.
    pub style: Style,
    /// The places of the blocks.
    pub positions: Positions,
    /// The name of the flow, for the title. Default: none.
    pub title: Option<String>,
}

/// The places where a picture is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// A file of its own: with colours for light and dark themes, a background and a legend.
    #[default]
    Alone,
    /// A part of a page that has [`style_sheet`] as a file of its own. Blocks can be focused.
    Embedded,
}

/// The sources of the places of blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Positions {
    /// The layout of this crate.
    #[default]
    Computed,
    /// `Metadata.ActionMetadata`, as the console has them.
    Console,
}

/// Returns the style sheet of pictures. A picture that stands alone contains it.
#[must_use]
pub fn style_sheet() -> &'static str {
    include_str!("style.css")
}

/// Draws a flow as SVG.
///
/// Each block is a `<g class="block">` with `data-block`, its identifier, and each branch a
/// `<g class="branch">` with `data-block`, `data-kind` (`next`, `condition` or `error`), `data-branch`
/// (`NextAction`, the operand or the error type) and `data-target`. Marks are the classes `lit`, `current`
/// and `never`; `failure`, `terminal` and `start` tell branches and blocks apart. There are no style
/// attributes, scripts, ids or references to other files.
#[must_use]
pub fn svg(graph: &Graph, marks: &Marks, options: &Options) -> String {
    let scene = Scene::new(graph);
    let layout = match options.positions {
        Positions::Computed => layout::lay_out(&scene.nodes(), &scene.ways()),
        Positions::Console => {
            let blocks = graph.blocks.iter().map(|block| block.position);
            let all: Vec<_> = std::iter::once(graph.entry).chain(blocks).collect();
            layout::at_positions(&scene.nodes(), &scene.ways(), &all)
        }
    };
    let lit = Lit::new(graph, marks);
    let picture = Picture {
        graph,
        marks,
        options,
        scene: &scene,
        layout: &layout,
        lit: &lit,
    };
    let mut svg = String::new();
    // Writing to a text cannot fail.
    let _ = picture.write(&mut svg);
    svg
}

struct Picture<'a> {
    graph: &'a Graph,
    marks: &'a Marks,
    options: &'a Options,
    scene: &'a Scene<'a>,
    layout: &'a Layout,
    lit: &'a Lit<'a>,
}

impl Picture<'_> {
    fn write(&self, svg: &mut String) -> std::fmt::Result {
        let alone = self.options.style == Style::Alone;
        let (mut width, mut height) = (self.layout.width, self.layout.height);
        if alone {
            (width, height) = (width.max(LEGEND_WIDTH), height + LEGEND);
        }
        // What an image contains is not read out; the blocks of a page are.
        let role = if alone { "img" } else { "group" };
        writeln!(
            svg,
            r#"<svg xmlns="http://www.w3.org/2000/svg" class="flow-picture" role="{role}" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'Noto Sans CJK JP', sans-serif">"#
        )?;
        let title = self.options.title.as_deref().unwrap_or("Flow");
        writeln!(svg, "<title>{}</title>", xml(title))?;
        writeln!(svg, "<desc>{}</desc>", xml(&self.description()))?;
        if alone {
            writeln!(svg, "<style>\n{}</style>", style_sheet())?;
            writeln!(
                svg,
                r##"<rect class="canvas" width="{width}" height="{height}" fill="#fff"/>"##
            )?;
        }
        self.lines(svg)?;
        for (card, place) in self.scene.cards.iter().zip(&self.layout.places) {
            self.card(svg, card, place)?;
        }
        if alone {
            self.legend(svg, self.layout.height)?;
        }
        writeln!(svg, "</svg>")
    }

    /// Describes the picture for those who do not see it.
    fn description(&self) -> String {
        let blocks = &self.graph.blocks;
        let branches: usize = blocks.iter().map(|block| block.branches.len()).sum();
        let mut said = format!(
            "A flow of Amazon Connect with {} and {}.",
            counted(blocks.len(), "block", "blocks"),
            counted(branches, "branch", "branches")
        );
        if let Some(start) = self.graph.start() {
            let _ = write!(said, " It starts with {start}.");
        }
        let missing = self.graph.missing().len();
        if missing > 0 {
            let _ = write!(
                said,
                " {} named that the flow does not have.",
                counted(missing, "block is", "blocks are")
            );
        }
        if !self.marks.steps.is_empty() {
            let steps = counted(self.marks.steps.len(), "step", "steps");
            let _ = write!(said, " The way of a call is lit: {steps}.");
        }
        if self.marks.never_taken.is_some() {
            let never = blocks.iter().flat_map(|block| {
                let taken = block.branches.iter();
                taken.filter(|branch| self.lit.never_takes(block, branch))
            });
            let words = match never.count() {
                1 => "1 was".to_owned(),
                many => format!("{many} were"),
            };
            let _ = write!(said, " Of the branches, {words} never taken by a test.");
        }
        said
    }

    /// Draws all lines: at the bottom those that no test took, at the top those that a call took.
    fn lines(&self, svg: &mut String) -> std::fmt::Result {
        for depth in 0..3 {
            for (line, points) in self.scene.lines.iter().zip(&self.layout.ways) {
                let shape = shape(points, self.layout.curved);
                let Some(block) = line.block else {
                    if depth == 1 {
                        writeln!(svg, r#"<g class="entry">{}</g>"#, drawn(&shape, points, ""))?;
                    }
                    continue;
                };
                let mut row = 0;
                for (&branch, label) in line.branches.iter().zip(&line.labels) {
                    let place = (!label.is_empty()).then(|| {
                        row += 1;
                        row - 1
                    });
                    if self.depth(block, branch) == depth {
                        self.branch(svg, line, block, branch, place, &shape, points)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn depth(&self, position: usize, branch: usize) -> usize {
        let block = &self.graph.blocks[position];
        match self.lit.is_lit(position, branch) {
            true => 2,
            false => usize::from(!self.lit.never_takes(block, &block.branches[branch])),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one branch")]
    fn branch(
        &self,
        svg: &mut String,
        line: &Line,
        position: usize,
        branch: usize,
        row: Option<usize>,
        shape: &str,
        points: &[Point],
    ) -> std::fmt::Result {
        let block = &self.graph.blocks[position];
        let facts: &Branch = &block.branches[branch];
        let kind = match facts.kind {
            BranchKind::Next => "next",
            BranchKind::Condition { .. } => "condition",
            BranchKind::Error(_) => "error",
        };
        let never = self.lit.never_takes(block, facts);
        let mut classes = format!("branch {kind}");
        for (class, has) in [
            ("failure", facts.kind.is_failure()),
            ("lit", self.lit.is_lit(position, branch)),
            ("never", never),
        ] {
            if has {
                classes.push(' ');
                classes.push_str(class);
            }
        }
        let also = if never { "; no test took it" } else { "" };
        write!(
            svg,
            r#"<g class="{classes}" data-block="{}" data-kind="{kind}" data-branch="{}" data-target="{}"><title>{}{also}</title>"#,
            xml(&block.identifier),
            xml(facts.kind.name()),
            xml(&facts.target),
            xml(&facts.described(&block.identifier)),
        )?;
        let dashes = match (never, facts.kind.is_failure()) {
            (true, _) => dashes(points, 2, 4),
            (false, true) => dashes(points, 6, 4),
            (false, false) => String::new(),
        };
        svg.push_str(&drawn(shape, points, &dashes));
        let (Some(row), Some(start)) = (row, points.first()) else {
            return writeln!(svg, "</g>");
        };
        let shown = line.shown_labels();
        // Of very many branches of one line, the rest is counted at the last label.
        if let Some(label) = shown.get(row)
            && row < LABEL_LINES
        {
            let y = start.y + LABEL_LINE * (i32::try_from(row).unwrap_or(0) + 1) - 1;
            write!(
                svg,
                r#"<text class="label" x="{}" y="{y}" font-size="{LABEL_SIZE}" fill="currentColor">{}</text>"#,
                start.x + 6,
                xml(label)
            )?;
        }
        writeln!(svg, "</g>")
    }

    fn card(&self, svg: &mut String, card: &Card<'_>, place: &Place) -> std::fmt::Result {
        match card.subject {
            Subject::Start => {
                let (x, y) = (place.x + place.width / 2, place.y + place.height / 2 + 4);
                write!(
                    svg,
                    r#"<g class="start-mark"><title>The flow starts here</title>{}"#,
                    rect("card", place, place.height / 2)
                )?;
                writeln!(
                    svg,
                    r#"<text class="name" x="{x}" y="{y}" font-size="12" text-anchor="middle" fill="currentColor">Start</text></g>"#
                )
            }
            Subject::Block(block) => self.block(svg, card, block, place),
            Subject::Missing(name) => {
                write!(
                    svg,
                    r#"<g class="missing" data-block="{}"><title>{} does not exist</title>{}"#,
                    xml(name),
                    xml(name),
                    rect("card", place, 8)
                )?;
                texts(svg, card, place)?;
                writeln!(svg, "</g>")
            }
        }
    }

    fn block(
        &self,
        svg: &mut String,
        card: &Card<'_>,
        block: &Block,
        place: &Place,
    ) -> std::fmt::Result {
        let identifier = &block.identifier;
        let visits = self.lit.visits(identifier);
        let never = self.lit.never_reaches(block);
        let mut classes = format!("block {}", block.group.class());
        for (class, has) in [
            ("start", self.graph.start() == Some(identifier)),
            ("terminal", block.is_terminal()),
            ("lit", visits > 0),
            ("current", self.lit.is_current(identifier)),
            ("never", never),
        ] {
            if has {
                classes.push(' ');
                classes.push_str(class);
            }
        }
        let focus = match self.options.style {
            Style::Alone => "",
            Style::Embedded => r#" role="button" tabindex="0""#,
        };
        write!(
            svg,
            r#"<g class="{classes}" data-block="{}"{focus}><title>{}</title>"#,
            xml(identifier),
            xml(&self.told(block, visits, never))
        )?;
        let radius = if block.is_terminal() { 18 } else { 8 };
        svg.push_str(&rect("card", place, radius));
        if block.is_terminal() {
            let within = Place {
                x: place.x + 3,
                y: place.y + 3,
                width: place.width - 6,
                height: place.height - 6,
            };
            svg.push_str(&rect("inner", &within, radius - 3));
        } else {
            write!(
                svg,
                r#"<rect class="mark" x="{}" y="{}" width="4" height="{}" rx="2" fill="currentColor"/>"#,
                place.x + 4,
                place.y + 7,
                place.height - 14
            )?;
        }
        texts(svg, card, place)?;
        if visits > 1 {
            let x = place.right() - 12;
            write!(
                svg,
                r#"<g class="visits"><rect x="{}" y="{}" width="36" height="18" rx="9" fill="none" stroke="currentColor"/><text x="{x}" y="{}" font-size="11" text-anchor="middle" fill="currentColor">{}×</text></g>"#,
                x - 18,
                place.y - 9,
                place.y + 4,
                visits.min(999)
            )?;
        }
        writeln!(svg, "</g>")
    }

    /// Tells about a block in words.
    fn told(&self, block: &Block, visits: usize, never: bool) -> String {
        let mut told = match block.name == block.identifier {
            true => block.name.clone(),
            false => format!("{} ({})", block.name, block.identifier),
        };
        if !block.words.is_empty() {
            let _ = write!(told, ", {}", block.words);
        }
        if !block.excerpt.is_empty() {
            let _ = write!(told, ": {}", block.excerpt);
        }
        if self.lit.is_current(&block.identifier) {
            told.push_str("; the call is here");
        }
        if visits > 0 {
            let _ = write!(told, "; visited {}", counted(visits, "time", "times"));
        }
        if never {
            told.push_str("; no test came here");
        }
        told
    }

    /// Draws samples of the lines that the picture has, with what they mean.
    fn legend(&self, svg: &mut String, y: i32) -> std::fmt::Result {
        let mut branches = self.graph.blocks.iter().flat_map(|block| &block.branches);
        let samples = [
            ("branch", "Branch", "", true),
            (
                "branch failure",
                "Branch of a failure",
                r#" stroke-dasharray="6 4""#,
                branches.any(|branch| branch.kind.is_failure()),
            ),
            (
                "branch lit",
                "Way of the call",
                "",
                !self.marks.steps.is_empty(),
            ),
            (
                "branch never",
                "Never taken by a test",
                r#" stroke-dasharray="2 4""#,
                self.marks.never_taken.is_some(),
            ),
        ];
        let mut x = layout::MARGIN;
        for (class, words, dashes, has) in samples {
            if has {
                let end = x + 26;
                writeln!(
                    svg,
                    r#"<g class="legend {class}"><path class="line" d="M{x} {y}H{end}" fill="none" stroke="currentColor"{dashes}/><text class="label" x="{}" y="{}" font-size="{LABEL_SIZE}" fill="currentColor">{words}</text></g>"#,
                    end + 6,
                    y + 4
                )?;
                x = end + 6 + crate::text::width(words, LABEL_SIZE) + 18;
            }
        }
        Ok(())
    }
}

fn texts(svg: &mut String, card: &Card<'_>, place: &Place) -> std::fmt::Result {
    let x = place.x + INSET;
    let mut y = place.y + PADDING;
    let kind = std::slice::from_ref(&card.kind);
    for (class, lines, size, height, more) in [
        ("kind", kind, TYPE_SIZE, TYPE_LINE, ""),
        (
            "name",
            &card.name[..],
            NAME_SIZE,
            NAME_LINE,
            r#" font-weight="600""#,
        ),
        ("excerpt", &card.excerpt[..], EXCERPT_SIZE, EXCERPT_LINE, ""),
    ] {
        for line in lines {
            y += height;
            write!(
                svg,
                r#"<text class="{class}" x="{x}" y="{}" font-size="{size}" fill="currentColor"{more}>{}</text>"#,
                y - 4,
                xml(line)
            )?;
        }
    }
    Ok(())
}

/// Returns a number with its noun.
fn counted(number: usize, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        number => format!("{number} {many}"),
    }
}
