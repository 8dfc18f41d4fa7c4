//! Where functions come from beside a zip in the request: S3 and container registries. And what
//! is measured when they run.

mod common;

use base64::{Engine, engine::general_purpose::STANDARD};
use common::{Account, Answer, FUNCTIONS, ROLE, script, zip};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const IMAGE: &str = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/line:1.0";

async fn create(account: &Account, code: Value, extra: Value) -> Answer {
    let body = json!({ "FunctionName": "worker", "Role": ROLE, "Code": code });
    account.post(FUNCTIONS, merged(body, &extra)).await
}

/// The members of both.
fn merged(mut one: Value, other: &Value) -> Value {
    for (name, value) in other.as_object().into_iter().flatten() {
        one[name] = value.clone();
    }
    one
}

fn program() -> Value {
    json!({ "Runtime": "provided.al2023", "Handler": "bootstrap" })
}

#[tokio::test]
async fn code_is_fetched_from_s3() {
    let account = Account::new();
    let one = zip(&[("bootstrap", "one", 0o755)]);
    account.objects.put("one.zip", one.clone());
    account.objects.put("text", b"no zip".to_vec());
    let object = |key: &str| json!({ "S3Bucket": "packages", "S3Key": key });
    let created = create(&account, object("one.zip"), program()).await;
    assert_eq!(created.status, 201, "{:?}", created.body);
    assert_eq!(
        created.json()["CodeSha256"],
        STANDARD.encode(Sha256::digest(&one))
    );

    let uri = format!("{FUNCTIONS}/worker/code");
    let mut both = object("one.zip");
    both["ZipFile"] = "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==".into();
    for (code, words) in [
        (
            object("two.zip"),
            "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The \
             specified key does not exist.",
        ),
        (object("text"), "Could not unzip uploaded file."),
        (both, "Please do not provide other FunctionCode parameters"),
        (json!({ "S3Bucket": "packages" }), "Please provide a source"),
        (
            json!({ "ImageUri": IMAGE }),
            "Please don't provide ImageUri when updating a function with packageType Zip.",
        ),
    ] {
        let refused = account.put(&uri, code.clone()).await;
        assert_eq!(refused.error(), "InvalidParameterValueException", "{code}");
        let body = String::from_utf8_lossy(&refused.body).into_owned();
        assert!(body.contains(words), "{code}: {body}");
    }
}

#[tokio::test]
async fn an_image_is_kept_but_not_run() {
    let account = Account::new();
    let config = json!({ "Command": ["line"], "WorkingDirectory": "/srv" });
    let extra = json!({ "PackageType": "Image", "ImageConfig": config, "Publish": true });
    let created = create(&account, json!({ "ImageUri": IMAGE }), extra).await;
    assert_eq!(created.status, 201, "{:?}", created.body);

    let got = account
        .get(&format!("{FUNCTIONS}/worker"))
        .await
        .ok()
        .json();
    let shape = &got["Configuration"];
    assert_eq!(shape["PackageType"], "Image");
    assert_eq!(shape["ImageConfigResponse"]["ImageConfig"], config);
    assert!(
        shape.get("Runtime").is_none() && shape.get("Handler").is_none(),
        "{shape}"
    );
    let digest = shape["CodeSha256"].as_str().unwrap();
    let repository = IMAGE.split_once(':').unwrap().0;
    assert_eq!(
        got["Code"],
        json!({
            "RepositoryType": "ECR",
            "ImageUri": IMAGE,
            "ResolvedImageUri": format!("{repository}@sha256:{digest}"),
        })
    );

    let invoked = account.invoke("worker", json!({})).await;
    assert_eq!(invoked.status, 501);
    let body = String::from_utf8_lossy(&invoked.body).into_owned();
    assert!(body.contains("does not run container images"), "{body}");

    let resolved = format!("{repository}@sha256:{}", "ab".repeat(32));
    let uri = format!("{FUNCTIONS}/worker/code");
    let updated = account.put(&uri, json!({ "ImageUri": resolved })).await;
    assert_eq!(updated.ok().json()["CodeSha256"], "ab".repeat(32));
    let zip = account.put(&uri, json!({ "ZipFile": script("") })).await;
    let body = String::from_utf8_lossy(&zip.body).into_owned();
    let words = "Please provide ImageUri when updating a function with packageType Image.";
    assert!(body.contains(words), "{body}");
    let uri = format!("{FUNCTIONS}/worker/configuration");
    let updated = account.put(&uri, json!({ "ImageConfig": {} })).await.ok();
    assert!(updated.json().get("ImageConfigResponse").is_none());
    let handler = account.put(&uri, json!({ "Handler": "bootstrap" })).await;
    assert_eq!(handler.error(), "InvalidParameterValueException");

    assert_eq!(
        account.delete(&format!("{FUNCTIONS}/worker")).await.status,
        204
    );
}

#[tokio::test]
async fn images_that_lambda_refuses_are_refused() {
    let account = Account::new();
    let image = |extra: Value| merged(json!({ "PackageType": "Image" }), &extra);
    for (code, extra, words) in [
        (
            json!({ "ImageUri": IMAGE }),
            image(program()),
            "Please don't provide Handler or Runtime or Layer when the intended function \
             PackageType is Image.",
        ),
        (
            json!({ "ImageUri": IMAGE }),
            json!({}),
            "Runtime and Handler are mandatory parameters",
        ),
        (
            json!({ "S3Bucket": "b", "S3Key": "k" }),
            image(json!({})),
            "Please provide ImageUri when creating a function with packageType Image.",
        ),
        (
            json!({ "ImageUri": "line:latest" }),
            image(json!({})),
            "Source image line:latest is not valid. Provide a valid source image.",
        ),
        (
            // The registry of another Region.
            json!({ "ImageUri": IMAGE.replace("ap-northeast-1", "eu-west-1") }),
            image(json!({})),
            "is not valid. Provide a valid source image.",
        ),
    ] {
        let refused = create(&account, code.clone(), extra).await;
        let body = String::from_utf8_lossy(&refused.body).into_owned();
        assert_eq!(refused.error(), "InvalidParameterValueException", "{code}");
        assert!(body.contains(words), "{code}: {body}");
    }
}

#[tokio::test]
async fn invocations_are_measured() {
    let account = Account::worker(json!({})).await;
    account.invoke("worker", json!({})).await.ok();
    account
        .invoke("worker", json!({ "crash": true }))
        .await
        .ok();
    let uri = "/2017-10-31/functions/worker/concurrency";
    let none = json!({ "ReservedConcurrentExecutions": 0 });
    account.put(uri, none).await.ok();
    let throttled = account.invoke("worker", json!({})).await;
    assert_eq!(throttled.status, 429);

    for (name, sum) in [
        ("Invocations", 2.0),
        ("Errors", 1.0),
        ("Throttles", 1.0),
        // One at a time, twice.
        ("ConcurrentExecutions", 2.0),
    ] {
        assert_eq!(account.metrics.sum("worker", name), sum, "{name}");
    }
    assert!(account.metrics.sum("worker", "Duration") > 0.0);
}
