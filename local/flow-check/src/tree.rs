//! The JSON values of a text with their places.

use std::ops::Range;

use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

/// The rules of JSON, without any extension.
const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Parses JSON; `None` for a text that is not.
pub(crate) fn parse(text: &str) -> Option<Value<'_>> {
    parse_to_ast(text, &CollectOptions::default(), &STRICT)
        .ok()?
        .value
}

/// Returns the bytes of a part of the text.
pub(crate) fn span(part: &impl Ranged) -> Range<usize> {
    let range = part.range();
    range.start..range.end
}

/// Returns the member of this name: of several, the last, as JSON is read everywhere else here.
pub(crate) fn property<'t, 'a>(object: &'t Object<'a>, name: &str) -> Option<&'t ObjectProp<'a>> {
    object
        .properties
        .iter()
        .rev()
        .find(|property| property.name.as_str() == name)
}

/// Returns the value of the member of this name.
pub(crate) fn member<'t, 'a>(object: &'t Object<'a>, name: &str) -> Option<&'t Value<'a>> {
    property(object, name).map(|property| &property.value)
}

/// Returns the value at a path of members.
pub(crate) fn at<'t, 'a>(object: &'t Object<'a>, path: &[&str]) -> Option<&'t Value<'a>> {
    let (last, objects) = path.split_last()?;
    let object = objects
        .iter()
        .try_fold(object, |object, name| member(object, name)?.as_object())?;
    member(object, last)
}

/// Returns the text at a path of members.
pub(crate) fn text<'t>(object: &'t Object<'_>, path: &[&str]) -> Option<&'t str> {
    Some(&*at(object, path)?.as_string_lit()?.value)
}

/// Visits each text below a value, at any depth, with its place.
pub(crate) fn texts<'t>(value: &'t Value<'_>, visit: &mut dyn FnMut(&'t str, Range<usize>)) {
    match value {
        Value::StringLit(text) => visit(&text.value, span(text)),
        Value::Array(array) => {
            for value in &array.elements {
                texts(value, visit);
            }
        }
        Value::Object(object) => texts_of(object, visit),
        Value::NumberLit(_) | Value::BooleanLit(_) | Value::NullKeyword(_) => {}
    }
}

/// Visits each text below an object, the names of members excepted.
pub(crate) fn texts_of<'t>(object: &'t Object<'_>, visit: &mut dyn FnMut(&'t str, Range<usize>)) {
    for property in &object.properties {
        texts(&property.value, visit);
    }
}

/// The part of a value that a problem points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The name of the member at the path.
    Name,
    /// The value at the path.
    Value,
}

/// Returns the place of a path such as `Actions[3].Parameters.Text`. Of what is missing, it is the place
/// of the nearest value around it. An object or a list is shown by its name, so that the place is short.
pub(crate) fn locate(root: &Value<'_>, path: &str, part: Part) -> Range<usize> {
    let mut value = root;
    let mut place = brief(root);
    let mut rest = path;
    while !rest.is_empty() {
        let Some((next, shown, left)) = step(value, rest) else {
            return place;
        };
        place = match next {
            Value::Object(_) | Value::Array(_) => shown.unwrap_or_else(|| brief(next)),
            scalar => match (part, shown, left.is_empty()) {
                (Part::Name, Some(name), true) => name,
                _ => span(scalar),
            },
        };
        (value, rest) = (next, left);
    }
    place
}

/// Takes one step of a path: the value, the place of its name if it is a member, and the rest. Names may
/// contain dots and brackets, so of the names that fit, the longest counts.
fn step<'t, 'a, 'p>(
    value: &'t Value<'a>,
    path: &'p str,
) -> Option<(&'t Value<'a>, Option<Range<usize>>, &'p str)> {
    match value {
        Value::Array(array) => {
            let (index, rest) = path.strip_prefix('[')?.split_once(']')?;
            let element = array.elements.get(index.parse::<usize>().ok()?)?;
            Some((element, None, rest))
        }
        Value::Object(object) => {
            let path = path.strip_prefix('.').unwrap_or(path);
            object
                .properties
                .iter()
                .rev()
                .filter_map(|property| {
                    let rest = path.strip_prefix(property.name.as_str())?;
                    let whole = rest.is_empty() || rest.starts_with(['.', '[']);
                    whole.then_some((property, rest))
                })
                // The first of equal ones is the last in the text.
                .min_by_key(|(_, rest)| rest.len())
                .map(|(property, rest)| (&property.value, Some(span(&property.name)), rest))
        }
        _ => None,
    }
}

/// Returns a short place for an element of a list: the identifier of an action, or else the beginning.
fn brief(value: &Value<'_>) -> Range<usize> {
    let whole = span(value);
    let first = whole.start..whole.end.min(whole.start + 1);
    match value {
        Value::Object(object) => member(object, "Identifier")
            .and_then(Value::as_string_lit)
            .map_or(first, span),
        Value::Array(_) => first,
        _ => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn shows(text: &str, path: &str, part: Part, shown: &str) {
        let root = parse(text).unwrap();
        assert_eq!(&text[locate(&root, path, part)], shown, "{path}");
    }

    #[test]
    fn a_path_has_the_place_of_its_value() {
        let text = r#"{"A": [{"Identifier": "go", "P": {"x.y": "1", "x": {"y": "2"}, "名": "3"}}], "A2": 4}"#;
        shows(text, "A[0].P.x.y", Part::Value, "\"1\"");
        shows(text, "A[0].P.x.y", Part::Name, "\"x.y\"");
        shows(text, "A[0].P.名", Part::Value, "\"3\"");
        shows(text, "A[0].P.missing", Part::Value, "\"P\"");
        shows(text, "A[0].Type", Part::Value, "\"go\"");
        shows(text, "A[7]", Part::Value, "\"A\"");
        shows(text, "A2", Part::Value, "4");
        shows(text, "", Part::Value, "{");
        shows(r#"{"A": 1, "A": 2}"#, "A", Part::Value, "2");
    }

    /// serde_json, which reads the flow when it is published, takes the last of two members.
    #[test]
    fn of_two_members_with_one_name_the_last_counts() {
        let text = r#"{"A": "1", "A": "2"}"#;
        let root = parse(text).unwrap();
        let read: serde_json::Value = serde_json::from_str(text).unwrap();
        let object = root.as_object().unwrap();
        assert_eq!(super::text(object, &["A"]), read["A"].as_str());
    }

    #[test]
    fn json_alone_is_read() {
        for not in ["{'a': 1}", "{\"a\": 1,}", "{} // x", "{a: 1}", "", "[1 2]"] {
            assert!(parse(not).is_none(), "{not}");
        }
    }
}
