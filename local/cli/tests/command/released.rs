//! The command of a release: in a bundle, without sources, a compiler or cargo.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use local_harness::repository;
use local_toolchain::Architecture;
use serde_json::Value;
use tempfile::TempDir;

use crate::draw::{menu, pressing_one};
use crate::support::{BINARY, copy, run, stderr, stdout};

/// A Terraform that keeps a copy of the function of the module that it is to initialize, and fails.
const TERRAFORM: &str = r#"#!/bin/sh
echo '{"terraform_version": "1.11.4", "platform": "linux_amd64"}'
test "$1" = version && exit
/bin/cp -r ../../dist "$PLACE/dist"
pwd > "$PLACE/directory"
exit 1
"#;

/// An unpacked release, with a text as the function, and its programs.
struct Release {
    home: TempDir,
}

impl Release {
    fn new() -> Self {
        let release = Self {
            home: tempfile::tempdir().unwrap(),
        };
        let (from, to) = (repository().unwrap(), release.bundle());
        fs::create_dir_all(to.join("dist")).unwrap();
        for directory in ["modules", "flows", "examples"] {
            copy(&from.join(directory), &to.join(directory));
        }
        for entry in fs::read_dir(&from).unwrap() {
            let path = entry.unwrap().path();
            if path.extension() == Some(OsStr::new("tf")) {
                fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
            }
        }
        fs::write(to.join("VERSION.json"), "{}").unwrap();
        fs::write(release.zip(), "the function").unwrap();
        release
    }

    fn bundle(&self) -> PathBuf {
        self.home.path().join("line")
    }

    fn zip(&self) -> PathBuf {
        let name = Architecture::of_host().unwrap().zip_name();
        self.bundle().join("dist").join(name)
    }

    /// The command where the archive of a release's programs has it.
    fn program(&self) -> PathBuf {
        let program = self.bundle().join("bin/connect-local");
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        if !program.exists() && fs::hard_link(BINARY, &program).is_err() {
            fs::copy(BINARY, &program).unwrap();
        }
        program
    }

    /// A directory outside of the bundle, for what commands write.
    fn elsewhere(&self) -> PathBuf {
        let place = self.home.path().join("elsewhere");
        fs::create_dir_all(&place).unwrap();
        place
    }

    /// Runs a command in a shell without cargo and a compiler, whose `terraform` is the one above.
    fn run(&self, program: &Path, arguments: &[&str]) -> Output {
        let place = self.elsewhere();
        script(&place.join("terraform"), TERRAFORM);
        Command::new(program)
            .args(arguments)
            .current_dir(&place)
            .env("PLACE", &place)
            .env("TMPDIR", &place)
            .env("XDG_CACHE_HOME", place.join("cache"))
            .env("PATH", format!("{}:/nowhere", place.display()))
            .env_remove("AWS_ENDPOINT_URL")
            .env_remove("CONNECT_LOCAL_ROOT")
            .output()
            .unwrap()
    }

    fn files(&self) -> BTreeSet<PathBuf> {
        let mut files = BTreeSet::new();
        let mut left = vec![self.bundle()];
        while let Some(directory) = left.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    left.push(path.clone());
                }
                files.insert(path);
            }
        }
        files
    }
}

fn script(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The demo stages the bundle's example with the bundle's function, which it does not build, and leaves the
/// bundle as it was.
#[test]
fn the_demo_of_a_release_deploys_the_function_that_is_in_it() {
    for named in [false, true] {
        let release = Release::new();
        let bundle = release.bundle();
        let (program, arguments) = match named {
            true => (
                PathBuf::from(BINARY),
                vec!["--root", bundle.to_str().unwrap(), "demo"],
            ),
            false => (release.program(), vec!["demo"]),
        };
        let before = release.files();
        let output = release.run(&program, &arguments);
        let said = stderr(&output);
        let sentence = format!(
            "Taking module, flows and examples from {}, a release\n",
            bundle.canonicalize().unwrap().display()
        );
        assert_eq!(said.matches(&sentence).count(), 1, "{said}");
        // The stand-in of Terraform has been reached, and nothing before asked for a compiler.
        assert!(said.contains("terraform init"), "{said}");
        let name = release.zip();
        let staged = release
            .elsewhere()
            .join("dist")
            .join(name.file_name().unwrap());
        assert_eq!(fs::read_to_string(staged).unwrap(), "the function");
        let directory = fs::read_to_string(release.elsewhere().join("directory")).unwrap();
        assert!(!Path::new(&directory).starts_with(&bundle), "{directory}");
        assert_eq!(release.files(), before);
    }
}

#[test]
fn programs_that_read_json_get_no_sentence() {
    let release = Release::new();
    let output = release.run(&release.program(), &["--format", "json", "demo"]);
    let said = stderr(&output);
    assert!(said.contains("terraform init"), "{said}");
    assert!(!said.contains("Taking module"), "{said}");
}

#[test]
fn a_release_without_this_processors_function_is_reported() {
    let release = Release::new();
    fs::remove_file(release.zip()).unwrap();
    let output = release.run(&release.program(), &["demo"]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    let file = release.zip();
    let name = file.file_name().unwrap().to_str().unwrap();
    assert!(said.contains(name), "{said}");
    assert!(said.contains("Unpack the whole zip"), "{said}");
}

#[test]
fn commands_that_compile_say_that_they_need_a_checkout() {
    let release = Release::new();
    for command in ["dev", "package"] {
        let output = release.run(&release.program(), &[command]);
        assert_eq!(output.status.code(), Some(1));
        let said = stderr(&output);
        let problem = format!("`{command}` compiles the function, so it must have a checkout");
        assert!(said.contains(&problem), "{said}");
        let cure = format!("run `cargo run -- {command}` there or name it with --root");
        assert!(said.contains(&cure), "{said}");
    }
}

/// The operators' commands are those of the program beside the command.
#[test]
fn the_operators_program_of_a_release_is_run_and_not_built() {
    let release = Release::new();
    let program = release.program();
    let members = ["--format", "json", "members", "list", "--line", "spring"];
    let output = release.run(&program, &members);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains("the program `operator` must be beside connect-local"),
        "{said}"
    );
    script(
        &program.with_file_name("operator"),
        "#!/bin/sh\necho \"$@\"\n",
    );
    let output = release.run(&program, &members);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(
        stdout(&output),
        "--format json members list --line spring\n"
    );
}

/// Flows are checked, drawn and tested where there is neither a checkout nor a release.
#[test]
fn flows_are_checked_drawn_and_tested_by_the_program_alone() {
    let release = Release::new();
    let place = release.elsewhere();
    fs::create_dir_all(place.join("tests")).unwrap();
    fs::write(place.join("flow.json"), menu().to_string()).unwrap();
    fs::write(place.join("tests/one.json"), pressing_one().to_string()).unwrap();
    let alone = place.join("connect-local");
    if fs::hard_link(BINARY, &alone).is_err() {
        fs::copy(BINARY, &alone).unwrap();
    }
    for arguments in [
        &["flow", "check", "flow.json"][..],
        &["flow", "draw", "flow.json", "-o", "flow.svg"],
        &["test", "tests", "--flow", "flow.json"],
    ] {
        let output = release.run(&alone, arguments);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(!stderr(&output).contains("Taking module"));
    }
    assert!(place.join("flow.svg").is_file());
    let output = release.run(&alone, &["demo"]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(
        said.contains("must be in the release beside this program, or in a checkout"),
        "{said}"
    );
}

/// A module that is not installed yet is known from the root.
#[test]
fn a_stack_is_checked_against_the_module_of_the_release() {
    let release = Release::new();
    let stack = release.elsewhere();
    fs::write(
        stack.join("main.tf"),
        "module \"line\" {\n  source = \"git::https://example.com/terraform-aws-connect-pin-sms.git\"\n  langauges = []\n}\n",
    )
    .unwrap();
    let output = release.run(
        &release.program(),
        &["--format", "json", "stack", "check", "."],
    );
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let said = stdout(&output);
    let mut findings = said
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let misspelt = findings.find(|finding| finding["field"] == "langauges");
    assert_eq!(misspelt.unwrap()["suggestions"][0], "languages", "{said}");
}

#[test]
fn a_root_that_is_neither_is_refused_with_what_it_lacks() {
    let empty = tempfile::tempdir().unwrap();
    let output = run(&["--root", empty.path().to_str().unwrap(), "demo"]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.contains("there was no VERSION.json"), "{said}");
    // An empty variable counts as unset.
    let output = Command::new(BINARY)
        .args(["package", "--help"])
        .env("CONNECT_LOCAL_ROOT", "")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}

/// The help of a released program shows it as it is called.
#[test]
fn help_and_sentences_of_a_release_do_not_name_cargo() {
    let release = Release::new();
    for arguments in [&["call", "--help"][..], &["dev", "--help"]] {
        let output = release.run(&release.program(), arguments);
        let said = stdout(&output);
        assert!(said.contains("connect-local call"), "{said}");
        assert!(!said.contains("cargo run"), "{said}");
    }
}
