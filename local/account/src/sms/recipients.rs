//! The opt-out list and the SMS sandbox of each Region, which decide whether a number can be
//! reached.
//!
//! SNS and End User Messaging have different operations on the same lists: a number that replied
//! STOP is unreachable for both, and the sandbox applies to the account.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use time::OffsetDateTime;

use super::sandbox::Sandbox;

/// The most numbers of a Region's opt-out list.
const MAX_OPTED_OUT: usize = 100_000;

/// The opt-out list is full.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the opt-out list of a Region must have at most {MAX_OPTED_OUT} numbers, and has as many; opt \
     some in again"
)]
pub(crate) struct OptOutListFull;

/// Reports whether a phone number is in E.164 form, as SNS requires it.
pub(crate) fn is_e164(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or_default();
    (2..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0')
}

/// The entry of a number that opted out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OptedOut {
    pub(crate) at: OffsetDateTime,
    /// Whether the user of the phone opted out, and not an operation of the account.
    pub(crate) by_user: bool,
}

/// The lists of one Region.
#[derive(Debug, Default)]
pub(crate) struct RegionRecipients {
    pub(crate) opted_out: BTreeMap<String, OptedOut>,
    /// The sandbox; `None` outside of it.
    pub(crate) sandbox: Option<Sandbox>,
}

/// Whether a number can be sent a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Reachable,
    OptedOut,
    /// The account is in the sandbox, where only verified numbers are reached.
    Unverified,
}

/// The lists of all Regions.
#[derive(Debug, Default)]
pub(crate) struct Recipients {
    regions: Mutex<HashMap<String, RegionRecipients>>,
}

impl Recipients {
    pub(crate) fn with<T>(&self, region: &str, act: impl FnOnce(&mut RegionRecipients) -> T) -> T {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        act(regions.entry(region.to_owned()).or_default())
    }

    pub(crate) fn standing(&self, region: &str, phone_number: &str) -> Standing {
        self.with(region, |lists| {
            if lists.opted_out.contains_key(phone_number) {
                return Standing::OptedOut;
            }
            match &lists.sandbox {
                Some(sandbox) if !sandbox.is_verified(phone_number) => Standing::Unverified,
                _ => Standing::Reachable,
            }
        })
    }

    /// Adds a number to a Region's opt-out list: as a STOP reply does, or an operation. A number that
    /// is in the list stays as it is.
    pub(crate) fn opt_out(
        &self,
        region: &str,
        phone_number: &str,
        by_user: bool,
    ) -> Result<OptedOut, OptOutListFull> {
        self.with(region, |lists| {
            let known = lists.opted_out.contains_key(phone_number);
            if !known && lists.opted_out.len() >= MAX_OPTED_OUT {
                return Err(OptOutListFull);
            }
            let entry = lists.opted_out.entry(phone_number.to_owned());
            Ok(*entry.or_insert_with(|| OptedOut {
                at: OffsetDateTime::now_utc(),
                by_user,
            }))
        })
    }

    /// Moves a Region into the SMS sandbox, where new accounts start, or out of it.
    pub(crate) fn set_sandbox(&self, region: &str, inside: bool) {
        self.with(region, |lists| {
            lists.sandbox = inside.then(Sandbox::default);
        });
    }

    pub(crate) fn in_sandbox(&self, region: &str) -> bool {
        self.with(region, |lists| lists.sandbox.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_opt_out_list_is_limited() {
        let recipients = Recipients::default();
        let opt_out = |number: usize| {
            let number = format!("+8190{number:08}");
            recipients.opt_out("eu-west-1", &number, true).map(|_| ())
        };
        for number in 0..100_000 {
            assert_eq!(opt_out(number), Ok(()));
        }
        assert_eq!(opt_out(100_000), Err(OptOutListFull));
        assert_eq!(opt_out(5), Ok(()));
        let other = recipients.opt_out("eu-west-2", "+819012345678", true);
        assert!(other.is_ok());
    }
}
