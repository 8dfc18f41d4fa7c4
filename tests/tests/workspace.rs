//! How the workspace is compiled.

use std::collections::{BTreeMap, BTreeSet};

use e2e::Failure;
use e2e::cargo::{cargo, output};

e2e::trials![cargo_run_and_the_tests_compile_the_same_crates];

/// Whatever the command is made of has the features that it has in the tests: otherwise a `cargo run`
/// after `cargo test --workspace` compiles for minutes.
async fn cargo_run_and_the_tests_compile_the_same_crates() -> Result<(), Failure> {
    let command = features(&["--package", "connect-local", "--edges", "normal,build"]).await?;
    let tests = features(&["--workspace", "--edges", "normal,build,dev"]).await?;
    assert!(command.len() > 200, "{command:?}");
    let mut differ = Vec::new();
    for (package, features) in &command {
        if package.contains("(/") {
            continue;
        }
        let all = &tests[package];
        if all != features {
            let more: Vec<_> = all.difference(features).collect();
            differ.push(format!("{package}: {more:?}"));
        }
    }
    assert!(
        differ.is_empty(),
        "local/unified/Cargo.toml must ask for what the tests ask for as well: {differ:#?}"
    );
    Ok(())
}

/// The features of each package of a tree.
async fn features(of: &[&str]) -> Result<BTreeMap<String, BTreeSet<String>>, Failure> {
    let mut tree = cargo().await?;
    tree.args(["tree", "--locked", "--no-dedupe", "--prefix", "none"])
        .args(["--format", "{p}|{f}"])
        .args(of);
    let mut packages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in output(tree).await?.lines() {
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
