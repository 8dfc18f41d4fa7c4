//! Requests and responses, checked against a small model.

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::json;
use std::sync::LazyLock;

use super::*;
use crate::{Declared, Dialect, Operations, Request, put};

const TABLE: &str = r#"{
 "source": "a test",
 "operations": {
  "CreateThing": {"digest": "0", "input": "CreateThingRequest", "output": "Created",
                  "errors": {"InvalidRequestException": 400, "InvalidParameterException": 400}},
  "DropThing": {"digest": "1", "errors": {"InvalidRequestException": 400}}
 },
 "shapes": {
  "CreateThingRequest": {"type": "structure", "required": ["Owner", "Name"], "members": {
    "Owner": {"shape": "Id", "in": "uri", "name": "Owner"},
    "Sizes": {"shape": "Sizes", "in": "querystring", "name": "size"},
    "Name": "Name", "Kind": "Kind", "Tags": "Tags", "Count": "Count", "On": "Flag",
    "Choice": "Choice", "Level": "Level", "Wire": {"shape": "Name", "name": "wire"}}},
  "Created": {"type": "structure", "members": {"Id": "Id", "Tags": "Tags"}},
  "Id": {"type": "string", "min": 1, "max": 5},
  "Name": {"type": "string", "min": 2, "pattern": "^[a-z]+$"},
  "Kind": {"type": "string", "enum": ["A", "B"]},
  "Tags": {"type": "map", "key": "Name", "value": "Id", "max": 2},
  "Count": {"type": "integer", "min": 1, "max": 10},
  "Level": {"type": "float", "min": 1.0, "max": 5.0},
  "Sizes": {"type": "list", "member": "Count", "max": 2},
  "Flag": {"type": "boolean"},
  "Choice": {"type": "structure", "union": true, "members": {"One": "Flag", "Two": "Flag"}}
 }
}"#;

static SERVED: &[Declared<()>] = &[put("CreateThing", "/things/{Owner}", ())];
static OPERATIONS: LazyLock<Operations<()>> =
    LazyLock::new(|| Operations::new("things", &[SERVED], ""));
static THINGS: Dialect = Dialect::rest_json("things", || &*OPERATIONS);

fn request(path: &str, body: &Value) -> ApiRequest {
    ApiRequest::new(
        &THINGS,
        Request {
            region: "ap-northeast-1".into(),
            service: "things".into(),
            access_key_id: "local".into(),
            method: Method::PUT,
            uri: path.parse().unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from(body.to_string()),
        },
    )
}

fn check(path: &str, body: &Value) -> Result<(), (String, String)> {
    let model = ServiceModel::read(TABLE).unwrap();
    let checked = model.check(&request(path, body));
    checked.map_err(|fault| (fault.code, fault.message))
}

/// The meaning of each constraint is that of Smithy 2.0, "Constraint traits": bounds are inclusive,
/// lengths count characters, null is an absent member.
#[test]
fn inputs_within_the_constraints_are_accepted() {
    for (path, body) in [
        ("/things/a", json!({"Name": "ab"})),
        (
            "/things/abcde?size=1&size=10",
            json!({"Name": "ab", "Kind": "B", "Tags": {"ab": "1", "cd": "2"}, "Count": 10}),
        ),
        (
            "/things/%E5%8F%97%E4%BB%98%E3%81%AE%E4%BA%BA",
            json!({"Name": "ab", "Kind": null}),
        ),
        (
            "/things/a",
            json!({"Name": "ab", "Choice": {"One": true}, "wire": "cd", "Else": 1}),
        ),
    ] {
        assert_eq!(check(path, &body), Ok(()), "{path} {body}");
    }
}

#[test]
fn the_first_broken_constraint_is_named() {
    let invalid = "InvalidParameterException";
    let mistyped = "SerializationException";
    for (path, body, code, message) in [
        ("/things/a", json!({}), invalid, "Name is required."),
        (
            "/things/a",
            json!({"Name": null}),
            invalid,
            "Name is required.",
        ),
        (
            "/things/abcdef",
            json!({"Name": "ab"}),
            invalid,
            "Owner must have 1 to 5 characters, but has 6.",
        ),
        (
            "/things/a",
            json!({"Name": "a"}),
            invalid,
            "Name must have at least 2 characters, but has 1.",
        ),
        (
            "/things/a",
            json!({"Name": "a1"}),
            invalid,
            "Name must match ^[a-z]+$, but was a1.",
        ),
        (
            "/things/a",
            json!({"Name": "ab", "Kind": "C"}),
            invalid,
            "Kind must be one of A, B, but was C.",
        ),
        (
            "/things/a?size=1&size=2&size=3",
            json!({"Name": "ab"}),
            invalid,
            "Sizes must include at most 2 items",
        ),
        (
            "/things/a?size=11",
            json!({"Name": "ab"}),
            invalid,
            "Sizes[0] must be from 1 to 10, but was 11.",
        ),
        (
            "/things/a?size=x",
            json!({"Name": "ab"}),
            mistyped,
            "Sizes must be a whole number of 32 bits, but was x.",
        ),
        (
            "/things/a",
            json!({"Name": "ab", "Tags": {"A1": "1"}}),
            invalid,
            "The key Tags.A1 must match ^[a-z]+$, but was A1.",
        ),
        (
            "/things/a",
            json!({"Name": "ab", "Tags": {"ab": ""}}),
            invalid,
            "Tags.ab must have 1 to 5 characters, but has 0.",
        ),
        (
            "/things/a",
            json!({"Name": "ab", "Count": 1.5}),
            mistyped,
            "Count must be a whole number of 32 bits, but was 1.5.",
        ),
        (
            "/things/a",
            json!({"Name": "ab", "Count": 2_147_483_648_i64}),
            mistyped,
            "Count must be a whole number of 32 bits, but was 2147483648.",
        ),
        (
            "/things/a",
            json!({"Name": "ab", "On": "true"}),
            mistyped,
            "On must be true or false, but was \"true\".",
        ),
        (
            "/things/a",
            json!({"Name": "ab", "Choice": {}}),
            invalid,
            "Choice must have exactly one of One, Two.",
        ),
        (
            "/things/a",
            json!([]),
            mistyped,
            "The input must be an object, but was [].",
        ),
    ] {
        let refused = (code.to_owned(), message.to_owned());
        assert_eq!(check(path, &body), Err(refused), "{path} {body}");
    }
}

/// The bounds of ProficiencyLevel in Amazon Connect's model are 1.0 and 5.0.
#[test]
fn numbers_with_a_fraction_have_bounds() {
    let level = |level: f64| check("/things/a", &json!({"Name": "ab", "Level": level}));
    assert_eq!(level(4.5), Ok(()));
    let (code, message) = level(5.5).unwrap_err();
    assert_eq!(code, "InvalidParameterException");
    assert!(
        message.starts_with("Level must be from 1 to 5"),
        "{message}"
    );
}

#[test]
fn a_body_cannot_give_a_member_of_the_query_string() {
    assert_eq!(
        check("/things/a", &json!({"Name": "ab", "size": [11]})),
        Ok(())
    );
}

#[test]
fn the_error_code_is_one_of_the_operation() {
    let model = ServiceModel::read(TABLE).unwrap();
    assert_eq!(model.malformed("CreateThing"), "InvalidParameterException");
    assert_eq!(model.malformed("DropThing"), "InvalidRequestException");
}

#[test]
fn outputs_have_the_members_of_the_model_alone() {
    let model = ServiceModel::read(TABLE).unwrap();
    let problem = |operation, body| model.output_problem(operation, &body);
    assert_eq!(problem("CreateThing", json!({"Id": "a"})), None);
    assert_eq!(problem("CreateThing", json!({"Tags": {"A": ""}})), None);
    assert_eq!(problem("DropThing", json!({})), None);
    for (operation, body) in [
        ("CreateThing", json!({"Id": 1})),
        ("CreateThing", json!({"Arn": "a"})),
        ("CreateThing", json!({"Tags": {"ab": 1}})),
        ("DropThing", json!({"Id": "a"})),
    ] {
        assert!(
            problem(operation, body.clone()).is_some(),
            "{operation} {body}"
        );
    }
}
