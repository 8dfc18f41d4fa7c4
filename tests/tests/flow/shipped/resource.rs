//! The Terraform configuration in `docs/shipped-tests.md`, which creates the shipped tests on AWS.
//!
//! Terraform evaluates it with a stub in the place of the module, and the results are compared with the schema
//! of CloudFormation's resource type, to which the provider `awscc` adds nothing but names in lower case.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use connect_test_cases::{Start, TestCase};
use e2e::Failure;
use local_harness::repository;
use serde_json::{Map, Value, json};

use super::cases::{LANGUAGES, ShippedCase, cases_in};
use super::{enter, shipped};
use crate::documents::markdown;
use crate::flow::fake_services::FUNCTION;

e2e::trials![the_resource_of_the_guide_follows_its_schema];

/// The properties of `AWS::Connect::TestCase` that can be set, as `awscc_connect_test_case` names them, with the
/// most characters of a text (the resource type's schema, of which provider 1.94 has the first copy). The first
/// three are required.
const PROPERTIES: [(&str, Option<usize>); 8] = [
    ("content", Some(256_000)),
    ("instance_arn", Some(256)),
    ("name", Some(127)),
    ("description", Some(500)),
    ("initialization_data", Some(256_000)),
    ("status", None),
    ("entry_point", None),
    ("tags", None),
];
const REQUIRED: usize = 3;

/// The properties of `EntryPoint`, and of the entry point of a voice call (the same schema).
const ENTRY_POINT: [&str; 3] = [
    "chat_entry_point_parameters",
    "type",
    "voice_call_entry_point_parameters",
];
const VOICE_CALL: [&str; 3] = ["destination_phone_number", "flow_id", "source_phone_number"];

/// A module with the outputs that the configuration reads.
const INSTANCE_ARN: &str = "arn:aws:connect:eu-west-1:210987654321:instance/a-b-1";
const FLOW_ID: &str = "c-d-2";
const OTHER_FUNCTION: &str = "arn:aws:lambda:eu-west-1:210987654321:function:mine";

async fn the_resource_of_the_guide_follows_its_schema() -> Result<(), Failure> {
    let repository = repository()?;
    let guide = fs::read_to_string(repository.join("docs/shipped-tests.md"))?;
    let [configuration] = &*markdown::code(&guide, "hcl") else {
        return Err("docs/shipped-tests.md must have one block of HCL".into());
    };
    let body: hcl::Body = hcl::parse(configuration)?;
    let resource = body
        .blocks()
        .find(|block| block.identifier() == "resource")
        .ok_or("the block must have a resource")?;
    let labels: Vec<&str> = resource
        .labels()
        .iter()
        .map(|label| label.as_str())
        .collect();
    assert_eq!(labels, ["awscc_connect_test_case", "line"]);

    let directory = tempfile::tempdir()?;
    let stub = directory.path().join("line");
    fs::create_dir(&stub)?;
    fs::write(stub.join("main.tf"), stub_module(&repository)?)?;
    let tests = directory.path().join("flows/tests/ja");
    fs::create_dir_all(&tests)?;
    for file in fs::read_dir(repository.join("flows/tests/ja"))? {
        let file = file?;
        fs::copy(file.path(), tests.join(file.file_name()))?;
    }
    fs::write(
        directory.path().join("main.tf"),
        evaluated(&body, resource)?,
    )?;
    let toolchain = e2e::toolchain().await?;
    let mut terraform = toolchain.terraform(directory.path().to_owned(), BTreeMap::new())?;
    terraform.init().await?;
    terraform.apply(&Map::new()).await?;
    let outputs = terraform.outputs().await?;

    let created = outputs["created"].as_object().ok_or("an object")?;
    let wanted: BTreeSet<String> = cases_in(LANGUAGES[0])
        .iter()
        .map(ShippedCase::file_name)
        .collect();
    assert_eq!(created.keys().cloned().collect::<BTreeSet<_>>(), wanted);
    for (name, arguments) in created {
        follows_the_schema(name, arguments.as_object().ok_or("an object")?);
        is_the_shipped_test(name, arguments);
    }
    Ok(())
}

/// Returns a module with constant outputs, which must be outputs of the real one.
fn stub_module(repository: &Path) -> Result<String, Failure> {
    let real: hcl::Body = hcl::parse(&fs::read_to_string(repository.join("outputs.tf"))?)?;
    let flow_arn = format!("{INSTANCE_ARN}/contact-flow/{FLOW_ID}");
    let mut stub = String::new();
    for (name, value) in [
        ("contact_flow_arn", flow_arn.as_str()),
        ("contact_flow_id", FLOW_ID),
        ("function_arn", OTHER_FUNCTION),
    ] {
        let mut outputs = real.blocks().filter(|block| block.identifier() == "output");
        assert!(
            outputs.any(|block| block.labels()[0].as_str() == name),
            "the module must have the output {name}"
        );
        stub.push_str(&format!("output \"{name}\" {{ value = {value:?} }}\n"));
    }
    Ok(stub)
}

/// Returns a configuration whose output is the arguments of each instance of the resource.
fn evaluated(body: &hcl::Body, resource: &hcl::Block) -> Result<String, Failure> {
    let mut text = String::from("module \"line\" { source = \"./line\" }\n");
    for locals in body.blocks().filter(|block| block.identifier() == "locals") {
        text.push_str(&hcl::format::to_string(locals)?);
    }
    let mut instances = None;
    let mut arguments = String::new();
    for attribute in resource.body().attributes() {
        let value = hcl::format::to_string(attribute.expr())?;
        match attribute.key() {
            "for_each" => instances = Some(value),
            key => arguments.push_str(&format!("{key} = {}\n", value.replace("each.", "one."))),
        }
    }
    let instances = instances.ok_or("the resource must have for_each")?;
    text.push_str(&format!(
        "output \"created\" {{\n  value = {{\n    for key, value in {instances} : key => [\n      for one in \
         [{{ key = key, value = value }}] : {{\n{arguments}}}\n    ][0]\n  }}\n}}\n"
    ));
    Ok(text)
}

#[track_caller]
fn follows_the_schema(test: &str, arguments: &Map<String, Value>) {
    for (position, (property, most)) in PROPERTIES.iter().enumerate() {
        let value = arguments.get(*property);
        assert!(
            value.is_some() || position >= REQUIRED,
            "{test}: {property} is required"
        );
        if let (Some(value), Some(most)) = (value, most) {
            let length = value.as_str().unwrap().chars().count();
            assert!(
                (1..=*most).contains(&length),
                "{test}: {property}: {length}"
            );
        }
    }
    let unknown = |known: &[&str], object: &Value| -> Vec<String> {
        let keys = object.as_object().unwrap().keys();
        keys.filter(|key| !known.contains(&key.as_str()))
            .cloned()
            .collect()
    };
    let known = PROPERTIES.map(|(property, _)| property);
    assert_eq!(unknown(&known, &json!(arguments)), [""; 0], "{test}");
    // Pattern: an ARN of an instance, and nothing after its id.
    let parts: Vec<&str> = arguments["instance_arn"]
        .as_str()
        .unwrap()
        .split('/')
        .collect();
    assert!(
        parts.len() == 2 && parts[0].ends_with(":instance"),
        "{test}: {parts:?}"
    );
    assert!(["SAVED", "PUBLISHED"].contains(&arguments["status"].as_str().unwrap()));
    let entry_point = &arguments["entry_point"];
    assert_eq!(unknown(&ENTRY_POINT, entry_point), [""; 0], "{test}");
    assert!(["VOICE_CALL", "CHAT"].contains(&entry_point["type"].as_str().unwrap()));
    let voice_call = &entry_point["voice_call_entry_point_parameters"];
    assert_eq!(unknown(&VOICE_CALL, voice_call), [""; 0], "{test}");
    // Pattern `\+[1-9]\d{1,14}$` (CloudFormation's template reference).
    if let Some(number) = voice_call["source_phone_number"].as_str() {
        let digits = number.strip_prefix('+').unwrap();
        assert!(
            (2..=15).contains(&digits.len()) && !digits.starts_with('0'),
            "{test}: {number}"
        );
        assert!(
            digits.bytes().all(|digit| digit.is_ascii_digit()),
            "{test}: {number}"
        );
    }
}

/// The created test case is the shipped one, with the line's instance, flow and function.
#[track_caller]
fn is_the_shipped_test(name: &str, arguments: &Value) {
    let mut request = shipped(LANGUAGES[0], name);
    enter(&mut request, FLOW_ID);
    for (property, member) in [
        ("name", "Name"),
        ("description", "Description"),
        ("status", "Status"),
        ("initialization_data", "InitializationData"),
    ] {
        assert_eq!(arguments[property], request[member], "{name}");
    }
    assert_eq!(arguments["instance_arn"], INSTANCE_ARN, "{name}");
    let content = request["Content"].as_str().unwrap();
    assert_eq!(
        arguments["content"],
        content.replace(FUNCTION, OTHER_FUNCTION),
        "{name}"
    );
    let entry_point = &arguments["entry_point"];
    let of_call = &entry_point["voice_call_entry_point_parameters"];
    let mut given = json!({ "FlowId": of_call["flow_id"] });
    if !of_call["source_phone_number"].is_null() {
        given["SourcePhoneNumber"] = of_call["source_phone_number"].clone();
    }
    let entry_point =
        json!({ "Type": entry_point["type"], "VoiceCallEntryPointParameters": given });
    assert_eq!(entry_point, request["EntryPoint"], "{name}");
    let start = Start::read(&entry_point, arguments["initialization_data"].as_str()).unwrap();
    TestCase::publish(arguments["content"].as_str().unwrap(), start.channel).unwrap();
}
