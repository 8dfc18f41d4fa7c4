//! Chunked bodies: the form in which SDKs send content whose checksum is computed while sending.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue};
use local_wire::Fault;

/// The content of a request, and the headers that follow it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) bytes: Bytes,
    pub(super) trailers: HeaderMap,
}

/// Returns the content of a request, with chunks joined.
pub(super) fn content(headers: &HeaderMap, body: &Bytes) -> Result<Content, Fault> {
    let says = |name: &str, what: &[u8]| {
        headers
            .get(name)
            .is_some_and(|value| value.as_bytes().starts_with(what))
    };
    if says("x-amz-content-sha256", b"STREAMING-") || says("content-encoding", b"aws-chunked") {
        let incomplete = |message: &str| Fault::new(400, "IncompleteBody", message);
        let content = joined(body.clone())
            .ok_or_else(|| incomplete("The request body terminated unexpectedly"))?;
        let announced = headers.get("x-amz-decoded-content-length");
        if announced.is_some_and(|length| !is_length(length.as_bytes(), content.bytes.len())) {
            return Err(incomplete(
                "You did not provide the number of bytes specified by the Content-Length HTTP header",
            ));
        }
        return Ok(content);
    }
    Ok(Content {
        bytes: body.clone(),
        trailers: HeaderMap::new(),
    })
}

/// Reports whether a header has this length as its value.
fn is_length(header: &[u8], length: usize) -> bool {
    std::str::from_utf8(header).is_ok_and(|header| header.trim().parse() == Ok(length))
}

/// Joins chunks. Each consists of its size in hexadecimal, an optional signature, a line end, the
/// content and a line end; a chunk of size 0 is the last, and trailing headers follow it.
fn joined(mut rest: Bytes) -> Option<Content> {
    let mut whole = BytesMut::new();
    loop {
        let end = rest.windows(2).position(|pair| pair == b"\r\n")?;
        let line = rest.split_to(end + 2);
        let line = std::str::from_utf8(&line[..end]).ok()?;
        let digits = line.split(';').next()?;
        let size = usize::from_str_radix(digits.trim(), 16).ok()?;
        if size == 0 {
            return Some(Content {
                bytes: whole.freeze(),
                trailers: trailers(&rest),
            });
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

/// Reads the headers after the last chunk, up to an empty line or the end.
fn trailers(rest: &[u8]) -> HeaderMap {
    let lines = rest.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let header = |line: &[u8]| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(line[..colon].trim_ascii()).ok()?;
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?;
        Some((name, value))
    };
    lines
        .take_while(|line| !line.is_empty())
        .filter_map(header)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "x-amz-decoded-content-length: the length, in bytes, of the data to be chunked" (S3's documentation
    /// of chunked uploads). Its list of errors has the code and the words for another number of bytes.
    #[test]
    fn content_has_its_announced_length() {
        let body = Bytes::from_static(b"3;chunk-signature=ab\r\nabc\r\n0\r\n\r\n");
        let with = |length: Option<&'static str>| {
            let streaming = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
            let mut headers = HeaderMap::new();
            headers.insert("x-amz-content-sha256", streaming.parse().unwrap());
            if let Some(length) = length {
                headers.insert("x-amz-decoded-content-length", length.parse().unwrap());
            }
            content(&headers, &body)
        };
        for length in [None, Some("3"), Some(" 3 ")] {
            assert_eq!(with(length).unwrap().bytes, &b"abc"[..], "{length:?}");
        }
        for length in ["2", "30", "-3", "", "18446744073709551619", "x"] {
            let refused = with(Some(length)).unwrap_err();
            let refused = (refused.status, refused.code.as_str());
            assert_eq!(refused, (400, "IncompleteBody"), "{length}");
        }
    }

    #[test]
    fn chunks_are_joined_and_trailers_read() {
        let body = Bytes::from_static(
            b"5;chunk-signature=ab\r\nhe\r\no\r\n1\r\n!\r\n0\r\nx-amz-checksum-crc32:AA==\r\n\r\n",
        );
        let content = joined(body.clone()).unwrap();
        assert_eq!(content.bytes, &b"he\r\no!"[..]);
        assert_eq!(content.trailers["x-amz-checksum-crc32"], "AA==");
        assert_eq!(content.trailers.len(), 1);
        for cut in 1..body.len() - 32 {
            assert_eq!(joined(body.slice(..cut)), None, "{cut}");
        }
        assert_eq!(joined(Bytes::from_static(b"ffffffffffffffff\r\n")), None);
    }
}
