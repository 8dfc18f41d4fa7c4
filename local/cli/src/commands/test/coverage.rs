//! The branches that all tests took together.

use local_connect::TestedFlow;
use serde_json::{Value, json};

use super::words::shown;
use crate::screen::{Printed, Screen};

/// The branches of all flows that tests entered, in the order of first entry.
#[derive(Debug, Default)]
pub(super) struct Branches {
    flows: Vec<TestedFlow>,
}

impl Branches {
    /// Adds the branches of a test.
    pub(super) fn add(&mut self, tested: &[TestedFlow]) {
        for flow in tested {
            let known = self.flows.iter_mut().find(|one| {
                let same = one.branches.len() == flow.branches.len();
                one.flow_id == flow.flow_id && same
            });
            match known {
                Some(known) => {
                    for (known, new) in known.branches.iter_mut().zip(&flow.branches) {
                        known.taken += new.taken;
                    }
                }
                None => self.flows.push(flow.clone()),
            }
        }
    }

    /// Returns the flows with their branches.
    pub(super) fn into_flows(self) -> Vec<TestedFlow> {
        self.flows
    }

    /// Prints the share of each flow and, if asked to, the branches that no test took.
    pub(super) fn print(&self, lists: bool, screen: Screen) -> Printed {
        for flow in &self.flows {
            let (taken, total) = share(flow);
            let percent = (taken * 100).checked_div(total).unwrap_or(100);
            let name = shown(&flow.name);
            screen.say(&format!(
                "branches of {name}: {taken} of {total} taken ({percent} %)"
            ))?;
            if lists {
                for branch in missed(flow) {
                    screen.say(&format!("  never taken: {}", shown(branch)))?;
                }
            }
        }
        Ok(())
    }

    /// Returns the share of each flow, and its branches that no test took.
    pub(super) fn summary(&self) -> Value {
        let flows = self.flows.iter().map(|flow| {
            let (taken, total) = share(flow);
            json!({
                "flowId": flow.flow_id,
                "name": flow.name,
                "taken": taken,
                "total": total,
                "missed": missed(flow).collect::<Vec<_>>(),
            })
        });
        flows.collect()
    }
}

fn missed(flow: &TestedFlow) -> impl Iterator<Item = &str> {
    let missed = flow.branches.iter().filter(|branch| branch.taken == 0);
    missed.map(|branch| &*branch.branch)
}

fn share(flow: &TestedFlow) -> (usize, usize) {
    let total = flow.branches.len();
    (total - missed(flow).count(), total)
}

#[cfg(test)]
mod tests {
    use local_connect::TestedBranch;

    use super::*;

    #[test]
    fn branches_of_all_tests_count_together() {
        let flow = |taken: [usize; 2]| TestedFlow {
            flow_id: "f".to_owned(),
            name: "line".to_owned(),
            branches: ["a -> b", "a -> c"]
                .into_iter()
                .zip(taken)
                .map(|(branch, taken)| TestedBranch {
                    branch: branch.to_owned(),
                    taken,
                })
                .collect(),
        };
        let mut branches = Branches::default();
        branches.add(&[flow([1, 0])]);
        assert_eq!(branches.summary()[0]["missed"], json!(["a -> c"]));
        branches.add(&[flow([0, 2])]);
        assert_eq!(branches.summary()[0]["taken"], 2);
    }
}
