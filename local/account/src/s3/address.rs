//! Reads the bucket and the object of a request from its path or its host name.

use http::header::HOST;
use http::{HeaderMap, HeaderValue};
use local_wire::Request;
use percent_encoding::percent_decode_str;

use crate::host::{AWS_DOMAINS, HostName};

/// A bucket and a key, both decoded; a key may contain slashes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
}

impl Address {
    pub(crate) fn of(request: &Request) -> Self {
        let host = request
            .headers
            .get(HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or_default();
        let path = request.uri.path().trim_start_matches('/');
        let (bucket, key) = match bucket_of_host(host) {
            Some(bucket) => (bucket, path),
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

/// Returns the bucket in `bucket.localhost:4566` or `bucket.s3.eu-west-1.amazonaws.com`. An IP
/// address cannot have a bucket.
fn bucket_of_host(host: &str) -> Option<String> {
    let name = HostName::of_authority(host)?;
    let of_aws = AWS_DOMAINS
        .iter()
        .find_map(|domain| Some(name.before(domain)?.rsplit_once(".s3")?.0));
    let bucket = name.before(LOCAL).or(of_aws)?;
    (!bucket.is_empty()).then(|| bucket.to_owned())
}

/// Reports whether the value of a `Host` header names a bucket, below `localhost`, AWS's names or the account's own.
pub(crate) fn names_bucket(host: Option<&HeaderValue>, names: &[HostName]) -> bool {
    let Some(host) = host else {
        return false;
    };
    let mut headers = HeaderMap::new();
    headers.insert(HOST, host.clone());
    name_bucket(&mut headers, names);
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    host.is_some_and(|host| bucket_of_host(host).is_some())
}

/// The domain in which every bucket has a host name.
const LOCAL: &str = "localhost";

/// Rewrites a host below one of the account's own names as the host below `localhost` for the same
/// bucket, so that no other code needs to know the names. A host that equals one of the names has
/// no bucket.
pub(crate) fn name_bucket(headers: &mut HeaderMap, names: &[HostName]) {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let Some(host) = host.and_then(HostName::of_authority) else {
        return;
    };
    // The longest name, since one may be a subdomain of another.
    let before = names
        .iter()
        .filter_map(|name| host.before(name.as_str()))
        .min_by_key(|before| before.len());
    let local = match before {
        None => return,
        Some("") => LOCAL.to_owned(),
        Some(bucket) => format!("{bucket}.{LOCAL}"),
    };
    // A part of a valid host name is valid again.
    if let Ok(local) = HeaderValue::from_str(&local) {
        headers.insert(HOST, local);
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;

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
            ("p.s3.amazonaws.com", "/a", Some("p"), Some("a")),
            (
                "p.s3.dualstack.eu-west-1.amazonaws.com",
                "/a",
                Some("p"),
                Some("a"),
            ),
            (
                "my.s3.p.s3.cn-north-1.amazonaws.com.cn",
                "/a",
                Some("my.s3.p"),
                Some("a"),
            ),
            ("[::1]:4566", "/p/a", Some("p"), Some("a")),
        ] {
            let found = address(host, path);
            assert_eq!(
                (found.0.as_deref(), found.1.as_deref()),
                (bucket, key),
                "{host}{path}"
            );
        }
    }

    #[test]
    fn buckets_are_below_the_accounts_configured_names() {
        let names = ["box", "host.docker.internal", "inner.box"].map(|name| name.parse().unwrap());
        for (host, expected) in [
            ("p.box:4566", "p.localhost"),
            ("my.p.host.docker.internal", "my.p.localhost"),
            ("P.Box.", "p.localhost"),
            ("box:4566", "localhost"),
            ("inner.box", "localhost"),
            ("p.inner.box", "p.localhost"),
            ("mybox", "mybox"),
            ("127.0.0.1:4566", "127.0.0.1:4566"),
            ("p.localhost:4566", "p.localhost:4566"),
        ] {
            let mut headers: HeaderMap = [(HOST, host.parse().unwrap())].into_iter().collect();
            name_bucket(&mut headers, &names);
            assert_eq!(headers[HOST], expected, "{host}");
        }
    }
}
