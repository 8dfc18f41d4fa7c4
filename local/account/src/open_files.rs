//! How many files and connections this process may have open.

use std::sync::Once;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Four for each connection that the [server](crate::server) takes at once. Programs that the account
/// starts inherit the limit, and some look at every descriptor that they might have; systems with a
/// limit of a thousand million keep such a program busy for minutes.
const ENOUGH: u64 = 65_536;

/// What macOS takes where it says that there is no limit (`OPEN_MAX`).
const MOST_WITHOUT_LIMIT: u64 = 10_240;

/// Raises the limit to what is enough, or what the system lets this process have, once. Systems begin with 256 or 1024,
/// for programs that keep descriptors in sets of that size; a thousand calls need more.
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
            tracing::warn!(%error, wanted, "the limit of open files stays as it is");
        }
    });
}

/// The limit to ask for; `None` when there is nothing to gain.
fn wanted(limit: &Rlimit) -> Option<u64> {
    let current = limit.current?;
    let most = limit.maximum.unwrap_or(MOST_WITHOUT_LIMIT).min(ENOUGH);
    (current < most).then_some(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_goes_up_and_never_down() {
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
