//! A file that can be read several times, and its rows.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use csv::StringRecord;

use super::encoding::{Encoding, Utf8};
use crate::options::FileOptions;
use crate::rows::mistake::{Mistake, Warning};
use crate::rows::sheet::{Columns, Entries, Naming, Record};

/// The most bytes of a file on standard input, which is kept in memory because it is read twice.
const STANDARD_INPUT: u64 = 64 * 1024 * 1024;

/// A file of rows.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file's name, as messages have it.
    pub name: String,
    /// The encoding that was recognised.
    pub encoding: Encoding,
    content: Content,
    naming: Naming,
}

#[derive(Debug, Clone)]
enum Content {
    File(PathBuf),
    Memory(Arc<[u8]>),
}

impl Source {
    /// Opens a file and recognises its encoding.
    ///
    /// # Errors
    /// When it cannot be read, or is text in no known encoding.
    pub fn open(options: &FileOptions) -> anyhow::Result<Self> {
        let (name, content) = if options.file.as_os_str() == "-" {
            ("<stdin>".to_owned(), standard_input()?)
        } else {
            let name = options.file.display().to_string();
            (name, Content::File(options.file.clone()))
        };
        let encoding = Encoding::of(content.reader()?).with_context(|| name.clone())?;
        Ok(Self {
            name,
            encoding,
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
        let text = self.encoding.decode(self.content.reader()?);
        let entries = Entries::open(text, columns, &self.naming);
        Ok(entries.map(|entries| Rows { entries, read }))
    }
}

impl Content {
    fn reader(&self) -> anyhow::Result<Box<dyn Read>> {
        Ok(match self {
            Self::File(path) => Box::new(open(path)?),
            Self::Memory(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
        })
    }
}

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

type Text = Utf8<Box<dyn Read>>;

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
            Err(mistake) => (Err(vec![mistake.clone()]), Vec::new()),
        };
        Some(Row {
            row,
            warnings,
            cells: entry.cells,
        })
    }
}
