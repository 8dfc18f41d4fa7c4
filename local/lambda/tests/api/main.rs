//! Lambda's REST API: shapes, validation, versions, policies. No function is run here.

#[path = "../common/mod.rs"]
mod common;

mod lists;
mod policies;
mod runtimes;

use base64::{Engine, engine::general_purpose::STANDARD};
use common::{Account, FUNCTIONS, ROLE, WORKER, script, zip};
use http::Method;
use local_wire::{FunctionPolicies, Principal};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const ARN: &str = "arn:aws:lambda:ap-northeast-1:123456789012:function:worker";

async fn configuration(account: &Account) -> Value {
    let uri = format!("{FUNCTIONS}/worker/configuration");
    account.get(&uri).await.ok().json()
}

#[tokio::test]
async fn a_function_is_returned_as_it_was_created() {
    let account = Account::new();
    let code = zip(&[("bootstrap", "", 0o755)]);
    let given = json!({
        "Description": "Sends a PIN",
        "Timeout": 7,
        "MemorySize": 512,
        "Architectures": ["arm64"],
        "Environment": { "Variables": { "TABLE": "pins" } },
        "EphemeralStorage": { "Size": 1024 },
        "TracingConfig": { "Mode": "Active" },
        "KMSKeyArn": "arn:aws:kms:ap-northeast-1:123456789012:key/k-1",
        "DeadLetterConfig": { "TargetArn": "arn:aws:sqs:ap-northeast-1:123456789012:dead" },
        "LoggingConfig": {
            "LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "SystemLogLevel": "WARN",
            "LogGroup": "/pin/sms"
        },
    });
    let mut extra = given.clone();
    extra["Tags"] = json!({ "Owner": "team" });
    extra["Publish"] = json!(false);
    extra["PackageType"] = json!("Zip");
    extra["VpcConfig"] = json!({ "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"] });
    extra["SnapStart"] = json!({ "ApplyOn": "None" });
    extra["Layers"] = json!([]);
    let created = account
        .create("worker", &STANDARD.encode(&code), extra)
        .await;
    assert_eq!(created.status, 201, "{:?}", created.body);

    let got = account
        .get(&format!("{FUNCTIONS}/worker"))
        .await
        .ok()
        .json();
    let shape = &got["Configuration"];
    assert_eq!(*shape, created.json());
    for (member, value) in given.as_object().unwrap() {
        assert_eq!(shape[member], *value, "{member}");
    }
    for (member, value) in [
        ("FunctionArn", json!(ARN)),
        ("Role", json!(ROLE)),
        ("Runtime", json!("provided.al2023")),
        ("Version", json!("$LATEST")),
        ("State", json!("Active")),
        ("LastUpdateStatus", json!("Successful")),
        ("PackageType", json!("Zip")),
        ("CodeSize", json!(code.len())),
        ("CodeSha256", json!(STANDARD.encode(Sha256::digest(&code)))),
    ] {
        assert_eq!(shape[member], value, "{member}");
    }
    assert_eq!(shape["VpcConfig"]["SubnetIds"], json!(["subnet-1"]));
    let modified = shape["LastModified"].as_str().unwrap();
    assert!(
        modified.ends_with("+0000") && modified.len() == 28,
        "{modified}"
    );
    assert_eq!(got["Tags"], json!({ "Owner": "team" }));
    assert!(
        got["Code"]["Location"]
            .as_str()
            .unwrap()
            .starts_with("http://")
    );
    assert!(got.get("Concurrency").is_none());

    let again = account
        .create("worker", &STANDARD.encode(&code), json!({}))
        .await;
    assert_eq!(
        (again.status, again.error()),
        (409, "ResourceConflictException".into())
    );
}

#[tokio::test]
async fn defaults_are_lambdas() {
    let account = Account::worker(json!({ "Timeout": null, "MemorySize": null })).await;
    let shape = configuration(&account).await;
    assert_eq!(
        (&shape["Timeout"], &shape["MemorySize"]),
        (&json!(3), &json!(128))
    );
    assert_eq!(
        shape["LoggingConfig"],
        json!({ "LogFormat": "Text", "LogGroup": "/aws/lambda/worker" })
    );
    assert_eq!(shape["TracingConfig"], json!({ "Mode": "PassThrough" }));
    assert_eq!(shape["EphemeralStorage"], json!({ "Size": 512 }));
    for absent in [
        "Environment",
        "VpcConfig",
        "DeadLetterConfig",
        "KMSKeyArn",
        "Layers",
    ] {
        assert!(shape.get(absent).is_none(), "{absent}");
    }
}

#[tokio::test]
async fn invalid_requests_are_rejected_as_by_lambda() {
    let account = Account::new();
    let good = script("");
    let invalid = "InvalidParameterValueException";
    let constraint = "ValidationException";
    for (extra, code, words) in [
        (
            json!({ "Code": { "ZipFile": "bm90IGEgemlw" } }),
            invalid,
            "Could not unzip uploaded file. Please check your file, then try to upload again.",
        ),
        (json!({ "Runtime": "ruby3.4" }), invalid, "provided.al2023"),
        // Its support has ended in AWS, too.
        (
            json!({ "Runtime": "python2.7" }),
            invalid,
            "python3.8, python3.9",
        ),
        (json!({ "Role": "pin" }), constraint, "'role'"),
        (
            json!({ "Timeout": 0 }),
            constraint,
            "greater than or equal to 1",
        ),
        (
            json!({ "Timeout": 901 }),
            constraint,
            "less than or equal to 900",
        ),
        (json!({ "MemorySize": 127 }), constraint, "128"),
        (
            json!({ "FunctionName": "no spaces" }),
            constraint,
            "'functionName'",
        ),
        (
            json!({ "Environment": { "Variables": { "AWS_REGION": "x" } } }),
            invalid,
            "Reserved keys used in this request: AWS_REGION",
        ),
        (
            json!({ "Environment": { "Variables": { "1x": "x" } } }),
            constraint,
            "environment",
        ),
        (
            json!({ "Environment": { "Variables": { "BIG": "x".repeat(4096) } } }),
            invalid,
            "4KB",
        ),
        (json!({ "Layers": ["arn"] }), invalid, "Layers"),
        (
            json!({ "SnapStart": { "ApplyOn": "PublishedVersions" } }),
            invalid,
            "SnapStart",
        ),
        (
            json!({ "LoggingConfig": { "LogFormat": "Text", "SystemLogLevel": "INFO" } }),
            invalid,
            "JSON",
        ),
        (
            json!({ "Timeout": "long" }),
            "SerializationException",
            "body",
        ),
    ] {
        let answer = account.create("worker", &good, extra.clone()).await;
        assert_eq!(answer.error(), code, "{extra} {:?}", answer.body);
        let body = answer.json();
        assert!(body["message"].as_str().unwrap().contains(words), "{body}");
    }
    let gone = account.get(&format!("{FUNCTIONS}/worker")).await;
    assert_eq!(
        (gone.status, gone.error()),
        (404, "ResourceNotFoundException".into())
    );
    assert_eq!(gone.json()["Message"], format!("Function not found: {ARN}"));
    let work = account.directory.path().join("work");
    assert!(!work.exists(), "rejected code must not stay on the disk");
}

#[tokio::test]
async fn updates_change_only_the_given_settings() {
    let account = Account::worker(json!({
        "Description": "old", "Environment": { "Variables": { "TABLE": "pins" } },
        "DeadLetterConfig": { "TargetArn": "arn:aws:sqs:ap-northeast-1:123456789012:dead" }
    }))
    .await;
    let old = configuration(&account).await;
    let uri = format!("{FUNCTIONS}/worker/configuration");
    let change = json!({ "Description": "new", "Timeout": 9, "RevisionId": old["RevisionId"] });
    let new = account.put(&uri, change.clone()).await.ok().json();
    assert_eq!(
        (&new["Description"], &new["Timeout"]),
        (&json!("new"), &json!(9))
    );
    assert_eq!(new["Environment"], old["Environment"]);
    assert_ne!(new["RevisionId"], old["RevisionId"]);
    assert_eq!(
        account.put(&uri, change).await.error(),
        "PreconditionFailedException"
    );

    let clear = json!({
        "Environment": { "Variables": {} }, "DeadLetterConfig": { "TargetArn": "" },
        "Layers": [], "FileSystemConfigs": []
    });
    let cleared = account.put(&uri, clear).await.ok().json();
    assert!(cleared.get("Environment").is_none() && cleared.get("DeadLetterConfig").is_none());

    let uri = format!("{FUNCTIONS}/worker/code");
    let code = script("# other");
    let dry = json!({ "ZipFile": code, "DryRun": true });
    let dry = account.put(&uri, dry).await.ok().json();
    assert_eq!(
        configuration(&account).await["CodeSha256"],
        old["CodeSha256"]
    );
    let new = account
        .put(&uri, json!({ "ZipFile": code }))
        .await
        .ok()
        .json();
    assert_eq!(new["CodeSha256"], dry["CodeSha256"]);
    assert_ne!(new["CodeSha256"], old["CodeSha256"]);
    let bad = account.put(&uri, json!({ "ZipFile": "AAAA" })).await;
    assert_eq!(bad.error(), "InvalidParameterValueException");
}

#[tokio::test]
async fn versions_are_published_once_per_change() {
    let account = Account::worker(json!({ "Publish": true })).await;
    let versions = format!("{FUNCTIONS}/worker/versions");
    let same = account.post(&versions, json!({})).await.ok().json();
    assert_eq!(
        (&same["Version"], &same["FunctionArn"]),
        (&json!("1"), &json!(format!("{ARN}:1")))
    );
    account
        .put(
            &format!("{FUNCTIONS}/worker/configuration"),
            json!({ "Timeout": 9 }),
        )
        .await
        .ok();
    let wrong = account.post(&versions, json!({ "CodeSha256": "x" })).await;
    assert_eq!(wrong.error(), "InvalidParameterValueException");
    let two = account
        .post(&versions, json!({ "Description": "two" }))
        .await
        .ok()
        .json();
    assert_eq!(
        (&two["Version"], &two["Description"]),
        (&json!("2"), &json!("two"))
    );
    let list = account.get(&versions).await.ok().json();
    let arns: Vec<&str> = list["Versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version["FunctionArn"].as_str().unwrap())
        .collect();
    // The Terraform provider takes the last version as the newest.
    assert_eq!(
        arns,
        [
            format!("{ARN}:$LATEST"),
            format!("{ARN}:1"),
            format!("{ARN}:2")
        ]
    );
    let one = account
        .get(&format!("{FUNCTIONS}/worker?Qualifier=1"))
        .await
        .ok()
        .json();
    assert_eq!(one["Configuration"]["Timeout"], 20);

    let aliases = format!("{FUNCTIONS}/worker/aliases");
    let alias = json!({
        "Name": "live", "FunctionVersion": "2", "Description": "d",
        "RoutingConfig": { "AdditionalVersionWeights": { "1": 0.25 } }
    });
    let made = account.post(&aliases, alias.clone()).await;
    assert_eq!(made.status, 201);
    assert_eq!(made.json()["AliasArn"], format!("{ARN}:live"));
    assert_eq!(
        account.post(&aliases, alias).await.error(),
        "ResourceConflictException"
    );
    let used = account
        .delete(&format!("{FUNCTIONS}/worker?Qualifier=1"))
        .await;
    assert_eq!(used.error(), "ResourceConflictException");
    let live = format!("{aliases}/live");
    let update = json!({ "FunctionVersion": "2", "RoutingConfig": {} });
    let updated = account.put(&live, update).await.ok().json();
    assert!(updated.get("RoutingConfig").is_none());
    assert_eq!(account.get(&live).await.ok().json(), updated);
    let list = account
        .get(&format!("{aliases}?FunctionVersion=2"))
        .await
        .ok()
        .json();
    assert_eq!(list["Aliases"], json!([updated]));
    let missing = json!({ "Name": "bad", "FunctionVersion": "9" });
    assert_eq!(
        account.post(&aliases, missing).await.error(),
        "ResourceNotFoundException"
    );
    account
        .delete(&format!("{FUNCTIONS}/worker?Qualifier=1"))
        .await
        .ok();
    assert_eq!(account.delete(&live).await.status, 204);
    assert_eq!(
        account.get(&live).await.error(),
        "ResourceNotFoundException"
    );
}

#[tokio::test]
async fn tags_are_kept_by_arn() {
    let account = Account::worker(json!({ "Tags": { "a": "1", "b": "2" } })).await;
    let uri = format!("/2017-03-31/tags/{}", ARN.replace(':', "%3A"));
    assert_eq!(
        account
            .post(&uri, json!({ "Tags": { "c": "3" } }))
            .await
            .status,
        204
    );
    let gone = account.delete(&format!("{uri}?tagKeys=a&tagKeys=b")).await;
    assert_eq!(gone.status, 204);
    let tags = account.get(&uri).await.ok().json();
    assert_eq!(tags, json!({ "Tags": { "c": "3" } }));
    let reserved = account
        .post(&uri, json!({ "Tags": { "aws:x": "3" } }))
        .await;
    assert_eq!(reserved.error(), "InvalidParameterValueException");
}

#[tokio::test]
async fn concurrency_is_bounded_by_the_account() {
    let account = Account::worker(json!({})).await;
    let put = "/2017-10-31/functions/worker/concurrency";
    let get = "/2019-09-30/functions/worker/concurrency";
    assert_eq!(account.get(get).await.ok().json(), json!({}));
    let too_much = account
        .put(put, json!({ "ReservedConcurrentExecutions": 901 }))
        .await;
    assert_eq!(too_much.error(), "InvalidParameterValueException");
    let some = json!({ "ReservedConcurrentExecutions": 900 });
    assert_eq!(account.put(put, some.clone()).await.ok().json(), some);
    assert_eq!(account.get(get).await.ok().json(), some);
    let function = account
        .get(&format!("{FUNCTIONS}/worker"))
        .await
        .ok()
        .json();
    assert_eq!(function["Concurrency"], some);
    let settings = account
        .get("/2016-08-19/account-settings/")
        .await
        .ok()
        .json();
    assert_eq!(
        settings["AccountLimit"]["UnreservedConcurrentExecutions"],
        100
    );
    assert_eq!(settings["AccountUsage"]["FunctionCount"], 1);
    assert_eq!(account.delete(put).await.status, 204);
    assert_eq!(account.get(get).await.ok().json(), json!({}));
}

#[tokio::test]
async fn defaults_of_other_settings_are_lambdas() {
    let account = Account::worker(json!({})).await;
    let signing = account
        .get("/2020-06-30/functions/worker/code-signing-config")
        .await
        .ok()
        .json();
    assert_eq!(signing["CodeSigningConfigArn"], "");
    let recursion = "/2024-08-31/functions/worker/recursion-config";
    let get = account.get(recursion).await.ok().json();
    assert_eq!(get, json!({ "RecursiveLoop": "Terminate" }));
    account
        .put(recursion, json!({ "RecursiveLoop": "Allow" }))
        .await
        .ok();
    let get = account.get(recursion).await.ok().json();
    assert_eq!(get, json!({ "RecursiveLoop": "Allow" }));
    let runtime = account
        .get("/2021-07-20/functions/worker/runtime-management-config")
        .await
        .ok()
        .json();
    assert_eq!(runtime["UpdateRuntimeOn"], "Auto");
    assert_eq!(runtime["FunctionArn"], format!("{ARN}:$LATEST"));
}

#[tokio::test]
async fn missing_resources_are_named() {
    let account = Account::new();
    let layers = account.get("/2018-10-31/layers").await;
    assert_eq!(
        (layers.status, layers.error()),
        (501, "NotImplementedException".into())
    );
    let message = layers.json()["Message"].as_str().unwrap().to_owned();
    assert!(message.contains("lambda:ListLayers"), "{message}");
    let nothing = account.send(Method::PATCH, "/nothing", &[], "").await;
    assert_eq!(nothing.error(), "UnknownOperationException");
}

#[tokio::test]
async fn regions_are_apart() {
    let account = Account::worker(json!({})).await;
    let other = ARN.replace("ap-northeast-1", "us-east-1");
    let answer = account.get(&format!("{FUNCTIONS}/{other}")).await;
    assert_eq!(answer.error(), "ResourceNotFoundException");
    let answer = account.get(&format!("{FUNCTIONS}/{ARN}")).await.ok().json();
    assert_eq!(answer["Configuration"]["FunctionName"], "worker");
}

/// Deep and long inputs are rejected or ignored, and the next request is answered.
#[tokio::test]
async fn the_api_survives_deep_and_long_inputs() {
    const LONG: usize = 200_000;
    let account = Account::worker(json!({})).await;
    let long = "x".repeat(LONG);
    let colons = "a:".repeat(LONG / 2);
    let deep = "[".repeat(LONG) + &"]".repeat(LONG);
    let objects = "{\"a\":".repeat(LONG) + "1" + &"}".repeat(LONG);
    for body in [&deep, &objects, &long] {
        for (method, uri) in [
            (Method::POST, FUNCTIONS.to_owned()),
            (Method::PUT, format!("{FUNCTIONS}/worker/code")),
            (Method::PUT, format!("{FUNCTIONS}/worker/configuration")),
            (Method::POST, format!("{FUNCTIONS}/worker/policy")),
            (Method::POST, format!("{FUNCTIONS}/worker/aliases")),
            (Method::POST, format!("{FUNCTIONS}/worker/versions")),
            (Method::POST, format!("/2017-03-31/tags/{ARN}")),
        ] {
            let answer = account.send(method, &uri, &[], body.clone()).await;
            // Unknown members are ignored, however deep they are.
            let passed = *body == objects && answer.status < 300;
            assert!(passed || answer.status == 400, "{uri} {:?}", answer.body);
        }
    }
    let uri = format!("{FUNCTIONS}/worker/invocations");
    let broken = account
        .send(Method::POST, &uri, &[], "[".repeat(LONG))
        .await;
    assert_eq!(broken.error(), "InvalidRequestContentException");
    // `Uri` has a limit of its own: 65,534 bytes.
    for text in [&long[..60_000], &colons[..60_000]] {
        for uri in [
            format!("{FUNCTIONS}/{text}"),
            format!("{FUNCTIONS}/worker?Qualifier={text}"),
            format!("{FUNCTIONS}/worker/aliases/{text}"),
            format!("{FUNCTIONS}?Marker={text}"),
            format!("/2017-03-31/tags/{text}"),
        ] {
            let refused = account.get(&uri).await;
            assert!(refused.status < 500, "{} {uri:.40}", refused.status);
        }
        let headers = [("x-amz-client-context", text)];
        let refused = account.send(Method::POST, &uri, &headers, "{}").await;
        assert_eq!(refused.error(), "InvalidRequestContentException");
    }
    for (member, value) in [
        ("FunctionName", json!(long)),
        ("Handler", json!(long)),
        ("Role", json!(colons)),
        ("Description", json!(long)),
        ("Environment", json!({ "Variables": { "A": long } })),
        ("Tags", json!({ "a": long })),
        ("Timeout", json!(u64::MAX)),
        ("MemorySize", json!(i64::MIN)),
    ] {
        let refused = account
            .create("other", &script(""), json!({ member: value }))
            .await;
        assert_eq!(refused.status, 400, "{member} {:?}", refused.body);
    }
    account.get(&format!("{FUNCTIONS}/worker")).await.ok();
}

/// "75 GB" of code is AWS's quota, and `CodeStorageExceededException` with these words its error (Lambda's
/// developer guide, "Lambda quotas"). Here the room is configured, and versions and aliases take some, too.
#[tokio::test]
async fn code_versions_and_aliases_take_room_until_they_are_deleted() {
    const RECORD: u64 = 256 * 1024;
    // For four records and a few small files.
    let account = Account::configured(|config| config.code_storage = 4 * RECORD + 40_000);
    let exceeded = |answer: common::Answer| {
        assert_eq!(answer.error(), "CodeStorageExceededException");
        assert_eq!(
            (answer.status, &answer.json()["message"]),
            (400, &json!("Code storage limit exceeded."))
        );
    };
    let code = STANDARD.encode(zip(&[("bootstrap", "", 0o755)]));
    let create = |name: &'static str, code: String| {
        let account = &account;
        async move { account.create(name, &code, json!({})).await }
    };
    let large = STANDARD.encode(zip(&[("bootstrap", &"x".repeat(3 << 20), 0o755)]));
    exceeded(create("large", large.clone()).await);

    // A function, its version, its alias, and another function.
    create("one", code.clone()).await.ok();
    let one = format!("{FUNCTIONS}/one");
    account
        .post(&format!("{one}/versions"), json!({}))
        .await
        .ok();
    let alias = json!({ "Name": "live", "FunctionVersion": "1" });
    let aliases = format!("{one}/aliases");
    account.post(&aliases, alias.clone()).await.ok();
    create("two", code.clone()).await.ok();

    exceeded(create("three", code.clone()).await);
    let second = json!({ "Name": "next", "FunctionVersion": "1" });
    exceeded(account.post(&aliases, second).await);
    let two = format!("{FUNCTIONS}/two");
    exceeded(account.post(&format!("{two}/versions"), json!({})).await);
    let update = json!({ "ZipFile": large });
    exceeded(account.put(&format!("{two}/code"), update).await);

    // The refused requests took no room, and deleting an alias frees its room for a function.
    account
        .send(Method::DELETE, &format!("{aliases}/live"), &[], "")
        .await
        .ok();
    create("three", code.clone()).await.ok();
    account.send(Method::DELETE, &two, &[], "").await.ok();
    account.post(&aliases, alias).await.ok();
    // Changing an alias needs no more room.
    let change = json!({ "Description": "text" });
    account.put(&format!("{aliases}/live"), change).await.ok();
}
