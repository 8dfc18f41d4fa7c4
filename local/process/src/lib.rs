//! Starts programs that end with the one that started them, however that one ends.
//!
//! Linux can send a process a signal when its parent dies, but only the process itself can request it,
//! and Rust's hook between `fork` and `exec` is unsafe. So a program that calls [`start_through_itself`]
//! starts every other program through itself, with a hidden subcommand that [`serve_subcommand`] handles.
//! There are two ways:
//!
//! * [`Launch::like`] *becomes* the program: the child requests the signal, checks that its parent still
//!   exists, and becomes the program by `exec`, under the same process id. The program dies with its
//!   parent, but its own children do not.
//! * [`Launch::supervising`] *supervises* the program: a process stays between the two. When the program
//!   or the process that started it ends, the supervisor ends all remaining descendants, including those
//!   with sessions of their own, and exits as the program did.
//!
//! The signal is sent when the *thread* that started a process ends, so a single thread that lives as
//! long as this program starts all others. This program inherits orphans (as a *subreaper*): it reaps
//! them when they end, and [`end_everything_below`] ends them.
//!
//! Without [`start_through_itself`] (in tests) and on systems other than Linux, programs are started
//! directly, from the same thread.

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
