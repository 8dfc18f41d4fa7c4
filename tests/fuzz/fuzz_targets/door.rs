//! Fuzzes the account's check of visitors: it refuses requests that a browser sends to another host, or for a
//! page of another origin.
#![no_main]

use http::{HeaderValue, Request};
use libfuzzer_sys::fuzz_target;
use url::{Host, Url};

#[path = "../../../local/account/src/host.rs"]
#[allow(dead_code, reason = "the account uses more of this file")]
mod host;
#[path = "../../../local/account/src/door/visitor.rs"]
mod visitor;
use host::{AWS_DOMAINS, AllowedHosts};

/// Refusals without their messages, which the protocols of the services write.
mod refusal {
    #[derive(Debug)]
    #[expect(dead_code, reason = "this target does not read the reasons")]
    pub enum Refusal {
        OtherSite(String),
        OtherOrigin(String),
        OtherHost(String),
        SilentBrowser,
    }
}

fn is_own_interface(path: &str) -> bool {
    path.starts_with("/_local/")
}

const OWN_NAME: &str = "box.example";

fn is_own(host: &str) -> bool {
    let Ok(read) = Url::parse(&format!("http://{host}/")) else {
        // A browser cannot send this host.
        return true;
    };
    match read.host() {
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            let mut own = AWS_DOMAINS.into_iter().chain(["localhost", OWN_NAME]);
            own.any(|own| name == own || name.ends_with(&format!(".{own}")))
        }
        Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => true,
    }
}

fuzz_target!(|texts: (&str, &str, &str)| {
    let (host, origin, site) = texts;
    let mut request = Request::builder().method("POST").uri("/");
    for (name, text) in [("host", host), ("origin", origin), ("sec-fetch-site", site)] {
        if let (false, Ok(value)) = (text.is_empty(), HeaderValue::from_str(text)) {
            request = request.header(name, value);
        }
    }
    let head = request.body(()).expect("its parts are valid").into_parts().0;
    let names = AllowedHosts {
        names: vec![OWN_NAME.parse().expect("it is a host name")],
    };
    if visitor::check(&head, &names).is_err() {
        return;
    }
    if let Some(host) = head.headers.get("host").and_then(|host| host.to_str().ok()) {
        assert!(is_own(host.trim()), "{host:?}");
    }
    if let Some(origin) = head.headers.get("origin") {
        let origin = origin.to_str().unwrap_or_default().trim();
        assert!(origin.contains("://"), "{origin:?}");
        let (_, from) = origin.split_once("://").unwrap_or_default();
        assert!(is_own(from), "{origin:?}");
    }
    if let Some(site) = head.headers.get("sec-fetch-site") {
        let site = site.to_str().unwrap_or_default().trim();
        assert!(matches!(site, "none" | "same-origin"), "{site:?}");
    }
});
