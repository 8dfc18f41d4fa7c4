//! The words by which a test recognizes a sentence.
//!
//! Amazon Connect was seen to compare a transcript of the speech, in which letter case does not count and
//! punctuation is lost. So the words are whole clauses without punctuation, if possible from inside one
//! sentence, and no other sentence of the language contains them: another sentence fails the test. A clause with
//! a placeholder is left out, because a transcript may have its number as a word.

use std::cmp::Reverse;

use serde_json::{Map, Value};

/// The signs that end a clause in the shipped languages.
const ENDS_OF_CLAUSES: [char; 9] = ['.', ',', '?', '!', '。', '、', '？', '！', ':'];

/// Returns the words by which a sentence is recognized: the fewest clauses that no other sentence contains,
/// and of those the longest.
///
/// # Panics
/// When another sentence contains the whole sentence, or the texts do not have it.
pub(crate) fn of(name: &str, texts: &Map<String, Value>) -> String {
    let sentence = texts[name].as_str().unwrap();
    let others: Vec<String> = texts
        .iter()
        .filter(|(other, _)| *other != name)
        .map(|(_, text)| folded(text.as_str().unwrap()))
        .collect();
    let clauses: Vec<&str> = sentence
        .split(ENDS_OF_CLAUSES)
        .map(str::trim)
        .filter(|clause| !clause.is_empty())
        .collect();
    (1..=clauses.len())
        .find_map(|count| {
            clauses
                .windows(count)
                .map(|run| run.join(" "))
                .filter(|run| !run.contains('{'))
                .filter(|run| !others.iter().any(|other| other.contains(&folded(run))))
                .min_by_key(|run| Reverse(run.chars().count()))
        })
        .unwrap_or_else(|| panic!("{name} must have words that no other sentence has"))
}

/// Returns the letters and digits alone, in lower case.
fn folded(text: &str) -> String {
    let lower = text.chars().flat_map(char::to_lowercase);
    lower.filter(|symbol| symbol.is_alphanumeric()).collect()
}
