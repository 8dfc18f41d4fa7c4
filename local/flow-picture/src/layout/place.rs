//! The places of things across their layers.

use super::layers::{Layers, Link};

/// Moves each thing as near as possible to what it is connected with; the order of each layer and the
/// distances within it stay. After six sweeps over all layers, places hardly change.
pub(super) fn place(layers: &mut Layers<'_>, sweeps: usize) {
    let count = layers.layers.len();
    for sweep in 0..sweeps {
        for layer in 0..count {
            settle(layers, layer, sweep > 1, true);
        }
        for layer in (0..count).rev() {
            settle(layers, layer, true, sweep > 1);
        }
    }
    for layer in 0..count {
        settle(layers, layer, false, true);
    }
    straighten(layers);
}

/// Moves trunks to where they are in the next layer, as far as their neighbours leave room, so that lines
/// have few bends.
fn straighten(layers: &mut Layers<'_>) {
    let neighbours = neighbours(layers);
    for down in [false, true, false] {
        for net in 0..layers.nets.len() {
            let mut trunks = layers.nets[net].trunks.clone();
            if !down {
                trunks.reverse();
            }
            for pair in trunks.windows(2) {
                let (goal, item) = (layers.items[pair[0]].x, pair[1]);
                let (left, right) = neighbours[item];
                let fits = left.is_none_or(|left| {
                    layers.items[left].x + layers.separation(left, item) <= goal
                }) && right.is_none_or(|right| {
                    goal <= layers.items[right].x - layers.separation(item, right)
                });
                if fits {
                    layers.items[item].x = goal;
                }
            }
        }
    }
}

/// Returns the neighbours of each item in its layer.
fn neighbours(layers: &Layers<'_>) -> Vec<(Option<usize>, Option<usize>)> {
    let mut neighbours = vec![(None, None); layers.items.len()];
    for layer in &layers.layers {
        for pair in layer.windows(2) {
            neighbours[pair[0]].1 = Some(pair[1]);
            neighbours[pair[1]].0 = Some(pair[0]);
        }
    }
    neighbours
}

/// Places one layer by the links below, above, or both.
fn settle(layers: &mut Layers<'_>, layer: usize, by_below: bool, by_above: bool) {
    let order = layers.layers[layer].clone();
    let mut goals = Vec::with_capacity(order.len());
    for &item in &order {
        let (mut sum, mut weights) = (0.0, 0.0);
        let mut add = |links: &[Link], sign: i32, own: bool| {
            for link in links {
                let upper = if own { item } else { link.item };
                let offset = layers.offset(upper, link.slot);
                let x = layers.items[link.item].x + sign * offset;
                sum += f64::from(x) * f64::from(link.weight);
                weights += f64::from(link.weight);
            }
        };
        if by_above {
            add(&layers.above[item], 1, false);
        }
        if by_below {
            add(&layers.below[item], -1, true);
        }
        // A trunk that leads up is beside the blocks that it begins and ends at.
        add(&layers.beside[item], 0, true);
        goals.push(match weights > 0.0 {
            true => (sum / weights, weights),
            // Whatever has no links keeps its place, but gives way.
            false => (f64::from(layers.items[item].x), 0.05),
        });
    }
    let separations: Vec<_> = order
        .windows(2)
        .map(|pair| layers.separation(pair[0], pair[1]))
        .collect();
    for (item, x) in order.iter().zip(nearest(&goals, &separations)) {
        layers.items[*item].x = x;
    }
}

/// Returns the places that keep these distances and are nearest to the goals, by the weighted squares of
/// what they miss them by.
///
/// Less the distances before it, each place must not be less than the one before: a regression to a
/// monotonic sequence, in which neighbours that are out of order are pooled.
fn nearest(goals: &[(f64, f64)], separations: &[i32]) -> Vec<i32> {
    let mut before = Vec::with_capacity(goals.len());
    let mut sum = 0;
    for index in 0..goals.len() {
        if index > 0 {
            sum += separations[index - 1];
        }
        before.push(sum);
    }
    // Each pool: the weighted sum of its goals, its weight, and the number of its members.
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for ((goal, weight), before) in goals.iter().zip(&before) {
        let mut pool = ((goal - f64::from(*before)) * weight, *weight, 1);
        while let Some(last) = pools.last()
            && last.0 / last.1 >= pool.0 / pool.1
        {
            pool = (last.0 + pool.0, last.1 + pool.1, last.2 + pool.2);
            pools.pop();
        }
        pools.push(pool);
    }
    let places = pools.into_iter().flat_map(|(sum, weight, members)| {
        std::iter::repeat_n((sum / weight).round() as i32, members)
    });
    places
        .zip(before)
        .map(|(place, before)| place + before)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_that_fit_are_met() {
        let goals = [(0.0, 1.0), (100.0, 1.0), (300.0, 5.0)];
        assert_eq!(nearest(&goals, &[50, 50]), [0, 100, 300]);
    }

    #[test]
    fn goals_that_are_too_near_are_missed_by_equal_amounts() {
        let goals = [(0.0, 1.0), (0.0, 1.0)];
        assert_eq!(nearest(&goals, &[50]), [-25, 25]);
        let goals = [(0.0, 3.0), (0.0, 1.0)];
        assert_eq!(nearest(&goals, &[40]), [-10, 30]);
    }
}
