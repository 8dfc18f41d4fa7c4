//! The events of a stream, in order, in blocks of memory that are released with their events.
//!
//! Each block holds the texts of some consecutive events, and a record for each text. An event at the
//! end is written to the last block. An event between others moves at most the events of one block,
//! which is split when it is full. Events are removed at the front; a block is
//! dropped with its last event, and replaced by a smaller one when half of it was removed.

use std::collections::VecDeque;
use std::ops::Range;

use super::StreamPosition;
use super::buffer::Buffer;

/// Bytes of texts and of records in a block. A longer text has a block of its own.
const TEXTS: usize = 256 * 1_024;
const RECORDS: usize = 64 * 1_024;
/// The same for the only block of a small stream. It is on the heap: there may be many such
/// streams, and the system gives a process some 65,000 maps.
const SMALL: usize = 16 * 1_024;
/// Bytes of a record: position, time of ingestion, and where the text is in its block.
const RECORD: usize = 32;

/// A stored event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::logs) struct Event<'a> {
    pub(in crate::logs) position: StreamPosition,
    pub(in crate::logs) ingested_ms: i64,
    pub(in crate::logs) message: &'a str,
}

/// The events of a stream.
#[derive(Debug, Default)]
pub(super) struct EventList {
    /// In order, none of them empty.
    blocks: VecDeque<Block>,
    count: usize,
    /// Bytes that the blocks' buffers take.
    buffers: usize,
}

impl EventList {
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Returns the bytes of memory that the list takes.
    pub(super) fn bytes(&self) -> usize {
        self.buffers + self.blocks.capacity() * size_of::<Block>()
    }

    pub(super) fn first(&self) -> Option<StreamPosition> {
        self.blocks.front()?.first()
    }

    pub(super) fn last(&self) -> Option<StreamPosition> {
        self.blocks.back()?.last()
    }

    /// Returns the events of a range, to be read from either end.
    pub(super) fn range(
        &self,
        range: Range<StreamPosition>,
    ) -> impl DoubleEndedIterator<Item = Event<'_>> {
        let first = self
            .blocks
            .partition_point(|block| block.last() < Some(range.start));
        let end = self
            .blocks
            .partition_point(|block| block.first() < Some(range.end));
        self.blocks
            .range(first..end.max(first))
            .flat_map(move |block| block.range(range.start, range.end))
    }

    /// Inserts an event; its position must be unique.
    pub(super) fn insert(&mut self, event: Event<'_>) {
        let at = self.make_room(&event);
        let block = &mut self.blocks[at];
        self.buffers -= block.taken();
        block.insert(event);
        self.buffers += block.taken();
        self.count += 1;
    }

    /// Returns the index of the block that an event belongs in, after making room for it there.
    fn make_room(&mut self, event: &Event<'_>) -> usize {
        let (position, text) = (event.position, event.message.len());
        loop {
            let after = self
                .blocks
                .partition_point(|block| block.first() < Some(position));
            let at = after.saturating_sub(1);
            let Some(block) = self.blocks.get(at) else {
                return self.add(at, Block::for_little(text));
            };
            if block.has_room(text) {
                return at;
            }
            if !block.is_large() {
                self.replace(at, vec![Block::of(block.events())]);
            } else if block.last() < Some(position) {
                return match self.blocks.get(at + 1) {
                    Some(next) if next.has_room(text) => at + 1,
                    _ => self.add(at + 1, Block::for_much(text)),
                };
            } else if block.first() > Some(position) {
                return self.add(at, Block::for_much(text));
            } else {
                let half = block.records().len() / 2;
                let (left, right) = (block.events().take(half), block.events().skip(half));
                self.replace(at, vec![Block::of(left), Block::of(right)]);
            }
        }
    }

    /// Adds an empty block, which takes no memory yet.
    fn add(&mut self, at: usize, block: Block) -> usize {
        self.blocks.insert(at, block);
        at
    }

    fn replace(&mut self, at: usize, blocks: Vec<Block>) {
        if let Some(replaced) = self.blocks.remove(at) {
            self.buffers -= replaced.taken();
        }
        for (number, block) in blocks.into_iter().enumerate() {
            self.buffers += block.taken();
            self.blocks.insert(at + number, block);
        }
    }

    /// Removes the first event; reports whether there was one.
    pub(super) fn remove_first(&mut self) -> bool {
        let Some(block) = self.blocks.front_mut() else {
            return false;
        };
        self.count -= 1;
        self.buffers -= block.taken();
        block.remove_first();
        if block.records().is_empty() {
            self.blocks.pop_front();
            return true;
        }
        if block.is_half_removed() {
            *block = match block.is_large() {
                true => Block::of(block.events()),
                false => Block::new(SMALL, SMALL).with(block.events()),
            };
        }
        self.buffers += block.taken();
        true
    }
}

/// A block of consecutive events.
#[derive(Debug)]
struct Block {
    /// In order.
    records: Buffer,
    /// In the order of writing.
    texts: Buffer,
    /// The number of removed events at the front, and the bytes of their texts.
    removed: usize,
    removed_bytes: usize,
}

impl Block {
    fn new(records: usize, texts: usize) -> Self {
        Self {
            records: Buffer::with_capacity(records),
            texts: Buffer::with_capacity(texts),
            removed: 0,
            removed_bytes: 0,
        }
    }

    /// Creates an empty block for the first text of a stream, with this length in bytes.
    fn for_little(text: usize) -> Self {
        match text {
            0..=SMALL => Self::new(SMALL, SMALL),
            _ => Self::for_much(text),
        }
    }

    /// Creates an empty block for further texts, the first with this length in bytes.
    fn for_much(text: usize) -> Self {
        Self::new(RECORDS, TEXTS.max(text))
    }

    /// Creates a large block with the events of another.
    fn of<'a>(events: impl Iterator<Item = Event<'a>> + Clone) -> Self {
        let texts = events.clone().map(|event| event.message.len()).sum();
        Self::for_much(texts).with(events)
    }

    /// Adds these events, for which the block must have room.
    fn with<'a>(mut self, events: impl Iterator<Item = Event<'a>> + Clone) -> Self {
        let texts = events.clone().map(|event| event.message.len()).sum();
        self.records.reserve(events.clone().count() * RECORD);
        self.texts.reserve(texts);
        for event in events {
            self.insert(event);
        }
        self
    }

    fn is_large(&self) -> bool {
        self.records.capacity() > SMALL
    }

    fn has_room(&self, text: usize) -> bool {
        self.texts.has_room(text) && self.records.has_room(RECORD)
    }

    fn taken(&self) -> usize {
        self.records.taken() + self.texts.taken()
    }

    fn is_half_removed(&self) -> bool {
        self.removed * RECORD * 2 >= self.records.len() || self.removed_bytes * 2 > self.texts.len()
    }

    fn records(&self) -> &[[u8; RECORD]] {
        let (records, _) = self.records.bytes().as_chunks();
        &records[self.removed..]
    }

    fn first(&self) -> Option<StreamPosition> {
        Some(Record::read(self.records().first()?).position)
    }

    fn last(&self) -> Option<StreamPosition> {
        Some(Record::read(self.records().last()?).position)
    }

    /// Returns the number of events before a position.
    fn before(&self, position: StreamPosition) -> usize {
        self.records()
            .partition_point(|record| Record::read(record).position < position)
    }

    fn insert(&mut self, event: Event<'_>) {
        let record = Record {
            position: event.position,
            ingested_ms: event.ingested_ms,
            offset: self.texts.len() as u32,
            length: event.message.len() as u32,
        };
        let at = self.removed + self.before(event.position);
        self.records.insert(at * RECORD, &record.write());
        self.texts
            .insert(self.texts.len(), event.message.as_bytes());
    }

    fn remove_first(&mut self) {
        if let Some(record) = self.records().first() {
            self.removed_bytes += Record::read(record).length as usize;
            self.removed += 1;
        }
    }

    fn events(&self) -> impl Iterator<Item = Event<'_>> + Clone {
        self.records().iter().map(|record| self.read(record))
    }

    fn range(
        &self,
        start: StreamPosition,
        end: StreamPosition,
    ) -> impl DoubleEndedIterator<Item = Event<'_>> {
        let (first, end) = (self.before(start), self.before(end));
        let records = &self.records()[first..end.max(first)];
        records.iter().map(|record| self.read(record))
    }

    fn read(&self, record: &[u8; RECORD]) -> Event<'_> {
        let record = Record::read(record);
        let text = record.offset as usize..record.offset as usize + record.length as usize;
        Event {
            position: record.position,
            ingested_ms: record.ingested_ms,
            // The bytes were written from a text.
            message: str::from_utf8(&self.texts.bytes()[text]).unwrap_or_default(),
        }
    }
}

/// An event without its text.
#[derive(Debug)]
struct Record {
    position: StreamPosition,
    ingested_ms: i64,
    /// The place of the text in its block. No text has four gigabytes.
    offset: u32,
    length: u32,
}

impl Record {
    fn write(&self) -> [u8; RECORD] {
        let text = u64::from(self.offset) << 32 | u64::from(self.length);
        let words = [
            self.position.timestamp_ms as u64,
            self.position.number,
            self.ingested_ms as u64,
            text,
        ];
        let mut bytes = [0; RECORD];
        for (place, word) in bytes.as_chunks_mut().0.iter_mut().zip(words) {
            *place = word.to_le_bytes();
        }
        bytes
    }

    fn read(bytes: &[u8; RECORD]) -> Self {
        let (words, _) = bytes.as_chunks();
        let word = |number: usize| u64::from_le_bytes(words[number]);
        Self {
            position: StreamPosition {
                timestamp_ms: word(0) as i64,
                number: word(1),
            },
            ingested_ms: word(2) as i64,
            offset: (word(3) >> 32) as u32,
            length: word(3) as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn at(timestamp_ms: i64, number: u64) -> StreamPosition {
        StreamPosition {
            timestamp_ms,
            number,
        }
    }

    fn insert(list: &mut EventList, position: StreamPosition, message: &str) {
        list.insert(Event {
            position,
            ingested_ms: position.timestamp_ms,
            message,
        });
    }

    fn everything() -> Range<StreamPosition> {
        StreamPosition::at(i64::MIN)..StreamPosition::END
    }

    /// Checks what the list keeps of itself.
    fn check(list: &EventList) {
        let buffers: usize = list.blocks.iter().map(Block::taken).sum();
        assert_eq!(list.buffers, buffers);
        assert_eq!(list.range(everything()).count(), list.len());
        assert!(list.blocks.iter().all(|block| !block.records().is_empty()));
    }

    #[test]
    fn writing_does_not_copy_stored_events() {
        let mut list = EventList::default();
        let text = "x".repeat(100);
        for n in 0..100_000 {
            insert(&mut list, at(n, 0), &text);
        }
        check(&list);
        let events = 100_000 * (100 + RECORD);
        assert!(list.bytes() < events * 21 / 20, "{}", list.bytes());
        let full = list.blocks.len() - 1;
        let texts = |list: &EventList| -> Vec<_> {
            let texts = list.blocks.iter().take(full);
            texts.map(|block| block.texts.bytes().as_ptr()).collect()
        };
        let before = texts(&list);
        for n in 100_000..200_000 {
            insert(&mut list, at(n, 0), &text);
        }
        assert_eq!(texts(&list), before);
    }

    #[test]
    fn a_small_stream_takes_little_and_no_map() {
        let mut list = EventList::default();
        insert(&mut list, at(1, 0), "line");
        assert!(list.bytes() < 600, "{}", list.bytes());
        assert!(list.blocks.iter().all(|block| !block.is_large()));
    }

    #[test]
    fn memory_goes_with_the_events_that_are_removed() {
        let mut list = EventList::default();
        let text = "x".repeat(1_000);
        for n in 0..10_000 {
            insert(&mut list, at(n, 0), &text);
        }
        let full = list.bytes();
        for left in (0..10_000).rev() {
            assert!(list.remove_first());
            assert_eq!(
                list.first(),
                (left > 0).then(|| at(10_000 - left as i64, 0))
            );
            // Half a block may be what was removed of it.
            let most = full * left / 10_000 + (TEXTS + RECORDS) / 2 + 20 * 1_024;
            assert!(list.bytes() <= most, "{left} left take {}", list.bytes());
        }
        check(&list);
        assert!(!list.remove_first());
        assert_eq!((list.len(), list.buffers), (0, 0));
    }

    /// A client may write the latest first, or in any order.
    #[test]
    fn no_order_of_writing_wastes_much() {
        const COUNT: i64 = 20_000;
        let text = "x".repeat(100);
        let orders: [fn(i64) -> i64; 3] = [
            |n| COUNT - n,
            |n| n * 7_919 % COUNT,
            |n| if n < COUNT / 2 { n } else { COUNT * 2 - n },
        ];
        for (number, order) in orders.into_iter().enumerate() {
            let mut list = EventList::default();
            for n in 0..COUNT {
                insert(&mut list, at(order(n), 0), &text);
            }
            check(&list);
            let times: Vec<i64> = (list.range(everything()))
                .map(|event| event.position.timestamp_ms)
                .collect();
            assert!(times.is_sorted(), "{number}");
            let events = COUNT as usize * (100 + RECORD);
            assert!(list.bytes() < events * 5 / 2, "{number}: {}", list.bytes());
        }
    }

    proptest! {
        /// Compares the list with a map. Texts may be as long as blocks, so that few fill many.
        #[test]
        fn it_holds_what_a_map_holds(
            steps in prop::collection::vec((0..5_u8, 0..60_i64, 0..6_usize), 1..80),
            range in (0..60_i64, 0..60_i64),
        ) {
            const LENGTHS: [usize; 6] = [0, 1, SMALL / 3, SMALL + 1, TEXTS / 3, TEXTS + 1];
            let mut list = EventList::default();
            let mut map: BTreeMap<StreamPosition, String> = BTreeMap::new();
            for (number, (step, time, length)) in steps.into_iter().enumerate() {
                if step == 0 {
                    prop_assert_eq!(list.remove_first(), map.pop_first().is_some());
                } else {
                    let text = format!("{number}{}", "é".repeat(LENGTHS[length] / 2));
                    insert(&mut list, at(time, number as u64), &text);
                    map.insert(at(time, number as u64), text);
                }
                prop_assert_eq!(list.first(), map.first_key_value().map(|(at, _)| *at));
                prop_assert_eq!(list.last(), map.last_key_value().map(|(at, _)| *at));
            }
            check(&list);
            let part = at(range.0.min(range.1), 0)..at(range.0.max(range.1), 40);
            for range in [everything(), part] {
                let expected: Vec<(StreamPosition, &str)> =
                    map.range(range.clone()).map(|(at, text)| (*at, &**text)).collect();
                let pair = |event: Event<'_>| (event.position, event.message.to_owned());
                let found: Vec<_> = list.range(range.clone()).map(pair).collect();
                prop_assert!(found.iter().map(|(at, text)| (*at, &**text)).eq(expected));
                let back: Vec<_> = list.range(range).rev().map(pair).collect();
                prop_assert!(back.iter().rev().eq(found.iter()));
            }
        }
    }
}
