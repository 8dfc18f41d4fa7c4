//! What can be said on the command line.

use clap::{Parser, Subcommand, ValueEnum};

/// Measure the function, the flow engine and the local account beside what a user would pick
/// instead.
///
/// Without a command functions and calls are measured, which takes some minutes.
#[derive(Debug, Parser)]
#[command(name = "bench", about, max_term_width = 100)]
pub struct Options {
    /// What to measure; without it, functions and calls.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// How results are printed. Progress goes to standard error either way.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub format: Format,

    /// Do everything only as often as it takes to see that it works, and leave out what takes
    /// minutes to compile.
    #[arg(long, global = true)]
    pub quick: bool,

    /// Write figures, tables and plots into docs/performance.md and docs/performance/.
    #[arg(long, global = true, conflicts_with = "quick")]
    pub write: bool,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// The function beside Node.js, Python, Go, the Rust of tutorials, and the floor
    Functions,
    /// Calls of the flow engine, of Amazon Connect and of the deployed line
    Calls,
    /// `cargo run` in a clone of the latest commit, cold and warm; the cold one compiles everything
    CargoRun,
    /// Make the document's tables and plots again, of the figures that were written down
    Document,
    /// Open calls of the flow on standard input and say what they cost
    #[command(hide = true)]
    HoldOpen {
        /// How many.
        calls: usize,
    },
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables for people
    Text,
    /// One line of JSON for machines
    Json,
}
