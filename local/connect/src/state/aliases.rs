//! Aliases of deleted instances.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The most aliases that are held; beyond that, the oldest is free again.
const MAX_HELD: usize = 1_000;

/// The aliases of deleted instances that cannot be used again yet.
///
/// On AWS an alias stays taken for some minutes after its instance was deleted
/// (hashicorp/terraform-provider-aws#38115). It does so in real time here as well, since the clients that
/// retry wait in real time.
#[derive(Debug, Default)]
pub(crate) struct HeldAliases {
    /// The time for which an alias stays taken.
    hold: Duration,
    /// The aliases with the moments of their instances' deletion, oldest first.
    deleted: VecDeque<(String, Instant)>,
}

impl HeldAliases {
    pub(crate) fn new(hold: Duration) -> Self {
        Self {
            hold,
            deleted: VecDeque::new(),
        }
    }

    /// Holds the alias of an instance that is deleted now.
    pub(crate) fn hold(&mut self, alias: String, now: Instant) {
        let hold = self.hold;
        self.deleted
            .retain(|(_, deleted)| now.duration_since(*deleted) < hold);
        if hold.is_zero() {
            return;
        }
        self.deleted.push_back((alias, now));
        if self.deleted.len() > MAX_HELD {
            self.deleted.pop_front();
        }
    }

    /// Reports whether an alias is still taken, ignoring case.
    pub(crate) fn is_taken(&self, alias: &str, now: Instant) -> bool {
        self.deleted.iter().any(|(held, deleted)| {
            held.eq_ignore_ascii_case(alias) && now.duration_since(*deleted) < self.hold
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_taken_as_long_as_it_is_held() {
        let mut held = HeldAliases::new(Duration::from_mins(5));
        let deleted = Instant::now();
        held.hold("pin-sms".into(), deleted);
        let after = |minutes| deleted + Duration::from_mins(minutes);
        assert!(held.is_taken("PIN-SMS", after(4)));
        assert!(!held.is_taken("pin-sms", after(5)));
        assert!(!held.is_taken("other", deleted));
    }

    #[test]
    fn the_number_of_held_aliases_is_limited() {
        let mut held = HeldAliases::new(Duration::from_mins(5));
        let now = Instant::now();
        for number in 0..1_010 {
            held.hold(format!("a{number}"), now);
        }
        assert_eq!(held.deleted.len(), 1_000);
        assert!(!held.is_taken("a0", now));
        assert!(held.is_taken("a1009", now));
        // The next deletion drops those that are free again.
        held.hold("later".into(), now + Duration::from_mins(6));
        assert_eq!(held.deleted.len(), 1);
    }

    #[test]
    fn no_alias_is_held_for_no_time() {
        let mut held = HeldAliases::default();
        let now = Instant::now();
        held.hold("pin-sms".into(), now);
        assert!(!held.is_taken("pin-sms", now));
        assert!(held.deleted.is_empty());
    }
}
