//! Campaigns as an operator sees them: rows of several PINs together, with their state at a moment.

use std::collections::{BTreeMap, BTreeSet};

use connect_pin_sms::rules::campaign::{Campaign, Rules};
use connect_pin_sms::rules::outcome::Reason;

/// The state of a campaign's row at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Callers with its PIN get the message.
    Active,
    /// `enabled` is false.
    Paused,
    /// `startsAt` is later.
    NotStarted,
    /// `expiresAt` has passed.
    Over,
}

impl State {
    /// Returns the state by the function's own rules.
    pub fn at(rules: &Rules, now: u64) -> Self {
        match rules.refusal(now) {
            Some(Reason::CampaignDisabled) => Self::Paused,
            Some(Reason::CampaignNotStarted) => Self::NotStarted,
            Some(_) => Self::Over,
            None => Self::Active,
        }
    }

    /// Returns the word for it in results.
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::NotStarted => "not started",
            Self::Over => "over",
        }
    }
}

/// The rows of one campaign.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// The number of rows, one for each PIN.
    pub pins: usize,
    /// The number of rows in each state.
    pub states: BTreeMap<State, usize>,
    /// The limits on redemptions that the rows have. Rows with one campaignId share one count.
    pub limits: BTreeSet<Option<u64>>,
    /// The earliest start; nothing where a row has none.
    pub starts_at: Option<u64>,
    /// The latest end; nothing where a row has none.
    pub expires_at: Option<u64>,
    /// Whether each member may redeem it once only, by any of its rows.
    pub single_use: bool,
    /// The greatest count that a row holds: the redemptions before the attempts table counted, or all of
    /// them without such a table.
    pub redeemed: u64,
}

impl Summary {
    /// Adds a row.
    pub fn add(&mut self, campaign: &Campaign, now: u64) {
        let rules = &campaign.rules;
        let is_first = self.pins == 0;
        self.pins += 1;
        *self.states.entry(State::at(rules, now)).or_default() += 1;
        self.limits.insert(rules.max_redemptions);
        if is_first {
            (self.starts_at, self.expires_at) = (rules.starts_at, rules.expires_at);
        } else {
            self.starts_at = earlier(self.starts_at, rules.starts_at);
            self.expires_at = later(self.expires_at, rules.expires_at);
        }
        self.single_use |= rules.single_use_per_member;
        self.redeemed = self.redeemed.max(rules.redeemed);
    }

    /// Describes the states: the word alone if all rows are in one.
    pub fn state(&self) -> String {
        match self.states.iter().next() {
            Some((state, _)) if self.states.len() == 1 => state.word().to_owned(),
            _ => {
                let each = self.states.iter();
                let each = each.map(|(state, rows)| format!("{rows} {}", state.word()));
                each.collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// Returns the limit on redemptions: the greatest one that the rows have, or none if a row has none.
    pub fn limit(&self) -> Option<u64> {
        if self.limits.contains(&None) {
            return None;
        }
        self.limits.last().copied().flatten()
    }
}

fn earlier(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one.zip(other).map(|(one, other)| one.min(other))
}

fn later(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one.zip(other).map(|(one, other)| one.max(other))
}

#[cfg(test)]
mod tests {
    use connect_pin_sms::rules::url::CampaignUrl;

    use super::*;

    fn campaign(rules: Rules) -> Campaign {
        let mut campaign = Campaign::new(CampaignUrl::parse("https://example.com/").unwrap());
        campaign.rules = rules;
        campaign
    }

    /// The rules are those of docs/data.md: active from startsAt until expiresAt.
    #[test]
    fn rows_of_several_pins_are_one_campaign() {
        let mut summary = Summary::default();
        for rules in [
            Rules {
                starts_at: Some(100),
                expires_at: Some(200),
                max_redemptions: Some(5),
                ..Rules::default()
            },
            Rules {
                starts_at: Some(50),
                expires_at: Some(150),
                max_redemptions: Some(7),
                redeemed: 3,
                single_use_per_member: true,
                ..Rules::default()
            },
            Rules {
                disabled: true,
                starts_at: Some(300),
                expires_at: Some(400),
                max_redemptions: Some(5),
                ..Rules::default()
            },
        ] {
            summary.add(&campaign(rules), 150);
        }
        assert_eq!(summary.pins, 3);
        assert_eq!(summary.state(), "1 active, 1 paused, 1 over");
        assert_eq!(
            (summary.starts_at, summary.expires_at),
            (Some(50), Some(400))
        );
        assert_eq!((summary.limit(), summary.redeemed), (Some(7), 3));
        assert!(summary.single_use);
        summary.add(&campaign(Rules::default()), 150);
        assert_eq!((summary.starts_at, summary.limit()), (None, None));
        let mut one = Summary::default();
        one.add(&campaign(Rules::default()), 150);
        assert_eq!(one.state(), "active");
    }
}
