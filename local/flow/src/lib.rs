//! Amazon Connect's Flow language (version 2019-10-30): parse, check and execute flows.
//!
//! This crate does no IO, reads no clock and draws no random number. An [`Execution`] is a state
//! machine: it is resumed with an [`Input`] and answers with the [`Output`] it needs next, be
//! that a prompt to play, a key to wait for or a function to invoke. Whoever drives it owns the
//! telephone, the functions and the time.
//!
//! [`Flow::publish`] checks what the service checks when a flow is published and says it in the
//! service's own words. Where a comment names no other source, behaviour is that of the AWS
//! documentation (developer reference, administrator guide); where that is silent, the comment
//! says what was assumed.

mod action;
mod check;
mod condition;
mod contact;
mod coverage;
mod document;
mod event;
mod exchange;
mod execution;
mod flow;
mod log;
mod reference;
mod ssml;
mod trace;
mod voices;

pub use contact::{Contact, Endpoint, Queue, Voice};
pub use coverage::Coverage;
pub use exchange::{
    DialOutcome, Ending, FlowKind, FunctionCall, FunctionFailure, Input, Key, LoadedFlow, Output,
    Prompt, PromptSource, QueueEntry, ResponseType, StopReason,
};
pub use execution::Execution;
pub use flow::{Flow, Problem};
pub use log::FlowLogRecord;
pub use trace::{TraceEvent, Transition, TransitionKind};
pub use voices::PollyVoice;
