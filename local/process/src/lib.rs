//! Starts programs that end with the one that started them, however that one ends.
//!
//! Linux can send a process a signal when its parent dies, but only the process itself can ask for
//! it, and what Rust offers between `fork` and `exec` is unsafe. So a program that calls
//! [`start_through_itself`] starts every other one through itself, by a hidden subcommand that
//! [`serve_subcommand`] serves. There are two ways:
//!
//! * [`Launch::like`] *becomes* the program: it asks for the signal, looks whether its parent is still
//!   there, and becomes the program that was meant, by `exec`, under the same process id. The program
//!   dies with its parent; what it has started itself does not.
//! * [`Launch::supervising`] *supervises* the program: a process stays between the two. When the
//!   program ends, or the process that started it, all that the program has left running is ended,
//!   sessions of their own included, and the supervisor ends as the program did.
//!
//! The signal comes when the *thread* that started a process ends, so one thread that lives as long as
//! the program starts them all. What outlives its parent is handed to this program (its *subreaper*):
//! it is waited for when it ends, and [`end_everything_below`] ends it.
//!
//! Programs that do not call it (tests) start others directly, from the same thread; so do systems
//! other than Linux.

mod below;
mod ignored;
mod open_files;
mod start;
mod stat;
mod stop_signals;
mod subcommand;
mod supervised;
mod supervisor;

pub use below::{end_everything_below, end_processes_in};
pub use start::{Launch, start_through_itself};
pub use stat::{ProcessKey, ProcessStat};
pub use stop_signals::{StopSignal, StopSignals};
pub use subcommand::serve_subcommand;
pub use supervised::Supervised;
