//! The text of the SMS.

use std::collections::BTreeMap;

use crate::rules::sms_segments;
use crate::rules::url::CampaignUrl;

/// The placeholder for the page's URL.
const PLACEHOLDER: &str = "url";

/// A plain text with one or more placeholders for the URL of the campaign page.
///
/// An SMS has no markup, so the URL appears as it is and the handset turns it into a link. Phones treat
/// Japanese letters that follow a URL as part of it, so on both sides of it there is a blank, a line break or
/// the end of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmsTemplate {
    /// The text before, between and after the URLs; never fewer than two pieces.
    pieces: Vec<String>,
    /// Whether a blank was inserted beside a URL.
    spaced: bool,
}

/// A fault of a text that should be a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFault {
    /// The text has no placeholder.
    #[error("must contain {{url}}")]
    NoUrl,
    /// The text has a placeholder that cannot be filled.
    #[error("must contain no placeholder but {{url}}, had {{{0}}}")]
    UnknownPlaceholder(String),
    /// The text has a brace without its partner.
    #[error("must contain no brace that is not part of {{url}}")]
    UnpairedBrace,
    /// The text is too long even without a URL.
    #[error("must fit into 3 parts of an SMS")]
    TooLong,
}

impl SmsTemplate {
    /// The text when the environment does not set one.
    pub const DEFAULT: &str = "キャンペーンページ {url}";

    /// Reads a template of the line's settings. Like a plan, it refuses only texts that are certainly too
    /// long: a function that does not start answers no caller. [`SmsTemplate::render`] counts the parts.
    pub fn parse_setting(text: &str) -> Result<Self, TemplateFault> {
        let mut pieces = Self::pieces(text)?;
        let spaced = space(&mut pieces);
        if sms_segments::is_certainly_too_long(&pieces.concat()) {
            return Err(TemplateFault::TooLong);
        }
        Ok(Self { pieces, spaced })
    }

    /// Splits a text at its placeholders. A brace always belongs to a placeholder, so that a typing error in
    /// one is found when the function starts and not by the first caller.
    ///
    /// Line ends of files from other systems become `\n`, and those at the end are removed: an editor or a
    /// heredoc adds them, and each would be paid for in every message.
    fn pieces(text: &str) -> Result<Vec<String>, TemplateFault> {
        let mut pieces = Vec::new();
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let mut rest = text.trim_end_matches('\n');
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
        Ok(pieces)
    }

    /// Reads the template of a campaign's row. A missing blank beside a URL is inserted
    /// ([`SmsTemplate::was_spaced`]), so that a running campaign does not stop for want of one.
    pub fn parse(text: &str) -> Result<Self, TemplateFault> {
        let mut pieces = Self::pieces(text)?;
        let spaced = space(&mut pieces);
        if sms_segments::count(&pieces.concat()) > sms_segments::MOST_PARTS {
            return Err(TemplateFault::TooLong);
        }
        Ok(Self { pieces, spaced })
    }

    /// Returns whether the text that was read had other text right beside a URL.
    pub fn was_spaced(&self) -> bool {
        self.spaced
    }

    /// Renders the text for one campaign; returns nothing when it needs more parts than one message may have.
    ///
    /// SNS and End User Messaging accept 1,600 bytes or characters, which three parts never reach.
    pub fn render(&self, url: &CampaignUrl) -> Option<String> {
        let text = self.pieces.join(url.expose());
        (sms_segments::count(&text) <= sms_segments::MOST_PARTS).then_some(text)
    }
}

/// Inserts a blank wherever a URL would touch other text. Returns whether there was such a place.
fn space(pieces: &mut [String]) -> bool {
    let mut spaced = false;
    let last = pieces.len().saturating_sub(1);
    for (at, piece) in pieces.iter_mut().enumerate() {
        let (is_first, is_last) = (at == 0, at == last);
        // Two URLs side by side need one blank between them, not two.
        let touches_start = !is_first && !piece.starts_with(char::is_whitespace);
        if touches_start && !(is_last && piece.is_empty()) {
            piece.insert(0, ' ');
            spaced = true;
        }
        let touches_end = !is_last && !piece.ends_with(char::is_whitespace);
        if touches_end && !(is_first && piece.is_empty()) {
            piece.push(' ');
            spaced = true;
        }
    }
    spaced
}

/// The line's texts, one for each language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Templates {
    /// The text for callers of every other language, and for callers without a language.
    pub default: SmsTemplate,
    /// The texts by the flow's name of their language.
    pub by_language: BTreeMap<String, SmsTemplate>,
}

impl Templates {
    /// Returns one text for all callers.
    pub fn one(default: SmsTemplate) -> Self {
        Self {
            default,
            by_language: BTreeMap::new(),
        }
    }

    /// Returns the text for `language`: its own, that of the language without the country (`ja` for
    /// `ja-JP`), or the default.
    pub fn of(&self, language: Option<&str>) -> &SmsTemplate {
        let find = |language: &str| {
            let bare = language.split('-').next().unwrap_or_default();
            let texts = &self.by_language;
            texts.get(language).or_else(|| texts.get(bare))
        };
        language.and_then(find).unwrap_or(&self.default)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rendered(template: &str) -> String {
        let url = CampaignUrl::parse("https://example.com/c").unwrap();
        SmsTemplate::parse(template).unwrap().render(&url).unwrap()
    }

    #[test]
    fn replaces_the_placeholder_with_the_url() {
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

    /// Phones include Japanese letters that follow a URL in the link.
    #[test]
    fn a_url_is_separated_from_the_text_around_it() {
        for (text, meant) in [
            (
                "{url}を御覧ください",
                "https://example.com/c を御覧ください",
            ),
            ("こちら：{url}", "こちら： https://example.com/c"),
            ("「{url}」です", "「 https://example.com/c 」です"),
            ("{url}{url}", "https://example.com/c https://example.com/c"),
            ("a {url}.", "a https://example.com/c ."),
        ] {
            let template = SmsTemplate::parse(text).unwrap();
            assert!(template.was_spaced(), "{text:?}");
            assert_eq!(rendered(text), meant);
        }
        for text in [
            "{url}",
            "a {url}",
            "a\n{url}\nb",
            "あ\u{3000}{url}\u{3000}い",
            "\t{url} {url}",
        ] {
            let template = SmsTemplate::parse(text).unwrap();
            assert!(!template.was_spaced(), "{text:?}");
            assert_eq!(
                rendered(text),
                text.replace("{url}", "https://example.com/c")
            );
        }
    }

    #[test]
    fn line_ends_are_normalized_and_removed_at_the_end() {
        assert_eq!(rendered("a\r\n{url}\r\n"), "a\nhttps://example.com/c");
        assert_eq!(rendered("a\r{url}\r"), "a\nhttps://example.com/c");
        assert_eq!(rendered("a {url}\n\n"), "a https://example.com/c");
        assert!(!SmsTemplate::parse("{url}\r\n").unwrap().was_spaced());
    }

    #[test]
    fn refuses_templates_that_it_cannot_fill() {
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
        let fits = format!("{{url}} {}", "あ".repeat(200));
        assert!(SmsTemplate::parse(&fits).is_ok());
        let long = format!("{{url}} {}", "あ".repeat(201));
        assert_eq!(SmsTemplate::parse(&long), Err(TemplateFault::TooLong));
    }

    #[test]
    fn renders_no_more_than_three_parts() {
        let template = SmsTemplate::parse(SmsTemplate::DEFAULT).unwrap();
        let url = |length: usize| {
            let url = format!("https://example.com/{}", "x".repeat(length - 20));
            CampaignUrl::parse(&url).unwrap()
        };
        // 10 characters before the URL, and 201 in all.
        assert!(template.render(&url(191)).is_some());
        assert_eq!(template.render(&url(192)), None);
        let plain = SmsTemplate::parse("{url}").unwrap();
        assert!(plain.render(&url(459)).is_some());
        assert_eq!(plain.render(&url(460)), None);
    }

    #[test]
    fn has_a_text_for_each_language() {
        let text = |text| SmsTemplate::parse(text).unwrap();
        let templates = Templates {
            default: text("{url}"),
            by_language: [
                ("ja", "ja {url}"),
                ("en", "en {url}"),
                ("en-GB", "gb {url}"),
            ]
            .map(|(language, template)| (language.to_owned(), text(template)))
            .into(),
        };
        for (language, meant) in [
            (Some("ja"), "ja {url}"),
            (Some("ja-JP"), "ja {url}"),
            (Some("en-GB"), "gb {url}"),
            (Some("en-US"), "en {url}"),
            (Some("fr"), "{url}"),
            (Some(""), "{url}"),
            (Some("-"), "{url}"),
            (None, "{url}"),
        ] {
            assert_eq!(templates.of(language), &text(meant), "{language:?}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "[{}url a-zあ🎁]{0,400}") {
            let _ = SmsTemplate::parse(&text);
        }

        #[test]
        fn rendering_keeps_the_url_and_the_text_around_it(
            before in "([^{}\\r]{0,60}[ \n])?",
            after in "([ \n][^{}\\r]{0,59}[^{}\\r\n])?",
            path in "[a-z0-9/]{0,200}",
        ) {
            let url = CampaignUrl::parse(&format!("https://example.com/{path}")).unwrap();
            let template = SmsTemplate::parse(&format!("{before}{{url}}{after}")).unwrap();
            let whole = format!("{before}{}{after}", url.expose());
            match template.render(&url) {
                Some(text) => {
                    prop_assert_eq!(&text, &whole);
                    prop_assert!(sms_segments::count(&text) <= 3 && text.len() <= 1600);
                }
                None => prop_assert!(sms_segments::count(&whole) > 3),
            }
        }
    }
}
