//! Follows the bytes of a connection far enough to tell where one request ends and the next begins.
//!
//! hyper reads whole pieces, keeps what lies behind a request for later, and tells nobody of it. It also
//! decides what a request is: here nothing is refused, and nothing but lengths is read.

/// How the body of a request tells its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyLength {
    /// So many bytes.
    Bytes(u64),
    /// By a last chunk (`Transfer-Encoding: chunked`).
    Chunked,
}

/// Where a connection stands in the requests that are sent over it.
#[derive(Debug)]
pub(crate) struct Framing {
    part: Part,
    /// Bytes that have come and belong to no part yet: those behind a header whose body's length has not
    /// been told, and those of requests to come while one is served. hyper keeps the same, within bounds
    /// of its own.
    ahead: Vec<u8>,
    /// Whether the request is answered whose body has not ended.
    answered: bool,
}

#[derive(Debug)]
enum Part {
    Header(Header),
    /// A header has ended; its request has not been served yet.
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
    /// Bytes have come.
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

    /// A request is served whose header has ended.
    pub(crate) fn served(&mut self, length: BodyLength) {
        self.answered = false;
        self.part = Part::Body(Body::new(length));
        self.go_on();
    }

    /// The request is answered.
    pub(crate) fn answered(&mut self) {
        match self.part {
            Part::Over => self.next(),
            _ => self.answered = true,
        }
    }

    /// Whether a part of a header is there that is not served yet.
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

/// A header: lines up to an empty one. Empty lines before the first are passed over, as hyper does.
#[derive(Debug, Default)]
struct Header {
    begun: bool,
    /// Whether the line in hand has something in it.
    in_line: bool,
}

impl Header {
    /// What lies behind the header, once it has ended.
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

/// A body, by how much of it is missing.
#[derive(Debug)]
enum Body {
    /// So many bytes.
    Bytes(u64),
    /// A chunk's size, as far as it has come; `true` in what may stand behind it.
    Size(u64, bool),
    /// So many bytes of a chunk and its line end.
    Chunk(u64),
    /// The lines behind the last chunk; whether the line in hand has something in it.
    Trailer(bool),
}

impl Body {
    fn new(length: BodyLength) -> Self {
        match length {
            BodyLength::Bytes(count) => Self::Bytes(count),
            BodyLength::Chunked => Self::Size(0, false),
        }
    }

    /// What lies behind the body, once it has ended.
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
                        // With the line end behind the chunk.
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

/// Passes over as many bytes as are missing, or there are.
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

    /// After one request is answered that had this body, with something behind it.
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
    fn what_lies_behind_a_request_is_the_next_one() {
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
    fn requests_that_come_together_are_told_apart() {
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

    /// A service may answer without having read the body.
    #[test]
    fn a_body_that_goes_on_after_the_answer_begins_nothing() {
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
