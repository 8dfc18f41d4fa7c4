//! Fuzzes the parser of S3's addresses: the same buckets are found below each name of the account.
#![no_main]

use http::header::HOST;
use http::{HeaderMap, HeaderValue, Method, Uri};
use libfuzzer_sys::fuzz_target;
use local_wire::Request;

#[expect(dead_code, reason = "the account uses more of this file")]
#[path = "../../../local/account/src/s3/address.rs"]
mod address;
use address::Address;

#[path = "../../../local/account/src/host.rs"]
#[allow(dead_code, reason = "only the account's door uses the rest")]
mod host;

const OWN_NAME: &str = "box.example";

fn address(host: &str, uri: &Uri) -> Option<Address> {
    let mut headers = HeaderMap::new();
    headers.insert(HOST, HeaderValue::from_str(host).ok()?);
    let own_name = OWN_NAME.parse().expect("it is a host name");
    address::name_bucket(&mut headers, &[own_name]);
    Some(Address::of(&Request {
        region: "eu-west-1".into(),
        service: "s3".into(),
        access_key_id: "local".into(),
        method: Method::GET,
        uri: uri.clone(),
        headers,
        body: Vec::new().into(),
    }))
}

fuzz_target!(|texts: (&str, &str)| {
    let (bucket, path) = texts;
    let Ok(uri) = path.parse::<Uri>() else {
        return;
    };
    let Some(found) = address(&format!("{bucket}.localhost:4566"), &uri) else {
        return;
    };
    for part in [&found.bucket, &found.key] {
        assert_ne!(part.as_deref(), Some(""));
    }
    // A long bucket's name with the longer host name could exceed the length of a host.
    if bucket.len() < 200 {
        let by_own_name = address(&format!("{bucket}.{OWN_NAME}:4566"), &uri);
        assert_eq!(by_own_name, Some(found));
    }
});
