//! A file that can be read several times, and its rows.

use std::fmt;
use std::fs::File;
use std::io::{Cursor, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use csv::StringRecord;

use super::encoding::{Encoding, Utf8};
use super::workbook::{self, Workbook};
use crate::options::FileOptions;
use crate::rows::mistake::{Mistake, Warning};
use crate::rows::sheet::{Columns, Entries, Naming, Record};
use crate::rows::table::Table;
use crate::screen::bounded;

/// The most bytes of a file on standard input, which is kept in memory because it is read twice.
const STANDARD_INPUT: u64 = 64 * 1024 * 1024;

/// A file of rows.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file's name, as messages have it.
    pub name: String,
    /// The format that was recognised.
    pub format: Format,
    content: Content,
    naming: Naming,
}

/// The format of a file, recognised by its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// CSV in an encoding.
    Csv(Encoding),
    /// The sheet of a workbook with this name.
    Sheet(String),
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Csv(encoding) => encoding.fmt(f),
            Self::Sheet(name) => write!(f, "xlsx, sheet {}", bounded(name)),
        }
    }
}

impl Format {
    /// Returns the name of the encoding, for machines.
    pub fn encoding(&self) -> String {
        match self {
            Self::Csv(encoding) => encoding.to_string(),
            Self::Sheet(_) => "xlsx".to_owned(),
        }
    }

    /// Returns the name of the sheet, if the file is a workbook.
    pub fn sheet(&self) -> Option<&str> {
        match self {
            Self::Csv(_) => None,
            Self::Sheet(name) => Some(name),
        }
    }
}

#[derive(Debug, Clone)]
enum Content {
    File(PathBuf),
    Memory(Arc<[u8]>),
    Table(Arc<Table>),
}

impl Source {
    /// Opens a file and recognises its format: CSV with its encoding, or a workbook.
    ///
    /// # Errors
    /// When it cannot be read, is text in no known encoding, or is a workbook that cannot be read.
    pub fn open(options: &FileOptions) -> anyhow::Result<Self> {
        let (name, content) = if options.file.as_os_str() == "-" {
            ("<stdin>".to_owned(), standard_input()?)
        } else {
            let name = options.file.display().to_string();
            (name, Content::File(options.file.clone()))
        };
        let (format, content) = recognise(content, options.sheet.as_deref(), &name)?;
        Ok(Self {
            name,
            format,
            content,
            naming: Naming {
                renamed: options.columns.clone(),
                ignores_others: options.ignore_other_columns,
            },
        })
    }

    /// Reads the rows of the file, each by `read`.
    ///
    /// # Errors
    /// The mistakes in the header, or that the file cannot be opened.
    pub fn rows<T, F>(
        &self,
        columns: &Columns,
        read: F,
    ) -> anyhow::Result<Result<Rows<F>, Vec<Mistake>>>
    where
        F: FnMut(&Record) -> (Result<T, Vec<Mistake>>, Vec<Warning>),
    {
        let entries = match (&self.content, &self.format) {
            (Content::Table(table), _) => {
                Entries::of_table(Arc::clone(table), columns, &self.naming)
            }
            (content, Format::Csv(encoding)) => {
                let text = encoding.decode(content.reader()?);
                Entries::open(text, columns, &self.naming)
            }
            (_, Format::Sheet(name)) => bail!("the sheet {} must have been read", bounded(name)),
        };
        Ok(entries.map(|entries| Rows { entries, read }))
    }
}

/// Recognises the format of a file by its first bytes. The sheet of a workbook is read.
fn recognise(
    content: Content,
    sheet: Option<&str>,
    name: &str,
) -> anyhow::Result<(Format, Content)> {
    let mut start = Vec::new();
    let mut head = content.reader()?.take(START);
    head.read_to_end(&mut start)
        .with_context(|| format!("cannot read {name}"))?;
    if workbook::is_workbook(&start).with_context(|| name.to_owned())? {
        let workbook = Workbook::read(content.reader()?, sheet);
        let Workbook { sheet, table } = workbook.with_context(|| name.to_owned())?;
        return Ok((Format::Sheet(sheet), Content::Table(Arc::new(table))));
    }
    if sheet.is_some() {
        bail!("--sheet needs a workbook (xlsx), but {name} is none: leave --sheet out");
    }
    let encoding = Encoding::of(content.reader()?).with_context(|| name.to_owned())?;
    Ok((Format::Csv(encoding), content))
}

/// The number of bytes that the format is recognised by.
const START: u64 = 8;

impl Content {
    fn reader(&self) -> anyhow::Result<Box<dyn Bytes>> {
        Ok(match self {
            Self::File(path) => Box::new(open(path)?),
            Self::Memory(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
            Self::Table(_) => bail!("a sheet that was read must not be read as bytes"),
        })
    }
}

/// The bytes of a file, which a workbook is read from in any order.
trait Bytes: Read + Seek {}

impl<T: Read + Seek> Bytes for T {}

fn open(path: &Path) -> anyhow::Result<File> {
    File::open(path).with_context(|| format!("cannot read {}", path.display()))
}

fn standard_input() -> anyhow::Result<Content> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .take(STANDARD_INPUT + 1)
        .read_to_end(&mut bytes)
        .context("cannot read standard input")?;
    let length = bytes.len() as u64;
    anyhow::ensure!(
        length <= STANDARD_INPUT,
        "a file on standard input must have at most {STANDARD_INPUT} bytes, but has more: give its name instead"
    );
    Ok(Content::Memory(bytes.into()))
}

type Text = Utf8<Box<dyn Bytes>>;

/// The rows of a file, one after the other.
pub struct Rows<F> {
    entries: Entries<std::io::Chain<Cursor<Vec<u8>>, Text>>,
    read: F,
}

impl<F> Rows<F> {
    /// Returns the header as the file has it.
    pub fn titles(&self) -> &StringRecord {
        &self.entries.titles
    }
}

/// One row of a file, or its mistakes.
pub struct Row<T> {
    /// The row, or the reasons why it cannot be written.
    pub row: Result<T, Vec<Mistake>>,
    /// The warnings about it.
    pub warnings: Vec<Warning>,
    /// The cells as the file has them.
    pub cells: StringRecord,
}

impl<T, F> Iterator for Rows<F>
where
    F: FnMut(&Record) -> (Result<T, Vec<Mistake>>, Vec<Warning>),
{
    type Item = Row<T>;

    fn next(&mut self) -> Option<Row<T>> {
        let entry = self.entries.next()?;
        let (row, warnings) = match &entry.record {
            Ok(record) => (self.read)(record),
            Err(mistakes) => (Err(mistakes.clone()), Vec::new()),
        };
        Some(Row {
            row,
            warnings,
            cells: entry.cells,
        })
    }
}
