//! Pages of lists.

use std::str::FromStr;
use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use local_wire::page::{self, Page};
use local_wire::{Fault, Request};
use sha2::{Digest, Sha256};

use crate::faults;

/// The size of Lambda's largest page, whatever `MaxItems` requests.
const PAGE: usize = 50;

/// Cuts a page out of items that are sorted by key. The marker contains the last key before the page.
/// `list` distinguishes the list from others of its kind, for example by a function's ARN.
pub(crate) fn page<K, T>(
    request: &Request,
    list: &str,
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
    let list = format!("{}\n{list}", request.region);
    let marker = match request.query("Marker").filter(|text| !text.is_empty()) {
        Some(text) => {
            let key = key_in(&text, &list).and_then(|key| key.parse::<K>().ok());
            Some(key.ok_or_else(|| faults::invalid(format!("Invalid marker: {text}")))?)
        }
        None => None,
    };
    let page = page::behind(items, marker.as_ref(), limit);
    Ok(Page {
        items: page.items,
        next: page.next.map(|key| marker_of(&key.to_string(), &list)),
    })
}

/// The length of a marker's seal, which shows that this account issued the marker.
const SEAL_BYTES: usize = 16;

/// The key of the seals, which only this process has.
static SECRET: LazyLock<[u8; 32]> = LazyLock::new(rand::random);

fn seal(key: &str, list: &str) -> [u8; SEAL_BYTES] {
    let digest = Sha256::new()
        .chain_update(*SECRET)
        .chain_update(list)
        .chain_update([0])
        .chain_update(key)
        .finalize();
    let mut seal = [0; SEAL_BYTES];
    seal.copy_from_slice(&digest[..SEAL_BYTES]);
    seal
}

fn marker_of(key: &str, list: &str) -> String {
    URL_SAFE_NO_PAD.encode([&seal(key, list)[..], key.as_bytes()].concat())
}

/// Returns the key of a marker that this account has issued for the list.
fn key_in(marker: &str, list: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(marker).ok()?;
    let (given, key) = bytes.split_at_checked(SEAL_BYTES)?;
    let key = std::str::from_utf8(key).ok()?;
    (given == seal(key, list)).then(|| key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_valid_only_for_the_list_it_was_issued_for() {
        let marker = marker_of("b:1", "list");
        assert_eq!(key_in(&marker, "list").as_deref(), Some("b:1"));
        assert_eq!(key_in(&marker, "another"), None);
        let other = URL_SAFE_NO_PAD.encode([&seal("b:1", "list")[..], b"c:1"].concat());
        for text in ["", "b:1", "AAAA", &other, &format!("{marker}A")] {
            assert_eq!(key_in(text, "list"), None, "{text}");
        }
    }
}
