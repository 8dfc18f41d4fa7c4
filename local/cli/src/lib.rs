//! The command line of the local account.

pub mod commands;
pub mod interrupt;
pub mod listen;
pub mod options;
pub mod outcome;
pub mod program;
pub mod screen;
pub mod transcript;
pub mod voice;
