//! The options of the command line.

use clap::{Parser, Subcommand, ValueEnum};

/// Compare function, flow engine and local account with the alternatives that a user would choose.
///
/// Without a command it measures functions and calls, which takes several minutes.
#[derive(Debug, Parser)]
#[command(name = "bench", about, max_term_width = 100)]
pub struct Options {
    /// The part to measure; by default, functions and calls.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Format of the results. Progress is always written to standard error.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub format: Format,

    /// Measure as little as possible, only to see that everything works, and skip what takes minutes to compile.
    #[arg(long, global = true)]
    pub quick: bool,

    /// Write figures, tables and plots to docs/performance.md and docs/performance/.
    #[arg(long, global = true, conflicts_with = "quick")]
    pub write: bool,
}

/// The commands of the bench.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Compare the function with Node.js, Python, Go, tutorial-style Rust and the floor
    Functions,
    /// Measure calls of the flow engine, of Amazon Connect and of the deployed line
    Calls,
    /// Measure `cargo run` in a clone of the latest commit, cold and warm; the cold run compiles everything
    CargoRun,
    /// Write the document's tables and plots again, from the recorded figures
    Document,
    /// Open calls of the flow on standard input and print their memory
    #[command(hide = true)]
    HoldOpen {
        /// Number of calls.
        calls: usize,
    },
}

/// The format of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables for people
    Text,
    /// One line of JSON for machines
    Json,
}
