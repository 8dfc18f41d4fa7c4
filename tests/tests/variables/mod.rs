//! Values that cannot work fail at plan, with a sentence.

mod edges;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use connect_pin_sms::config::Settings;
use e2e::{Failure, TestModule};
use local_toolchain::Terraform;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

e2e::trials![
    invalid_variables_fail_at_plan_with_a_sentence,
    values_at_the_edge_are_taken_by_plan_and_function,
];

const KEY: &str = "arn:aws:kms:ap-northeast-1:123456789012:key/k";

async fn invalid_variables_fail_at_plan_with_a_sentence() -> Result<(), Failure> {
    let module = TestModule::prepare().await?;
    let cases: &[(&str, Value, &str)] = &[
        ("instance_alias", json!("d-line"), "does not begin with"),
        (
            "instance_alias",
            json!("a b"),
            "letters, digits and inner hyphens",
        ),
        ("languages", json!([]), "takes 1 to 5 languages"),
        ("languages", json!(["ja", "ja"]), "each once"),
        ("languages", json!(["fr"]), "any other needs every field"),
        ("name", json!("Line"), "begins with a lower-case letter"),
        (
            "function",
            json!({ "timeout": 9 }),
            "gives up on a function after 8",
        ),
        (
            "function",
            json!({ "memory_size": 64 }),
            "from 128 to 10240",
        ),
        (
            "flow_logs",
            json!({ "retention_in_days": 2 }),
            "CloudWatch Logs knows",
        ),
        (
            "phone_number",
            json!({ "country_code": "jp" }),
            "two-letter ISO code",
        ),
        (
            "pin",
            json!({ "max_length": 17 }),
            "whole number from 1 to 16",
        ),
        (
            "sms",
            json!({ "template": "no place" }),
            "placeholder {url} exactly once",
        ),
        (
            "sms",
            json!({ "sender_id": "12345" }),
            "at least one of them a letter",
        ),
        ("sms_preferences", json!({}), "needs at least one setting"),
        (
            "tables",
            json!({ "member_table_name": "same", "benefits_table_name": "same" }),
            "must differ",
        ),
        (
            "texts",
            json!({ "ja": { "sent": " " } }),
            "1 to 3000 characters",
        ),
        (
            "texts",
            json!({ "ja": { "choose_language": "1" } }),
            "the placeholder {key}",
        ),
        (
            "texts",
            json!({ "en": { "sent": "Done." } }),
            "a language that is not in languages",
        ),
        (
            "sms",
            json!({ "templates": { "en": "{url}" } }),
            "a language that is not in languages",
        ),
        (
            "sms",
            json!({ "template": format!("{}{{url}}", "あ".repeat(102)) }),
            "makes more than 3 parts",
        ),
        (
            "sms",
            json!({ "template": format!("{}{{url}}", "a".repeat(360)) }),
            "makes more than 3 parts",
        ),
        (
            "sms",
            // Each of these counts twice, and their last two units may not fit.
            json!({ "template": format!("{}{{url}}", "[".repeat(179)) }),
            "makes more than 3 parts",
        ),
        (
            "sms",
            json!({ "template": format!("{}{{url}}", "😀".repeat(50)) }),
            "makes more than 3 parts",
        ),
        (
            "sms",
            json!({ "backend": "fax" }),
            "\"sns\" or \"end_user_messaging\"",
        ),
        (
            "sms",
            json!({ "country_prefixes": ["81"] }),
            "with + and the country code",
        ),
        (
            "sms",
            json!({ "mobile_pattern": "(" }),
            "is no regular expression",
        ),
        (
            "sms",
            json!({ "url_hosts": ["https://example.com"] }),
            "without scheme",
        ),
        (
            "sms",
            json!({ "per_member_per_day": 0 }),
            "whole number from 1 to 100",
        ),
        (
            "sms",
            json!({ "mobile_pattern": "\\+81\\p{Nd}+" }),
            "a plus and digits only",
        ),
        (
            "sms",
            // Terraform takes this brace for a brace.
            json!({ "mobile_pattern": "\\+81{" }),
            "a plus and digits only",
        ),
        ("sms", json!({ "max_price": 0 }), "above 0"),
        ("sms", json!({ "max_price": 100 }), "below 100"),
        (
            "sms",
            json!({ "max_price": 0.000_001 }),
            "at most 5 decimals",
        ),
        (
            "sms",
            json!({ "origination_number": "+0" }),
            "or a short code",
        ),
        (
            "sms",
            json!({ "origination_number": "1234" }),
            "of 5 to 8 digits",
        ),
        ("sms", json!({ "origination_number": "+8150" }), "is E.164"),
        (
            "guessing",
            json!({ "tries_per_call": 0 }),
            "whole number from 1 to 10",
        ),
        (
            "guessing",
            json!({ "wrong_pins_per_caller_per_hour": 11 }),
            "is no smaller than",
        ),
        (
            "guessing",
            json!({ "wrong_pins_per_hour": 1.5 }),
            "from 1 to 1000000",
        ),
        (
            "unknown_caller",
            json!("hidden"),
            "\"announce\" or \"uniform\"",
        ),
        (
            "pin",
            json!({ "min_length": 9 }),
            "whole number from 1 to pin.max_length",
        ),
        (
            "pin",
            json!({ "key_mode": "sha256" }),
            "\"plain\" or \"hmac\"",
        ),
        (
            "pin",
            json!({ "key_mode": "hmac" }),
            "needs pin.pepper.kms_key_arn",
        ),
        (
            "pin",
            json!({ "pepper": { "ssm_parameter_name": "/pepper", "kms_key_arn": KEY } }),
            "pin.pepper.ssm_parameter_name was removed",
        ),
        (
            "pin",
            json!({ "pepper": { "ssm_key_arn": KEY } }),
            "pin.pepper.ssm_key_arn was removed",
        ),
        (
            "pin",
            json!({ "key_mode": "hmac",
                    "pepper": { "kms_key_arn": "arn:aws:kms:ap-northeast-1:123456789012:alias/a" } }),
            "not of an alias",
        ),
        ("fallbacks", json!({ "locked": {} }), "one of them"),
        (
            "fallbacks",
            json!({ "trouble": { "phone_number": "+81312345678" } }),
            "outbound_calls_enabled = true",
        ),
        (
            "fallbacks",
            json!({ "withheld": { "queue_arn": "BasicQueue" } }),
            "ARN of an Amazon Connect queue",
        ),
    ];
    let inputs = Inputs::of(&module).await?;
    for (variable, value, sentence) in cases {
        let said = refusal(&inputs.terraform, variable, value.clone()).await;
        assert!(said.contains(sentence), "{variable} = {value}: {said}");
    }
    // The whole module says the same.
    let (variable, value, sentence) = &cases[0];
    let said = refusal(&module.terraform, variable, value.clone()).await;
    assert!(said.contains(sentence), "{variable} = {value}: {said}");
    let said = refusals(
        &inputs.terraform,
        json!({
            "guessing": { "enabled": false },
            "pin": { "pepper": { "kms_key_arn": KEY } },
        }),
    );
    let said = said.await;
    assert!(said.contains("nothing would use it"), "{said}");
    let nowhere = json!({ "path": "/no/such.zip", "architecture": "x86_64" });
    let said = refusal(&module.terraform, "lambda_package", nowhere).await;
    assert!(said.contains("correct lambda_package.path"), "{said}");

    // The zip that the module carries, as in a checkout where nobody has built it.
    fs::remove_dir_all(module.terraform.directory().join("dist"))?;
    let said = refusal(&module.terraform, "tags", json!({})).await;
    assert!(said.contains("cargo run -- package"), "{said}");
    module.aws.account.shutdown().await;
    Ok(())
}

/// The module's inputs with their validations and nothing else: Terraform judges them in a tenth of the
/// time that it takes where a provider has to be started first.
struct Inputs {
    terraform: Terraform,
    _directory: TempDir,
}

impl Inputs {
    async fn of(module: &TestModule) -> Result<Self, Failure> {
        let directory = tempfile::tempdir()?;
        let mut said = String::new();
        for entry in fs::read_dir(module.terraform.directory())? {
            let path = entry?.path();
            let name = path.file_name().ok_or("no name")?.to_string_lossy();
            if name.starts_with("variables") {
                let text = fs::read_to_string(&path)?;
                fs::write(directory.path().join(&*name), &text)?;
                said.push_str(&text);
            }
        }
        // The locals that validations speak of.
        let main = fs::read_to_string(module.terraform.directory().join("main.tf"))?;
        let main: hcl::Body = hcl::parse(&main)?;
        let locals = main
            .into_blocks()
            .filter(|block| block.identifier() == "locals")
            .flat_map(|block| block.body.into_attributes())
            .filter(|local| said.contains(&format!("local.{}", local.key())));
        let locals = hcl::Block::builder("locals").add_attributes(locals).build();
        let locals = hcl::Body::builder().add_block(locals).build();
        fs::write(
            directory.path().join("locals.tf"),
            hcl::format::to_string(&locals)?,
        )?;
        let mut terraform = e2e::toolchain()
            .await?
            .terraform(directory.path(), BTreeMap::new())?;
        terraform.init().await?;
        Ok(Self {
            terraform,
            _directory: directory,
        })
    }
}

/// The most that is allowed, and every switch the other way round: what the plan takes, the function
/// reads, and takes for the same.
async fn values_at_the_edge_are_taken_by_plan_and_function() -> Result<(), Failure> {
    let module = TestModule::prepare().await?;
    for (set, says) in edges::edges() {
        let (environment, unread) = planned_environment(&module, &set).await?;
        assert!(unread.is_empty(), "nobody reads {unread:?} of {set}");
        says(&read(&environment)?);
    }
    module.aws.account.shutdown().await;
    Ok(())
}

/// The function's environment in the plan of these values, and what of it the function never asks
/// for.
async fn planned_environment(
    module: &TestModule,
    values: &Value,
) -> Result<(Map<String, Value>, Vec<String>), Failure> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("plan");
    module
        .terraform
        .plan(&with_instance(values), Some(&file))
        .await?;
    let plan = module.terraform.show(Some(&file)).await?;
    let changes = plan["resource_changes"].as_array().expect("a plan");
    let function = changes
        .iter()
        .find(|change| change["type"] == "aws_lambda_function")
        .expect("there is a function");
    let environment = &function["change"]["after"]["environment"][0]["variables"];
    let environment = environment.as_object().expect("all of it is known").clone();
    let asked = RefCell::new(BTreeSet::new());
    Settings::read(|name| {
        asked.borrow_mut().insert(name.to_owned());
        text(&environment, name)
    })?;
    let asked = asked.into_inner();
    let unread = environment.keys().filter(|name| !asked.contains(*name));
    let unread = unread.cloned().collect();
    Ok((environment, unread))
}

fn read(environment: &Map<String, Value>) -> Result<Settings, Failure> {
    Ok(Settings::read(|name| text(environment, name))?)
}

fn text(environment: &Map<String, Value>, name: &str) -> Option<String> {
    environment.get(name)?.as_str().map(str::to_owned)
}

fn with_instance(values: &Value) -> Map<String, Value> {
    let mut values = values.as_object().cloned().unwrap_or_default();
    values.entry("instance_alias").or_insert(json!("line"));
    values
}

/// What Terraform says to a value, on one line: it breaks its sentences and frames them.
async fn refusal(terraform: &Terraform, variable: &str, value: Value) -> String {
    refusals(terraform, json!({ variable: value })).await
}

/// The same of several values that do not go together.
async fn refusals(terraform: &Terraform, values: Value) -> String {
    let plan = terraform.plan(&with_instance(&values), None).await;
    let Err(error) = plan else {
        panic!("the plan takes {values}");
    };
    let said = error.child_output().unwrap_or_default().replace('│', " ");
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}
