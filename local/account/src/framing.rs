//! Follows the bytes of a connection far enough to find where one request ends and the next begins.
//!
//! hyper reads whole pieces, keeps the bytes after a request for later, and does not report them.
//! hyper also decides what a valid request is: nothing is refused here, and nothing but lengths is
//! parsed.

/// The way in which a request gives the length of its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyLength {
    /// A number of bytes.
    Bytes(u64),
    /// A last chunk marks the end (`Transfer-Encoding: chunked`).
    Chunked,
}

/// The position of a connection within the requests that are sent over it.
#[derive(Debug)]
pub(crate) struct Framing {
    part: Part,
    /// Received bytes that belong to no part yet: those after a header whose body's length is not
    /// known yet, and those of later requests while one is served. hyper buffers the same bytes,
    /// within limits of its own.
    ahead: Vec<u8>,
    /// Whether the current request was answered before its body ended.
    answered: bool,
}

#[derive(Debug)]
enum Part {
    Header(Header),
    /// A header has ended; its request is not being served yet.
    Between,
    Body(Body),
    /// A body has ended, and its request is being served.
    Over,
}

impl Default for Framing {
    fn default() -> Self {
        Self {
            part: Part::Header(Header::default()),
            ahead: Vec::new(),
            answered: false,
        }
    }
}

impl Framing {
    /// Takes in received bytes.
    pub(crate) fn received(&mut self, bytes: &[u8]) {
        let behind = match &mut self.part {
            Part::Between | Part::Over => bytes,
            Part::Header(header) => match header.read(bytes) {
                Some(behind) => {
                    self.part = Part::Between;
                    behind
                }
                None => return,
            },
            Part::Body(body) => match body.read(bytes) {
                Some(behind) => {
                    self.part = Part::Over;
                    behind
                }
                None => return,
            },
        };
        self.ahead.extend_from_slice(behind);
        if self.answered && matches!(self.part, Part::Over) {
            self.next();
        }
    }

    /// Records that the request with the ended header is being served.
    pub(crate) fn served(&mut self, length: BodyLength) {
        self.answered = false;
        self.part = Part::Body(Body::new(length));
        self.go_on();
    }

    /// Records that the request was answered.
    pub(crate) fn answered(&mut self) {
        match self.part {
            Part::Over => self.next(),
            _ => self.answered = true,
        }
    }

    /// Reports whether a part of a header was received that is not served yet.
    pub(crate) fn is_begun(&self) -> bool {
        match &self.part {
            Part::Header(header) => header.begun,
            Part::Between => true,
            Part::Body(_) | Part::Over => false,
        }
    }

    fn next(&mut self) {
        self.answered = false;
        self.part = Part::Header(Header::default());
        self.go_on();
    }

    fn go_on(&mut self) {
        let ahead = std::mem::take(&mut self.ahead);
        self.received(&ahead);
    }
}

/// A header: lines up to an empty one. Empty lines before the first are skipped, as in hyper.
#[derive(Debug, Default)]
struct Header {
    begun: bool,
    /// Whether the current line has a character.
    in_line: bool,
}

impl Header {
    /// Returns the bytes after the header once it has ended.
    fn read<'a>(&mut self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b'\n' if self.begun && !self.in_line => return Some(&bytes[at + 1..]),
                b'\n' => self.in_line = false,
                b'\r' => {}
                _ => {
                    self.begun = true;
                    self.in_line = true;
                }
            }
        }
        None
    }
}

/// A body, by the part of it that is missing.
#[derive(Debug)]
enum Body {
    /// This number of bytes.
    Bytes(u64),
    /// A chunk's size as received so far; `true` in the extension after it.
    Size(u64, bool),
    /// This number of bytes of a chunk and its line end.
    Chunk(u64),
    /// The lines after the last chunk; whether the current line has a character.
    Trailer(bool),
}

impl Body {
    fn new(length: BodyLength) -> Self {
        match length {
            BodyLength::Bytes(count) => Self::Bytes(count),
            BodyLength::Chunked => Self::Size(0, false),
        }
    }

    /// Returns the bytes after the body once it has ended.
    fn read<'a>(&mut self, mut bytes: &'a [u8]) -> Option<&'a [u8]> {
        loop {
            match self {
                Self::Bytes(missing) => {
                    bytes = passed(bytes, missing);
                    return (*missing == 0).then_some(bytes);
                }
                Self::Chunk(missing) => {
                    bytes = passed(bytes, missing);
                    if *missing > 0 {
                        return None;
                    }
                    *self = Self::Size(0, false);
                }
                Self::Size(size, is_behind) => {
                    let (byte, rest) = bytes.split_first()?;
                    bytes = rest;
                    match char::from(*byte).to_digit(16) {
                        Some(digit) if !*is_behind => {
                            *size = size.saturating_mul(16).saturating_add(digit.into());
                        }
                        _ if *byte != b'\n' => *is_behind = true,
                        _ if *size == 0 => *self = Self::Trailer(false),
                        // Includes the line end after the chunk.
                        _ => *self = Self::Chunk(size.saturating_add(2)),
                    }
                }
                Self::Trailer(in_line) => {
                    let (byte, rest) = bytes.split_first()?;
                    bytes = rest;
                    match byte {
                        b'\n' if !*in_line => return Some(bytes),
                        b'\n' => *in_line = false,
                        b'\r' => {}
                        _ => *in_line = true,
                    }
                }
            }
        }
    }
}

/// Skips the missing bytes, as far as they have arrived.
fn passed<'a>(bytes: &'a [u8], missing: &mut u64) -> &'a [u8] {
    let count = usize::try_from(*missing).map_or(bytes.len(), |missing| missing.min(bytes.len()));
    *missing -= count as u64;
    &bytes[count..]
}

#[cfg(test)]
mod tests {
    use super::*;

    const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const CHUNKS: &str = "5;name=value\r\nab\r\nc\r\n0a\r\n0123456789\r\n0\r\nTrailer: a\r\n\r\n";

    /// Returns whether a next request has begun, after a request with this body and further bytes.
    fn after(body: &str, length: BodyLength, behind: &str) -> Vec<bool> {
        let sent = format!("{GET}{body}{behind}");
        let pieces = |size: usize| {
            let mut framing = Framing::default();
            let mut header = GET.len();
            for piece in sent.as_bytes().chunks(size) {
                framing.received(piece);
                let had = header;
                header = header.saturating_sub(piece.len());
                if had > 0 && header == 0 {
                    framing.served(length);
                }
            }
            assert!(!framing.is_begun(), "{sent:?} in pieces of {size}");
            framing.answered();
            framing.is_begun()
        };
        (1..=sent.len()).map(pieces).collect()
    }

    #[test]
    fn bytes_after_a_request_begin_the_next_one() {
        for (body, length) in [
            ("", BodyLength::Bytes(0)),
            ("G /\r\n\r\n", BodyLength::Bytes(7)),
            (CHUNKS, BodyLength::Chunked),
            ("0\r\n\r\n", BodyLength::Chunked),
        ] {
            for (behind, begun) in [("", false), ("\r\n", false), ("G", true), (GET, true)] {
                let all = after(body, length, behind);
                assert!(
                    all.iter().all(|found| *found == begun),
                    "{body:?} {behind:?}"
                );
            }
        }
    }

    #[test]
    fn requests_that_arrive_together_are_separated() {
        let mut framing = Framing::default();
        framing.received(format!("{GET}{GET}GET").as_bytes());
        for _ in 0..2 {
            assert!(framing.is_begun());
            framing.served(BodyLength::Bytes(0));
            framing.answered();
        }
        assert!(framing.is_begun());
        framing.received(b" / HTTP/1.1\n\n");
        framing.served(BodyLength::Bytes(0));
        framing.answered();
        assert!(!framing.is_begun());
    }

    /// A service may respond without having read the body.
    #[test]
    fn the_rest_of_a_body_after_the_answer_does_not_begin_a_request() {
        let mut framing = Framing::default();
        framing.received(format!("{GET}123").as_bytes());
        framing.served(BodyLength::Bytes(10));
        framing.answered();
        framing.received(b"456789");
        assert!(!framing.is_begun());
        framing.received(b"0");
        assert!(!framing.is_begun());
        framing.received(b"G");
        assert!(framing.is_begun());
    }
}
