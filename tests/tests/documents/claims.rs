//! Tested versions in the README, and the reasons of disabled checks.

use std::fs;
use std::path::{Path, PathBuf};

use local_toolchain::{PROVIDER_VERSION, Version};

use super::{read, root};

e2e::checks![
    the_readme_names_the_versions_that_are_tested,
    every_check_that_is_switched_off_has_a_reason,
];

/// Returns the first version after a text.
fn after(text: &str, start: &str) -> Version {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("{start}"));
    Version::find(rest).unwrap_or_else(|| panic!("no version after {start}"))
}

/// The README names the tested versions: the Terraform of the workflows, the oldest Terraform, OpenTofu and
/// the provider.
fn the_readme_names_the_versions_that_are_tested() {
    let readme = read("README.md");
    let words = readme.split_whitespace().collect::<Vec<_>>().join(" ");
    let oldest = after(
        &read(".ci/pins/terraform-oldest/go.mod"),
        "require github.com/hashicorp/terraform v",
    );
    let opentofu = after(
        &read(".ci/pins/opentofu/go.mod"),
        "github.com/opentofu/opentofu v",
    );
    let workflows: Vec<Version> = ["ci.yml", "release.yml"]
        .map(|file| {
            let workflow = read(&format!(".github/workflows/{file}"));
            after(&workflow, "terraform_version: \"")
        })
        .to_vec();
    assert_eq!(workflows[0], workflows[1], "the workflows differ");
    let tested = format!(
        "Tested with Terraform {oldest} and {} and OpenTofu {opentofu}, each with provider \
         {PROVIDER_VERSION}.",
        workflows[0]
    );
    assert!(words.contains(&tested), "README.md lacks: {tested}");

    let versions = read("versions.tf");
    for (constraint, name) in [
        ("required_version = \"", "Terraform or OpenTofu"),
        ("version = \">= 6", "AWS provider"),
    ] {
        let line = versions.lines().find(|line| line.contains(constraint));
        let (_, value) = line.unwrap().split_once(" = \"").unwrap();
        let value = format!("`{}`", value.trim_end_matches('"'));
        assert!(
            words.contains(&format!("{name} {value}")),
            "README.md must have: {name} {value}"
        );
    }
    // Every module and example has the same constraints.
    for path in terraform_files(&root()) {
        if path.ends_with("versions.tf") {
            let text = fs::read_to_string(&path).unwrap();
            // The flow's module renders a text and needs no provider.
            let whole = !text.contains("required_providers") || text == versions;
            let required = versions.lines().nth(1).unwrap();
            assert!(whole && text.contains(required), "{}", path.display());
        }
    }
}

/// A disabled check has a comment with its reason in the same line.
fn every_check_that_is_switched_off_has_a_reason() {
    let mut seen = 0;
    for path in terraform_files(&root()) {
        let text = fs::read_to_string(&path).unwrap();
        for line in text.lines() {
            let file = path.display();
            assert!(!line.contains("tflint-ignore"), "{file}: {line}");
            let Some((_, skip)) = line.split_once("checkov:skip") else {
                continue;
            };
            seen += 1;
            let reason = skip
                .split_once(": ")
                .map_or("", |(_, reason)| reason.trim());
            assert!(
                reason.split(' ').count() > 4,
                "{file}: the reason must have more than four words: {line}"
            );
        }
    }
    assert!(seen > 5, "{seen}");
    for line in read(".ci/checkov.yaml").lines() {
        let key = line.split(':').next().unwrap_or_default();
        assert!(
            !["skip-check", "skip-path", "soft-fail", "check"].contains(&key),
            ".ci/checkov.yaml: {line}"
        );
    }
}

/// Returns the Terraform files of the module, its submodules and its examples.
fn terraform_files(root: &Path) -> Vec<PathBuf> {
    let mut directories = vec![root.to_path_buf()];
    for folder in ["modules", "examples"] {
        let entries = fs::read_dir(root.join(folder)).unwrap();
        directories.extend(entries.map(|entry| entry.unwrap().path()));
    }
    let files = directories.iter().flat_map(|directory| {
        let entries = fs::read_dir(directory).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path())
    });
    let found: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "tf"))
        .collect();
    assert!(found.len() > 20);
    found
}
