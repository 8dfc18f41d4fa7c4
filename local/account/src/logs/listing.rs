//! DescribeLogStreams.

use std::cmp::Ordering;

use local_wire::{Fault, page};
use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{OfGroup, check_number, group_arn, invalid, invalid_token};
use super::streams::{Stream, Streams};

/// The most streams of a page.
const MAX_STREAMS: i64 = 50;

/// A request for the streams of a group.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DescribeLogStreams {
    #[serde(flatten)]
    pub(super) group: OfGroup,
    log_stream_name_prefix: Option<String>,
    #[serde(default)]
    order_by: OrderBy,
    #[serde(default)]
    descending: bool,
    limit: Option<i64>,
    next_token: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
enum OrderBy {
    #[default]
    LogStreamName,
    LastEventTime,
}

/// The sort key of a stream. The token of a page is the rank of the last stream before it, so that
/// streams may be created and deleted meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank<'a> {
    /// `None` in an order by name, and for a stream without events.
    last_event_ms: Option<i64>,
    name: &'a str,
}

impl<'a> Rank<'a> {
    fn token(self) -> String {
        let time = self.last_event_ms.map(|time| time.to_string());
        format!("{}/{}", time.unwrap_or_default(), self.name)
    }

    fn of_token(token: &'a str) -> Option<Self> {
        let (time, name) = token.split_once('/')?;
        let last_event_ms = match time {
            "" => None,
            time => Some(time.parse().ok()?),
        };
        Some(Self {
            last_event_ms,
            name,
        })
    }
}

/// A rank that can be sorted in reverse.
#[derive(Debug, PartialEq, Eq)]
struct Ordered<'a> {
    rank: Rank<'a>,
    descending: bool,
}

impl PartialOrd for Ordered<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let order = self.rank.cmp(&other.rank);
        Some(match self.descending {
            true => order.reverse(),
            false => order,
        })
    }
}

impl DescribeLogStreams {
    /// Lists the streams of the group with this name.
    pub(super) fn answer(
        &self,
        region: &str,
        group: &str,
        streams: &Streams,
    ) -> Result<Value, Fault> {
        let limit = self.limit.unwrap_or(MAX_STREAMS);
        check_number("limit", limit, 1..=MAX_STREAMS)?;
        let prefix = self.log_stream_name_prefix.as_deref();
        if prefix.is_some() && self.order_by == OrderBy::LastEventTime {
            return Err(invalid(
                "Cannot order by LastEventTime with a logStreamNamePrefix.",
            ));
        }
        let mut found: Vec<(Rank<'_>, &Stream)> = streams
            .beginning_with(prefix.unwrap_or_default())
            .map(|(name, stream)| (self.rank(name, stream), stream))
            .collect();
        found.sort_unstable_by_key(|(rank, _)| *rank);
        if self.descending {
            found.reverse();
        }
        let last = self.next_token.as_deref().map(|token| {
            let rank = Rank::of_token(token).ok_or_else(invalid_token)?;
            Ok(self.ordered(rank))
        });
        let ordered = found
            .into_iter()
            .map(|(rank, stream)| (self.ordered(rank), (rank.name, stream)));
        let page = page::behind(ordered, last.transpose()?.as_ref(), limit as usize);
        let arn = format!("{}:log-stream:", group_arn(region, group));
        let shapes = page
            .items
            .into_iter()
            .map(|(name, stream)| shape(&arn, name, stream));
        let mut answer = json!({ "logStreams": shapes.collect::<Vec<_>>() });
        if let Some(last) = page.next {
            answer["nextToken"] = last.rank.token().into();
        }
        Ok(answer)
    }

    /// Wraps a rank for the requested order.
    fn ordered<'a>(&self, rank: Rank<'a>) -> Ordered<'a> {
        Ordered {
            rank,
            descending: self.descending,
        }
    }

    fn rank<'a>(&self, name: &'a str, stream: &Stream) -> Rank<'a> {
        let last_event_ms = match self.order_by {
            OrderBy::LogStreamName => None,
            OrderBy::LastEventTime => stream.span().map(|(_, last)| last),
        };
        Rank {
            last_event_ms,
            name,
        }
    }
}

/// Describes a stream; its ARN is `arn` followed by its name.
fn shape(arn: &str, name: &str, stream: &Stream) -> Value {
    let mut shape = json!({
        "arn": format!("{arn}{name}"),
        "creationTime": stream.created_ms,
        "logStreamName": name,
        // AWS no longer counts the bytes of streams.
        "storedBytes": 0,
        "uploadSequenceToken": stream.upload_token(),
    });
    if let Some((first, last)) = stream.span() {
        shape["firstEventTimestamp"] = first.into();
        shape["lastEventTimestamp"] = last.into();
    }
    if let Some(time) = stream.ingested_ms {
        shape["lastIngestionTime"] = time.into();
    }
    shape
}
