//! Expressions, items and statements of DynamoDB.

use super::*;

/// Returns a request for each operation that accepts an expression of this kind.
fn with_expression(kind: &str, expression: &str) -> Vec<(String, Ask)> {
    let key = json!({ "k": { "S": "k" } });
    let mut values = json!({});
    for name in [":v", ":w"] {
        if expression.contains(name) {
            values[name] = json!({ "N": "1" });
        }
    }
    let about = |members: Value| {
        let mut body = json!({ "TableName": "table" });
        body.as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        if values != json!({}) {
            body["ExpressionAttributeValues"] = values.clone();
        }
        body
    };
    let item = json!({ "k": { "S": "k" }, "a": { "N": "1" } });
    let transact = |action: &str, members: Value| {
        (
            "TransactWriteItems",
            json!({ "TransactItems": [{ action: about(members) }] }),
        )
    };
    let requests = match kind {
        "ConditionExpression" => vec![
            ("PutItem", about(json!({ "Item": item, kind: expression }))),
            (
                "DeleteItem",
                about(json!({ "Key": { "k": { "S": "none" } }, kind: expression })),
            ),
            (
                "UpdateItem",
                about(json!({ "Key": key, "UpdateExpression": "REMOVE b", kind: expression })),
            ),
            transact("Put", json!({ "Item": item, kind: expression })),
            transact("Delete", json!({ "Key": key, kind: expression })),
            transact("ConditionCheck", json!({ "Key": key, kind: expression })),
            transact(
                "Update",
                json!({ "Key": key, "UpdateExpression": "REMOVE b", kind: expression }),
            ),
        ],
        "FilterExpression" => vec![
            ("Scan", about(json!({ kind: expression }))),
            ("Query", {
                let mut body =
                    about(json!({ "KeyConditionExpression": "k = :k", kind: expression }));
                body["ExpressionAttributeValues"][":k"] = json!({ "S": "k" });
                body
            }),
        ],
        "KeyConditionExpression" => vec![("Query", about(json!({ kind: expression })))],
        "UpdateExpression" => vec![
            ("UpdateItem", about(json!({ "Key": key, kind: expression }))),
            transact("Update", json!({ "Key": key, kind: expression })),
        ],
        _ => vec![
            ("GetItem", about(json!({ "Key": key, kind: expression }))),
            ("Scan", about(json!({ kind: expression }))),
            (
                "BatchGetItem",
                json!({ "RequestItems": { "table": { "Keys": [key], kind: expression } } }),
            ),
            (
                "TransactGetItems",
                json!({ "TransactItems": [{ "Get": about(json!({ "Key": key, kind: expression })) }] }),
            ),
        ],
    };
    requests
        .into_iter()
        .map(|(operation, body)| (format!("{operation} {kind}"), dynamodb(operation, &body)))
        .collect()
}

/// "The maximum length of any expression string is 4 KB"; "The maximum number of operators or
/// functions in an UpdateExpression is 300", and likewise in a condition; "the maximum depth for a
/// document path is 32".
#[tokio::test]
async fn expressions_of_dynamodb_are_limited_before_they_are_parsed() {
    const MANY: &str = "too many operators; operator count: 301";
    const LONG: &str = "Expression size has exceeded the maximum allowed size";
    const DEEP: &str = "The document path has too many nesting levels; nesting levels: ";
    let joined = |count: usize| vec!["a = :v"; count].join(" AND ");
    let mut rows = Vec::new();
    for kind in ["ConditionExpression", "FilterExpression"] {
        for (expression, words) in [
            // 300 ANDs between 301 comparisons.
            (joined(301), MANY),
            (joined(301).replace("AND", "or"), MANY),
            (format!("{}a = :v", "NOT ".repeat(300)), MANY),
            (nested("NOT (", "a = :v", ")", 300), MANY),
            (nested("(", "a = :v", ")", 1_500), "redundant parentheses"),
            (format!("a IN ({})", vec![":v"; 1_300].join(",")), ""),
            (format!("{} = :v", vec!["a"; 2_000].join(".")), DEEP),
            (format!("a{} = :v", "[0]".repeat(1_300)), DEEP),
            (nested("size(", "a", ")", 500), MANY),
            ("(".repeat(4_000), ""),
            ("NOT ".repeat(200_000), LONG),
            (format!("a = :v{}", " ".repeat(4_097)), LONG),
        ] {
            for (name, ask) in with_expression(kind, &expression) {
                rows.push(row(name, ask, words));
            }
        }
    }
    for expression in [
        joined(600),
        nested("(", "k = :v", ")", 1_500),
        "(".repeat(4_000),
    ] {
        for (name, ask) in with_expression("KeyConditionExpression", &expression) {
            rows.push(row(name, ask, "KeyConditionExpression"));
        }
    }
    for (expression, words) in [
        (format!("SET a = :v{}", " + :v".repeat(301)), MANY),
        (nested("SET a = if_not_exists(a, ", ":v", ")", 200), ""),
        (
            format!("SET a = {}", nested("list_append(a, ", ":v", ")", 301)),
            LONG,
        ),
        (format!("SET a = {}", nested("(", ":v", ")", 1_800)), ""),
        (format!("REMOVE {}", vec!["b"; 2_000].join(".")), DEEP),
        (format!("REMOVE {}", vec!["b"; 2_000].join(", ")), LONG),
        (format!("SET a{} = :v", "[0]".repeat(1_300)), DEEP),
    ] {
        for (name, ask) in with_expression("UpdateExpression", &expression) {
            rows.push(row(name, ask, words));
        }
    }
    for (expression, words) in [
        (vec!["a"; 2_000].join("."), DEEP),
        (format!("a{}", "[0]".repeat(1_300)), DEEP),
        (vec!["a"; 4_000].join(","), LONG),
    ] {
        for (name, ask) in with_expression("ProjectionExpression", &expression) {
            rows.push(row(name, ask, words));
        }
    }
    all(rows).await;
}

#[tokio::test]
async fn expressions_within_the_limits_are_evaluated() {
    let world = TestWorld::start().await;
    create_resources(&world).await;
    // 150 comparisons and 149 ANDs are 299 operators; so are 298 NOTs and a comparison.
    for expression in [
        vec!["a = :v"; 150].join(" AND "),
        vec!["a <> :v"; 149].join(" OR ") + " OR a = :v",
        format!("{}a = :v", "NOT ".repeat(298)),
        nested("NOT (", "a = :v", ")", 298),
        format!("a = :v OR {} = :v", vec!["a"; 32].join(".")),
    ] {
        for kind in ["ConditionExpression", "FilterExpression"] {
            for (name, ask) in with_expression(kind, &expression) {
                let answer = survive(&world, &name, &ask).await;
                // DeleteItem's condition concerns an item that does not exist.
                let met = answer.status == 200 || answer.body.contains("ConditionalCheckFailed");
                assert!(met, "{name} {expression}: {answer:?}");
            }
        }
    }
    world.stop().await;
}

#[tokio::test]
async fn items_and_statements_of_dynamodb_are_limited() {
    let mut rows = Vec::new();
    for (name, body) in deep_json() {
        for operation in [
            "PutItem",
            "CreateTable",
            "TransactWriteItems",
            "ExecuteStatement",
            "Nothing",
        ] {
            let target = format!("{DYNAMODB}.{operation}");
            rows.push(row(name, Ask::json("dynamodb", &target, body.clone()), ""));
        }
    }
    // "Up to 32 levels deep".
    for (open, close) in [("{\"L\":[", "]}"), ("{\"M\":{\"a\":", "}}")] {
        for depth in [33, 1_000, 100_000] {
            let value = nested(open, "{\"S\":\"x\"}", close, depth);
            for (member, operation) in [("Item", "PutItem"), ("Key", "GetItem")] {
                let body = format!(
                    "{{\"TableName\":\"table\",\"{member}\":{{\"k\":{{\"S\":\"k\"}},\"v\":{value}}}}}"
                );
                let target = format!("{DYNAMODB}.{operation}");
                let name = format!("{member} {depth} deep");
                rows.push(row(name, Ask::json("dynamodb", &target, body), ""));
            }
        }
    }
    for condition in [
        nested("(", "a = 1", ")", 3_000),
        format!("{}a = 1", "NOT ".repeat(1_900)),
        vec!["a = 1"; 700].join(" AND "),
        vec!["a = 1"; 900].join(" OR "),
        format!("a = {}", nested("[", "1", "]", 3_000)),
        format!("a = {}", nested("{'b':", "1", "}", 1_500)),
        format!("a = {}1", "-".repeat(7_000)),
        format!("a = 1{}", "+1".repeat(3_000)),
        format!("a{} = 1", ".b".repeat(3_000)),
        "(".repeat(100_000),
    ] {
        let statement = format!("SELECT * FROM \"table\" WHERE {condition}");
        for (operation, body) in [
            ("ExecuteStatement", json!({ "Statement": statement })),
            (
                "BatchExecuteStatement",
                json!({ "Statements": [{ "Statement": statement }] }),
            ),
            (
                "ExecuteTransaction",
                json!({ "TransactStatements": [{ "Statement": statement }] }),
            ),
        ] {
            rows.push(row(operation, dynamodb(operation, &body), ""));
        }
    }
    for value in [
        nested("[", "1", "]", 3_000),
        nested("{'b':", "1", "}", 1_500),
        nested("<<", "1", ">>", 1_500),
    ] {
        let statement = format!("INSERT INTO \"table\" VALUE {{'k': 'x', 'v': {value}}}");
        let body = json!({ "Statement": statement });
        rows.push(row("INSERT", dynamodb("ExecuteStatement", &body), ""));
    }
    all(rows).await;
}
