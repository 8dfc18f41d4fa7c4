use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

use super::{Table, type_name};
use crate::attributes::{KeyAttribute, MEMBER_ID};
use crate::phone::PhoneNumber;
use crate::ports::{LookupError, MemberDirectory, RowFault};

/// A key that is no phone number.
const NOBODY: &str = "nobody";

/// How long a function that starts waits for its first connection.
const WARM_UP_TIME: Duration = Duration::from_secs(1);

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

impl MemberTable {
    /// Opens a connection by a look-up that finds nothing. Whatever goes wrong will go wrong again
    /// when somebody calls, and is said then; so nobody waits for it long.
    pub async fn warm_up(&self) {
        let look_up = self.0.read(NOBODY, &[MEMBER_ID]);
        tokio::time::timeout(WARM_UP_TIME, look_up).await.ok();
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
