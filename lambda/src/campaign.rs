//! The page that a PIN stands for.

use std::fmt;

use crate::ports::RowFault;

/// The address of a campaign page, as it goes into the SMS.
///
/// Its query may identify somebody, so it does not print itself either.
#[derive(Clone, PartialEq, Eq)]
pub struct CampaignUrl(String);

impl CampaignUrl {
    /// Reads an absolute `http` or `https` URL in ASCII and without blanks: what a handset turns
    /// into a link.
    pub fn parse(text: &str) -> Result<Self, RowFault> {
        if text.is_empty() {
            return Err(RowFault::Empty);
        }
        // `get` and not a slice: the text may hold anything, also a character across the border.
        let rest = ["https://", "http://"].iter().find_map(|scheme| {
            let head = text.get(..scheme.len())?;
            head.eq_ignore_ascii_case(scheme)
                .then(|| &text[scheme.len()..])
        });
        let has_host = rest
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '['));
        let fits_a_link = text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte));
        if has_host && fits_a_link {
            Ok(Self(text.to_owned()))
        } else {
            Err(RowFault::NotWebAddress)
        }
    }

    /// The whole address.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CampaignUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[URL]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_web_addresses_only() {
        for good in [
            "https://example.com",
            "http://example.com/a?b=c%20d#e",
            "HTTPS://EXAMPLE.COM/",
            "https://[::1]:8080/",
            "https://xn--r8jz45g.example/",
        ] {
            assert_eq!(CampaignUrl::parse(good).unwrap().expose(), good);
        }
        assert_eq!(CampaignUrl::parse(""), Err(RowFault::Empty));
        for bad in [
            "example.com",
            "https:/example.com",
            "https://",
            "https:///path",
            "https://?q",
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
}
