//! Counts the lines of a file as editors do.

use std::collections::VecDeque;
use std::io::Read;

/// Counts the lines of what is read through it. The CSV reader's own count points at the blank lines
/// before a record and at the second half of a CR LF, and does not count a CR alone.
pub struct LineEnds<R> {
    source: R,
    /// The number of bytes that were read.
    offset: u64,
    after_cr: bool,
    /// The line ends behind the last record: where each begins and ends, and the lines it counts for.
    ends: VecDeque<(u64, u64, usize)>,
    line: usize,
}

impl<R> LineEnds<R> {
    pub(super) fn of(source: R) -> Self {
        Self {
            source,
            offset: 0,
            after_cr: false,
            ends: VecDeque::new(),
            line: 1,
        }
    }

    /// Returns the line of the record that is read from `start` on. Offsets must not decrease.
    pub(super) fn line_at(&mut self, mut start: u64) -> usize {
        while let Some((begin, end, lines)) = self.ends.front().copied() {
            if begin > start {
                break;
            }
            self.line += lines;
            start = start.max(end);
            self.ends.pop_front();
        }
        self.line
    }

    fn count(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match (byte, self.after_cr) {
                (b'\n', true) => match self.ends.back_mut() {
                    Some((_, end, _)) if *end == self.offset => *end += 1,
                    // A record began between CR and LF.
                    _ => self.ends.push_back((self.offset, self.offset + 1, 0)),
                },
                (b'\n' | b'\r', _) => self.ends.push_back((self.offset, self.offset + 1, 1)),
                _ => {}
            }
            self.after_cr = *byte == b'\r';
            self.offset += 1;
        }
    }
}

impl<R: Read> Read for LineEnds<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.count(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// Counts line ends: LF, CR LF, and the CR alone of old Macintosh spreadsheets.
pub(super) fn line_ends(bytes: &[u8]) -> usize {
    let next = bytes.iter().skip(1).copied().map(Some).chain([None]);
    let ends = |(byte, next): &(&u8, Option<u8>)| match **byte {
        b'\n' => true,
        b'\r' => *next != Some(b'\n'),
        _ => false,
    };
    bytes.iter().zip(next).filter(ends).count()
}
