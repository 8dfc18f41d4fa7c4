//! A stack with every resource and data source that the AWS provider has for Amazon Connect:
//! `tests/stacks/connect`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Instant;

use e2e::{Failure, REGION, TestAccount};
use local_harness::{environment, repository};
use local_toolchain::{
    PlanOutcome, PlannedChange, ProviderBuild, ProviderSource, Terraform, WorkDirectory,
    pack_bootstrap,
};
use serde_json::{Map, Value, json};

e2e::trials![every_resource_of_connect_is_applied_changed_imported_and_destroyed,];

/// The resources of Amazon Connect that Terraform updates after an import: the service does not return a
/// user's password, and the provider keeps `cross_channel_behavior` only where its state has it.
const UPDATED_AFTER_IMPORT: [&str; 2] =
    ["aws_connect_routing_profile.this", "aws_connect_user.this"];

/// The resource that Terraform creates again after an import: the provider does not read
/// `parent_group_id` back.
const REPLACED_AFTER_IMPORT: [&str; 1] = ["aws_connect_user_hierarchy_group.team"];

/// A copy of the stack with a state of its own.
struct Copy {
    terraform: Terraform,
    source: ProviderSource,
    directory: WorkDirectory,
}

impl Copy {
    async fn prepare(aws: &TestAccount) -> Result<Self, Failure> {
        let directory = WorkDirectory::new()?;
        let stack = repository()?.join("tests/stacks/connect/main.tf");
        fs::copy(stack, directory.path().join("main.tf"))?;
        // No call of this stack invokes the function.
        let function = pack_bootstrap(b"#!/bin/sh\n")?;
        fs::write(directory.path().join("function.zip"), function)?;
        let variables = environment(&aws.account.endpoint_url(), REGION);
        let mut terraform = e2e::wide_toolchain()
            .await?
            .terraform(directory.path(), variables)?;
        let source = terraform.init().await?;
        terraform.keep_provider().await?;
        Ok(Self {
            terraform,
            source,
            directory,
        })
    }

    async fn apply(&self, changed: bool) -> Result<(), Failure> {
        self.terraform.apply(&variables(changed)).await?;
        self.assert_nothing_to_do(changed).await
    }

    async fn assert_nothing_to_do(&self, changed: bool) -> Result<(), Failure> {
        let plan = self.terraform.plan(&variables(changed), None).await?;
        assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);
        Ok(())
    }

    /// Writes an `import` block for each resource.
    fn import(&self, ids: &Map<String, Value>) -> std::io::Result<()> {
        let blocks = ids
            .iter()
            .map(|(address, id)| format!("import {{\n  to = {address}\n  id = {id}\n}}\n"));
        let path = self.directory.path().join("imports.tf");
        fs::write(path, blocks.collect::<String>())
    }
}

fn variables(changed: bool) -> Map<String, Value> {
    Map::from_iter([("changed".to_owned(), json!(changed))])
}

/// Returns the addresses of the resources of Amazon Connect on which a plan performs this action.
fn planned<'a>(changes: &'a [PlannedChange], action: &str) -> BTreeSet<&'a str> {
    changes
        .iter()
        .filter(|change| change.kind.starts_with("aws_connect_") && change.action == action)
        .map(|change| change.address.as_str())
        .collect()
}

/// Returns the types in a schema of the provider.
fn types<'a>(schema: &'a Value, schemas: &str) -> BTreeSet<&'a str> {
    let schemas = schema[schemas].as_object().unwrap();
    schemas.keys().map(String::as_str).collect()
}

/// Returns the types of a block in the stack's configuration, `resource` or `data`.
fn types_in<'a>(stack: &'a str, block: &str) -> BTreeSet<&'a str> {
    let start = format!("{block} \"");
    stack
        .lines()
        .filter_map(|line| line.strip_prefix(start.as_str())?.split('"').next())
        .collect()
}

/// Asserts that the stack has every type of the provider for Amazon Connect, and that a built provider has
/// the families that its errors name.
async fn assert_complete(copy: &Copy, stack: &Path) -> Result<(), Failure> {
    let schemas = copy.terraform.run(["providers", "schema", "-json"]).await?;
    let schemas: Value = serde_json::from_str(&schemas)?;
    let schemas = schemas["provider_schemas"].as_object().unwrap();
    let (_, schema) = schemas
        .iter()
        .find(|(name, _)| name.ends_with("/hashicorp/aws"))
        .unwrap();
    let stack = fs::read_to_string(stack)?;
    for (schemas, block) in [
        ("resource_schemas", "resource"),
        ("data_source_schemas", "data"),
    ] {
        let existing = types(schema, schemas);
        let of_connect = existing
            .iter()
            .filter(|name| name.starts_with("aws_connect_"));
        let in_stack = types_in(&stack, block);
        let missing: Vec<_> = of_connect
            .filter(|name| !in_stack.contains(*name))
            .collect();
        assert!(
            missing.is_empty(),
            "the stack must have a {block} of {missing:?}"
        );
    }
    if copy.source == ProviderSource::Mirror {
        let families = ProviderBuild::Wide.families();
        let resources = types(schema, "resource_schemas");
        let belongs = |resource: &str, family: &str| {
            let rest = resource.strip_prefix(family);
            rest.is_some_and(|rest| rest.starts_with('_'))
        };
        for resource in &resources {
            let known = families.iter().any(|family| belongs(resource, family));
            assert!(
                known,
                "{resource} must be of one of the families {families:?}"
            );
        }
        for family in families {
            let has = resources.iter().any(|resource| belongs(resource, family));
            assert!(
                has,
                "the provider must have a resource of the family {family}"
            );
        }
    }
    Ok(())
}

async fn every_resource_of_connect_is_applied_changed_imported_and_destroyed() -> Result<(), Failure>
{
    let aws = TestAccount::start().await?;
    let started = Instant::now();
    let first = Copy::prepare(&aws).await?;
    e2e::report!(
        "provider: {:?}, wide, ready in {} s",
        first.source,
        started.elapsed().as_secs()
    );
    assert_complete(&first, &first.directory.path().join("main.tf")).await?;
    first.apply(false).await?;
    first.apply(true).await?;

    let outputs = first.terraform.outputs().await?;
    let imported = Copy::prepare(&aws).await?;
    imported.import(outputs["ids"].as_object().unwrap())?;
    let plan = imported.directory.path().join("saved.plan");
    let changes = imported
        .terraform
        .planned_changes(&variables(true), Some(&plan))
        .await?;
    assert_eq!(planned(&changes, "update"), UPDATED_AFTER_IMPORT.into());
    assert_eq!(planned(&changes, "replace"), REPLACED_AFTER_IMPORT.into());
    for action in ["create", "delete"] {
        assert_eq!(planned(&changes, action), BTreeSet::new(), "{action}");
    }
    imported.terraform.apply_saved(&plan).await?;
    imported.assert_nothing_to_do(true).await?;

    // With the state that was imported, so that a resource that it misses is left behind.
    imported.terraform.destroy(&variables(true)).await?;
    aws.assert_empty().await?;
    aws.account.shutdown().await;
    Ok(())
}
