//! A picture that is read again.

use connect_flow_picture::{Graph, Marks, Options, svg};
use roxmltree::{Document, Node};

/// A rectangle: left, top, right and bottom.
pub(crate) type Rect = [i32; 4];

/// A block or a mark of a block that does not exist.
#[derive(Debug)]
pub(crate) struct Card {
    pub(crate) block: String,
    pub(crate) classes: Vec<String>,
    pub(crate) rect: Rect,
    pub(crate) texts: Vec<String>,
}

/// A branch with the ends of its line.
#[derive(Debug)]
pub(crate) struct Way {
    /// `data-block`, `data-kind`, `data-branch` and `data-target`.
    pub(crate) names: [String; 4],
    pub(crate) classes: Vec<String>,
    pub(crate) begin: [i32; 2],
    pub(crate) end: [i32; 2],
}

/// The blocks and branches of a picture.
#[derive(Debug)]
pub(crate) struct Drawn {
    pub(crate) cards: Vec<Card>,
    pub(crate) ways: Vec<Way>,
}

impl Drawn {
    pub(crate) fn of(graph: &Graph, marks: &Marks, options: &Options) -> Self {
        Self::read(&svg(graph, marks, options))
    }

    /// Reads a picture, which must be XML without scripts, styles of elements and addresses.
    pub(crate) fn read(picture: &str) -> Self {
        let document = Document::parse(picture).unwrap_or_else(|error| panic!("{error}"));
        let root = document.root_element();
        assert!(root.children().any(|child| child.has_tag_name("title")));
        assert!(root.children().any(|child| child.has_tag_name("desc")));
        for node in document.descendants().filter(Node::is_element) {
            assert!(!node.has_tag_name("script"));
            for attribute in node.attributes() {
                let name = attribute.name();
                assert!(
                    name != "style" && name != "href" && name != "id" && !name.starts_with("on"),
                    "{name}"
                );
            }
        }
        let groups = || document.descendants().filter(|node| node.has_tag_name("g"));
        let cards = groups().filter(|node| {
            let classes = classes(node);
            classes[0] == "block" || classes[0] == "missing"
        });
        Self {
            cards: cards.map(card).collect(),
            ways: groups()
                .filter(|node| classes(node)[0] == "branch")
                .map(way)
                .collect(),
        }
    }

    pub(crate) fn card(&self, block: &str) -> &Card {
        self.cards.iter().find(|card| card.block == block).unwrap()
    }
}

fn classes(node: &Node<'_, '_>) -> Vec<String> {
    let classes = node.attribute("class").unwrap_or_default();
    classes.split(' ').map(str::to_owned).collect()
}

fn card(node: Node<'_, '_>) -> Card {
    let rect = node
        .children()
        .find(|child| child.has_tag_name("rect") && child.attribute("class") == Some("card"));
    let number = |name: &str| -> i32 { rect.unwrap().attribute(name).unwrap().parse().unwrap() };
    let (x, y) = (number("x"), number("y"));
    Card {
        block: node.attribute("data-block").unwrap().to_owned(),
        classes: classes(&node),
        rect: [x, y, x + number("width"), y + number("height")],
        texts: node
            .children()
            .filter(|child| child.has_tag_name("text"))
            .map(|child| child.text().unwrap_or_default().to_owned())
            .collect(),
    }
}

fn way(node: Node<'_, '_>) -> Way {
    let line = node
        .children()
        .find(|child| child.attribute("class") == Some("line"));
    let numbers: Vec<i32> = line
        .unwrap()
        .attribute("d")
        .unwrap()
        .split(|symbol: char| !symbol.is_ascii_digit() && symbol != '-')
        .filter(|number| !number.is_empty())
        .map(|number| number.parse().unwrap())
        .collect();
    let [x, y, ..] = numbers[..] else { panic!() };
    let [.., to_x, to_y] = numbers[..] else {
        panic!()
    };
    let name = |name: &str| node.attribute(name).unwrap().to_owned();
    Way {
        names: ["data-block", "data-kind", "data-branch", "data-target"].map(name),
        classes: classes(&node),
        begin: [x, y],
        end: [to_x, to_y],
    }
}
