//! The order of things within their layers.

use super::layers::{Layers, Link};

/// The most sweeps over all layers.
const SWEEPS: usize = 12;
/// The sweeps without improvement after which the search ends.
const PATIENCE: usize = 4;

/// Orders each layer so that lines cross little: each thing moves to the middle of what it is connected
/// with, layer by layer, down and up; the best order of all counts.
pub(super) fn reduce_crossings(layers: &mut Layers<'_>) {
    start(layers);
    let mut best = (crossings(layers), layers.layers.clone());
    let mut worse = 0;
    for sweep in 0..SWEEPS {
        let count = layers.layers.len();
        match sweep % 2 {
            0 => (1..count).for_each(|layer| sort(layers, layer, true)),
            _ => (0..count.saturating_sub(1))
                .rev()
                .for_each(|layer| sort(layers, layer, false)),
        }
        let crossings = crossings(layers);
        if crossings < best.0 {
            best = (crossings, layers.layers.clone());
            worse = 0;
        } else {
            worse += 1;
        }
        if best.0 == 0 || worse == PATIENCE {
            break;
        }
    }
    layers.layers = best.1;
    pack(layers);
}

/// Orders each layer as a walk from the first block comes to the things, so that what belongs together is
/// together.
fn start(layers: &mut Layers<'_>) {
    let count = layers.items.len();
    let (mut met, mut seen) = (vec![usize::MAX; count], 0);
    for first in 0..count {
        let mut left = vec![first];
        while let Some(item) = left.pop() {
            if met[item] != usize::MAX {
                continue;
            }
            met[item] = seen;
            seen += 1;
            left.extend(layers.below[item].iter().rev().map(|link| link.item));
        }
    }
    for layer in &mut layers.layers {
        layer.sort_by_key(|&item| met[item]);
    }
    pack(layers);
}

/// Places the things of all layers side by side around one middle, so that places can be compared.
fn pack(layers: &mut Layers<'_>) {
    for layer in 0..layers.layers.len() {
        pack_layer(layers, layer);
    }
}

fn pack_layer(layers: &mut Layers<'_>, layer: usize) {
    let order = layers.layers[layer].clone();
    let mut x = 0;
    for (index, &item) in order.iter().enumerate() {
        if index > 0 {
            x += layers.separation(order[index - 1], item);
        }
        layers.items[item].x = x;
    }
    for &item in &order {
        layers.items[item].x -= x / 2;
    }
}

fn sort(layers: &mut Layers<'_>, layer: usize, down: bool) {
    let keyed: Vec<_> = layers.layers[layer]
        .iter()
        .map(|&item| {
            let links = match down {
                true => &layers.above[item],
                false => &layers.below[item],
            };
            let goal = middle(layers, links, down)
                .or_else(|| middle(layers, &layers.beside[item], true).map(|goal| goal + 1));
            (goal.unwrap_or(i64::from(layers.items[item].x) * 16), item)
        })
        .collect();
    let mut keyed = keyed;
    keyed.sort_by_key(|(goal, _)| *goal);
    layers.layers[layer] = keyed.into_iter().map(|(_, item)| item).collect();
    pack_layer(layers, layer);
}

/// Returns the middle of what the links lead to, in sixteenths.
fn middle(layers: &Layers<'_>, links: &[Link], down: bool) -> Option<i64> {
    let (mut sum, mut weights) = (0, 0);
    for link in links {
        let mut x = layers.items[link.item].x;
        if down {
            x += layers.offset(link.item, link.slot);
        }
        sum += i64::from(x) * i64::from(link.weight);
        weights += i64::from(link.weight);
    }
    (weights > 0).then(|| sum * 16 / weights)
}

/// Counts the crossings of links between neighbouring layers.
fn crossings(layers: &Layers<'_>) -> usize {
    let mut total = 0;
    let mut places = vec![0; layers.items.len()];
    for layer in &layers.layers {
        for (place, &item) in layer.iter().enumerate() {
            places[item] = place;
        }
    }
    for (upper, lower) in layers.layers.iter().zip(layers.layers.iter().skip(1)) {
        // A tree of partial sums: how many links end to the right of a place.
        let mut sums = vec![0_usize; lower.len() + 1];
        let mut all = 0;
        for &item in upper {
            let mut ends: Vec<_> = layers.below[item]
                .iter()
                .map(|link| places[link.item])
                .collect();
            ends.sort_unstable();
            for &end in &ends {
                let mut at = end + 1;
                let mut before = 0;
                while at > 0 {
                    before += sums[at];
                    at &= at - 1;
                }
                total += all - before;
            }
            for end in ends {
                let mut at = end + 1;
                while at < sums.len() {
                    sums[at] += 1;
                    at += at & at.wrapping_neg();
                }
                all += 1;
            }
        }
    }
    total
}
