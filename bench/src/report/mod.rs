//! What was found, for people, machines and the document.
//!
//! `docs/performance/results.json` holds the figures of the latest runs that were written down.
//! The tables of `docs/performance.md` and the plots are made of it and of nothing else, so they
//! say what a run has printed.

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

/// Figures and the machine they are from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Section<T> {
    /// Measured on.
    pub machine: Machine,
    /// Found.
    pub figures: T,
}

impl<T> Section<T> {
    /// What this machine has found today.
    pub fn of_this_run(figures: T) -> Self {
        Self {
            machine: Machine::of_this_run(),
            figures,
        }
    }
}

/// Everything that was measured, each part whenever it was.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// Functions side by side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub functions: Option<Section<FunctionFigures>>,
    /// Calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<Section<CallFigures>>,
    /// `cargo run` in a clone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cargo_run: Option<Section<CargoRunFigures>>,
}

impl Results {
    /// Takes over the parts that `newer` has.
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

    /// What could not be measured, and why.
    pub fn absent(&self) -> impl Iterator<Item = &str> {
        let functions = self.functions.iter();
        functions
            .flat_map(|found| &found.figures.absent)
            .map(String::as_str)
    }

    /// All tables, by the names under which the document has them.
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

/// With as many digits as mean something.
fn digits(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// The median, and where the middle half lies.
fn spread(summary: &Summary) -> [String; 2] {
    [
        digits(summary.median),
        format!("{} to {}", digits(summary.p25), digits(summary.p75)),
    ]
}
