//! What the workflows take for granted.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what it expects"
)]

use std::fs;

use connect_local::deployment::repository;
use local_toolchain::{Architecture, BUNDLE_NAME};

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn read(path: &str) -> String {
    fs::read_to_string(repository().unwrap().join(path)).unwrap()
}

/// The release takes its notes from the version's section; until then they are gathered.
#[test]
fn the_changelog_tells_about_this_version() {
    let changelog = read("CHANGELOG.md");
    let told = changelog.lines().any(|line| {
        line == "## Unreleased"
            || line
                .strip_prefix("## ")
                .and_then(|rest| rest.split(' ').next())
                == Some(VERSION)
    });
    assert!(told, "CHANGELOG.md has no section for {VERSION}");
}

/// The release compares its tag with the first, and both workflows install the second.
#[test]
fn the_manifest_has_one_version_and_one_compiler() {
    let manifest = read("Cargo.toml");
    let values = |name: &str| -> Vec<String> {
        let start = format!("{name} = \"");
        manifest
            .lines()
            .filter_map(|line| Some(line.strip_prefix(&start)?.trim_end_matches('"').to_owned()))
            .collect()
    };
    assert_eq!(values("version"), [VERSION]);
    assert_eq!(values("rust-version").len(), 1);
}

#[test]
fn the_release_publishes_what_is_made() {
    let release = read(".github/workflows/release.yml");
    for file in [
        "dist/SHA256SUMS".to_owned(),
        format!("dist/{BUNDLE_NAME}-*.zip"),
        format!("dist/{BUNDLE_NAME}-*.cdx.json"),
    ] {
        assert!(release.contains(&file), "release.yml lacks {file}");
    }
    for architecture in Architecture::ALL {
        for name in [
            architecture.rust_target().to_owned(),
            architecture.zip_name(),
        ] {
            assert!(release.contains(&name), "release.yml lacks {name}");
        }
    }
}

/// An action is somebody else's code: the commit is named, and the version for whoever updates it.
#[test]
fn every_action_is_pinned() {
    for file in ["ci.yml", "release.yml"] {
        let workflow = read(&format!(".github/workflows/{file}"));
        let used: Vec<&str> = workflow
            .lines()
            .filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: "))
            .filter(|action| !action.starts_with("./"))
            .collect();
        assert!(!used.is_empty(), "{file}");
        for action in used {
            let (action, version) = action.split_once(" # v").expect(action);
            let (_, commit) = action.split_once('@').expect(action);
            let is_commit =
                commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(is_commit, "{file}: {action} is not pinned by its commit");
            assert_eq!(version.split('.').count(), 3, "{file}: {action} v{version}");
        }
    }
}

/// Only the job that compiles nothing may write.
#[test]
fn only_publishing_may_write() {
    let ci = read(".github/workflows/ci.yml");
    assert!(ci.contains("\npermissions:\n  contents: read\n"));
    assert!(!ci.contains(": write"));
    let release = read(".github/workflows/release.yml");
    assert!(release.contains("\npermissions: {}\n"));
    let (before, publishing) = release.split_once("\n  publish:\n").unwrap();
    assert!(!before.contains(": write"));
    assert!(!publishing.contains("cargo "));
}
