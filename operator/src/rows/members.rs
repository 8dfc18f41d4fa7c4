//! Rows of the member table: from `phone` to `id`.

use std::collections::HashMap;

use connect_pin_sms::rules::row_schema;

use super::cell_text;
use super::cells::{self, Optional};
use super::mistake::{self, Mistake, Sheet, Warning};
use super::phone::{Country, Phone};
use super::sheet::{self, Columns, Content, Record};

/// The column of the number, whatever the name of the table's key.
const PHONE: &str = row_schema::MEMBER_KEY;
const ID: &str = row_schema::MEMBER_ID;

/// The columns that a file of members may have.
pub const COLUMNS: Columns = Columns {
    keys: &[PHONE],
    required: &[ID],
    optional: &[row_schema::OPTED_OUT],
    times: &[],
};

const NUMBER: &str = "the cell must be text, but is a number, which has lost its leading 0 or +: format the \
                      column as text, and write the phone number again";

/// The value that the line uses for callers who are not members, and so not a valid id.
const NO_MEMBER: &str = "-1";

/// A member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The line of the file, counted from 1.
    pub line: usize,
    /// The member's number.
    pub phone: Phone,
    /// The member's id, as in the file.
    pub id: String,
    /// Whether the member wants no messages; false if absent.
    pub opted_out: Optional<bool>,
}

/// Reads a file of members. Numbers without a country code are numbers of `country`.
///
/// # Errors
/// All mistakes in the file.
pub fn read<'a>(
    content: impl Into<Content<'a>>,
    country: &Country,
) -> Result<Sheet<Member>, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut warnings = Vec::new();
    let mut members = Vec::new();
    let mut reader = MemberReader::new(country.clone());
    for record in sheet::read(content.into(), &COLUMNS, &mut mistakes) {
        match reader.member(&record) {
            Ok((member, warning)) => {
                warnings.extend(warning);
                members.push(member);
            }
            Err(found) => mistakes.extend(found),
        }
    }
    mistake::rows_or_mistakes(mistakes, members, warnings)
}

/// Reads members one after the other, and remembers their numbers alone.
#[derive(Debug)]
pub struct MemberReader {
    country: Country,
    /// The line of each number. The digits of a number in E.164 are at most 15, so they fit.
    lines: HashMap<u64, usize>,
}

impl MemberReader {
    /// Creates a reader. Numbers without a country code are numbers of `country`.
    pub fn new(country: Country) -> Self {
        Self {
            country,
            lines: HashMap::new(),
        }
    }

    /// Reads the next record, with the warning about it.
    ///
    /// # Errors
    /// The mistakes in the record.
    pub fn member(&mut self, record: &Record) -> Result<(Member, Option<Warning>), Vec<Mistake>> {
        let line = record.line;
        match (self.phone(record), id(record), opted_out(record)) {
            (Ok(phone), Ok(id), Ok(opted_out)) => {
                let warning = (!phone.is_assigned()).then(|| {
                    let sentence = "according to libphonenumber, this number is not assigned: check its digits";
                    Warning::in_cell(line, PHONE, sentence)
                });
                let member = Member {
                    line,
                    phone,
                    id,
                    opted_out,
                };
                Ok((member, warning))
            }
            (phone, id, opted_out) => {
                let mistakes = [phone.err(), id.err(), opted_out.err()];
                Err(mistakes.into_iter().flatten().collect())
            }
        }
    }

    fn phone(&mut self, record: &Record) -> Result<Phone, Mistake> {
        let mistake =
            |sentence: &dyn std::fmt::Display| Mistake::in_cell(record.line, PHONE, sentence);
        let text = record.cell(PHONE).unwrap_or_default();
        let phone = Phone::read(text, &self.country).map_err(|fault| {
            // A workbook drops the leading zeros of a number; which ones is unknown.
            if record.is_number(PHONE) {
                mistake(&NUMBER)
            } else {
                mistake(&fault)
            }
        })?;
        match self.lines.get(&phone.digits()) {
            Some(first) => Err(mistake(&format!("line {first} already has this number"))),
            None => {
                self.lines.insert(phone.digits(), record.line);
                Ok(phone)
            }
        }
    }
}

fn id(record: &Record) -> Result<String, Mistake> {
    let id = record.cell(ID).unwrap_or_default();
    match id_fault(id) {
        Some(fault) => Err(Mistake::in_cell(record.line, ID, fault)),
        None => Ok(id.to_owned()),
    }
}

/// Returns the reason why a text cannot be a member's id, if there is one.
pub fn id_fault(id: &str) -> Option<&'static str> {
    // The checks apply to what the operator sees: an id that looks empty or looks like -1 is
    // refused.
    let seen = cell_text::plain(id);
    if seen.is_empty() {
        Some("the cell must not be empty")
    } else if seen == NO_MEMBER {
        Some("an id must not be -1, which the line uses for callers who are not members")
    } else if id.chars().any(char::is_control) {
        Some("an id must not contain line breaks or other control characters")
    } else {
        None
    }
}

fn opted_out(record: &Record) -> Result<Optional<bool>, Mistake> {
    match record.cell(row_schema::OPTED_OUT) {
        None => Ok(Optional::Untouched),
        Some("") => Ok(Optional::Removed),
        Some(text) => cells::flag(text)
            .map(Optional::Set)
            .map_err(|fault| Mistake::in_cell(record.line, row_schema::OPTED_OUT, fault)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Sheet<Member>, Vec<String>> {
        read(text.as_bytes(), &Country::named("JP").unwrap())
            .map_err(|mistakes| mistakes.iter().map(Mistake::to_string).collect())
    }

    #[test]
    fn members_are_read() {
        let sheet =
            read_text("id,phone\n0012,090-1111-2222\n会員 7,＋８１　８０　１１１１　２２２２\n")
                .unwrap();
        let rows: Vec<_> = sheet
            .rows
            .iter()
            .map(|member| (member.line, member.phone.expose(), member.id.as_str()))
            .collect();
        assert_eq!(
            rows,
            [(2, "+819011112222", "0012"), (3, "+818011112222", "会員 7")]
        );
        assert_eq!(sheet.warnings, []);
        assert!(read_text("phone,id\n").unwrap().rows.is_empty());
    }

    #[test]
    fn members_may_want_no_messages() {
        let csv = "phone,id,optedOut\n09011110001,1,TRUE\n09011110002,2,false\n09011110003,3,\n";
        let rows = read_text(csv).unwrap().rows;
        let opted_out: Vec<_> = rows.iter().map(|member| member.opted_out).collect();
        let expected = [Optional::Set(true), Optional::Set(false), Optional::Removed];
        assert_eq!(opted_out, expected);
        let rows = read_text("phone,id\n09011110001,1\n").unwrap().rows;
        assert_eq!(rows[0].opted_out, Optional::Untouched);
    }

    /// The warning does not stop the load.
    #[test]
    fn an_unassigned_number_is_loaded_with_a_warning() {
        // 090-0… is not assigned: the prefix of a Japanese mobile number is followed by 1 to 9.
        let sheet = read_text("phone,id\n090-1111-2222,1\n090-0111-2222,2\n").unwrap();
        assert_eq!(sheet.rows.len(), 2);
        let warnings: Vec<_> = sheet.warnings.iter().map(Warning::to_string).collect();
        assert_eq!(
            warnings,
            [
                "3: warning: phone: according to libphonenumber, this number is not assigned: check its digits"
            ]
        );
    }

    #[test]
    fn all_mistakes_are_listed_without_the_numbers() {
        let mistakes = read_text(
            "phone,id,optedOut\n090-1111-2222,1,\n+81 90 1111 2222,2,\n9011112222,,\n\
             090-1111-3333,-1,\nfar,too,few,cells\n０９０－１１１１－２２２２,3,maybe\n,\"a\nb\",\n\
             090-1111-4444,\u{200b},\n090-1111-5555,－１\u{feff},\n",
        )
        .unwrap_err();
        assert_eq!(
            mistakes,
            [
                "3: phone: line 2 already has this number",
                "4: phone: the leading 0 is missing, which spreadsheets drop: add it, or write + and \
                 the country code",
                "4: id: the cell must not be empty",
                "5: id: an id must not be -1, which the line uses for callers who are not members",
                "6: cell 4 has no column in the header: put quotation marks around a cell that \
                 contains a separator",
                "7: phone: line 2 already has this number",
                "7: optedOut: must be true or false",
                "8: phone: the cell must not be empty",
                "8: id: an id must not contain line breaks or other control characters",
                "10: id: the cell must not be empty",
                "11: id: an id must not be -1, which the line uses for callers who are not members",
            ]
        );
    }
}
