//! The second reading of a file: compares its rows with the table, and writes those that differ.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::rows::change::{Change, Difference};
use crate::rows::tables;
use crate::rows::target::Target;

/// The rows of a file, by their difference from the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows that the table did not have.
    pub new: usize,
    /// Rows that had other values.
    pub changed: usize,
    /// Rows that were the same, and were not written.
    pub same: usize,
}

impl Tally {
    /// Returns the number of rows that were written, or would be.
    pub fn written(self) -> usize {
        self.new + self.changed
    }

    /// Describes the rows, as results have it.
    pub fn sentence(self) -> String {
        let Self { new, changed, same } = self;
        format!("{new} new, {changed} changed, {same} the same")
    }

    fn add(&mut self, difference: Difference) {
        match difference {
            Difference::New => self.new += 1,
            Difference::Changed => self.changed += 1,
            Difference::Same => self.same += 1,
        }
    }
}

/// Compares and writes rows, a batch at a time.
#[derive(Debug)]
pub struct Import<'a> {
    target: Target<'a>,
    is_dry: bool,
    bar: ProgressBar,
    /// The rows so far.
    pub tally: Tally,
}

impl<'a> Import<'a> {
    /// Begins an import of this many rows. A dry one compares and writes nothing.
    pub fn new(target: Target<'a>, rows: usize, is_dry: bool) -> Self {
        Self {
            target,
            is_dry,
            bar: bar(rows),
            tally: Tally::default(),
        }
    }

    /// Compares a batch of up to [`BATCH`](crate::rows::store::BATCH) rows with the table, and writes the rows that differ.
    ///
    /// # Errors
    /// When the table does not answer or refuses a row. The rows before it stay written, and a second run
    /// skips them.
    pub async fn batch_of(&mut self, changes: Vec<Change>) -> anyhow::Result<()> {
        let rows = {
            let keys: Vec<_> = changes.iter().map(|change| change.key.as_str()).collect();
            self.target.rows(&keys).await?
        };
        let mut wanted = Vec::new();
        let mut tally = self.tally;
        for change in changes {
            let difference = change.difference(rows.get(&change.key));
            tally.add(difference);
            if difference == Difference::Same {
                self.bar.inc(1);
            } else {
                wanted.push(change);
            }
        }
        if self.is_dry {
            self.bar.inc(wanted.len() as u64);
        } else {
            tables::update_all(self.target, &wanted, |some| self.bar.inc(some as u64)).await?;
        }
        self.tally = tally;
        Ok(())
    }

    /// Ends the import, and returns its rows.
    pub fn end(self) -> Tally {
        self.bar.finish_and_clear();
        self.tally
    }
}

/// Returns a progress bar with rate and time left, which indicatif draws on standard error, and only on
/// a terminal.
fn bar(rows: usize) -> ProgressBar {
    let bar = ProgressBar::new(rows as u64);
    let template = "  {bar:30} {pos} of {len} rows, {per_sec}, {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}
