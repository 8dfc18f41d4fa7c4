//! The transitions that a flow has, and those that an execution took.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};
use time::OffsetDateTime;

/// The kind of a transition.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TransitionKind {
    /// `NextAction`.
    Next,
    /// One of the `Conditions`.
    Condition {
        /// The position in `Conditions`, from 0.
        index: usize,
        /// The operand, as in the flow's content.
        operand: Arc<str>,
    },
    /// One of the `Errors`.
    Error {
        /// The error type, such as `NoMatchingError`.
        error_type: Arc<str>,
    },
    /// The action ends its flow or module.
    Terminal,
}

/// A transition out of an action. Branch coverage compares the transitions that
/// [`Flow::transitions`] lists with those in the trace of an execution.
///
/// [`Flow::transitions`]: crate::Flow::transitions
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Transition {
    /// The identifier of the action that is left.
    pub action: Arc<str>,
    pub kind: TransitionKind,
    /// The identifier of the next action; `None` for [`TransitionKind::Terminal`].
    pub target: Option<Arc<str>>,
}

/// The transition on one line, such as `Look up -> Say trouble (NoMatchingError)`.
impl fmt::Display for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = self.target.as_deref().unwrap_or("the end");
        write!(f, "{} -> {target}", self.action)?;
        match &self.kind {
            TransitionKind::Next | TransitionKind::Terminal => Ok(()),
            TransitionKind::Condition { operand, .. } => write!(f, " ({operand})"),
            TransitionKind::Error { error_type } => write!(f, " ({error_type})"),
        }
    }
}

/// The values that an action meets when it is entered.
#[derive(Clone, PartialEq, Eq)]
pub struct Visit {
    /// The name of the flow or module.
    pub flow_name: Arc<str>,
    /// The parameters, with references filled in; an undefined one is null, and empty within a text.
    pub parameters: Map<String, Value>,
    /// The user-defined attributes of the contact.
    pub attributes: BTreeMap<String, String>,
    /// The answer of the last function, `$.External`.
    pub external: Map<String, Value>,
    /// `$.StoredCustomerInput`, which may be a PIN.
    pub stored_input: Option<String>,
}

/// Shows no values, since the caller's input may be among them.
impl fmt::Debug for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visit")
            .field("flow_name", &self.flow_name)
            .finish_non_exhaustive()
    }
}

/// An event of an execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TraceEvent {
    /// An action was entered.
    Entered {
        /// The id of the flow or module.
        flow_id: Arc<str>,
        /// The identifier of the action.
        action: Arc<str>,
        /// The type of the action, such as `MessageParticipant`.
        kind: Arc<str>,
        /// The time on the execution's clock.
        at: OffsetDateTime,
        /// The values that the action meets, if visits are observed.
        visit: Option<Arc<Visit>>,
    },
    /// A transition was taken.
    Taken {
        /// The id of the flow or module.
        flow_id: Arc<str>,
        transition: Transition,
    },
    /// A likely mistake in the flow, although the call continues: an undefined reference, or the
    /// reason why a block failed. Never contains the caller's input.
    Warning {
        /// The id of the flow or module.
        flow_id: Arc<str>,
        /// The identifier of the action.
        action: Arc<str>,
        /// The message, one sentence.
        message: String,
    },
}
