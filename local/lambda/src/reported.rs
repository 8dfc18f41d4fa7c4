//! Reports that are made once per function.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// The most functions that are remembered. Beyond that, all are forgotten, and reported again.
const MAX_FUNCTIONS: usize = 1_000;

/// The functions of which something has been reported, by ARN.
#[derive(Debug, Default)]
pub(crate) struct ReportedFunctions(Mutex<HashSet<String>>);

impl ReportedFunctions {
    /// Remembers a function; returns whether it was not among the remembered ones.
    pub(crate) fn is_first(&self, function_arn: &str) -> bool {
        let mut reported = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if reported.len() >= MAX_FUNCTIONS && !reported.contains(function_arn) {
            reported.clear();
        }
        reported.insert(function_arn.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_reported_once_and_few_are_remembered() {
        let reported = ReportedFunctions::default();
        assert!(reported.is_first("a"));
        assert!(!reported.is_first("a"));
        for number in 0..5_000 {
            assert!(reported.is_first(&number.to_string()));
        }
        assert!(reported.0.lock().unwrap().len() <= 1_000);
    }
}
