//! Rows of the member table: `phone` to `id`.

use std::collections::HashMap;

use connect_pin_sms::rules::row_schema;

use super::cell_text;
use super::cells::{self, Optional};
use super::mistake::{self, Mistake, Sheet, Warning};
use super::phone::{Country, Phone};
use super::sheet::{self, Columns, Record};

/// The column of the number, whatever the table's key is called.
const PHONE: &str = row_schema::MEMBER_KEY;
const ID: &str = row_schema::MEMBER_ID;

const COLUMNS: Columns = Columns {
    required: &[PHONE, ID],
    optional: &[row_schema::OPTED_OUT],
};

/// What the line answers when it knows no member, and so is not an id.
const NO_MEMBER: &str = "-1";

/// A member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Where the file has it.
    pub line: usize,
    /// Who calls.
    pub phone: Phone,
    /// Who that is, as it stands in the file.
    pub id: String,
    /// Whether the member wants no messages; without it, no.
    pub opted_out: Optional<bool>,
}

/// Reads a file of members; numbers without a country code are such of `country`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(bytes: &[u8], country: &Country) -> Result<Sheet<Member>, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut warnings = Vec::new();
    let mut members = Vec::new();
    let mut lines: HashMap<Phone, usize> = HashMap::new();
    for record in sheet::read(bytes, &COLUMNS, &mut mistakes) {
        let line = record.line;
        let phone = phone(&record, country, &mut lines);
        let id = id(&record);
        let opted_out = opted_out(&record);
        match (phone, id, opted_out) {
            (Ok(phone), Ok(id), Ok(opted_out)) => {
                if !phone.is_assigned() {
                    let sentence =
                        "no such number is assigned, as far as is known: is a digit wrong?";
                    warnings.push(Warning::in_cell(line, PHONE, sentence));
                }
                members.push(Member {
                    line,
                    phone,
                    id,
                    opted_out,
                });
            }
            (phone, id, opted_out) => {
                mistakes.extend(phone.err());
                mistakes.extend(id.err());
                mistakes.extend(opted_out.err());
            }
        }
    }
    mistake::rows_or_mistakes(mistakes, members, warnings)
}

fn phone(
    record: &Record,
    country: &Country,
    lines: &mut HashMap<Phone, usize>,
) -> Result<Phone, Mistake> {
    let text = record.cell(PHONE).unwrap_or_default();
    let phone =
        Phone::read(text, country).map_err(|fault| Mistake::in_cell(record.line, PHONE, fault))?;
    match lines.get(&phone) {
        Some(first) => {
            let sentence = format!("line {first} has this number already");
            Err(Mistake::in_cell(record.line, PHONE, sentence))
        }
        None => {
            lines.insert(phone.clone(), record.line);
            Ok(phone)
        }
    }
}

fn id(record: &Record) -> Result<String, Mistake> {
    let id = record.cell(ID).unwrap_or_default();
    // An id that looks empty, or like -1, is taken for what it looks like.
    let seen = cell_text::plain(id);
    let fault = if seen.is_empty() {
        "the cell is empty"
    } else if seen == NO_MEMBER {
        "the line says -1 for callers who are no members"
    } else if id.chars().any(char::is_control) {
        "an id has no line breaks and no other control characters"
    } else {
        return Ok(id.to_owned());
    };
    Err(Mistake::in_cell(record.line, ID, fault))
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
    fn reads_members() {
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

    /// Issue 14: a number that the library calls unassigned is warned about, and loaded.
    #[test]
    fn a_number_that_is_not_assigned_is_named_and_loaded() {
        // 090-0… is not given out: the prefix of a Japanese mobile number is followed by 1 to 9.
        let sheet = read_text("phone,id\n090-1111-2222,1\n090-0111-2222,2\n").unwrap();
        assert_eq!(sheet.rows.len(), 2);
        let warnings: Vec<_> = sheet.warnings.iter().map(Warning::to_string).collect();
        assert_eq!(
            warnings,
            [
                "3: warning: phone: no such number is assigned, as far as is known: is a digit wrong?"
            ]
        );
    }

    #[test]
    fn lists_every_mistake_and_repeats_no_number() {
        let mistakes = read_text(
            "phone,id,optedOut\n090-1111-2222,1,\n+81 90 1111 2222,2,\n9011112222,,\n\
             090-1111-3333,-1,\nfar,too,few,cells\n０９０－１１１１－２２２２,3,maybe\n,\"a\nb\",\n\
             090-1111-4444,\u{200b},\n090-1111-5555,－１\u{feff},\n",
        )
        .unwrap_err();
        assert_eq!(
            mistakes,
            [
                "3: phone: line 2 has this number already",
                "4: phone: the 0 in front is missing, as spreadsheets leave it out: write it, or write \
                 + and the country code",
                "4: id: the cell is empty",
                "5: id: the line says -1 for callers who are no members",
                "6: cell 4 belongs to no column: a cell with a separator in it needs quotation marks",
                "7: phone: line 2 has this number already",
                "7: optedOut: write true or false",
                "8: phone: the cell is empty",
                "8: id: an id has no line breaks and no other control characters",
                "10: id: the cell is empty",
                "11: id: the line says -1 for callers who are no members",
            ]
        );
    }
}
