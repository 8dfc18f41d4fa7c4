//! How much a request may compute.
//!
//! CloudWatch limits how long expressions, how many queries and how many answers there are. Within
//! these limits a few lines can ask for more than any machine computes, such as the product of lists
//! of metrics with themselves. So every value that is computed is paid for before it is.

use std::cell::Cell;

use local_wire::Fault;

use crate::cloudwatch::input::validation;

/// What is left of the values that may be computed.
#[derive(Debug)]
pub(in super::super) struct Budget {
    most: usize,
    spent: Cell<usize>,
}

impl Budget {
    /// So many values may be computed.
    pub(in super::super) fn new(most: usize) -> Self {
        Self {
            most,
            spent: Cell::new(0),
        }
    }

    /// Pays for values.
    ///
    /// # Errors
    /// When there are not so many left.
    pub(super) fn spend(&self, values: usize) -> Result<(), Fault> {
        self.spent.set(self.spent.get().saturating_add(values));
        match self.spent.get() > self.most {
            true => Err(validation(format!(
                "The local account computes at most {} values for one request. Ask for fewer \
                 metrics, for a shorter time or for a longer period.",
                self.most
            ))),
            false => Ok(()),
        }
    }

    /// How many values were paid for.
    pub(in super::super) fn spent(&self) -> usize {
        self.spent.get()
    }
}
