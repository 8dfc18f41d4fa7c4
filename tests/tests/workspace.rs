//! The crates and examples that the workspace compiles.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use e2e::Failure;
use e2e::cargo::{cargo, output};
use serde_json::Value;

e2e::trials![
    cargo_run_and_the_tests_compile_the_same_crates,
    examples_in_documentation_are_tested,
    crates_without_unit_tests_are_not_linked_for_them
];

/// Each crate of the command, of these tests alone, and of the operators' program as the command builds it,
/// has the same features as in the tests of the whole workspace. Otherwise `cargo run` or `cargo test -p e2e`
/// after `cargo test --workspace` would compile for minutes, and so would the first `members list`.
async fn cargo_run_and_the_tests_compile_the_same_crates() -> Result<(), Failure> {
    let all = features(&["--workspace", "--edges", "normal,build,dev"]).await?;
    let mut differ = Vec::new();
    for (packages, edges) in [
        (&["connect-local"][..], "normal,build"),
        (&["operator", "connect-local"], "normal,build"),
        (&["e2e"], "normal,build,dev"),
    ] {
        let mut arguments = vec!["--edges", edges];
        for package in packages {
            arguments.extend(["--package", package]);
        }
        let parts = features(&arguments).await?;
        assert!(parts.len() > 200, "{parts:?}");
        for (part, features) in parts {
            if part.contains("(/") {
                continue;
            }
            let more: Vec<_> = all[&part].difference(&features).collect();
            if !more.is_empty() {
                differ.push(format!("{packages:?}, {part}: {more:?}"));
            }
        }
    }
    assert!(
        differ.is_empty(),
        "local/unified/Cargo.toml must enable the features that the tests enable: {differ:#?}"
    );
    Ok(())
}

/// Returns the features of each package in the output of `cargo tree` with these arguments.
async fn features(arguments: &[&str]) -> Result<BTreeMap<String, BTreeSet<String>>, Failure> {
    let mut tree = cargo().await?;
    tree.args(["tree", "--locked", "--prefix", "none"])
        .args(["--format", "{p}|{f}"])
        .args(arguments);
    let mut packages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in output(tree).await?.lines() {
        // Cargo marks packages that it has shown before.
        let line = line.trim_end_matches(" (*)");
        let Some((package, features)) = line.split_once('|') else {
            continue;
        };
        let features = features
            .split(',')
            .map(str::trim)
            .filter(|one| !one.is_empty());
        packages
            .entry(package.trim().to_owned())
            .or_default()
            .extend(features.map(str::to_owned));
    }
    Ok(packages)
}

/// A crate whose documentation has examples runs them. The others leave `rustdoc` out of their tests, which
/// takes it half a second each to find nothing.
async fn examples_in_documentation_are_tested() -> Result<(), Failure> {
    let mut wrong = Vec::new();
    for library in targets().await?.iter().filter(|target| target.is_library) {
        let has_examples = library.sources.iter().any(|file| has_example(file));
        if has_examples != library.doctest {
            wrong.push(format!("{}: doctest = {has_examples}", library.name));
        }
    }
    assert!(wrong.is_empty(), "Cargo.toml must say: {wrong:#?}");
    Ok(())
}

/// A library or program with unit tests runs them. The others are not linked once more to run none.
async fn crates_without_unit_tests_are_not_linked_for_them() -> Result<(), Failure> {
    let mut wrong = Vec::new();
    for target in targets().await? {
        let has_tests = target.sources.iter().any(|file| has_test(file));
        if has_tests != target.test {
            wrong.push(format!("{}: test = {has_tests}", target.name));
        }
    }
    assert!(wrong.is_empty(), "Cargo.toml must say: {wrong:#?}");
    Ok(())
}

/// A library or a program of the workspace.
struct Target {
    name: String,
    is_library: bool,
    sources: Vec<PathBuf>,
    test: bool,
    doctest: bool,
}

async fn targets() -> Result<Vec<Target>, Failure> {
    let mut metadata = cargo().await?;
    metadata.args(["metadata", "--locked", "--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&output(metadata).await?)?;
    let mut found = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let targets = package["targets"].as_array().into_iter().flatten();
        let is_library = |target: &Value| target["kind"][0] == "lib";
        let has_library = targets.clone().any(is_library);
        for target in targets.filter(|one| is_library(one) || one["kind"][0] == "bin") {
            let root = Path::new(target["src_path"].as_str().expect("a target has a file"));
            let mut sources = vec![root.to_owned()];
            // A program beside a library is one file; the other files are the library's.
            if is_library(target) || !has_library {
                let directory = root.parent().expect("a file has a directory");
                sources.clear();
                rust_files(directory, &mut sources)?;
            }
            found.push(Target {
                name: format!("{} of {}", target["kind"][0], package["name"]),
                is_library: is_library(target),
                sources,
                test: target["test"] == true,
                doctest: target["doctest"] == true,
            });
        }
    }
    Ok(found)
}

fn rust_files(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            rust_files(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// Reports whether a file has unit tests, by Rust's own attributes or by those of a library.
fn has_test(file: &Path) -> bool {
    let text = fs::read_to_string(file).expect("a source is text");
    text.lines().map(str::trim).any(|line| {
        let of_library = line.starts_with("#[") && line.contains("::test");
        of_library || ["#[test]", "#[cfg(test)]"].contains(&line)
    })
}

/// Reports whether a file's documentation has a block of Rust, which is what a block without a language is.
fn has_example(file: &Path) -> bool {
    let text = fs::read_to_string(file).expect("a source is text");
    let comments = text.lines().filter_map(|line| {
        let line = line.trim_start();
        line.strip_prefix("///")
            .or_else(|| line.strip_prefix("//!"))
    });
    let mut fences = comments.filter_map(|comment| comment.trim_start().strip_prefix("```"));
    // Every second fence closes a block.
    std::iter::from_fn(|| {
        let opening = fences.next();
        fences.next();
        opening
    })
    .any(|language| matches!(language.trim(), "" | "rust" | "no_run" | "should_panic"))
}
