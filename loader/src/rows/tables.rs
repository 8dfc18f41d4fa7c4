//! Writes rows into the tables.
//!
//! A member's row is put in the place of the old one: there is nothing in it that the file does not
//! say. A campaign's row is updated instead, attribute by attribute: it may hold the function's own
//! count of redemptions, which must survive a change of the page. Both can be repeated as often as
//! one likes, so a load that broke off is mended by loading the same file again.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, ReturnValue, WriteRequest};
use connect_pin_sms::attributes;
use connect_pin_sms::pin::PinKey;
use futures_util::{StreamExt, stream};

use super::campaigns::Campaign;
use super::cells::Optional;
use super::members::Member;
use super::sdk;
use super::target::Target;

/// As many as DynamoDB takes in one request.
const BATCH: usize = 25;
/// How often a part that DynamoDB left over is sent again; with a pause that doubles each time, this
/// is a minute and a half.
const TRIES: u32 = 12;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// How many updates are under way at a time.
const UPDATES: usize = 8;

/// What went into the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// All of them.
    pub rows: usize,
    /// Those that were not there before; members' rows do not tell.
    pub new: Option<usize>,
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

/// Puts members in the table, telling `progress` how many each time some are there.
///
/// # Errors
/// When the table does not take them.
pub async fn put_members(
    target: Target<'_>,
    members: &[Member],
    progress: impl Fn(usize),
) -> Result<Written, Unfinished> {
    let mut written = 0;
    for batch in members.chunks(BATCH) {
        let failed = |reason| Unfinished {
            table: target.table.to_owned(),
            reason,
            written,
            total: members.len(),
        };
        let mut requests = Vec::with_capacity(batch.len());
        for member in batch {
            let request = put(target, member).map_err(|error| failed(error.to_string()))?;
            requests.push(request);
        }
        let hidden: Vec<_> = batch.iter().map(|member| member.phone.expose()).collect();
        send_all(requests, FIRST_PAUSE, async |requests| {
            let answer = target
                .client
                .batch_write_item()
                .request_items(target.table, requests)
                .send()
                .await
                .map_err(|error| sdk::reason(&error, &hidden))?;
            let left = answer.unprocessed_items.unwrap_or_default();
            Ok(left.into_values().flatten().collect())
        })
        .await
        .map_err(failed)?;
        written += batch.len();
        progress(batch.len());
    }
    Ok(Written {
        rows: written,
        new: None,
    })
}

fn put(
    target: Target<'_>,
    member: &Member,
) -> Result<WriteRequest, aws_sdk_dynamodb::error::BuildError> {
    let put = PutRequest::builder()
        .item(target.key.as_str(), text(member.phone.expose()))
        .item(attributes::MEMBER_ID, text(&member.id))
        .build()?;
    Ok(WriteRequest::builder().put_request(put).build())
}

/// Sends until nothing is left over. The SDK itself repeats requests that fail as a whole.
async fn send_all<R>(
    mut requests: Vec<R>,
    mut pause: Duration,
    mut send: impl AsyncFnMut(Vec<R>) -> Result<Vec<R>, String>,
) -> Result<(), String> {
    for _ in 0..TRIES {
        requests = send(requests).await?;
        if requests.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(pause).await;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
    Err(format!(
        "it is throttled: {} rows were left over {TRIES} times in a row",
        requests.len()
    ))
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
    let mut updates = stream::iter(campaigns)
        .map(|(key, campaign)| update(target, key, campaign))
        .buffer_unordered(UPDATES);
    let mut written = 0;
    let mut new = 0;
    let mut failure = None;
    while let Some(outcome) = updates.next().await {
        match outcome {
            Ok(is_new) => {
                written += 1;
                new += usize::from(is_new);
                progress(1);
            }
            Err(reason) => {
                failure = Some(reason);
                break;
            }
        }
    }
    match failure {
        None => Ok(Written {
            rows: written,
            new: Some(new),
        }),
        Some(reason) => Err(Unfinished {
            table: target.table.to_owned(),
            reason,
            written,
            total: campaigns.len(),
        }),
    }
}

/// Says whether the row is a new one.
async fn update(target: Target<'_>, key: &PinKey, campaign: &Campaign) -> Result<bool, String> {
    let mut request = target
        .client
        .update_item()
        .table_name(target.table)
        .key(target.key.as_str(), text(key.expose()))
        .return_values(ReturnValue::UpdatedOld);
    let (mut set, mut remove) = (Vec::new(), Vec::new());
    // Attributes go by aliases, since DynamoDB reserves hundreds of names.
    for (at, (attribute, setting)) in attributes(campaign).into_iter().enumerate() {
        match setting {
            Optional::Untouched => continue,
            Optional::Removed => remove.push(format!("#a{at}")),
            Optional::Set(value) => {
                set.push(format!("#a{at} = :v{at}"));
                request = request.expression_attribute_values(format!(":v{at}"), value);
            }
        }
        request = request.expression_attribute_names(format!("#a{at}"), attribute);
    }
    let mut expression = format!("SET {}", set.join(", "));
    if !remove.is_empty() {
        expression.push_str(" REMOVE ");
        expression.push_str(&remove.join(", "));
    }
    let answer = request
        .update_expression(expression)
        .send()
        .await
        .map_err(|error| sdk::reason(&error, &[key.expose()]))?;
    // Every update sets the page, so a row that was there says what it led to before.
    let old = answer.attributes.unwrap_or_default();
    Ok(!old.contains_key(attributes::URL))
}

/// Everything that a file can say about a campaign, and nothing that the function keeps there.
fn attributes(campaign: &Campaign) -> [(&'static str, Optional<AttributeValue>); 7] {
    let number = |value: u64| AttributeValue::N(value.to_string());
    [
        (attributes::URL, Optional::Set(text(campaign.url.expose()))),
        (
            attributes::ENABLED,
            campaign.enabled.map(AttributeValue::Bool),
        ),
        (attributes::STARTS_AT, campaign.starts_at.map(number)),
        (attributes::EXPIRES_AT, campaign.expires_at.map(number)),
        (
            attributes::MAX_REDEMPTIONS,
            campaign.max_redemptions.map(number),
        ),
        (
            attributes::SINGLE_USE,
            campaign.single_use_per_member.map(AttributeValue::Bool),
        ),
        (
            attributes::MESSAGE,
            campaign.message.clone().map(AttributeValue::S),
        ),
    ]
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_PAUSE: Duration = Duration::ZERO;

    #[tokio::test]
    async fn what_is_left_over_is_sent_again_and_nothing_else() {
        let mut sent = Vec::new();
        let outcome = send_all(vec![1, 2, 3, 4], NO_PAUSE, async |requests| {
            let left = requests[requests.len().div_ceil(2)..].to_vec();
            sent.push(requests);
            Ok(left)
        })
        .await;
        assert_eq!(outcome, Ok(()));
        assert_eq!(sent, [vec![1, 2, 3, 4], vec![3, 4], vec![4]]);
    }

    #[tokio::test]
    async fn it_gives_up_in_the_end_and_at_once_when_refused() {
        let mut times = 0;
        let outcome = send_all(vec![1, 2], NO_PAUSE, async |requests| {
            times += 1;
            Ok(requests)
        })
        .await;
        assert_eq!(times, TRIES);
        assert!(outcome.unwrap_err().contains("2 rows were left over"));

        let mut times = 0;
        let outcome = send_all(vec![1], NO_PAUSE, async |_| {
            times += 1;
            Err("no such table".to_owned())
        })
        .await;
        assert_eq!((times, outcome), (1, Err("no such table".to_owned())));
    }
}
