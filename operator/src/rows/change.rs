//! The change that one record of a file makes to a row.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use connect_pin_sms::rules::pin::PinKey;
use connect_pin_sms::rules::row_schema;

use super::campaigns::Campaign;
use super::cells::Optional;
use super::members::Member;

/// A row, as DynamoDB holds it.
pub type Row = HashMap<String, AttributeValue>;

/// A change of one row.
#[derive(Clone, PartialEq)]
pub struct Change {
    /// The value of the row's key, which no message repeats.
    pub key: String,
    /// The attributes, with their effects.
    pub attributes: Vec<(&'static str, Optional<AttributeValue>)>,
    /// The attribute that every change of this kind sets, so that a row without it is new.
    pub always_set: &'static str,
    /// Whether a new row gets a generated campaignId.
    pub generates_id: bool,
}

/// The difference between a change and the row that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// There is no row.
    New,
    /// The row has another value, or one that the change removes.
    Changed,
    /// The change would leave the row as it is.
    Same,
}

impl Change {
    /// Returns the change that a member of a file makes.
    pub fn of_member(member: &Member) -> Self {
        Self {
            key: member.phone.expose().to_owned(),
            attributes: vec![
                (row_schema::MEMBER_ID, Optional::Set(text(&member.id))),
                (
                    row_schema::OPTED_OUT,
                    member.opted_out.map(AttributeValue::Bool),
                ),
            ],
            always_set: row_schema::MEMBER_ID,
            generates_id: false,
        }
    }

    /// Returns the change that a campaign of a file makes: of every attribute that a file can contain,
    /// and of none that the function writes.
    pub fn of_campaign(key: &PinKey, campaign: &Campaign) -> Self {
        let number = |value: u64| AttributeValue::N(value.to_string());
        let mut attributes = vec![
            (row_schema::URL, Optional::Set(text(campaign.url.expose()))),
            (
                row_schema::ENABLED,
                campaign.enabled.map(AttributeValue::Bool),
            ),
            (row_schema::STARTS_AT, campaign.starts_at.map(number)),
            (row_schema::EXPIRES_AT, campaign.expires_at.map(number)),
            (
                row_schema::MAX_REDEMPTIONS,
                campaign.max_redemptions.map(number),
            ),
            (
                row_schema::SINGLE_USE,
                campaign.single_use_per_member.map(AttributeValue::Bool),
            ),
            (
                row_schema::MESSAGE,
                campaign.message.clone().map(AttributeValue::S),
            ),
        ];
        if let Some(id) = &campaign.campaign_id {
            attributes.push((row_schema::CAMPAIGN_ID, Optional::Set(text(id))));
        }
        Self {
            key: key.expose().to_owned(),
            attributes,
            always_set: row_schema::URL,
            generates_id: campaign.campaign_id.is_none(),
        }
    }

    /// Compares the change with the row that is there.
    pub fn difference(&self, row: Option<&Row>) -> Difference {
        let Some(row) = row else {
            return Difference::New;
        };
        let is_same = self
            .attributes
            .iter()
            .all(|(name, value)| match (value, row.get(*name)) {
                (Optional::Untouched, _) | (Optional::Removed, None) => true,
                (Optional::Set(wanted), Some(found)) => wanted == found,
                (Optional::Removed, Some(_)) | (Optional::Set(_), None) => false,
            });
        if is_same {
            Difference::Same
        } else {
            Difference::Changed
        }
    }
}

/// Without key and values: numbers, PINs and URLs do not print themselves.
impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.attributes.iter().map(|(name, _)| name).collect();
        f.debug_struct("Change")
            .field("attributes", &names)
            .finish_non_exhaustive()
    }
}

pub(super) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::members;
    use super::super::phone::Country;
    use super::*;

    fn change(csv: &str) -> Change {
        let japan = Country::named("JP").unwrap();
        let sheet = members::read(csv.as_bytes(), &japan).unwrap();
        Change::of_member(&sheet.rows[0])
    }

    fn row(attributes: &[(&str, AttributeValue)]) -> Row {
        let owned = attributes.iter().cloned();
        owned
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    #[test]
    fn a_row_is_the_same_if_the_change_leaves_it_as_it_is() {
        let id = || ("id", text("7"));
        let out = |flag| ("optedOut", AttributeValue::Bool(flag));
        let with_column = change("phone,id,optedOut\n09011112222,7,\n");
        let without = change("phone,id\n09011112222,7\n");
        for (change, row, expected) in [
            (&without, None, Difference::New),
            (&without, Some(row(&[id()])), Difference::Same),
            (&without, Some(row(&[id(), out(true)])), Difference::Same),
            (
                &without,
                Some(row(&[id(), ("note", text("x"))])),
                Difference::Same,
            ),
            (
                &without,
                Some(row(&[("id", text("8"))])),
                Difference::Changed,
            ),
            (&without, Some(row(&[])), Difference::Changed),
            (&with_column, Some(row(&[id()])), Difference::Same),
            (
                &with_column,
                Some(row(&[id(), out(true)])),
                Difference::Changed,
            ),
        ] {
            assert_eq!(change.difference(row.as_ref()), expected, "{row:?}");
        }
        assert!(!format!("{with_column:?}").contains("1111"));
    }
}
