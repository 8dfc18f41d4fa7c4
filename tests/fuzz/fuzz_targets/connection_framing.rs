//! Fuzzes the separation of a connection's requests: it does not depend on the pieces in which the bytes arrive.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../../local/account/src/framing.rs"]
mod framing;
use framing::{BodyLength, Framing};

/// Reports for four requests whether another has begun after the request was served and answered.
fn begun(header: &[u8], behind: &[u8], piece: usize, length: BodyLength) -> Vec<bool> {
    let mut framing = Framing::default();
    framing.received(header);
    framing.served(length);
    for bytes in behind.chunks(piece) {
        framing.received(bytes);
    }
    let next = |_| {
        framing.answered();
        let begun = framing.is_begun();
        framing.served(length);
        begun
    };
    (0..4).map(next).collect()
}

fuzz_target!(|input: (u8, Option<u8>, &[u8])| {
    let (piece, length, bytes) = input;
    let length = match length {
        Some(count) => BodyLength::Bytes(count.into()),
        None => BodyLength::Chunked,
    };
    let header = b"G / HTTP/1.1\r\n\r\n";
    let whole = begun(header, bytes, bytes.len().max(1), length);
    let pieces = begun(header, bytes, usize::from(piece).max(1), length);
    assert_eq!(whole, pieces);
});
