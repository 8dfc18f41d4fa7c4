//! Collects problems.

use std::cell::RefCell;

use crate::Problem;

/// The maximum number of problems that the service reports at once.
const MOST_PROBLEMS: usize = 50;
/// The length to which it truncates a message, in characters.
const LONGEST_MESSAGE: usize = 256;

/// The problems found so far.
#[derive(Default)]
pub(crate) struct Problems {
    found: RefCell<Vec<Problem>>,
}

impl Problems {
    pub(crate) fn report(&self, message: impl Into<String>) {
        let mut found = self.found.borrow_mut();
        if found.len() == MOST_PROBLEMS {
            return;
        }
        let mut message: String = message.into();
        if let Some((end, _)) = message.char_indices().nth(LONGEST_MESSAGE) {
            message.truncate(end);
        }
        found.push(Problem { message });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.borrow().is_empty()
    }

    pub(crate) fn into_vec(self) -> Vec<Problem> {
        self.found.into_inner()
    }
}
