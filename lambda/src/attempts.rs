//! Attempts: what is remembered of a caller who keys in a PIN, and what follows from it.
//!
//! One record per caller and day holds sets of attempt ids. An id is made of the contact and the
//! PIN, so the same try counts once, however often Amazon Connect, Lambda or the SDK repeat it. A
//! day ends while callers are on the line, so shortly after midnight the record of the day before is
//! read too, beside everything else.
//! Numbers and PINs are not in the record: it is found under a [`Tags`] hash, and so are the ids.

use std::collections::BTreeSet;
use std::fmt;

use crate::invocation::Invocation;
use crate::phone::PhoneNumber;
use crate::pin::{Pin, PinKey};
use crate::secret::Hasher;

/// How much of a hash stands for a number or a member: 128 bits.
const TAG_DIGITS: usize = 32;

/// How much of a hash stands for a PIN beside its contact: 64 bits.
const PIN_DIGITS: usize = 16;

const DAY: u64 = 86_400;

/// For how long after midnight (UTC) the day before still counts for a repetition. Amazon Connect,
/// Lambda and the SDK ask again within seconds; a caller who keys the same PIN once more in the same
/// call, within minutes.
const AFTER_MIDNIGHT: u64 = 600;

/// How long a mark of a single use outlives its campaign, in case that is extended.
const AFTER_CAMPAIGN: u64 = 30 * DAY;

/// How often a caller may try, and how many messages may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Wrong PINs of one caller in one hour.
    pub per_hour: u32,
    /// Wrong PINs of one caller in one day.
    pub per_day: u32,
    /// Wrong PINs of all callers together in one hour.
    pub everybody_per_hour: u32,
    /// Messages to one caller in one day.
    pub sms_per_day: u32,
}

/// One try of one caller with one PIN.
#[derive(Clone, PartialEq, Eq)]
pub struct Attempt {
    /// What stands for the caller's number.
    pub caller: String,
    /// What stands for the contact and the PIN.
    pub id: String,
    /// The id with the invocation's token: tells an own entry from that of an earlier invocation.
    pub owner: String,
    /// When, in seconds since 1970.
    pub at: u64,
}

impl Attempt {
    /// A moment of the day before, while that day's record may know of an earlier try of this
    /// attempt.
    pub fn day_before(&self) -> Option<u64> {
        (self.at % DAY < AFTER_MIDNIGHT)
            .then(|| self.at.checked_sub(DAY))
            .flatten()
    }
}

/// The ids may be turned back into short PINs by whoever tries them all, so none is printed.
impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[attempt]")
    }
}

/// A campaign and a member who redeems it, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SingleUse {
    /// What stands for the campaign and the member.
    pub tag: String,
    /// The invocation's token.
    pub token: String,
    /// When the mark may be forgotten, in seconds since 1970; never for a campaign without end.
    pub forget_at: Option<u64>,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// With a PIN that does not count as right. It stays counted.
    Wrong,
    /// With a message. It no longer counts as wrong, and the message is remembered.
    Sent,
    /// Perhaps with a message. It no longer counts as wrong, and there will be no second try.
    Unclear,
    /// Without an answer to whether the PIN is right, or with a right one and no message: as if it
    /// had not been.
    Released,
}

/// What the ledger makes of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is entered and may go on.
    Admitted,
    /// The same contact has been sent this PIN's message.
    SentBefore,
    /// The same contact may have been sent it, or is about to be.
    Pending,
    /// The same contact has tried the same PIN, and it was wrong.
    WrongBefore,
    /// The caller has tried too often.
    Locked,
    /// The caller has had the day's messages.
    SmsLimit,
}

/// What the ledger holds about a caller's day.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// The attempts that count as wrong today.
    pub wrong_today: BTreeSet<String>,
    /// Those of them that were made in this hour.
    pub wrong_this_hour: BTreeSet<String>,
    /// The attempts that may have led to a message.
    pub claims: BTreeSet<String>,
    /// Those of them that did.
    pub sent: BTreeSet<String>,
    /// The attempts that nobody has closed, each with the token of its invocation.
    pub open: BTreeSet<String>,
}

impl Record {
    /// What the record says of an earlier try of the same attempt, if there was one.
    pub fn repetition(&self, attempt: &Attempt) -> Option<Admission> {
        if self.sent.contains(&attempt.id) {
            Some(Admission::SentBefore)
        } else if self.claims.contains(&attempt.id) {
            Some(Admission::Pending)
        } else if self.wrong_today.contains(&attempt.id) {
            Some(Admission::WrongBefore)
        } else {
            None
        }
    }

    /// Whether the record lets an attempt in. The ledger's condition says the same in the words of
    /// its table; this tells why it did not hold.
    pub fn judge(&self, attempt: &Attempt, limits: &Limits) -> Admission {
        let reached = |set: &BTreeSet<String>, limit: u32| set.len() as u64 >= u64::from(limit);
        if self.open.contains(&attempt.owner) {
            // The write arrived, its answer did not, and this is the SDK's second try.
            Admission::Admitted
        } else if let Some(repetition) = self.repetition(attempt) {
            repetition
        } else if reached(&self.wrong_today, limits.per_day)
            || reached(&self.wrong_this_hour, limits.per_hour)
        {
            Admission::Locked
        } else if reached(&self.claims, limits.sms_per_day) {
            Admission::SmsLimit
        } else {
            Admission::Admitted
        }
    }
}

/// Makes what stands for numbers, PINs and members in the attempts table.
#[derive(Clone, Debug)]
pub struct Tags(Hasher);

impl Tags {
    /// Tags by `hasher`. With a key nobody else can tell what they stand for; without one, whoever
    /// reads the table can find out by trying all numbers.
    pub fn new(hasher: Hasher) -> Self {
        Self(hasher)
    }

    /// The attempt of `contact`, called by `caller`, with `pin`.
    pub fn attempt(
        &self,
        caller: &PhoneNumber,
        contact: &str,
        pin: &Pin,
        invocation: &Invocation,
    ) -> Attempt {
        let pin = self
            .0
            .hex("attempts:v1:pin", &[contact, pin.expose()], PIN_DIGITS);
        let id = format!("{contact}:{pin}");
        Attempt {
            caller: self
                .0
                .hex("attempts:v1:caller", &[caller.expose()], TAG_DIGITS),
            owner: format!("{id}#{}", invocation.token()),
            id,
            at: invocation.now(),
        }
    }

    /// The single use of the campaign under `key`, which ends at `expires_at`, by `member`.
    pub fn single_use(
        &self,
        key: &PinKey,
        member: &str,
        expires_at: Option<u64>,
        invocation: &Invocation,
    ) -> SingleUse {
        SingleUse {
            tag: self
                .0
                .hex("attempts:v1:use", &[key.expose(), member], TAG_DIGITS),
            token: invocation.token().to_owned(),
            forget_at: expires_at.map(|end| end.saturating_add(AFTER_CAMPAIGN)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        per_hour: 2,
        per_day: 3,
        everybody_per_hour: 300,
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
    fn a_single_use_is_remembered_beyond_its_campaign() {
        let tags = Tags::new(Hasher::unkeyed());
        let key = PinKey::new("0042");
        let invocation = Invocation::for_test("r", 0);
        let usage = |member, end| tags.single_use(&key, member, end, &invocation);
        assert_eq!(usage("1", Some(100)).forget_at, Some(100 + 30 * 86_400));
        assert_eq!(usage("1", Some(u64::MAX)).forget_at, Some(u64::MAX));
        assert_eq!(usage("1", None).forget_at, None);
        assert_ne!(usage("1", None).tag, usage("2", None).tag);
    }

    #[test]
    fn says_why_an_attempt_is_kept_out() {
        let this = attempt("c-1", "0042");
        let id = this.id.as_str();
        let record = |wrong: &[&str], hour: &[&str], claims: &[&str], sent: &[&str]| Record {
            wrong_today: set(wrong),
            wrong_this_hour: set(hour),
            claims: set(claims),
            sent: set(sent),
            open: BTreeSet::new(),
        };
        for (record, admission) in [
            (record(&[], &[], &[], &[]), Admission::Admitted),
            (record(&["a"], &["a"], &[], &[]), Admission::Admitted),
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
            (record(&[], &[], &["d"], &["d"]), Admission::SmsLimit),
            (record(&[], &[], &[id], &[id]), Admission::SentBefore),
            (record(&[id], &[id], &[id], &[]), Admission::Pending),
            (
                record(&[id, "b", "c"], &[id], &[], &[]),
                Admission::WrongBefore,
            ),
        ] {
            assert_eq!(record.judge(&this, &LIMITS), admission);
        }
        let own = Record {
            open: BTreeSet::from([this.owner.clone()]),
            ..record(&[id], &[id], &[id], &[])
        };
        assert_eq!(own.judge(&this, &LIMITS), Admission::Admitted);
        let others = Record {
            open: BTreeSet::from([attempt("c-1", "0042").owner]),
            ..record(&[id], &[id], &[id], &[])
        };
        assert_eq!(others.judge(&this, &LIMITS), Admission::Pending);
    }
}
