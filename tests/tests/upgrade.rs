//! A line that an earlier release has deployed is taken over by this one's bundle, and nothing is
//! destroyed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what it expects"
)]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use connect_local::deployment::{Deployment, Outputs, environment, repository};
use e2e::{Failure, REGION, TestAccount, planned, press};
use local_connect::CallerId;
use local_toolchain::{Cache, PlanOutcome, Silent, Toolchain};
use serde_json::Map;

/// What a stack of somebody else's says.
const STACK: &str = r#"
module "line" {
  source = "./module"

  instance_alias = "example-campaign"
  tables         = { deletion_protection = false }
}

output "benefits_table_name"     { value = module.line.benefits_table_name }
output "contact_flow_id"         { value = module.line.contact_flow_id }
output "flow_log_group_name"     { value = module.line.flow_log_group_name }
output "function_log_group_name" { value = module.line.function_log_group_name }
output "function_name"           { value = module.line.function_name }
output "instance_id"             { value = module.line.instance_id }
output "member_table_name"       { value = module.line.member_table_name }
output "phone_number"            { value = module.line.phone_number }
"#;

const MEMBER: &str = "+819012345678";
const PIN: &str = "00420815";

#[tokio::test(flavor = "multi_thread")]
async fn every_earlier_release_is_taken_over_without_loss() -> Result<(), Failure> {
    let repository = repository()?;
    let releases = repository.join("tests/upgrades");
    let mut tried = 0;
    for release in fs::read_dir(&releases)? {
        let release = release?.path();
        if release.is_dir() {
            is_taken_over(&repository, &release)
                .await
                .map_err(|error| format!("from release {}: {error}", release.display()))?;
            tried += 1;
        }
    }
    assert!(tried > 0, "no earlier release in {}", releases.display());
    Ok(())
}

async fn is_taken_over(repository: &Path, release: &Path) -> Result<(), Failure> {
    let toolchain = Toolchain::detect(Cache::of_user()?, Arc::new(Silent)).await?;
    let package = toolchain.build_function_zip(repository).await?;
    let aws = TestAccount::start().await?;
    let stack = tempfile::tempdir()?;
    let module = stack.path().join("module");

    fs::write(stack.path().join("main.tf"), STACK)?;
    copy(release, &module)?;
    fs::create_dir_all(module.join("dist"))?;
    // The name that the function's zip had then.
    fs::copy(&package.path, module.join("dist/connect-pin-sms.zip"))?;
    let surroundings = environment(&aws.account.endpoint_url(), REGION);
    let old = Deployment::prepare_in(&toolchain, stack.path(), surroundings.clone()).await?;
    let before = old.apply().await?;
    load(&aws, &before).await?;
    drop(old);

    fs::remove_dir_all(&module)?;
    let made = tempfile::tempdir()?;
    let bundle = toolchain
        .build_bundle(repository, &[package], made.path())
        .await?;
    let unpacked = made.path().join("unpacked");
    zip::ZipArchive::new(fs::File::open(&bundle.path)?)?.extract(&unpacked)?;
    let top = bundle.path.file_stem().ok_or("no name")?;
    copy(&unpacked.join(top), &module)?;
    let new = Deployment::prepare_in(&toolchain, stack.path(), surroundings).await?;
    let going = planned(new.terraform(), &Map::new(), "delete").await?;
    assert!(going.is_empty(), "the upgrade destroys {going:?}");

    let after = new.apply().await?;
    assert_eq!(after, before);
    assert_eq!(new.plan().await?.outcome, PlanOutcome::Empty);
    let mut call = aws
        .account
        .connect()
        .dial(&after.phone_number, CallerId::Number(MEMBER.to_owned()))
        .await?;
    press(&mut call, &format!("{PIN}#")).await;
    assert_eq!(aws.messages().len(), 1, "{:?}", call.heard());

    new.destroy().await?;
    let left = aws.client.inventory(REGION).await?;
    assert!(left.is_empty(), "left behind: {left:?}");
    aws.account.shutdown().await;
    Ok(())
}

/// Rows of before, which have to be there after.
async fn load(aws: &TestAccount, line: &Outputs) -> Result<(), Failure> {
    let dynamodb = aws_sdk_dynamodb::Client::new(&aws.sdk_config().await);
    let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    dynamodb
        .put_item()
        .table_name(&line.member_table_name)
        .item("phone", text(MEMBER))
        .item("id", text("m-1"))
        .send()
        .await?;
    dynamodb
        .put_item()
        .table_name(&line.benefits_table_name)
        .item("pinCode", text(PIN))
        .item("campaignUrl", text("https://example.com/c"))
        .send()
        .await?;
    Ok(())
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
