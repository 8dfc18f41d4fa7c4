//! Compares the line's function with functions that a user would write instead, and with the floor.
//!
//! All run as processes under the Runtime API of one local account, which also has their tables and receives
//! their messages. They take turns, so that other work of the machine affects all of them equally. Durations
//! are from Lambda's `REPORT` line.

mod invocation;
mod measure;
mod packages;
mod peers;
mod processes;
mod setup;
mod subject;
mod throttle;
mod tls;

pub use invocation::{Command, Report, number};
pub use measure::{Effort, FunctionFigures, Scene, SubjectFigures, run};
pub use packages::{Package, Packages};
pub use subject::{Peers, Subject, Transport};
pub use throttle::{CpuShare, LAMBDA_FULL_PROCESSOR_MB};
