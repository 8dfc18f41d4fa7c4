//! Overrides that wait for their block.

use crate::content::{FlowActionPattern, Override, Strategy};
use crate::event::FlowAction;
use crate::matching::same_resource;

/// The overrides that were set and not used yet. Each one is for one use of its block, in the order in
/// which they were set (developer guide).
#[derive(Debug, Default)]
pub(crate) struct Overrides {
    waiting: Vec<Override>,
}

impl Overrides {
    pub(crate) fn set(&mut self, new: Override) {
        self.waiting.push(new);
    }

    /// Returns the next strategy for a block, which is used up.
    pub(crate) fn take(&mut self, action: &FlowAction) -> Option<Strategy> {
        let found = self
            .waiting
            .iter()
            .position(|one| is_about(&one.target, action))?;
        Some(self.waiting.remove(found).strategy)
    }

    pub(crate) fn unused(&self) -> impl Iterator<Item = &FlowActionPattern> {
        self.waiting.iter().map(|one| &one.target)
    }
}

/// Reports whether a pattern names this block. Ids and ARNs are both accepted for one resource.
pub(crate) fn is_about(pattern: &FlowActionPattern, action: &FlowAction) -> bool {
    let named = |name: &String| same_resource(name, &pattern.resource);
    pattern.kind == action.kind && action.names.iter().any(named)
}
