//! Rows of the member table: `phone` to `id`.

use std::collections::HashMap;

use connect_pin_sms::attributes;

use super::mistake::Mistake;
use super::phone::{Country, Phone};
use super::sheet::{self, Columns, Record};

/// The column of the number, whatever the table's key is called.
const PHONE: &str = attributes::MEMBER_KEY;
const ID: &str = attributes::MEMBER_ID;

const COLUMNS: Columns = Columns {
    required: &[PHONE, ID],
    optional: &[],
};

/// What the line answers when it knows no member, and so is nobody's id.
const NOBODY: &str = "-1";

/// A member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Where the file has it.
    pub line: usize,
    /// Who calls.
    pub phone: Phone,
    /// Who that is, as it stands in the file.
    pub id: String,
}

/// Reads a file of members; numbers without a country code are such of `country`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(bytes: &[u8], country: &Country) -> Result<Vec<Member>, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut members = Vec::new();
    let mut lines: HashMap<Phone, usize> = HashMap::new();
    for record in sheet::read(bytes, &COLUMNS, &mut mistakes) {
        let line = record.line;
        let phone = phone(&record, country, &mut lines);
        let id = id(&record);
        match (phone, id) {
            (Ok(phone), Ok(id)) => members.push(Member { line, phone, id }),
            (phone, id) => mistakes.extend(phone.err().into_iter().chain(id.err())),
        }
    }
    super::mistake::none_or_sorted(mistakes).map(|()| members)
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
    let fault = if id.is_empty() {
        "the cell is empty"
    } else if id == NOBODY {
        "the line says -1 for callers who are no members"
    } else if id.chars().any(char::is_control) {
        "an id has no line breaks and no other control characters"
    } else {
        return Ok(id.to_owned());
    };
    Err(Mistake::in_cell(record.line, ID, fault))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<Member>, Vec<String>> {
        read(text.as_bytes(), Country::named("JP").unwrap())
            .map_err(|mistakes| mistakes.iter().map(Mistake::to_string).collect())
    }

    #[test]
    fn reads_members() {
        let members =
            read_text("id,phone\n0012,090-1111-2222\n会員 7,＋８１　８０　１１１１　２２２２\n")
                .unwrap();
        let rows: Vec<_> = members
            .iter()
            .map(|member| (member.line, member.phone.expose(), member.id.as_str()))
            .collect();
        assert_eq!(
            rows,
            [(2, "+819011112222", "0012"), (3, "+818011112222", "会員 7")]
        );
        assert!(read_text("phone,id\n").unwrap().is_empty());
    }

    #[test]
    fn lists_every_mistake_and_repeats_no_number() {
        let mistakes = read_text(
            "phone,id\n090-1111-2222,1\n+81 90 1111 2222,2\n9011112222,\n090-1111-3333,-1\n\
             too,few,cells\n０９０－１１１１－２２２２,3\n,\"a\nb\"\n",
        )
        .unwrap_err();
        assert_eq!(
            mistakes,
            [
                "3: phone: line 2 has this number already",
                "4: phone: without + or a leading 0 this may be two numbers: write + and the \
                 country code, or the 0",
                "4: id: the cell is empty",
                "5: id: the line says -1 for callers who are no members",
                "6: cell 3 belongs to no column: a cell with a comma needs quotation marks",
                "7: phone: line 2 has this number already",
                "8: phone: the cell is empty",
                "8: id: an id has no line breaks and no other control characters",
            ]
        );
    }
}
