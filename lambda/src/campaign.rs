//! What a PIN stands for, and the rules that its row may carry.

use crate::message::SmsTemplate;
use crate::outcome::Reason;
use crate::url::CampaignUrl;

/// A campaign, as the benefits table has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
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
            url,
            rules: Rules::default(),
            message: None,
        }
    }
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
    /// How often it was. The row may be a moment old, so only the write of a redemption can tell
    /// whether there is one left.
    pub redeemed: u64,
    /// Once per member.
    pub single_use_per_member: bool,
}

impl Rules {
    /// Why nobody can redeem the campaign now.
    pub fn refusal(&self, now: u64) -> Option<Reason> {
        if self.disabled {
            Some(Reason::CampaignDisabled)
        } else if self.starts_at.is_some_and(|start| now < start) {
            Some(Reason::CampaignNotStarted)
        } else if self.expires_at.is_some_and(|end| now >= end) {
            Some(Reason::CampaignExpired)
        } else if self.max_redemptions.is_some_and(|max| self.redeemed >= max) {
            Some(Reason::CampaignExhausted)
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
            max_redemptions: Some(2),
            redeemed: 1,
            ..Rules::default()
        };
        assert_eq!(open.refusal(99), Some(Reason::CampaignNotStarted));
        assert_eq!(open.refusal(100), None);
        assert_eq!(open.refusal(199), None);
        assert_eq!(open.refusal(200), Some(Reason::CampaignExpired));
        let exhausted = Rules {
            redeemed: 2,
            ..open.clone()
        };
        assert_eq!(exhausted.refusal(100), Some(Reason::CampaignExhausted));
        let disabled = Rules {
            disabled: true,
            ..exhausted
        };
        assert_eq!(disabled.refusal(200), Some(Reason::CampaignDisabled));
        let none = Rules {
            max_redemptions: Some(0),
            ..Rules::default()
        };
        assert_eq!(none.refusal(0), Some(Reason::CampaignExhausted));
    }
}
