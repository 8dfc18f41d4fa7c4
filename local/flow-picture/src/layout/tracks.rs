//! The heights at which lines run across between two layers.

/// The distance below which two lines count as one.
const NEAR: i32 = 5;
/// The distance that two lines at one height keep.
const APART: i32 = 12;
/// How much worse it is that two lines cover each other than that they cross.
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

    /// Counts what goes wrong if this net runs across above the other.
    fn above(&self, other: &Self) -> usize {
        let within = |pins: &[i32], span: Option<(i32, i32)>| {
            let within = |pin: &&i32| span.is_some_and(|(low, high)| low < **pin && **pin < high);
            pins.iter().filter(within).count()
        };
        let covered = self
            .bottoms
            .iter()
            .filter(|bottom| other.tops.iter().any(|top| (top - **bottom).abs() < NEAR));
        within(&other.tops, self.span())
            + within(&self.bottoms, other.span())
            + COVERED * covered.count()
    }

    /// Reports whether the two cannot run at one height.
    fn meets(&self, other: &Self) -> bool {
        match (self.span(), other.span()) {
            (Some(one), Some(two)) => one.0 < two.1 + APART && two.0 < one.1 + APART,
            _ => false,
        }
    }
}

/// Returns the track of each net, counted from the top, and the number of tracks. A net that goes straight
/// down has none.
pub(super) fn assign(nets: &[Crossing]) -> (Vec<Option<usize>>, usize) {
    let mut order: Vec<usize> = Vec::new();
    for (index, net) in nets.iter().enumerate() {
        if net.span().is_some_and(|(low, high)| low < high) {
            insert(&mut order, index, nets);
        }
    }
    let mut tracks: Vec<Option<usize>> = vec![None; nets.len()];
    let mut count = 0;
    for (place, &net) in order.iter().enumerate() {
        let before = order[..place].iter();
        let track = before
            .filter(|&&other| nets[net].meets(&nets[other]))
            .filter_map(|&other| tracks[other])
            .max()
            .map_or(0, |above| above + 1);
        tracks[net] = Some(track);
        count = count.max(track + 1);
    }
    (tracks, count)
}

/// Inserts a net into an order from the top where it does least harm.
fn insert(order: &mut Vec<usize>, net: usize, nets: &[Crossing]) {
    // At the end, all others are above it. From there it moves up.
    let mut best = (0_isize, order.len());
    let mut cost = 0_isize;
    for place in (0..order.len()).rev() {
        let (one, other) = (&nets[net], &nets[order[place]]);
        cost += one.above(other).cast_signed() - other.above(one).cast_signed();
        if cost < best.0 {
            best = (cost, place);
        }
    }
    order.insert(best.1, net);
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
