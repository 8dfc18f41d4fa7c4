//! Chunked bodies: the form in which SDKs send content whose checksum is computed while sending.

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use local_wire::Fault;

/// Returns the content of a request, with chunks joined.
pub(super) fn content(headers: &HeaderMap, body: &Bytes) -> Result<Bytes, Fault> {
    let says = |name: &str, what: &[u8]| {
        headers
            .get(name)
            .is_some_and(|value| value.as_bytes().starts_with(what))
    };
    if says("x-amz-content-sha256", b"STREAMING-") || says("content-encoding", b"aws-chunked") {
        return joined(body.clone()).ok_or_else(|| {
            Fault::new(
                400,
                "IncompleteBody",
                "The request body terminated unexpectedly",
            )
        });
    }
    Ok(body.clone())
}

/// Joins chunks. Each consists of its size in hexadecimal, an optional signature, a line end, the
/// content and a line end; a chunk of size 0 is the last, and trailing headers follow it.
fn joined(mut rest: Bytes) -> Option<Bytes> {
    let mut whole = BytesMut::new();
    loop {
        let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
        let line = rest.split_to(end + 2);
        let line = std::str::from_utf8(&line[..end]).ok()?;
        let digits = line.split(';').next()?;
        let size = usize::from_str_radix(digits.trim(), 16).ok()?;
        if size == 0 {
            return Some(whole.freeze());
        }
        if rest.len() < size.checked_add(2)? {
            return None;
        }
        whole.extend_from_slice(&rest.split_to(size));
        if rest.split_to(2) != b"\r\n"[..] {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined_and_trailers_dropped() {
        let body = Bytes::from_static(
            b"5;chunk-signature=ab\r\nhe\r\no\r\n1\r\n!\r\n0\r\nx-amz-checksum-crc32:AA==\r\n\r\n",
        );
        assert_eq!(joined(body.clone()).unwrap(), &b"he\r\no!"[..]);
        for cut in 1..body.len() - 32 {
            assert_eq!(joined(body.slice(..cut)), None, "{cut}");
        }
        assert_eq!(joined(Bytes::from_static(b"ffffffffffffffff\r\n")), None);
    }
}
