//! The marks of a call or of tests on a picture.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::{Block, Branch, BranchKind, Graph};

/// Marks on the blocks and branches of a picture. The default has none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marks {
    /// The way of a call, block by block. Its blocks and branches are lit.
    pub steps: Vec<Step>,
    /// The block that the call is at.
    pub current: Option<String>,
    /// The branches and blocks that no test took; `None` if that is not known, and nothing is marked.
    pub never_taken: Option<NeverTaken>,
}

/// A block that a call came to, and the branch by which it left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The identifier of the block.
    pub block: String,
    /// The name of the branch: `NextAction`, an operand or an error type. `None` if it is not known: then
    /// each branch that leads to the block of the next step is lit.
    pub branch: Option<String>,
}

/// The branches and blocks that no test took.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NeverTaken {
    /// The branches, each on one line as [`Branch::described`] returns it.
    pub branches: BTreeSet<String>,
    /// The identifiers of the blocks that no test came to.
    pub blocks: BTreeSet<String>,
}

/// The marks, looked up by block and branch of one graph.
pub(crate) struct Lit<'a> {
    /// The numbers of times that the call came to each block.
    visits: BTreeMap<&'a str, usize>,
    /// The lit branches: the position of the block and that of the branch.
    branches: BTreeSet<(usize, usize)>,
    marks: &'a Marks,
}

impl<'a> Lit<'a> {
    pub(crate) fn new(graph: &Graph, marks: &'a Marks) -> Self {
        let mut visits = BTreeMap::new();
        let mut branches = BTreeSet::new();
        for (index, step) in marks.steps.iter().enumerate() {
            *visits.entry(step.block.as_str()).or_insert(0) += 1;
            let Some(at) = graph.position(&step.block) else {
                continue;
            };
            let next = marks.steps.get(index + 1).map(|next| next.block.as_str());
            let left = taken(&graph.blocks[at], step.branch.as_deref(), next);
            branches.extend(left.into_iter().map(|branch| (at, branch)));
        }
        Self {
            visits,
            branches,
            marks,
        }
    }

    pub(crate) fn visits(&self, block: &str) -> usize {
        self.visits.get(block).copied().unwrap_or_default()
    }

    pub(crate) fn is_lit(&self, block: usize, branch: usize) -> bool {
        self.branches.contains(&(block, branch))
    }

    pub(crate) fn is_current(&self, block: &str) -> bool {
        self.marks.current.as_deref() == Some(block)
    }

    /// Reports whether no test took the branch.
    ///
    /// `NextAction` that repeats the target of other results, as the console writes it after a comparison, is
    /// no way of its own: no call takes it, so no list has it. It counts as they do.
    pub(crate) fn never_takes(&self, block: &Block, branch: &Branch) -> bool {
        let Some(never) = &self.marks.never_taken else {
            return false;
        };
        let listed = |branch: &Branch| {
            let described = branch.described(&block.identifier);
            never.branches.contains(&described)
        };
        let mut repeated = block
            .branches
            .iter()
            .filter(|other| {
                branch.kind == BranchKind::Next
                    && other.kind != BranchKind::Next
                    && !other.kind.is_failure()
                    && other.target == branch.target
            })
            .peekable();
        listed(branch) || repeated.peek().is_some() && repeated.all(listed)
    }

    /// Reports whether no test came to the block.
    pub(crate) fn never_reaches(&self, block: &Block) -> bool {
        let never = self.marks.never_taken.as_ref();
        never.is_some_and(|never| never.blocks.contains(&block.identifier))
    }
}

/// Returns the positions of the branches that a step took. The next step decides between branches of one
/// name; where the two do not fit, as after a transfer into another flow, the name counts.
fn taken(block: &Block, name: Option<&str>, next: Option<&str>) -> Vec<usize> {
    let find = |fits: &dyn Fn(&Branch) -> bool| -> Vec<usize> {
        let branches = block.branches.iter().enumerate();
        branches
            .filter(|(_, branch)| fits(branch))
            .map(|(index, _)| index)
            .collect()
    };
    let named = |branch: &Branch| name.is_none_or(|name| branch.kind.name() == name);
    let both = find(&|branch| named(branch) && next == Some(branch.target.as_str()));
    match (both.is_empty(), name) {
        (false, _) | (true, None) => both,
        (true, Some(_)) => find(&named),
    }
}
