//! The order of `sort`.

use std::cmp::Ordering;

use crate::value::Value;

/// Compares two values in ascending order. A missing value comes first.
///
/// Values that are not numbers come before numbers. Texts are compared in pieces: digits by their
/// number and then by their value, all else by Unicode.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Sort.html>
pub(crate) fn compare(a: &Value, b: &Value) -> Ordering {
    match (a.is_missing(), b.is_missing()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Less,
        (false, true) => return Ordering::Greater,
        (false, false) => {}
    }
    match (a.as_number(), b.as_number()) {
        (Some(first), Some(second)) => {
            let order = first.total_cmp(&second);
            order.then_with(|| a.render().cmp(&b.render()))
        }
        (Some(_), None) => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
        (None, None) => {
            let (a, b) = (a.render(), b.render());
            natural(a.as_deref().unwrap_or(""), b.as_deref().unwrap_or(""))
        }
    }
}

/// Compares two texts in pieces.
fn natural(mut a: &str, mut b: &str) -> Ordering {
    loop {
        let (piece_a, piece_b) = (piece(a), piece(b));
        let order = match (is_digits(piece_a), is_digits(piece_b)) {
            (true, true) => {
                let lengths = piece_a.len().cmp(&piece_b.len());
                lengths.then_with(|| piece_a.cmp(piece_b))
            }
            _ => piece_a.cmp(piece_b),
        };
        if order.is_ne() || piece_a.is_empty() {
            return order;
        }
        (a, b) = (&a[piece_a.len()..], &b[piece_b.len()..]);
    }
}

/// Returns the first piece of a text: all digits up to another character, or the other way around.
fn piece(text: &str) -> &str {
    let digits = text.starts_with(|letter: char| letter.is_ascii_digit());
    let end = text.find(|letter: char| letter.is_ascii_digit() != digits);
    &text[..end.unwrap_or(text.len())]
}

fn is_digits(piece: &str) -> bool {
    piece.starts_with(|letter: char| letter.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Sort.html>.
    #[test]
    fn values_have_the_documented_order() {
        let order = [
            "!:",
            "#",
            "*%04",
            "0#",
            "5A",
            "111A",
            "2345_",
            "@",
            "@_",
            "A",
            "A9876fghj",
            "a12345hfh",
            "0",
            "01",
            "1",
            "2",
            "3",
        ];
        let mut values: Vec<Value> = order.iter().rev().map(|text| Value::text(text)).collect();
        values.sort_by(compare);
        let sorted: Vec<String> = values
            .iter()
            .filter_map(Value::render)
            .map(|text| text.to_string())
            .collect();
        assert_eq!(sorted, order);
    }
}
