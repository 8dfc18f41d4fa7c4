//! The campaign behind a PIN, and the rules in its row.

use std::fmt;

use crate::rules::outcome::Reason;
use crate::rules::pin::PinKey;
use crate::rules::sms_template::SmsTemplate;
use crate::rules::url::CampaignUrl;

/// A campaign, as the benefits table has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    /// The campaign id, if the row has one.
    pub id: Option<CampaignId>,
    /// The page that the message links to.
    pub url: CampaignUrl,
    /// The rules of its redemption.
    pub rules: Rules,
    /// The campaign's own text, for every language.
    pub message: Option<SmsTemplate>,
}

impl Campaign {
    /// Creates a campaign with a page and no rules.
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
    /// The greatest length, in characters.
    pub const LONGEST: usize = 64;

    /// Reads an id; returns nothing when the text is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = (1..=Self::LONGEST).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        well_formed.then(|| Self(text.to_owned()))
    }

    /// The id as it stands in rows and keys.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CampaignId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name under which redemptions of a campaign are recorded. A PIN may stand for one campaign after
/// another; with an id of its own, the next campaign can be redeemed again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    Id(CampaignId),
    /// The PIN, for a campaign without an id.
    Pin(PinKey),
}

/// The rules of a campaign's redemption. Times are in seconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Whether the campaign is switched off.
    pub disabled: bool,
    /// The first second in which it can be redeemed.
    pub starts_at: Option<u64>,
    /// The first second in which it can no longer be redeemed.
    pub expires_at: Option<u64>,
    /// The most redemptions of all members together.
    pub max_redemptions: Option<u64>,
    /// The redemptions that the row counts: all of them where there is no attempts table, otherwise the
    /// value with which the counter in the attempts table begins.
    pub redeemed: u64,
    /// Whether each member can redeem it once only.
    pub single_use_per_member: bool,
}

impl Rules {
    /// Returns the reason why the campaign cannot be redeemed at `now`, if there is one. The limit on
    /// redemptions is checked by the write that counts a redemption, since only that write can find out whether
    /// one is left.
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
