//! Raises the limit on open files, which include connections, of this process.

use std::sync::Once;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Four for each connection that the [server](crate::server) accepts at once. Not more, since
/// programs that the account starts inherit the limit, and some of them iterate over every possible
/// descriptor: a limit of a billion keeps such a program busy for minutes.
const WANTED_LIMIT: u64 = 65_536;

/// The most that macOS accepts where it reports no limit (`OPEN_MAX`).
const MAX_WITHOUT_LIMIT: u64 = 10_240;

/// Raises the limit to a sufficient number, or to the system's maximum, once. Systems start with
/// 256 or 1024, for programs that keep descriptors in sets of that size; a thousand calls need
/// more.
pub(crate) fn allow_many() {
    static RAISED: Once = Once::new();
    RAISED.call_once(|| {
        let limit = getrlimit(Resource::Nofile);
        let Some(wanted) = wanted(&limit) else {
            return;
        };
        let raised = Rlimit {
            current: Some(wanted),
            ..limit
        };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(%error, wanted, "the limit of open files could not be raised");
        }
    });
}

/// Returns the limit to set; `None` if it cannot be raised.
fn wanted(limit: &Rlimit) -> Option<u64> {
    let current = limit.current?;
    let most = limit.maximum.unwrap_or(MAX_WITHOUT_LIMIT).min(WANTED_LIMIT);
    (current < most).then_some(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_raised_and_never_lowered() {
        let wanted = |current, maximum| wanted(&Rlimit { current, maximum });
        assert_eq!(wanted(Some(1024), Some(4096)), Some(4096));
        assert_eq!(wanted(Some(1024), Some(1_048_576)), Some(65_536));
        assert_eq!(wanted(Some(1_048_576), Some(1_048_576)), None);
        assert_eq!(wanted(Some(256), None), Some(10_240));
        assert_eq!(wanted(Some(4096), Some(4096)), None);
        assert_eq!(wanted(Some(65_536), None), None);
        assert_eq!(wanted(None, None), None);
    }
}
