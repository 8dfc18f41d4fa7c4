//! A stack with every resource that the AWS provider has for Amazon Connect: `tests/stacks/connect`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use e2e::{Failure, TestAccount};
use local_harness::{environment, repository};
use local_toolchain::{PlanOutcome, Terraform, WorkDirectory};
use serde_json::{Map, Value, json};

e2e::trials![every_resource_of_connect_is_applied_changed_imported_and_destroyed,];

const REGION: &str = "ap-northeast-1";

/// The resources that Terraform would update after an import: the service does not return a user's
/// password, and the provider keeps `cross_channel_behavior` only where its state has it.
const UPDATED_AFTER_IMPORT: [&str; 2] =
    ["aws_connect_user.this", "aws_connect_routing_profile.this"];

/// The resource that Terraform would create again after an import: the provider does not read
/// `parent_group_id` back.
const REPLACED_AFTER_IMPORT: [&str; 1] = ["aws_connect_user_hierarchy_group.team"];

fn stack() -> Result<PathBuf, Failure> {
    Ok(repository()?.join("tests/stacks/connect"))
}

/// A copy of the stack with a state of its own.
async fn copy(aws: &TestAccount) -> Result<(Terraform, WorkDirectory), Failure> {
    let directory = WorkDirectory::new()?;
    fs::copy(stack()?.join("main.tf"), directory.path().join("main.tf"))?;
    let function = e2e::function().await?;
    fs::copy(&function.path, directory.path().join("function.zip"))?;
    let variables = environment(&aws.account.endpoint_url(), REGION);
    let mut terraform = e2e::toolchain()
        .await?
        .terraform(directory.path(), variables)?;
    terraform.init().await?;
    terraform.keep_provider().await?;
    Ok((terraform, directory))
}

fn changed(changed: bool) -> Map<String, Value> {
    Map::from_iter([("changed".to_owned(), json!(changed))])
}

/// Writes an `import` block for each resource.
fn write_imports(directory: &Path, ids: &Map<String, Value>) -> std::io::Result<()> {
    let blocks = ids
        .iter()
        .map(|(address, id)| format!("import {{\n  to = {address}\n  id = {id}\n}}\n"));
    fs::write(directory.join("imports.tf"), blocks.collect::<String>())
}

async fn every_resource_of_connect_is_applied_changed_imported_and_destroyed() -> Result<(), Failure>
{
    let aws = TestAccount::start().await?;
    let (terraform, _directory) = copy(&aws).await?;
    terraform.apply(&changed(false)).await?;
    let plan = terraform.plan(&changed(false), None).await?;
    assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);

    terraform.apply(&changed(true)).await?;
    let plan = terraform.plan(&changed(true), None).await?;
    assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);

    let outputs = terraform.outputs().await?;
    let ids = outputs["ids"].as_object().unwrap();
    let (importing, directory) = copy(&aws).await?;
    write_imports(directory.path(), ids)?;
    let planned = importing.planned_changes(&changed(true), None).await?;
    let with = |action: &str| -> BTreeSet<&str> {
        let of_connect = planned
            .iter()
            .filter(|change| change.kind.starts_with("aws_connect_"));
        let with_action = of_connect.filter(|change| change.action == action);
        with_action.map(|change| change.address.as_str()).collect()
    };
    assert_eq!(with("update"), BTreeSet::from(UPDATED_AFTER_IMPORT));
    assert_eq!(with("replace"), BTreeSet::from(REPLACED_AFTER_IMPORT));
    assert_eq!(with("create"), BTreeSet::new());

    terraform.destroy(&changed(true)).await?;
    aws.assert_empty().await?;
    aws.account.shutdown().await;
    Ok(())
}
