//! Exchanges the partitions in ARNs between clients and the embedded services.
//!
//! The embedded crates write ARNs of the partition `aws` only. For a Region of another partition,
//! that partition's name and `aws` change places, in requests and again in responses. Exchanging
//! twice restores a text, so that a client reads back what it wrote, and an ARN of a wrong
//! partition stays a wrong one.

use std::borrow::Cow;

/// The partition in which the embedded services write ARNs.
const EMBEDDED: &str = "aws";

/// The separators of an ARN's parts: plain, and as forms and IAM's documents write them.
const SEPARATORS: [&str; 3] = [":", "%3A", "%3a"];

/// Exchanges `aws` and `partition` in every ARN of a body: JSON, XML or a form.
pub(crate) fn exchanged<'a>(body: &'a [u8], partition: &str) -> Cow<'a, [u8]> {
    if partition == EMBEDDED {
        return Cow::Borrowed(body);
    }
    let mut whole = Vec::new();
    let mut taken = 0;
    let mut at = 0;
    while let Some(found) = find(&body[at..], b"arn") {
        at += found + b"arn".len();
        let Some(name_at) = separated(body, at) else {
            continue;
        };
        let rest = &body[name_at..];
        for (old, new) in [(EMBEDDED, partition), (partition, EMBEDDED)] {
            let end = name_at + old.len();
            if rest.starts_with(old.as_bytes()) && separated(body, end).is_some() {
                whole.extend_from_slice(&body[taken..name_at]);
                whole.extend_from_slice(new.as_bytes());
                taken = end;
                at = end;
                break;
            }
        }
    }
    if taken == 0 {
        return Cow::Borrowed(body);
    }
    whole.extend_from_slice(&body[taken..]);
    Cow::Owned(whole)
}

/// Exchanges `aws` and `partition` in every ARN of a text.
pub(crate) fn exchanged_text(text: &str, partition: &str) -> String {
    String::from_utf8_lossy(&exchanged(text.as_bytes(), partition)).into_owned()
}

/// Returns the position after the separator that stands at a position.
fn separated(body: &[u8], at: usize) -> Option<usize> {
    SEPARATORS
        .iter()
        .find(|separator| body[at..].starts_with(separator.as_bytes()))
        .map(|separator| at + separator.len())
}

fn find(body: &[u8], part: &[u8]) -> Option<usize> {
    body.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gov(text: &str) -> String {
        exchanged_text(text, "aws-us-gov")
    }

    #[test]
    fn the_partitions_of_arns_change_places() {
        for (outside, inside) in [
            ("arn:aws-us-gov:iam::1:role/a", "arn:aws:iam::1:role/a"),
            (
                r#"{"Resource":["arn:aws-us-gov:sns:r:1:a","arn:aws-us-gov:sns:r:1:b"]}"#,
                r#"{"Resource":["arn:aws:sns:r:1:a","arn:aws:sns:r:1:b"]}"#,
            ),
            (
                "PolicyArn=arn%3Aaws-us-gov%3Aiam%3A%3Aaws%3Apolicy%2Fa&Arn=arn%3aaws-us-gov%3aiam",
                "PolicyArn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2Fa&Arn=arn%3aaws%3aiam",
            ),
            ("&quot;arn:aws-us-gov:iam", "&quot;arn:aws:iam"),
            (
                "a warning: arn:arn:aws-us-gov:x",
                "a warning: arn:arn:aws:x",
            ),
            ("日本 arn:aws-us-gov:x 日本", "日本 arn:aws:x 日本"),
        ] {
            assert_eq!(gov(outside), inside);
            assert_eq!(gov(inside), outside);
            assert_eq!(exchanged_text(inside, "aws"), inside);
        }
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in [
            "",
            "arn",
            "arn:",
            "arn:aws",
            "arn:aws-us-gov",
            "arn:*:sns:*:1:t",
            "arn:aws*:sns:r:1:t",
            "arn:aws-cn:sns:r:1:t",
            "arn:${Partition}:sns",
            "aws:SourceArn",
        ] {
            assert_eq!(gov(text), text);
        }
    }

    proptest! {
        #[test]
        fn exchanging_twice_restores_every_text(
            parts in prop::collection::vec("arn|:|%3A|%3a|aws|-us-gov|.", 0..24)
        ) {
            let text = parts.concat();
            prop_assert_eq!(gov(&gov(&text)), text);
        }
    }
}
