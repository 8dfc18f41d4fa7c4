//! The bench is a workspace of its own and compares the function with others: it has to build them
//! of the same crates, by the same profile and under the same rules as the product.

#![allow(clippy::unwrap_used, reason = "a test says what it expects")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_lock::{Lockfile, Package};
use toml::{Table, Value};

const PRODUCT: &str = "";
const BENCH: &str = "bench";

fn file(workspace: &str, name: &str) -> PathBuf {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    repository.join(workspace).join(name)
}

/// What a workspace's manifest has at a path of keys.
fn at(workspace: &str, keys: &[&str]) -> Value {
    let text = fs::read_to_string(file(workspace, "Cargo.toml")).unwrap();
    let mut value = Value::Table(text.parse::<Table>().unwrap());
    for key in keys {
        value = value[key].clone();
    }
    value
}

#[test]
fn both_workspaces_build_by_the_same_rules() {
    for keys in [
        &["profile", "lambda"][..],
        &["workspace", "lints"],
        &["workspace", "resolver"],
        &["workspace", "package", "edition"],
        &["workspace", "package", "rust-version"],
    ] {
        assert_eq!(at(BENCH, keys), at(PRODUCT, keys), "{keys:?}");
    }
}

#[test]
fn both_workspaces_have_the_same_versions_of_the_functions_crates() {
    let load = |workspace| {
        Lockfile::load(file(workspace, "Cargo.lock"))
            .unwrap()
            .packages
    };
    let (product, bench) = (load(PRODUCT), load(BENCH));
    let function = closure(&product, "connect-pin-sms");
    assert!(
        function.contains_key(&key("lambda_runtime", 1, 0)),
        "{:?}",
        function.keys()
    );
    let mut compared = 0;
    for package in bench.iter().filter(|package| package.source.is_some()) {
        let Some(same) = function.get(&line(package)) else {
            continue;
        };
        compared += 1;
        assert_eq!(
            (package.version.to_string(), &package.checksum),
            (same.version.to_string(), &same.checksum),
            "{}: bring bench/Cargo.lock to the version of Cargo.lock with \
             `cargo update --manifest-path bench/Cargo.toml {} --precise {}`",
            package.name,
            package.name,
            same.version,
        );
    }
    // The tutorial's function has most of them.
    assert!(compared > 100, "only {compared} crates are in both");
}

/// A crate's name and what of its version may not change under semantic versioning: there is at
/// most one such version in a lock file.
type ReleaseLine = (String, u64, u64);

fn key(name: &str, major: u64, minor: u64) -> ReleaseLine {
    (name.to_owned(), major, minor)
}

fn line(package: &Package) -> ReleaseLine {
    let version = &package.version;
    let minor = if version.major == 0 { version.minor } else { 0 };
    key(package.name.as_str(), version.major, minor)
}

/// All crates from registries that one needs, and those that they need.
fn closure<'a>(packages: &'a [Package], root: &str) -> BTreeMap<ReleaseLine, &'a Package> {
    let mut found = BTreeMap::new();
    let mut left: Vec<&Package> = packages
        .iter()
        .filter(|package| package.name.as_str() == root)
        .collect();
    while let Some(package) = left.pop() {
        for needed in &package.dependencies {
            let needed = packages
                .iter()
                .find(|one| one.name == needed.name && one.version == needed.version);
            let needed = needed.unwrap();
            if found.insert(line(needed), needed).is_none() {
                left.push(needed);
            }
        }
    }
    found
}
