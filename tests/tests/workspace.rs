//! The features with which the workspace is compiled.

use std::collections::{BTreeMap, BTreeSet};

use e2e::Failure;
use e2e::cargo::{cargo, output};

e2e::trials![cargo_run_and_the_tests_compile_the_same_crates];

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
