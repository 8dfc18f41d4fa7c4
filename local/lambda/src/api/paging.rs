//! Lists in pages.

use std::str::FromStr;

use local_wire::page::{self, Page};
use local_wire::{Fault, Request};

use crate::faults;

/// The largest page Lambda makes, whatever `MaxItems` says.
const PAGE: usize = 50;

/// Cuts a page out of items in the order of their keys. The marker is the last key before the
/// page.
pub(crate) fn page<K, T>(
    request: &Request,
    items: impl Iterator<Item = (K, T)>,
) -> Result<Page<T, String>, Fault>
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
    let page = page::behind(items, marker.as_ref(), limit);
    Ok(Page {
        items: page.items,
        next: page.next.map(|key| key.to_string()),
    })
}
