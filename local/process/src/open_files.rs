//! The limit of open files of the programs that this one starts.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit};

/// Returns the limits for this many open files. The hard limit, up to which a program may raise its own,
/// is unchanged.
fn limit(count: u64) -> Rlimit {
    let maximum = getrlimit(Resource::Nofile).maximum;
    Rlimit {
        current: Some(maximum.map_or(count, |most| most.min(count))),
        maximum,
    }
}

/// Limits this process, and the program that it becomes.
pub(crate) fn limit_this_process(count: u64) -> io::Result<()> {
    Ok(rustix::process::setrlimit(Resource::Nofile, limit(count))?)
}

/// Limits a running child. Until then it has the limit of this process.
#[cfg(target_os = "linux")]
pub(crate) fn limit_child(id: u32, count: u64) -> io::Result<()> {
    let id = rustix::process::Pid::from_raw(id.cast_signed());
    rustix::process::prlimit(id, Resource::Nofile, limit(count))?;
    Ok(())
}

/// Other systems do not let a process limit another one.
#[cfg(not(target_os = "linux"))]
pub(crate) fn limit_child(_id: u32, _count: u64) -> io::Result<()> {
    Ok(())
}
