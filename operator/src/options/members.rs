//! The options of `members`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::account::{LineOptions, country};
use crate::rows::phone::Country;

/// The commands for members.
#[derive(Debug, Subcommand, Clone)]
pub enum MembersCommand {
    /// List the members, with their numbers masked
    #[command(after_help = "Example:\n  connect-local members list --line campaign-line")]
    List(ListMembers),
    /// Find a member by number or by id
    #[command(
        after_help = "Examples:\n  connect-local members find 090-1234-5678 --line campaign-line\n  \
                      connect-local members find --id 1234 --line campaign-line"
    )]
    Find(FindMember),
    /// Add a member
    ///
    /// A number that has a row already is refused, unless the row is the same.
    #[command(
        after_help = "Example:\n  connect-local members add 090-1234-5678 --id 1234 --line campaign-line"
    )]
    Add(AddMember),
    /// Remove members; without --yes, show what would be removed
    #[command(
        after_help = "Example:\n  connect-local members remove 090-1234-5678 --line campaign-line --yes"
    )]
    Remove(RemoveMembers),
    /// Write the members of a file, and skip those whose rows are the same
    ///
    /// The file has the columns phone and id, and optionally optedOut. Before anything is written, the
    /// whole file is read: with one mistake nothing is written, unless --rejects is given. A second run
    /// completes an interrupted one. Attributes without a column stay as they are.
    ///
    /// CSV may be UTF-8, UTF-16 or Shift_JIS, which is recognised and said. So is a workbook (xlsx).
    #[command(
        after_help = "Examples:\n  connect-local members import customers.csv --line campaign-line \
                      --column phone=電話番号 --column id=会員番号 --ignore-other-columns\n  \
                      connect-local members import customers.xlsx --sheet 会員 --line campaign-line"
    )]
    Import(ImportMembers),
    /// Write all members to a new CSV file, which only you can read
    #[command(
        after_help = "Example:\n  connect-local members export members.csv --line campaign-line"
    )]
    Export(ExportMembers),
    /// Make the table the same as a file: write its members, and remove those who are not in it
    ///
    /// Without a confirmation it shows what it would do. To confirm, give --yes, or --remove with the
    /// number of removals that was shown: then nothing happens if the number has changed.
    #[command(
        after_help = "Examples:\n  connect-local members sync members.csv --line campaign-line\n  \
                      connect-local members sync members.csv --line campaign-line --remove 12"
    )]
    Sync(SyncMembers),
}

/// The options of a list of members.
#[derive(Debug, Args, Clone)]
pub struct ListMembers {
    /// The line.
    #[command(flatten)]
    pub line: LineOptions,

    /// Show whole numbers
    #[arg(long)]
    pub show_numbers: bool,
}

/// The options for finding a member.
#[derive(Debug, Args, Clone)]
pub struct FindMember {
    /// The member's number, as people write it
    #[arg(
        value_name = "NUMBER",
        required_unless_present = "id",
        conflicts_with = "id"
    )]
    pub number: Option<String>,

    /// Find by id, which reads the whole table
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,

    /// The line.
    #[command(flatten)]
    pub line: LineOptions,

    /// Country of numbers without a country code, as two letters (ISO 3166)
    #[arg(long, value_name = "COUNTRY", default_value = "JP", value_parser = country)]
    pub country: Country,

    /// Show whole numbers
    #[arg(long)]
    pub show_numbers: bool,
}

/// The options for adding a member.
#[derive(Debug, Args, Clone)]
pub struct AddMember {
    /// The member's number, as people write it
    #[arg(value_name = "NUMBER")]
    pub number: String,

    /// The member's id
    #[arg(long, value_name = "ID")]
    pub id: String,

    /// The member wants no messages
    #[arg(long)]
    pub opted_out: bool,

    /// The line.
    #[command(flatten)]
    pub line: LineOptions,

    /// Country of numbers without a country code, as two letters (ISO 3166)
    #[arg(long, value_name = "COUNTRY", default_value = "JP", value_parser = country)]
    pub country: Country,
}

/// The options for removing members.
#[derive(Debug, Args, Clone)]
pub struct RemoveMembers {
    /// The members' numbers, as people write them
    #[arg(value_name = "NUMBER", required = true)]
    pub numbers: Vec<String>,

    /// The line.
    #[command(flatten)]
    pub line: LineOptions,

    /// Country of numbers without a country code, as two letters (ISO 3166)
    #[arg(long, value_name = "COUNTRY", default_value = "JP", value_parser = country)]
    pub country: Country,

    /// Remove the rows
    #[arg(long)]
    pub yes: bool,
}

/// The options of an import of members.
#[derive(Debug, Args, Clone)]
pub struct ImportMembers {
    /// The file, and the way it is read.
    #[command(flatten)]
    pub file: FileOptions,

    /// The line.
    #[command(flatten)]
    pub line: LineOptions,

    /// Country of numbers without a country code, as two letters (ISO 3166)
    #[arg(long, value_name = "COUNTRY", default_value = "JP", value_parser = country)]
    pub country: Country,

    /// Read everything, compare it with the table, and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// The options of an export of members.
#[derive(Debug, Args, Clone)]
pub struct ExportMembers {
    /// CSV file to create; an existing file is not overwritten
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// The line.
    #[command(flatten)]
    pub line: LineOptions,
}

/// The options for making the table the same as a file.
#[derive(Debug, Args, Clone)]
pub struct SyncMembers {
    /// The file, and the way it is read.
    #[command(flatten)]
    pub file: FileOptions,

    /// The line.
    #[command(flatten)]
    pub line: LineOptions,

    /// Country of numbers without a country code, as two letters (ISO 3166)
    #[arg(long, value_name = "COUNTRY", default_value = "JP", value_parser = country)]
    pub country: Country,

    /// Write and remove
    #[arg(long, conflicts_with = "remove")]
    pub yes: bool,

    /// Write, and remove exactly this many members
    #[arg(long, value_name = "NUMBER")]
    pub remove: Option<usize>,
}

/// A file of rows, and the way it is read.
#[derive(Debug, Args, Clone)]
pub struct FileOptions {
    /// CSV file or workbook (xlsx); - is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Sheet of the workbook. Default: the first one that is shown
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<String>,

    /// Name that the file's header has for a column; can be given several times
    #[arg(long = "column", value_name = "COLUMN=HEADER", value_parser = renamed)]
    pub columns: Vec<(String, String)>,

    /// Ignore columns that the line does not use; without it such a column is a mistake
    #[arg(long)]
    pub ignore_other_columns: bool,

    /// New file for the rows with mistakes, each with its line and reasons; the other rows are written
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,

    /// Show all mistakes and warnings instead of the first 20
    #[arg(long)]
    pub all_mistakes: bool,
}

fn renamed(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((column, header)) if !column.is_empty() && !header.is_empty() => {
            Ok((column.to_owned(), header.to_owned()))
        }
        _ => Err("must be COLUMN=HEADER, such as phone=電話番号".to_owned()),
    }
}
