//! The action `rehearse`, whose steps run as on a runner; the release is in a directory.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use local_harness::repository;
use local_toolchain::{Architecture, BUNDLE_NAME};
use serde_json::Value;
use tempfile::TempDir;

use crate::draw::{menu, pressing_one};
use crate::support::{BINARY, stdout};

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn action() -> PathBuf {
    repository().unwrap().join(".github/actions/rehearse")
}

fn archive() -> String {
    let processor = Architecture::of_host().unwrap().name();
    format!("{BUNDLE_NAME}-{VERSION}-linux-{processor}.tar.gz")
}

/// A runner with a project that has flows and test cases, and a release beside it.
struct Runner {
    home: TempDir,
}

impl Runner {
    fn new() -> Self {
        let runner = Self {
            home: tempfile::tempdir().unwrap(),
        };
        for directory in ["release", "temp", "project/flows", "project/tests"] {
            fs::create_dir_all(runner.path(directory)).unwrap();
        }
        let put = |path: &str, value: Value| fs::write(runner.path(path), value.to_string());
        put("project/flows/menu.json", menu()).unwrap();
        put("project/tests/one.json", pressing_one()).unwrap();
        for file in ["output", "search"] {
            fs::write(runner.path(file), "").unwrap();
        }
        // The archive has the layout of a release, and a program that becomes the one under test.
        let bin = format!("{BUNDLE_NAME}-{VERSION}/bin");
        let program = runner.path("made").join(&bin).join("connect-local");
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        fs::write(&program, format!("#!/bin/sh\nexec '{BINARY}' \"$@\"\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let packed = runner.path("release").join(archive());
        runner.said(
            "tar",
            &["-czf", packed.to_str().unwrap(), "-C", "../made", "."],
        );
        let sum = runner.sum();
        let sums = format!("{}  another.zip\n{sum}  {}\n", "0".repeat(64), archive());
        fs::write(runner.path("release/SHA256SUMS"), sums).unwrap();
        runner
    }

    fn path(&self, path: &str) -> PathBuf {
        self.home.path().join(path)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn said(&self, program: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.path("project"));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        stdout(&output)
    }

    fn sum(&self) -> String {
        let file = self.path("release").join(archive());
        let said = self.said("sha256sum", &[file.to_str().unwrap()]);
        said.split(' ').next().unwrap().to_owned()
    }

    /// Runs a step as a runner does: the defaults of the inputs, and these.
    fn step(&self, step: &str, inputs: &[(&str, &str)]) -> Output {
        let url = format!("file://{}", self.path("release").display());
        let path = std::env::var("PATH").unwrap();
        // The directories that earlier steps have added are in front.
        let added = self
            .read("search")
            .lines()
            .map(|line| format!("{line}:"))
            .collect::<String>();
        Command::new("bash")
            .args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c"])
            .arg(format!("\"$GITHUB_ACTION_PATH/rehearse\" {step}"))
            .current_dir(self.path("project"))
            .envs([
                ("VERSION", VERSION),
                ("CHECKSUM", ""),
                ("REPOSITORY", ""),
                ("URL", &url),
                ("FLOWS", ""),
                ("TESTS", ""),
                ("FLOW", ""),
                ("STRICT", "false"),
            ])
            .env("GITHUB_ACTION_PATH", action())
            .env("GITHUB_OUTPUT", self.path("output"))
            .env("GITHUB_PATH", self.path("search"))
            .env("RUNNER_TEMP", self.path("temp"))
            .env("PATH", format!("{added}{path}"))
            .envs(inputs.iter().copied())
            .output()
            .unwrap()
    }

    fn install(&self, inputs: &[(&str, &str)]) -> Output {
        self.step("install", inputs)
    }
}

const ALL: [(&str, &str); 3] = [
    ("FLOWS", "flows/"),
    ("TESTS", "tests/"),
    ("FLOW", "flows/menu.json"),
];

/// The metadata hands each input to the script, in a variable of its name, and has this version.
#[test]
fn every_input_of_the_action_reaches_its_script() {
    let yaml = fs::read_to_string(action().join("action.yml")).unwrap();
    let (inputs, _) = yaml.split_once("\noutputs:\n").unwrap();
    let names: Vec<&str> = inputs
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
        .filter(|name| !name.starts_with(' '))
        .collect();
    assert_eq!(names.len(), 8, "{names:?}");
    for name in names {
        let given = format!("{}: ${{{{ inputs.{name} }}}}", name.to_uppercase());
        assert_eq!(yaml.matches(&given).count(), 1, "{given}");
    }
    assert!(yaml.contains(&format!("default: \"{VERSION}\"")), "{yaml}");
    // Values of inputs are never part of a script.
    for line in yaml.lines().filter(|line| line.contains("run:")) {
        assert!(!line.contains("${{"), "{line}");
    }
}

#[test]
fn the_action_installs_checks_and_tests_and_names_its_reports() {
    let runner = Runner::new();
    let installed = runner.install(&[]);
    assert!(installed.status.success(), "{installed:?}");
    let output = runner.step("run", &ALL);
    assert!(output.status.success(), "{output:?}");
    let outputs = runner.read("output");
    let report = |name: &str| {
        let line = outputs.lines().find_map(|line| line.strip_prefix(name));
        fs::read_to_string(line.unwrap()).unwrap()
    };
    let sarif: Value = serde_json::from_str(&report("sarif=")).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert!(report("junit=").contains("<testsuite"), "{outputs}");

    // A finding and a failed test: both are reported, and the step fails.
    let broken = menu().to_string().replace("Press one.", "Press two.");
    let broken = broken.replacen("\"StartAction\":\"ask\"", "\"StartAction\":\"nowhere\"", 1);
    fs::write(runner.path("project/flows/broken.json"), broken).unwrap();
    let test = pressing_one()
        .to_string()
        .replace("Thank you", "Good night");
    fs::write(runner.path("project/tests/one.json"), test).unwrap();
    fs::write(runner.path("output"), "").unwrap();
    let output = runner.step("run", &ALL);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = stdout(&output);
    assert!(said.contains("::error file=flows/broken.json,"), "{said}");
    let outputs = runner.read("output");
    let junit = outputs.lines().find_map(|line| line.strip_prefix("junit="));
    let junit = fs::read_to_string(junit.unwrap()).unwrap();
    assert!(junit.contains("failures=\"1\""), "{junit}");
}

/// The release's own list finds a damaged download; a checksum of the user finds a release whose list was
/// replaced, too.
#[test]
fn a_program_that_is_not_the_released_one_is_not_run() {
    let runner = Runner::new();
    let right = runner.sum();
    assert!(runner.install(&[("CHECKSUM", &right)]).status.success());
    fs::write(runner.path("search"), "").unwrap();

    let file = runner.path("release").join(archive());
    let mut bytes = fs::read(&file).unwrap();
    bytes.push(0);
    fs::write(&file, bytes).unwrap();
    for checksum in ["", &right] {
        let refused = runner.install(&[("CHECKSUM", checksum)]);
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
        let said = stdout(&refused);
        assert!(
            said.contains("it is not the one that was released"),
            "{said}"
        );
        assert_eq!(runner.read("search"), "");
    }
    // With the list replaced, too, only the user's checksum finds it.
    let sums = format!("{}  {}\n", runner.sum(), archive());
    fs::write(runner.path("release/SHA256SUMS"), sums).unwrap();
    let refused = runner.install(&[("CHECKSUM", &right)]);
    assert_eq!(refused.status.code(), Some(2));
    // A list without the archive is not taken for a right one.
    fs::write(runner.path("release/SHA256SUMS"), "").unwrap();
    let refused = runner.install(&[]);
    assert!(stdout(&refused).contains("must list"), "{refused:?}");
}

/// A runner keeps the action of a repository in `_actions/OWNER/NAME/REF`; its context has an empty repository in
/// some steps of composite actions.
#[test]
fn the_release_is_that_of_the_actions_repository() {
    let runner = Runner::new();
    let place = runner.path("work/_actions/someone/line/v1.0.0/.github/actions/rehearse");
    fs::create_dir_all(&place).unwrap();
    fs::copy(action().join("rehearse"), place.join("rehearse")).unwrap();
    let curl = runner.path("curl");
    fs::write(&curl, "#!/bin/sh\nexit 1\n").unwrap();
    fs::set_permissions(&curl, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(runner.path("search"), runner.home.path().to_str().unwrap()).unwrap();
    let place = place.to_str().unwrap();
    for (given, repository) in [("", "someone/line"), ("other/fork", "other/fork")] {
        let output = runner.install(&[
            ("GITHUB_ACTION_PATH", place),
            ("URL", ""),
            ("REPOSITORY", given),
            ("GITHUB_SERVER_URL", "https://git.example"),
        ]);
        let url = format!("https://git.example/{repository}/releases/download/v{VERSION}");
        let said = stdout(&output);
        assert!(said.contains(&format!("must be at {url},")), "{said}");
    }
}

#[test]
fn inputs_that_cannot_be_meant_are_refused() {
    let runner = Runner::new();
    let absent = format!("file://{}", runner.path("nowhere").display());
    for (inputs, problem) in [
        (
            ("VERSION", "v1"),
            "version must be like 1.2.3, and was 'v1'",
        ),
        (
            ("CHECKSUM", "abc"),
            "checksum must be 64 hexadecimal digits",
        ),
        (("URL", ""), "repository must be OWNER/NAME, and was ''"),
        (("URL", &absent), "could not be downloaded"),
    ] {
        let output = runner.install(&[inputs]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = stdout(&output);
        assert!(
            said.contains("::error::") && said.contains(problem),
            "{said}"
        );
    }
    for (inputs, problem) in [
        (&[][..], "flows or tests must be given"),
        (&[("TESTS", "tests/")], "flow must name the file"),
        (
            &[("FLOWS", "flows/"), ("STRICT", "yes")],
            "strict must be true or false",
        ),
    ] {
        let output = runner.step("run", inputs);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(stdout(&output).contains(problem), "{output:?}");
    }
}
