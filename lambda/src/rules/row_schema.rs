//! The names of the tables' attributes, which the tools of operators and other programs write.

/// The key of a member: the phone number. The member table may use another name.
pub const MEMBER_KEY: &str = "phone";
/// The member's id.
pub const MEMBER_ID: &str = "id";
/// Whether the member wants no messages.
pub const OPTED_OUT: &str = "optedOut";

/// The key of a campaign: a PIN or its MAC. The benefits table may use another name.
pub const BENEFITS_KEY: &str = "pinCode";
/// The URL of the campaign's page.
pub const URL: &str = "campaignUrl";
/// Whether the campaign is switched on.
pub const ENABLED: &str = "enabled";
/// The first second in which the campaign can be redeemed.
pub const STARTS_AT: &str = "startsAt";
/// The first second in which the campaign can no longer be redeemed.
pub const EXPIRES_AT: &str = "expiresAt";
/// The most redemptions of all members together.
pub const MAX_REDEMPTIONS: &str = "maxRedemptions";
/// The campaign id, under which redemptions are recorded whatever the PIN.
pub const CAMPAIGN_ID: &str = "campaignId";
/// The redemptions before the function counted in the attempts table; without an attempts table, the
/// function's own count.
pub const REDEEMED: &str = "redeemed";
/// Without an attempts table: the invocation that was counted last. Its SDK may retry after a lost response,
/// and the retry must not count again.
pub const LAST_REDEMPTION: &str = "lastRedemption";
/// Whether each member gets one message only.
pub const SINGLE_USE: &str = "singleUsePerMember";
/// The campaign's own text.
pub const MESSAGE: &str = "message";

/// The key of the attempts table.
pub const ATTEMPTS_KEY: &str = "pk";

/// The name of a table's partition key, whose values are texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyAttribute(String);

/// A fault of an attribute that should be a table's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyAttributeFault {
    /// The name is shorter or longer than DynamoDB allows for a key.
    #[error("must be a name of 1 to 255 bytes")]
    Length,
    /// The attribute has another use.
    #[error("must be an attribute without another use, was {0}")]
    Taken(&'static str),
}

impl KeyAttribute {
    /// The default key of the member table.
    pub fn of_members() -> Self {
        Self(MEMBER_KEY.to_owned())
    }

    /// The default key of the benefits table.
    pub fn of_benefits() -> Self {
        Self(BENEFITS_KEY.to_owned())
    }

    /// The key of the attempts table.
    pub fn of_attempts() -> Self {
        Self(ATTEMPTS_KEY.to_owned())
    }

    /// Reads the name of a member table's key.
    pub fn parse_for_members(name: &str) -> Result<Self, KeyAttributeFault> {
        Self::parse(name, &[MEMBER_ID, OPTED_OUT])
    }

    /// Reads the name of a benefits table's key.
    pub fn parse_for_benefits(name: &str) -> Result<Self, KeyAttributeFault> {
        const TAKEN: [&str; 10] = [
            URL,
            CAMPAIGN_ID,
            ENABLED,
            STARTS_AT,
            EXPIRES_AT,
            MAX_REDEMPTIONS,
            REDEEMED,
            LAST_REDEMPTION,
            SINGLE_USE,
            MESSAGE,
        ];
        Self::parse(name, &TAKEN)
    }

    fn parse(name: &str, taken: &[&'static str]) -> Result<Self, KeyAttributeFault> {
        if !(1..=255).contains(&name.len()) {
            return Err(KeyAttributeFault::Length);
        }
        match taken.iter().find(|attribute| **attribute == name) {
            Some(attribute) => Err(KeyAttributeFault::Taken(attribute)),
            None => Ok(Self(name.to_owned())),
        }
    }

    /// Returns the name, for requests.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<KeyAttribute> for String {
    fn from(key: KeyAttribute) -> Self {
        key.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_any_name_that_has_no_other_use_in_a_row() {
        let long = "k".repeat(255);
        for name in [
            "phone",
            "pinCode",
            "pk",
            "name",
            "code.v2",
            "電話番号",
            &long,
        ] {
            for key in [
                KeyAttribute::parse_for_members(name),
                KeyAttribute::parse_for_benefits(name),
            ] {
                assert_eq!(key.unwrap().as_str(), name);
            }
        }
        assert!(KeyAttribute::parse_for_members("campaignUrl").is_ok());
        assert!(KeyAttribute::parse_for_benefits("id").is_ok());
    }

    #[test]
    fn refuses_names_that_cannot_be_keys() {
        for name in ["", &"k".repeat(256), &"電".repeat(86)] {
            for key in [
                KeyAttribute::parse_for_members(name),
                KeyAttribute::parse_for_benefits(name),
            ] {
                assert_eq!(key, Err(KeyAttributeFault::Length));
            }
        }
        let taken = |name| Err(KeyAttributeFault::Taken(name));
        for name in ["id", "optedOut"] {
            assert_eq!(KeyAttribute::parse_for_members(name), taken(name));
        }
        for name in [
            "campaignUrl",
            "campaignId",
            "redeemed",
            "lastRedemption",
            "message",
        ] {
            assert_eq!(KeyAttribute::parse_for_benefits(name), taken(name));
        }
    }
}
