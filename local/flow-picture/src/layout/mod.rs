//! The places of blocks and the ways of lines: a layered drawing from top to bottom.
//!
//! Lines with the same target share a trunk, so that thirty branches to one apology are one line beside the
//! blocks and not thirty. A line leaves its block at the bottom, from a slot of its own with room for a
//! label, and enters its target at the top; one that leads back goes up beside the blocks that it repeats.

mod given;
mod layers;
mod order;
mod place;
mod rank;
mod route;
mod tracks;

pub(crate) use given::at_positions;

/// The least distance of blocks.
pub(crate) const BLOCK_GAP: i32 = 28;
/// The distance of lines that run beside each other.
pub(crate) const LINE_GAP: i32 = 12;
/// The distance of a slot's line from the left end of the slot.
pub(crate) const SLOT_INSET: i32 = 14;
/// The margin around the drawing.
pub(crate) const MARGIN: i32 = 24;

/// A block that is to be placed.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// The width, at least that of all slots.
    pub(crate) width: i32,
    pub(crate) height: i32,
    /// The room for labels below the block.
    pub(crate) foot: i32,
    /// The widths of the slots in which lines leave.
    pub(crate) slots: Vec<i32>,
}

/// A line that is to be drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    pub(crate) from: usize,
    /// The slot of `from`.
    pub(crate) slot: usize,
    pub(crate) to: usize,
    /// True for the way of a failure, which has trunks of its own.
    pub(crate) failure: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) x: i32,
    pub(crate) y: i32,
}

/// A block's left upper corner and size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) x: i32,
    pub(crate) y: i32,
    pub(crate) width: i32,
    pub(crate) height: i32,
}

impl Place {
    pub(crate) fn right(&self) -> i32 {
        self.x + self.width
    }

    pub(crate) fn bottom(&self) -> i32 {
        self.y + self.height
    }
}

/// A finished drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) width: i32,
    pub(crate) height: i32,
    pub(crate) places: Vec<Place>,
    /// The left end of each slot of each block.
    pub(crate) slots: Vec<Vec<i32>>,
    /// The points of each line, from the bottom of its block to the top of its target.
    pub(crate) ways: Vec<Vec<Point>>,
    /// True if lines are curves from their first point to their last one.
    pub(crate) curved: bool,
}

/// Places blocks in layers, so that lines are short and cross little. The first block is at the top.
pub(crate) fn lay_out(nodes: &[Node], ways: &[Way]) -> Layout {
    let ranks = rank::ranks(nodes.len(), ways);
    let mut layers = layers::Layers::new(nodes, ways, &ranks);
    order::reduce_crossings(&mut layers);
    place::place(&mut layers, 2);
    // Now that it is known where each line goes, those that go left leave on the left.
    layers.sort_slots();
    place::place(&mut layers, 6);
    route::route(&layers)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a flow as large ones are: a conversation with branches of failures that all lead to one of
    /// a few endings, and loops back to earlier questions.
    fn conversation(blocks: usize) -> (Vec<Node>, Vec<Way>) {
        let node = Node {
            width: 204,
            height: 80,
            foot: 20,
            slots: vec![60; 4],
        };
        let mut ways = Vec::new();
        for from in 0..blocks - 4 {
            let back = from - from % 10;
            for (slot, to, failure) in [
                (0, from + 1, false),
                (1, (from + 2 + from % 3).min(blocks - 1), false),
                (2, blocks - 1 - from % 3, true),
                (3, back, false),
            ] {
                ways.push(Way {
                    from,
                    slot,
                    to,
                    failure,
                });
            }
        }
        (vec![node; blocks], ways)
    }

    /// Counts what the steps of the layout go through: things in layers, their links, and points.
    fn work(blocks: usize) -> usize {
        let (nodes, ways) = conversation(blocks);
        let ranks = rank::ranks(nodes.len(), &ways);
        let layers = layers::Layers::new(&nodes, &ways, &ranks);
        let links: usize = layers.below.iter().map(Vec::len).sum();
        let drawn = lay_out(&nodes, &ways);
        layers.items.len() + links + drawn.ways.iter().map(Vec::len).sum::<usize>()
    }

    /// Without shared trunks, a line from each block to the last one would make the work grow with the
    /// square of the blocks.
    #[test]
    fn twice_as_many_blocks_are_about_twice_the_work() {
        let (half, whole) = (work(125), work(250));
        assert!(whole < 3 * half, "{half} {whole}");
        // 250 blocks with a thousand branches took 16 ms in a release build.
        assert!(whole < 12_000, "{whole}");
    }

    #[test]
    fn lines_to_one_target_share_a_trunk() {
        let (nodes, ways) = conversation(60);
        let ranks = rank::ranks(nodes.len(), &ways);
        let layers = layers::Layers::new(&nodes, &ways, &ranks);
        for layer in &layers.layers {
            assert!(layer.len() < 16, "{}", layer.len());
        }
    }
}
