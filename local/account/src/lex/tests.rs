//! Requests as clients send them; codes and statuses are those of the API reference of the Amazon Lex
//! Model Building Service.

use axum::http::{HeaderMap, Method};
use local_service_tests::record_sent;
use local_wire::Request;
use serde_json::{Value, json};

use super::*;

/// Sends a request; a successful response must have the shape of the service model.
async fn ask(lex: &Lex, method: Method, uri: &str, body: Value) -> (u16, Value) {
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    let request = Request {
        region: "eu-west-1".into(),
        service: "lex".into(),
        access_key_id: "local".into(),
        method,
        uri: uri.parse().unwrap(),
        headers: HeaderMap::new(),
        body: body.into(),
    };
    let operation = ApiRequest::new(&DIALECT, request.clone()).operation.name;
    record_sent("lex", &operation);
    let answer = lex.handle(request).await;
    let found = match answer.body().is_empty() {
        true => Value::Null,
        false => serde_json::from_slice(answer.body()).unwrap(),
    };
    let model = MODEL.as_ref().unwrap();
    if answer.status().is_success() {
        assert_eq!(
            model.output_problem(&operation, &found),
            None,
            "{operation}: {found}"
        );
    }
    (answer.status().as_u16(), found)
}

async fn put_intent(lex: &Lex, body: Value) -> (u16, Value) {
    ask(lex, Method::PUT, "/intents/Order/versions/%24LATEST", body).await
}

async fn put_bot(lex: &Lex, body: Value) -> (u16, Value) {
    ask(lex, Method::PUT, "/bots/Flowers/versions/$LATEST", body).await
}

fn bot(intent_version: &str) -> Value {
    json!({
        "locale": "en-US",
        "childDirected": false,
        "intents": [{ "intentName": "Order", "intentVersion": intent_version }],
        "processBehavior": "BUILD",
    })
}

/// Returns the status and the message of an answer.
fn refusal(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["message"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn an_intent_is_read_back_with_its_versions() {
    let lex = Lex::default();
    let given = json!({
        "fulfillmentActivity": { "type": "ReturnIntent" },
        "sampleUtterances": ["I would like to pick up flowers"],
        "createVersion": true,
    });
    let (status, created) = put_intent(&lex, given).await;
    assert_eq!(status, 200, "{created}");
    assert_eq!(
        (&created["version"], &created["createVersion"]),
        (&json!("$LATEST"), &json!(true))
    );
    assert!(
        created["createdDate"]
            .as_f64()
            .is_some_and(|date| date > 1e9),
        "{created}"
    );
    let (status, read) = ask(
        &lex,
        Method::GET,
        "/intents/Order/versions/%24LATEST",
        Value::Null,
    )
    .await;
    assert_eq!(status, 200);
    assert_eq!(read["checksum"], created["checksum"]);
    assert_eq!(
        read["fulfillmentActivity"],
        json!({ "type": "ReturnIntent" })
    );
    assert!(read.get("description").is_none(), "{read}");
    let (_, versions) = ask(&lex, Method::GET, "/intents/Order/versions/", Value::Null).await;
    let names: Vec<&Value> = versions["intents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| &v["version"])
        .collect();
    assert_eq!(names, ["$LATEST", "1"]);
    let (_, first) = ask(
        &lex,
        Method::GET,
        "/intents/Order/versions/?maxResults=1",
        Value::Null,
    )
    .await;
    let token = first["nextToken"].as_str().unwrap();
    let next = format!("/intents/Order/versions/?nextToken={token}");
    let (_, second) = ask(&lex, Method::GET, &next, Value::Null).await;
    assert_eq!(second["intents"][0]["version"], "1");

    // "If the $LATEST version of this intent hasn't changed since you last updated it, Amazon Lex
    // doesn't create a new version. It returns the last version you created."
    let (status, same) = ask(&lex, Method::POST, "/intents/Order/versions", json!({})).await;
    assert_eq!((status, &same["version"]), (201, &json!("1")));
    let changed = json!({ "description": "d", "checksum": read["checksum"] });
    assert_eq!(put_intent(&lex, changed.clone()).await.0, 200);
    let (status, next) = ask(&lex, Method::POST, "/intents/Order/versions", json!({})).await;
    assert_eq!((status, &next["version"]), (201, &json!("2")));
    assert_eq!(put_intent(&lex, changed).await.0, 412);
    assert_eq!(put_intent(&lex, json!({})).await.0, 412);
}

#[tokio::test]
async fn a_bot_is_built_at_once_and_holds_its_intents() {
    let lex = Lex::default();
    assert_eq!(
        put_bot(&lex, bot("1")).await.0,
        400,
        "the intent must exist"
    );
    put_intent(&lex, json!({ "createVersion": true })).await;
    let (status, created) = put_bot(&lex, bot("1")).await;
    assert_eq!(
        (status, &created["status"]),
        (200, &json!("READY")),
        "{created}"
    );
    assert_eq!(created["idleSessionTTLInSeconds"], 300);
    let uri = "/bots/Flowers/versions/%24LATEST";
    let (_, read) = ask(&lex, Method::GET, uri, Value::Null).await;
    assert_eq!(
        read["intents"],
        json!([{ "intentName": "Order", "intentVersion": "1" }])
    );
    assert_eq!(read["childDirected"], false);
    assert!(read.get("processBehavior").is_none(), "{read}");

    let used = ask(&lex, Method::DELETE, "/intents/Order", Value::Null).await;
    assert_eq!(used.0, 400);
    assert_eq!(used.1["referenceType"], "Bot");
    assert_eq!(
        used.1["exampleReference"],
        json!({ "name": "Flowers", "version": "$LATEST" })
    );

    let alias = "/bots/Flowers/aliases/Live";
    let (status, _) = ask(&lex, Method::PUT, alias, json!({ "botVersion": "9" })).await;
    assert_eq!(status, 400, "the version must exist");
    let (status, put) = ask(&lex, Method::PUT, alias, json!({ "botVersion": "$LATEST" })).await;
    assert_eq!((status, &put["botName"]), (200, &json!("Flowers")), "{put}");
    let (_, by_alias) = ask(
        &lex,
        Method::GET,
        "/bots/Flowers/versions/Live",
        Value::Null,
    )
    .await;
    assert_eq!(by_alias["version"], "$LATEST");
    let (_, aliases) = ask(&lex, Method::GET, "/bots/Flowers/aliases/", Value::Null).await;
    assert_eq!(aliases["BotAliases"][0]["name"], "Live");
    let held = ask(&lex, Method::DELETE, "/bots/Flowers", Value::Null).await;
    assert_eq!(
        (held.0, &held.1["referenceType"]),
        (400, &json!("BotAlias"))
    );

    for uri in [alias, "/bots/Flowers", "/intents/Order"] {
        assert_eq!(
            ask(&lex, Method::DELETE, uri, Value::Null).await.0,
            204,
            "{uri}"
        );
        assert_eq!(
            ask(&lex, Method::DELETE, uri, Value::Null).await.0,
            404,
            "{uri}"
        );
    }
    for uri in [
        alias,
        uri,
        "/intents/Order/versions/%24LATEST",
        "/intents/Order/versions/",
    ] {
        assert_eq!(
            ask(&lex, Method::GET, uri, Value::Null).await.0,
            404,
            "{uri}"
        );
    }
}

/// API_CreateBotVersion: "When you create the first version of a bot, Amazon Lex sets the version to 1";
/// API_DeleteBotVersion and API_DeleteIntentVersion delete one version each.
#[tokio::test]
async fn versions_of_bots_and_intents_are_created_listed_and_deleted() {
    let lex = Lex::default();
    put_intent(&lex, json!({ "createVersion": true })).await;
    put_bot(&lex, bot("1")).await;
    let (status, first) = ask(&lex, Method::POST, "/bots/Flowers/versions", json!({})).await;
    assert_eq!((status, &first["version"]), (201, &json!("1")), "{first}");
    let versions = || async {
        let (_, listed) = ask(&lex, Method::GET, "/bots/Flowers/versions/", Value::Null).await;
        let listed = listed["bots"].as_array().unwrap().clone();
        listed
            .into_iter()
            .map(|one| one["version"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(versions().await, ["$LATEST", "1"]);
    let delete = |uri: &'static str| ask(&lex, Method::DELETE, uri, Value::Null);
    let used = delete("/intents/Order/versions/1").await;
    assert_eq!((used.0, &used.1["referenceType"]), (400, &json!("Bot")));
    assert_eq!(delete("/bots/Flowers/versions/1").await.0, 204);
    assert_eq!(versions().await, ["$LATEST"]);
    assert_eq!(delete("/bots/Flowers/versions/1").await.0, 404);
    assert_eq!(delete("/bots/Flowers").await.0, 204);
    assert_eq!(delete("/intents/Order/versions/1").await.0, 204);
    assert_eq!(delete("/intents/Order/versions/1").await.0, 404);
}

/// API_GetIntents and API_GetBots: `nameContains` selects by a part of the name.
#[tokio::test]
async fn intents_and_bots_are_listed_by_a_part_of_their_names() {
    let lex = Lex::default();
    for name in ["Order", "Reorder", "Cancel"] {
        let uri = format!("/intents/{name}/versions/$LATEST");
        assert_eq!(ask(&lex, Method::PUT, &uri, json!({})).await.0, 200);
    }
    let (_, found) = ask(
        &lex,
        Method::GET,
        "/intents/?nameContains=rder",
        Value::Null,
    )
    .await;
    let names: Vec<&Value> = found["intents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["name"])
        .collect();
    assert_eq!(names, ["Order", "Reorder"]);
    let (_, none) = ask(&lex, Method::GET, "/bots/", Value::Null).await;
    assert_eq!(none["bots"], json!([]));
}

#[tokio::test]
async fn requests_outside_of_the_model_are_refused() {
    let lex = Lex::default();
    for (method, uri, body, status) in [
        (
            Method::PUT,
            "/intents/Or2der/versions/$LATEST",
            json!({}),
            400,
        ),
        (
            Method::PUT,
            "/intents/Order/versions/$LATEST",
            json!({ "checksum": "c" }),
            400,
        ),
        (
            Method::PUT,
            "/intents/Order/versions/$LATEST",
            json!({ "description": "d".repeat(201) }),
            400,
        ),
        (
            Method::PUT,
            "/bots/Flowers/versions/$LATEST",
            json!({ "locale": "en-US" }),
            400,
        ),
        (Method::GET, "/bots/?maxResults=51", Value::Null, 400),
        (Method::GET, "/bots/?nextToken=x", Value::Null, 400),
        (Method::GET, "/slottypes/", Value::Null, 501),
    ] {
        let answer = ask(&lex, method, uri, body).await;
        assert_eq!(refusal(&answer).0, status, "{uri}: {answer:?}");
        assert!(!refusal(&answer).1.is_empty(), "{uri}: {answer:?}");
    }
}
