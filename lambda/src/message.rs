//! The text of the SMS.

use crate::campaign::CampaignUrl;
use crate::ports::RowFault;

/// Where the page's address goes.
const PLACEHOLDER: &str = "url";

/// SNS takes no more than this for one SMS.
const LONGEST_TEXT_BYTES: usize = 1600;

/// A plain text around one or more addresses of the campaign page.
///
/// An SMS has no markup, so the address stands bare and the handset makes it a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmsTemplate {
    /// What stands before, between and after the addresses; never fewer than two pieces.
    pieces: Vec<String>,
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFault {
    /// Nothing says where the address goes.
    #[error("has no placeholder {{url}}")]
    NoUrl,
    /// A placeholder that nothing can fill.
    #[error("has a placeholder {{{0}}}, only {{url}} is known")]
    UnknownPlaceholder(String),
    /// A brace without its partner.
    #[error("has a brace without its partner")]
    UnpairedBrace,
    /// There would be no room for an address.
    #[error("is longer than an SMS can be (1600 bytes)")]
    TooLong,
}

impl SmsTemplate {
    /// The text when the environment does not give one.
    pub const DEFAULT: &str = "キャンペーンページ {url}";

    /// Reads a template. A brace always means a placeholder: a typing error in one is found when the
    /// function starts and not by the first caller.
    pub fn parse(text: &str) -> Result<Self, TemplateFault> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after_open)) = rest.split_once('{') {
            let (name, after) = after_open
                .split_once('}')
                .ok_or(TemplateFault::UnpairedBrace)?;
            if before.contains('}') || name.contains('{') {
                return Err(TemplateFault::UnpairedBrace);
            }
            if name != PLACEHOLDER {
                return Err(TemplateFault::UnknownPlaceholder(name.to_owned()));
            }
            pieces.push(before.to_owned());
            rest = after;
        }
        if rest.contains('}') {
            return Err(TemplateFault::UnpairedBrace);
        }
        if pieces.is_empty() {
            return Err(TemplateFault::NoUrl);
        }
        pieces.push(rest.to_owned());
        if pieces.iter().map(String::len).sum::<usize>() >= LONGEST_TEXT_BYTES {
            return Err(TemplateFault::TooLong);
        }
        Ok(Self { pieces })
    }

    /// The text for one campaign; a row with an address too long for it is at fault.
    pub fn render(&self, url: &CampaignUrl) -> Result<String, RowFault> {
        let text = self.pieces.join(url.expose());
        if text.len() > LONGEST_TEXT_BYTES {
            Err(RowFault::TooLong)
        } else {
            Ok(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(template: &str) -> String {
        let url = CampaignUrl::parse("https://example.com/c").unwrap();
        SmsTemplate::parse(template).unwrap().render(&url).unwrap()
    }

    #[test]
    fn puts_the_address_in_its_place() {
        assert_eq!(
            rendered(SmsTemplate::DEFAULT),
            "キャンペーンページ https://example.com/c"
        );
        assert_eq!(rendered("{url}"), "https://example.com/c");
        assert_eq!(rendered("a {url} b"), "a https://example.com/c b");
        assert_eq!(
            rendered("{url} {url}"),
            "https://example.com/c https://example.com/c"
        );
    }

    #[test]
    fn refuses_what_it_cannot_fill() {
        for (text, fault) in [
            ("", TemplateFault::NoUrl),
            ("no address", TemplateFault::NoUrl),
            (
                "{url} {name}",
                TemplateFault::UnknownPlaceholder("name".into()),
            ),
            ("{URL}", TemplateFault::UnknownPlaceholder("URL".into())),
            ("{ url }", TemplateFault::UnknownPlaceholder(" url ".into())),
            ("{}", TemplateFault::UnknownPlaceholder(String::new())),
            ("{url", TemplateFault::UnpairedBrace),
            ("url}", TemplateFault::UnpairedBrace),
            ("{{url}}", TemplateFault::UnpairedBrace),
            ("} {url}", TemplateFault::UnpairedBrace),
            ("{url} {", TemplateFault::UnpairedBrace),
        ] {
            assert_eq!(SmsTemplate::parse(text), Err(fault), "{text:?}");
        }
        let long = format!("{{url}}{}", "x".repeat(1600));
        assert_eq!(SmsTemplate::parse(&long), Err(TemplateFault::TooLong));
    }

    #[test]
    fn refuses_an_address_that_no_sms_can_carry() {
        let url = CampaignUrl::parse(&format!("https://example.com/{}", "x".repeat(1600))).unwrap();
        let template = SmsTemplate::parse(SmsTemplate::DEFAULT).unwrap();
        assert_eq!(template.render(&url), Err(RowFault::TooLong));
    }
}
