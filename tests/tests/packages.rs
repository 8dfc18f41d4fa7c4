//! Functions whose package is in S3, and the choice of the zip in the module.

use std::io::{Cursor, Write};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_lambda::error::ProvideErrorMetadata;
use aws_sdk_lambda::types::{FunctionCode, Runtime};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use e2e::{Failure, TestAccount, TestModule};
use local_connect::CallerId;
use local_toolchain::PlanOutcome;
use serde_json::json;
use sha2::{Digest, Sha256};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

e2e::trials![
    a_function_is_created_from_a_version_of_an_object,
    a_bucket_belongs_to_a_region,
    a_line_takes_its_function_from_s3,
    the_architecture_is_that_of_the_bundled_zip,
];

const BUCKET: &str = "packages";
const KEY: &str = "releases/the line.zip";
const MEMBER: &str = "+819012345678";
const PIN: &str = "00420815";

/// Returns a zip whose bootstrap has this text.
fn package(text: &str) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().unix_permissions(0o755);
    writer.start_file("bootstrap", options).unwrap();
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap().into_inner()
}

fn sha256(package: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(package))
}

/// Creates a role that Lambda can assume.
async fn role(config: &SdkConfig) -> Result<String, Failure> {
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": { "Service": "lambda.amazonaws.com" },
    }]});
    let created = aws_sdk_iam::Client::new(config)
        .create_role()
        .role_name("line")
        .assume_role_policy_document(trust.to_string())
        .send()
        .await?;
    Ok(created
        .role()
        .ok_or("the answer must have a role")?
        .arn()
        .to_owned())
}

async fn a_function_is_created_from_a_version_of_an_object() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let config = aws.sdk_config().await;
    let s3 = aws_sdk_s3::Client::new(&config);
    s3.create_bucket().bucket(BUCKET).send().await?;
    s3.put_bucket_versioning()
        .bucket(BUCKET)
        .versioning_configuration(
            VersioningConfiguration::builder()
                .status(BucketVersioningStatus::Enabled)
                .build(),
        )
        .send()
        .await?;
    let (one, two) = (package("one"), package("two"));
    // The SDK uploads a file in chunks with a trailing checksum.
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("one.zip");
    std::fs::write(&file, &one)?;
    let mut versions = Vec::new();
    for body in [
        ByteStream::from_path(&file).await?,
        ByteStream::from(two.clone()),
    ] {
        let put = s3.put_object().bucket(BUCKET).key(KEY).body(body);
        let put = put.send().await?;
        versions.push(
            put.version_id()
                .ok_or("the object must have a version")?
                .to_owned(),
        );
    }
    let got = s3.get_object().bucket(BUCKET).key(KEY);
    let got = got.version_id(&versions[0]).send().await?;
    assert_eq!(got.body.collect().await?.into_bytes(), one);
    let head = s3.head_object().bucket(BUCKET).key(KEY).send().await?;
    assert_eq!(head.content_length(), Some(two.len().try_into()?));
    assert_eq!(head.version_id(), Some(versions[1].as_str()));

    let lambda = aws_sdk_lambda::Client::new(&config);
    let role = role(&config).await?;
    let create = |bucket: &str, key: &str, version: &str| {
        let code = FunctionCode::builder().s3_bucket(bucket).s3_key(key);
        lambda
            .create_function()
            .function_name("line")
            .role(&role)
            .runtime(Runtime::from("provided.al2023"))
            .handler("bootstrap")
            .code(code.s3_object_version(version).build())
            .send()
    };
    for (bucket, key, version, sentence) in [
        (
            BUCKET,
            "nothing.zip",
            "null",
            "S3 Error Code: NoSuchVersion. S3 Error Message: The specified version does not exist.",
        ),
        (
            "nowhere",
            KEY,
            "null",
            "S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist",
        ),
    ] {
        let refused = create(bucket, key, version).await.unwrap_err();
        let refused = refused.into_service_error();
        assert_eq!(refused.code(), Some("InvalidParameterValueException"));
        let message = refused.message().unwrap_or_default();
        assert!(message.contains(sentence), "{message}");
    }
    let created = create(BUCKET, KEY, &versions[0]).await?;
    assert_eq!(created.code_sha256(), Some(sha256(&one).as_str()));

    // Without a version, Lambda uses the latest one unless that is a delete marker.
    let update = || {
        lambda
            .update_function_code()
            .function_name("line")
            .s3_bucket(BUCKET)
            .s3_key(KEY)
            .send()
    };
    assert_eq!(update().await?.code_sha256(), Some(sha256(&two).as_str()));
    s3.delete_object().bucket(BUCKET).key(KEY).send().await?;
    let refused = update().await.unwrap_err().into_service_error();
    assert_eq!(
        refused.message(),
        Some(
            "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The \
             specified key does not exist."
        )
    );
    aws.account.shutdown().await;
    Ok(())
}

async fn a_bucket_belongs_to_a_region() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let config = aws.sdk_config().await;
    let elsewhere = aws_sdk_s3::config::Builder::from(&config)
        .region(aws_sdk_s3::config::Region::new("eu-west-1"))
        .build();
    let elsewhere = aws_sdk_s3::Client::from_conf(elsewhere);
    elsewhere.create_bucket().bucket(BUCKET).send().await?;
    let put = elsewhere.put_object().bucket(BUCKET).key("line.zip");
    put.body(package("one").into()).send().await?;

    let role = role(&config).await?;
    let code = FunctionCode::builder().s3_bucket(BUCKET).s3_key("line.zip");
    let refused = aws_sdk_lambda::Client::new(&config)
        .create_function()
        .function_name("line")
        .role(role)
        .runtime(Runtime::from("provided.al2023"))
        .handler("bootstrap")
        .code(code.build())
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    let message = refused.message().unwrap_or_default();
    assert!(message.contains("PermanentRedirect"), "{message}");
    assert!(message.contains("eu-west-1"), "{message}");

    let s3 = aws_sdk_s3::Client::new(&config);
    let listed = s3.list_buckets().send().await?;
    assert_eq!(listed.buckets().len(), 1);
    let absent = s3.get_object().bucket("nowhere").key("k").send().await;
    let absent = absent.unwrap_err().into_service_error();
    assert_eq!(absent.code(), Some("NoSuchBucket"));
    aws.account.shutdown().await;
    Ok(())
}

/// The zip is in the deployer's own bucket, under a key of the deployer's choice.
async fn a_line_takes_its_function_from_s3() -> Result<(), Failure> {
    let module = TestModule::prepare().await?;
    let config = module.aws.sdk_config().await;
    let built = e2e::function().await?;
    let s3 = aws_sdk_s3::Client::new(&config);
    s3.create_bucket().bucket(BUCKET).send().await?;
    let versioning = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled);
    s3.put_bucket_versioning()
        .bucket(BUCKET)
        .versioning_configuration(versioning.build())
        .send()
        .await?;
    let put = s3.put_object().bucket(BUCKET).key(KEY);
    let put = put.body(ByteStream::from_path(&built.path).await?).send();
    let version = put
        .await?
        .version_id()
        .ok_or("the object must have a version")?
        .to_owned();

    let settings = json!({
        "instance_alias": "example-campaign",
        "lambda_package": {
            "s3": { "bucket": BUCKET, "key": KEY, "version_id": version },
            "architecture": built.architecture.name(),
        },
    });
    let settings = settings.as_object().unwrap();
    module.terraform.apply(settings).await?;
    let outputs = module.terraform.outputs().await?;
    let name = |output: &str| outputs[output].as_str().unwrap().to_owned();
    let dynamodb = aws_sdk_dynamodb::Client::new(&config);
    for (table, row) in [
        ("member_table_name", [("phone", MEMBER), ("id", "m-1")]),
        (
            "benefits_table_name",
            [("pinCode", PIN), ("campaignUrl", "https://example.com/c")],
        ),
    ] {
        let row = row.map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned())));
        dynamodb
            .put_item()
            .table_name(name(table))
            .set_item(Some(row.into()))
            .send()
            .await?;
    }
    let caller = CallerId::Number(MEMBER.to_owned());
    let pin = format!("{PIN}#");
    let call = module
        .aws
        .call(&name("phone_number"), caller, &[&pin])
        .await?;
    assert_eq!(module.aws.messages().len(), 1, "{:?}", call.heard());

    let plan = module.terraform.plan(settings, None).await?;
    assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);
    module.aws.account.shutdown().await;
    Ok(())
}

/// The module uses the zip in its `dist`; `function.architecture` chooses one if there are two.
async fn the_architecture_is_that_of_the_bundled_zip() -> Result<(), Failure> {
    let module = TestModule::prepare().await?;
    let dist = module.terraform.directory().join("dist");
    let bundle = |names: &[&str]| -> std::io::Result<()> {
        std::fs::remove_dir_all(&dist)?;
        std::fs::create_dir(&dist)?;
        for name in names {
            let zip = dist.join(format!("connect-pin-sms-{name}.zip"));
            std::fs::write(zip, package(name))?;
        }
        Ok(())
    };
    let settings = |architecture: Option<&str>| {
        let settings = json!({
            "instance_alias": "example-campaign",
            "function": { "architecture": architecture },
        });
        settings.as_object().unwrap().clone()
    };
    for (bundled, architecture, planned) in [
        (&["arm64"][..], None, "arm64"),
        (&["x86_64"], None, "x86_64"),
        (&["arm64", "x86_64"], None, "x86_64"),
        (&["arm64", "x86_64"], Some("arm64"), "arm64"),
    ] {
        bundle(bundled)?;
        let saved = module.terraform.directory().join("saved-plan");
        module
            .terraform
            .plan(&settings(architecture), Some(&saved))
            .await?;
        let plan = module.terraform.show(Some(&saved)).await?;
        let function = plan["resource_changes"]
            .as_array()
            .unwrap()
            .iter()
            .find(|change| change["type"] == "aws_lambda_function")
            .unwrap();
        let function = &function["change"]["after"];
        assert_eq!(function["architectures"], json!([planned]), "{bundled:?}");
        let file = function["filename"].as_str().unwrap();
        assert!(file.ends_with(&format!("-{planned}.zip")), "{file}");
        assert_eq!(function["source_code_hash"], sha256(&package(planned)));
    }

    // A bundle with another zip only has its own message, not the one for a checkout without a zip.
    for (bundled, architecture, sentence) in [
        (
            "x86_64",
            "arm64",
            "bundles the function for x86_64 only; leave function.architecture out to run that",
        ),
        (
            "arm64",
            "x86_64",
            "bundles the function for arm64 only; leave function.architecture out to run that",
        ),
    ] {
        bundle(&[bundled])?;
        let settings = settings(Some(architecture));
        let refused = module.terraform.plan(&settings, None).await;
        let error = refused.expect_err("the bundle does not have this zip");
        let output = error.child_output().unwrap_or_default().replace('│', " ");
        let output = output.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(output.contains(sentence), "{output}");
        let command = format!("package --architecture {architecture}");
        assert!(output.contains(&command), "{output}");
    }
    module.aws.account.shutdown().await;
    Ok(())
}
