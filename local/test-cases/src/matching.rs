//! The comparison of an expected text with the words that were spoken.
//!
//! AWS publishes neither the algorithm of Similarity nor its threshold. On a voice contact the
//! service was seen to compare a transcript of the speech: letter case and punctuation do not
//! count. The folding and the score here are our own, and each pass that rests on the score is
//! reported as such.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use crate::content::{MatchKind, MessagePattern, PatternSource};
use crate::event::{Message, Speech, spoken_words};

/// The least score of two similar texts.
pub(crate) const LEAST_SCORE: f64 = 0.8;

/// The strictness of comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Matching {
    /// Similar texts match.
    #[default]
    Similar,
    /// Only equal texts, or contained ones for Inclusion, match.
    Strict,
}

/// The outcome of a comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// The texts are equal after folding, or the expected one is contained in a message as Inclusion
    /// asks.
    Equal,
    /// The texts are similar; AWS may decide otherwise.
    Similar {
        /// The score, from 0 to 1.
        score: f64,
    },
    /// The texts do not match.
    Different {
        /// The score, from 0 to 1.
        score: f64,
    },
}

impl Verdict {
    /// Reports whether the observation has its message.
    pub fn matches(self) -> bool {
        !matches!(self, Self::Different { .. })
    }

    /// Returns the score, from 0 to 1.
    pub fn score(self) -> f64 {
        match self {
            Self::Equal => 1.0,
            Self::Similar { score } | Self::Different { score } => score,
        }
    }
}

/// Compares a message with the expected one: with all of it, and with each of its prompts.
pub(crate) fn compare(message: &Message, pattern: &MessagePattern, matching: Matching) -> Verdict {
    let expected = match &pattern.source {
        PatternSource::Text(text) => text.clone(),
        PatternSource::Ssml(ssml) => spoken_words(ssml),
        PatternSource::Recording(name) => return recorded(message, name),
        PatternSource::Media(uri) => return recorded(message, uri),
    };
    let spoken = message
        .prompts
        .iter()
        .filter_map(|heard| match &heard.speech {
            Speech::Text(_) | Speech::Ssml(_) => Some(heard.speech.words()),
            Speech::Recording(_) | Speech::Media(_) => None,
        });
    let whole = message.words();
    let verdicts = spoken
        .chain([whole])
        .map(|words| texts(&words, &expected, pattern.matching, matching));
    best(verdicts)
}

/// Compares names of recordings, which have no words here: id or ARN.
fn recorded(message: &Message, expected: &str) -> Verdict {
    let same = message.prompts.iter().any(|heard| match &heard.speech {
        Speech::Recording(name) | Speech::Media(name) => same_resource(name, expected),
        Speech::Text(_) | Speech::Ssml(_) => false,
    });
    match same {
        true => Verdict::Equal,
        false => Verdict::Different { score: 0.0 },
    }
}

/// Reports whether two names are of one resource: equal, or an ARN and its id.
pub(crate) fn same_resource(one: &str, other: &str) -> bool {
    let id = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let arn = |name: &str| name.starts_with("arn:");
    one == other || (arn(one) != arn(other) && id(one) == id(other))
}

fn best(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    let none = Verdict::Different { score: 0.0 };
    verdicts.fold(none, |best, verdict| {
        let better = (verdict.matches(), verdict.score()) > (best.matches(), best.score());
        if better { verdict } else { best }
    })
}

fn texts(spoken: &str, expected: &str, kind: MatchKind, matching: Matching) -> Verdict {
    let (spoken, expected) = (fold(spoken), fold(expected));
    if expected.is_empty() {
        // Only punctuation: nothing that speech could contain.
        return Verdict::Different { score: 0.0 };
    }
    if spoken == expected {
        return Verdict::Equal;
    }
    let contained = spoken.contains(&expected);
    let score = dice(&spoken, &expected);
    match (kind, matching) {
        (MatchKind::Inclusion, _) if contained => Verdict::Equal,
        (MatchKind::Inclusion, _) => Verdict::Different { score },
        (MatchKind::Similarity, Matching::Strict) => Verdict::Different { score },
        (MatchKind::Similarity, Matching::Similar) if contained || score >= LEAST_SCORE => {
            Verdict::Similar { score }
        }
        (MatchKind::Similarity, Matching::Similar) => Verdict::Different { score },
    }
}

/// Folds a text to what a transcript keeps of it: NFKC, lower case, letters and digits alone.
fn fold(text: &str) -> String {
    let wide = text.nfkc().flat_map(char::to_lowercase);
    wide.filter(|symbol| symbol.is_alphanumeric() || is_mark(*symbol))
        .collect()
}

/// Marks of Japanese that change the sound: the long vowel sign counts as a letter of its own.
fn is_mark(symbol: char) -> bool {
    matches!(symbol, '\u{30fc}' | '\u{3005}')
}

/// Returns the similarity of two texts from 0 to 1, after folding: Dice's coefficient of their pairs of
/// characters.
pub fn similarity(one: &str, other: &str) -> f64 {
    dice(&fold(one), &fold(other))
}

fn dice(one: &str, other: &str) -> f64 {
    if one == other {
        return 1.0;
    }
    let mut pairs: HashMap<(char, char), usize> = HashMap::new();
    let of = |text: &str| -> Vec<_> { text.chars().zip(text.chars().skip(1)).collect() };
    let (ones, others) = (of(one), of(other));
    for pair in &ones {
        *pairs.entry(*pair).or_default() += 1;
    }
    let mut shared = 0_usize;
    for pair in &others {
        if let Some(left) = pairs.get_mut(pair).filter(|left| **left > 0) {
            *left -= 1;
            shared += 1;
        }
    }
    let total = ones.len() + others.len();
    if total == 0 {
        return 0.0;
    }
    #[allow(clippy::cast_precision_loss, reason = "counts of characters are small")]
    let ratio = (2 * shared) as f64 / total as f64;
    ratio
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Heard;

    fn message(texts: &[&str]) -> Message {
        let heard = |text: &&str| Heard {
            speech: Speech::Text((*text).to_owned()),
            flow_id: "flow".to_owned(),
            block: "say".to_owned(),
            at: time::OffsetDateTime::UNIX_EPOCH,
        };
        Message {
            prompts: texts.iter().map(heard).collect(),
        }
    }

    fn judge(spoken: &[&str], expected: &str, kind: MatchKind, matching: Matching) -> Verdict {
        let pattern = MessagePattern {
            source: PatternSource::Text(expected.to_owned()),
            matching: kind,
        };
        compare(&message(spoken), &pattern, matching)
    }

    /// A public project saw "…heard it? Knocking" come back as "…heard it knocking".
    #[test]
    fn case_and_punctuation_do_not_count() {
        let spoken = ["Have you heard it? Knocking."];
        let verdict = judge(
            &spoken,
            "heard it knocking",
            MatchKind::Inclusion,
            Matching::Strict,
        );
        assert_eq!(verdict, Verdict::Equal);
    }

    #[test]
    fn width_and_japanese_punctuation_do_not_count() {
        let spoken = ["ＰＩＮを、押して下さい。"];
        let verdict = judge(
            &spoken,
            "PINを押して下さい",
            MatchKind::Similarity,
            Matching::Strict,
        );
        assert_eq!(verdict, Verdict::Equal);
    }

    /// Prompts up to the next input are one message; an expected text may span them or be one of them.
    #[test]
    fn a_message_matches_as_a_whole_and_by_each_prompt() {
        let spoken = ["Welcome.", "Press one."];
        for expected in ["Welcome. Press one.", "Press one"] {
            let verdict = judge(&spoken, expected, MatchKind::Similarity, Matching::Strict);
            assert_eq!(verdict, Verdict::Equal, "{expected}");
        }
        let verdict = judge(
            &spoken,
            "welcome press",
            MatchKind::Inclusion,
            Matching::Strict,
        );
        assert_eq!(verdict, Verdict::Equal);
    }

    #[test]
    fn similar_texts_match_unless_the_run_is_strict() {
        let spoken = ["Please enter your campaign PIN, then press the pound key."];
        let expected = "Please enter your campaign PIN and press the pound key";
        let verdict = judge(&spoken, expected, MatchKind::Similarity, Matching::Similar);
        assert!(
            matches!(verdict, Verdict::Similar { score } if score < 1.0),
            "{verdict:?}"
        );
        let verdict = judge(&spoken, expected, MatchKind::Similarity, Matching::Strict);
        assert!(!verdict.matches());
        let other = judge(&spoken, "Goodbye", MatchKind::Similarity, Matching::Similar);
        assert!(!other.matches() && other.score() < 0.2, "{other:?}");
    }

    #[test]
    fn the_score_is_dices_coefficient_of_pairs() {
        // By hand: "night" and "nacht" share one of four pairs each.
        assert!((similarity("night", "nacht") - 0.25).abs() < 1e-9);
        assert!((similarity("Night!", "night") - 1.0).abs() < 1e-9);
        assert!(similarity("a", "b").abs() < 1e-9);
    }

    #[test]
    fn ids_and_arns_name_the_same_resource() {
        let arn = "arn:aws:connect:ap-northeast-1:000000000000:instance/i/prompt/p-1";
        assert!(same_resource(arn, "p-1"));
        assert!(same_resource("p-1", "p-1"));
        assert!(!same_resource(arn, "p-2"));
        assert!(!same_resource(
            arn,
            &arn.replace("instance/i", "instance/j")
        ));
    }
}
