//! Starts programs that end with the one that started them, however that one ends.
//!
//! Linux can send a process a signal when its parent dies, but only the process itself can ask for
//! it, and what Rust offers between `fork` and `exec` is unsafe. So a program that calls
//! [`start_through_itself`] starts every other one through itself: a hidden subcommand
//! ([`SUBCOMMAND`], served by [`serve_subcommand`]) asks for the signal, looks whether its parent is
//! still there, and becomes the program that was meant, by `exec`, under the same process id. The
//! signal comes when the *thread* that started a process ends, so one thread that lives as long as the
//! program starts them all.
//!
//! Programs that do not call it (tests) start others directly, from the same thread; so do systems
//! other than Linux.

mod become_program;
mod start;

pub use become_program::{SUBCOMMAND, serve_subcommand};
pub use start::{Launch, start_through_itself};
