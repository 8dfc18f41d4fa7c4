//! Distinguishes web pages from programs by a request's head.
//!
//! A browser names the page that makes a request, as far as it can: `Sec-Fetch-Site` on requests to
//! this machine, `Origin` when a page posts or reads across origins
//! (<https://fetch.spec.whatwg.org/#origin-header>,
//! <https://w3c.github.io/webappsec-fetch-metadata>). Programs that use AWS send neither. A page
//! whose name was pointed at this machine (DNS rebinding) has the same origin for its browser, and
//! is recognized by that name in `Host`.

use http::header::{HOST, ORIGIN, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::is_own_interface;
use super::refusal::Refusal;
use crate::host::{AllowedHosts, Authority};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The port of HTTP without TLS, which the account speaks.
const HTTP_PORT: u16 = 80;

/// Admits a request unless a page of another origin can have made it.
pub(super) fn check(head: &Parts, hosts: &AllowedHosts) -> Result<(), Refusal> {
    let sites = texts(&head.headers, &SEC_FETCH_SITE);
    if let Some(site) = sites
        .iter()
        .find(|site| !["same-origin", "none"].contains(&site.as_str()))
    {
        return Err(Refusal::OtherSite(site.clone()));
    }
    let sent_to = sent_to(head, hosts)?;
    let origins = texts(&head.headers, &ORIGIN);
    if let Some(origin) = origins.first() {
        let is_own = origins.len() == 1 && is_of(origin, sent_to.as_ref());
        if !is_own {
            return Err(Refusal::OtherOrigin(origins.join(", ")));
        }
    }
    // Services act on GET requests as well, such as `GET /?Action=DeleteTopic`. With every other
    // method of a page, its browser sends an origin.
    let is_silent = sites.is_empty() && origins.is_empty() && head.method.is_safe();
    if is_silent && !is_own_interface(head.uri.path()) && is_browser(&head.headers) {
        return Err(Refusal::SilentBrowser);
    }
    Ok(())
}

/// Returns the authority that the request was sent to; `None` if it names none. Every host that it
/// names must be one of the account's.
fn sent_to(head: &Parts, hosts: &AllowedHosts) -> Result<Option<Authority>, Refusal> {
    let named = texts(&head.headers, &HOST);
    if named.len() > 1 {
        return Err(Refusal::OtherHost(named.join(", ")));
    }
    let absolute = head.uri.authority().map(|authority| authority.as_str());
    let mut sent_to = None;
    // If both are present, the one in the request line applies: RFC 9112, section 3.2.2.
    for text in absolute
        .into_iter()
        .chain(named.first().map(String::as_str))
    {
        let read = Authority::parse(text).filter(|authority| hosts.allow(&authority.host));
        let authority = read.ok_or_else(|| Refusal::OtherHost(text.to_owned()))?;
        sent_to.get_or_insert(authority);
    }
    Ok(sent_to)
}

/// Reports whether an origin is the authority that the request was sent to. `null` is not.
fn is_of(origin: &str, sent_to: Option<&Authority>) -> bool {
    let default = |scheme: &str| match scheme.to_ascii_lowercase().as_str() {
        "http" => Some(HTTP_PORT),
        "https" => Some(443),
        _ => None,
    };
    let read = || {
        let (scheme, authority) = origin.split_once("://")?;
        let own = sent_to?.is_same(HTTP_PORT, &Authority::parse(authority)?, default(scheme)?);
        Some(own)
    };
    read().unwrap_or_default()
}

/// Reports whether a browser sent the request: every browser's user agent begins so, and that of no
/// AWS client does. Some browsers send requests without an origin and without the page: old ones,
/// and all of them to an address such as 0.0.0.0, which is this machine but which they do not
/// trust.
fn is_browser(headers: &HeaderMap) -> bool {
    texts(headers, &USER_AGENT)
        .iter()
        .any(|agent| agent.starts_with("Mozilla/"))
}

/// Returns all values of a header. Bytes that are not text are replaced.
fn texts(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).trim().to_owned();
    headers.get_all(name).iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{Method, Request};
    use proptest::prelude::*;

    const HERE: (&str, &str) = ("host", "127.0.0.1:4566");
    const AGENT: (&str, &str) = (
        "user-agent",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    );

    fn ask(method: Method, uri: &str, headers: &[(&str, &str)]) -> Result<(), Refusal> {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let names = vec!["box.example".parse().unwrap()];
        check(
            &request.body(()).unwrap().into_parts().0,
            &AllowedHosts { names },
        )
    }

    fn post(headers: &[(&str, &str)]) -> Result<(), Refusal> {
        ask(Method::POST, "/?X-Amz-Credential=a", headers)
    }

    #[test]
    fn requests_of_web_pages_are_refused() {
        // Values that Chrome, Firefox and Safari send for a form, an image, a frame and fetch with
        // no-cors.
        for site in [
            "cross-site",
            "same-site",
            "",
            "none, cross-site",
            "Same-Origin",
            "\u{fe}",
        ] {
            for method in [Method::GET, Method::POST, Method::OPTIONS] {
                for path in ["/", "/_local/messages"] {
                    let refused = ask(method.clone(), path, &[HERE, ("sec-fetch-site", site)]);
                    assert_eq!(
                        refused,
                        Err(Refusal::OtherSite(site.into())),
                        "{method} {path}"
                    );
                }
            }
        }
        let both = [("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")];
        assert!(post(&[&[HERE][..], &both].concat()).is_err());
    }

    #[test]
    fn an_origin_must_be_the_requested_address() {
        for origin in [
            "null",
            "",
            "http://evil.example",
            "http://127.0.0.1",
            "http://127.0.0.1:8080",
            "https://127.0.0.1:443",
            "http://localhost:4566",
            "http://[::1]:4566",
            "chrome-extension://abcdefgh",
            "file://",
            "127.0.0.1:4566",
            "http://127.0.0.1:4566, http://evil.example",
            "http://evil.example@127.0.0.1:4566",
            "http://127.0.0.1:4566/",
            "\u{fe}",
        ] {
            let refused = post(&[HERE, ("origin", origin)]);
            assert_eq!(refused, Err(Refusal::OtherOrigin(origin.into())));
        }
        let own = ("origin", "http://127.0.0.1:4566");
        assert_eq!(post(&[HERE, own]), Ok(()));
        assert!(post(&[HERE, own, ("origin", "http://evil.example")]).is_err());
        assert!(post(&[own]).is_err(), "the request names no host");
    }

    #[test]
    fn an_origin_is_compared_as_browsers_write_it() {
        for (host, origin) in [
            ("localhost", "http://localhost"),
            ("localhost:80", "http://localhost"),
            ("localhost", "http://LOCALHOST:80"),
            ("LocalHost.:4566", "HTTP://localhost:4566"),
            ("localhost:443", "https://localhost"),
            ("[::1]:4566", "http://[::1]:4566"),
            ("[0:0:0:0:0:0:0:1]:4566", "http://[::1]:4566"),
            ("127.0.0.1:", "http://127.0.0.1"),
        ] {
            assert_eq!(
                post(&[("host", host), ("origin", origin)]),
                Ok(()),
                "{host}"
            );
        }
        // The account has no TLS, so a page of https://localhost has another origin.
        assert!(post(&[("host", "localhost"), ("origin", "https://localhost")]).is_err());
    }

    #[test]
    fn every_host_must_be_one_of_the_accounts() {
        for host in [
            "evil.example:4566",
            "evil.example",
            "",
            "127.0.0.1:x",
            "\u{fe}",
            "a b",
        ] {
            let refused = post(&[("host", host)]);
            assert_eq!(refused, Err(Refusal::OtherHost(host.into())));
        }
        // A page whose name points at this machine: its browser sees one origin.
        let rebound = [
            ("host", "evil.example:4566"),
            ("origin", "http://evil.example:4566"),
            ("sec-fetch-site", "same-origin"),
        ];
        assert!(matches!(post(&rebound), Err(Refusal::OtherHost(_))));
        assert!(post(&[HERE, ("host", "localhost")]).is_err(), "two hosts");
        let absolute = |uri: &str, host| ask(Method::POST, uri, &[("host", host)]);
        assert!(absolute("http://evil.example/", "localhost").is_err());
        assert!(absolute("http://localhost/", "evil.example").is_err());
        assert_eq!(
            absolute("http://s3.eu-west-1.amazonaws.com/b/k", "localhost"),
            Ok(())
        );
        assert_eq!(post(&[("host", "bucket.box.example:4566")]), Ok(()));
    }

    #[test]
    fn the_address_of_the_request_counts_before_its_host() {
        let check_origin = |origin| {
            let headers = [("host", "localhost:1"), ("origin", origin)];
            ask(Method::POST, "http://127.0.0.1:4566/", &headers)
        };
        assert_eq!(check_origin("http://127.0.0.1:4566"), Ok(()));
        assert!(check_origin("http://localhost:1").is_err());
    }

    #[test]
    fn a_browser_that_does_not_name_its_page_cannot_use_services() {
        let at_zero = ("host", "0.0.0.0:4566");
        let act = ask(Method::GET, "/?Action=DeleteTopic", &[at_zero, AGENT]);
        assert_eq!(act, Err(Refusal::SilentBrowser));
        assert!(ask(Method::HEAD, "/bucket/key", &[HERE, AGENT]).is_err());
        assert_eq!(
            ask(Method::GET, "/_local/messages", &[at_zero, AGENT]),
            Ok(())
        );
        // A page would have sent its origin with these; PowerShell's user agent begins with
        // Mozilla, too.
        assert_eq!(ask(Method::POST, "/_local/calls", &[HERE, AGENT]), Ok(()));
        assert_eq!(post(&[HERE, AGENT]), Ok(()));
        let typed = [HERE, AGENT, ("sec-fetch-site", "none")];
        assert_eq!(ask(Method::GET, "/_local/messages", &typed), Ok(()));
    }

    #[test]
    fn programs_are_admitted() {
        for agent in [
            "Boto3/1.42.1 md/Botocore#1.42.1 ua/2.1 os/linux#6.8 lang/python#3.12",
            "aws-cli/2.32.0 md/awscrt#0.29 exe/x86_64.debian.13",
            "APN/1.0 HashiCorp/1.0 Terraform/1.11.4 terraform-provider-aws/6.22.0 aws-sdk-go-v2/1.40",
            "aws-sdk-js/3.940.0 ua/2.1 os/linux lang/js md/nodejs#22.20.0",
            "aws-sdk-rust/1.3.9 os/linux lang/rust/1.95.0",
            "curl/8.14.1",
        ] {
            assert_eq!(post(&[HERE, ("user-agent", agent)]), Ok(()), "{agent}");
        }
        // Node's fetch sends its mode, but no site.
        assert_eq!(
            post(&[HERE, ("sec-fetch-mode", "cors"), ("user-agent", "node")]),
            Ok(())
        );
        assert_eq!(post(&[]), Ok(()), "HTTP/1.0 has no Host");
    }

    proptest! {
        #[test]
        fn no_text_causes_a_panic(host in ".*", origin in ".*", site in ".*", tail in ".{0,9}") {
            let read = |text: &str| HeaderValue::from_bytes(text.as_bytes()).ok();
            let headers = [("host", host), ("origin", origin), ("sec-fetch-site", site)];
            let mut request = Request::builder().uri("/");
            for (name, text) in headers {
                for value in [read(&text), read(&format!("http://[::1]:{tail}"))] {
                    request = request.header(name, value.unwrap_or(HeaderValue::from_static("")));
                }
            }
            let head = request.body(()).unwrap().into_parts().0;
            let refused = check(&head, &AllowedHosts::default()).unwrap_err();
            prop_assert!(!refused.to_string().contains('\n'));
        }

        /// A name is admitted only if it is one of the account's, whatever precedes and follows it.
        #[test]
        fn no_other_host_is_admitted(before in "[a-z0-9.:@/_-]{0,12}", behind in "[a-z0-9.:@/_-]{1,12}") {
            let host = format!("{before}localhost.{behind}");
            if let Ok(()) = post(&[("host", &host)]) {
                let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
                let name = name.strip_suffix('.').unwrap_or(name);
                let own = ["localhost", "box.example"];
                prop_assert!(own.iter().any(|own| name == *own || name.ends_with(&format!(".{own}"))), "{host}");
            }
        }
    }
}
