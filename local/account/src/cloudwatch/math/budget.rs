//! Limits how much one request may compute.
//!
//! CloudWatch limits the length of expressions and the number of queries and results. Within these
//! limits a few lines can require more computation than any machine can do, such as the product of
//! lists of metrics with themselves. So values are charged before they are computed.

use std::cell::Cell;

use local_wire::Fault;

use crate::cloudwatch::input::validation;

/// The number of values that a request may still compute.
#[derive(Debug)]
pub(in super::super) struct Budget {
    most: usize,
    spent: Cell<usize>,
}

impl Budget {
    /// Creates a budget of `most` values.
    pub(in super::super) fn new(most: usize) -> Self {
        Self {
            most,
            spent: Cell::new(0),
        }
    }

    /// Charges values.
    ///
    /// # Errors
    /// If the budget has fewer left.
    pub(super) fn spend(&self, values: usize) -> Result<(), Fault> {
        self.spent.set(self.spent.get().saturating_add(values));
        match self.spent.get() > self.most {
            true => Err(validation(format!(
                "The local account computes at most {} values for one request. Request fewer \
                 metrics, for a shorter time or for a longer period.",
                self.most
            ))),
            false => Ok(()),
        }
    }

    /// Returns the number of values that were charged.
    pub(in super::super) fn spent(&self) -> usize {
        self.spent.get()
    }
}
