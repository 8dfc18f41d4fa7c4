//! The places of blocks as the console has them.

use super::{BLOCK_GAP, Layout, MARGIN, Node, Place, Point, SLOT_INSET, Way};

/// The largest distance from the first block at which a block is drawn.
const FARTHEST: f64 = 50_000.0;

/// The room above and below all blocks, into which curves reach.
const CURVES: i32 = 60;

/// Places blocks at the given positions. A block that would cover another one moves down; one without a
/// position is below all others.
pub(crate) fn at_positions(
    nodes: &[Node],
    ways: &[Way],
    positions: &[Option<(f64, f64)>],
) -> Layout {
    let coordinate = |value: f64| value.clamp(-FARTHEST, FARTHEST).round() as i32;
    let wanted = |index: usize| {
        let position = positions.get(index).copied().flatten();
        position.map(|(x, y)| (coordinate(y), coordinate(x)))
    };
    let mut order: Vec<_> = (0..nodes.len()).collect();
    order.sort_by_key(|&index| (wanted(index).is_none(), wanted(index), index));
    let mut placed: Vec<(usize, Place)> = Vec::new();
    let (mut below, mut right) = (0, 0);
    for index in order {
        let node = &nodes[index];
        let (y, x) = wanted(index).unwrap_or((below, right));
        let mut place = Place {
            x,
            y,
            width: node.width,
            height: node.height + node.foot,
        };
        // From top to bottom, so that one pass moves the block below all that it would cover.
        placed.sort_by_key(|(_, other)| other.y);
        for (_, other) in &placed {
            if near(&place, other) {
                place.y = other.bottom() + BLOCK_GAP;
            }
        }
        match wanted(index) {
            Some(_) => below = below.max(place.bottom() + BLOCK_GAP),
            None => right = place.right() + BLOCK_GAP,
        }
        placed.push((index, place));
    }
    let left = placed.iter().map(|(_, place)| place.x).min().unwrap_or(0);
    let top = placed.iter().map(|(_, place)| place.y).min().unwrap_or(0);
    placed.sort_by_key(|(index, _)| *index);
    let places: Vec<_> = placed
        .iter()
        .map(|&(index, place)| Place {
            x: place.x - left + MARGIN,
            y: place.y - top + MARGIN + CURVES,
            width: place.width,
            height: nodes[index].height,
        })
        .collect();
    let slots: Vec<Vec<i32>> = nodes
        .iter()
        .zip(&places)
        .map(|(node, place)| {
            let mut x = place.x + (node.width - node.slots.iter().sum::<i32>()) / 2;
            let each = node.slots.iter().map(|width| {
                x += width;
                x - width
            });
            each.collect()
        })
        .collect();
    let ways = ways.iter().map(|way| {
        let to = places[way.to];
        vec![
            Point {
                x: slots[way.from][way.slot] + SLOT_INSET,
                y: places[way.from].bottom(),
            },
            Point {
                x: to.x + to.width / 2,
                y: to.y,
            },
        ]
    });
    let ends = places.iter().zip(nodes);
    Layout {
        width: places.iter().map(Place::right).max().unwrap_or(0) + MARGIN,
        height: ends
            .map(|(place, node)| place.bottom() + node.foot)
            .max()
            .unwrap_or(0)
            + MARGIN
            + CURVES,
        ways: ways.collect(),
        places,
        slots,
        curved: true,
    }
}

fn near(one: &Place, other: &Place) -> bool {
    one.x < other.right() + BLOCK_GAP
        && other.x < one.right() + BLOCK_GAP
        && one.y < other.bottom() + BLOCK_GAP
        && other.y < one.bottom() + BLOCK_GAP
}
