//! How the workspace is compiled.

use std::collections::{BTreeMap, BTreeSet};

use e2e::Failure;
use e2e::cargo::{cargo, output};

e2e::trials![cargo_run_and_the_tests_compile_the_same_crates];

/// Whatever the command is made of, and these tests alone, has the features that it has in the tests of
/// the workspace: otherwise a `cargo run` or a `cargo test -p e2e` after `cargo test --workspace`
/// compiles for minutes.
async fn cargo_run_and_the_tests_compile_the_same_crates() -> Result<(), Failure> {
    let all = features(&["--workspace", "--edges", "normal,build,dev"]).await?;
    let mut differ = Vec::new();
    for (package, edges) in [
        ("connect-local", "normal,build"),
        ("e2e", "normal,build,dev"),
    ] {
        let parts = features(&["--package", package, "--edges", edges]).await?;
        assert!(parts.len() > 200, "{parts:?}");
        for (part, features) in parts {
            if part.contains("(/") {
                continue;
            }
            let more: Vec<_> = all[&part].difference(&features).collect();
            if !more.is_empty() {
                differ.push(format!("{package}, {part}: {more:?}"));
            }
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
    tree.args(["tree", "--locked", "--prefix", "none"])
        .args(["--format", "{p}|{f}"])
        .args(of);
    let mut packages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in output(tree).await?.lines() {
        // What was shown before is marked.
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
