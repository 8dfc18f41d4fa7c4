//! The figures as tables, plots and JSON, and the document with them.
//!
//! `docs/performance/results.json` has the recorded figures. The tables of `docs/performance.md` and the plots
//! are generated from it alone, so they have the figures that a run has printed.

mod calls;
mod document;
mod functions;
mod instructions;
mod plots;
mod table;
mod targets;

use serde::{Deserialize, Serialize};

use crate::calls::CallFigures;
use crate::cargo_run::CargoRunFigures;
use crate::functions::FunctionFigures;
use crate::machine::Machine;
use crate::statistics::Summary;

pub use document::{read, render, write};
pub use plots::plots;
pub use table::Table;
pub use targets::{Target, targets};

/// Figures, and the machine on which they were measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Section<T> {
    pub machine: Machine,
    pub figures: T,
}

impl<T> Section<T> {
    /// Returns the figures with this machine and today's date.
    pub fn of_this_run(figures: T) -> Self {
        Self {
            machine: Machine::of_this_run(),
            figures,
        }
    }
}

/// The figures of all parts, each with its own machine and day.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Results {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub functions: Option<Section<FunctionFigures>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<Section<CallFigures>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cargo_run: Option<Section<CargoRunFigures>>,
}

impl Results {
    /// Replaces the parts that `newer` has.
    pub fn update(&mut self, newer: Self) {
        let Self {
            functions,
            calls,
            cargo_run,
        } = newer;
        self.functions = functions.or(self.functions.take());
        self.calls = calls.or(self.calls.take());
        self.cargo_run = cargo_run.or(self.cargo_run.take());
    }

    /// Returns the measurements that were not possible, with the reasons.
    pub fn absent(&self) -> impl Iterator<Item = &str> {
        let functions = self.functions.iter();
        functions
            .flat_map(|found| &found.figures.absent)
            .map(String::as_str)
    }

    /// Returns all tables by their names in the document.
    ///
    /// # Errors
    /// When the table of instructions cannot be read.
    pub fn tables(&self) -> anyhow::Result<Vec<(&'static str, Table)>> {
        let mut tables = Vec::new();
        if let Some(section) = &self.functions {
            tables.extend(functions::tables(&section.figures));
        }
        if let Some(section) = &self.calls {
            tables.extend(calls::tables(&section.figures));
        }
        if let Some(section) = &self.cargo_run {
            tables.push(("cargo-run", cargo_run(&section.figures)));
        }
        tables.push(("targets", targets::table(&targets(self))));
        tables.push(("machines", machines(self)));
        tables.push(("instructions", instructions::table()?));
        Ok(tables)
    }
}

fn machines(results: &Results) -> Table {
    let mut table = Table::new(&[
        "measured",
        "on",
        "processors",
        "memory",
        "system",
        "compiler",
        "day",
    ]);
    let sections = [
        ("functions", results.functions.as_ref().map(|s| &s.machine)),
        ("calls", results.calls.as_ref().map(|s| &s.machine)),
        ("cargo run", results.cargo_run.as_ref().map(|s| &s.machine)),
    ];
    for (name, machine) in sections {
        let Some(machine) = machine else { continue };
        table.row([
            name.to_owned(),
            machine.processor.clone(),
            machine.processors.to_string(),
            format!("{} GiB", machine.memory_mib.div_ceil(1024)),
            machine.kernel.clone(),
            machine.rustc.clone(),
            machine.day.clone(),
        ]);
    }
    table
}

fn cargo_run(found: &CargoRunFigures) -> Table {
    let mut table = Table::new(&["cargo run", "s", "least to most, s"]);
    let warm = found.warm;
    table.row([
        "in a fresh clone".to_owned(),
        digits(found.cold),
        "-".to_owned(),
    ]);
    table.row([
        "again".to_owned(),
        digits(warm.median),
        format!("{} to {}", digits(warm.min), digits(warm.max)),
    ]);
    table
}

/// Formats a value with its significant digits.
fn digits(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// Returns the median and the range of the middle half as text.
fn spread(summary: &Summary) -> [String; 2] {
    [
        digits(summary.median),
        format!("{} to {}", digits(summary.p25), digits(summary.p75)),
    ]
}
