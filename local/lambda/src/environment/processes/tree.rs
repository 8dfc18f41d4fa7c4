//! The tree of processes.

use std::collections::{HashMap, HashSet};

use local_process::{ProcessKey, ProcessStat};

/// Processes with their children.
#[derive(Debug, Default)]
pub(super) struct Forest {
    all: Vec<ProcessStat>,
    children: HashMap<u32, Vec<usize>>,
    places: HashMap<u32, usize>,
}

impl Forest {
    pub(super) fn new(all: Vec<ProcessStat>) -> Self {
        let mut children: HashMap<u32, Vec<usize>> = HashMap::new();
        let mut places = HashMap::new();
        for (index, process) in all.iter().enumerate() {
            children.entry(process.parent).or_default().push(index);
            places.insert(process.key.id, index);
        }
        Self {
            all,
            children,
            places,
        }
    }

    /// Returns the process with the id.
    pub(super) fn get(&self, id: u32) -> Option<&ProcessStat> {
        self.places.get(&id).and_then(|place| self.all.get(*place))
    }

    /// Reports whether exactly this process exists, and not another one with its id.
    pub(super) fn has(&self, key: ProcessKey) -> bool {
        self.get(key.id).is_some_and(|found| found.key == key)
    }

    pub(super) fn all(&self) -> &[ProcessStat] {
        &self.all
    }

    /// Returns the processes that `is_seed` selects and everything below them.
    pub(super) fn closure(&self, is_seed: impl Fn(&ProcessStat) -> bool) -> Vec<ProcessStat> {
        let seeds = self.all.iter().filter(|process| is_seed(process));
        let mut found: Vec<ProcessStat> = seeds.copied().collect();
        let mut seen: HashSet<ProcessKey> = found.iter().map(|process| process.key).collect();
        let mut next = 0;
        while let Some(parent) = found.get(next).map(|process| process.key.id) {
            for child in self.children.get(&parent).into_iter().flatten() {
                let child = self.all[*child];
                if seen.insert(child.key) {
                    found.push(child);
                }
            }
            next += 1;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(id: u32, parent: u32, group: u32) -> ProcessStat {
        ProcessStat {
            key: ProcessKey {
                id,
                started: u64::from(id),
            },
            parent,
            group,
            session: group,
            terminal: false,
            ended: false,
        }
    }

    #[test]
    fn descendants_are_found_once_and_no_other_processes() {
        let all = [
            process(1, 0, 1),
            process(10, 1, 10),
            // A child with a session of its own, its child, and an orphan of the group.
            process(11, 10, 11),
            process(12, 11, 11),
            process(13, 1, 10),
            process(14, 13, 14),
            // An unrelated process.
            process(20, 1, 20),
            process(21, 20, 20),
        ];
        let mut found: Vec<u32> = Forest::new(all.to_vec())
            .closure(|process| process.group == 10)
            .iter()
            .map(|process| process.key.id)
            .collect();
        found.sort_unstable();
        assert_eq!(found, [10, 11, 12, 13, 14]);
    }

    #[test]
    fn a_circle_ends() {
        // Ids that are reused between two looks can form a circle.
        let all = Forest::new(vec![process(1, 2, 1), process(2, 1, 1)]);
        assert_eq!(all.closure(|process| process.key.id == 1).len(), 2);
        assert!(all.closure(|_| false).is_empty());
    }
}
