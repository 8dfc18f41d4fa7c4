//! Fuzzes files of campaigns and members: a file leads to rows or to mistakes.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

/// These files of the tools of operators compile without its crate.
#[expect(dead_code, reason = "the tools use more of these files")]
#[path = "../../../operator/src/rows"]
mod rows {
    pub mod campaigns;
    mod cell_text;
    pub mod cells;
    pub mod layout;
    pub mod line_ends;
    pub mod lines;
    pub mod members;
    pub mod mistake;
    mod numbering;
    pub mod phone;
    pub mod pin;
    pub mod sheet;
    pub mod table;
    pub mod zone;
}
use rows::phone::Country;
use rows::pin::Lengths;
use rows::{campaigns, members};

static COUNTRIES: LazyLock<Vec<Country>> = LazyLock::new(|| {
    ["JP", "DE", "US"]
        .into_iter()
        .filter_map(Country::named)
        .collect()
});

fuzz_target!(|bytes: &[u8]| {
    match campaigns::read(bytes, Lengths::default(), None) {
        Ok(sheet) => {
            for campaign in sheet.rows {
                // Without the column of MACs, each row has a PIN.
                let pin = campaign.key.pin().map(|pin| pin.expose());
                assert!(pin.is_some_and(|pin| (1..=16).contains(&pin.len())));
                // Debug output may have the URL's host, but not what follows it.
                let url = campaign.url.expose();
                let behind_host = url.splitn(4, '/').nth(3).unwrap_or_default();
                let shown = format!("{:?}", campaign.url);
                assert!(behind_host.is_empty() || !shown.contains(url));
            }
        }
        Err(mistakes) => assert!(!mistakes.is_empty()),
    }
    for country in COUNTRIES.iter() {
        match members::read(bytes, country) {
            Ok(sheet) => {
                let numbers: std::collections::HashSet<_> =
                    sheet.rows.iter().map(|member| &member.phone).collect();
                assert_eq!(numbers.len(), sheet.rows.len());
            }
            Err(mistakes) => assert!(!mistakes.is_empty()),
        }
    }
});
