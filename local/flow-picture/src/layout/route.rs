//! The heights of layers, and the points of lines.

use std::collections::BTreeMap;

use super::layers::{Layers, Thing};
use super::tracks::{self, Crossing};
use super::{LINE_GAP, Layout, MARGIN, Place, Point, SLOT_INSET};

/// The distance of two lines that run across.
const TRACK: i32 = 10;
/// The least height between two layers, and the room above and below lines that run across: the lower one
/// has the heads of arrows.
const LEAST: i32 = 30;
const ABOVE: i32 = 12;
const BELOW: i32 = 18;
/// The distance that a line keeps from the corner of the block that it enters.
const CORNER: i32 = 18;

/// Draws the lines, and places everything.
pub(super) fn route(layers: &Layers<'_>) -> Layout {
    let shift = shift(layers);
    let entries = entries(layers);
    let channels = Channels::new(layers, &entries);
    let nodes = layers.nodes.iter().enumerate();
    let places: Vec<_> = nodes
        .map(|(index, node)| Place {
            x: layers.items[index].x - node.width / 2 + shift,
            y: channels.layers[layers.ranks[index]],
            width: node.width,
            height: node.height,
        })
        .collect();
    let slots = layers.nodes.iter().enumerate().map(|(index, node)| {
        let slots = 0..node.slots.len();
        slots
            .map(|slot| places[index].x + layers.slot_left(index, slot))
            .collect()
    });
    let slots: Vec<Vec<i32>> = slots.collect();
    let mut ways = Vec::with_capacity(layers.ways.len());
    for (way, &net) in layers.ways.iter().zip(&layers.net_of) {
        let mut path = Path::default();
        path.to(
            slots[way.from][way.slot] + SLOT_INSET,
            places[way.from].bottom(),
        );
        let from = layers.ranks[way.from];
        let facts = &layers.nets[net];
        let to = layers.ranks[facts.to];
        let entry = entries[net] + shift;
        let across = |path: &mut Path, channel: usize, x: i32| {
            let (top, bottom) = channels.bounds(channel);
            let y = match channels.tracks[channel].get(&net) {
                Some(Some(track)) => top + ABOVE + TRACK * i32::try_from(*track).unwrap_or(0),
                _ => (top + bottom) / 2,
            };
            path.to(path.x(), y);
            path.to(x, y);
        };
        let trunk = |layer: usize| {
            let trunk = facts.trunk(layer);
            trunk.map(|item| layers.items[item].x + shift)
        };
        match facts.up {
            false => {
                for channel in from + 1..=to {
                    across(&mut path, channel, trunk(channel).unwrap_or(entry));
                }
            }
            true => {
                across(&mut path, from + 1, trunk(from).unwrap_or(entry));
                for channel in (to..=from).rev() {
                    let next = channel.checked_sub(1).filter(|next| *next >= to);
                    across(&mut path, channel, next.and_then(trunk).unwrap_or(entry));
                }
            }
        }
        path.to(entry, places[facts.to].y);
        ways.push(path.simplified());
    }
    let right = places.iter().map(Place::right);
    let right = right
        .chain(ways.iter().flatten().map(|point| point.x))
        .max();
    Layout {
        width: right.unwrap_or(0) + MARGIN,
        height: channels.end + MARGIN,
        places,
        slots,
        ways,
        curved: false,
    }
}

/// Returns by how much everything moves to the right, so that nothing is left of the margin.
fn shift(layers: &Layers<'_>) -> i32 {
    let left = layers.items.iter().map(|item| item.x - item.width / 2);
    MARGIN - left.min().unwrap_or(0)
}

/// Returns the place at which each net enters its target: straight from where it comes, if that is above
/// the block, and apart from the others.
fn entries(layers: &Layers<'_>) -> Vec<i32> {
    let mut entries = vec![0; layers.nets.len()];
    let mut of_target: Vec<Vec<usize>> = vec![Vec::new(); layers.nodes.len()];
    for (index, net) in layers.nets.iter().enumerate() {
        let trunk = match net.up {
            true => net.trunks.first(),
            false => net.trunks.last(),
        };
        let sources = net.sources.iter();
        let sources: i32 = sources
            .map(|&(from, slot)| layers.items[from].x + layers.offset(from, Some(slot)))
            .sum();
        let many = i32::try_from(net.sources.len()).unwrap_or(i32::MAX);
        entries[index] = trunk.map_or(sources / many.max(1), |&item| layers.items[item].x);
        of_target[net.to].push(index);
    }
    for (target, mut nets) in of_target.into_iter().enumerate() {
        nets.sort_by_key(|&net| (entries[net], net));
        let (middle, half) = (layers.items[target].x, layers.nodes[target].width / 2);
        let (low, high) = (middle - half + CORNER, middle + half - CORNER);
        let mut least = low;
        for &net in &nets {
            entries[net] = entries[net].clamp(least.min(high), high);
            least = entries[net] + LINE_GAP;
        }
        let mut most = high;
        for &net in nets.iter().rev() {
            entries[net] = entries[net].min(most);
            most = entries[net] - LINE_GAP;
        }
    }
    entries
}

/// The room between layers. The channel of a layer is above it; one more is below the last.
struct Channels {
    /// The top of each layer.
    layers: Vec<i32>,
    /// Top and bottom of each channel.
    bounds: Vec<(i32, i32)>,
    /// The track of each net in each channel.
    tracks: Vec<BTreeMap<usize, Option<usize>>>,
    /// The bottom of the last channel.
    end: i32,
}

impl Channels {
    fn new(layers: &Layers<'_>, entries: &[i32]) -> Self {
        let count = layers.layers.len();
        let mut crossings = vec![BTreeMap::new(); count + 1];
        for (index, net) in layers.nets.iter().enumerate() {
            let to = layers.ranks[net.to];
            for &(from, slot) in &net.sources {
                let x = layers.items[from].x + layers.offset(from, Some(slot));
                let channel = layers.ranks[from] + 1;
                crossing(&mut crossings, channel, index).tops.push(x);
            }
            for (place, &item) in net.trunks.iter().enumerate() {
                let (layer, x) = (net.first + place, layers.items[item].x);
                crossing(&mut crossings, layer + 1, index).tops.push(x);
                crossing(&mut crossings, layer, index).bottoms.push(x);
            }
            let entry = crossing(&mut crossings, to, index);
            entry.bottoms.push(entries[index]);
        }
        let mut y = MARGIN;
        let mut channels = Self {
            layers: Vec::with_capacity(count),
            bounds: Vec::with_capacity(count + 1),
            tracks: Vec::with_capacity(count + 1),
            end: 0,
        };
        for (channel, crossings) in crossings.iter_mut().enumerate() {
            // Below its last layer a trunk of lines that lead up has only those.
            let nets: Vec<_> = crossings.values().cloned().collect();
            let (tracks, many) = tracks::assign(&nets);
            channels
                .tracks
                .push(crossings.keys().copied().zip(tracks).collect());
            let many = i32::try_from(many).unwrap_or(i32::MAX / TRACK);
            let height = match (nets.is_empty(), many) {
                (true, _) => 0,
                (false, many) => LEAST.max(ABOVE + TRACK * (many - 1) + BELOW),
            };
            channels.bounds.push((y, y + height));
            y += height;
            if let Some(layer) = layers.layers.get(channel) {
                channels.layers.push(y);
                let heights = layer.iter().map(|&item| match layers.items[item].thing {
                    Thing::Block(node) => layers.nodes[node].height + layers.nodes[node].foot,
                    Thing::Trunk(_) => 0,
                });
                y += heights.max().unwrap_or(0);
            }
        }
        channels.end = y;
        channels
    }

    fn bounds(&self, channel: usize) -> (i32, i32) {
        self.bounds[channel]
    }
}

/// Returns the pins of a net in a channel.
fn crossing(
    crossings: &mut [BTreeMap<usize, Crossing>],
    channel: usize,
    net: usize,
) -> &mut Crossing {
    crossings[channel].entry(net).or_default()
}

/// The points of a line so far.
#[derive(Default)]
struct Path(Vec<Point>);

impl Path {
    fn to(&mut self, x: i32, y: i32) {
        self.0.push(Point { x, y });
    }

    fn x(&self) -> i32 {
        self.0.last().map_or(0, |point| point.x)
    }

    /// Returns the points without those between two others on one line.
    fn simplified(self) -> Vec<Point> {
        let mut points: Vec<Point> = Vec::new();
        for point in self.0 {
            if points.last() == Some(&point) {
                continue;
            }
            if let [.., one, two] = points[..]
                && (one.x == two.x && two.x == point.x || one.y == two.y && two.y == point.y)
            {
                points.pop();
            }
            points.push(point);
        }
        points
    }
}
