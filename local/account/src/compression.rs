//! Decompresses the bodies of requests. SDKs compress a body of 10 KiB or more when its operation has the
//! trait `requestCompression` in the service's model, as PutMetricData has.

use std::io::Read;

use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use local_wire::{Dialect, Fault};

/// The encoding that the trait names, which is the only one that SDKs support.
const GZIP: &str = "gzip";

/// Returns the body as the client had it before it compressed it, and removes the headers of the
/// compression.
///
/// # Errors
/// If the body is not gzip, or has more than `limit` bytes when decompressed.
pub(crate) fn undo(
    dialect: &Dialect,
    headers: &mut HeaderMap,
    body: Bytes,
    limit: usize,
) -> Result<Bytes, Fault> {
    let encoding = headers.get(CONTENT_ENCODING);
    let is_gzip = encoding
        .and_then(|encoding| encoding.to_str().ok())
        .is_some_and(|encoding| encoding.trim().eq_ignore_ascii_case(GZIP));
    if !is_gzip {
        return Ok(body);
    }
    let mut whole = Vec::new();
    // One byte more than is allowed shows that there are more.
    let read = MultiGzDecoder::new(&body[..])
        .take(limit as u64 + 1)
        .read_to_end(&mut whole);
    if let Err(error) = read {
        return Err(Fault::new(
            400,
            dialect.unreadable,
            format!("The request's body must be gzip, as its Content-Encoding states: {error}"),
        ));
    }
    if whole.len() > limit {
        return Err(Fault::new(
            413,
            "RequestEntityTooLargeException",
            format!(
                "The request body must have at most {limit} bytes when it is decompressed, but has \
                 more; send less at a time."
            ),
        ));
    }
    headers.remove(CONTENT_ENCODING);
    headers.remove(CONTENT_LENGTH);
    Ok(whole.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use crate::cloudwatch::DIALECT;

    const LIMIT: usize = 64 * 1_024;

    fn gzip(content: &[u8]) -> Bytes {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap().into()
    }

    fn undone(encoding: Option<&str>, body: &Bytes) -> Result<(Bytes, HeaderMap), Fault> {
        let mut headers = HeaderMap::new();
        if let Some(encoding) = encoding {
            headers.insert(CONTENT_ENCODING, encoding.parse().unwrap());
        }
        headers.insert(CONTENT_LENGTH, body.len().into());
        let body = undo(&DIALECT, &mut headers, body.clone(), LIMIT)?;
        Ok((body, headers))
    }

    #[test]
    fn a_compressed_body_is_read_as_it_was() {
        let content = b"Action=PutMetricData&".repeat(1_000);
        let compressed = gzip(&content);
        let (body, headers) = undone(Some("gzip"), &compressed).unwrap();
        assert_eq!(body, content);
        assert!(headers.is_empty(), "{headers:?}");
        for encoding in [None, Some("identity")] {
            let (body, headers) = undone(encoding, &compressed).unwrap();
            assert_eq!(body, compressed);
            assert!(headers.contains_key(CONTENT_LENGTH));
        }
    }

    #[test]
    fn a_body_that_decompresses_to_more_than_the_limit_is_refused() {
        let most = vec![0; LIMIT];
        assert_eq!(undone(Some("gzip"), &gzip(&most)).unwrap().0, most);
        let bomb = gzip(&vec![0; 100 * LIMIT]);
        assert!(bomb.len() < LIMIT);
        let refused = undone(Some("gzip"), &bomb).unwrap_err();
        assert_eq!(refused.status, 413);
        assert!(refused.message.contains("at most 65536 bytes"), "{refused}");
    }

    #[test]
    fn a_body_that_is_not_gzip_is_refused() {
        let whole = gzip(b"Action=PutMetricData");
        for body in [
            Bytes::from_static(b"Action=PutMetricData"),
            whole.slice(..whole.len() - 9),
        ] {
            let refused = undone(Some("gzip"), &body).unwrap_err();
            assert_eq!(
                (refused.status, refused.code.as_str()),
                (400, DIALECT.unreadable)
            );
        }
    }
}
