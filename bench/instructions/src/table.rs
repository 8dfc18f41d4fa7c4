//! The recorded counts.

use std::collections::BTreeMap;
use std::fs;

use anyhow::Context;
use serde_json::{Value, json};

/// Growth above this limit is an error.
pub(crate) const MOST_GROWTH_PERCENT: u64 = 5;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/counts.json");

/// The recorded counts, and the compiler of that build.
pub(crate) struct Table {
    pub(crate) rustc: String,
    pub(crate) counts: BTreeMap<String, u64>,
}

impl Table {
    pub(crate) fn read() -> anyhow::Result<Self> {
        let text = fs::read_to_string(PATH).with_context(|| format!("cannot read {PATH}"))?;
        let value: Value = serde_json::from_str(&text)?;
        let counts = value["instructions"].as_object();
        let counts = counts.with_context(|| format!("{PATH} must have instructions"))?;
        Ok(Self {
            rustc: value["rustc"].as_str().unwrap_or("unknown").to_owned(),
            counts: counts
                .iter()
                .map(|(name, count)| {
                    let count = count.as_u64();
                    let count =
                        count.with_context(|| format!("{name} in {PATH} must be a number"))?;
                    Ok((name.clone(), count))
                })
                .collect::<anyhow::Result<_>>()?,
        })
    }

    pub(crate) fn write(&self) -> anyhow::Result<()> {
        let value = json!({ "rustc": self.rustc, "instructions": self.counts });
        let text = serde_json::to_string_pretty(&value)? + "\n";
        fs::write(PATH, text).with_context(|| format!("cannot write {PATH}"))
    }
}

pub(crate) fn has_grown(was: u64, now: u64) -> bool {
    now * 100 > was * (100 + MOST_GROWTH_PERCENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_percent_are_the_limit() {
        assert!(!has_grown(1000, 900));
        assert!(!has_grown(1000, 1050));
        assert!(has_grown(1000, 1051));
    }

    #[test]
    fn the_table_has_every_work() {
        let table = Table::read().map(|table| table.counts.into_keys().collect::<Vec<_>>());
        let mut works: Vec<_> = crate::works::Work::ALL
            .iter()
            .map(|work| work.name().to_owned())
            .collect();
        works.sort();
        assert_eq!(table.ok(), Some(works));
    }
}
