//! Values that cannot work fail at plan with a message, and values at the limits are accepted.

pub(crate) mod countries;
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
    texts_of_other_lines_and_nulls_are_accepted,
    values_at_the_limits_are_accepted_by_plan_and_function,
];

const KEY: &str = "arn:aws:kms:ap-northeast-1:123456789012:key/k";

async fn invalid_variables_fail_at_plan_with_a_sentence() -> Result<(), Failure> {
    let module = TestModule::prepare().await?;
    let cases: &[Refused] = &[
        (
            "instance_alias",
            json!("d-line"),
            "not begin with \"d-\", and is \"d-line\"",
        ),
        // Amazon Connect accepts one letter, but the provider does not.
        ("instance_alias", json!("a"), "must have 2 to 45"),
        ("instance_alias", json!("a".repeat(46)), "must have 2 to 45"),
        ("instance_alias", json!("line-"), "and inner hyphens"),
        (
            "instance_alias",
            json!("a b"),
            "letters, digits and inner hyphens",
        ),
        ("languages", json!([]), "must have 1 to 5 languages"),
        ("languages", json!(["ja", "ja"]), "each once"),
        (
            "languages",
            json!(["fr"]),
            "any other language needs every field",
        ),
        ("name", json!("Line"), "must begin with a lower-case letter"),
        (
            "function",
            json!({ "timeout": 8 }),
            "from 4 to 7, not 8: with less time the function sends no message, and after 8 seconds \
             Amazon Connect no longer waits",
        ),
        (
            "function",
            json!({ "timeout": 3 }),
            "whole number of seconds from 4 to 7, not 3",
        ),
        (
            "function",
            json!({ "vpc": { "subnet_ids": ["subnet-0a"], "security_group_ids": [] } }),
            "must have at least one of each",
        ),
        (
            "function",
            json!({ "vpc": { "subnet_ids": ["vpc-0a"], "security_group_ids": ["sg-0a"] } }),
            "\"subnet_ids\":[\"vpc-0a\"]",
        ),
        (
            "function",
            json!({ "memory_size": 64 }),
            "from 128 to 10240, not 64",
        ),
        (
            "flow_logs",
            json!({ "retention_in_days": 2 }),
            "not 2: CloudWatch Logs accepts no other",
        ),
        (
            "phone_number",
            json!({ "country_code": "jp" }),
            "two-letter ISO code in capitals, such as \"JP\", not \"jp\"",
        ),
        (
            "phone_number",
            json!({ "country_code": "UK" }),
            "a country code that Amazon Connect accepts, not \"UK\"",
        ),
        (
            "pin",
            json!({ "max_length": 17 }),
            "whole number from 1 to 16, not 17",
        ),
        (
            "sms",
            json!({ "template": "no place" }),
            "sms.template must hold the placeholder {url} exactly once and no other braces, and is \
             \"no place\"",
        ),
        (
            "sms",
            json!({ "templates": { "ja": "{url} {url}" } }),
            "sms.templates.ja must hold the placeholder {url} exactly once",
        ),
        // Phones treat Japanese letters directly after a link as a part of it.
        (
            "sms",
            json!({ "template": "詳しくは{url}" }),
            "sms.template must have a blank, a line break or an end on both sides of {url}",
        ),
        (
            "sms",
            json!({ "templates": { "ja": "{url}をご覧下さい" } }),
            "sms.templates.ja must have a blank, a line break or an end",
        ),
        (
            "sms",
            json!({ "template": "See {url}." }),
            "it is \"See {url}.\"",
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
            "texts.ja.choose_language must hold the placeholder {key}",
        ),
        // Without a validation, a misspelt key would be ignored, and the shipped text spoken.
        (
            "texts",
            json!({ "ja": { "askpin": "暗証番号" } }),
            "texts.ja has \"askpin\", which is not a text. The keys are: ask_pin,",
        ),
        (
            "texts",
            json!({ "jp": { "sent": "送りました" } }),
            "texts.jp lacks ask_pin, campaign_over, choose_language,",
        ),
        (
            "texts",
            json!({ "jp": null }),
            "and any other language needs every text",
        ),
        (
            "texts",
            json!({ "en": { "sent": "a".repeat(3001) } }),
            "texts.en.sent must hold 1 to 3000 characters",
        ),
        (
            "texts",
            json!({ "ja": { "sent": "<speak>メール</speak>" } }),
            "texts.ja.sent has <speak>",
        ),
        (
            "voices",
            json!({ "ja": { "voice": "Takumi" } }),
            "voices.ja has \"voice\", which is not a field of a voice. The keys are: engine,",
        ),
        (
            "voices",
            json!({ "jp": { "name": "Takumi" } }),
            "voices.jp lacks engine, language_code",
        ),
        (
            "voices",
            json!({ "ja": { "standard_name": "" } }),
            "voices.ja.standard_name must not be empty",
        ),
        (
            "sms",
            json!({ "templates": { "jp": "{url}" } }),
            "sms.templates has \"jp\", a language that is not in languages",
        ),
        (
            "sms",
            json!({ "template": format!("{} {{url}}", "あ".repeat(101)) }),
            "must fit into 3 parts",
        ),
        (
            "sms",
            json!({ "template": format!("{} {{url}}", "a".repeat(359)) }),
            "must fit into 3 parts",
        ),
        // The plan counts characters of two units once, so that it refuses no text that could be sent.
        (
            "sms",
            json!({ "template": format!("{} {{url}}", "[".repeat(359)) }),
            "must fit into 3 parts",
        ),
        (
            "sms",
            json!({ "template": format!("{} {{url}}", "😀".repeat(101)) }),
            "must fit into 3 parts",
        ),
        // Cyrillic letters are not in the GSM alphabet, although their code points are below the euro sign's.
        (
            "sms",
            json!({ "templates": { "ja": format!("{} {{url}}", "ж".repeat(359)) } }),
            "must fit into 3 parts",
        ),
        (
            "sms",
            json!({ "backend": "fax" }),
            "must be \"sns\" or \"end_user_messaging\", not \"fax\"",
        ),
        (
            "sms",
            json!({ "backend": "end_user_messaging" }),
            "needs something to send from: set sms.origination_number",
        ),
        (
            "sms",
            json!({ "create_service_linked_role": true }),
            "is for sms.backend = \"end_user_messaging\", not \"sns\"",
        ),
        (
            "sms",
            json!({ "country_prefixes": ["81"] }),
            "with + and the country code, such as \"+81\", and is [\"81\"]",
        ),
        (
            "sms",
            json!({ "mobile_pattern": "(" }),
            "must be a regular expression, and is \"(\"",
        ),
        (
            "sms",
            json!({ "url_hosts": ["example.com", "https://example.com"] }),
            "without scheme, port or path, and \"https://example.com\" is not",
        ),
        (
            "sms",
            json!({ "per_member_per_day": 0 }),
            "whole number from 1 to 100, not 0",
        ),
        (
            "sms",
            json!({ "mobile_pattern": "\\+81\\p{Nd}+" }),
            "a plus and digits only",
        ),
        (
            "sms",
            // Terraform accepts an open brace as a literal character.
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
        (
            "sms",
            json!({ "origination_number": "+8150" }),
            "must be E.164",
        ),
        (
            "guessing",
            json!({ "tries_per_call": 0 }),
            "whole number from 1 to 10",
        ),
        (
            "guessing",
            json!({ "wrong_pins_per_caller_per_hour": 11 }),
            "must be at least guessing.wrong_pins_per_caller_per_hour, 11",
        ),
        (
            "guessing",
            json!({ "wrong_pins_per_hour": 1.5 }),
            "from 1 to 1000000, not 1.5",
        ),
        (
            "unknown_caller",
            json!("hidden"),
            "\"announce\" or \"uniform\", not \"hidden\"",
        ),
        (
            "pin",
            json!({ "min_length": 9 }),
            "whole number from 1 to pin.max_length, 8, not 9",
        ),
        (
            "pin",
            json!({ "key_mode": "sha256" }),
            "\"plain\" or \"hmac\", not \"sha256\"",
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
        (
            "fallbacks",
            json!({ "locked": {} }),
            "and fallbacks.locked is {}",
        ),
        (
            "fallbacks",
            json!({ "trouble": { "phone_number": "+81312345678" } }),
            "(trouble has \"+81312345678\") needs outbound_calls_enabled = true",
        ),
        (
            "fallbacks",
            json!({ "withheld": { "queue_arn": "BasicQueue" } }),
            "and fallbacks.withheld.queue_arn is \"BasicQueue\"",
        ),
    ];
    let inputs = Inputs::of(&module).await?;
    for round in rounds(cases) {
        let together = round
            .iter()
            .map(|(variable, value, _)| ((*variable).to_owned(), value.clone()));
        let together = refusals(&inputs.terraform, Value::Object(together.collect())).await;
        for (variable, value, sentence) in round {
            if together.contains(sentence) {
                continue;
            }
            // Terraform skips a validation that depends on another invalid value.
            let message = refusal(&inputs.terraform, variable, value.clone()).await;
            assert!(
                message.contains(sentence),
                "{variable} = {value}: {message}"
            );
        }
    }
    // The whole module has the same message.
    let (variable, value, sentence) = &cases[0];
    let message = refusal(&module.terraform, variable, value.clone()).await;
    assert!(
        message.contains(sentence),
        "{variable} = {value}: {message}"
    );
    let message = refusals(
        &inputs.terraform,
        json!({
            "guessing": { "enabled": false },
            "pin": { "pepper": { "kms_key_arn": KEY } },
        }),
    );
    let message = message.await;
    assert!(message.contains("nothing would use it"), "{message}");
    // Terraform reports all mistakes of a package at once, not one after the other.
    let wrong = json!({
        "path": "/no/such.zip", "s3": { "bucket": "b", "key": "k" },
        "image": { "uri": "docker.io/library/line:1" }, "architecture": "riscv64",
    });
    let message = refusal(&inputs.terraform, "lambda_package", wrong).await;
    for sentence in [
        "`s3` and `image`. This was checked",
        "there is none at \"/no/such.zip\"",
        "must be \"x86_64\" or \"arm64\", not \"riscv64\"",
        "not \"docker.io/library/line:1\": Lambda runs no other",
    ] {
        assert!(message.contains(sentence), "{sentence}: {message}");
    }
    // A language without a message is refused, unless there is a message for all languages.
    let mut french = json!({
        "languages": ["ja", "fr"],
        "texts": { "fr": edges::french() },
        "voices": { "fr": { "name": "Lea", "engine": "Neural", "language_code": "fr-FR" } },
    });
    let message = refusals(&inputs.terraform, french.clone()).await;
    assert!(
        message.contains("The message has no text in fr: set"),
        "{message}"
    );
    french["sms"] = json!({ "template": "Campagne {url}" });
    inputs.terraform.plan(&with_instance(&french), None).await?;
    let nowhere = json!({ "path": "/no/such.zip", "architecture": "x86_64" });
    let message = refusal(&module.terraform, "lambda_package", nowhere).await;
    assert!(message.contains("correct lambda_package.path"), "{message}");

    // Without the module's zip, as in a checkout in which it was not built.
    fs::remove_dir_all(module.terraform.directory().join("dist"))?;
    let message = refusal(&module.terraform, "tags", json!({})).await;
    assert!(message.contains("cargo run -- package"), "{message}");
    module.aws.account.shutdown().await;
    Ok(())
}

/// A variable, an invalid value, and a part of the message.
type Refused = (&'static str, Value, &'static str);

/// Groups the cases in rounds in which each variable occurs at most once, so that one plan checks a round.
fn rounds(cases: &[Refused]) -> Vec<Vec<&Refused>> {
    let mut rounds: Vec<Vec<&Refused>> = Vec::new();
    for case in cases {
        let lacks = |round: &&mut Vec<&Refused>| round.iter().all(|(name, ..)| *name != case.0);
        match rounds.iter_mut().find(lacks) {
            Some(round) => round.push(case),
            None => rounds.push(vec![case]),
        }
    }
    rounds
}

/// The module's variables with their validations, without its resources. Terraform checks them in a tenth of
/// the time, because it does not start a provider.
struct Inputs {
    terraform: Terraform,
    _directory: TempDir,
}

impl Inputs {
    async fn of(module: &TestModule) -> Result<Self, Failure> {
        let directory = tempfile::tempdir()?;
        let mut variables = String::new();
        for entry in fs::read_dir(module.terraform.directory())? {
            let path = entry?.path();
            let name = path
                .file_name()
                .ok_or("the path must end with a name")?
                .to_string_lossy();
            if name.starts_with("variables") {
                let text = fs::read_to_string(&path)?;
                fs::write(directory.path().join(&*name), &text)?;
                variables.push_str(&text);
            }
        }
        // The locals that validations use, and the files that those locals read.
        let text = fs::read_to_string(module.terraform.directory().join("main.tf"))?;
        let body: hcl::Body = hcl::parse(&text)?;
        let used = body
            .into_blocks()
            .filter(|block| block.identifier() == "locals")
            .flat_map(|block| block.body.into_attributes())
            .filter(|local| variables.contains(&format!("local.{}", local.key())));
        let locals = hcl::Block::builder("locals").add_attributes(used).build();
        for read in ["flows", "modules/connect"] {
            e2e::bundle::copy(
                &module.terraform.directory().join(read),
                &directory.path().join(read),
            )?;
        }
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

/// Lines of a stack with different languages can share one map of texts, voices and messages. Null stands for
/// the shipped value.
async fn texts_of_other_lines_and_nulls_are_accepted() -> Result<(), Failure> {
    let module = TestModule::prepare().await?;
    let inputs = Inputs::of(&module).await?;
    let shared = json!({
        "languages": ["ja"],
        "texts": {
            "ja": { "sent": null, "ask_pin": "暗証番号" },
            "en": { "sent": "Done." },
            "fr": edges::french(),
        },
        "voices": {
            "ja": { "name": "Takumi", "engine": null },
            "en": null,
            "fr": { "name": "Lea", "engine": "Neural", "language_code": "fr-FR", "standard_name": null },
        },
        "sms": { "templates": { "en": "Here: {url}", "fr": "Voici {url}" } },
    });
    inputs.terraform.plan(&with_instance(&shared), None).await?;
    module.aws.account.shutdown().await;
    Ok(())
}

/// The plan accepts values at the limits and every switch in its other position, and the function reads the
/// same values from its environment.
async fn values_at_the_limits_are_accepted_by_plan_and_function() -> Result<(), Failure> {
    let module = TestModule::prepare().await?;
    for (values, check) in edges::edges() {
        let (environment, unread) = planned_environment(&module, &values).await?;
        assert!(
            unread.is_empty(),
            "the function must read every variable of its environment, but not {unread:?} with {values}"
        );
        check(&read(&environment)?);
    }
    module.aws.account.shutdown().await;
    Ok(())
}

/// Plans with these values, and returns the function's environment and the names of variables that the
/// function does not read.
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
    let changes = plan["resource_changes"]
        .as_array()
        .expect("a plan has changes");
    let function = changes
        .iter()
        .find(|change| change["type"] == "aws_lambda_function")
        .expect("the plan has the function");
    let environment = &function["change"]["after"]["environment"][0]["variables"];
    let environment = environment
        .as_object()
        .expect("the environment is known")
        .clone();
    let used = RefCell::new(BTreeSet::new());
    let variable = |name: &str| {
        used.borrow_mut().insert(name.to_owned());
        text(&environment, name)
    };
    // The function reads its log level first, separately from its settings.
    connect_pin_sms::telemetry::level(variable);
    Settings::read(variable)?;
    let used = used.into_inner();
    let unread = environment.keys().filter(|name| !used.contains(*name));
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

/// Returns Terraform's message about a value on one line, without its line breaks and frame.
async fn refusal(terraform: &Terraform, variable: &str, value: Value) -> String {
    refusals(terraform, json!({ variable: value })).await
}

/// Returns Terraform's message about several values.
async fn refusals(terraform: &Terraform, values: Value) -> String {
    let plan = terraform.plan(&with_instance(&values), None).await;
    let Err(error) = plan else {
        panic!("the plan must refuse {values}");
    };
    let output = error.child_output().unwrap_or_default().replace('│', " ");
    output.split_whitespace().collect::<Vec<_>>().join(" ")
}
