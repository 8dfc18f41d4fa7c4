//! Rows of the member table and the benefits table, read by the function's rules.
//!
//! The feature `rows` compiles this module with the types of DynamoDB's SDK alone, so that the tools that
//! write and check rows decide by the same rules as the function.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::rules::campaign::{Campaign, CampaignId, Rules};
use crate::rules::ports::Member;
use crate::rules::row_fault::RowFault;
use crate::rules::row_schema::{
    CAMPAIGN_ID, ENABLED, EXPIRES_AT, MAX_REDEMPTIONS, MEMBER_ID, MESSAGE, OPTED_OUT, REDEEMED,
    SINGLE_USE, STARTS_AT, URL,
};
use crate::rules::sms_template::SmsTemplate;
use crate::rules::url::CampaignUrl;

/// A row, or those of its attributes that were requested.
pub type Row = HashMap<String, AttributeValue>;

/// The id that a flow takes for "not a member".
const RESERVED_ID: &str = "-1";

/// The value from which a time counts as milliseconds: in seconds it would be in the year 5138.
const MILLISECONDS: u64 = 100_000_000_000;

/// Reads a row of the member table.
///
/// # Errors
/// When the function cannot use the row.
pub fn member(mut row: Row) -> Result<Member, RowFault> {
    let id = match row.remove(MEMBER_ID) {
        None => return Err(RowFault::Missing),
        // A number arrives as its decimal text, which is what the flow compares.
        Some(AttributeValue::S(id) | AttributeValue::N(id)) => id,
        Some(other) => return Err(RowFault::WrongType(type_name(&other))),
    };
    match id.trim() {
        "" => return Err(RowFault::Empty),
        RESERVED_ID => return Err(RowFault::ReservedId),
        _ => {}
    }
    Ok(Member {
        id,
        opted_out: flag(&mut row, OPTED_OUT)?.unwrap_or(false),
    })
}

/// Reads a row of the benefits table.
///
/// # Errors
/// When the function cannot use the row.
pub fn campaign(mut row: Row) -> Result<Campaign, RowFault> {
    let url = match row.remove(URL) {
        Some(AttributeValue::S(url)) => CampaignUrl::parse(&url)?,
        Some(other) => return Err(RowFault::WrongType(type_name(&other))),
        None => return Err(RowFault::Missing),
    };
    // Some tools write NULL for an absent value.
    row.retain(|_, value| !matches!(value, AttributeValue::Null(_)));
    let message = match row.remove(MESSAGE) {
        None => None,
        Some(AttributeValue::S(text)) if text.is_empty() => None,
        Some(AttributeValue::S(text)) => {
            Some(SmsTemplate::parse(&text).map_err(RowFault::Message)?)
        }
        Some(_) => return Err(unusable(MESSAGE, "a text")),
    };
    let id = match row.remove(CAMPAIGN_ID) {
        None => None,
        Some(AttributeValue::S(text)) => Some(CampaignId::parse(&text).ok_or_else(not_an_id)?),
        Some(_) => return Err(not_an_id()),
    };
    let mut time = |name| match whole(&mut row, name, "a time in whole seconds since 1970") {
        // Read as seconds it would never come, so the campaign would never begin or end.
        Ok(Some(MILLISECONDS..)) => Err(unusable(
            name,
            "a time in whole seconds since 1970; this one seems to be in milliseconds",
        )),
        time => time,
    };
    let (starts_at, expires_at) = (time(STARTS_AT)?, time(EXPIRES_AT)?);
    let mut count = |name| whole(&mut row, name, "a whole number from 0 on");
    let (max_redemptions, redeemed) = (count(MAX_REDEMPTIONS)?, count(REDEEMED)?);
    Ok(Campaign {
        id,
        url,
        rules: Rules {
            disabled: !flag(&mut row, ENABLED)?.unwrap_or(true),
            starts_at,
            expires_at,
            max_redemptions,
            redeemed: redeemed.unwrap_or_default(),
            single_use_per_member: flag(&mut row, SINGLE_USE)?.unwrap_or(false),
        },
        message,
    })
}

fn whole(
    row: &mut Row,
    name: &'static str,
    expected: &'static str,
) -> Result<Option<u64>, RowFault> {
    match row.remove(name) {
        None => Ok(None),
        Some(AttributeValue::N(digits)) => digits
            .parse()
            .map(Some)
            .map_err(|_| unusable(name, expected)),
        Some(_) => Err(unusable(name, expected)),
    }
}

fn not_an_id() -> RowFault {
    unusable(
        CAMPAIGN_ID,
        "a text of 1 to 64 letters, digits, hyphens and underscores",
    )
}

/// Returns DynamoDB's name of the value's type.
fn type_name(value: &AttributeValue) -> &'static str {
    match value {
        AttributeValue::B(_) => "B",
        AttributeValue::Bool(_) => "BOOL",
        AttributeValue::Bs(_) => "BS",
        AttributeValue::L(_) => "L",
        AttributeValue::M(_) => "M",
        AttributeValue::N(_) => "N",
        AttributeValue::Ns(_) => "NS",
        AttributeValue::Null(_) => "NULL",
        AttributeValue::S(_) => "S",
        AttributeValue::Ss(_) => "SS",
        _ => "unknown",
    }
}

/// Removes a Boolean attribute from the row and returns it; returns nothing where it is absent.
fn flag(row: &mut Row, name: &'static str) -> Result<Option<bool>, RowFault> {
    match row.remove(name) {
        // Some tools write NULL for an absent value.
        None | Some(AttributeValue::Null(_)) => Ok(None),
        Some(AttributeValue::Bool(flag)) => Ok(Some(flag)),
        Some(_) => Err(unusable(name, "a BOOL")),
    }
}

fn unusable(name: &'static str, expected: &'static str) -> RowFault {
    RowFault::NotUsable { name, expected }
}
