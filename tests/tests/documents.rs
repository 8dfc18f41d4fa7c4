//! Documents that would go stale without anybody noticing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what it expects"
)]

use std::fs;
use std::path::PathBuf;

use connect_local::deployment::repository;
use serde_json::Value;

fn read(path: &str) -> String {
    let root: PathBuf = repository().unwrap();
    fs::read_to_string(root.join(path)).unwrap()
}

/// Names of the blocks of this kind in a Terraform file.
fn blocks(file: &str, kind: &str) -> Vec<String> {
    let start = format!("{kind} \"");
    read(file)
        .lines()
        .filter_map(|line| line.strip_prefix(&start)?.split('"').next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn readme_lists_every_input_and_output() {
    let readme = read("README.md");
    for (file, kind) in [("variables.tf", "variable"), ("outputs.tf", "output")] {
        let names = blocks(file, kind);
        assert!(names.len() > 10, "{file}");
        for name in names {
            let listed = readme
                .lines()
                .any(|line| line.starts_with('|') && line.contains(&format!("`{name}`")));
            assert!(listed, "README's tables lack the {kind} {name}");
        }
    }
}

#[test]
fn readme_lists_every_sentence_that_callers_hear() {
    let readme = read("README.md");
    for language in ["ja", "en"] {
        let shipped: Value =
            serde_json::from_str(&read(&format!("flows/texts/{language}.json"))).unwrap();
        for (name, text) in shipped["texts"].as_object().unwrap() {
            let text = text.as_str().unwrap();
            let listed = readme
                .lines()
                .any(|line| line.contains(&format!("`{name}`")) && line.contains(text));
            assert!(listed, "README's table lacks {name} in {language}: {text}");
        }
    }
}

/// Every test that ARCHITECTURE.md names is there.
#[test]
fn architecture_names_tests_that_exist() {
    let mut code = String::new();
    let mut folders = vec![repository().unwrap()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !name.starts_with('.') && name != "target" {
                    folders.push(path);
                }
            } else if name.ends_with(".rs") {
                code.push_str(&fs::read_to_string(&path).unwrap());
            }
        }
    }
    let architecture = read("ARCHITECTURE.md");
    let table = architecture
        .split("## Invariants")
        .nth(1)
        .and_then(|rest| rest.split("\n## ").next())
        .unwrap();
    let named: Vec<&str> = table
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| name.contains('_'))
        .collect();
    assert!(named.len() > 10);
    for name in named {
        assert!(code.contains(&format!("fn {name}(")), "no test {name}");
    }
}
