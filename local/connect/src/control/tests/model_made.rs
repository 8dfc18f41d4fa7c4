//! Requests made from the service model: for each operation the smallest valid input, each bound and
//! value of an enumeration, and each way to break a constraint. The table is read here a second time,
//! so that a mistake of the reader that checks requests shows.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use bytes::Bytes;
use http::HeaderMap;
use local_wire::{ApiRequest, Request};
use serde_json::Map;

use super::*;

static TABLE: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../model.json")).unwrap());

/// A text that matches each pattern of the model, and one that does not; none for the patterns that
/// are not enforced.
const PATTERNS: &[(&str, Option<(&str, &str)>)] = &[
    (
        r"^(arn:(aws|aws-us-gov):connect:[a-z]{2}-[a-z]+-[0-9]{1}:[0-9]{1,20}:instance/)?[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$",
        Some(("11111111-2222-3333-4444-555555555555", "eleven")),
    ),
    (r"^[\W\S_]*", Some(("text", ""))),
    (r".*\S.*", Some(("text", " "))),
    (r"^([$0-9a-zA-Z][_-]?)+$", Some(("live_1", "_live"))),
    (
        r"^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]*$",
        Some(("部門 1", "aws:team")),
    ),
    (
        r"[a-z]{2}(-[a-z]+){1,2}(-[0-9])?",
        Some(("us-gov-west-1", "US")),
    ),
    (
        r"^(?!d-)([\da-zA-Z]+)([-]*[\da-zA-Z])*$",
        Some(("a--b", "d-1")),
    ),
    (r"^d-[0-9a-f]{10}$", Some(("d-0123456789", "d-01234567zz"))),
    (
        r"^[a-zA-Z0-9]{64}$",
        Some((
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF",
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCD-F",
        )),
    ),
    (
        r"[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}(:[A-Z0-9_$]+){0,1}$|^arn:[a-z-]*?:wisdom:[a-z0-9-]*?:[0-9]{12}:[a-z-]*?/[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}(?:/[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}){0,2}(:[A-Z0-9_$]+){0,1}",
        Some((
            "11111111-2222-3333-4444-555555555555:$LATEST",
            "11111111-2222",
        )),
    ),
    (r"^[ a-zA-Z0-9_@-]+$", Some(("a b_c@d-1", "a.b"))),
    (
        r"^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})|(arn:[a-z0-9-]+:connect:[a-z0-9-]+:(?:([0-9]{12}):instance/[a-z0-9-]+/metric/[a-z0-9-]+(?::[a-z0-9-]+)?|aws:metric/[A-Z_]+))$",
        Some((
            "arn:aws:connect:eu-west-1:aws:metric/AGENTS_ONLINE",
            "AGENTS_ONLINE",
        )),
    ),
    (
        r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]+$",
        Some(("team é", "team 番")),
    ),
    (
        r"(?!aws:|connect:)[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]+$",
        Some(("team é", "connect:team")),
    ),
    (
        r"^[-:/A-Za-z0-9]+",
        Some((
            "arn:aws:s3:::a-bucket-of-recordings",
            "?arn:aws:s3:::a-bucket-of-recordings",
        )),
    ),
    (r"\+[1-9]\d{1,14}$", Some(("+815000000000", "815000000000"))),
    (r"^[0-9a-zA-Z._-]+", Some(("a.b_c-1", "+ab"))),
    // It is written with the delimiters of another language, and looks ahead.
    (
        r"/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[a-zA-Z\d\S]{8,64}$/",
        None,
    ),
    (
        r"s3://\S+/.+|https://\\S+\\.s3\\.\\S+\\.amazonaws\\.com/\\S+",
        None,
    ),
    // Escaped twice in the model: they match texts with a backslash alone.
    (r"\\+?[0-9]{1,11}", None),
    (r"\\+[1-9]\\d{1,14}$", None),
];

/// The most characters and elements of a made value; larger bounds are left out.
const LARGEST: i64 = 2_000;

/// A made value, and whether the model allows it.
#[derive(Clone)]
struct Made {
    value: Value,
    allowed: bool,
}

impl Made {
    fn allowed(value: Value) -> Self {
        Self {
            value,
            allowed: true,
        }
    }

    fn refused(value: Value) -> Self {
        Self {
            value,
            allowed: false,
        }
    }
}

fn shape(name: &str) -> &'static Value {
    &TABLE["shapes"][name]
}

/// Returns the name of a member's shape.
fn shape_of(member: &'static Value) -> &'static str {
    member
        .as_str()
        .unwrap_or_else(|| member["shape"].as_str().unwrap())
}

fn pattern(shape: &Value) -> Option<Option<(&'static str, &'static str)>> {
    let pattern = shape["pattern"].as_str()?;
    let known = PATTERNS.iter().find(|(known, _)| *known == pattern);
    let known = known.unwrap_or_else(|| panic!("PATTERNS must have a text for {pattern}"));
    Some(known.1)
}

fn bound(shape: &Value, name: &str) -> Option<i64> {
    shape[name].as_i64().filter(|bound| *bound <= LARGEST)
}

/// Returns the smallest valid value of a shape.
fn smallest(name: &str) -> Value {
    let shape = shape(name);
    let min = shape["min"].as_i64();
    match shape["type"].as_str().unwrap() {
        "structure" => {
            let members = shape["members"].as_object().unwrap();
            let mut required: Vec<&str> = strings(&shape["required"]);
            if shape["union"] == true {
                required = members.keys().take(1).map(String::as_str).collect();
            }
            let required = required
                .into_iter()
                .map(|name| (name.to_owned(), smallest(shape_of(&members[name]))));
            Value::Object(required.collect())
        }
        "list" => {
            let one = smallest(shape["member"].as_str().unwrap());
            Value::Array(vec![one; size(min.unwrap_or(0))])
        }
        "map" => entries(shape, size(min.unwrap_or(0))),
        "string" => match (strings(&shape["enum"]).first(), pattern(shape)) {
            (Some(first), _) => json!(first),
            (None, Some(Some((yes, _)))) => json!(yes),
            (None, Some(None)) => json!("+815000000000"),
            (None, None) => json!("a".repeat(size(min.unwrap_or(1).max(1)))),
        },
        "integer" | "long" => json!(min.unwrap_or(1)),
        "double" | "float" => json!(1.5),
        "boolean" => json!(true),
        "timestamp" => json!(1_700_000_000),
        kind => panic!("{name} has the type {kind}"),
    }
}

fn size(bound: i64) -> usize {
    usize::try_from(bound).unwrap()
}

fn strings(list: &Value) -> Vec<&str> {
    let all = list.as_array().into_iter().flatten();
    all.map(|one| one.as_str().unwrap()).collect()
}

fn entries(shape: &Value, count: usize) -> Value {
    let value = smallest(shape["value"].as_str().unwrap());
    let keys = strings(&TABLE["shapes"][shape["key"].as_str().unwrap()]["enum"]);
    let keys = (0..count).map(|index| match keys.get(index) {
        Some(key) => (*key).to_owned(),
        None => format!("k{index}"),
    });
    Value::Object(keys.map(|key| (key, value.clone())).collect())
}

/// Returns values at and beyond each constraint of a shape and of its parts. `above` has the shapes
/// that contain it, so that those that contain themselves end.
fn variants(name: &'static str, above: &[&str]) -> Vec<Made> {
    let shape = shape(name);
    let (min, max) = (bound(shape, "min"), bound(shape, "max"));
    let mut made = vec![Made::allowed(smallest(name))];
    if above.contains(&name) {
        return made;
    }
    let above = [above, &[name]].concat();
    match shape["type"].as_str().unwrap() {
        "structure" => {
            made.push(Made::refused(json!(7)));
            let members = shape["members"].as_object().unwrap();
            let base = smallest(name);
            for required in strings(&shape["required"]) {
                let mut less = base.clone();
                less.as_object_mut().unwrap().remove(required);
                made.push(Made::refused(less));
            }
            for (member, given) in members {
                for part in variants(shape_of(given), &above) {
                    let mut whole = match shape["union"] == true {
                        true => json!({}),
                        false => base.clone(),
                    };
                    whole[member] = part.value;
                    made.push(Made {
                        value: whole,
                        allowed: part.allowed,
                    });
                }
            }
            if shape["union"] == true {
                made.push(Made::refused(json!({})));
            }
        }
        "list" => {
            made.push(Made::refused(json!(7)));
            let element = shape["member"].as_str().unwrap();
            let of = |count: i64| Value::Array(vec![smallest(element); size(count)]);
            made.extend(max.map(|max| Made::allowed(of(max))));
            made.extend(max.map(|max| Made::refused(of(max + 1))));
            made.extend(
                min.filter(|min| *min > 0)
                    .map(|min| Made::refused(of(min - 1))),
            );
            if min.unwrap_or(0) <= 1 {
                let parts = variants(element, &above).into_iter();
                made.extend(parts.map(|part| Made {
                    value: json!([part.value]),
                    ..part
                }));
            }
        }
        "map" => {
            made.push(Made::refused(json!(7)));
            made.extend(max.map(|max| Made::allowed(entries(shape, size(max)))));
            made.extend(max.map(|max| Made::refused(entries(shape, size(max + 1)))));
            let key = shape["key"].as_str().unwrap();
            for key in variants(key, &above) {
                let Value::String(text) = &key.value else {
                    continue;
                };
                let value = smallest(shape["value"].as_str().unwrap());
                made.push(Made {
                    value: Value::Object(Map::from_iter([(text.clone(), value)])),
                    allowed: key.allowed,
                });
            }
        }
        "string" => {
            made.push(Made::refused(json!(7)));
            let values = strings(&shape["enum"]);
            made.extend(values.iter().map(|value| Made::allowed(json!(value))));
            match pattern(shape) {
                _ if !values.is_empty() => made.push(Made::refused(json!("NO_SUCH_VALUE"))),
                // A text that matches nothing is empty for a pattern that matches every text.
                Some(Some((_, no))) if !no.is_empty() => made.push(Made::refused(json!(no))),
                Some(_) => {}
                None => {
                    // In a script whose characters have three bytes each: lengths are in characters.
                    let of = |length: i64| json!("番".repeat(size(length)));
                    made.extend(max.map(|max| Made::allowed(of(max))));
                    made.extend(max.map(|max| Made::refused(of(max + 1))));
                    made.extend(
                        min.filter(|min| *min > 0)
                            .map(|min| Made::refused(of(min - 1))),
                    );
                }
            }
        }
        "integer" | "long" => {
            made.push(Made::refused(json!("7")));
            made.push(Made::refused(json!(7.5)));
            let (min, max) = (shape["min"].as_i64(), shape["max"].as_i64());
            made.extend(max.map(|max| Made::allowed(json!(max))));
            made.extend(max.map(|max| Made::refused(json!(max + 1))));
            made.extend(min.map(|min| Made::refused(json!(min - 1))));
        }
        "double" | "float" => made.push(Made::refused(json!("7"))),
        "boolean" => made.push(Made::refused(json!("true"))),
        "timestamp" => made.push(Made::refused(json!(true))),
        kind => panic!("{name} has the type {kind}"),
    }
    made
}

/// A request whose members stand where the model places them; none if the members in the path cannot
/// be sent, because they are empty or not texts.
fn request(operation: &str, input: &Value) -> Option<Request> {
    let (method, uri) = OPERATIONS.served(operation)?.address?;
    let name = TABLE["operations"][operation]["input"].as_str();
    let members = name.and_then(|name| shape(name)["members"].as_object());
    let (mut path, mut query, mut body) = (uri.to_owned(), Vec::new(), Map::new());
    for (member, place) in members.into_iter().flatten() {
        let Some(value) = input.get(member) else {
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
                let values = values.unwrap_or_else(|| vec![value.clone()]);
                for value in values {
                    let text = value.as_str().map_or(value.to_string(), str::to_owned);
                    query.push(format!("{wire}={}", encoded(&text)));
                }
            }
            Some(place) => panic!("{operation} has a member in {place}"),
            None => {
                body.insert(wire.to_owned(), value.clone());
            }
        }
    }
    let query = match query.is_empty() {
        true => String::new(),
        false => format!("?{}", query.join("&")),
    };
    Some(Request {
        region: REGION.into(),
        service: "connect".into(),
        access_key_id: "test".into(),
        method: method.parse().unwrap(),
        uri: format!("{path}{query}").parse().unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::from(Value::Object(body).to_string()),
    })
}

/// Reports whether a query string can carry a broken value: every text of it is a text.
fn is_expressible(operation: &str, input: &Value) -> bool {
    let name = TABLE["operations"][operation]["input"].as_str().unwrap();
    let members = shape(name)["members"].as_object().unwrap();
    members.iter().all(|(member, place)| {
        if place["in"] != "querystring" {
            return true;
        }
        let Some(value) = input.get(member) else {
            return true;
        };
        match shape(shape_of(place))["type"].as_str().unwrap() {
            "string" => value.is_string(),
            "integer" | "boolean" => !value.is_string(),
            "list" => value
                .as_array()
                .is_some_and(|values| !values.is_empty() && values.iter().all(Value::is_string)),
            _ => false,
        }
    })
}

/// Returns every request that is made of the model, with the operation and whether it is allowed.
fn made() -> Vec<(&'static str, Request, bool)> {
    let operations = TABLE["operations"].as_object().unwrap();
    let mut requests = Vec::new();
    for (operation, row) in operations {
        let Some(input) = row["input"].as_str() else {
            continue;
        };
        for made in variants(input, &[]) {
            if !made.value.is_object() || !is_expressible(operation, &made.value) {
                continue;
            }
            if let Some(request) = request(operation, &made.value) {
                requests.push((operation.as_str(), request, made.allowed));
            }
        }
    }
    requests
}

/// Every request is answered as the model says: one that it allows is not refused for its form, one
/// that it does not allow has an error of the operation for it. Successful responses have the model's
/// shape, which the sender of the tests compares.
#[test]
fn requests_made_from_the_service_model_are_answered_as_it_says() {
    let account = Account::new();
    let mut wrong = Vec::new();
    let (mut allowed_requests, mut refused_requests) = (0, 0);
    for (operation, request, allowed) in made() {
        let text = format!(
            "{operation} {} {}",
            request.uri,
            String::from_utf8_lossy(&request.body)
        );
        let checked = model().check(&ApiRequest::new(&DIALECT, request.clone()));
        let response = test_requests::handle(&account.service, request);
        let code = response.headers().get("x-amzn-errortype");
        let code = code.map_or("", |code| code.to_str().unwrap());
        let malformed = [model().malformed(operation), "SerializationException"];
        let as_the_model_says = match allowed {
            true => checked.is_ok() && code != "SerializationException",
            false => checked.is_err() && malformed.contains(&code),
        };
        if !as_the_model_says {
            wrong.push(format!(
                "{text}\n  allowed: {allowed}, but was {} {code} ({checked:?})",
                response.status()
            ));
        }
        match allowed {
            true => allowed_requests += 1,
            false => refused_requests += 1,
        }
    }
    println!("{allowed_requests} allowed and {refused_requests} refused requests were made");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(allowed_requests > 0 && refused_requests > 0);
}

/// The patterns that the account does not enforce are those without a text in [`PATTERNS`].
#[test]
fn patterns_left_out_are_named() {
    let left_out: BTreeSet<&str> = model().patterns_left_out().map(|(_, text)| text).collect();
    let named = PATTERNS.iter().filter(|(_, texts)| texts.is_none());
    assert_eq!(left_out, named.map(|(text, _)| *text).collect());
}
