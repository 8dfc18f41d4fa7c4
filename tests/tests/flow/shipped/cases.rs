//! The outcomes of which each has a shipped test.

use local_connect::CallerId;

use crate::flow::stories::Reply::{Crash, Member, Reason, Sent, Stranger};
use crate::flow::stories::Step::{Press, Silence};
use crate::flow::stories::{KEY_IN, Story};

/// A kind of line, by the settings that decide which sentences it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LineKind {
    /// One language, no fallbacks.
    Plain,
    /// The languages [`LANGUAGES`] in their order, no fallbacks.
    SeveralLanguages,
    /// One language, and a queue for callers who are locked out.
    HandingOver,
}

impl LineKind {
    /// All kinds.
    pub(crate) const ALL: [Self; 3] = [Self::Plain, Self::SeveralLanguages, Self::HandingOver];

    /// Returns the settings by which a line is of this kind, for the page of the shipped tests.
    pub(crate) fn settings(self) -> &'static str {
        match self {
            Self::Plain => "one language",
            Self::SeveralLanguages => "`languages = [\"ja\", \"en\"]`",
            Self::HandingOver => "`fallbacks.locked` with a queue or phone number",
        }
    }
}

/// The shipped languages, in the order in which a line with several of them offers them.
pub(crate) const LANGUAGES: [&str; 2] = ["ja", "en"];

/// Returns the key by which a caller of a line with several languages chooses one: its position.
///
/// # Panics
/// When the language is not shipped.
pub(crate) fn key_of(language: &str) -> &'static str {
    let position = LANGUAGES.iter().position(|known| *known == language);
    ["1", "2"][position.unwrap_or_else(|| panic!("{language} must be a shipped language"))]
}

/// An outcome of a call, as `docs/texts.md` lists them, with a conversation that ends in it.
pub(crate) struct ShippedCase {
    /// The text of `flows/texts` that the case is about.
    pub(crate) sentence: &'static str,
    /// The line that speaks it.
    pub(crate) line: LineKind,
    /// The occasion, for the description of the test case.
    pub(crate) description: &'static str,
    pub(crate) story: Story,
}

impl ShippedCase {
    fn new(sentence: &'static str, description: &'static str, story: Story) -> Self {
        Self {
            sentence,
            line: LineKind::Plain,
            description,
            story,
        }
    }

    fn of(self, line: LineKind) -> Self {
        Self { line, ..self }
    }

    /// Returns the name of the case's file, without its ending.
    pub(crate) fn file_name(&self) -> String {
        self.sentence.replace('_', "-")
    }
}

/// Returns the case of each sentence in a language.
pub(crate) fn cases_in(language: &str) -> Vec<ShippedCase> {
    let mut cases = cases();
    cases.extend([
        ShippedCase::new(
            "choose_language",
            "The line offers its languages, and the caller chooses this one.",
            Story::new(
                &[Press(key_of(language))],
                &[Stranger],
                &["choose_language", "not_a_member"],
            ),
        )
        .of(LineKind::SeveralLanguages),
        ShippedCase::new(
            "handing_over",
            "The line accepts no PIN for a while, and connects the caller to a colleague.",
            Story::new(
                &[KEY_IN],
                &[Member, Reason("LOCKED")],
                &["ask_pin", "handing_over"],
            ),
        )
        .of(LineKind::HandingOver),
    ]);
    cases
}

/// Returns the case of each outcome of a line with one language and without fallbacks.
pub(crate) fn cases() -> Vec<ShippedCase> {
    let wrong = Reason("PIN_NOT_FOUND");
    let answered =
        |reason, heard| Story::new(&[KEY_IN], &[Member, Reason(reason)], &["ask_pin", heard]);
    vec![
        ShippedCase::new(
            "withheld",
            "The caller's number is withheld.",
            Story::new(&[], &[], &["withheld"]).from(CallerId::Withheld),
        ),
        ShippedCase::new(
            "not_a_member",
            "The caller's number is not in the table of members.",
            Story::new(&[], &[Stranger], &["not_a_member"]),
        ),
        ShippedCase::new(
            "sent",
            "A member keys a right PIN, and the message is on its way.",
            Story::new(&[KEY_IN], &[Member, Sent], &["ask_pin", "sent"]),
        ),
        ShippedCase::new(
            "wrong_pin_again",
            "Two PINs are wrong, and the third one is right.",
            Story::new(
                &[KEY_IN; 3],
                &[Member, wrong, wrong, Sent],
                &["ask_pin", "wrong_pin_again", "wrong_pin_again", "sent"],
            ),
        ),
        ShippedCase::new(
            "wrong_pin",
            "Three PINs are wrong, and no attempt is left.",
            Story::new(
                &[KEY_IN; 3],
                &[Member, wrong, wrong, wrong],
                &["ask_pin", "wrong_pin_again", "wrong_pin_again", "wrong_pin"],
            ),
        ),
        ShippedCase::new(
            "short_pin_again",
            "The first PIN has too few digits, and the second one is right.",
            Story::new(
                &[Press("4#"), KEY_IN],
                &[Member, Reason("PIN_TOO_SHORT"), Sent],
                &["ask_pin", "short_pin_again", "sent"],
            ),
        ),
        ShippedCase::new(
            "no_key_again",
            "The member presses no key in time, and then keys a right PIN.",
            Story::new(
                &[Silence, KEY_IN],
                &[Member, Sent],
                &["ask_pin", "no_key_again", "sent"],
            ),
        ),
        ShippedCase::new(
            "no_key",
            "The member never presses a key.",
            Story::new(
                &[Silence; 3],
                &[Member],
                &["ask_pin", "no_key_again", "no_key_again", "no_key"],
            ),
        ),
        ShippedCase::new(
            "locked",
            "The line accepts no PIN for a while, because too many were wrong.",
            answered("LOCKED", "locked"),
        ),
        ShippedCase::new(
            "campaign_over",
            "The PIN's campaign is disabled.",
            answered("CAMPAIGN_DISABLED", "campaign_over"),
        ),
        ShippedCase::new(
            "not_sent",
            "The PIN is right, but no message may go to the number.",
            answered("NUMBER_NOT_ALLOWED", "not_sent"),
        ),
        ShippedCase::new(
            "trouble",
            "The function fails when it looks the caller up.",
            Story::new(&[], &[Crash], &["trouble"]),
        ),
    ]
}
