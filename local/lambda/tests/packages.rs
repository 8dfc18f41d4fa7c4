//! Sources of code other than a zip in the request: S3 and container registries. Also metrics of
//! invocations.
#![allow(clippy::unwrap_used, reason = "a broken fixture is a failed test")]

mod common;

use std::path::PathBuf;
use std::process::Command;

use base64::{Engine, engine::general_purpose::STANDARD};
use common::{Account, Answer, FUNCTIONS, ROLE, script, skipped, zip};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const IMAGE: &str = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/line:1.0";

async fn create(account: &Account, code: Value, extra: Value) -> Answer {
    let body = json!({ "FunctionName": "worker", "Role": ROLE, "Code": code });
    account.post(FUNCTIONS, merged(body, &extra)).await
}

/// Returns the members of both.
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
async fn invalid_images_are_rejected_as_by_lambda() {
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
            // A registry in another Region.
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

/// A file system of its own, until it is dropped.
struct Mounted(PathBuf);

impl Mounted {
    /// Mounts a file system. Returns `None` if this user may not.
    fn tmpfs(path: PathBuf, options: &str) -> Option<Self> {
        std::fs::create_dir(&path).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]);
        let mounted = mount.arg(&path).output();
        match mounted.is_ok_and(|mounted| mounted.status.success()) {
            true => Some(Self(path)),
            false => {
                skipped("this user may not mount a file system");
                None
            }
        }
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// An error of the machine is not reported as an error of the package, and its paths are not revealed.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_not_reported_as_a_bad_zip() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let full = Mounted::tmpfs(directory.path().join("full"), "size=64k");
    let works = [
        Some(file.join("work")),
        full.as_ref().map(|full| full.0.join("work")),
    ];
    for work in works.into_iter().flatten() {
        let account = Account::configured(|config| config.work_dir = work.clone());
        let large = "x".repeat(1_000_000);
        let code = STANDARD.encode(zip(&[("bootstrap", "", 0o755), ("large", &large, 0o644)]));
        let refused = account.create("worker", &code, json!({})).await;
        assert_eq!(
            (refused.status, refused.error()),
            (500, "ServiceException".into())
        );
        let said = String::from_utf8_lossy(&refused.body).into_owned();
        assert!(said.contains("machine cannot unpack"), "{said}");
        assert!(
            !said.contains(&*directory.path().to_string_lossy()),
            "{said}"
        );
        // An invalid zip is still reported as invalid on such a machine.
        let bad = account
            .create("worker", &STANDARD.encode("no zip"), json!({}))
            .await;
        assert_eq!(
            (bad.status, bad.error()),
            (400, "InvalidParameterValueException".into())
        );
        account.service.shutdown().await;
    }
    drop(full);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_without_executables_is_not_reported_as_a_bad_zip() {
    let directory = tempfile::tempdir().unwrap();
    let Some(mounted) = Mounted::tmpfs(directory.path().join("noexec"), "size=4m,noexec") else {
        return;
    };
    let work = mounted.0.join("work");
    let account = Account::configured(|config| config.work_dir = work);
    account
        .create("worker", &script("next"), json!({}))
        .await
        .ok();
    let failed = account.invoke("worker", json!({})).await;
    assert_eq!(
        (failed.status, failed.error()),
        (500, "ServiceException".into())
    );
    let said = String::from_utf8_lossy(&failed.body).into_owned();
    assert!(said.contains("noexec"), "{said}");
    assert!(
        !said.contains(&*directory.path().to_string_lossy()),
        "{said}"
    );
    // Without the executable bit, the package is at fault on every machine.
    let code = STANDARD.encode(zip(&[("bootstrap", "#!/bin/sh\n", 0o644)]));
    account.create("plain", &code, json!({})).await.ok();
    let failed = account.invoke("plain", json!({})).await.ok();
    assert_eq!(failed.json()["errorType"], "Runtime.InvalidEntrypoint");
    account.service.shutdown().await;
}

/// Invalid packages are answered with 400, in Lambda's words.
#[tokio::test]
async fn packages_that_no_machine_could_unpack_are_rejected() {
    let account = Account::new();
    let long = "x".repeat(300);
    for files in [
        vec![("../x", "", 0o644)],
        vec![(&*long, "", 0o644)],
        vec![("a", "", 0o644), ("a/b", "", 0o644)],
        vec![("a\\b", "", 0o644)],
    ] {
        let code = STANDARD.encode(zip(&files));
        let refused = account.create("worker", &code, json!({})).await;
        assert_eq!(
            (refused.status, refused.error()),
            (400, "InvalidParameterValueException".into())
        );
        let said = refused.json()["message"].to_string();
        assert!(said.contains("Could not unzip uploaded file."), "{said}");
    }
}
