//! A file of members or of campaigns: read, compared with a table, and written.

use anyhow::bail;
use csv::StringRecord;
use local_terminal::tell;
use serde_json::json;

use super::source::{Row, Source};
use super::survey::{self, Survey};
use super::write::{Import, Tally};
use crate::line::Line;
use crate::options::FileOptions;
use crate::rows::change::Change;
use crate::rows::mistake::{Mistake, Warning};
use crate::rows::preview::counted;
use crate::rows::sheet::{Columns, Record};
use crate::rows::store::BATCH;
use crate::rows::target::Target;
use crate::screen::Screen;

/// A row that was read, or its mistakes, and the warnings about it.
pub type Reading<T> = (Result<T, Vec<Mistake>>, Vec<Warning>);

/// A reader of a file's records, one after the other.
pub type Reader<T> = Box<dyn FnMut(&Record) -> Reading<T>>;

/// The kind of rows that a file has.
pub trait Kind {
    /// A row that was read.
    type Row;

    /// The noun of results: `member` or `campaign`.
    const NOUN: &'static str;

    /// Returns the columns that a file may have.
    fn columns(&self) -> &'static Columns;

    /// Begins to read a file.
    fn reader(&self) -> Reader<Self::Row>;

    /// Returns the table that the rows belong into.
    fn table<'a>(&self, line: &'a Line) -> Target<'a>;

    /// Returns the changes that rows make.
    ///
    /// # Errors
    /// When their keys cannot be computed.
    fn changes(
        &self,
        rows: Vec<Self::Row>,
        line: &Line,
    ) -> impl Future<Output = anyhow::Result<Vec<Change>>>;
}

/// A file that was read as a whole.
#[derive(Debug)]
pub struct File<'a, K> {
    kind: K,
    source: Source,
    options: &'a FileOptions,
    /// The result of the first reading.
    pub survey: Survey,
}

impl<'a, K: Kind> File<'a, K> {
    /// Reads a whole file, says its format, and prints its mistakes and warnings. Calls `visit` for
    /// every row that can be written.
    ///
    /// # Errors
    /// When the file cannot be written into a table, or not as a whole and that is not wanted.
    pub fn read(
        kind: K,
        options: &'a FileOptions,
        screen: Screen,
        visit: impl FnMut(&K::Row),
    ) -> anyhow::Result<Self> {
        let source = Source::open(options)?;
        tell(format_args!("{}: {}", source.name, source.format));
        let survey = match rows(&kind, &source)? {
            Ok((titles, rows)) => survey::read(&source, options, &titles, rows, screen, visit)?,
            Err(mistakes) => return survey::refuse(&source, options, &mistakes, screen),
        };
        Ok(Self {
            kind,
            source,
            options,
            survey,
        })
    }

    /// Returns the file's name, as messages have it.
    pub fn name(&self) -> &str {
        &self.source.name
    }

    /// Reads the file again, and writes the rows that differ from those of the line's table. A dry run
    /// compares and writes nothing.
    ///
    /// # Errors
    /// When the file has changed, or the table refuses a row.
    pub async fn write(&self, line: &Line, is_dry: bool) -> anyhow::Result<Tally> {
        let changed = || {
            anyhow::anyhow!(
                "{} must stay the same while it is imported, but has changed",
                self.source.name
            )
        };
        let table = self.kind.table(line);
        let mut import = Import::new(table, self.survey.rows, is_dry);
        let Ok((_, mut rows)) = rows(&self.kind, &self.source)? else {
            return Err(changed());
        };
        loop {
            let mut batch = Vec::with_capacity(BATCH);
            for Row { row, .. } in rows.by_ref() {
                match row {
                    Ok(row) => batch.push(row),
                    Err(_) if self.options.rejects.is_some() => {}
                    Err(_) => return Err(changed()),
                }
                if batch.len() == BATCH {
                    break;
                }
            }
            if batch.is_empty() {
                break;
            }
            let changes = self.kind.changes(batch, line).await?;
            import.batch_of(changes).await?;
        }
        let tally = import.end();
        if tally.written() + tally.same != self.survey.rows {
            bail!(changed());
        }
        Ok(tally)
    }

    /// Prints the result of an import.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn report(
        &self,
        line: &Line,
        tally: Tally,
        is_dry: bool,
        screen: Screen,
    ) -> anyhow::Result<()> {
        let table = self.kind.table(line).table;
        let written = counted(tally.written(), K::NOUN);
        let place = match line.endpoint.url() {
            Some(url) => format!("{table}, {} at {url}", line.region()),
            None => format!("{table}, {}", line.region()),
        };
        screen.say(&if is_dry {
            format!(
                "{written} would be written to {place}: {}.",
                tally.sentence()
            )
        } else {
            format!("Wrote {written} to {place}: {}.", tally.sentence())
        })?;
        screen.result(json!({
            "type": "imported",
            "what": format!("{}s", K::NOUN),
            "table": table,
            "region": line.region(),
            "endpointUrl": line.endpoint.url(),
            "encoding": self.source.format.encoding(),
            "sheet": self.source.format.sheet(),
            "dryRun": is_dry,
            "rows": self.survey.rows,
            "new": tally.new,
            "changed": tally.changed,
            "same": tally.same,
            "rejected": self.survey.rejected,
            "warnings": self.survey.warnings,
        }))?;
        Ok(())
    }
}

/// Returns the header and the rows of a file, or the mistakes in the header.
#[expect(
    clippy::type_complexity,
    reason = "the rows are an iterator without a name"
)]
fn rows<K: Kind>(
    kind: &K,
    source: &Source,
) -> anyhow::Result<Result<(StringRecord, impl Iterator<Item = Row<K::Row>>), Vec<Mistake>>> {
    let rows = source.rows(kind.columns(), kind.reader())?;
    Ok(rows.map(|rows| (rows.titles().clone(), rows)))
}
