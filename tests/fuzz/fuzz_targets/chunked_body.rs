//! Fuzzes the parser of chunked bodies: it joins the chunks or refuses the body.
#![no_main]

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;

#[path = "../../../local/account/src/s3/chunked.rs"]
mod chunked;

fuzz_target!(|body: &[u8]| {
    let mut headers = HeaderMap::new();
    let streaming = HeaderValue::from_static("STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
    headers.insert("x-amz-content-sha256", streaming);
    match chunked::content(&headers, &Bytes::copy_from_slice(body)) {
        Ok(content) => assert!(content.bytes.len() < body.len()),
        Err(fault) => assert_eq!(fault.code, "IncompleteBody"),
    }
});
