//! Values that cannot work fail at plan, with a sentence.

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
    texts_of_other_lines_and_nulls_are_taken,
    values_at_the_edge_are_taken_by_plan_and_function,
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
        // Amazon Connect takes one letter, the provider does not.
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
        // Phones make the Japanese letters that follow a part of the link.
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
        // A misspelt one was dropped in silence, and the shipped text spoken.
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
        // What takes two places is counted once, so that nothing that could be sent is refused.
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
        // Letters before the euro sign that the GSM alphabet lacks.
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
            // Terraform does not look at what leans on another value that is wrong.
            let said = refusal(&inputs.terraform, variable, value.clone()).await;
            assert!(said.contains(sentence), "{variable} = {value}: {said}");
        }
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
    // All mistakes of a package at once, so that there is no next one after each of them.
    let wrong = json!({
        "path": "/no/such.zip", "s3": { "bucket": "b", "key": "k" },
        "image": { "uri": "docker.io/library/line:1" }, "architecture": "riscv64",
    });
    let said = refusal(&inputs.terraform, "lambda_package", wrong).await;
    for sentence in [
        "`s3` and `image`. This was checked",
        "there is none at \"/no/such.zip\"",
        "must be \"x86_64\" or \"arm64\", not \"riscv64\"",
        "not \"docker.io/library/line:1\": Lambda runs no other",
    ] {
        assert!(said.contains(sentence), "{sentence}: {said}");
    }
    // A language without a message of its own; with one for all languages it has one.
    let mut french = json!({
        "languages": ["ja", "fr"],
        "texts": { "fr": edges::french() },
        "voices": { "fr": { "name": "Lea", "engine": "Neural", "language_code": "fr-FR" } },
    });
    let said = refusals(&inputs.terraform, french.clone()).await;
    assert!(
        said.contains("The message has no text in fr: set"),
        "{said}"
    );
    french["sms"] = json!({ "template": "Campagne {url}" });
    inputs.terraform.plan(&with_instance(&french), None).await?;
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

/// A variable, a value that it must not take, and words of the refusal.
type Refused = (&'static str, Value, &'static str);

/// The cases in rounds that have each variable at most once, so that one plan judges a whole round.
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
        // The locals that validations speak of, and the texts that these read.
        let text = fs::read_to_string(module.terraform.directory().join("main.tf"))?;
        let body: hcl::Body = hcl::parse(&text)?;
        let spoken_of = body
            .into_blocks()
            .filter(|block| block.identifier() == "locals")
            .flat_map(|block| block.body.into_attributes())
            .filter(|local| said.contains(&format!("local.{}", local.key())));
        let locals = hcl::Block::builder("locals")
            .add_attributes(spoken_of)
            .build();
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

/// Lines of one stack may share one map of texts, voices and messages, whatever their languages are,
/// and null is what is shipped.
async fn texts_of_other_lines_and_nulls_are_taken() -> Result<(), Failure> {
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
    let variable = |name: &str| {
        asked.borrow_mut().insert(name.to_owned());
        text(&environment, name)
    };
    // The level of the log is read before everything else, and by itself.
    connect_pin_sms::telemetry::level(variable);
    Settings::read(variable)?;
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
