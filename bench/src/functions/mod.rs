//! Functions side by side: ours, what a user would write instead, and the floor.
//!
//! All run as processes under the Runtime API of one local account, which also holds their tables
//! and takes their messages. They take turns, so that whatever else the machine does strikes all
//! of them alike. Durations are those of Lambda's `REPORT` line.

mod invocation;
mod measure;
mod packages;
mod peers;
mod processes;
mod subject;
mod throttle;
mod tls;
mod world;

pub use invocation::{Command, Report, number};
pub use measure::{Effort, FunctionFigures, Scene, SubjectFigures, run};
pub use packages::{Package, Packages};
pub use subject::{Peers, Subject, Transport};
pub use throttle::{CpuShare, LAMBDA_FULL_PROCESSOR_MB};
