//! Which bucket and object a request is about: by path, or by the host's name.

use std::net::IpAddr;

use axum::http::header::HOST;
use local_wire::Request;
use percent_encoding::percent_decode_str;

/// Bucket and key. Both are decoded, and a key has its slashes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) bucket: Option<String>,
    pub(super) key: Option<String>,
}

impl Address {
    pub(super) fn of(request: &Request) -> Self {
        let host = request
            .headers
            .get(HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or_default();
        let path = request.uri.path().trim_start_matches('/');
        let (bucket, key) = match bucket_of_host(host) {
            Some(bucket) => (bucket.to_owned(), path),
            None => {
                let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
                (decoded(bucket), key)
            }
        };
        let present = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            bucket: present(bucket),
            key: present(decoded(key)),
        }
    }
}

/// The bucket in `bucket.localhost:4566` or `bucket.s3.eu-west-1.amazonaws.com`. Addresses have
/// no room for one.
fn bucket_of_host(host: &str) -> Option<&str> {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if name.parse::<IpAddr>().is_ok() {
        return None;
    }
    let bucket = name
        .strip_suffix(".localhost")
        .or_else(|| Some(name.strip_suffix(".amazonaws.com")?.split_once(".s3")?.0))?;
    (!bucket.is_empty()).then_some(bucket)
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderMap, Method};

    fn address(host: &'static str, path: &'static str) -> (Option<String>, Option<String>) {
        let address = Address::of(&Request {
            region: "ap-northeast-1".into(),
            service: "s3".into(),
            access_key_id: "local".into(),
            method: Method::GET,
            uri: path.parse().unwrap(),
            headers: [(HOST, host.parse().unwrap())]
                .into_iter()
                .collect::<HeaderMap>(),
            body: Vec::new().into(),
        });
        (address.bucket, address.key)
    }

    #[test]
    fn buckets_are_in_the_path_or_in_the_host() {
        for (host, path, bucket, key) in [
            ("127.0.0.1:4566", "/", None, None),
            ("127.0.0.1:4566", "/packages", Some("packages"), None),
            ("localhost:4566", "/packages/", Some("packages"), None),
            (
                "127.0.0.1:4566",
                "/p/a/b%20c.zip",
                Some("p"),
                Some("a/b c.zip"),
            ),
            (
                "my.bucket.localhost:4566",
                "/a/b",
                Some("my.bucket"),
                Some("a/b"),
            ),
            ("p.s3.eu-west-1.amazonaws.com", "/a", Some("p"), Some("a")),
            ("s3.eu-west-1.amazonaws.com", "/p/a", Some("p"), Some("a")),
        ] {
            let found = address(host, path);
            assert_eq!(
                (found.0.as_deref(), found.1.as_deref()),
                (bucket, key),
                "{host}{path}"
            );
        }
    }
}
