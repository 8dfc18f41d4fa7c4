//! The archive of a release's programs, as `.ci/release-programs` packs and checks it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use local_harness::repository;
use local_toolchain::{Architecture, BUNDLE_NAME};

use crate::support::stderr;

/// Any small program: what is packed is not run.
const PROGRAM: &str = "/bin/true";

fn script(arguments: &[&str]) -> Output {
    let script = repository().unwrap().join(".ci/release-programs");
    Command::new(script).args(arguments).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn release() -> String {
    format!("{BUNDLE_NAME}-{}", env!("CARGO_PKG_VERSION"))
}

fn archive() -> String {
    let processor = Architecture::of_host().unwrap().name();
    format!("{}-linux-{processor}.tar.gz", release())
}

/// Runs a program in a directory, which must succeed, and returns its output.
fn said(directory: &Path, program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    let output = command.args(arguments).current_dir(directory).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// The archive unpacks into the directory of the release's zip, and depends on the programs alone.
#[test]
fn the_programs_are_packed_into_bin_with_licences_and_the_same_bytes() {
    let home = tempfile::tempdir().unwrap();
    let mut archives = Vec::new();
    for (place, mode) in [("one", 0o755), ("other", 0o700)] {
        let programs = home.path().join(place);
        fs::create_dir(&programs).unwrap();
        for name in ["connect-local", "operator"] {
            fs::copy(PROGRAM, programs.join(name)).unwrap();
            fs::set_permissions(programs.join(name), fs::Permissions::from_mode(mode)).unwrap();
        }
        let packed = programs.join("dist");
        let output = script(&["pack", text(&programs), text(&packed)]);
        assert!(output.status.success(), "{}", stderr(&output));
        archives.push(fs::read(packed.join(archive())).unwrap());
        let sums = format!("{}.sha256", archive());
        said(&packed, "sha256sum", &["--check", "--strict", &sums]);
    }
    assert_eq!(archives[0], archives[1]);

    let packed = home.path().join("one/dist");
    let listed = said(
        &packed,
        "tar",
        &["--list", "--verbose", "--numeric-owner", "-zf", &archive()],
    );
    let entries: Vec<(&str, &str, &str)> = listed
        .lines()
        .map(|line| {
            let mut words = line.split_whitespace();
            let (mode, owner) = (words.next().unwrap(), words.next().unwrap());
            (mode, owner, words.next_back().unwrap())
        })
        .collect();
    let name = release();
    let wanted = [
        ("drwxr-xr-x", String::new()),
        ("drwxr-xr-x", "bin/".to_owned()),
        ("-rw-r--r--", "bin/LICENSE".to_owned()),
        ("-rw-r--r--", "bin/NOTICE".to_owned()),
        ("-rwxr-xr-x", "bin/connect-local".to_owned()),
        ("-rwxr-xr-x", "bin/operator".to_owned()),
    ];
    let wanted: Vec<(&str, &str, String)> = wanted
        .iter()
        .map(|(mode, path)| (*mode, "0/0", format!("{name}/{path}")))
        .collect();
    let entries: Vec<(&str, &str, String)> = entries
        .into_iter()
        .map(|(mode, owner, path)| (mode, owner, path.to_owned()))
        .collect();
    assert_eq!(entries, wanted);
    let notice = format!("{name}/bin/NOTICE");
    let notice = said(
        &packed,
        "tar",
        &["--extract", "--to-stdout", "-zf", &archive(), &notice],
    );
    // Crates of others, of both programs, and none of ours.
    for named in ["clap v4.", "phonenumber v0.", "  MIT OR Apache-2.0\n"] {
        assert!(notice.contains(named), "{named}: {notice}");
    }
    assert!(!notice.contains("local-account"), "{notice}");
}

#[test]
fn a_program_that_is_not_there_stops_the_archive() {
    let home = tempfile::tempdir().unwrap();
    let output = script(&["pack", text(home.path()), text(&home.path().join("dist"))]);
    assert_eq!(output.status.code(), Some(1));
    let problem = "must contain the program connect-local, and does not";
    assert!(stderr(&output).contains(problem), "{}", stderr(&output));
    assert!(!home.path().join("dist").join(archive()).exists());
}

/// A published program has run: with the version of the release, and with a flow.
#[test]
fn an_archive_whose_programs_are_others_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let bin = home.path().join(release()).join("bin");
    fs::create_dir_all(&bin).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    let says = |connect_local: &str, operator: &str| {
        for (name, text) in [("connect-local", connect_local), ("operator", operator)] {
            fs::write(bin.join(name), format!("#!/bin/sh\n{text}\n")).unwrap();
            fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        said(home.path(), "tar", &["-czf", &archive(), &release()]);
        let sums = said(home.path(), "sha256sum", &[&archive()]);
        fs::write(home.path().join(format!("{}.sha256", archive())), sums).unwrap();
        script(&["check", text(&home.path().join(archive()))])
    };
    // A stand-in that finds the flow without a start, and passes the operators' commands on.
    let right = format!(
        "case $* in --version) echo connect-local {version} ;; *broken*) exit 1 ;; \
         members*) exec \"${{0%/*}}/operator\" ;; esac"
    );
    let output = says(&right, "echo sync");
    assert!(output.status.success(), "{}", stderr(&output));
    for (connect_local, operator, problem) in [
        (
            "echo connect-local 0.0.1".to_owned(),
            "",
            "--version must print",
        ),
        (
            right.replace("exit 1", "exit 0"),
            "",
            "must find the unknown start",
        ),
        (
            right.clone(),
            "echo",
            "must list the commands of the operators' program",
        ),
    ] {
        let output = says(&connect_local, operator);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(problem), "{}", stderr(&output));
    }
    // Another archive than the checksum was made of.
    let sums = home.path().join(format!("{}.sha256", archive()));
    fs::write(&sums, format!("{}  {}\n", "0".repeat(64), archive())).unwrap();
    let output = script(&["check", text(&home.path().join(archive()))]);
    assert_eq!(output.status.code(), Some(1));
}
