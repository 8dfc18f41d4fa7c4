//! The table of instructions, which `bench/instructions` counts and compares.

use anyhow::Context;
use serde_json::Value;

use super::Table;

const COUNTS: &str = include_str!("../../instructions/counts.json");

pub(super) fn table() -> anyhow::Result<Table> {
    let value: Value = serde_json::from_str(COUNTS).context("bench/instructions/counts.json")?;
    let counts = value["instructions"].as_object();
    let counts = counts.context("bench/instructions/counts.json must have instructions")?;
    let compiler = value["rustc"].as_str().unwrap_or("an unknown compiler");
    let mut table = Table::new(&["work", &format!("instructions, {compiler}")]);
    for (work, count) in counts {
        table.row([work.clone(), count.to_string()]);
    }
    Ok(table)
}
