//! What a PIN stands for, and the rules that its row may carry.

use std::fmt;

use crate::rules::outcome::Reason;
use crate::rules::pin::PinKey;
use crate::rules::sms_template::SmsTemplate;
use crate::rules::url::CampaignUrl;

/// A campaign, as the benefits table has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    /// Its id, if its row has one.
    pub id: Option<CampaignId>,
    /// Its page.
    pub url: CampaignUrl,
    /// Its rules.
    pub rules: Rules,
    /// Its own text, for every language.
    pub message: Option<SmsTemplate>,
}

impl Campaign {
    /// A campaign with nothing but a page.
    pub fn new(url: CampaignUrl) -> Self {
        Self {
            id: None,
            url,
            rules: Rules::default(),
            message: None,
        }
    }
}

/// The id of a campaign: 1 to 64 letters, digits, hyphens and underscores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CampaignId(String);

impl CampaignId {
    /// The most characters.
    pub const LONGEST: usize = 64;

    /// Reads an id; nothing when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = (1..=Self::LONGEST).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        well_formed.then(|| Self(text.to_owned()))
    }

    /// The id as rows and keys have it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CampaignId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What redemptions of a campaign are remembered under. A PIN may stand for one campaign after
/// another, and each of them is redeemed anew where it has an id of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Its id.
    Id(CampaignId),
    /// The PIN, for a campaign without an id.
    Pin(PinKey),
}

/// When, and how often, a campaign can be redeemed. Times are in seconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// It is switched off.
    pub disabled: bool,
    /// From when on.
    pub starts_at: Option<u64>,
    /// Until when; this second is the first one too late.
    pub expires_at: Option<u64>,
    /// How often by all members together.
    pub max_redemptions: Option<u64>,
    /// How often it was, as its row says: the count itself where there is no attempts table, and else
    /// what the count in the attempts table begins with.
    pub redeemed: u64,
    /// Once per member.
    pub single_use_per_member: bool,
}

impl Rules {
    /// Why the campaign cannot be redeemed at `now`. How often it may be is judged where a redemption
    /// is counted, since only that write can tell whether there is one left.
    pub fn refusal(&self, now: u64) -> Option<Reason> {
        if self.disabled {
            Some(Reason::CampaignDisabled)
        } else if self.starts_at.is_some_and(|start| now < start) {
            Some(Reason::CampaignNotStarted)
        } else if self.expires_at.is_some_and(|end| now >= end) {
            Some(Reason::CampaignExpired)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_rules_is_always_open() {
        assert_eq!(Rules::default().refusal(0), None);
        assert_eq!(Rules::default().refusal(u64::MAX), None);
    }

    #[test]
    fn each_rule_has_its_reason() {
        let open = Rules {
            starts_at: Some(100),
            expires_at: Some(200),
            ..Rules::default()
        };
        assert_eq!(open.refusal(99), Some(Reason::CampaignNotStarted));
        assert_eq!(open.refusal(100), None);
        assert_eq!(open.refusal(199), None);
        assert_eq!(open.refusal(200), Some(Reason::CampaignExpired));
        let disabled = Rules {
            disabled: true,
            ..open
        };
        assert_eq!(disabled.refusal(200), Some(Reason::CampaignDisabled));
    }

    #[test]
    fn an_id_is_short_and_plain() {
        for good in ["a", "spring-2026", "A_1", &"x".repeat(64)] {
            assert_eq!(CampaignId::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a#b", "春", "a.b", &"x".repeat(65)] {
            assert_eq!(CampaignId::parse(bad), None, "{bad:?}");
        }
    }
}
