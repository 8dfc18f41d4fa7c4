//! The layers of a drawing, with blocks and the trunks of lines that pass them.

use std::collections::BTreeMap;

use super::{BLOCK_GAP, LINE_GAP, Node, SLOT_INSET, Way};

/// A block or a trunk in a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thing {
    /// The block with this index.
    Block(usize),
    /// The trunk of the net with this index.
    Trunk(usize),
}

/// A thing in a layer.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) thing: Thing,
    pub(super) width: i32,
    /// The middle.
    pub(super) x: i32,
}

/// The lines that share a target, a direction, and whether they are of failures.
#[derive(Debug, Clone)]
pub(super) struct Net {
    pub(super) to: usize,
    /// True if the lines lead up, or to their own layer.
    pub(super) up: bool,
    pub(super) failure: bool,
    /// The blocks and slots that lead into it.
    pub(super) sources: Vec<(usize, usize)>,
    /// The layer of the first trunk, and its item in each layer.
    pub(super) first: usize,
    pub(super) trunks: Vec<usize>,
}

impl Net {
    /// Returns the item of the trunk in a layer, if it has one there.
    pub(super) fn trunk(&self, layer: usize) -> Option<usize> {
        self.trunks.get(layer.checked_sub(self.first)?).copied()
    }
}

/// A connection between things of neighbouring layers, or of the same layer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    /// The other item.
    pub(super) item: usize,
    /// The slot of the upper item at which the link begins.
    pub(super) slot: Option<usize>,
    pub(super) weight: i32,
}

pub(super) struct Layers<'a> {
    pub(super) nodes: &'a [Node],
    pub(super) ways: &'a [Way],
    pub(super) ranks: &'a [usize],
    pub(super) items: Vec<Item>,
    /// The items of each layer, from the left.
    pub(super) layers: Vec<Vec<usize>>,
    pub(super) nets: Vec<Net>,
    /// The net of each way.
    pub(super) net_of: Vec<usize>,
    /// The links to the layer above, below, and beside, of each item.
    pub(super) above: Vec<Vec<Link>>,
    pub(super) below: Vec<Vec<Link>>,
    pub(super) beside: Vec<Vec<Link>>,
    /// The order of the slots of each block, from the left.
    pub(super) slots: Vec<Vec<usize>>,
}

impl<'a> Layers<'a> {
    pub(super) fn new(nodes: &'a [Node], ways: &'a [Way], ranks: &'a [usize]) -> Self {
        let count = ranks.iter().max().map_or(0, |last| last + 1);
        let mut layers = Self {
            nodes,
            ways,
            ranks,
            items: Vec::new(),
            layers: vec![Vec::new(); count],
            nets: Vec::new(),
            net_of: Vec::new(),
            above: Vec::new(),
            below: Vec::new(),
            beside: Vec::new(),
            slots: nodes
                .iter()
                .map(|node| (0..node.slots.len()).collect())
                .collect(),
        };
        for (index, node) in nodes.iter().enumerate() {
            layers.add(Thing::Block(index), node.width, ranks[index]);
        }
        layers.add_nets();
        layers.link();
        layers
    }

    fn add(&mut self, thing: Thing, width: i32, layer: usize) -> usize {
        let index = self.items.len();
        self.items.push(Item { thing, width, x: 0 });
        self.layers[layer].push(index);
        index
    }

    fn add_nets(&mut self) {
        let mut known = BTreeMap::new();
        for way in self.ways {
            let up = self.ranks[way.from] >= self.ranks[way.to];
            let net = *known.entry((way.to, way.failure, up)).or_insert_with(|| {
                self.nets.push(Net {
                    to: way.to,
                    up,
                    failure: way.failure,
                    sources: Vec::new(),
                    first: 0,
                    trunks: Vec::new(),
                });
                self.nets.len() - 1
            });
            self.nets[net].sources.push((way.from, way.slot));
            self.net_of.push(net);
        }
        for net in 0..self.nets.len() {
            let sources = self.nets[net].sources.iter();
            let ranks = sources.map(|(from, _)| self.ranks[*from]);
            let to = self.ranks[self.nets[net].to];
            let layers = match self.nets[net].up {
                true => to..ranks.max().map_or(to, |last| last + 1),
                false => ranks.min().map_or(to, |first| first + 1)..to,
            };
            self.nets[net].first = layers.start;
            for layer in layers {
                let trunk = self.add(Thing::Trunk(net), LINE_GAP, layer);
                self.nets[net].trunks.push(trunk);
            }
        }
    }

    fn link(&mut self) {
        let count = self.items.len();
        self.above = vec![Vec::new(); count];
        self.below = vec![Vec::new(); count];
        self.beside = vec![Vec::new(); count];
        for net in 0..self.nets.len() {
            let net = self.nets[net].clone();
            let failure = net.failure;
            for pair in net.trunks.windows(2) {
                self.connect(pair[0], None, pair[1], 8);
            }
            for &(from, slot) in &net.sources {
                let weight = if failure { 1 } else { 4 };
                let layer = self.ranks[from];
                match (net.up, net.trunk(if net.up { layer } else { layer + 1 })) {
                    (true, Some(trunk)) => self.accompany(from, trunk),
                    (false, Some(trunk)) => self.connect(from, Some(slot), trunk, weight),
                    (_, None) => self.connect(from, Some(slot), net.to, weight),
                }
            }
            match (net.up, net.trunks.first(), net.trunks.last()) {
                (true, Some(&trunk), _) => self.accompany(net.to, trunk),
                (false, _, Some(&trunk)) => self.connect(trunk, None, net.to, 4),
                _ => {}
            }
        }
    }

    fn connect(&mut self, upper: usize, slot: Option<usize>, lower: usize, weight: i32) {
        let link = |item| Link { item, slot, weight };
        self.below[upper].push(link(lower));
        self.above[lower].push(link(upper));
    }

    fn accompany(&mut self, block: usize, trunk: usize) {
        self.beside[trunk].push(Link {
            item: block,
            slot: None,
            weight: 1,
        });
    }

    /// Returns the distance of a slot's line from the middle of its block.
    pub(super) fn offset(&self, item: usize, slot: Option<usize>) -> i32 {
        let (Some(slot), Thing::Block(node)) = (slot, self.items[item].thing) else {
            return 0;
        };
        self.slot_left(node, slot) + SLOT_INSET - self.nodes[node].width / 2
    }

    /// Returns the distance of a slot from the left end of its block. The slots together are in the middle.
    pub(super) fn slot_left(&self, node: usize, slot: usize) -> i32 {
        let widths = &self.nodes[node].slots;
        let all: i32 = widths.iter().sum();
        let before = self.slots[node].iter().take_while(|&&other| other != slot);
        let before: i32 = before.map(|&other| widths[other]).sum();
        // The line of a single slot is in the middle, not its label.
        match widths.len() {
            1 => self.nodes[node].width / 2 - SLOT_INSET,
            _ => (self.nodes[node].width - all) / 2 + before,
        }
    }

    /// Returns the least distance of the middles of two neighbours.
    pub(super) fn separation(&self, left: usize, right: usize) -> i32 {
        let (left, right) = (&self.items[left], &self.items[right]);
        let gap = match (left.thing, right.thing) {
            (Thing::Block(_), Thing::Block(_)) => BLOCK_GAP,
            (Thing::Trunk(_), Thing::Trunk(_)) => 2,
            _ => LINE_GAP,
        };
        (left.width + 1) / 2 + (right.width + 1) / 2 + gap
    }

    /// Sorts the slots of each block by the places to which their lines go.
    pub(super) fn sort_slots(&mut self) {
        for node in 0..self.nodes.len() {
            let mut goals = vec![0; self.nodes[node].slots.len()];
            for (way, net) in self.ways.iter().zip(&self.net_of) {
                if way.from != node {
                    continue;
                }
                let net = &self.nets[*net];
                let layer = self.ranks[node] + usize::from(!net.up);
                let goal = net.trunk(layer).unwrap_or(net.to);
                goals[way.slot] = self.items[goal].x;
            }
            self.slots[node].sort_by_key(|&slot| (goals[slot], slot));
        }
    }
}
