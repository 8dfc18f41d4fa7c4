use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

use super::{Table, type_name};
use crate::attributes::{KeyAttribute, MEMBER_ID};
use crate::phone::PhoneNumber;
use crate::ports::{LookupError, MemberDirectory, RowFault};

/// The member table: `phone`, or what its key is called, to `id`.
#[derive(Clone, Debug)]
pub struct MemberTable(Table);

impl MemberTable {
    /// The table called `name`.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self(Table {
            client,
            name: name.into(),
            key: KeyAttribute::of_members().into(),
        })
    }

    /// The same with another partition key.
    #[must_use]
    pub fn keyed_by(mut self, key: KeyAttribute) -> Self {
        self.0.key = key.into();
        self
    }
}

impl MemberDirectory for MemberTable {
    async fn member_id(&self, caller: &PhoneNumber) -> Result<Option<String>, LookupError> {
        let Some(mut row) = self.0.read(caller.expose(), &[MEMBER_ID]).await? else {
            return Ok(None);
        };
        match row.remove(MEMBER_ID) {
            None => Err(RowFault::Missing),
            Some(AttributeValue::S(text)) if text.is_empty() => Err(RowFault::Empty),
            // A number arrives as its decimal text, which is what the flow compares.
            Some(AttributeValue::S(id) | AttributeValue::N(id)) => Ok(Some(id)),
            Some(other) => Err(RowFault::WrongType(type_name(&other))),
        }
        .map_err(LookupError::Faulty)
    }
}
