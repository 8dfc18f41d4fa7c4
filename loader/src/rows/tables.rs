//! Writes rows into the tables.
//!
//! Rows are updated attribute by attribute, and never replaced: a table that was there before the line
//! has attributes of other programs, and a campaign's row may hold the function's own count. Updates
//! can be repeated as often as one likes, so a load that broke off is mended by loading the same file
//! again.

use std::collections::HashMap;
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
use super::members::Member;
use super::sdk;
use super::target::Target;

/// How many updates are under way at a time. A table that is paid by request takes some 4,000 a second
/// from its first day on; this is about as many from one machine.
const UPDATES: usize = 32;
/// How often an update that was throttled is made again; with a pause that doubles each time, this is a
/// minute and a half.
const TRIES: u32 = 12;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// How often the SDK itself makes an update, beside that: few enough to stay within its time-outs.
const TRIES_OF_SDK: u32 = 4;
/// How often a row may come and go while it is written.
const ROUNDS: u32 = 3;

type Row = HashMap<String, AttributeValue>;

/// What went into the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// All of them.
    pub rows: usize,
    /// Those that were not there before; fewer where answers got lost.
    pub new: usize,
}

/// The load broke off.
#[derive(Debug, thiserror::Error)]
#[error(
    "{table} does not take the rows: {reason}. At least {written} of {total} are written; loading \
     the file again does no harm"
)]
pub struct Unfinished {
    table: String,
    reason: String,
    written: usize,
    total: usize,
}

/// Updates members' rows, telling `progress` each time one is there.
///
/// # Errors
/// When the table does not take them.
pub async fn update_members(
    target: Target<'_>,
    members: &[Member],
    progress: impl Fn(usize),
) -> Result<Written, Unfinished> {
    let updates = members.iter().map(|member| update_member(target, member));
    update_all(target, updates, progress).await
}

/// Updates campaigns' rows, telling `progress` each time one is there.
///
/// # Errors
/// When the table does not take them.
pub async fn update_campaigns(
    target: Target<'_>,
    campaigns: &[(PinKey, Campaign)],
    progress: impl Fn(usize),
) -> Result<Written, Unfinished> {
    let updates = campaigns
        .iter()
        .map(|(key, campaign)| update_campaign(target, key, campaign));
    update_all(target, updates, progress).await
}

/// Each update says whether its row is a new one.
async fn update_all<F: Future<Output = Result<bool, Refusal>>>(
    target: Target<'_>,
    updates: impl ExactSizeIterator<Item = F>,
    progress: impl Fn(usize),
) -> Result<Written, Unfinished> {
    let total = updates.len();
    let mut updates = stream::iter(updates).buffer_unordered(UPDATES);
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

async fn update_member(target: Target<'_>, member: &Member) -> Result<bool, Refusal> {
    let update = Update::of(target, member.phone.expose())
        .attribute(row_schema::MEMBER_ID, Optional::Set(text(&member.id)))
        .attribute(
            row_schema::OPTED_OUT,
            member.opted_out.map(AttributeValue::Bool),
        );
    // Every update sets the id, so a row that was there says which one it had.
    let old = update.send().await?;
    Ok(!old.contains_key(row_schema::MEMBER_ID))
}

async fn update_campaign(
    target: Target<'_>,
    key: &PinKey,
    campaign: &Campaign,
) -> Result<bool, Refusal> {
    let Some(id) = &campaign.campaign_id else {
        return update_campaign_without_id(target, key, campaign).await;
    };
    let update =
        rules(target, key, campaign).attribute(row_schema::CAMPAIGN_ID, Optional::Set(text(id)));
    // Every update sets the page, so a row that was there says what it led to before.
    let old = update.send().await?;
    Ok(!old.contains_key(row_schema::URL))
}

/// Makes the row with an id of its own, or updates the row that is there and keeps its id, or its
/// having none: its redemptions are remembered under its PIN then, and would be forgotten with an id.
async fn update_campaign_without_id(
    target: Target<'_>,
    key: &PinKey,
    campaign: &Campaign,
) -> Result<bool, Refusal> {
    let fresh = text(&fresh_id());
    for _ in 0..ROUNDS {
        let made = rules(target, key, campaign)
            .attribute(row_schema::CAMPAIGN_ID, Optional::Set(fresh.clone()))
            .only_if(Presence::Absent);
        match made.send().await {
            Ok(_) => return Ok(true),
            // The SDK has repeated an update whose answer got lost.
            Err(Refusal::Condition(Some(row)))
                if row.get(row_schema::CAMPAIGN_ID) == Some(&fresh) =>
            {
                return Ok(true);
            }
            Err(Refusal::Condition(_)) => {}
            Err(refusal) => return Err(refusal),
        }
        let changed = rules(target, key, campaign).only_if(Presence::Present);
        match changed.send().await {
            Ok(_) => return Ok(false),
            // It was deleted meanwhile.
            Err(Refusal::Condition(_)) => {}
            Err(refusal) => return Err(refusal),
        }
    }
    Err(Refusal::Other(format!(
        "a row was made and deleted {ROUNDS} times by another program while it was loaded"
    )))
}

/// An id that no other campaign has: 16 random bytes.
fn fresh_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}

/// Everything that a file can say about a campaign but its id, and nothing that the function keeps
/// there.
fn rules<'a>(target: Target<'a>, key: &'a PinKey, campaign: &Campaign) -> Update<'a> {
    let number = |value: u64| AttributeValue::N(value.to_string());
    Update::of(target, key.expose())
        .attribute(row_schema::URL, Optional::Set(text(campaign.url.expose())))
        .attribute(
            row_schema::ENABLED,
            campaign.enabled.map(AttributeValue::Bool),
        )
        .attribute(row_schema::STARTS_AT, campaign.starts_at.map(number))
        .attribute(row_schema::EXPIRES_AT, campaign.expires_at.map(number))
        .attribute(
            row_schema::MAX_REDEMPTIONS,
            campaign.max_redemptions.map(number),
        )
        .attribute(
            row_schema::SINGLE_USE,
            campaign.single_use_per_member.map(AttributeValue::Bool),
        )
        .attribute(
            row_schema::MESSAGE,
            campaign.message.clone().map(AttributeValue::S),
        )
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// Whether a row has to be there already.
#[derive(Debug, Clone, Copy)]
enum Presence {
    Absent,
    Present,
}

/// The update of one row.
struct Update<'a> {
    key_name: &'a str,
    /// What finds the row, which no message repeats.
    key: &'a str,
    request: UpdateItemFluentBuilder,
    set: Vec<String>,
    remove: Vec<String>,
}

impl<'a> Update<'a> {
    fn of(target: Target<'a>, key: &'a str) -> Self {
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

    /// Attributes go by aliases, since DynamoDB reserves hundreds of names.
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

    /// What the row had in place of what it has now.
    async fn send(self) -> Result<Row, Refusal> {
        let mut expression = format!("SET {}", self.set.join(", "));
        if !self.remove.is_empty() {
            expression.push_str(" REMOVE ");
            expression.push_str(&self.remove.join(", "));
        }
        let request = self.request.update_expression(expression);
        let answer = patiently(FIRST_PAUSE, async || {
            let retries = RetryConfig::standard().with_max_attempts(TRIES_OF_SDK);
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

/// Why a row was not updated.
#[derive(Debug, PartialEq)]
enum Refusal {
    /// The table takes no more for now.
    Throttled(String),
    /// The row is there and must not be, or the other way round: the row, if it is there.
    Condition(Option<Row>),
    /// Anything else.
    Other(String),
}

impl Refusal {
    fn of<R>(error: SdkError<UpdateItemError, R>, key: &str) -> Self
    where
        R: std::fmt::Debug,
    {
        const THROTTLED: [&str; 4] = [
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
            "ThrottledException",
            "ThrottlingException",
        ];
        if let Some(UpdateItemError::ConditionalCheckFailedException(failed)) =
            error.as_service_error()
        {
            return Self::Condition(failed.item.clone());
        }
        let code = error.as_service_error().and_then(|error| error.code());
        let is_throttled = code.is_some_and(|code| THROTTLED.contains(&code));
        let reason = sdk::reason(&error, &[key]);
        if is_throttled {
            Self::Throttled(reason)
        } else {
            Self::Other(reason)
        }
    }

    fn into_reason(self) -> String {
        match self {
            Self::Throttled(reason) => format!("throttled {TRIES} times in a row: {reason}"),
            Self::Condition(_) => "a condition of the update failed".to_owned(),
            Self::Other(reason) => reason,
        }
    }
}

/// Repeats what is throttled, with pauses, until the table takes it or the tries are over.
async fn patiently<T>(
    mut pause: Duration,
    mut send: impl AsyncFnMut() -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    for _ in 1..TRIES {
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
    async fn what_is_throttled_is_sent_again_until_the_tries_are_over() {
        let throttled = || Refusal::Throttled("slowly".to_owned());
        for (refusals, tries) in [(0, 1), (1, 2), (TRIES - 1, TRIES)] {
            let mut times = 0;
            let outcome = patiently(NO_PAUSE, async || {
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
        let outcome: Result<(), _> = patiently(NO_PAUSE, async || {
            times += 1;
            Err(throttled())
        })
        .await;
        assert_eq!((times, outcome), (TRIES, Err(throttled())));
    }

    #[tokio::test]
    async fn what_is_refused_is_not_sent_again() {
        for refusal in [
            || Refusal::Other("no such table".to_owned()),
            || Refusal::Condition(None),
        ] {
            let mut times = 0;
            let outcome: Result<(), _> = patiently(NO_PAUSE, async || {
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
