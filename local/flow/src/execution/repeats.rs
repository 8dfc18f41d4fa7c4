//! Counts the runs of each block, to stop flows that would repeat without end.

use std::sync::Arc;

/// The number of times that a block may repeat without input or a wait in between. AWS documents no limit: there, the caller
/// has to hang up.
pub(super) const MOST_REPEATS: u32 = 100;

/// The runs of each block since the last input or wait.
pub(super) struct Repeats {
    most: u32,
    /// By the id of the flow, and by the position of the action.
    runs: Vec<(Arc<str>, Vec<u32>)>,
}

impl Repeats {
    pub(super) fn new(most: u32) -> Self {
        Self {
            most,
            runs: Vec::new(),
        }
    }

    pub(super) fn most(&self) -> u32 {
        self.most
    }

    pub(super) fn limit(&mut self, most: u32) {
        self.most = most;
    }

    /// Counts a run of an action, and reports whether it has repeated too often.
    pub(super) fn exceeded(&mut self, flow: &Arc<str>, actions: usize, at: usize) -> bool {
        let known = self.runs.iter().position(|(id, _)| id == flow);
        let place = known.unwrap_or_else(|| {
            self.runs.push((Arc::clone(flow), vec![0; actions]));
            self.runs.len() - 1
        });
        let Some(runs) = self.runs[place].1.get_mut(at) else {
            return false;
        };
        *runs += 1;
        *runs - 1 > self.most
    }

    /// Starts over, after input or a wait.
    pub(super) fn forget(&mut self) {
        for (_, runs) in &mut self.runs {
            runs.fill(0);
        }
    }
}
