//! The crates and examples that the workspace compiles.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use e2e::Failure;
use e2e::cargo::{cargo, output};
use serde_json::Value;

e2e::trials![
    cargo_run_and_the_tests_compile_the_same_crates,
    examples_in_documentation_are_tested
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
    let mut metadata = cargo().await?;
    metadata.args(["metadata", "--locked", "--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&output(metadata).await?)?;
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let libraries = package["targets"].as_array().into_iter().flatten();
        for library in libraries.filter(|target| target["kind"][0] == "lib") {
            let root = library["src_path"].as_str().map(Path::new);
            let sources = root.and_then(Path::parent).expect("a library has a file");
            let mut files = Vec::new();
            rust_files(sources, &mut files)?;
            let has_examples = files.iter().any(|file| has_example(file));
            if has_examples != (library["doctest"] == true) {
                wrong.push(format!("{}: doctest = {has_examples}", library["name"]));
            }
        }
    }
    assert!(wrong.is_empty(), "Cargo.toml must say: {wrong:#?}");
    Ok(())
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
