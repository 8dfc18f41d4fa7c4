//! The members of an input, collected from path, query, headers and body.

use serde_json::{Map, Value};

use super::ServiceModel;
use super::shape::{Kind, Place, Shape};
use super::value::Problem;
use crate::{ApiRequest, Fault};

/// Returns the members of a request, each under its name in the place that it comes from.
///
/// # Errors
/// If the body cannot be read.
pub(super) fn members(
    model: &ServiceModel,
    shape: &Shape,
    request: &ApiRequest,
) -> Result<Result<Value, Problem>, Fault> {
    // A body that has no members is not read.
    let has_body = shape
        .members
        .values()
        .any(|member| member.place().is_none());
    let mut members = match has_body.then(|| request.members()).transpose()? {
        None => Map::new(),
        Some(Value::Object(members)) => members,
        Some(other) => return Ok(Ok(other)),
    };
    for (name, member) in &shape.members {
        let Some(place) = member.place() else {
            continue;
        };
        let wire = member.wire_name(name);
        // A body cannot give a member whose place is elsewhere.
        members.remove(wire);
        let given = match place {
            Place::Uri => vec![request.path(wire).to_owned()],
            Place::QueryString => request.query_all(wire),
            Place::Header => {
                let value = request.headers.get(wire);
                let value = value.and_then(|value| value.to_str().ok());
                value.map(str::to_owned).into_iter().collect()
            }
            Place::Headers | Place::StatusCode => continue,
        };
        let Some(shape) = model.shape(Some(member.shape())) else {
            continue;
        };
        match typed(model, shape, given) {
            Ok(None) => {}
            Ok(Some(value)) => {
                members.insert(wire.to_owned(), value);
            }
            Err((shape, text)) => {
                return Ok(Err(Problem::of_another_type(shape, name, &text)));
            }
        }
    }
    Ok(Ok(Value::Object(members)))
}

/// A text that has another type than its shape.
type Mistyped<'m> = (&'m Shape, String);

/// Returns the texts of a member as a value of its type.
fn typed<'m>(
    model: &'m ServiceModel,
    shape: &'m Shape,
    given: Vec<String>,
) -> Result<Option<Value>, Mistyped<'m>> {
    if given.is_empty() {
        return Ok(None);
    }
    if shape.kind == Kind::List {
        // Every list of a model has a shape for its elements.
        let element = model.shape(shape.element.as_deref()).unwrap_or(shape);
        let elements = given.into_iter().map(|text| scalar(element, text));
        let elements: Result<Vec<Value>, Mistyped<'_>> = elements.collect();
        return elements.map(|elements| Some(Value::Array(elements)));
    }
    if shape.kind == Kind::Map {
        // A map in the query string has any parameter as its key.
        return Ok(Some(Value::Object(Map::new())));
    }
    given
        .into_iter()
        .next()
        .map(|text| scalar(shape, text))
        .transpose()
}

fn scalar(shape: &Shape, text: String) -> Result<Value, Mistyped<'_>> {
    let value = match shape.kind {
        Kind::Integer | Kind::Long => text.parse::<i64>().ok().map(Value::from),
        Kind::Double | Kind::Float => text.parse::<f64>().ok().map(Value::from),
        Kind::Boolean => text.parse::<bool>().ok().map(Value::from),
        _ => return Ok(Value::String(text)),
    };
    value.ok_or((shape, text))
}
