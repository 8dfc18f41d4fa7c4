//! The names of the tables' attributes: what is read here, others write.

/// A member's telephone number, unless the member table has another name for it.
pub const MEMBER_KEY: &str = "phone";
/// The member's id.
pub const MEMBER_ID: &str = "id";
/// Whether the member wants no messages.
pub const OPTED_OUT: &str = "optedOut";

/// A PIN or its MAC, unless the benefits table has another name for it.
pub const BENEFITS_KEY: &str = "pinCode";
/// The campaign's page.
pub const URL: &str = "campaignUrl";
/// Whether the campaign is switched on.
pub const ENABLED: &str = "enabled";
/// From when on.
pub const STARTS_AT: &str = "startsAt";
/// Until when.
pub const EXPIRES_AT: &str = "expiresAt";
/// How often by all members together.
pub const MAX_REDEMPTIONS: &str = "maxRedemptions";
/// Which campaign it is: what its redemptions are remembered under, whatever its PIN.
pub const CAMPAIGN_ID: &str = "campaignId";
/// How often it was redeemed before the function counted in the attempts table. The function's own
/// count where there is no attempts table.
pub const REDEEMED: &str = "redeemed";
/// Where there is no attempts table: the invocation that was counted last. Its SDK may try again after
/// an answer that got lost, and must not be counted a second time.
pub const LAST_REDEMPTION: &str = "lastRedemption";
/// Whether each member gets one message only.
pub const SINGLE_USE: &str = "singleUsePerMember";
/// The campaign's own text.
pub const MESSAGE: &str = "message";

/// The name of a table's partition key, whose values are texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyAttribute(String);

/// Why an attribute cannot be a table's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyAttributeFault {
    /// DynamoDB has no such keys.
    #[error("is no name of 1 to 255 bytes")]
    Length,
    /// One attribute cannot hold two things.
    #[error("is {0}, an attribute that holds something else")]
    Taken(&'static str),
}

impl KeyAttribute {
    /// The key of the member table where nothing else is said.
    pub fn of_members() -> Self {
        Self(MEMBER_KEY.to_owned())
    }

    /// The key of the benefits table where nothing else is said.
    pub fn of_benefits() -> Self {
        Self(BENEFITS_KEY.to_owned())
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

    /// The name, for requests.
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
    fn takes_any_name_that_a_row_has_no_other_use_for() {
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
