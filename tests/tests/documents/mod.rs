//! Documents agree with the code: their lists, names and links, and the generated pages.

pub(crate) mod aws;
pub(crate) mod claims;
pub(crate) mod conformance;
pub(crate) mod language;
pub(crate) mod links;
pub(crate) mod markdown;
mod outcomes;
pub(crate) mod pages;
pub(crate) mod promises;
pub(crate) mod texts;
pub(crate) mod walk;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use connect_pin_sms::rules::sms_template::SmsTemplate;
use e2e::generated;
use e2e::interface::{Interface, default, stated_defaults};
use hcl::eval::{Context, Evaluate};
use local_harness::repository;
use serde_json::Value;

e2e::checks![
    the_reference_is_what_the_module_says,
    descriptions_name_every_field_with_its_default,
    descriptions_name_every_text_and_every_field_of_a_voice,
    every_shipped_message_is_a_template,
    every_input_and_output_of_every_submodule_is_described,
    the_reference_lists_every_input_as_it_is,
    the_reference_lists_every_output,
    readme_states_the_versions_that_the_module_requires,
    the_runbook_has_an_entry_for_every_alarm_and_no_other,
    the_runbook_lists_every_outcome_and_no_other,
    the_migration_guide_covers_every_resource,
    the_migration_guide_explains_every_placeholder,
    links_and_paths_in_documents_exist,
    readme_links_to_every_guide,
];

fn root() -> PathBuf {
    repository().unwrap()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn module() -> Interface {
    let module = Interface::read(&root()).unwrap();
    assert!(module.inputs.len() > 10 && module.outputs.len() > 10);
    module
}

fn submodules() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("modules")).unwrap();
    let found: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    assert!(found.len() > 3, "{found:?}");
    found
}

fn the_reference_is_what_the_module_says() {
    let filter = "the_reference_is";
    let reference = module().reference(&generated::command(filter));
    pages::compare("docs/reference.md", &reference, filter);
}

/// The reference is generated from the lists in the descriptions.
fn descriptions_name_every_field_with_its_default() {
    for input in module().inputs {
        for (path, field) in input.value_type.fields() {
            let name = &input.name;
            let leaf = path.rsplit('.').next().unwrap();
            assert!(
                input.description.contains(&format!("`{leaf}`")),
                "the description of {name} must name {path}"
            );
            if path.contains('.') {
                continue;
            }
            let line = input.line_on(leaf);
            assert!(line.is_some(), "{name} must have a line on {path}");
            let stated = stated_defaults(field.default.as_ref());
            assert!(
                stated.is_empty() || stated.iter().any(|words| line.unwrap().ends_with(words)),
                "{name}: the line on {path} must end with {stated:?}, but was {line:?}"
            );
        }
    }
}

/// The type of a map does not name its keys; the shipped files have them.
fn descriptions_name_every_text_and_every_field_of_a_voice() {
    let module = module();
    for language in ["ja", "en"] {
        let shipped: Value =
            serde_json::from_str(&read(&format!("flows/texts/{language}.json"))).unwrap();
        for (input, field) in [("texts", "texts"), ("voices", "voice")] {
            let shipped: BTreeSet<&str> = shipped[field]
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            let of = module.inputs.iter().find(|of| of.name == input).unwrap();
            let described: BTreeSet<&str> = of.keys().into_iter().collect();
            assert_eq!(described, shipped, "{input} and {language}");
        }
    }
}

/// The Japanese message has been the same since the first release.
fn every_shipped_message_is_a_template() {
    for language in ["ja", "en"] {
        let shipped: Value =
            serde_json::from_str(&read(&format!("flows/texts/{language}.json"))).unwrap();
        let message = shipped["sms"].as_str().unwrap();
        assert!(SmsTemplate::parse(message).is_ok(), "{message}");
        if language == "ja" {
            assert_eq!(message, "キャンペーンページ {url}");
        }
    }
}

fn every_input_and_output_of_every_submodule_is_described() {
    for path in submodules() {
        let module = Interface::read(&path).unwrap();
        let inputs = module.inputs.iter().map(|of| (&of.name, &of.description));
        let outputs = module.outputs.iter().map(|of| (&of.name, &of.description));
        let all: Vec<_> = inputs.chain(outputs).collect();
        assert!(!all.is_empty(), "{}", path.display());
        for (name, description) in all {
            assert!(!description.is_empty(), "{}: {name}", path.display());
        }
    }
}

fn the_reference_lists_every_input_as_it_is() {
    let reference = read("docs/reference.md");
    let rows = markdown::table(&reference, "## Inputs");
    let expected: Vec<[String; 3]> = module()
        .inputs
        .iter()
        .map(|input| {
            let name = format!("[`{name}`](#{name})", name = input.name);
            [
                name,
                input.value_type.name(),
                default(input.default.as_ref()),
            ]
        })
        .collect();
    let found: Vec<[String; 3]> = rows
        .iter()
        .map(|row| [row[0].clone(), row[1].clone(), row[2].clone()])
        .collect();
    assert_eq!(found, expected);
    for row in rows {
        assert!(row[3].len() > 10, "{row:?}");
    }
}

fn the_reference_lists_every_output() {
    let reference = read("docs/reference.md");
    let rows = markdown::table(&reference, "## Outputs");
    let found: Vec<String> = rows.iter().map(|row| row[0].clone()).collect();
    let expected: Vec<String> = module()
        .outputs
        .iter()
        .map(|output| format!("`{}`", output.name))
        .collect();
    assert_eq!(found, expected);
    for row in rows {
        assert!(row[1].len() > 10, "{row:?}");
    }
}

fn readme_states_the_versions_that_the_module_requires() {
    let body: hcl::Body = hcl::parse(&read("versions.tf")).unwrap();
    let text = hcl::to_string(&body).unwrap();
    let readme = read("README.md");
    let versions: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("version"))
        .filter_map(|line| line.split('"').nth(1))
        .collect();
    assert_eq!(versions.len(), 2, "{text}");
    for version in versions {
        assert!(readme.contains(&format!("`{version}`")), "{version}");
    }
}

/// Returns the short names of the alarms: the keys of the locals whose elements describe an alarm.
fn alarms() -> BTreeSet<String> {
    let module = Interface::read(&root().join("modules/monitoring")).unwrap();
    let thresholds = module
        .inputs
        .iter()
        .find(|input| input.name == "alarms")
        .unwrap();
    let thresholds: hcl::Map<String, hcl::Value> = thresholds
        .value_type
        .fields()
        .into_iter()
        // Every threshold is set, so that optional alarms are listed too.
        .map(|(name, _)| (name, hcl::Value::from(1)))
        .collect();
    let mut context = Context::new();
    context.declare_var(
        "var",
        hcl::value!({
            alarms = (thresholds),
            failed_deliveries_log_group_name = "g",
            metric_namespace = "n",
            function_name = "f",
            sms_backend = "sns",
            sms_spend_limit_usd = 100,
        }),
    );
    let spending = hcl::value!({ namespace = "n", metric = "m", without = "ignore" });
    context.declare_var(
        "local",
        hcl::value!({ function = {}, spending = (spending) }),
    );

    let body: hcl::Body = hcl::parse(&read("modules/monitoring/alarms.tf")).unwrap();
    let locals = body.blocks().filter(|block| block.identifier() == "locals");
    locals
        .flat_map(|block| block.body().attributes())
        .filter_map(|local| local.expr().evaluate(&context).ok())
        .filter_map(|value| value.as_object().cloned())
        .flatten()
        .filter(|(_, element)| {
            element
                .as_object()
                .is_some_and(|alarm| alarm.contains_key("description"))
        })
        .map(|(name, _)| name)
        .collect()
}

fn the_runbook_has_an_entry_for_every_alarm_and_no_other() {
    let alarms = alarms();
    assert!(alarms.len() >= 8, "{alarms:?}");
    let runbook = read("docs/runbook.md");
    let part = markdown::section(&runbook, "## By alarm");
    let entries: BTreeSet<String> = part
        .lines()
        .filter_map(|line| line.strip_prefix("### `"))
        .filter_map(|line| line.split('`').next())
        .map(str::to_owned)
        .collect();
    assert_eq!(entries, alarms);
}

fn the_runbook_lists_every_outcome_and_no_other() {
    outcomes::compare(&read("docs/runbook.md"));
}

/// The guide imports every resource of the module, or says that it does not.
fn the_migration_guide_covers_every_resource() {
    let guide = read("docs/migration.md");
    for module in submodules() {
        let name = module.file_name().unwrap().to_string_lossy().into_owned();
        for entry in fs::read_dir(&module).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "tf") {
                continue;
            }
            let body: hcl::Body = hcl::parse(&fs::read_to_string(&path).unwrap()).unwrap();
            for block in body.blocks() {
                if block.identifier() != "resource" {
                    continue;
                }
                let labels: Vec<&str> =
                    block.labels().iter().map(hcl::BlockLabel::as_str).collect();
                let address = format!("module.{name}.{}", labels.join("."));
                let named = guide.match_indices(&address).any(|(at, _)| {
                    !guide[at + address.len()..]
                        .starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_')
                });
                assert!(named, "docs/migration.md must name {address}");
            }
        }
    }
}

/// Placeholders are the upper-case words of the imports; the guide's table explains each.
fn the_migration_guide_explains_every_placeholder() {
    let guide = read("docs/migration.md");
    let is_placeholder = |word: &&str| {
        word.contains('_') && word.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    };
    let used: BTreeSet<String> = markdown::code(&guide, "hcl")
        .iter()
        .flat_map(|code| code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'))
        .filter(is_placeholder)
        .map(str::to_owned)
        .collect();
    let explained: BTreeSet<String> = markdown::table(&guide, "## Placeholders")
        .iter()
        .flat_map(|row| row[0].split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect();
    assert!(used.len() > 3, "{used:?}");
    assert_eq!(used, explained);
}

/// Checks every link within the repository and every path that a document names.
fn links_and_paths_in_documents_exist() {
    let documents = links::documents(&root());
    assert!(documents.len() > 10, "{documents:?}");
    let broken: Vec<String> = documents
        .iter()
        .flat_map(|document| links::broken(&root(), document))
        .collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

fn readme_links_to_every_guide() {
    let readme = read("README.md");
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if name.ends_with(".md") {
            assert!(readme.contains(&format!("(docs/{name})")), "{name}");
        }
    }
}
