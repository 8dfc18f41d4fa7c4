//! The rows of one sheet of a workbook, kept in little memory.

/// The kind of value that a cell of a workbook has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text or a switch, or an empty cell.
    Text,
    /// A number: its leading zeros are lost, unless its format shows them.
    Number,
    /// A number with more digits than a spreadsheet keeps.
    LongNumber,
    /// A date, with or without a time of day, as text without an offset.
    Date,
    /// The error of a formula, whose code is the text.
    Error,
    /// A formula without a stored value.
    Unknown,
}

/// The rows of a sheet that have a value, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    text: String,
    /// The end of each cell's text, and its kind.
    cells: Vec<(u32, Kind)>,
    /// The number of each row in its sheet, and the index behind its last cell.
    rows: Vec<(u32, u32)>,
}

/// The reason why a table cannot have another row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TableFault {
    /// The table would need much memory.
    #[error("the sheet must have at most {limit} {what}, but has more: save it as CSV")]
    TooLarge {
        /// The limit.
        limit: usize,
        /// The things that it limits.
        what: &'static str,
    },
    /// Spreadsheet programs write rows and cells in their order.
    #[error("the sheet must have its rows and cells in their order: save the workbook again")]
    Disorder,
}

impl TableFault {
    /// Returns the fault of a table with more cells than [`CELLS`].
    pub fn cells() -> Self {
        Self::TooLarge {
            limit: CELLS,
            what: "cells",
        }
    }
}

/// The most rows of a table.
pub const ROWS: usize = 200_000;
/// The most cells of a table, with the empty ones before a value in their row.
pub const CELLS: usize = 4_000_000;
/// The most bytes of the text of all cells.
pub const TEXT: usize = 64 * 1024 * 1024;

impl Table {
    /// Adds a cell, and with it its row. Row and column count from 0. A cell without a value is left out.
    ///
    /// # Errors
    /// When the table is full, or the cell is not behind the last one.
    pub fn push(
        &mut self,
        (row, column): (u32, u32),
        text: &str,
        kind: Kind,
    ) -> Result<(), TableFault> {
        let text = text.trim();
        if text.is_empty() && kind != Kind::Unknown {
            return Ok(());
        }
        let line = row.saturating_add(1);
        match self.rows.last() {
            Some((last, _)) if *last == line => {}
            Some((last, _)) if *last > line => return Err(TableFault::Disorder),
            _ => {
                within(self.rows.len() + 1, ROWS, "rows with values")?;
                self.rows.push((line, self.index()?));
            }
        }
        let width = self.cells.len() - self.begin(self.rows.len() - 1);
        let column = column as usize;
        let gap = column.checked_sub(width).ok_or(TableFault::Disorder)?;
        within(self.cells.len() + gap + 1, CELLS, "cells")?;
        within(self.text.len() + text.len(), TEXT, "bytes of text")?;
        let end = u32::try_from(self.text.len()).map_err(|_| TableFault::Disorder)?;
        self.cells
            .extend(std::iter::repeat_n((end, Kind::Text), gap));
        self.text.push_str(text);
        let end = u32::try_from(self.text.len()).map_err(|_| TableFault::Disorder)?;
        self.cells.push((end, kind));
        let index = self.index()?;
        if let Some((_, behind)) = self.rows.last_mut() {
            *behind = index;
        }
        Ok(())
    }

    /// Returns the number of a row in its sheet, counted from 1, and its cells; nothing behind the last
    /// row. A row has no cells behind its last value.
    pub fn row(&self, at: usize) -> Option<(usize, impl Iterator<Item = (&str, Kind)>)> {
        let (line, behind) = self.rows.get(at).copied()?;
        let begin = self.begin(at);
        let text_of = move |at: usize| -> &str {
            let start = at.checked_sub(1).and_then(|before| self.cells.get(before));
            let start = start.map_or(0, |(end, _)| *end as usize);
            let end = self.cells.get(at).map_or(start, |(end, _)| *end as usize);
            self.text.get(start..end).unwrap_or_default()
        };
        let kind_of = move |at: usize| self.cells.get(at).map_or(Kind::Text, |(_, kind)| *kind);
        let cells = (begin..behind as usize).map(move |at| (text_of(at), kind_of(at)));
        Some((line as usize, cells))
    }

    /// Returns the index of a row's first cell.
    fn begin(&self, row: usize) -> usize {
        let before = row.checked_sub(1).and_then(|before| self.rows.get(before));
        before.map_or(0, |(_, behind)| *behind as usize)
    }

    fn index(&self) -> Result<u32, TableFault> {
        u32::try_from(self.cells.len()).map_err(|_| TableFault::Disorder)
    }
}

fn within(count: usize, limit: usize, what: &'static str) -> Result<(), TableFault> {
    if count <= limit {
        Ok(())
    } else {
        Err(TableFault::TooLarge { limit, what })
    }
}

/// Returns the name of a cell as spreadsheets show it, such as `C5`. The column counts from 0, the row
/// from 1.
pub fn cell_name(column: usize, line: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        let letter = u8::try_from((rest - 1) % 26).unwrap_or_default();
        letters.push(char::from(b'A' + letter));
        rest = (rest - 1) / 26;
    }
    let letters: String = letters.into_iter().rev().collect();
    format!("{letters}{line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(table: &Table) -> Vec<(usize, Vec<(String, Kind)>)> {
        (0..)
            .map_while(|at| table.row(at))
            .map(|(line, cells)| {
                let cells = cells.map(|(text, kind)| (text.to_owned(), kind));
                (line, cells.collect())
            })
            .collect()
    }

    #[test]
    fn rows_have_their_numbers_and_gaps_are_empty_cells() {
        let mut table = Table::default();
        table.push((0, 0), " phone ", Kind::Text).unwrap();
        table.push((0, 1), "id", Kind::Text).unwrap();
        table.push((3, 0), "  ", Kind::Text).unwrap();
        table.push((4, 1), "7", Kind::Number).unwrap();
        table.push((4, 3), "", Kind::Unknown).unwrap();
        table.push((6, 0), "x", Kind::Text).unwrap();
        let cell = |text: &str, kind| (text.to_owned(), kind);
        assert_eq!(
            rows(&table),
            [
                (1, vec![cell("phone", Kind::Text), cell("id", Kind::Text)]),
                (
                    5,
                    vec![
                        cell("", Kind::Text),
                        cell("7", Kind::Number),
                        cell("", Kind::Text),
                        cell("", Kind::Unknown),
                    ]
                ),
                (7, vec![cell("x", Kind::Text)]),
            ]
        );
        for at in [(5, 0), (6, 0)] {
            let refused = table.push(at, "y", Kind::Text);
            assert_eq!(refused, Err(TableFault::Disorder), "{at:?}");
        }
    }

    #[test]
    fn a_table_has_limits() {
        let mut table = Table::default();
        let wide = u32::try_from(CELLS).unwrap();
        let refused = table.push((0, wide), "x", Kind::Text).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the sheet must have at most 4000000 cells, but has more: save it as CSV"
        );
        let mut table = Table::default();
        let most = u32::try_from(ROWS).unwrap();
        for row in 0..most {
            table.push((row, 0), "x", Kind::Text).unwrap();
        }
        let refused = table.push((most, 0), "x", Kind::Text).unwrap_err();
        assert!(refused.to_string().contains("200000 rows"), "{refused}");
        let mut table = Table::default();
        let long = "x".repeat(TEXT);
        table.push((0, 0), &long, Kind::Text).unwrap();
        let refused = table.push((0, 1), "x", Kind::Text).unwrap_err();
        assert!(refused.to_string().contains("bytes of text"), "{refused}");
    }

    #[test]
    fn cells_are_named_as_spreadsheets_name_them() {
        for (column, name) in [
            (0, "A1"),
            (25, "Z1"),
            (26, "AA1"),
            (701, "ZZ1"),
            (702, "AAA1"),
        ] {
            assert_eq!(cell_name(column, 1), name);
        }
    }
}
