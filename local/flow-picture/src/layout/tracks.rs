//! The heights at which lines run across between two layers.

/// The distance below which two lines count as one.
const NEAR: i32 = 5;
/// The distance that two lines at one height keep.
const APART: i32 = 12;
/// The number of crossings that are as bad as two lines that cover each other.
const COVERED: usize = 20;

/// A net between two layers: where it comes from the upper one, and where it goes to the lower one.
#[derive(Debug, Clone, Default)]
pub(super) struct Crossing {
    pub(super) tops: Vec<i32>,
    pub(super) bottoms: Vec<i32>,
}

impl Crossing {
    fn span(&self) -> Option<(i32, i32)> {
        let all = || self.tops.iter().chain(&self.bottoms).copied();
        Some((all().min()?, all().max()?))
    }
}

/// A net that runs across, with its ends.
struct Across<'a> {
    net: &'a Crossing,
    low: i32,
    high: i32,
}

impl Across<'_> {
    /// Counts what goes wrong if this net runs across above the other.
    fn above(&self, other: &Self) -> usize {
        let within = |pins: &[i32], across: &Self| {
            let within = pins
                .iter()
                .filter(|pin| across.low < **pin && **pin < across.high);
            within.count()
        };
        let covered = self.net.bottoms.iter().filter(|bottom| {
            let tops = &other.net.tops;
            tops.iter().any(|top| (top - **bottom).abs() < NEAR)
        });
        within(&other.net.tops, self) + within(&self.net.bottoms, other) + COVERED * covered.count()
    }

    /// Reports whether the two cannot run at one height.
    fn meets(&self, other: &Self) -> bool {
        self.low < other.high + APART && other.low < self.high + APART
    }
}

/// Returns the track of each net, counted from the top, and the number of tracks. A net that goes straight
/// down has none.
pub(super) fn assign(nets: &[Crossing]) -> (Vec<Option<usize>>, usize) {
    let mut order: Vec<(usize, Across<'_>)> = Vec::new();
    for (index, net) in nets.iter().enumerate() {
        if let Some((low, high)) = net.span()
            && low < high
        {
            insert(&mut order, index, Across { net, low, high });
        }
    }
    let mut tracks: Vec<Option<usize>> = vec![None; nets.len()];
    let mut count = 0;
    for (place, (net, across)) in order.iter().enumerate() {
        let before = order[..place].iter();
        let track = before
            .filter(|(_, other)| across.meets(other))
            .filter_map(|(other, _)| tracks[*other])
            .max()
            .map_or(0, |above| above + 1);
        tracks[*net] = Some(track);
        count = count.max(track + 1);
    }
    (tracks, count)
}

/// Inserts a net into an order from the top where it does least harm.
fn insert<'a>(order: &mut Vec<(usize, Across<'a>)>, net: usize, across: Across<'a>) {
    // At the end, all others are above it. From there it moves up.
    let mut best = (0_isize, order.len());
    let mut cost = 0_isize;
    for place in (0..order.len()).rev() {
        let other = &order[place].1;
        // Nets that do not meet can neither cross nor cover each other.
        if across.meets(other) {
            cost += across.above(other).cast_signed() - other.above(&across).cast_signed();
        }
        if cost < best.0 {
            best = (cost, place);
        }
    }
    order.insert(best.1, (net, across));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crossing(tops: &[i32], bottoms: &[i32]) -> Crossing {
        Crossing {
            tops: tops.to_vec(),
            bottoms: bottoms.to_vec(),
        }
    }

    #[test]
    fn lines_that_do_not_meet_share_a_track() {
        let nets = [
            crossing(&[0], &[100]),
            crossing(&[200], &[300]),
            crossing(&[50], &[50]),
        ];
        assert_eq!(assign(&nets), (vec![Some(0), Some(0), None], 1));
    }

    #[test]
    fn a_line_does_not_cover_another() {
        // The first ends where the second begins: it must run below.
        let nets = [crossing(&[0], &[100]), crossing(&[100], &[0])];
        let (tracks, count) = assign(&nets);
        assert_eq!(count, 2);
        assert_ne!(tracks[0], tracks[1]);
        let nets = [crossing(&[0], &[100]), crossing(&[100], &[200])];
        let (tracks, _) = assign(&nets);
        assert!(tracks[1] < tracks[0], "{tracks:?}");
    }
}
