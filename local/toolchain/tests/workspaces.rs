//! The bench is a workspace of its own that compares the function with others. It must build them from
//! the same crates, with the same profile and lints as the product.

#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

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

/// Returns the value at a path of keys in a workspace's manifest.
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
        &["profile", "dev"],
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

/// A crate's name and the part of its version that identifies compatible releases: a lock file has at
/// most one version of each.
type ReleaseLine = (String, u64, u64);

fn key(name: &str, major: u64, minor: u64) -> ReleaseLine {
    (name.to_owned(), major, minor)
}

fn line(package: &Package) -> ReleaseLine {
    let version = &package.version;
    let minor = if version.major == 0 { version.minor } else { 0 };
    key(package.name.as_str(), version.major, minor)
}

/// Returns all registry crates that one depends on, directly or indirectly.
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
