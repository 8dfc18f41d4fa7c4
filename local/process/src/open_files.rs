//! How many files a program may have open that this one starts.

use std::io;

use rustix::process::{Pid, Resource, Rlimit, getrlimit};

/// The limit of a program that may have so many files open; the most that it may raise it to itself
/// stays as it is.
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

/// Limits a child that has begun already. It has the limit of this process until then.
#[cfg(target_os = "linux")]
pub(crate) fn limit_child(id: u32, count: u64) -> io::Result<()> {
    let id = Pid::from_raw(id.cast_signed());
    rustix::process::prlimit(id, Resource::Nofile, limit(count))?;
    Ok(())
}

/// Other systems let no process limit another one.
#[cfg(not(target_os = "linux"))]
pub(crate) fn limit_child(_id: u32, _count: u64) -> io::Result<()> {
    Ok(())
}
