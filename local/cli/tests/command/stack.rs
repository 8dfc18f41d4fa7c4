//! `stack check` as a pre-commit hook runs it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::support::{run, stderr, stdout};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap()
        .to_path_buf()
}

fn check(directory: &Path) -> Output {
    run(&["stack", "check", directory.to_str().unwrap()])
}

/// Creates a stack with these files.
fn stack(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = text.replace("MODULE", repository().to_str().unwrap());
        fs::write(path, text).unwrap();
    }
    directory
}

const MISSPELT: &str = "module \"line\" {\n  source   = \"MODULE\"\n  guessing = { \
                        wrong_pin_per_hour = 100 }\n  alarms   = { enabled = false }\n}\n";

#[test]
fn every_example_has_only_fields_that_exist() {
    for entry in fs::read_dir(repository().join("examples")).unwrap() {
        let example = entry.unwrap().path();
        let output = check(&example);
        assert!(output.status.success(), "{}", stderr(&output));
        let said = stdout(&output);
        assert!(said.contains("One module block uses the module."), "{said}");
    }
}

#[test]
fn a_misspelt_field_stops_a_hook() {
    let stack = stack(&[("main.tf", MISSPELT)]);
    let output = check(stack.path());
    assert_eq!(output.status.code(), Some(1));
    let said = stdout(&output);
    let file = stack.path().join("main.tf");
    let expected = format!(
        "{}:3:16: error: module.line: guessing has no field \"wrong_pin_per_hour\", and Terraform \
         silently drops it: write \"wrong_pins_per_hour\"\n",
        file.display()
    );
    assert_eq!(said, expected);
    assert!(stderr(&output).contains("1 name must be corrected"));
}

#[test]
fn json_output_is_one_object_per_line() {
    let stack = stack(&[("main.tf", MISSPELT)]);
    let directory = stack.path().to_str().unwrap();
    let output = run(&["--format", "json", "stack", "check", directory]);
    assert_eq!(output.status.code(), Some(1));
    let told: Vec<Value> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[0]["type"], "finding");
    assert_eq!(told[0]["severity"], "error");
    assert_eq!(told[0]["line"], 3);
    assert_eq!(told[0]["field"], "guessing.wrong_pin_per_hour");
    assert_eq!(told[0]["suggestions"][0], "wrong_pins_per_hour");
    assert_eq!(told[1]["type"], "checked");
    assert_eq!(told[1]["errors"], 1);
}

/// A warning is about something that works, so it does not fail the hook.
#[test]
fn a_warning_does_not_fail_the_check() {
    let stack = stack(&[("main.tf", "module \"line\" {\n  source = \"MODULE\"\n}\n")]);
    let output = check(stack.path());
    assert!(output.status.success(), "{}", stderr(&output));
    let said = stdout(&output);
    assert!(
        said.contains("warning: module.line: alarms notify no topic"),
        "{said}"
    );
}

/// In local modules, in modules that `terraform init` has installed, and before it has run.
#[test]
fn the_module_is_found_however_it_is_used() {
    let own = MISSPELT.replace("line", "inner");
    let main = "module \"own\" {\n  source = \"./modules/own\"\n}\n\
                module \"brought\" {\n  source = \"app.terraform.io/x/line/aws\"\n  sms = { sender = \"X\" }\n}\n\
                module \"registry\" {\n  source = \"example/connect-pin-sms/aws\"\n  pin = { length = 4 }\n}\n\
                module \"foreign\" {\n  source = \"example/vpc/aws\"\n  anything = 1\n}\n";
    let manifest = r#"{"Modules":[{"Key":"","Source":"","Dir":"."},
        {"Key":"brought","Source":"app.terraform.io/x/line/aws","Dir":"MODULE"}]}"#;
    let stack = stack(&[
        ("main.tf", main),
        ("modules/own/main.tf", &own),
        (".terraform/modules/modules.json", manifest),
    ]);
    let output = check(stack.path());
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let said = stdout(&output);
    for field in ["wrong_pin_per_hour", "\"sender\"", "\"length\""] {
        assert!(said.contains(field), "{field}: {said}");
    }
    assert!(!said.contains("anything"), "{said}");
    assert!(said.contains("modules/own/main.tf:3:16"), "{said}");
}

#[test]
fn a_directory_without_terraform_files_is_a_mistake() {
    let output = check(stack(&[("readme.md", "")]).path());
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.contains("must contain the .tf files of a stack"),
        "{said}"
    );
    let output = check(stack(&[("main.tf", "module \"line\" {")]).path());
    let said = stderr(&output);
    assert!(said.contains("must be HCL"), "{said}");
}
