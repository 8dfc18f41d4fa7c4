//! The layer of each block.

use super::Way;

/// Returns the layer of each block: below all blocks that lead to it, but for lines that lead back.
pub(super) fn ranks(count: usize, ways: &[Way]) -> Vec<usize> {
    let mut out = vec![Vec::new(); count];
    // Ways that are no failures first: a loop is closed by the line that a person would call the way back.
    for failure in [false, true] {
        for (index, way) in ways.iter().enumerate() {
            if way.failure == failure {
                out[way.from].push(index);
            }
        }
    }
    let (order, back) = walk(count, ways, &out);
    let mut ranks = vec![0_usize; count];
    for &node in &order {
        for &index in out[node].iter().filter(|&&index| !back[index]) {
            let to = ways[index].to;
            ranks[to] = ranks[to].max(ranks[node] + 1);
        }
    }
    // A block that nothing leads to is beside what it leads to, not at the top of the flow.
    let mut led_to = vec![false; count];
    for (way, _) in ways.iter().zip(&back).filter(|(_, back)| !**back) {
        led_to[way.to] = true;
    }
    for node in (1..count).filter(|&node| !led_to[node]) {
        let below = out[node].iter().filter(|&&index| !back[index]);
        if let Some(below) = below.map(|&index| ranks[ways[index].to]).min() {
            ranks[node] = below.saturating_sub(1);
        }
    }
    ranks
}

/// Walks depth first. Returns the blocks in an order in which each is before those that it leads to, and
/// the ways that lead back to a block that the walk is in.
fn walk(count: usize, ways: &[Way], out: &[Vec<usize>]) -> (Vec<usize>, Vec<bool>) {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Within,
        Left,
    }
    let mut states = vec![State::New; count];
    let mut back = vec![false; ways.len()];
    let mut order = Vec::with_capacity(count);
    for first in 0..count {
        if states[first] != State::New {
            continue;
        }
        states[first] = State::Within;
        let mut path = vec![(first, 0)];
        while let Some((node, tried)) = path.last_mut() {
            let node = *node;
            let Some(&index) = out[node].get(*tried) else {
                states[node] = State::Left;
                order.push(node);
                path.pop();
                continue;
            };
            *tried += 1;
            let to = ways[index].to;
            match states[to] {
                State::New => {
                    states[to] = State::Within;
                    path.push((to, 0));
                }
                State::Within => back[index] = true,
                State::Left => {}
            }
        }
    }
    order.reverse();
    (order, back)
}
