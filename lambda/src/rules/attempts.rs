//! Attempts: what is remembered of a caller who keys in a PIN, and what follows from it.
//!
//! One record per caller and day holds sets of attempt ids. An id is made of the contact and the
//! PIN, so the same try counts once, however often Amazon Connect, Lambda or the SDK repeat it. A
//! day ends while callers are on the line, so shortly after midnight the record of the day before is
//! read too, beside everything else.
//! Numbers and PINs are not in the record: it is found under a [`Tags`] hash, and so are the ids.

use std::collections::BTreeSet;
use std::fmt;

use crate::rules::campaign::Identity;
use crate::rules::hashing::Hasher;
use crate::rules::invocation::Invocation;
use crate::rules::phone::PhoneNumber;
use crate::rules::pin::Pin;

/// How much of a hash stands for a number or a member: 128 bits.
const TAG_DIGITS: usize = 32;

/// How much of a hash stands for a PIN beside its contact: 64 bits.
const PIN_DIGITS: usize = 16;

const DAY: u64 = 86_400;

/// For how long after midnight (UTC) the day before still counts for a repetition. Amazon Connect,
/// Lambda and the SDK ask again within seconds; a caller who keys the same PIN once more in the same
/// call, within minutes.
const AFTER_MIDNIGHT: u64 = 600;

/// How often a caller may try, and how many messages may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Wrong PINs of one caller in one hour.
    pub per_hour: u32,
    /// Wrong PINs of one caller in one day.
    pub per_day: u32,
    /// Wrong PINs of all members together in one hour, before right ones give some back
    /// ([`crate::rules::wrong_pin_budget`]).
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

/// What the ledger keeps a tally of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TallyOf {
    /// What an hour has left of the wrong PINs of all members, in quarters ([`crate::rules::wrong_pin_budget`]).
    Hour {
        /// A moment of the hour, in seconds since 1970.
        at: u64,
    },
    /// How often a campaign was redeemed.
    Redemptions {
        /// What stands for the campaign ([`Tags::campaign`]).
        campaign: String,
    },
    /// Whether a member has redeemed a campaign: 1, or 0 again when no message went. It never expires:
    /// a campaign may be extended after its end, and an operator ends it for good.
    SingleUse {
        /// What stands for the campaign and the member ([`Tags::single_use`]).
        tag: String,
        /// What stands for the campaign.
        campaign: String,
    },
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
    Admitted {
        /// How many other attempts of the caller's day led to a message, may have, or still may. The
        /// limit of messages is judged once the PIN is known to be right: an answer that only members
        /// get would tell who is one.
        messages: usize,
    },
    /// The same contact has tried the same PIN before.
    Repeats(Earlier),
    /// The caller has tried too often.
    Locked,
}

/// How an earlier try of the same attempt ended, as far as the ledger knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// With a message.
    Sent,
    /// Perhaps with a message.
    Unclear,
    /// With a PIN that did not count as right.
    Wrong,
    /// It has not ended, or broke off.
    Open,
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

    /// Whether another invocation has entered the attempt and not closed it.
    fn is_held(&self, attempt: &Attempt) -> bool {
        self.open.iter().any(|owner| {
            let of_the_attempt = owner
                .strip_prefix(&attempt.id)
                .is_some_and(|token| token.starts_with('#'));
            of_the_attempt && *owner != attempt.owner
        })
    }

    /// How many other attempts led to a message, may have, or still may.
    pub fn messages(&self, attempt: &Attempt) -> usize {
        let others = self.claims.iter().filter(|id| **id != attempt.id);
        others.count()
    }

    /// Whether the record lets an attempt in. The ledger's condition says the same in the words of
    /// its table; this tells why it did not hold.
    pub fn judge(&self, attempt: &Attempt, limits: &Limits) -> Admission {
        let reached = |set: &BTreeSet<String>, limit: u32| set.len() as u64 >= u64::from(limit);
        if self.open.contains(&attempt.owner) {
            // The write arrived, its answer did not, and this is the SDK's second try.
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

    /// What stands for a campaign in keys of the attempts table: its id as it is, which an operator
    /// can type, or a hash of the PIN that stands for a campaign without one.
    pub fn campaign(&self, identity: &Identity) -> String {
        match identity {
            Identity::Id(id) => id.as_str().to_owned(),
            Identity::Pin(key) => self
                .0
                .hex("attempts:v1:campaign", &[key.expose()], TAG_DIGITS),
        }
    }

    /// The single use of a campaign by `member`.
    pub fn single_use(&self, identity: &Identity, member: &str) -> TallyOf {
        let (purpose, name) = match identity {
            Identity::Id(id) => ("attempts:v2:use", id.as_str()),
            // As 0.2.0 made them: its marks still count.
            Identity::Pin(key) => ("attempts:v1:use", key.expose()),
        };
        TallyOf::SingleUse {
            tag: self.0.hex(purpose, &[name, member], TAG_DIGITS),
            campaign: self.campaign(identity),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::campaign::CampaignId;
    use crate::rules::pin::PinKey;

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
    fn a_campaign_is_known_by_its_id_or_by_its_pin() {
        let tags = Tags::new(Hasher::unkeyed());
        let pin = |pin| Identity::Pin(PinKey::new(pin));
        let id = |id| Identity::Id(CampaignId::parse(id).unwrap());
        let usage = |identity: &Identity, member| match tags.single_use(identity, member) {
            TallyOf::SingleUse { tag, campaign } => (tag, campaign),
            other => panic!("{other:?}"),
        };
        assert_eq!(tags.campaign(&id("spring-2026")), "spring-2026");
        assert_eq!(usage(&id("spring-2026"), "1").1, "spring-2026");
        let of_pin = tags.campaign(&pin("0042"));
        assert!(of_pin.len() == 32 && !of_pin.contains("0042"));
        let tags_of: BTreeSet<_> = [
            usage(&pin("0042"), "1"),
            usage(&pin("0042"), "2"),
            usage(&pin("0043"), "1"),
            // An id may look like a PIN of another campaign.
            usage(&id("0042"), "1"),
            usage(&id("0043"), "1"),
        ]
        .into_iter()
        .map(|(tag, _)| tag)
        .collect();
        assert_eq!(tags_of.len(), 5);
    }

    #[test]
    fn says_why_an_attempt_is_kept_out() {
        let this = attempt("c-1", "0042");
        let id = this.id.as_str();
        let other_try = attempt("c-1", "0042").owner;
        let record = |wrong: &[&str], hour: &[&str], claims: &[&str], sent: &[&str]| Record {
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
            // A caller who has had the day's messages is let in like everybody else.
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
        let own = Record {
            open: BTreeSet::from([this.owner.clone()]),
            ..record(&[id], &[id], &[id, "d"], &[])
        };
        assert_eq!(own.judge(&this, &LIMITS), admitted(1));
        let others = Record {
            open: BTreeSet::from([other_try]),
            ..record(&[id], &[id], &[id], &[])
        };
        assert_eq!(
            others.judge(&this, &LIMITS),
            Admission::Repeats(Earlier::Open)
        );
        // Another PIN of the same contact is another attempt.
        let elsewhere = Record {
            open: BTreeSet::from([attempt("c-1", "0043").owner]),
            ..record(&["x"], &["x"], &["x"], &[])
        };
        assert_eq!(elsewhere.judge(&this, &LIMITS), admitted(1));
    }
}
