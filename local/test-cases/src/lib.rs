//! Test cases of Amazon Connect, in the language of its testing and simulation feature.
//!
//! This crate does no IO, reads no clock and draws no random numbers. [`TestCase::publish`] reads
//! content as CreateTestCase takes it, and reports problems in the service's words where they are
//! known. A [`Run`] judges one contact: its driver reports each [`Event`] of the contact and does
//! what the run returns, such as pressing keys. The driver owns the flow engine and the time.
//!
//! Behavior that AWS documents is that of the developer guide ("testing language") and the
//! administrator guide ("testing and simulation"). Other behavior was recorded on the service by
//! public projects. A comment states each assumption of our own.

mod content;
mod event;
mod exchange;
mod file;
mod matching;
mod overrides;
mod problem;
mod read;
mod record;
mod recorded;
mod run;

pub use content::{
    Action, ActionKind, Assertion, Channel, Command, EventPattern, FlowActionPattern,
    FlowActionType, Instruction, MatchKind, MessagePattern, Observation, Operator, Override,
    PatternSource, Strategy, TestCase,
};
pub use event::{Event, FlowAction, Heard, Message, Speech};
pub use exchange::{Effect, Facts, Origin, Start, StartError};
pub use file::{FileError, TestFile};
pub use matching::{Matching, Verdict, similarity};
pub use problem::{Problem, ProblemKind};
pub use record::{Record, RecordStatus};
pub use recorded::{Conversation, Turn};
pub use run::{
    ActionReport, Completion, ExecutionStatus, ObservationReport, ObservationStatus, Report, Run,
    TIME_LIMIT,
};
