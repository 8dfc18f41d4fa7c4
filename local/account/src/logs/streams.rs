//! The streams of a group and their events.

mod buffer;
mod event_list;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::{Bound, Range};
use std::sync::Arc;

use local_wire::{Fault, LogEvent};

pub(super) use event_list::Event;
use event_list::EventList;

use super::input::not_found;
use super::now_ms;

/// Bytes that an event counts beside its message.
const AWS_EVENT_OVERHEAD: usize = 26;
/// Bytes that a stream takes here beside its name and its events.
const BYTES_PER_STREAM: usize = 400;
/// The most streams of a group; beyond that, the stream that was written to least recently is
/// removed.
const MAX_STREAMS: usize = 10_000;

/// Returns the size of an event as AWS counts it.
pub(super) fn size(message: &str) -> usize {
    message.len() + AWS_EVENT_OVERHEAD
}

/// The position of an event in its group: by time, then by order of writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct StreamPosition {
    pub(super) timestamp_ms: i64,
    number: u64,
}

impl StreamPosition {
    /// The position after every event.
    pub(super) const END: Self = Self {
        timestamp_ms: i64::MAX,
        number: u64::MAX,
    };

    /// Returns the first position of a time.
    pub(super) fn at(timestamp_ms: i64) -> Self {
        Self {
            timestamp_ms,
            number: 0,
        }
    }

    /// Returns the position right after this one.
    pub(super) fn next(self) -> Self {
        Self {
            number: self.number.saturating_add(1),
            ..self
        }
    }

    /// Writes the position as 56 digits, the form of event ids and in tokens of CloudWatch Logs.
    pub(super) fn id(self) -> String {
        format!("{:020}{:036}", self.timestamp_ms, self.number)
    }

    pub(super) fn of_id(id: &str) -> Option<Self> {
        if id.len() != 56 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (timestamp_ms, number) = id.split_at(20);
        Some(Self {
            timestamp_ms: timestamp_ms.parse().ok()?,
            number: number.parse().ok()?,
        })
    }
}

/// A stream.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) created_ms: i64,
    /// The time of the latest write.
    pub(super) ingested_ms: Option<i64>,
    /// The number of writes.
    uploads: u64,
    events: EventList,
}

impl Stream {
    fn new() -> Self {
        Self {
            created_ms: now_ms(),
            ingested_ms: None,
            uploads: 0,
            events: EventList::default(),
        }
    }

    /// Returns the times of its first and its last event.
    pub(super) fn span(&self) -> Option<(i64, i64)> {
        let (first, last) = (self.events.first()?, self.events.last()?);
        Some((first.timestamp_ms, last.timestamp_ms))
    }

    /// Returns the `sequenceToken` for the next upload, which AWS no longer checks.
    pub(super) fn upload_token(&self) -> String {
        format!("{:056}", self.uploads)
    }
}

/// The streams of a group.
#[derive(Debug, Default)]
pub(super) struct Streams {
    streams: BTreeMap<Arc<str>, Stream>,
    /// The streams that have events, by their first ones.
    firsts: BTreeMap<StreamPosition, Arc<str>>,
    /// The number of events ever written.
    written: u64,
    /// The number of events that were dropped at a limit.
    dropped: u64,
    /// Bytes of memory that streams and events take.
    bytes: usize,
}

impl Streams {
    /// Bytes of memory that everything takes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns the number of events that were dropped at a limit.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Drops the oldest events until at most `most` bytes are taken.
    pub(super) fn shrink(&mut self, most: usize) {
        while self.bytes > most && self.remove_first() {
            self.dropped += 1;
        }
    }

    /// Removes the events before a time.
    pub(super) fn expire(&mut self, before_ms: i64) {
        while let Some((first, _)) = self.firsts.first_key_value()
            && first.timestamp_ms < before_ms
        {
            self.remove_first();
        }
    }

    /// Removes the first event of all streams; reports whether there was one.
    fn remove_first(&mut self) -> bool {
        let Some((_, name)) = self.firsts.pop_first() else {
            return false;
        };
        let Some(stream) = self.streams.get_mut(&name) else {
            return false;
        };
        self.bytes -= stream.events.bytes();
        stream.events.remove_first();
        self.bytes += stream.events.bytes();
        if let Some(first) = stream.events.first() {
            self.firsts.insert(first, name);
        }
        true
    }

    /// Creates a stream, after removing another one at the limit.
    fn insert(&mut self, name: Arc<str>) {
        if self.streams.len() == MAX_STREAMS {
            let idle = self.streams.iter();
            let idle =
                idle.min_by_key(|(_, stream)| stream.ingested_ms.unwrap_or(stream.created_ms));
            if let Some(name) = idle.map(|(name, _)| Arc::clone(name)) {
                self.dropped += self.remove(&name).unwrap_or_default();
            }
        }
        self.bytes += name.len() + BYTES_PER_STREAM;
        self.streams.insert(name, Stream::new());
    }

    /// Removes a stream and returns the number of its events; `None` if it does not exist.
    fn remove(&mut self, name: &str) -> Option<u64> {
        let stream = self.streams.remove(name)?;
        self.bytes -= name.len() + BYTES_PER_STREAM + stream.events.bytes();
        if let Some(first) = stream.events.first() {
            self.firsts.remove(&first);
        }
        Some(stream.events.len() as u64)
    }

    pub(super) fn create(&mut self, name: &str) -> Result<(), Fault> {
        if self.streams.contains_key(name) {
            return Err(Fault::new(
                400,
                "ResourceAlreadyExistsException",
                "The specified log stream already exists",
            ));
        }
        self.insert(name.into());
        Ok(())
    }

    /// Deletes a stream with its events.
    pub(super) fn delete(&mut self, name: &str) -> Result<(), Fault> {
        self.remove(name).map(|_| ()).ok_or_else(absent)
    }

    pub(super) fn find(&self, name: &str) -> Result<&Stream, Fault> {
        self.streams.get(name).ok_or_else(absent)
    }

    /// Returns the streams whose names begin with `prefix`, sorted by name.
    pub(super) fn beginning_with<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Stream)> {
        self.streams
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
            .map(|(name, stream)| (&**name, stream))
            .take_while(move |(name, _)| name.starts_with(prefix))
    }

    /// Writes events, creating the stream if it does not exist; returns the token for the next
    /// upload. The cost does not depend on the events that are already stored.
    pub(super) fn append(&mut self, name: &str, events: Vec<LogEvent>) -> String {
        if !self.streams.contains_key(name) {
            self.insert(name.into());
        }
        let name = match self.streams.get_key_value(name) {
            Some((name, _)) => Arc::clone(name),
            None => Arc::from(name),
        };
        let stream = self
            .streams
            .entry(Arc::clone(&name))
            .or_insert_with(Stream::new);
        let ingested_ms = now_ms();
        stream.ingested_ms = Some(ingested_ms);
        stream.uploads += 1;
        let before = (stream.events.bytes(), stream.events.first());
        for event in events {
            let position = StreamPosition {
                timestamp_ms: event.timestamp_ms,
                number: self.written,
            };
            self.written += 1;
            stream.events.insert(Event {
                position,
                ingested_ms,
                message: &event.message,
            });
        }
        self.bytes = self.bytes - before.0 + stream.events.bytes();
        let first = stream.events.first();
        if first != before.1 {
            if let Some(before) = before.1 {
                self.firsts.remove(&before);
            }
            self.firsts.extend(first.map(|first| (first, name)));
        }
        stream.upload_token()
    }

    /// Events of all streams, in order, with the names of their streams.
    pub(super) fn events(
        &self,
        range: Range<StreamPosition>,
    ) -> impl Iterator<Item = (&str, Event<'_>)> {
        // The next event of each stream, and the streams in the order of these events.
        let (mut heads, mut order) = (Vec::new(), BinaryHeap::new());
        for (name, stream) in &self.streams {
            let mut events = stream.events.range(range.clone());
            if let Some(event) = events.next() {
                order.push(Reverse((event.position, heads.len())));
                heads.push((&**name, event, events));
            }
        }
        std::iter::from_fn(move || {
            let Reverse((_, number)) = order.pop()?;
            let (name, head, events) = heads.get_mut(number)?;
            let event = *head;
            if let Some(next) = events.next() {
                *head = next;
                order.push(Reverse((next.position, number)));
            }
            Some((*name, event))
        })
    }

    /// Returns the events of one stream, in order.
    pub(super) fn events_of(
        &self,
        name: &str,
        range: Range<StreamPosition>,
    ) -> Result<impl DoubleEndedIterator<Item = Event<'_>>, Fault> {
        Ok(self.find(name)?.events.range(range))
    }
}

fn absent() -> Fault {
    not_found("The specified log stream does not exist.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(count: i64) -> Vec<LogEvent> {
        let line = |n| LogEvent {
            timestamp_ms: n,
            message: format!("line {n}"),
        };
        (0..count).map(line).collect()
    }

    fn everything() -> Range<StreamPosition> {
        StreamPosition::at(0)..StreamPosition::END
    }

    #[test]
    fn events_of_all_streams_come_in_one_order() {
        let mut streams = Streams::default();
        for (name, times) in [("s", [4, 1]), ("t", [2, 4]), ("u", [3, 0]), ("s", [4, 5])] {
            let event = |timestamp_ms: i64| LogEvent {
                timestamp_ms,
                message: name.into(),
            };
            streams.append(name, times.map(event).into());
        }
        let found = |range| -> Vec<_> {
            let events = streams.events(range);
            events
                .map(|(name, event)| {
                    assert_eq!(event.message, name);
                    (event.position.timestamp_ms, name.to_owned())
                })
                .collect()
        };
        let all = [
            (0, "u"),
            (1, "s"),
            (2, "t"),
            (3, "u"),
            (4, "s"),
            (4, "t"),
            (4, "s"),
            (5, "s"),
        ];
        let all = all.map(|(time, name)| (time, name.to_owned()));
        assert_eq!(found(everything()), all);
        assert_eq!(
            found(StreamPosition::at(1)..StreamPosition::at(4)),
            all[1..4]
        );
        assert!(found(StreamPosition::at(4)..StreamPosition::at(1)).is_empty());
    }

    #[test]
    fn the_oldest_events_are_dropped_and_all_space_is_freed() {
        let mut streams = Streams::default();
        for stream in ["s", "t"] {
            streams.append(stream, lines(100));
        }
        let full = streams.bytes();
        streams.shrink(full / 2);
        assert!(streams.bytes() <= full / 2);
        let first = streams.events(everything()).next().unwrap().1.position;
        assert!((40..60).contains(&first.timestamp_ms), "{first:?}");
        let kept = streams.events(everything()).count() as u64;
        assert_eq!(streams.dropped(), 200 - kept);
        assert_eq!(
            streams.find("s").unwrap().span(),
            Some((first.timestamp_ms, 99))
        );
        streams.expire(99);
        assert_eq!(streams.events(everything()).count(), 2);
        assert_eq!(
            streams.dropped(),
            200 - kept,
            "expired events do not count as dropped"
        );
        streams.delete("s").unwrap();
        streams.delete("t").unwrap();
        assert_eq!(streams.bytes(), 0);
    }

    #[test]
    fn the_number_of_streams_of_a_group_is_limited() {
        let mut streams = Streams::default();
        for n in 0..MAX_STREAMS {
            streams.append(&n.to_string(), lines(1));
        }
        streams.append("0", lines(1));
        for n in 0..10 {
            streams.create(&format!("new {n}")).unwrap();
        }
        assert_eq!(streams.streams.len(), MAX_STREAMS);
        assert_eq!(
            streams.dropped() as usize,
            MAX_STREAMS + 1 - streams.events(everything()).count()
        );
        let bytes = |(name, stream): (&Arc<str>, &Stream)| {
            name.len() + BYTES_PER_STREAM + stream.events.bytes()
        };
        let sum: usize = streams.streams.iter().map(bytes).sum();
        assert_eq!(streams.bytes(), sum);
        let firsts = streams.streams.iter();
        let firsts = firsts.filter_map(|(name, stream)| Some((stream.events.first()?, name)));
        assert!(
            firsts
                .collect::<BTreeMap<_, _>>()
                .into_iter()
                .eq(streams.firsts.iter().map(|(first, name)| (*first, name)))
        );
    }

    #[test]
    fn ids_survive_writing_and_parsing() {
        let place = StreamPosition::at(1_700_000_000_000).next();
        assert_eq!(place.id().len(), 56);
        assert_eq!(StreamPosition::of_id(&place.id()), Some(place));
        assert_eq!(
            StreamPosition::of_id(&StreamPosition::END.id()),
            Some(StreamPosition::END)
        );
        for id in ["", "1", &"9".repeat(56), &"あ".repeat(56), &"-".repeat(56)] {
            assert_eq!(StreamPosition::of_id(id), None, "{id}");
        }
    }
}
