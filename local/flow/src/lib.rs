//! Parses, checks and executes flows in Amazon Connect's Flow language (version 2019-10-30).
//!
//! This crate does no IO, reads no clock and draws no random numbers. An [`Execution`] is a state
//! machine: it is resumed with an [`Input`] and returns the [`Output`] that it needs next, such as
//! a prompt to play, a key to wait for or a function to invoke. The driver owns the telephone, the
//! functions and the time.
//!
//! [`Flow::publish`] makes the same checks as publishing a flow in the service, and reports
//! problems in the service's own words. Unless a comment names another source, the behavior is that
//! of the AWS documentation (developer reference, administrator guide). Where that is silent, a
//! comment states the assumption.

mod action;
mod check;
mod compile;
mod condition;
mod contact;
mod contract;
mod coverage;
mod document;
mod event;
mod exchange;
mod execution;
mod flow;
mod log;
mod pace;
mod reference;
mod ssml;
mod trace;
mod voices;

pub use contact::{Agent, Contact, Endpoint, Queue, Routing, Voice};
pub use contract::{Contracts, ModuleContract};
pub use coverage::Coverage;
pub use exchange::{
    AgentAction, Callback, DialOutcome, Ending, FlowKind, FunctionCall, FunctionFailure, Input,
    Key, LoadedFlow, Output, OutsideAnswer, OutsideBlock, PROVIDED_ROOTS, Participant, PlainInput,
    Prompt, PromptSource, Provided, ProvidedBranch, QueueEntry, ResponseType, StopReason,
    UnknownBranch,
};
pub use execution::Execution;
pub use flow::{Flow, Problem, ProblemKind, UnservedBlock};
pub use log::FlowLogRecord;
pub use pace::speaking_time;
pub use ssml::{check_ssml, without_tags};
pub use trace::{TraceEvent, Transition, TransitionKind, Visit};
pub use voices::PollyVoice;
