//! Resources around a line, deployed by real Terraform with more settings than the examples use.

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use e2e::{Failure, REGION, TestAccount};
use local_harness::environment;
use local_toolchain::{PlanOutcome, Terraform, Toolchain};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

e2e::trials![resources_for_operators_are_applied_updated_imported_and_destroyed,];

const CONFIGURATION: &str = include_str!("hosting.tf");
const BUCKET: &str = "packages";
const KEY: &str = "line.zip";
/// The configuration in a temporary directory, after `terraform init`.
struct Hosted {
    terraform: Terraform,
    directory: TempDir,
}

impl Hosted {
    async fn prepare(toolchain: &Toolchain, aws: &TestAccount) -> Result<Self, Failure> {
        let directory = tempfile::tempdir()?;
        fs::write(directory.path().join("main.tf"), CONFIGURATION)?;
        let mut terraform = toolchain.terraform(
            directory.path(),
            environment(&aws.account.endpoint_url(), REGION),
        )?;
        terraform.init().await?;
        terraform.keep_provider().await?;
        Ok(Self {
            terraform,
            directory,
        })
    }

    /// The file with the last plan.
    fn saved(&self) -> PathBuf {
        self.directory.path().join("saved.plan")
    }

    /// Plans, and returns address and actions of every resource that the plan changes.
    async fn planned(&self, variables: &Map<String, Value>) -> Result<Vec<String>, Failure> {
        let file = self.saved();
        let planned = self.terraform.plan(variables, Some(&file)).await?;
        if planned.outcome == PlanOutcome::Empty {
            return Ok(Vec::new());
        }
        let plan = self.terraform.show(Some(&file)).await?;
        let changes = plan["resource_changes"].as_array().cloned();
        Ok(changes
            .unwrap_or_default()
            .iter()
            .filter(|change| change["mode"] == "managed")
            .filter(|change| change["change"]["actions"] != json!(["no-op"]))
            .map(|change| format!("{} {}", change["address"], change["change"]["actions"]))
            .collect())
    }
}

/// Uploads the package to a bucket with versioning, and returns the value of the variable `package`.
async fn package(aws: &TestAccount) -> Result<Value, Failure> {
    let s3 = aws_sdk_s3::Client::new(&aws.sdk_config().await);
    s3.create_bucket().bucket(BUCKET).send().await?;
    let versioning = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled);
    s3.put_bucket_versioning()
        .bucket(BUCKET)
        .versioning_configuration(versioning.build())
        .send()
        .await?;
    // The function is never invoked.
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("bootstrap", SimpleFileOptions::default())?;
    let zip = zip.finish()?.into_inner();
    let sha256 = STANDARD.encode(Sha256::digest(&zip));
    let put = s3.put_object().bucket(BUCKET).key(KEY).body(zip.into());
    let version = put.send().await?.version_id().map(str::to_owned);
    Ok(json!({ "key": KEY, "version": version, "sha256": sha256 }))
}

async fn resources_for_operators_are_applied_updated_imported_and_destroyed() -> Result<(), Failure>
{
    let toolchain = e2e::toolchain().await?;
    let aws = TestAccount::start().await?;
    let package = package(&aws).await?;
    // The bucket exists before Terraform runs, and stays.
    let before = aws.client.inventory(REGION).await?;
    let variables = |changed: bool| -> Map<String, Value> {
        [
            ("bucket", BUCKET.into()),
            ("package", package.clone()),
            ("changed", changed.into()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
    };
    let hosted = Hosted::prepare(toolchain, &aws).await?;
    let terraform = &hosted.terraform;

    terraform.apply(&variables(false)).await?;
    assert_eq!(hosted.planned(&variables(false)).await?, [""; 0]);
    let outputs = terraform.outputs().await?;
    for (name, pair) in outputs["found"]
        .as_object()
        .ok_or("the output must be an object")?
    {
        assert_eq!(pair[0], pair[1], "{name}");
    }

    let changes = hosted.planned(&variables(true)).await?;
    assert_eq!(changes.len(), 14, "{changes:#?}");
    for change in changes {
        assert!(change.ends_with("[\"update\"]"), "{change}");
    }
    terraform.apply_saved(&hosted.saved()).await?;
    assert_eq!(hosted.planned(&variables(true)).await?, [""; 0]);

    let imported = import(toolchain, &aws, terraform, &variables(true)).await?;
    // An import does not know the source of a zip, and the preferences cannot be imported.
    assert_eq!(
        imported,
        [
            "\"aws_lambda_function.object\" [\"update\"]",
            "\"aws_sns_sms_preferences.this\" [\"create\"]",
        ]
    );

    terraform
        .without_refresh()
        .destroy(&variables(true))
        .await?;
    assert_eq!(aws.client.inventory(REGION).await?, before);
    aws.account.shutdown().await;
    Ok(())
}

/// Plans to import the existing resources into a new state, and returns the planned changes.
async fn import(
    toolchain: &Toolchain,
    aws: &TestAccount,
    existing: &Terraform,
    variables: &Map<String, Value>,
) -> Result<Vec<String>, Failure> {
    let outputs = existing.outputs().await?;
    let ids = outputs["import_ids"]
        .as_object()
        .ok_or("the output must be an object")?;
    let blocks: String = ids
        .iter()
        .map(|(address, id)| format!("import {{\n  to = {address}\n  id = {id}\n}}\n"))
        .collect();
    let fresh = Hosted::prepare(toolchain, aws).await?;
    fs::write(fresh.directory.path().join("imports.tf"), blocks)?;
    fresh.planned(variables).await
}
