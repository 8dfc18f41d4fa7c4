//! The cards and lines of a picture, before they have places.

use std::collections::BTreeMap;

use crate::graph::{Block, Graph};
use crate::layout::{Node, SLOT_INSET, Way};
use crate::text;
use crate::words;

/// The width of a card, unless its lines need more.
const WIDTH: i32 = 204;
/// The distance of text from the sides of a card.
pub(crate) const INSET: i32 = 14;
/// The sizes of fonts: of the type, the name, the excerpt, and the labels of lines.
pub(crate) const TYPE_SIZE: i32 = 10;
pub(crate) const NAME_SIZE: i32 = 13;
pub(crate) const EXCERPT_SIZE: i32 = 11;
pub(crate) const LABEL_SIZE: i32 = 10;
/// The heights of lines of text: of the type, the name, the excerpt, and the labels of lines.
pub(crate) const TYPE_LINE: i32 = 16;
pub(crate) const NAME_LINE: i32 = 17;
pub(crate) const EXCERPT_LINE: i32 = 15;
pub(crate) const LABEL_LINE: i32 = 13;
/// The room above the first and below the last line of a card.
pub(crate) const PADDING: i32 = 7;
/// The most room that a label has.
const LABEL_ROOM: i32 = 150;
/// The most lines of labels that stand at one line of the picture; the last one counts the rest.
pub(crate) const LABEL_LINES: usize = 8;
/// The size of the mark of the start.
const START: (i32, i32) = (72, 28);

/// A picture whose things have no places yet.
pub(crate) struct Scene<'a> {
    pub(crate) cards: Vec<Card<'a>>,
    pub(crate) lines: Vec<Line>,
}

/// A rectangle with text.
pub(crate) struct Card<'a> {
    pub(crate) subject: Subject<'a>,
    /// The name, broken into lines.
    pub(crate) name: Vec<String>,
    /// The type, cut.
    pub(crate) kind: String,
    /// The beginning of what the block says, broken into lines.
    pub(crate) excerpt: Vec<String>,
    width: i32,
    height: i32,
    slots: Vec<i32>,
    labels: usize,
}

/// The subject that a card stands for.
pub(crate) enum Subject<'a> {
    /// The start of the flow.
    Start,
    /// A block.
    Block(&'a Block),
    /// A block that a branch names and that does not exist.
    Missing(&'a str),
}

/// The branches of a block that lead to one target: drawn as one line.
pub(crate) struct Line {
    pub(crate) way: Way,
    /// The position of the block in the graph; `None` for the line from the start.
    pub(crate) block: Option<usize>,
    /// The positions of the branches within the block.
    pub(crate) branches: Vec<usize>,
    /// The label of each branch, cut; empty for one that needs none.
    pub(crate) labels: Vec<String>,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(graph: &'a Graph) -> Self {
        let missing: Vec<_> = graph.missing().into_iter().collect();
        let mut cards = vec![Card::new(Subject::Start)];
        cards.extend(
            graph
                .blocks
                .iter()
                .map(|block| Card::new(Subject::Block(block))),
        );
        cards.extend(missing.iter().map(|name| Card::new(Subject::Missing(name))));
        let card_of = |target: &str| match graph.position(target) {
            Some(position) => position + 1,
            // Each target that no block has is in the sorted list.
            None => graph.blocks.len() + 1 + missing.partition_point(|name| *name < target),
        };
        let mut lines = Vec::new();
        if let Some(start) = graph.start() {
            lines.push(Line {
                way: Way {
                    from: 0,
                    slot: 0,
                    to: card_of(start),
                    failure: false,
                },
                block: None,
                branches: Vec::new(),
                labels: Vec::new(),
            });
            cards[0].slots.push(SLOT_INSET * 2);
        }
        for (index, block) in graph.blocks.iter().enumerate() {
            let mut bundles: BTreeMap<(bool, usize), usize> = BTreeMap::new();
            let first = lines.len();
            for (position, branch) in block.branches.iter().enumerate() {
                let failure = branch.kind.is_failure();
                let to = card_of(&branch.target);
                let line = *bundles.entry((failure, to)).or_insert_with(|| {
                    lines.push(Line {
                        way: Way {
                            from: index + 1,
                            slot: lines.len() - first,
                            to,
                            failure,
                        },
                        block: Some(index),
                        branches: Vec::new(),
                        labels: Vec::new(),
                    });
                    lines.len() - 1
                });
                let label = words::of_branch(&branch.kind);
                lines[line].branches.push(position);
                lines[line]
                    .labels
                    .push(text::cut(label.trim(), LABEL_SIZE, LABEL_ROOM));
            }
            cards[index + 1].make_room(&lines[first..]);
        }
        Self { cards, lines }
    }

    pub(crate) fn nodes(&self) -> Vec<Node> {
        let node = |card: &Card<'_>| Node {
            width: card.width,
            height: card.height,
            foot: match card.labels {
                0 => 0,
                many => i32::try_from(many).unwrap_or(0) * LABEL_LINE + 4,
            },
            slots: card.slots.clone(),
        };
        self.cards.iter().map(node).collect()
    }

    pub(crate) fn ways(&self) -> Vec<Way> {
        self.lines.iter().map(|line| line.way).collect()
    }
}

impl<'a> Card<'a> {
    fn new(subject: Subject<'a>) -> Self {
        let (name, kind, excerpt) = match subject {
            Subject::Start => (String::new(), String::new(), String::new()),
            Subject::Block(block) => (
                block.name.clone(),
                block.words.clone(),
                block.excerpt.clone(),
            ),
            Subject::Missing(name) => (name.to_owned(), "Does not exist".to_owned(), String::new()),
        };
        let room = WIDTH - 2 * INSET;
        let name = text::lines(&name, NAME_SIZE, room, 2);
        let excerpt = text::lines(&excerpt, EXCERPT_SIZE, room, 2);
        let (width, height) = match subject {
            Subject::Start => START,
            _ => (WIDTH, height(name.len(), excerpt.len())),
        };
        Self {
            kind: text::cut(&kind, TYPE_SIZE, room),
            subject,
            name,
            excerpt,
            width,
            height,
            slots: Vec::new(),
            labels: 0,
        }
    }

    /// Makes room for the lines that leave the card, with their labels.
    fn make_room(&mut self, lines: &[Line]) {
        for line in lines {
            let labels = line.shown_labels();
            let widest = labels.iter().map(|label| text::width(label, LABEL_SIZE));
            let label = widest.max().map_or(0, |width| width + 12);
            self.slots.push(SLOT_INSET + label.max(SLOT_INSET));
            self.labels = self.labels.max(labels.len());
        }
        self.width = self.width.max(self.slots.iter().sum::<i32>() + 2);
    }
}

impl Line {
    /// Returns the labels that stand at the line, from the top.
    pub(crate) fn shown_labels(&self) -> Vec<String> {
        let labels = self.labels.iter().filter(|label| !label.is_empty());
        let mut shown: Vec<_> = labels.cloned().collect();
        if shown.len() > LABEL_LINES {
            let more = shown.len() - LABEL_LINES + 1;
            shown.truncate(LABEL_LINES - 1);
            shown.push(format!("and {more} more"));
        }
        shown
    }
}

fn height(name: usize, excerpt: usize) -> i32 {
    let lines = |many: usize, height: i32| i32::try_from(many).unwrap_or(0) * height;
    PADDING * 2 + TYPE_LINE + lines(name, NAME_LINE) + lines(excerpt, EXCERPT_LINE)
}
