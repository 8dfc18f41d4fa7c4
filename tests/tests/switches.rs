//! Plans of the whole module show that each switch changes its resources in the submodules, so that a value
//! that is not passed on is noticed. Other tests show the effects with real calls.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use e2e::{Failure, TestModule};
use local_harness::repository;
use serde_json::{Value, json};

e2e::trials![every_switch_reaches_what_it_is_for,];

const KEY: &str =
    "arn:aws:kms:ap-northeast-1:123456789012:key/12345678-1234-1234-1234-123456789012";

const FUNCTION_LOG: &str = "module.lambda.aws_cloudwatch_log_group.function[0]";
const FLOW_LOG: &str = "module.connect.aws_cloudwatch_log_group.flow[0]";
const DELIVERED_LOG: &str = "module.sms[0].aws_cloudwatch_log_group.delivery[\"delivered\"]";
const FAILED_LOG: &str = "module.sms[0].aws_cloudwatch_log_group.delivery[\"failed\"]";
const LOGS: [&str; 4] = [FUNCTION_LOG, FLOW_LOG, DELIVERED_LOG, FAILED_LOG];

/// The created resources of a plan by address, with their known attributes.
struct Planned(BTreeMap<String, Value>);

impl Planned {
    async fn with(module: &TestModule, settings: Value) -> Result<Self, Failure> {
        let mut all = json!({
            "instance_alias": "example-campaign",
            "sms_preferences": { "delivery_logs": { "retention_in_days": 7 } },
        });
        for (name, value) in settings.as_object().unwrap() {
            all[name] = value.clone();
        }
        let directory = tempfile::tempdir()?;
        let file = directory.path().join("plan");
        let settings = all.as_object().unwrap();
        module.terraform.plan(settings, Some(&file)).await?;
        let plan = module.terraform.show(Some(&file)).await?;
        let changes = plan["resource_changes"].as_array().unwrap().iter();
        let created = changes.filter(|change| change["change"]["actions"] == json!(["create"]));
        Ok(Self(
            created
                .map(|change| {
                    let address = change["address"].as_str().unwrap().to_owned();
                    (address, change["change"]["after"].clone())
                })
                .collect(),
        ))
    }

    fn get(&self, address: &str) -> &Value {
        self.0.get(address).unwrap_or_else(|| {
            panic!(
                "the plan must create {address}, but creates {:?}",
                self.0.keys()
            )
        })
    }

    fn tables(&self) -> Vec<&Value> {
        let of_kind = self
            .0
            .iter()
            .filter(|(address, _)| address.contains(".aws_dynamodb_table."));
        let tables: Vec<_> = of_kind.map(|(_, table)| table).collect();
        assert_eq!(tables.len(), 3);
        tables
    }
}

async fn every_switch_reaches_what_it_is_for() -> Result<(), Failure> {
    let module = TestModule::prepare().await?;

    let keyed = Planned::with(
        &module,
        json!({
            "kms_key": { "arn": KEY },
            "function": { "log_retention_in_days": 30 },
            "flow_logs": { "retention_in_days": 14 },
        }),
    )
    .await?;
    for log in LOGS {
        assert_eq!(keyed.get(log)["kms_key_id"], KEY, "{log}");
    }
    for (log, days) in LOGS.into_iter().zip([30, 14, 7, 7]) {
        assert_eq!(keyed.get(log)["retention_in_days"], days, "{log}");
    }
    for table in keyed.tables() {
        assert_eq!(table["server_side_encryption"][0]["kms_key_arn"], KEY);
    }

    let tables_only = json!({ "kms_key": { "arn": KEY, "logs": false } });
    let tables_only = Planned::with(&module, tables_only).await?;
    for log in LOGS {
        assert_eq!(tables_only.get(log)["kms_key_id"], Value::Null, "{log}");
    }
    for table in tables_only.tables() {
        assert_eq!(table["server_side_encryption"][0]["kms_key_arn"], KEY);
    }

    let logs_only = json!({ "kms_key": { "arn": KEY, "tables": false } });
    let logs_only = Planned::with(&module, logs_only).await?;
    for log in LOGS {
        assert_eq!(logs_only.get(log)["kms_key_id"], KEY, "{log}");
    }
    for table in logs_only.tables() {
        assert_ne!(table["server_side_encryption"][0]["kms_key_arn"], KEY);
    }

    let defaults = Planned::with(&module, json!({})).await?;
    let function = defaults.get("module.lambda.aws_lambda_function.this");
    assert_eq!(function["tracing_config"][0]["mode"], "Active");
    assert_eq!(function["reserved_concurrent_executions"], -1);
    assert_eq!(function["code_signing_config_arn"], Value::Null);
    let roles = [
        "module.lambda.aws_iam_role.function",
        "module.sms[0].aws_iam_role.delivery[0]",
    ];
    for role in roles {
        assert_eq!(defaults.get(role)["permissions_boundary"], Value::Null);
    }

    instances_set_every_switch(&defaults)?;

    let boundary = "arn:aws:iam::123456789012:policy/boundary";
    let signing =
        "arn:aws:lambda:ap-northeast-1:123456789012:code-signing-config:csc-0123456789abcdef0";
    let switched = Planned::with(
        &module,
        json!({
            "function": {
                "code_signing_config_arn": signing,
                "permissions_boundary_arn": boundary,
                "reserved_concurrency": 5,
                "tracing": false,
            },
            "flow_logs": { "create_log_group": false },
        }),
    )
    .await?;
    let function = switched.get("module.lambda.aws_lambda_function.this");
    assert_eq!(function["tracing_config"][0]["mode"], "PassThrough");
    assert_eq!(function["reserved_concurrent_executions"], 5);
    assert_eq!(function["code_signing_config_arn"], signing);
    for role in roles {
        assert_eq!(
            switched.get(role)["permissions_boundary"],
            boundary,
            "{role}"
        );
    }
    assert!(
        !switched.0.contains_key(FLOW_LOG),
        "the module must not create an existing log group"
    );

    module.aws.account.shutdown().await;
    Ok(())
}

/// The instances in the module and in the examples set every boolean that a plan shows, instead of relying on
/// defaults of the provider or AWS.
fn instances_set_every_switch(plan: &Planned) -> Result<(), Failure> {
    let planned = plan.get("module.connect.aws_connect_instance.this[0]");
    // Contact Lens would analyse what callers say, and the line does not announce that.
    assert_eq!(planned["contact_lens_enabled"], false);
    assert_eq!(planned["contact_flow_logs_enabled"], true);
    let switches: BTreeSet<&str> = planned
        .as_object()
        .ok_or("the instance must be an object")?
        .iter()
        .filter_map(|(name, value)| value.is_boolean().then_some(name.as_str()))
        .collect();
    assert!(switches.len() > 5, "{switches:?}");
    let root = repository()?;
    let mut instances = 0;
    for file in [
        "modules/connect/main.tf",
        "examples/existing-instance/existing.tf",
        "examples/two-lines/main.tf",
    ] {
        let body: hcl::Body = hcl::parse(&fs::read_to_string(root.join(file))?)?;
        for block in body.blocks() {
            let kind = block.labels().first().map(hcl::BlockLabel::as_str);
            if block.identifier() != "resource" || kind != Some("aws_connect_instance") {
                continue;
            }
            instances += 1;
            let set: BTreeSet<&str> = block.body().attributes().map(|one| one.key()).collect();
            let missing: Vec<_> = switches.difference(&set).collect();
            assert!(missing.is_empty(), "{file} must set {missing:?}");
        }
    }
    assert_eq!(instances, 3);
    Ok(())
}
