//! Lists in pages.

use std::str::FromStr;

use local_wire::{Fault, Request};

use crate::faults;

/// The largest page Lambda makes, whatever `MaxItems` says.
const PAGE: usize = 50;

/// A page of a list, and the marker of the next.
pub(crate) struct Page<T> {
    /// The items.
    pub(crate) items: Vec<T>,
    /// `NextMarker`.
    pub(crate) next: Option<String>,
}

/// Cuts a page out of items in the order of their keys. The marker is the last key before the
/// page, so that items which come and go do not shift the pages.
pub(crate) fn page<K, T>(
    request: &Request,
    items: impl Iterator<Item = (K, T)>,
) -> Result<Page<T>, Fault>
where
    K: Ord + FromStr + ToString,
{
    let limit = match request.query("MaxItems") {
        Some(text) => text
            .parse::<usize>()
            .ok()
            .filter(|limit| (1..=10_000).contains(limit))
            .ok_or_else(|| {
                faults::constraint(
                    &text,
                    "maxItems",
                    "Member must have value between 1 and 10000",
                )
            })?
            .min(PAGE),
        None => PAGE,
    };
    let marker = match request.query("Marker").filter(|text| !text.is_empty()) {
        Some(text) => Some(
            text.parse::<K>()
                .map_err(|_| faults::invalid(format!("Invalid marker: {text}")))?,
        ),
        None => None,
    };
    let mut rest = items
        .filter(|(key, _)| marker.as_ref().is_none_or(|marker| key > marker))
        .peekable();
    let mut page = Page {
        items: Vec::new(),
        next: None,
    };
    while let Some((key, item)) = rest.next() {
        page.items.push(item);
        if page.items.len() == limit {
            page.next = rest.peek().map(|_| key.to_string());
            break;
        }
    }
    Ok(page)
}
