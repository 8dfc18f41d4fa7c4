//! What differs between what was heard before and what is heard now.

use serde::Serialize;

use crate::transcript::TranscriptLine;

/// Where a line was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Mark {
    /// Before and now.
    Same,
    /// Now only.
    New,
    /// Before only.
    Gone,
}

/// A line, and where it was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Difference<'a> {
    /// Where.
    #[serde(rename = "change")]
    pub mark: Mark,
    /// The line.
    #[serde(flatten)]
    pub line: &'a TranscriptLine,
}

/// The lines of both in their order, with as many of them the same as can be; what is gone comes
/// before what is new in its place.
pub fn diff<'a>(before: &'a [TranscriptLine], now: &'a [TranscriptLine]) -> Vec<Difference<'a>> {
    // The longest common subsequence, of every pair of ends.
    let mut common = vec![vec![0_usize; now.len() + 1]; before.len() + 1];
    for (i, old) in before.iter().enumerate().rev() {
        for (j, new) in now.iter().enumerate().rev() {
            common[i][j] = match old == new {
                true => common[i + 1][j + 1] + 1,
                false => common[i + 1][j].max(common[i][j + 1]),
            };
        }
    }
    let mut differences = Vec::with_capacity(before.len().max(now.len()));
    let (mut i, mut j) = (0, 0);
    loop {
        let (mark, line) = match (before.get(i), now.get(j)) {
            (None, None) => return differences,
            (Some(old), Some(new)) if old == new => (Mark::Same, new),
            (Some(old), Some(_)) if common[i + 1][j] >= common[i][j + 1] => (Mark::Gone, old),
            (Some(old), None) => (Mark::Gone, old),
            (_, Some(new)) => (Mark::New, new),
        };
        i += usize::from(mark != Mark::New);
        j += usize::from(mark != Mark::Gone);
        differences.push(Difference { mark, line });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::Kind;

    fn lines(words: &str) -> Vec<TranscriptLine> {
        let line = |text: &str| TranscriptLine {
            kind: Kind::Line,
            text: text.to_owned(),
            voice: Some("Kazuha".to_owned()),
        };
        words.split_whitespace().map(line).collect()
    }

    /// Marks and words, such as `=a -b +c`.
    fn told(before: &str, now: &str) -> String {
        let (before, now) = (lines(before), lines(now));
        let differences = diff(&before, &now);
        let told = differences.iter().map(|difference| {
            let mark = match difference.mark {
                Mark::Same => '=',
                Mark::New => '+',
                Mark::Gone => '-',
            };
            format!("{mark}{}", difference.line.text)
        });
        told.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_stayed_is_told_from_what_came_and_went() {
        assert_eq!(told("ask sent end", "ask sent end"), "=ask =sent =end");
        assert_eq!(
            told("ask sent end", "please sent end"),
            "-ask +please =sent =end"
        );
        assert_eq!(
            told("ask end", "menu ask sent end"),
            "+menu =ask +sent =end"
        );
        assert_eq!(
            told("ask again again end", "ask again end"),
            "=ask =again -again =end"
        );
        assert_eq!(told("", "ask"), "+ask");
        assert_eq!(told("ask", ""), "-ask");
        assert_eq!(told("", ""), "");
    }

    #[test]
    fn another_voice_is_another_line() {
        let before = lines("ask");
        let mut now = before.clone();
        now[0].voice = Some("Tomoko".to_owned());
        let marks: Vec<_> = diff(&before, &now).iter().map(|one| one.mark).collect();
        assert_eq!(marks, [Mark::Gone, Mark::New]);
    }
}
