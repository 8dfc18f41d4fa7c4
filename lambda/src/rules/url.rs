//! The URL that goes into the SMS.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The URL of a campaign page, as it goes into the SMS.
///
/// Its query may identify a member, so it does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct CampaignUrl(String);

/// A fault of a text that should be the URL of a campaign page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlFault {
    /// The text is empty.
    #[error("must not be empty")]
    Empty,
    /// The text is not the URL of a web page.
    #[error("must be an https URL")]
    NotWebAddress,
}

const SCHEME: &str = "https://";

impl CampaignUrl {
    /// Reads an absolute `https` URL in ASCII and without blanks, which a handset turns into a link.
    ///
    /// A user name before the host is refused, since it can be made to look like the host. So is a host or a
    /// port that no browser opens, by the URL Standard (<https://url.spec.whatwg.org/>) and the length limits
    /// of the DNS: an empty label, a number that is not an address, a port above 65535.
    pub fn parse(text: &str) -> Result<Self, UrlFault> {
        if text.is_empty() {
            return Err(UrlFault::Empty);
        }
        // `get` instead of a slice, which would panic if the scheme's length ended within a character.
        let is_https = text
            .get(..SCHEME.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(SCHEME));
        let fits_a_link = text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte));
        if !is_https || !fits_a_link {
            return Err(UrlFault::NotWebAddress);
        }
        let url = Self(text.to_owned());
        if opens(url.host()) && url.port().is_none_or(|port| port.parse::<u16>().is_ok()) {
            Ok(url)
        } else {
            Err(UrlFault::NotWebAddress)
        }
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns the host, without the port.
    pub fn host(&self) -> &str {
        let authority = self.authority();
        let after_brackets = authority.rfind(']').map_or(0, |at| at + 1);
        match authority[after_brackets..].find(':') {
            Some(colon) => &authority[..after_brackets + colon],
            None => authority,
        }
    }

    /// Returns the text after the host's colon, if there is any.
    fn port(&self) -> Option<&str> {
        let behind = self.authority().strip_prefix(self.host())?;
        behind.strip_prefix(':').filter(|port| !port.is_empty())
    }

    /// Returns host and port: the part before the path, the query and the fragment.
    fn authority(&self) -> &str {
        let rest = &self.0[SCHEME.len()..];
        rest.split(['/', '?', '#']).next().unwrap_or_default()
    }
}

/// Returns whether browsers open a host: a name, or an address in its usual form.
fn opens(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']');
        return address.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok());
    }
    // A trailing dot stands for the root of the DNS.
    let name = host.strip_suffix('.').unwrap_or(host);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let is_number = |label: &str| {
        let digits = label
            .strip_prefix("0x")
            .or_else(|| label.strip_prefix("0X"));
        digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
            || label.bytes().all(|byte| byte.is_ascii_digit())
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= 253
        && name.split('.').all(label)
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        // A name that ends in a number counts as an IPv4 address.
        && (!is_number(last) || name.parse::<Ipv4Addr>().is_ok())
}

impl fmt::Debug for CampaignUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[URL]")
    }
}

/// The hosts that messages may link to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts(Vec<String>);

impl Hosts {
    /// Reads a comma-separated list; an empty text allows every host. Returns nothing when an entry is not a
    /// host name.
    pub fn parse(text: &str) -> Option<Self> {
        if text.trim().is_empty() {
            return Some(Self::default());
        }
        let host = |entry: &str| {
            let entry = entry.trim();
            let well_formed = entry.starts_with(|c: char| c.is_ascii_alphanumeric())
                && entry
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
            well_formed.then(|| entry.to_ascii_lowercase())
        };
        text.split(',').map(host).collect::<Option<_>>().map(Self)
    }

    /// Returns whether messages may link to `url`. Its host must be on the list; a subdomain is another host.
    pub fn allow(&self, url: &CampaignUrl) -> bool {
        self.0.is_empty()
            || self
                .0
                .iter()
                .any(|host| host.eq_ignore_ascii_case(url.host()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accepts_https_urls_only() {
        for (good, host) in [
            ("https://example.com", "example.com"),
            ("https://example.com/a?b=c%20d#e", "example.com"),
            (
                "https://example.com?b=http://other.example:1",
                "example.com",
            ),
            ("HTTPS://EXAMPLE.COM:8443/", "EXAMPLE.COM"),
            ("https://[::1]:8080/", "[::1]"),
            ("https://[::1]", "[::1]"),
            ("https://xn--r8jz45g.example/@member", "xn--r8jz45g.example"),
            ("https://example.com./", "example.com."),
            ("https://example.com:/", "example.com"),
            ("https://example.com:65535/", "example.com"),
            ("https://192.0.2.1/", "192.0.2.1"),
            ("https://a_b.example/", "a_b.example"),
            ("https://localhost/", "localhost"),
        ] {
            let url = CampaignUrl::parse(good).unwrap();
            assert_eq!((url.expose(), url.host()), (good, host));
        }
        assert_eq!(CampaignUrl::parse(""), Err(UrlFault::Empty));
        for bad in [
            "example.com",
            "http://example.com",
            "https:/example.com",
            "https://",
            "https:///path",
            "https://?q",
            "https://:443/",
            "https://example.com@other.example/",
            "ftp://example.com",
            "javascript:alert(1)",
            "https://example.com/a b",
            "https://example.com/\n",
            " https://example.com",
            "https://例え.example/",
            "<a href=\"https://example.com\">",
            "ｈttps://example.com",
            // No browser opens these.
            "https://example.com:99999/",
            "https://example.com:65536/",
            "https://example.com:4a/",
            "https://example.com:443:443/",
            "https://a..b/",
            "https://.example.com/",
            "https://example.com../",
            "https://[]/",
            "https://[::1/",
            "https://[::g]/",
            "https://::1]/",
            "https://192.0.2.256/",
            "https://1.2.3.4.5/",
            "https://example.0x1/",
            "https://exa%20mple.com/",
            "https://exa*mple.com/",
            &format!("https://{}.example/", "a".repeat(64)),
            &format!("https://{}example/", "a.".repeat(127)),
        ] {
            assert_eq!(
                CampaignUrl::parse(bad),
                Err(UrlFault::NotWebAddress),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn does_not_print_itself() {
        let url = CampaignUrl::parse("https://example.com/?member=1234").unwrap();
        assert_eq!(format!("{url:?}"), "[URL]");
    }

    #[test]
    fn allows_the_hosts_of_the_list() {
        let allows = |hosts, url| {
            Hosts::parse(hosts)
                .unwrap()
                .allow(&CampaignUrl::parse(url).unwrap())
        };
        assert!(allows("", "https://anything.example/"));
        assert!(allows(" ", "https://anything.example/"));
        for good in [
            "https://a.example",
            "https://A.EXAMPLE:443/x",
            "https://b.example?x",
        ] {
            assert!(allows("a.example, B.example", good), "{good}");
        }
        for bad in [
            "https://c.example",
            "https://a.example.evil.example/",
            "https://sub.a.example/",
            "https://evil.example/a.example",
            "https://evil.example?https://a.example",
        ] {
            assert!(!allows("a.example, B.example", bad), "{bad}");
        }
        for bad in [
            ",",
            "a.example,",
            "https://a.example",
            "a.example/x",
            "*.example",
            "例え",
        ] {
            assert!(Hosts::parse(bad).is_none(), "{bad}");
        }
    }
    proptest! {
        #[test]
        fn reading_never_panics_and_finds_the_host(
            text in "\\PC{0,20}|https://[a-z:@\\[\\]./?#%\\\\あ]{0,20}",
        ) {
            if let Ok(url) = CampaignUrl::parse(&text) {
                prop_assert_eq!(url.expose(), &text);
                prop_assert!(!url.host().is_empty());
                prop_assert!(text[SCHEME.len()..].starts_with(url.host()));
            }
        }
    }
}
