//! Fuzzes the parser of credential scopes: it reads a scope's five parts from a header or an address.
#![no_main]

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Uri};
use libfuzzer_sys::fuzz_target;

#[path = "../../../local/account/src/credential.rs"]
mod credential;
use credential::CredentialScope;

fuzz_target!(|texts: (&str, &str)| {
    let (authorization, address) = texts;
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_str(authorization) {
        headers.insert(AUTHORIZATION, value);
    }
    let uri: Uri = address.parse().unwrap_or_default();
    match CredentialScope::of(&headers, &uri) {
        Ok(scope) => {
            for part in [&scope.access_key_id, &scope.region, &scope.service] {
                assert!(!part.contains('/'), "{part:?}");
            }
        }
        Err(fault) => assert_eq!(fault.status, 403),
    }
});
