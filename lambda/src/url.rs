//! The address that goes into the SMS.

use std::fmt;

use crate::ports::RowFault;

/// The address of a campaign page, as it goes into the SMS.
///
/// Its query may identify somebody, so it does not print itself.
#[derive(Clone, PartialEq, Eq)]
pub struct CampaignUrl(String);

const SCHEME: &str = "https://";

impl CampaignUrl {
    /// Reads an absolute `https` URL in ASCII and without blanks: what a handset turns into a link.
    ///
    /// A user name before the host is refused: it is there to look like a host.
    pub fn parse(text: &str) -> Result<Self, RowFault> {
        if text.is_empty() {
            return Err(RowFault::Empty);
        }
        // `get` and not a slice: the text may hold anything, also a character across the border.
        let is_https = text
            .get(..SCHEME.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(SCHEME));
        let fits_a_link = text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte));
        if !is_https || !fits_a_link {
            return Err(RowFault::NotWebAddress);
        }
        let url = Self(text.to_owned());
        let has_host = url
            .authority()
            .starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[');
        if has_host && !url.authority().contains('@') {
            Ok(url)
        } else {
            Err(RowFault::NotWebAddress)
        }
    }

    /// The whole address.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The host, without the port.
    pub fn host(&self) -> &str {
        let authority = self.authority();
        let after_brackets = authority.rfind(']').map_or(0, |at| at + 1);
        match authority[after_brackets..].find(':') {
            Some(colon) => &authority[..after_brackets + colon],
            None => authority,
        }
    }

    /// Host and port: what stands before the path, the query and the fragment.
    fn authority(&self) -> &str {
        let rest = &self.0[SCHEME.len()..];
        rest.split(['/', '?', '#']).next().unwrap_or_default()
    }
}

impl fmt::Debug for CampaignUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[URL]")
    }
}

/// The hosts that messages may point to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts(Vec<String>);

impl Hosts {
    /// Reads a list with commas; an empty text allows every host. Nothing when an entry is no host
    /// name.
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

    /// Whether messages may point to `url`. Names must be the same; a part of one does not count.
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
    fn takes_https_addresses_only() {
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
            (
                "https://xn--r8jz45g.example/@somebody",
                "xn--r8jz45g.example",
            ),
        ] {
            let url = CampaignUrl::parse(good).unwrap();
            assert_eq!((url.expose(), url.host()), (good, host));
        }
        assert_eq!(CampaignUrl::parse(""), Err(RowFault::Empty));
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
        ] {
            assert_eq!(
                CampaignUrl::parse(bad),
                Err(RowFault::NotWebAddress),
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
