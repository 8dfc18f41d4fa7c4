//! Writes rows to the tables.
//!
//! Rows are updated attribute by attribute and never replaced: a table that existed before the line
//! has attributes of other programs, and a campaign's row may contain the function's own count.
//! Updates are idempotent, so an interrupted load is completed by loading the same file again.

use std::time::Duration;

use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use connect_pin_sms::rules::pin::PinKey;
use connect_pin_sms::rules::row_schema;
use futures_util::{StreamExt, stream};

use super::campaigns::Campaign;
use super::cells::Optional;
use super::change::{Change, Row, text};
use super::members::Member;
use super::sdk;
use super::target::Target;

/// The number of updates that run at the same time. An on-demand table accepts about 4,000 a second
/// from the beginning, which is about what one machine sends with this number.
const UPDATES: usize = 32;
/// The number of attempts for a throttled update. With pauses that double each time, they take a
/// minute and a half.
const ATTEMPTS: u32 = 12;
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// The number of attempts that the SDK itself makes within each: few enough to stay within its
/// time-outs.
const SDK_ATTEMPTS: u32 = 4;
/// The number of times that another program may create and delete a row while it is loaded.
const ROUNDS: u32 = 3;

/// The number of rows that were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// All rows of the file.
    pub rows: usize,
    /// The rows that did not exist before; lower than that if responses were lost.
    pub new: usize,
}

/// An interrupted load.
#[derive(Debug, thiserror::Error)]
#[error(
    "{table} refused a row: {reason}. At least {written} of {total} rows were written; it is safe to \
     load the file again"
)]
pub struct Unfinished {
    table: String,
    reason: String,
    written: usize,
    total: usize,
}

/// Updates members' rows, and calls `progress` after each one.
///
/// # Errors
/// When the table refuses a row.
pub async fn update_members(
    target: Target<'_>,
    members: &[Member],
    progress: impl Fn(usize),
) -> Result<Written, Unfinished> {
    let changes: Vec<_> = members.iter().map(Change::of_member).collect();
    update_all(target, &changes, progress).await
}

/// Updates campaigns' rows, and calls `progress` after each one.
///
/// # Errors
/// When the table refuses a row.
pub async fn update_campaigns(
    target: Target<'_>,
    campaigns: &[(PinKey, Campaign)],
    progress: impl Fn(usize),
) -> Result<Written, Unfinished> {
    let changes: Vec<_> = campaigns
        .iter()
        .map(|(key, campaign)| Change::of_campaign(key, campaign))
        .collect();
    update_all(target, &changes, progress).await
}

/// Writes changes, many side by side, and calls `progress` after each one.
///
/// # Errors
/// When the table refuses a row.
pub async fn update_all(
    target: Target<'_>,
    changes: &[Change],
    progress: impl Fn(usize),
) -> Result<Written, Unfinished> {
    let total = changes.len();
    let mut updates = stream::iter(changes)
        .map(|change| update(target, change))
        .buffer_unordered(UPDATES);
    let mut written = Written::default();
    while let Some(outcome) = updates.next().await {
        match outcome {
            Ok(is_new) => {
                written.rows += 1;
                written.new += usize::from(is_new);
                progress(1);
            }
            Err(refusal) => {
                return Err(Unfinished {
                    table: target.table.to_owned(),
                    reason: refusal.into_reason(),
                    written: written.rows,
                    total,
                });
            }
        }
    }
    Ok(written)
}

/// The outcome of creating a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Created {
    /// The row was created.
    New,
    /// There was a row, and it stays as it was.
    Exists(Row),
}

/// Creates a row, unless there is one with its key.
///
/// # Errors
/// When the table refuses the row.
pub async fn create(target: Target<'_>, change: &Change) -> Result<Created, RowRefused> {
    let mut update = Update::of(target, change);
    if change.generates_id {
        let fresh = Optional::Set(text(&fresh_id()));
        update = update.attribute(row_schema::CAMPAIGN_ID, fresh);
    }
    match update.only_if(Presence::Absent).send().await {
        Ok(_) => Ok(Created::New),
        Err(Refusal::Condition(row)) => Ok(Created::Exists(row.unwrap_or_default())),
        Err(refusal) => Err(refusal.of_row(target.table)),
    }
}

/// Sets an attribute of a row that exists, and returns whether it still does.
///
/// # Errors
/// When the table refuses the row.
pub async fn set(
    target: Target<'_>,
    key: &str,
    name: &str,
    value: AttributeValue,
) -> Result<bool, RowRefused> {
    let update = Update::of_key(target, key).attribute(name, Optional::Set(value));
    match update.only_if(Presence::Present).send().await {
        Ok(_) => Ok(true),
        Err(Refusal::Condition(_)) => Ok(false),
        Err(refusal) => Err(refusal.of_row(target.table)),
    }
}

/// A row that the table refused.
#[derive(Debug, thiserror::Error)]
#[error("{table} refused a row: {reason}")]
pub struct RowRefused {
    table: String,
    reason: String,
}

/// Writes a change, and returns whether its row is new.
async fn update(target: Target<'_>, change: &Change) -> Result<bool, Refusal> {
    if change.generates_id {
        return update_without_id(target, change).await;
    }
    let old = Update::of(target, change).send().await?;
    Ok(!old.contains_key(change.always_set))
}

/// Creates the row with an id of its own, or updates the existing row and leaves its id as it is.
/// An existing row without an id stays without one: its redemptions are counted under its PIN, and
/// an id would reset the count.
async fn update_without_id(target: Target<'_>, change: &Change) -> Result<bool, Refusal> {
    let fresh = text(&fresh_id());
    for _ in 0..ROUNDS {
        let created = Update::of(target, change)
            .attribute(row_schema::CAMPAIGN_ID, Optional::Set(fresh.clone()))
            .only_if(Presence::Absent);
        match created.send().await {
            Ok(_) => return Ok(true),
            // The SDK has retried an update whose response was lost.
            Err(Refusal::Condition(Some(row)))
                if row.get(row_schema::CAMPAIGN_ID) == Some(&fresh) =>
            {
                return Ok(true);
            }
            Err(Refusal::Condition(_)) => {}
            Err(refusal) => return Err(refusal),
        }
        let updated = Update::of(target, change).only_if(Presence::Present);
        match updated.send().await {
            Ok(_) => return Ok(false),
            // The row was deleted in the meantime.
            Err(Refusal::Condition(_)) => {}
            Err(refusal) => return Err(refusal),
        }
    }
    Err(Refusal::Other(format!(
        "another program created and deleted the row {ROUNDS} times while it was loaded"
    )))
}

/// Returns an id that no other campaign has: 16 random bytes.
fn fresh_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}

/// Whether a row must exist or must not exist.
#[derive(Debug, Clone, Copy)]
enum Presence {
    Absent,
    Present,
}

/// The update of one row.
struct Update<'a> {
    key_name: &'a str,
    /// The value of the row's key, which no message repeats.
    key: &'a str,
    request: UpdateItemFluentBuilder,
    set: Vec<String>,
    remove: Vec<String>,
}

impl<'a> Update<'a> {
    fn of(target: Target<'a>, change: &'a Change) -> Self {
        let update = Self::of_key(target, &change.key);
        let attributes = change.attributes.iter().cloned();
        attributes.fold(update, |update, (name, value)| {
            update.attribute(name, value)
        })
    }

    fn of_key(target: Target<'a>, key: &'a str) -> Self {
        let request = target
            .client
            .update_item()
            .table_name(target.table)
            .key(target.key.as_str(), text(key))
            .return_values(ReturnValue::UpdatedOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        Self {
            key_name: target.key.as_str(),
            key,
            request,
            set: Vec::new(),
            remove: Vec::new(),
        }
    }

    /// Sets or removes an attribute. Names are replaced by aliases, since DynamoDB reserves
    /// hundreds of words.
    fn attribute(mut self, name: &str, value: Optional<AttributeValue>) -> Self {
        let at = self.set.len() + self.remove.len();
        match value {
            Optional::Untouched => return self,
            Optional::Removed => self.remove.push(format!("#a{at}")),
            Optional::Set(value) => {
                self.set.push(format!("#a{at} = :v{at}"));
                self.request = self
                    .request
                    .expression_attribute_values(format!(":v{at}"), value);
            }
        }
        self.request = self
            .request
            .expression_attribute_names(format!("#a{at}"), name);
        self
    }

    fn only_if(mut self, presence: Presence) -> Self {
        let condition = match presence {
            Presence::Absent => "attribute_not_exists(#key)",
            Presence::Present => "attribute_exists(#key)",
        };
        self.request = self
            .request
            .condition_expression(condition)
            .expression_attribute_names("#key", self.key_name);
        self
    }

    /// Returns the old values of the attributes that were set.
    async fn send(self) -> Result<Row, Refusal> {
        let mut expression = format!("SET {}", self.set.join(", "));
        if !self.remove.is_empty() {
            expression.push_str(" REMOVE ");
            expression.push_str(&self.remove.join(", "));
        }
        let request = self.request.update_expression(expression);
        let answer = with_retries(FIRST_PAUSE, async || {
            let retries = RetryConfig::standard().with_max_attempts(SDK_ATTEMPTS);
            let answer: Result<UpdateItemOutput, _> = request
                .clone()
                .customize()
                .config_override(Builder::new().retry_config(retries))
                .send()
                .await;
            answer.map_err(|error| Refusal::of(error, self.key))
        })
        .await?;
        Ok(answer.attributes.unwrap_or_default())
    }
}

/// The reason why a row was not updated.
#[derive(Debug, PartialEq)]
pub(super) enum Refusal {
    /// The table does not accept more requests for now.
    Throttled(String),
    /// The condition failed: the row exists and must not, or the reverse. Contains the row, if it
    /// exists.
    Condition(Option<Row>),
    /// Any other error.
    Other(String),
}

impl Refusal {
    fn of<R: std::fmt::Debug>(error: SdkError<UpdateItemError, R>, key: &str) -> Self {
        if let Some(UpdateItemError::ConditionalCheckFailedException(failed)) =
            error.as_service_error()
        {
            return Self::Condition(failed.item.clone());
        }
        Self::of_any(&error, &[key])
    }

    /// Returns the refusal of a request without a condition. The reason does not contain the texts in
    /// `hidden`.
    pub(super) fn of_any<E, R>(error: &SdkError<E, R>, hidden: &[&str]) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        const THROTTLED: [&str; 4] = [
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
            "ThrottledException",
            "ThrottlingException",
        ];
        let code = error.as_service_error().and_then(|error| error.code());
        let is_throttled = code.is_some_and(|code| THROTTLED.contains(&code));
        let reason = sdk::reason(error, hidden);
        if is_throttled {
            Self::Throttled(reason)
        } else {
            Self::Other(reason)
        }
    }

    fn of_row(self, table: &str) -> RowRefused {
        RowRefused {
            table: table.to_owned(),
            reason: self.into_reason(),
        }
    }

    pub(super) fn into_reason(self) -> String {
        match self {
            Self::Throttled(reason) => format!("throttled {ATTEMPTS} times in a row: {reason}"),
            Self::Condition(_) => "a condition of the update failed".to_owned(),
            Self::Other(reason) => reason,
        }
    }
}

/// Retries a throttled request, with pauses, until the table accepts it or the attempts are used
/// up.
pub(super) async fn with_retries<T>(
    mut pause: Duration,
    mut send: impl AsyncFnMut() -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    for _ in 1..ATTEMPTS {
        match send().await {
            Err(Refusal::Throttled(_)) => {}
            outcome => return outcome,
        }
        tokio::time::sleep(pause).await;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
    send().await
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_PAUSE: Duration = Duration::ZERO;

    #[tokio::test]
    async fn a_throttled_request_is_retried_until_the_attempts_are_used_up() {
        let throttled = || Refusal::Throttled("slowly".to_owned());
        for (refusals, tries) in [(0, 1), (1, 2), (ATTEMPTS - 1, ATTEMPTS)] {
            let mut times = 0;
            let outcome = with_retries(NO_PAUSE, async || {
                times += 1;
                if times <= refusals {
                    Err(throttled())
                } else {
                    Ok(times)
                }
            });
            assert_eq!(outcome.await, Ok(tries));
        }
        let mut times = 0;
        let outcome: Result<(), _> = with_retries(NO_PAUSE, async || {
            times += 1;
            Err(throttled())
        })
        .await;
        assert_eq!((times, outcome), (ATTEMPTS, Err(throttled())));
    }

    #[tokio::test]
    async fn a_refused_request_is_not_retried() {
        for refusal in [
            || Refusal::Other("no such table".to_owned()),
            || Refusal::Condition(None),
        ] {
            let mut times = 0;
            let outcome: Result<(), _> = with_retries(NO_PAUSE, async || {
                times += 1;
                Err(refusal())
            })
            .await;
            assert_eq!((times, outcome), (1, Err(refusal())));
        }
    }

    #[test]
    fn no_two_ids_are_the_same() {
        let (one, other) = (fresh_id(), fresh_id());
        assert_ne!(one, other);
        for id in [one, other] {
            assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
        }
    }
}
