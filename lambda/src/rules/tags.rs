//! The hashes that stand for numbers, PINs and members in the attempts table.

use crate::rules::attempts::Attempt;
use crate::rules::campaign::Identity;
use crate::rules::counter::CounterId;
use crate::rules::hashing::Hasher;
use crate::rules::invocation::Invocation;
use crate::rules::phone::PhoneNumber;
use crate::rules::pin::Pin;

/// The digits of a hash that stand for a number or a member: 128 bits.
const TAG_DIGITS: usize = 32;

/// The digits of a hash that stand for a PIN beside its contact: 64 bits.
const PIN_DIGITS: usize = 16;

/// Computes the hashes that stand for numbers, PINs and members in the attempts table.
#[derive(Clone, Debug)]
pub struct Tags(Hasher);

impl Tags {
    /// Creates tags with `hasher`. With a key, only its holder can find out what a tag stands for; without
    /// one, any reader of the table can, by trying all numbers.
    pub fn new(hasher: Hasher) -> Self {
        Self(hasher)
    }

    /// Returns the name of `caller` in keys of the attempts table.
    pub fn caller(&self, caller: &PhoneNumber) -> String {
        self.0
            .hex("attempts:v1:caller", &[caller.expose()], TAG_DIGITS)
    }

    /// Returns the attempt of `caller` with `pin` in the call `contact`.
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
            caller: self.caller(caller),
            owner: format!("{id}#{}", invocation.token()),
            id,
            at: invocation.now(),
        }
    }

    /// Returns the campaign's name in keys of the attempts table: its id, which an operator can type, or, for
    /// a campaign without an id, a hash of its PIN.
    pub fn campaign(&self, identity: &Identity) -> String {
        match identity {
            Identity::Id(id) => id.as_str().to_owned(),
            Identity::Pin(key) => self
                .0
                .hex("attempts:v1:campaign", &[key.expose()], TAG_DIGITS),
        }
    }

    /// Returns the counter of the single use of a campaign by `member`.
    pub fn single_use(&self, identity: &Identity, member: &str) -> CounterId {
        let (purpose, name) = match identity {
            Identity::Id(id) => ("attempts:v2:use", id.as_str()),
            // The same as in release 0.2.0, whose marks still count.
            Identity::Pin(key) => ("attempts:v1:use", key.expose()),
        };
        CounterId::SingleUse {
            tag: self.0.hex(purpose, &[name, member], TAG_DIGITS),
            campaign: self.campaign(identity),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rules::campaign::CampaignId;
    use crate::rules::pin::PinKey;

    #[test]
    fn a_campaign_is_identified_by_its_id_or_its_pin() {
        let tags = Tags::new(Hasher::unkeyed());
        let pin = |pin| Identity::Pin(PinKey::new(pin));
        let id = |id| Identity::Id(CampaignId::parse(id).unwrap());
        let usage = |identity: &Identity, member| match tags.single_use(identity, member) {
            CounterId::SingleUse { tag, campaign } => (tag, campaign),
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
}
