//! The way an execution took through its flows, and the ways a flow offers.

use std::sync::Arc;

use time::OffsetDateTime;

/// How one leaves an action.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TransitionKind {
    /// `NextAction`.
    Next,
    /// One of the `Conditions`.
    Condition {
        /// Position in `Conditions`, from 0.
        index: usize,
        /// The operand as the flow's content has it.
        operand: Arc<str>,
    },
    /// One of the `Errors`.
    Error {
        /// Such as `NoMatchingError`.
        error_type: Arc<str>,
    },
    /// The action ends its flow or module.
    Terminal,
}

/// One way out of an action. Branch coverage compares what [`Flow::transitions`] lists with what
/// the trace of an execution says was taken: both have this shape.
///
/// [`Flow::transitions`]: crate::Flow::transitions
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Transition {
    /// Identifier of the action that is left.
    pub action: Arc<str>,
    /// How it is left.
    pub kind: TransitionKind,
    /// Identifier of the action that follows; `None` for [`TransitionKind::Terminal`].
    pub target: Option<Arc<str>>,
}

/// One thing that happened in an execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TraceEvent {
    /// An action was entered.
    Entered {
        /// Id of the flow or module.
        flow_id: Arc<str>,
        /// Identifier of the action.
        action: Arc<str>,
        /// Moment on the execution's clock.
        at: OffsetDateTime,
    },
    /// A transition was taken.
    Taken {
        /// Id of the flow or module.
        flow_id: Arc<str>,
        /// Which.
        transition: Transition,
    },
    /// Something the flow's author should look at, although the call goes on: an undefined
    /// reference, or why a block failed. Never contains what the caller typed.
    Warning {
        /// Id of the flow or module.
        flow_id: Arc<str>,
        /// Identifier of the action.
        action: Arc<str>,
        /// One sentence.
        message: String,
    },
}
