//! Ranges of bytes, as in the header `Range`.

use std::ops::Range;

use local_wire::Fault;

/// Returns the range of a content with this length; `None` for text that is not one range of bytes, which
/// S3 ignores: it "doesn't support retrieving multiple ranges of data per GET request".
///
/// # Errors
/// `InvalidRange` if the content has no byte of the range.
pub(super) fn of(text: &str, length: usize) -> Result<Option<Range<usize>>, Fault> {
    let Some(range) = text.trim().strip_prefix("bytes=") else {
        return Ok(None);
    };
    let Some((first, last)) = range.split_once('-') else {
        return Ok(None);
    };
    let number = |text: &str| text.parse::<usize>().ok();
    let found = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(length),
        (Some(first), None) if last.is_empty() => first..length,
        (None, Some(count)) if first.is_empty() => length.saturating_sub(count)..length,
        _ => return Ok(None),
    };
    match found.is_empty() {
        true => Err(Fault::new(
            416,
            "InvalidRange",
            "The requested range is not satisfiable",
        )),
        false => Ok(Some(found)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 9110, section 14.1.2, for a content of 10,000 bytes.
    #[test]
    fn ranges_are_those_of_http() {
        for (text, expected) in [
            ("bytes=0-499", Some(0..500)),
            ("bytes=500-999", Some(500..1_000)),
            ("bytes=-500", Some(9_500..10_000)),
            ("bytes=9500-", Some(9_500..10_000)),
            ("bytes=9500-20000", Some(9_500..10_000)),
            ("bytes=-20000", Some(0..10_000)),
            ("bytes=0-0,-1", None),
            ("bytes=5-4", None),
            ("lines=1-2", None),
            ("bytes=-", None),
        ] {
            assert_eq!(of(text, 10_000).unwrap(), expected, "{text}");
        }
        for text in ["bytes=10000-", "bytes=10000-10001", "bytes=-0"] {
            let refused = of(text, 10_000).unwrap_err();
            assert_eq!(
                (refused.status, refused.code.as_str()),
                (416, "InvalidRange"),
                "{text}"
            );
        }
    }
}
