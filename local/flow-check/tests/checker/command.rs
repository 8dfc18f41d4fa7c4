//! The command, and what runs it: the hook of pre-commit and the action of GitHub.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use connect_flow_check::find;

const PROGRAM: &str = env!("CARGO_BIN_EXE_connect-flow-check");

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A directory with a good and a bad flow, and files that are none.
fn project() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let rule = find("lint/unhandled-silence").unwrap();
    for (name, text) in [
        ("flows/good.json", rule.good.text),
        ("flows/deep/bad.json", rule.bad.text),
        ("flows/package.json", "{\"name\": \"x\"}"),
        ("flows/.hidden/bad.json", rule.bad.text),
        ("flows/node_modules/bad.json", rule.bad.text),
        ("other/package.json", "{}"),
        ("line.json.tftpl", "${x}"),
    ] {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

fn run(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(PROGRAM)
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap()
}

#[track_caller]
fn ends(output: &Output, code: i32) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}{err}");
    (out, err)
}

#[test]
fn the_exit_code_tells_clean_found_and_unreadable() {
    let project = project();
    let run = |arguments: &[&str]| run(project.path(), arguments);
    let (out, _) = ends(&run(&["check", "flows/good.json"]), 0);
    assert_eq!(out, "1 flow checked. No problems found.\n");
    let (out, _) = ends(&run(&["check", "flows"]), 1);
    assert!(out.contains("--> flows/deep/bad.json:6:21\n"), "{out}");
    assert!(out.ends_with("2 flows checked: 1 warning.\n"), "{out}");
    let (out, err) = ends(&run(&["check", "flows", "missing.json"]), 2);
    assert!(
        out.contains("bad.json") && err.contains("missing.json must be a readable file"),
        "{err}"
    );
    let (_, err) = ends(&run(&["check", "line.json.tftpl"]), 2);
    assert!(
        err.contains("is a template of Terraform: render it"),
        "{err}"
    );
    let (_, err) = ends(&run(&["check", "other"]), 2);
    assert!(
        err.contains("other must contain a *.json file with a flow"),
        "{err}"
    );
    fs::write(project.path().join("latin.json"), b"\xe9").unwrap();
    let (_, err) = ends(&run(&["check", "latin.json"]), 2);
    assert!(err.contains("latin.json must be text in UTF-8"), "{err}");
    ends(&run(&["check"]), 2);
    ends(&run(&["check", "--type", "FLOW", "flows"]), 2);
}

#[test]
fn rules_are_allowed_by_option_and_by_settings() {
    let project = project();
    let run = |arguments: &[&str]| run(project.path(), arguments);
    ends(
        &run(&["check", "--allow", "lint/unhandled-silence", "flows"]),
        0,
    );
    let (_, err) = ends(&run(&["check", "--allow", "lint/x", "flows"]), 2);
    assert!(
        err.contains("must be one that `flow rule` lists, but was lint/x"),
        "{err}"
    );
    let settings = project.path().join("flow-check.json");
    fs::write(
        &settings,
        r#"{"allowIn": {"flows/deep": ["lint/unhandled-silence"]}}"#,
    )
    .unwrap();
    ends(&run(&["check", "flows"]), 0);
    // The same file by its whole path.
    let bad = project.path().join("flows/deep/bad.json");
    ends(
        &run(&["check", bad.canonicalize().unwrap().to_str().unwrap()]),
        0,
    );
    fs::write(&settings, r#"{"allow": 1}"#).unwrap();
    let (_, err) = ends(&run(&["check", "flows"]), 2);
    assert!(
        err.contains("flow-check.json must have settings that exist"),
        "{err}"
    );
    fs::rename(&settings, project.path().join("mine.json")).unwrap();
    ends(&run(&["check", "--config", "mine.json", "flows"]), 2);
    ends(&run(&["check", "--config", "missing.json", "flows"]), 2);
}

#[test]
fn standard_input_is_checked() {
    let mut child = Command::new(PROGRAM)
        .args(["check", "--format", "concise", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let rule = find("service/invalid-version").unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(rule.bad.text.as_bytes()).unwrap();
    drop(input);
    let (out, _) = ends(&child.wait_with_output().unwrap(), 1);
    assert!(
        out.starts_with("<stdin>:2:14: service/invalid-version "),
        "{out}"
    );
}

#[test]
fn rules_are_described() {
    let here = Path::new(".");
    let (out, _) = ends(&run(here, &["rule"]), 0);
    assert_eq!(out.lines().count(), connect_flow_check::RULES.len());
    let (out, _) = ends(&run(here, &["rule", "lint/long-message"]), 0);
    assert!(
        out.starts_with("# lint/long-message\n") && out.contains("One that does not"),
        "{out}"
    );
    let (out, _) = ends(
        &run(here, &["rule", "lint/long-message", "--format", "json"]),
        0,
    );
    assert!(out.contains("\"bad\":"), "{out}");
    ends(&run(here, &["rule", "lint/unknown"]), 2);
}

/// Returns the value of the first line `key: value` of a YAML file.
fn value_of(yaml: &str, key: &str) -> String {
    let line = yaml.lines().find_map(|line| {
        let line = line.trim_start().trim_start_matches("- ");
        line.strip_prefix(key)?.strip_prefix(": ")
    });
    line.unwrap().trim().to_owned()
}

/// pre-commit runs the entry of a script from its clone of the repository, in the checked one, with the
/// names of changed files as arguments.
#[test]
fn the_hook_checks_the_files_that_pre_commit_names() {
    let yaml = fs::read_to_string(repository().join(".pre-commit-hooks.yaml")).unwrap();
    assert_eq!(value_of(&yaml, "id"), "connect-flow-check");
    assert_eq!(value_of(&yaml, "language"), "script");
    let entry = repository().join(value_of(&yaml, "entry"));
    let project = project();
    let hook = |file: &str| {
        Command::new(&entry)
            .arg(file)
            .current_dir(project.path())
            .env("CONNECT_FLOW_CHECK", PROGRAM)
            .output()
            .unwrap()
    };
    ends(&hook("flows/good.json"), 0);
    let (out, _) = ends(&hook("flows/deep/bad.json"), 1);
    assert!(out.contains("lint/unhandled-silence"), "{out}");
}

/// GitHub runs the block below `run: |` by `bash -eo pipefail`, with the inputs in the environment.
#[test]
fn the_action_annotates_findings() {
    let yaml = fs::read_to_string(repository().join("action.yml")).unwrap();
    assert_eq!(value_of(&yaml, "using"), "composite");
    let (_, script) = yaml.split_once("      run: |\n").unwrap();
    let inputs = ["FILES", "TYPE", "ALLOW", "CONFIG", "FORMAT"];
    for input in inputs {
        let given = format!("{input}: ${{{{ inputs.{} }}}}", input.to_lowercase());
        assert!(yaml.contains(&given), "{given}");
    }
    let project = project();
    let action = |given: &[(&str, &str)]| {
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(project.path())
            .env("GITHUB_ACTION_PATH", repository())
            .env("CONNECT_FLOW_CHECK", PROGRAM);
        for input in inputs {
            let given = given.iter().find(|(name, _)| *name == input);
            bash.env(input, given.map_or("", |(_, value)| value));
        }
        bash.output().unwrap()
    };
    let both = "flows/good.json flows/deep/bad.json";
    let (out, _) = ends(&action(&[("FILES", both), ("FORMAT", "github")]), 1);
    assert!(
        out.starts_with("::warning file=flows/deep/bad.json,line=6,col=21,"),
        "{out}"
    );
    let allowed = "lint/unhandled-silence lint/long-message";
    let (out, _) = ends(
        &action(&[("FILES", both), ("FORMAT", "github"), ("ALLOW", allowed)]),
        0,
    );
    assert_eq!(out, "");
    let typed = [
        ("FILES", both),
        ("FORMAT", "concise"),
        ("TYPE", "CUSTOMER_HOLD"),
    ];
    let (out, _) = ends(&action(&typed), 1);
    assert!(out.contains("service/block-not-allowed"), "{out}");
}
