//! PutLogEvents, GetLogEvents and FilterLogEvents.

use std::collections::BTreeSet;
use std::ops::Range;

use local_wire::{Fault, LogEvent};
use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{OfGroup, OfStream, check_length, check_number, invalid, invalid_token};
use super::pattern::{Line, Pattern, Unusable};
use super::streams::{Event, StreamPosition, Streams, size};

/// The most events of a request or a page.
const MAX_EVENTS: usize = 10_000;
/// The most bytes of a request or a page.
const MAX_BYTES: usize = 1_048_576;
/// The number of bytes that a search reads before it releases the streams to other requests, and
/// the most that it reads for one page.
const SLICE_BYTES: usize = 512 * 1_024;
const MAX_SEARCHED_BYTES: usize = 64 * 1_024 * 1_024;
/// The most streams that a request names.
const MAX_NAMES: usize = 100;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A request to write events.
///
/// Events older than 14 days and events from the future are stored, where AWS drops them and
/// reports them in `rejectedLogEventsInfo`: tests write lines with times in January 1970, and calls
/// have a clock of their own that may be ahead.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PutLogEvents {
    #[serde(flatten)]
    pub(super) of: OfStream,
    pub(super) log_events: Vec<InputLogEvent>,
}

#[derive(Debug, Deserialize)]
pub(super) struct InputLogEvent {
    timestamp: i64,
    message: String,
}

impl From<InputLogEvent> for LogEvent {
    fn from(event: InputLogEvent) -> Self {
        Self {
            timestamp_ms: event.timestamp,
            message: event.message,
        }
    }
}

impl PutLogEvents {
    /// Refuses batches that AWS does not accept.
    pub(super) fn check(&self) -> Result<(), Fault> {
        let events = &self.log_events;
        let shown = format!("{} events", events.len());
        check_length("logEvents", &shown, events.len(), 1..=MAX_EVENTS)?;
        for (index, event) in events.iter().enumerate() {
            let member = |name| format!("logEvents.{}.member.{name}", index + 1);
            check_number(&member("timestamp"), event.timestamp, 0..=i64::MAX)?;
            let length = event.message.len();
            check_length(&member("message"), "", length, 1..=usize::MAX)?;
        }
        let bytes: usize = events.iter().map(|event| size(&event.message)).sum();
        if bytes > MAX_BYTES {
            return Err(invalid(format!(
                "Upload too large: {bytes} bytes exceeds limit of {MAX_BYTES}"
            )));
        }
        if !events.is_sorted_by_key(|event| event.timestamp) {
            return Err(invalid(
                "Log events in a single PutLogEvents request must be in chronological order.",
            ));
        }
        if let (Some(first), Some(last)) = (events.first(), events.last())
            && last.timestamp - first.timestamp > DAY_MS
        {
            return Err(invalid(
                "The batch of log events in a single PutLogEvents request cannot span more than \
                 24 hours.",
            ));
        }
        Ok(())
    }
}

/// The time range that is read, and the size of a page.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Window {
    start_time: Option<i64>,
    end_time: Option<i64>,
    limit: Option<i64>,
}

impl Window {
    /// Returns the positions within the time range, and the most events of a page.
    fn read(&self) -> Result<(Range<StreamPosition>, usize), Fault> {
        let times = [("startTime", self.start_time), ("endTime", self.end_time)];
        for (member, time) in times {
            check_number(member, time.unwrap_or_default(), 0..=i64::MAX)?;
        }
        let limit = self.limit.unwrap_or(MAX_EVENTS as i64);
        check_number("limit", limit, 1..=MAX_EVENTS as i64)?;
        let start = StreamPosition::at(self.start_time.unwrap_or_default());
        let end = self
            .end_time
            .map_or(StreamPosition::END, StreamPosition::at);
        Ok((start..end, limit as usize))
    }
}

/// The events that fit on a page, and whether there are more.
fn page<'a>(events: impl Iterator<Item = Event<'a>>, limit: usize) -> (Vec<Event<'a>>, bool) {
    let (mut page, mut bytes) = (Vec::new(), 0);
    for event in events {
        bytes += size(event.message);
        let full = page.len() == limit || (bytes > MAX_BYTES && !page.is_empty());
        if full {
            return (page, true);
        }
        page.push(event);
    }
    (page, false)
}

/// A request to read one stream. A token includes its direction; without a token, `start_from_head`
/// selects it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GetLogEvents {
    #[serde(flatten)]
    pub(super) group: OfGroup,
    #[serde(flatten)]
    window: Window,
    log_stream_name: String,
    next_token: Option<String>,
    #[serde(default)]
    start_from_head: bool,
}

/// A token of GetLogEvents: a direction, and a position to start from.
#[derive(Debug)]
struct Cursor {
    forward: bool,
    /// The next position when reading forward; when reading backward, all before it.
    place: StreamPosition,
}

impl Cursor {
    fn token(&self) -> String {
        let way = if self.forward { 'f' } else { 'b' };
        format!("{way}/{}/s", self.place.id())
    }

    fn of_token(token: &str) -> Result<Self, Fault> {
        let (forward, rest) = match token.split_once('/') {
            Some(("f", rest)) => (true, rest),
            Some(("b", rest)) => (false, rest),
            _ => return Err(invalid_token()),
        };
        let place = rest.strip_suffix("/s").and_then(StreamPosition::of_id);
        Ok(Self {
            forward,
            place: place.ok_or_else(invalid_token)?,
        })
    }
}

impl GetLogEvents {
    pub(super) fn answer(&self, streams: &Streams) -> Result<Value, Fault> {
        let (mut range, limit) = self.window.read()?;
        // If no event is found, both tokens continue from here.
        let mut here = range.start;
        let mut forward = self.start_from_head;
        if let Some(token) = &self.next_token {
            let cursor = Cursor::of_token(token)?;
            (here, forward) = (cursor.place, cursor.forward);
            match forward {
                true => range.start = range.start.max(here),
                false => range.end = range.end.min(here),
            }
        }
        let events = streams.events_of(&self.log_stream_name, range)?;
        let events = match forward {
            true => page(events, limit).0,
            false => {
                let mut latest = page(events.rev(), limit).0;
                latest.reverse();
                latest
            }
        };
        let back = Cursor {
            forward: false,
            place: events.first().map_or(here, |event| event.position),
        };
        let on = Cursor {
            forward: true,
            place: events.last().map_or(here, |event| event.position.next()),
        };
        Ok(json!({
            "events": events.into_iter().map(shape).collect::<Vec<_>>(),
            "nextBackwardToken": back.token(),
            "nextForwardToken": on.token(),
        }))
    }
}

/// A request to search a group.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FilterLogEvents {
    #[serde(flatten)]
    pub(super) group: OfGroup,
    #[serde(flatten)]
    window: Window,
    log_stream_names: Option<BTreeSet<String>>,
    log_stream_name_prefix: Option<String>,
    #[serde(default)]
    filter_pattern: String,
    next_token: Option<String>,
}

/// A running search.
#[derive(Debug)]
pub(super) struct Search {
    pattern: Pattern,
    limit: usize,
    /// The range that is still to be searched.
    range: Range<StreamPosition>,
    /// The events that were found, and their bytes.
    events: Vec<Value>,
    bytes: usize,
    /// The number of bytes that were searched.
    looked_at: usize,
}

impl Search {
    /// Returns the events found. The token continues where the search stopped.
    pub(super) fn answer(self) -> Value {
        let mut answer = json!({
            "events": self.events,
            // AWS no longer fills this in.
            "searchedLogStreams": [],
        });
        if self.range.start < self.range.end {
            answer["nextToken"] = self.range.start.id().into();
        }
        answer
    }
}

impl FilterLogEvents {
    /// Starts the search.
    pub(super) fn begin(&self, streams: &Streams) -> Result<Search, Fault> {
        let (mut range, limit) = self.window.read()?;
        self.check_names(streams)?;
        if let Some(token) = &self.next_token {
            let place = StreamPosition::of_id(token).ok_or_else(invalid_token)?;
            range.start = range.start.max(place);
        }
        Ok(Search {
            pattern: Pattern::parse(&self.filter_pattern).map_err(Unusable::fault)?,
            limit,
            range,
            events: Vec::new(),
            bytes: 0,
            looked_at: 0,
        })
    }

    /// Searches the next slice, so that other requests wait only briefly for the streams; returns
    /// whether there is more to search. A page ends when it is full or, as on AWS, after a number
    /// of searched bytes, even if no event was found.
    pub(super) fn go_on(&self, search: &mut Search, streams: &Streams) -> bool {
        let mut slice = 0;
        for (stream, event) in streams.events(search.range.clone()) {
            if slice > SLICE_BYTES {
                return search.looked_at < MAX_SEARCHED_BYTES;
            }
            let cost = search.pattern.cost(size(event.message));
            slice += cost;
            search.looked_at += cost;
            if self.reads(stream) && search.pattern.matches(&Line::new(event.message)) {
                let bytes = search.bytes + size(event.message);
                let full = search.events.len() == search.limit
                    || (bytes > MAX_BYTES && !search.events.is_empty());
                if full {
                    search.range.start = event.position;
                    return false;
                }
                search.bytes = bytes;
                search.events.push(filtered_shape(stream, event));
            }
            search.range.start = event.position.next();
        }
        search.range.start = search.range.end;
        false
    }

    fn check_names(&self, streams: &Streams) -> Result<(), Fault> {
        let Some(names) = &self.log_stream_names else {
            return Ok(());
        };
        if self.log_stream_name_prefix.is_some() {
            return Err(invalid(
                "logStreamNames and logStreamNamePrefix cannot be given together.",
            ));
        }
        let shown = format!("{} names", names.len());
        check_length("logStreamNames", &shown, names.len(), 1..=MAX_NAMES)?;
        names
            .iter()
            .try_for_each(|name| streams.find(name).map(|_| ()))
    }

    /// Reports whether the request includes a stream.
    fn reads(&self, stream: &str) -> bool {
        match (&self.log_stream_names, &self.log_stream_name_prefix) {
            (Some(names), _) => names.contains(stream),
            (None, Some(prefix)) => stream.starts_with(prefix.as_str()),
            (None, None) => true,
        }
    }
}

fn shape(event: Event<'_>) -> Value {
    json!({
        "timestamp": event.position.timestamp_ms,
        "message": event.message,
        "ingestionTime": event.ingested_ms,
    })
}

fn filtered_shape(stream: &str, event: Event<'_>) -> Value {
    let mut shape = shape(event);
    shape["logStreamName"] = stream.into();
    shape["eventId"] = event.position.id().into();
    shape
}
