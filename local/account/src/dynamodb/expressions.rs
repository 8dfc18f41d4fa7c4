//! Enforces DynamoDB's limits on expressions, before the table store parses them.
//!
//! The table store parses and evaluates expressions by recursion. Its threads' stacks are large
//! enough for expressions within the limits ([`super::engine`]); larger ones must not reach it.

use std::fmt;

use local_wire::Fault;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// "The maximum length of any expression string is 4 KB."
const MAX_BYTES: usize = 4_096;
/// "The maximum number of operators or functions in an expression is 300."
const MAX_OPERATORS: usize = 300;
/// "The maximum depth for a document path is 32", its first attribute included.
const MAX_LEVELS: usize = 32;
/// The size of a body that has no room for too many operators: each takes at least one byte, and so
/// does each operand.
const SMALL_BODY: usize = 2 * MAX_OPERATORS;

/// Members that are expressions, at any place in a request.
const EXPRESSIONS: [&str; 5] = [
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
];

/// Members that hold attribute values, which may be nested deeper than any other part of a request,
/// and which contain no expressions.
const VALUES: [&str; 11] = [
    "AttributeUpdates",
    "ExclusiveStartKey",
    "Expected",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "Item",
    "Key",
    "KeyConditions",
    "Parameters",
    "QueryFilter",
    "ScanFilter",
];

/// Refuses a request with an expression that exceeds a limit, in DynamoDB's words. If a body is not
/// valid JSON, the rest from that place on is not checked: the table store reports the error.
pub(super) fn check(body: &[u8]) -> Result<(), Fault> {
    if is_harmless(body) {
        return Ok(());
    }
    for (member, text) in expressions(body) {
        if let Some(complaint) = complaint(&text) {
            return Err(Fault::new(
                400,
                "ValidationException",
                format!("Invalid {member}: {complaint}"),
            ));
        }
    }
    Ok(())
}

/// Reports whether a body has no room for an expression that exceeds a limit: each level of a path
/// but the first has a dot or a bracket, which JSON may write as an escape.
fn is_harmless(body: &[u8]) -> bool {
    let level = |byte: &&u8| b".[\\".contains(byte);
    body.len() <= SMALL_BODY && body.iter().filter(level).count() < MAX_LEVELS
}

/// Returns DynamoDB's error for an expression that exceeds a limit.
fn complaint(text: &str) -> Option<String> {
    if text.len() > MAX_BYTES {
        return Some(format!(
            "Expression size has exceeded the maximum allowed size; expression size: {}",
            text.len()
        ));
    }
    let extent = Extent::of(text);
    if extent.operators > MAX_OPERATORS {
        // DynamoDB stops counting at the first operator that is too many.
        return Some(format!(
            "The expression contains too many operators; operator count: {}",
            MAX_OPERATORS + 1
        ));
    }
    if extent.levels > MAX_LEVELS {
        return Some(format!(
            "The document path has too many nesting levels; nesting levels: {}",
            extent.levels
        ));
    }
    // Each necessary pair of parentheses encloses an operator or a function of its own.
    (extent.depth > MAX_OPERATORS + 1)
        .then(|| "The expression has redundant parentheses;".to_owned())
}

/// The size of an expression, as it affects a recursive parser.
#[derive(Debug, Default, PartialEq, Eq)]
struct Extent {
    operators: usize,
    /// The greatest depth of nested parentheses.
    depth: usize,
    /// The number of names and indexes in the longest path.
    levels: usize,
}

impl Extent {
    /// Measures a text without recursion. Invalid expressions get some result; the table store
    /// refuses them.
    fn of(text: &str) -> Self {
        let mut extent = Self::default();
        let mut open = 0_usize;
        // The number of `BETWEEN`s whose `AND` has not come yet.
        let mut betweens = 0_usize;
        // The levels of the current path, and whether a dot announces its next name.
        let (mut levels, mut dot) = (0_usize, false);
        // `=` assigns in an update expression; elsewhere it compares.
        let update = is_update(text);
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let start = at;
            at += 1;
            if *byte == b'#' || *byte == b'_' || byte.is_ascii_alphabetic() {
                levels = if dot { levels + 1 } else { 1 };
                dot = false;
            } else if *byte == b'.' {
                dot = true;
            } else if *byte == b'[' {
                levels += 1;
            } else if !byte.is_ascii_whitespace() {
                dot = false;
            }
            extent.levels = extent.levels.max(levels);
            match byte {
                b'#' | b':' => at = end_of_name(bytes, at),
                b'(' => {
                    open += 1;
                    extent.depth = extent.depth.max(open);
                }
                b')' => open = open.saturating_sub(1),
                b'+' | b'-' => extent.operators += 1,
                b'=' if !update => extent.operators += 1,
                b'<' | b'>' => {
                    extent.operators += 1;
                    if matches!((byte, bytes.get(at)), (_, Some(b'=')) | (b'<', Some(b'>'))) {
                        at += 1;
                    }
                }
                byte if byte.is_ascii_alphabetic() || *byte == b'_' => {
                    at = end_of_name(bytes, at);
                    let word = &text[start..at];
                    let is = |keyword: &str| word.eq_ignore_ascii_case(keyword);
                    if is("AND") && betweens > 0 {
                        betweens -= 1;
                    } else if is("AND") || is("OR") || is("NOT") || is("IN") {
                        extent.operators += 1;
                    } else if is("BETWEEN") {
                        extent.operators += 1;
                        betweens += 1;
                    } else if text[at..].trim_start().starts_with('(') {
                        extent.operators += 1;
                    }
                }
                _ => {}
            }
        }
        extent
    }
}

fn is_update(text: &str) -> bool {
    let first = text.trim_start();
    let first = &first[..end_of_name(first.as_bytes(), 0)];
    ["SET", "REMOVE", "ADD", "DELETE"]
        .iter()
        .any(|clause| first.eq_ignore_ascii_case(clause))
}

/// Returns the end of the name that begins at or before `at`.
fn end_of_name(bytes: &[u8], at: usize) -> usize {
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let length = bytes[at..].iter().take_while(|byte| part(byte)).count();
    at + length
}

/// The expressions of a request, with the names of their members.
type Found = Vec<(&'static str, String)>;

/// Walks through a part of a request and collects its expressions.
struct Walk<'a> {
    /// The member that contains the part, if that is an expression.
    member: Option<&'static str>,
    /// Whether the keys of the part are names of tables.
    tables: bool,
    found: &'a mut Found,
}

/// Returns the expressions of a request in their order, as far as it is valid JSON.
fn expressions(body: &[u8]) -> Found {
    let mut found = Found::new();
    let walk = Walk {
        member: None,
        tables: false,
        found: &mut found,
    };
    // The table store reports errors in a request.
    walk.deserialize(&mut serde_json::Deserializer::from_slice(body))
        .ok();
    found
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a part of a request")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if !self.tables && VALUES.contains(&name.as_str()) {
                // Skipped without recursion, at any depth.
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let expression = EXPRESSIONS.into_iter().find(|known| *known == name);
            map.next_value_seed(Walk {
                member: expression.filter(|_| !self.tables),
                tables: name == "RequestItems",
                found: self.found,
            })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        loop {
            let element = Walk {
                member: None,
                tables: false,
                found: &mut *self.found,
            };
            if list.next_element_seed(element)?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        if let Some(member) = self.member {
            self.found.push((member, text.to_owned()));
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn refusal(request: &Value) -> String {
        check(request.to_string().as_bytes()).map_or_else(|fault| fault.message, |()| String::new())
    }

    /// Returns `count` conditions, joined.
    fn joined(count: usize) -> String {
        vec!["a = :v"; count].join(" AND ")
    }

    #[test]
    fn operators_are_counted_as_dynamodb_counts_them() {
        for (text, operators, depth, levels) in [
            ("a = :v", 1, 0, 1),
            ("a = :v AND #b <> :w", 3, 0, 1),
            ("a <= :v OR NOT (b >= :w)", 4, 1, 1),
            ("a BETWEEN :v AND :w AND c IN (:x, :y)", 3, 1, 1),
            ("size(a) > :v and attribute_exists (b.c[0])", 4, 1, 3),
            // "The UpdateExpression SET a = :val1 + :val2 + :val3 contains two operators."
            ("SET a = :val1 + :val2 + :val3", 2, 0, 1),
            (
                "set a = list_append(if_not_exists(a, :none), :more)",
                2,
                2,
                1,
            ),
            ("REMOVE a, b.c[1]", 0, 0, 3),
            ("a, #b.c, d[3]", 0, 0, 2),
            ("a.b . #c[1] [2], d", 0, 0, 5),
        ] {
            let expected = Extent {
                operators,
                depth,
                levels,
            };
            assert_eq!(Extent::of(text), expected, "{text}");
        }
    }

    #[test]
    fn expressions_beyond_a_limit_are_refused_in_the_words_of_dynamodb() {
        let expression = |member: &str, text: String| json!({ "TableName": "t", member: text });
        let many = "The expression contains too many operators; operator count: 301";
        // 150 comparisons and 149 ANDs are 299 operators.
        for member in ["ConditionExpression", "FilterExpression"] {
            assert_eq!(refusal(&expression(member, joined(150))), "");
            let refused = refusal(&expression(member, joined(151)));
            assert_eq!(refused, format!("Invalid {member}: {many}"));
        }
        let member = "ConditionExpression";
        let nots = format!("{}a = :v", "NOT ".repeat(300));
        assert_eq!(
            refusal(&expression(member, nots)),
            format!("Invalid {member}: {many}")
        );
        let parentheses = format!("{}a = :v{}", "(".repeat(302), ")".repeat(302));
        assert_eq!(
            refusal(&expression(member, parentheses)),
            format!("Invalid {member}: The expression has redundant parentheses;")
        );
        let member = "UpdateExpression";
        let sums = format!("SET a = :v{}", "+:v".repeat(301));
        assert_eq!(
            refusal(&expression(member, sums)),
            format!("Invalid {member}: {many}")
        );
        let long = format!("SET {} = :v", "a".repeat(4_096));
        let size = long.len();
        assert_eq!(
            refusal(&expression(member, long)),
            format!(
                "Invalid {member}: Expression size has exceeded the maximum allowed size; \
                 expression size: {size}"
            )
        );
    }

    /// The message is DynamoDB's for a projection with 33 levels.
    #[test]
    fn paths_have_thirty_two_levels() {
        let names = |count: usize| vec!["#n"; count].join(".");
        let indexes = |count: usize| format!("a{}", "[0]".repeat(count - 1));
        for (member, expression) in [
            ("ProjectionExpression", "b, PATH"),
            ("ConditionExpression", "attribute_exists(PATH)"),
            ("FilterExpression", "PATH = :v"),
            ("UpdateExpression", "REMOVE PATH"),
        ] {
            let request = |path: String| {
                let expression = expression.replace("PATH", &path);
                refusal(&json!({ "TransactItems": [{ "Update": { member: expression } }] }))
            };
            let refused = format!(
                "Invalid {member}: The document path has too many nesting levels; nesting levels: 33"
            );
            assert_eq!(request(names(32)), "");
            assert_eq!(request(indexes(32)), "");
            assert_eq!(request(names(33)), refused);
            assert_eq!(request(indexes(33)), refused);
        }
        let escaped = format!(r#"{{"ProjectionExpression":"a{}"}}"#, r"\u002eb".repeat(32));
        assert!(check(escaped.as_bytes()).is_err());
    }

    #[test]
    fn expressions_are_found_in_every_part_of_a_request() {
        let long = joined(400);
        for request in [
            json!({ "TransactItems": [{ "Put": { "ConditionExpression": long } }] }),
            json!({ "TransactItems": [{}, { "ConditionCheck": { "ConditionExpression": long } }] }),
            json!({ "TransactItems": [{ "Update": { "UpdateExpression": long } }] }),
            json!({ "TransactItems": [{ "Get": { "ProjectionExpression": long } }] }),
            json!({ "RequestItems": { "Item": { "ProjectionExpression": long } } }),
            json!({ "KeyConditionExpression": long }),
        ] {
            assert!(!refusal(&request).is_empty(), "{request}");
        }
        // A member that occurs twice, of which the store may use either.
        let twice = format!(r#"{{"ConditionExpression":"{long}","ConditionExpression":"a = :v"}}"#);
        assert!(check(twice.as_bytes()).is_err());
        // After values that are nested deeper than a recursive JSON parser allows.
        let deep = format!(
            r#"{{"Item":{}1{},"ConditionExpression":"{long}"}}"#,
            r#"{"M":"#.repeat(1_000),
            "}".repeat(1_000)
        );
        assert!(check(deep.as_bytes()).is_err());
        // An attribute may have the name of an expression member.
        let item = json!({ "Item": { "ConditionExpression": { "S": long } } });
        assert_eq!(refusal(&item), "");
    }
}
