//! Amazon Connect's Flow language (version 2019-10-30): parse, check and execute flows.
//!
//! This crate does no IO, reads no clock and draws no random number. An [`Execution`] is a state
//! machine: it is resumed with an [`Input`] and answers with the [`Output`] it needs next, be
//! that a prompt to play, a key to wait for or a function to invoke. Whoever drives it owns the
//! telephone, the functions and the time.

mod contact;
mod exchange;
mod flow;

pub use contact::{Contact, Endpoint, Queue, Voice};
pub use exchange::{
    DialOutcome, Ending, FlowKind, FunctionCall, FunctionFailure, Input, Key, LoadedFlow, Output,
    Prompt, PromptSource, QueueEntry, ResponseType, StopReason,
};
pub use flow::{Flow, Problem};
