//! Parses queries of CloudWatch Logs Insights and runs them over log events.
//!
//! [`Query::parse`] reads a query or refuses it with the place that is to blame, as StartQuery does. A
//! [`Run`] takes the events of the time range one by one, in the order of their times, and returns
//! the results. Nothing here reads a clock or a log.
//!
//! The language is that of
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html>: the commands
//! `fields`, `filter`, `stats`, `sort`, `limit`, `display`, `dedup` and `parse` with the functions
//! for numbers, times, texts and addresses. Other commands and functions are refused.

mod aggregate;
mod error;
mod evaluate;
mod lexer;
mod order;
mod parser;
mod period;
mod record;
mod run;
mod syntax;
mod value;

pub use error::{CompileError, OutOfMemory};
pub use record::Event;
pub use run::{Query, Results, Run};
