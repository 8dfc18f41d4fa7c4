//! Output for people and for shells: colours, completions, exit codes.

use std::process::{Command, Output, Stdio};

use crate::calls::{line, of_a_missing_function};
use crate::support::{BINARY, Up, run, stderr};

fn escapes(output: &Output) -> bool {
    output.stdout.contains(&0x1b) || output.stderr.contains(&0x1b)
}

/// `NO_COLOR` is the convention of no-color.org. `CLICOLOR_FORCE` asks for colours in pipes.
#[tokio::test]
async fn no_escape_code_gets_into_a_pipe_or_where_no_color_is_set() {
    let temporary = tempfile::tempdir().unwrap();
    let up = Up::start(temporary.path());
    line(&up.endpoint_url, of_a_missing_function()).await;
    let reach = ["--endpoint-url", up.endpoint_url.as_str()];
    let call = [&["call", "--withheld", "--silent"][..], &reach].concat();
    let numbers = [&["numbers"][..], &reach].concat();
    for arguments in [
        &call[..],
        &numbers,
        &["--help"],
        &["call", "--no-such-option"],
    ] {
        let with = |variables: &[(&str, &str)]| {
            Command::new(BINARY)
                .args(arguments)
                .env_remove("NO_COLOR")
                .env_remove("CLICOLOR_FORCE")
                .envs(variables.iter().copied())
                .stdin(Stdio::null())
                .output()
                .unwrap()
        };
        assert!(!escapes(&with(&[])), "{arguments:?}");
        assert!(!escapes(&with(&[("NO_COLOR", "1")])), "{arguments:?}");
    }
    let forced = Command::new(BINARY)
        .args(&call)
        .env_remove("NO_COLOR")
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    assert!(
        escapes(&forced),
        "a call has colours where they are asked for"
    );
    assert!(up.stop());
}

#[test]
fn each_shell_has_completions_for_every_command() {
    for (shell, part) in [
        ("bash", "complete -F _connect__local"),
        ("zsh", "#compdef connect-local"),
        ("fish", "complete -c connect-local"),
    ] {
        let output = run(&["completions", shell]);
        assert!(output.status.success(), "{}", stderr(&output));
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(script.contains(part), "{shell}: {script}");
        for command in ["call", "exec", "messages", "numbers"] {
            assert!(script.contains(command), "{shell} must complete {command}");
        }
    }
    assert_eq!(run(&["completions", "tcsh"]).status.code(), Some(2));
}

/// bash itself reads its script.
#[test]
fn bash_completes_a_command() {
    let script = String::from_utf8(run(&["completions", "bash"]).stdout).unwrap();
    let check = format!(
        "{script}\nCOMP_WORDS=(connect-local mess); COMP_CWORD=1\n_connect__local connect-local mess connect-local\necho \"${{COMPREPLY[*]}}\""
    );
    let output = Command::new("bash").args(["-c", &check]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "messages");
}

/// The page is the contract. The codes that need a signal or a closed pipe have tests of their own, which
/// the page names.
#[test]
fn the_exit_codes_are_those_of_the_page() {
    let page = include_str!("../../../../docs/command-line.md");
    let tests = [
        include_str!("output.rs"),
        include_str!("ending.rs"),
        include_str!("command_line.rs"),
    ]
    .concat();
    let rows = page.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let code: u8 = cells.next()?.parse().ok()?;
        Some((code, cells.last()?.trim_matches([' ', '|', '`'])))
    });
    let rows: Vec<(u8, &str)> = rows.collect();
    let codes: Vec<u8> = rows.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, [0, 1, 2, 130, 141]);
    for (code, test) in &rows {
        assert!(tests.contains(&format!("fn {test}(")), "{code}: {test}");
    }
    for (arguments, code) in [
        (&["--version"][..], 0),
        // Port 9 of this machine is reserved for discard, which nothing serves here.
        (&["messages", "--endpoint-url", "http://127.0.0.1:9"], 1),
        (&["call", "--no-such-option"], 2),
        (&["test", "no-such-file.json"], 2),
    ] {
        assert_eq!(run(arguments).status.code(), Some(code), "{arguments:?}");
    }
}
