//! Assumptions of the release's workflows.

use std::collections::BTreeSet;
use std::fs;

use local_harness::repository;
use local_toolchain::{Architecture, BUNDLE_NAME};

e2e::checks![
    the_changelog_has_a_section_for_this_version,
    every_earlier_release_is_kept_for_the_test_of_upgrades,
    documents_name_this_version,
    the_manifest_has_one_version_and_one_compiler,
    the_release_publishes_every_artifact,
    every_action_is_pinned,
    only_the_publishing_job_may_write,
];

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn read(path: &str) -> String {
    fs::read_to_string(repository().unwrap().join(path)).unwrap()
}

/// Returns the numbers of a version, for comparison.
fn numbers(version: &str) -> Vec<u64> {
    let numbers = version
        .split('.')
        .map(|number| number.parse().expect(version));
    numbers.collect()
}

/// Returns the versions that have a section in the changelog, in its order, and the text under `Unreleased`.
fn changelog() -> (Vec<String>, Option<String>) {
    let changelog = read("CHANGELOG.md");
    let mut versions = Vec::new();
    let mut unreleased = None;
    for section in changelog.split("\n## ").skip(1) {
        let (heading, text) = section.split_once('\n').unwrap_or((section, ""));
        if heading == "Unreleased" {
            assert!(
                versions.is_empty(),
                "the section Unreleased must be the first"
            );
            unreleased = Some(text.trim().to_owned());
            continue;
        }
        let (version, date) = heading.split_once(" - ").expect(heading);
        assert_eq!(
            numbers(date.replace('-', ".").as_str()).len(),
            3,
            "{heading}"
        );
        versions.push(version.to_owned());
    }
    (versions, unreleased)
}

/// The release's notes are the version's section. Before the release they are under `Unreleased`, and the
/// manifest has a version that is not released yet.
fn the_changelog_has_a_section_for_this_version() {
    let (versions, unreleased) = changelog();
    let mut sorted = versions.clone();
    sorted.sort_by_key(|version| std::cmp::Reverse(numbers(version)));
    sorted.dedup();
    assert_eq!(
        versions, sorted,
        "the newest version must be the first, and each must be there once"
    );
    let newest = versions.first().expect("the changelog must have a release");
    match unreleased {
        None => assert_eq!(
            newest, VERSION,
            "CHANGELOG.md must have a section for {VERSION}"
        ),
        Some(text) => {
            assert!(!text.is_empty(), "the section Unreleased must not be empty");
            assert!(
                numbers(newest) < numbers(VERSION),
                "with a section Unreleased, the version must be higher than {newest}, but was {VERSION}"
            );
        }
    }
}

/// The test of upgrades needs the module of each earlier release.
fn every_earlier_release_is_kept_for_the_test_of_upgrades() {
    let (versions, _) = changelog();
    let earlier: BTreeSet<String> = versions
        .into_iter()
        .filter(|version| numbers(version) < numbers(VERSION))
        .collect();
    let directory = repository().unwrap().join("tests/upgrades");
    let kept: BTreeSet<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(kept, earlier);
    for version in kept {
        for part in ["main.tf", "examples", "flows", "modules"] {
            let part = format!("tests/upgrades/{version}/{part}");
            assert!(repository().unwrap().join(&part).exists(), "{part}");
        }
    }
}

/// The addresses in documents have this version.
fn documents_name_this_version() {
    for path in [
        ".github/CONTRIBUTING.md",
        "docs/command-line.md",
        "docs/first-deployment.md",
        "docs/upgrading.md",
    ] {
        let text = read(path);
        let start = format!("{BUNDLE_NAME}-");
        let named: Vec<&str> = text
            .split(&start)
            .skip(1)
            .filter(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
            .collect();
        assert!(!named.is_empty(), "{path}");
        for rest in named {
            assert!(rest.starts_with(VERSION), "{path}: {start}{}", &rest[..8]);
        }
    }
}

/// The release compares its tag with the version, and both workflows install the compiler.
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

fn the_release_publishes_every_artifact() {
    let release = read(".github/workflows/release.yml");
    for file in [
        "dist/SHA256SUMS".to_owned(),
        format!("dist/{BUNDLE_NAME}-*.zip"),
        format!("dist/{BUNDLE_NAME}-*.cdx.json"),
    ] {
        assert!(release.contains(&file), "release.yml must have {file}");
    }
    for architecture in Architecture::ALL {
        for name in [
            architecture.rust_target().to_owned(),
            architecture.zip_name(),
            format!("processor: {}\n", architecture.name()),
        ] {
            assert!(release.contains(&name), "release.yml must have {name}");
        }
    }
    // The programs are built on their own processor, and run before they are published.
    let (_, programs) = release.split_once("\n  programs:\n").unwrap();
    for part in [
        "runner: ubuntu-24.04\n",
        "runner: ubuntu-24.04-arm\n",
        ".ci/release-programs pack",
        ".ci/release-programs check",
        "needs: [check, build, programs]",
    ] {
        assert!(programs.contains(part), "release.yml must have {part}");
    }
}

/// Actions are code of third parties, so the workflows name the commit. A comment has its version, for
/// updates.
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
            assert!(is_commit, "{file}: {action} must be pinned to a commit");
            assert_eq!(version.split('.').count(), 3, "{file}: {action} v{version}");
        }
    }
}

/// Only the job that publishes has the right to write, and it compiles nothing.
fn only_the_publishing_job_may_write() {
    let ci = read(".github/workflows/ci.yml");
    assert!(ci.contains("\npermissions:\n  contents: read\n"));
    assert!(!ci.contains(": write"));
    let release = read(".github/workflows/release.yml");
    assert!(release.contains("\npermissions: {}\n"));
    let (before, publishing) = release.split_once("\n  publish:\n").unwrap();
    assert!(!before.contains(": write"));
    assert!(!publishing.contains("cargo "));
    // A tag is pushed once and never by force.
    assert_eq!(publishing.matches("git -C checkout push").count(), 1);
    assert!(!release.contains("--force") && !release.contains("\n    tags:"));
}
