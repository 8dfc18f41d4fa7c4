//! Collects problems.

use std::cell::RefCell;

use crate::{Problem, ProblemKind};

/// The service cuts each message here, in characters (botocore's model). It reports all problems:
/// more than the 50 of that model were seen in one refusal.
const LONGEST_MESSAGE: usize = 256;

/// The problems found so far.
#[derive(Default)]
pub(crate) struct Problems {
    found: RefCell<Vec<Problem>>,
    action: RefCell<Option<String>>,
}

impl Problems {
    /// Sets the identifier of the action that the following problems are about.
    pub(crate) fn about(&self, action: Option<&str>) {
        *self.action.borrow_mut() = action.map(str::to_owned);
    }

    /// Reports a problem of the JSON value at a path; an empty path is the whole content.
    pub(crate) fn report(&self, kind: ProblemKind, path: &str, message: impl Into<String>) {
        let mut message: String = message.into();
        if let Some((end, _)) = message.char_indices().nth(LONGEST_MESSAGE) {
            message.truncate(end);
        }
        self.found.borrow_mut().push(Problem {
            message,
            action: self.action.borrow().clone(),
            kind,
            path: path.to_owned(),
        });
    }

    /// Reports a value that the service does not accept, by its path.
    pub(crate) fn invalid_value(&self, path: &str) {
        self.invalid_value_as(path, path);
    }

    /// Reports a value that the service does not accept, by the path that the service shows for it.
    pub(crate) fn invalid_value_as(&self, path: &str, shown: &str) {
        self.report(
            ProblemKind::PropertyValue,
            path,
            format!("Invalid Action property value. Path: {shown}"),
        );
    }

    /// Reports a condition that the service does not accept, by its path.
    pub(crate) fn invalid_condition(&self, path: &str) {
        self.report(
            ProblemKind::Condition,
            path,
            format!("Invalid Action property value. Path: {path}"),
        );
    }

    /// Reports a member that the service does not know, by its path.
    pub(crate) fn invalid_name(&self, path: &str) {
        self.report(
            ProblemKind::PropertyName,
            path,
            format!("Invalid Action property name. Path: {path}"),
        );
    }

    /// Reports a required member that is absent, by its path.
    pub(crate) fn missing(&self, path: &str) {
        self.report(
            ProblemKind::MissingProperty,
            path,
            format!("Action is missing required property. Path: {path}"),
        );
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count() == 0
    }

    pub(crate) fn count(&self) -> usize {
        self.found.borrow().len()
    }

    pub(crate) fn into_vec(self) -> Vec<Problem> {
        self.found.into_inner()
    }
}
