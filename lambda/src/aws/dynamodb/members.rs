//! The member table, which maps a phone number to a member.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

use super::table::{Row, Table, flag, type_name};
use crate::rules::phone::PhoneNumber;
use crate::rules::ports::{LookupError, Member, MemberDirectory};
use crate::rules::row_fault::RowFault;
use crate::rules::row_schema::{KeyAttribute, MEMBER_ID, OPTED_OUT};

/// The id that a flow takes for "not a member".
const RESERVED_ID: &str = "-1";

/// The member table, which maps `phone`, or the configured key, to `id` and optionally `optedOut`.
#[derive(Clone, Debug)]
pub struct MemberTable(Table);

impl MemberTable {
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self(Table {
            client,
            name: name.into(),
            key: KeyAttribute::of_members().into(),
        })
    }

    /// Returns the same table with another partition key.
    #[must_use]
    pub fn keyed_by(mut self, key: KeyAttribute) -> Self {
        self.0.key = key.into();
        self
    }
}

impl MemberDirectory for MemberTable {
    async fn member(&self, caller: &PhoneNumber) -> Result<Option<Member>, LookupError> {
        let row = self
            .0
            .read(caller.expose(), &[MEMBER_ID, OPTED_OUT])
            .await?;
        row.map(member).transpose().map_err(LookupError::Faulty)
    }
}

fn member(mut row: Row) -> Result<Member, RowFault> {
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
