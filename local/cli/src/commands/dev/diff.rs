//! Compares the lines of a call with those of the same call in the previous round.

use serde::Serialize;

use crate::transcript::TranscriptLine;

/// In which of the two rounds a line was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Mark {
    /// In both.
    Same,
    /// Only in the current round.
    New,
    /// Only in the previous round.
    Gone,
}

/// A line with its mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Difference<'a> {
    #[serde(rename = "change")]
    pub mark: Mark,
    #[serde(flatten)]
    pub line: &'a TranscriptLine,
}

/// Merges the lines of both rounds in their order, with as many lines as possible marked `Same`. In each
/// place, `Gone` lines come before `New` ones.
pub fn diff<'a>(before: &'a [TranscriptLine], now: &'a [TranscriptLine]) -> Vec<Difference<'a>> {
    // `common[i][j]` is the length of the longest common subsequence of `before[i..]` and `now[j..]`.
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

    /// Formats the differences as marks and words, such as `=a -b +c`.
    fn marked(before: &str, now: &str) -> String {
        let (before, now) = (lines(before), lines(now));
        let differences = diff(&before, &now);
        let marked = differences.iter().map(|difference| {
            let mark = match difference.mark {
                Mark::Same => '=',
                Mark::New => '+',
                Mark::Gone => '-',
            };
            format!("{mark}{}", difference.line.text)
        });
        marked.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn lines_are_marked_as_same_new_or_gone() {
        assert_eq!(marked("ask sent end", "ask sent end"), "=ask =sent =end");
        assert_eq!(
            marked("ask sent end", "please sent end"),
            "-ask +please =sent =end"
        );
        assert_eq!(
            marked("ask end", "menu ask sent end"),
            "+menu =ask +sent =end"
        );
        assert_eq!(
            marked("ask again again end", "ask again end"),
            "=ask =again -again =end"
        );
        assert_eq!(marked("", "ask"), "+ask");
        assert_eq!(marked("ask", ""), "-ask");
        assert_eq!(marked("", ""), "");
    }

    #[test]
    fn the_same_words_in_another_voice_are_another_line() {
        let before = lines("ask");
        let mut now = before.clone();
        now[0].voice = Some("Tomoko".to_owned());
        let marks: Vec<_> = diff(&before, &now).iter().map(|one| one.mark).collect();
        assert_eq!(marks, [Mark::Gone, Mark::New]);
    }
}
