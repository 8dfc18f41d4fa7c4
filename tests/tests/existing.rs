//! Existing resources that a line uses outlive it, and can be created in the same apply as the line.

use std::collections::BTreeMap;
use std::fs;

use e2e::{Failure, REGION, TestAccount, TestLine};
use local_connect::CallerId;
use local_harness::{Deployment, Outputs, environment, repository};
use local_toolchain::{PlanOutcome, Terraform, stage_example};
use serde_json::{Map, json};

use crate::flow::fake_services::FUNCTION;
use crate::flow::shipped;

e2e::trials![
    existing_resources_outlive_the_line,
    existing_resources_can_be_created_with_the_line,
];

const MEMBER: &str = "+819012345678";

/// Removes the module's block from the stack and leaves everything else as it is.
async fn existing_resources_outlive_the_line() -> Result<(), Failure> {
    let line = TestLine::prepare("existing-instance").await?;
    let outputs = line.apply().await?;
    let before = resources(line.deployment.terraform()).await?;
    let inventory = line.aws.client.inventory(REGION).await?;
    assert!(inventory.contains(&format!("phone number {}", outputs.phone_number)));
    locked_out_callers_are_handed_over(&line, &outputs).await;

    let directory = line.deployment.terraform().directory();
    for file in ["main.tf", "outputs.tf"] {
        fs::remove_file(directory.join(file))?;
    }
    line.deployment.apply_any().await?;

    let after = resources(line.deployment.terraform()).await?;
    let (of_line, existing): (BTreeMap<_, _>, BTreeMap<_, _>) = before
        .into_iter()
        .partition(|(address, _)| address.starts_with("module.line."));
    assert!(of_line.len() > 10, "{of_line:?}");
    for kind in [
        "aws_cloudwatch_log_group",
        "aws_connect_contact_flow",
        "aws_connect_instance",
        "aws_connect_phone_number",
        "aws_connect_queue",
        "aws_dynamodb_table",
        "aws_iam_policy",
        "aws_kms_key",
    ] {
        let prefix = format!("{kind}.");
        let is_one = |address: &String| address.starts_with(&prefix);
        assert!(
            existing.keys().any(is_one),
            "the example must have a {kind}"
        );
    }
    assert_eq!(
        after, existing,
        "the existing resources must stay as they were"
    );

    // The account agrees with Terraform's state, and the number is still claimed.
    let left = line.aws.client.inventory(REGION).await?;
    for deleted in [
        "function customer-line".to_owned(),
        format!("role customer-line-{REGION}-function"),
        format!("table {}", outputs.benefits_table_name),
    ] {
        assert!(inventory.contains(&deleted), "{deleted} of {inventory:?}");
        assert!(!left.contains(&deleted), "{deleted} is left behind");
    }
    for kept in [
        "Amazon Connect instance campaign-line-existing".to_owned(),
        format!("phone number {}", outputs.phone_number),
        "table customers".to_owned(),
        "log group /company/customer-line".to_owned(),
        "log group /aws/connect/campaign-line-existing".to_owned(),
        "policy customer-line-boundary".to_owned(),
    ] {
        assert!(
            left.contains(&kept),
            "{kept} must stay, but there is {left:?}"
        );
    }
    assert_eq!(line.deployment.plan().await?.outcome, PlanOutcome::Empty);

    line.deployment.destroy_unrefreshed().await?;
    line.aws.assert_empty().await?;
    line.aws.account.shutdown().await;
    Ok(())
}

/// The example hands locked-out callers over to its queue, which a shipped test hears.
async fn locked_out_callers_are_handed_over(line: &TestLine, outputs: &Outputs) {
    let mut request = shipped::shipped("ja", "handing-over");
    shipped::enter(&mut request, &outputs.contact_flow_id);
    let content = request["Content"].as_str().unwrap();
    // The file names the function of another example.
    let (_, example) = FUNCTION.rsplit_once(':').unwrap();
    request["Content"] = json!(content.replace(example, &outputs.function_name));
    let connect = line.aws.account.connect();
    let outcome = shipped::run(connect, &outputs.instance_id, &request).await;
    shipped::assert_passed(&outcome, &request);
}

/// Returns address and id of every resource in the state.
async fn resources(terraform: &Terraform) -> Result<BTreeMap<String, String>, Failure> {
    let state = terraform.show(None).await?;
    let mut found = BTreeMap::new();
    let mut modules = vec![&state["values"]["root_module"]];
    while let Some(module) = modules.pop() {
        modules.extend(module["child_modules"].as_array().into_iter().flatten());
        for resource in module["resources"].as_array().into_iter().flatten() {
            if resource["mode"] == "managed" {
                let address = resource["address"].as_str().unwrap_or_default();
                let id = resource["values"]["id"].as_str().unwrap_or_default();
                found.insert(address.to_owned(), id.to_owned());
            }
        }
    }
    Ok(found)
}

/// Two lines that use an instance, a queue and keys of the same stack, whose ids and ARNs are unknown at the
/// first plan.
const CREATED_TOGETHER: &str = r#"
resource "aws_connect_instance" "this" {
  identity_management_type = "CONNECT_MANAGED"
  inbound_calls_enabled    = true
  instance_alias           = "created-together"
  outbound_calls_enabled   = false
}

data "aws_connect_hours_of_operation" "basic" {
  instance_id = aws_connect_instance.this.id
  name        = "Basic Hours"
}

resource "aws_connect_queue" "desk" {
  instance_id           = aws_connect_instance.this.id
  name                  = "Desk"
  hours_of_operation_id = data.aws_connect_hours_of_operation.basic.hours_of_operation_id
}

resource "aws_kms_key" "pepper" {
  customer_master_key_spec = "HMAC_256"
  key_usage                = "GENERATE_VERIFY_MAC"
  deletion_window_in_days  = 7
}

resource "aws_kms_key" "data" {
  deletion_window_in_days = 7
}

module "line" {
  source   = "SOURCE"
  for_each = toset(["by-key", "by-digits"])

  # Two searches before a claim find the same number, so each line searches with another prefix.
  phone_number = { prefix = each.key == "by-key" ? "+8150" : "+813" }

  name              = each.key
  existing_instance = { id = aws_connect_instance.this.id }
  kms_key           = { arn = aws_kms_key.data.arn }
  tables            = { deletion_protection = false }

  pin = {
    key_mode = each.key == "by-key" ? "hmac" : "plain"
    pepper   = { kms_key_arn = each.key == "by-key" ? aws_kms_key.pepper.arn : null }
  }

  fallbacks = {
    locked = { queue_arn = aws_connect_queue.desk.arn }
  }
}

output "phone_numbers" { value = { for key, line in module.line : key => line.phone_number } }
output "member_table_names" { value = { for key, line in module.line : key => line.member_table_name } }
"#;

async fn existing_resources_can_be_created_with_the_line() -> Result<(), Failure> {
    let repository = repository()?;
    let toolchain = e2e::toolchain().await?;
    e2e::function().await?;
    let aws = TestAccount::start().await?;
    let stage = stage_example(&repository, "minimal")?;
    let stack = tempfile::tempdir()?;
    let source = stage.module().to_string_lossy().into_owned();
    fs::write(
        stack.path().join("main.tf"),
        CREATED_TOGETHER.replace("SOURCE", &source),
    )?;
    let variables = environment(&aws.account.endpoint_url(), REGION);
    let mut deployment = Deployment::prepare_in(toolchain, stack.path(), variables).await?;
    deployment.keep_provider().await?;

    // Both functions are planned. The environment of the function without an ARN is known at plan; the
    // provider treats a map with one unknown value as unknown.
    let saved = stack.path().join("saved-plan");
    let terraform = deployment.terraform();
    terraform.plan(&Map::new(), Some(&saved)).await?;
    let plan = terraform.show(Some(&saved)).await?;
    let changes = plan["resource_changes"].as_array().unwrap();
    let function = |key: &str| {
        let address = format!("module.line[\"{key}\"].module.lambda.aws_lambda_function.this");
        let function = changes.iter().find(|change| change["address"] == *address);
        &function.expect("a function is planned")["change"]["after"]
    };
    assert_eq!(function("by-key")["function_name"], "by-key");
    let environment = &function("by-digits")["environment"][0]["variables"];
    assert_eq!(environment["PIN_KEY_MODE"], "plain");

    terraform.apply_saved(&saved).await?;
    let outputs = terraform.outputs().await?;
    let plan = deployment.plan().await?;
    assert_eq!(plan.outcome, PlanOutcome::Empty, "{}", plan.text);
    // With `hmac`, the PIN is looked up by its MAC. A line that lacks the right to use the key would say
    // that something is broken, not that the PIN is wrong.
    let rows = aws_sdk_dynamodb::Client::new(&aws.sdk_config().await);
    let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    for key in ["by-key", "by-digits"] {
        let output = |name: &str| outputs[name][key].as_str().unwrap_or_default().to_owned();
        let put = rows.put_item().table_name(output("member_table_names"));
        let put = put.item("phone", text(MEMBER)).item("id", text("m-1"));
        put.send().await?;
        let caller = CallerId::Number(MEMBER.to_owned());
        let number = output("phone_numbers");
        let mut call = aws.call(&number, caller, &["99990001#"]).await?;
        let heard = call.heard().last().copied().unwrap_or_default().to_owned();
        assert!(
            heard.starts_with("暗証番号が正しくありません"),
            "{key}: {heard}"
        );
        call.hang_up().await;
    }

    deployment.destroy_unrefreshed().await?;
    aws.assert_empty().await?;
    aws.account.shutdown().await;
    Ok(())
}
