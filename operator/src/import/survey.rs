//! The first reading of a file: its mistakes, its warnings, and the file of rejected rows.

use std::path::Path;

use anyhow::bail;
use csv::StringRecord;
use local_terminal::tell;
use serde_json::json;

use super::source::{Row, Source};
use crate::files::NewFile;
use crate::options::FileOptions;
use crate::rows::mistake::{Mistake, Warning};
use crate::rows::preview::counted;
use crate::screen::Screen;

/// The number of mistakes or warnings that are shown, unless all are wanted.
const SHOWN: usize = 20;

/// The result of the first reading.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Survey {
    /// The rows that can be written.
    pub rows: usize,
    /// The rows with mistakes, which the file of rejected rows has.
    pub rejected: usize,
    /// The warnings.
    pub warnings: usize,
}

/// The printer of mistakes and warnings.
struct Findings<'a> {
    name: &'a str,
    screen: Screen,
    most: usize,
    mistakes: usize,
    warnings: usize,
}

/// Reads a whole file, and prints its mistakes and warnings. With --rejects, rows with mistakes go to
/// that file.
///
/// # Errors
/// When a row has a mistake and there is no file for rejected rows, or when that file exists already.
pub fn read<T>(
    source: &Source,
    options: &FileOptions,
    titles: &StringRecord,
    rows: impl Iterator<Item = Row<T>>,
    screen: Screen,
    mut visit: impl FnMut(&T),
) -> anyhow::Result<Survey> {
    let mut survey = Survey::default();
    let mut findings = Findings::of(source, options, screen);
    let mut rejects = options
        .rejects
        .as_deref()
        .map(|file| Rejects::create(file, titles))
        .transpose()?;
    for Row {
        row,
        warnings,
        cells,
    } in rows
    {
        match row {
            Ok(row) => {
                visit(&row);
                survey.rows += 1;
                for warning in &warnings {
                    findings.warning(warning)?;
                }
            }
            Err(mistakes) => {
                survey.rejected += 1;
                for mistake in &mistakes {
                    findings.mistake(mistake)?;
                }
                if let Some(rejects) = &mut rejects {
                    rejects.write(&mistakes, &cells)?;
                }
            }
        }
    }
    survey.warnings = findings.warnings;
    findings.end();
    if let Some(rejects) = rejects {
        rejects.close(survey.rejected)?;
    } else if findings.mistakes > 0 {
        bail!("{}", findings.refusal());
    }
    Ok(survey)
}

/// Prints the mistakes in a header, and returns the error of the command.
///
/// # Errors
/// Always: without a header nothing can be read.
pub fn refuse<T>(
    source: &Source,
    options: &FileOptions,
    mistakes: &[Mistake],
    screen: Screen,
) -> anyhow::Result<T> {
    let mut findings = Findings::of(source, options, screen);
    for mistake in mistakes {
        findings.mistake(mistake)?;
    }
    bail!("{}", findings.refusal())
}

impl<'a> Findings<'a> {
    fn of(source: &'a Source, options: &FileOptions, screen: Screen) -> Self {
        Self {
            name: &source.name,
            screen,
            most: if options.all_mistakes {
                usize::MAX
            } else {
                SHOWN
            },
            mistakes: 0,
            warnings: 0,
        }
    }

    fn mistake(&mut self, mistake: &Mistake) -> anyhow::Result<()> {
        self.mistakes += 1;
        if self.mistakes <= self.most {
            tell(format_args!("{}:{mistake}", self.name));
            self.screen.result(json!({
                "type": "mistake",
                "file": self.name,
                "line": mistake.line,
                "column": mistake.column,
                "message": mistake.sentence,
            }))?;
        }
        Ok(())
    }

    fn warning(&mut self, warning: &Warning) -> anyhow::Result<()> {
        self.warnings += 1;
        if self.warnings <= self.most {
            tell(format_args!("{}:{warning}", self.name));
            self.screen.result(json!({
                "type": "warning",
                "file": self.name,
                "line": warning.line,
                "column": warning.column,
                "message": warning.sentence,
            }))?;
        }
        Ok(())
    }

    /// Says how many findings were not shown.
    fn end(&self) {
        if let more @ 1.. = self.warnings.saturating_sub(self.most) {
            let more = counted(more, "warning");
            tell(format_args!("{}: {more} more not shown", self.name));
        }
    }

    fn refusal(&self) -> String {
        let all = counted(self.mistakes, "mistake");
        match self.mistakes.saturating_sub(self.most) {
            0 => format!("{} has {all}, so nothing was written", self.name),
            more => format!(
                "{} has {all} ({more} more than shown; --all-mistakes shows all), so nothing was written",
                self.name
            ),
        }
    }
}

/// The file of rejected rows: their lines, the reasons, and their cells as they were.
struct Rejects {
    file: NewFile,
    /// The number of cells of the header.
    width: usize,
}

impl Rejects {
    fn create(path: &Path, titles: &StringRecord) -> anyhow::Result<Self> {
        let mut rejects = Self {
            file: NewFile::create(path)?,
            width: titles.len(),
        };
        rejects.record("line", "reasons", titles)?;
        Ok(rejects)
    }

    fn write(&mut self, mistakes: &[Mistake], cells: &StringRecord) -> anyhow::Result<()> {
        let line = mistakes.first().map_or(0, |mistake| mistake.line);
        let sentence = |mistake: &Mistake| match mistake.column {
            Some(column) => format!("{column}: {}", mistake.sentence),
            None => mistake.sentence.clone(),
        };
        let reasons: Vec<_> = mistakes.iter().map(sentence).collect();
        self.record(&line.to_string(), &reasons.join("; "), cells)
    }

    /// Writes a record. Every record has as many cells as the header, at least, so that a spreadsheet
    /// shows each below its title.
    fn record(&mut self, line: &str, reasons: &str, cells: &StringRecord) -> anyhow::Result<()> {
        let missing = self.width.saturating_sub(cells.len());
        let cells = cells.iter().chain(std::iter::repeat_n("", missing));
        let record = [line, reasons].into_iter().chain(cells);
        self.file.record(record)
    }

    fn close(self, rejected: usize) -> anyhow::Result<()> {
        if rejected == 0 {
            return self.file.remove();
        }
        tell(format_args!(
            "{} to {}",
            match rejected {
                1 => "1 row with mistakes went".to_owned(),
                rows => format!("{rows} rows with mistakes went"),
            },
            self.file.path().display()
        ));
        self.file.close()
    }
}
