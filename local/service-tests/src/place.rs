//! Places the members of an input in an HTTP request of a REST service.

use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use crate::made::{MadeInput, ModelTable, shape_of};

/// The parts of a request that hold an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The path and the query string.
    pub uri: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body: a JSON object.
    pub body: String,
}

/// Returns the request that sends an input to an operation at `uri`, whose path has the names of
/// members in braces; `None` if the path, the query string or the headers cannot carry the input, as values
/// in a path must not be empty, and as all values there are texts.
///
/// # Panics
/// If the model places a member elsewhere.
#[must_use]
pub fn place(table: &ModelTable, uri: &str, made: &MadeInput) -> Option<Placed> {
    if !is_expressible(table, made) {
        return None;
    }
    let (mut path, mut query, mut body) = (uri.to_owned(), Vec::new(), Map::new());
    let mut headers = HeaderMap::new();
    for (member, place) in table.input_members(&made.operation).into_iter().flatten() {
        let Some(value) = made.input.get(member) else {
            if place["in"] == "uri" {
                return None;
            }
            continue;
        };
        let wire = place["name"].as_str().unwrap_or(member);
        match place["in"].as_str() {
            Some("uri") => {
                let text = value.as_str().filter(|text| !text.is_empty())?;
                path = path.replace(&format!("{{{wire}}}"), &encoded(text));
            }
            Some("querystring") => {
                let values = value.as_array().cloned();
                for value in values.unwrap_or_else(|| vec![value.clone()]) {
                    let text = value.as_str().map_or(value.to_string(), str::to_owned);
                    query.push(format!("{wire}={}", encoded(&text)));
                }
            }
            Some("header") => {
                let text = value.as_str().filter(|text| text.is_ascii())?;
                let name = HeaderName::from_bytes(wire.as_bytes()).ok()?;
                headers.insert(name, HeaderValue::from_str(text).ok()?);
            }
            Some(place) => panic!("{} has a member in {place}", made.operation),
            None => {
                body.insert(wire.to_owned(), value.clone());
            }
        }
    }
    let query = match query.is_empty() {
        true => String::new(),
        false => format!("?{}", query.join("&")),
    };
    Some(Placed {
        uri: format!("{path}{query}"),
        headers,
        body: Value::Object(body).to_string(),
    })
}

/// Reports whether a query string and headers can carry the values, of which some are broken: every text of
/// them is a text.
fn is_expressible(table: &ModelTable, made: &MadeInput) -> bool {
    let mut members = table.input_members(&made.operation).into_iter().flatten();
    members.all(|(member, place)| {
        if place["in"] != "querystring" && place["in"] != "header" {
            return true;
        }
        let Some(value) = made.input.get(member) else {
            return true;
        };
        match table.shape(shape_of(place))["type"].as_str() {
            Some("string") => value.is_string(),
            Some("integer" | "boolean") => !value.is_string(),
            Some("list") => value
                .as_array()
                .is_some_and(|values| !values.is_empty() && values.iter().all(Value::is_string)),
            _ => false,
        }
    })
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
