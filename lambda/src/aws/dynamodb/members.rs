//! The member table, which maps a phone number to a member.

use aws_sdk_dynamodb::Client;

use super::table::Table;
use crate::rows;
use crate::rules::phone::PhoneNumber;
use crate::rules::ports::{LookupError, Member, MemberDirectory};
use crate::rules::row_schema::{KeyAttribute, MEMBER_ID, OPTED_OUT};

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
        row.map(rows::member)
            .transpose()
            .map_err(LookupError::Faulty)
    }
}
