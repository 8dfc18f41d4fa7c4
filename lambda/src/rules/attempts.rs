//! Attempts: the record of the PINs that a caller enters, and the limits on them.
//!
//! One record per caller and day holds sets of attempt ids. An id is made of the contact and the
//! PIN, so the same attempt counts once, however often Amazon Connect, Lambda or the SDK repeat its
//! request. Calls can span midnight, so shortly after midnight the record of the day before is read too,
//! in parallel with all other requests. The record holds no numbers and no PINs: its key and the ids are
//! hashes ([`crate::rules::tags`]).

use std::collections::BTreeSet;
use std::fmt;

const DAY: u64 = 86_400;

/// The time after midnight (UTC) in which the day before still counts for a repetition, in seconds. Amazon
/// Connect, Lambda and the SDK repeat a request within seconds; a caller who enters the same PIN again
/// in the same call does so within minutes.
const AFTER_MIDNIGHT: u64 = 600;

/// The limits on wrong PINs and messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Wrong PINs of one caller in one hour.
    pub per_hour: u32,
    /// Wrong PINs of one caller in one day.
    pub per_day: u32,
    /// Wrong PINs of all members together in one hour, before right ones give some back
    /// ([`crate::rules::wrong_pins_of_all_callers`]).
    pub all_members_per_hour: u32,
    /// Messages to one caller in one day.
    pub sms_per_day: u32,
}

/// The attempt of one caller with one PIN in one call.
#[derive(Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The hash of the caller's number.
    pub caller: String,
    /// The contact, and a hash of it with the PIN.
    pub id: String,
    /// The id with the invocation's token, which distinguishes this invocation's entry from an earlier one.
    pub owner: String,
    /// The start of the invocation, in seconds since 1970.
    pub at: u64,
}

impl Attempt {
    /// Returns a moment of the day before, while that day's record may hold an earlier request of this
    /// attempt.
    pub fn day_before(&self) -> Option<u64> {
        (self.at % DAY < AFTER_MIDNIGHT)
            .then(|| self.at.checked_sub(DAY))
            .flatten()
    }
}

/// An id can be turned back into a short PIN by trying all PINs, so none is printed.
impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[attempt]")
    }
}

/// The end of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The PIN does not count as right. The attempt stays counted.
    Wrong,
    /// A message was sent. The attempt no longer counts as wrong, and the message is recorded.
    Sent,
    /// A message may have been sent. The attempt no longer counts as wrong, and is not repeated.
    Unclear,
    /// The PIN was not checked, or was right and led to no message. The attempt counts as if it had not been
    /// made.
    Released,
}

/// The ledger's decision on a new attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// The attempt is entered and may go on.
    Admitted {
        /// The number of other attempts of the caller's day that led to a message, may have, or still
        /// may. The limit on messages is applied once the PIN is known to be right: an answer that only
        /// members get would reveal who is a member.
        messages: usize,
    },
    /// The same contact has entered the same PIN before.
    Repeats(Earlier),
    /// The caller has entered too many wrong PINs.
    Locked,
}

/// The end of an earlier request of the same attempt, as far as the ledger knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// A message was sent.
    Sent,
    /// A message may have been sent.
    Unclear,
    /// The PIN did not count as right.
    Wrong,
    /// The request has not ended, or was aborted.
    Open,
}

/// The ledger's record of a caller's day.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct CallerDay {
    /// The attempts that count as wrong today.
    pub wrong_today: BTreeSet<String>,
    /// Those of them that were made in the current hour.
    pub wrong_this_hour: BTreeSet<String>,
    /// The attempts that may have led to a message.
    pub claims: BTreeSet<String>,
    /// Those of them that certainly did.
    pub sent: BTreeSet<String>,
    /// The attempts that are not closed, each with the token of its invocation.
    pub open: BTreeSet<String>,
}

impl CallerDay {
    /// Returns the end of an earlier request of the same attempt; nothing when there was none.
    pub fn earlier(&self, attempt: &Attempt) -> Option<Earlier> {
        if self.sent.contains(&attempt.id) {
            Some(Earlier::Sent)
        } else if self.is_held(attempt) {
            Some(Earlier::Open)
        } else if self.claims.contains(&attempt.id) {
            Some(Earlier::Unclear)
        } else if self.wrong_today.contains(&attempt.id) {
            Some(Earlier::Wrong)
        } else {
            None
        }
    }

    /// Returns whether another invocation has entered the attempt and not closed it.
    fn is_held(&self, attempt: &Attempt) -> bool {
        self.open.iter().any(|owner| {
            let of_the_attempt = owner
                .strip_prefix(&attempt.id)
                .is_some_and(|token| token.starts_with('#'));
            of_the_attempt && *owner != attempt.owner
        })
    }

    /// Returns the number of other attempts that led to a message, may have, or still may.
    pub fn messages(&self, attempt: &Attempt) -> usize {
        let others = self.claims.iter().filter(|id| **id != attempt.id);
        others.count()
    }

    /// Decides on a new attempt by the record. The ledger's conditional write makes the same decision in its
    /// table's terms; this function finds out why its condition did not hold.
    pub fn judge(&self, attempt: &Attempt, limits: &Limits) -> Admission {
        let reached = |set: &BTreeSet<String>, limit: u32| set.len() as u64 >= u64::from(limit);
        if self.open.contains(&attempt.owner) {
            // The write arrived, its response was lost, and this is the SDK's retry.
            Admission::Admitted {
                messages: self.messages(attempt),
            }
        } else if let Some(earlier) = self.earlier(attempt) {
            Admission::Repeats(earlier)
        } else if reached(&self.wrong_today, limits.per_day)
            || reached(&self.wrong_this_hour, limits.per_hour)
        {
            Admission::Locked
        } else {
            Admission::Admitted {
                messages: self.messages(attempt),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::hashing::Hasher;
    use crate::rules::invocation::Invocation;
    use crate::rules::phone::PhoneNumber;
    use crate::rules::pin::Pin;
    use crate::rules::tags::Tags;

    const LIMITS: Limits = Limits {
        per_hour: 2,
        per_day: 3,
        all_members_per_hour: 300,
        sms_per_day: 1,
    };

    fn attempt(contact: &str, pin: &str) -> Attempt {
        let caller = PhoneNumber::parse("+819011112222").unwrap();
        let invocation = Invocation::for_test("r", 1_795_000_000);
        Tags::new(Hasher::unkeyed()).attempt(
            &caller,
            contact,
            &Pin::parse(pin).unwrap(),
            &invocation,
        )
    }

    fn set(ids: &[&str]) -> BTreeSet<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn the_same_contact_and_pin_are_the_same_attempt() {
        let first = attempt("c-1", "0042");
        let again = attempt("c-1", "0042");
        assert_eq!((&first.id, &first.caller), (&again.id, &again.caller));
        assert_ne!(first.owner, again.owner, "another invocation");
        assert_ne!(first.id, attempt("c-1", "0043").id);
        assert_ne!(first.id, attempt("c-2", "0042").id);
        assert_eq!(first.caller.len(), 32);
        assert_eq!(first.id.len(), "c-1:".len() + 16);
        for secret in ["0042", "1111", "9011"] {
            assert!(!first.caller.contains(secret) && !first.id.contains(secret));
        }
        assert_eq!(format!("{first:?}"), "[attempt]");
    }

    #[test]
    fn the_day_before_counts_for_ten_minutes() {
        let at = |at| Attempt {
            at,
            ..attempt("c-1", "0042")
        };
        let midnight = 1_795_478_400;
        assert_eq!(midnight % DAY, 0);
        assert_eq!(at(midnight - 1).day_before(), None);
        assert_eq!(at(midnight).day_before(), Some(midnight - DAY));
        assert_eq!(at(midnight + 599).day_before(), Some(midnight + 599 - DAY));
        assert_eq!(at(midnight + 600).day_before(), None);
        assert_eq!(at(0).day_before(), None, "there was none");
    }

    #[test]
    fn decides_on_an_attempt_by_the_record() {
        let this = attempt("c-1", "0042");
        let id = this.id.as_str();
        let other_owner = attempt("c-1", "0042").owner;
        let record = |wrong: &[&str], hour: &[&str], claims: &[&str], sent: &[&str]| CallerDay {
            wrong_today: set(wrong),
            wrong_this_hour: set(hour),
            claims: set(claims),
            sent: set(sent),
            open: BTreeSet::new(),
        };
        let admitted = |messages| Admission::Admitted { messages };
        for (record, admission) in [
            (record(&[], &[], &[], &[]), admitted(0)),
            (record(&["a"], &["a"], &[], &[]), admitted(0)),
            (
                record(&["a", "b"], &["a", "b"], &[], &[]),
                Admission::Locked,
            ),
            (
                record(&["a", "b", "c"], &["c"], &[], &[]),
                Admission::Locked,
            ),
            (
                record(&["a", "b", "c"], &[], &["d"], &["d"]),
                Admission::Locked,
            ),
            // A caller who has had the day's messages is admitted like any other caller.
            (record(&[], &[], &["d"], &["d"]), admitted(1)),
            (record(&[], &[], &["d", "e"], &["d"]), admitted(2)),
            (
                record(&[], &[], &[id], &[id]),
                Admission::Repeats(Earlier::Sent),
            ),
            (
                record(&[], &[], &[id], &[]),
                Admission::Repeats(Earlier::Unclear),
            ),
            (
                record(&[id, "b", "c"], &[id], &[], &[]),
                Admission::Repeats(Earlier::Wrong),
            ),
        ] {
            assert_eq!(record.judge(&this, &LIMITS), admission);
        }
        let own = CallerDay {
            open: BTreeSet::from([this.owner.clone()]),
            ..record(&[id], &[id], &[id, "d"], &[])
        };
        assert_eq!(own.judge(&this, &LIMITS), admitted(1));
        let others = CallerDay {
            open: BTreeSet::from([other_owner]),
            ..record(&[id], &[id], &[id], &[])
        };
        assert_eq!(
            others.judge(&this, &LIMITS),
            Admission::Repeats(Earlier::Open)
        );
        // Another PIN of the same contact is another attempt.
        let elsewhere = CallerDay {
            open: BTreeSet::from([attempt("c-1", "0043").owner]),
            ..record(&["x"], &["x"], &["x"], &[])
        };
        assert_eq!(elsewhere.judge(&this, &LIMITS), admitted(1));
    }
}
