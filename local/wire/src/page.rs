//! Pages of lists.

use std::ops::RangeInclusive;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::constraint;

/// A page of a list, with the position of the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, K> {
    /// The elements.
    pub items: Vec<T>,
    /// The position of the next page; `None` on the last one.
    pub next: Option<K>,
}

/// Returns `size` elements of a list, beginning with the element at index `from`. The position of
/// the next page is the index of its first element.
pub fn from<T>(items: impl IntoIterator<Item = T>, from: usize, size: usize) -> Page<T, usize> {
    let mut rest = items.into_iter().skip(from);
    let items: Vec<T> = rest.by_ref().take(size).collect();
    let next = rest.next().map(|_| from + items.len());
    Page { items, next }
}

/// Returns `size` elements of a list sorted by key, beginning after the key `last`. The position of
/// the next page is the last key of this one, so that elements added or removed in between do not
/// shift the pages.
pub fn behind<T, K: PartialOrd>(
    items: impl IntoIterator<Item = (K, T)>,
    last: Option<&K>,
    size: usize,
) -> Page<T, K> {
    let mut rest = items
        .into_iter()
        .filter(|(key, _)| last.is_none_or(|last| key > last))
        .peekable();
    let mut page = Page {
        items: Vec::new(),
        next: None,
    };
    while let Some((key, item)) = rest.next() {
        page.items.push(item);
        if page.items.len() == size {
            page.next = rest.peek().map(|_| key);
            break;
        }
    }
    page
}

/// Returns the size of a page: the requested one, or `usual`.
///
/// # Errors
/// The broken bound, in AWS's words.
pub fn size(
    asked: Option<i64>,
    usual: usize,
    allowed: RangeInclusive<usize>,
) -> Result<usize, String> {
    let Some(asked) = asked else {
        return Ok(usual);
    };
    // A negative number breaks the lower bound like 0.
    let size = usize::try_from(asked).unwrap_or_default();
    constraint::broken_bound(&size, &allowed).map_or(Ok(size), Err)
}

/// Returns a token for a position in one list only, such as that of an operation in a Region.
pub fn token(list: &str, place: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("{place} {list}"))
}

/// Returns the position of a token of this list.
pub fn place(list: &str, token: &str) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (place, made_for) = text.split_once(' ')?;
    (made_for == list).then(|| place.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_by_number_are_the_whole_list() {
        for (start, size, items, next) in [
            (0, 2, &[10, 11][..], Some(2)),
            (2, 2, &[12, 13], Some(4)),
            (4, 2, &[14], None),
            (3, 2, &[13, 14], None),
            (9, 2, &[], None),
            (usize::MAX, 2, &[], None),
        ] {
            let page = from(10..15, start, size);
            assert_eq!((&page.items[..], page.next), (items, next), "{start}");
        }
    }

    #[test]
    fn pages_by_key_do_not_shift() {
        let list = [("a", 1), ("c", 2), ("d", 3)];
        let first = behind(list, None, 1);
        assert_eq!((first.items, first.next), (vec![1], Some("a")));
        // `a` has been removed and `b` added.
        let second = behind([("b", 4), ("c", 2), ("d", 3)], Some(&"a"), 2);
        assert_eq!((second.items, second.next), (vec![4, 2], Some("c")));
        let third = behind(list, Some(&"c"), 2);
        assert_eq!((third.items, third.next), (vec![3], None));
    }

    #[test]
    fn sizes_are_bounded() {
        assert_eq!(size(None, 50, 1..=10), Ok(50));
        assert_eq!(size(Some(10), 50, 1..=10), Ok(10));
        for (asked, bound) in [
            (0, "greater than or equal to 1"),
            (-1, "greater than or equal to 1"),
            (11, "less than or equal to 10"),
            (i64::MAX, "less than or equal to 10"),
        ] {
            assert_eq!(size(Some(asked), 50, 1..=10), Err(bound.to_owned()));
        }
    }

    #[test]
    fn a_token_is_valid_only_for_its_own_list() {
        let token = token("ListQueues eu-west-1 i", 100);
        assert_eq!(place("ListQueues eu-west-1 i", &token), Some(100));
        assert_eq!(place("ListQueues eu-west-1 j", &token), None);
        assert_eq!(place("ListQueues eu-west-1 i", "100"), None);
    }
}
