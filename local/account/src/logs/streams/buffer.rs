//! A byte buffer whose memory is returned to the operating system when it is dropped.

use memmap2::MmapMut;

/// The capacity from which a buffer is a memory map.
const LEAST_MAPPED: usize = 64 * 1_024;
/// A map takes memory in these units, and only where it was written to.
const PAGE: usize = 4_096;

/// Bytes up to a capacity: a small buffer is on the heap, a large one in a memory map of its own.
///
/// Allocators keep freed memory. glibc's returns only the end of its heap, and takes even large
/// blocks from there once one of their size was freed (`M_MMAP_THRESHOLD` in mallopt(3)). A map is
/// returned when it is dropped.
#[derive(Debug)]
pub(super) struct Buffer {
    memory: Memory,
    capacity: usize,
    length: usize,
}

#[derive(Debug)]
enum Memory {
    Heap(Vec<u8>),
    Map(MmapMut),
}

impl Buffer {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        let memory = match capacity {
            0..LEAST_MAPPED => Memory::Heap(Vec::new()),
            _ => MmapMut::map_anon(capacity).map_or_else(
                |error| {
                    // The system limits the number of maps. On the heap the events still work.
                    tracing::warn!(%error, capacity, "log events are kept on the heap");
                    Memory::Heap(Vec::new())
                },
                Memory::Map,
            ),
        };
        Self {
            memory,
            capacity,
            length: 0,
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        match &self.memory {
            Memory::Heap(bytes) => bytes,
            Memory::Map(map) => &map[..self.length],
        }
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Reports whether this many more bytes fit.
    pub(super) fn has_room(&self, bytes: usize) -> bool {
        self.capacity - self.length >= bytes
    }

    /// Reserves exactly this many bytes, so that inserting them takes no more memory than needed.
    pub(super) fn reserve(&mut self, bytes: usize) {
        if let Memory::Heap(kept) = &mut self.memory {
            kept.reserve_exact(bytes);
        }
    }

    /// Inserts bytes, for which there must be room, at this offset.
    pub(super) fn insert(&mut self, at: usize, bytes: &[u8]) {
        let end = self.length + bytes.len();
        match &mut self.memory {
            Memory::Heap(kept) => {
                kept.extend_from_slice(bytes);
                kept[at..].rotate_right(bytes.len());
            }
            Memory::Map(map) => {
                map.copy_within(at..self.length, at + bytes.len());
                map[at..at + bytes.len()].copy_from_slice(bytes);
            }
        }
        self.length = end;
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Returns the bytes of memory that the buffer takes.
    pub(super) fn taken(&self) -> usize {
        match &self.memory {
            Memory::Heap(bytes) => bytes.capacity(),
            Memory::Map(_) => self.length.next_multiple_of(PAGE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_inserted_on_the_heap_and_in_a_map() {
        for (capacity, mapped) in [(100, false), (LEAST_MAPPED, true)] {
            let mut buffer = Buffer::with_capacity(capacity);
            assert_eq!((buffer.bytes(), buffer.taken()), (&b""[..], 0));
            for (at, bytes) in [(0, &b"df"[..]), (0, b"abc"), (4, b"e"), (6, b""), (6, b"g")] {
                buffer.insert(at, bytes);
            }
            assert_eq!(buffer.bytes(), b"abcdefg");
            assert_eq!(buffer.len(), 7);
            assert!(buffer.has_room(capacity - 7));
            assert!(!buffer.has_room(capacity - 6));
            assert_eq!(matches!(buffer.memory, Memory::Map(_)), mapped);
        }
    }

    #[test]
    fn a_map_takes_the_pages_that_were_written() {
        let mut buffer = Buffer::with_capacity(1_024 * 1_024);
        for (length, taken) in [(1, 4_096), (4_096, 4_096), (4_097, 8_192)] {
            buffer.insert(0, &vec![0; length - buffer.len()]);
            assert_eq!(buffer.taken(), taken, "{length}");
        }
    }
}
