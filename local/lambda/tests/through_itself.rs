//! Functions of a program that starts everything through itself and inherits all orphans below it, as the
//! command does.
#![allow(clippy::unwrap_used, reason = "a broken fixture is a failed test")]

mod common;

use std::path::Path;
use std::pin::Pin;
use std::process::ExitCode;

use base64::{Engine, engine::general_purpose::STANDARD};
use common::{
    Account, FUNCTIONS, LEAVE, OPEN_FILES, WAYS, on_linux, pids, python, raise_open_files, zip,
};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::json;
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    if let Some(code) = local_process::serve_subcommand() {
        return code;
    }
    local_process::start_through_itself().unwrap();
    let trials = vec![
        trial(
            "children_that_functions_leave_are_killed_and_reaped",
            || Box::pin(leave_nothing()),
        ),
        trial(
            "the_reason_why_a_bootstrap_does_not_start_is_returned",
            || Box::pin(say_why()),
        ),
        trial("a_handler_runs_in_an_interpreter", || {
            Box::pin(run_handler())
        }),
        trial(
            "the_exit_of_a_bootstrap_is_returned",
            || Box::pin(say_how()),
        ),
        trial(
            "a_supervised_function_has_its_own_group_limit_and_memory",
            || Box::pin(be_as_by_itself()),
        ),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn trial(name: &str, test: fn() -> Pin<Box<dyn Future<Output = ()>>>) -> Trial {
    Trial::test(name, move || {
        let runtime = Runtime::new().map_err(Failed::from)?;
        runtime.block_on(test());
        Ok(())
    })
}

/// The search for the interpreter must not lose its process to the one that reaps orphans.
async fn run_handler() {
    let Some(runtime) = python() else { return };
    let account = Account::new();
    let module = "def handler(event, context): return [event]";
    let files = [("app.py", module)];
    account
        .modules(&runtime, "app.handler", &files, json!({}))
        .await;
    let answer = account.invoke("worker", json!({ "a": 1 })).await.ok();
    assert_eq!(answer.function_error(), None, "{:?}", answer.body);
    assert_eq!(answer.json(), json!([{ "a": 1 }]));
    account.service.shutdown().await;
}

/// With two environments of one version each, so that neither ends the other's processes.
async fn leave_nothing() {
    if !on_linux("only Linux identifies the children that a process leaves") {
        return;
    }
    let account = Account::new();
    account.shell("shell", json!({})).await;
    let leave = format!("{LEAVE} answer \"[${{left}}0]\"");
    let (one, other) = tokio::join!(account.ask("shell", &leave), account.ask("shell", &leave));
    let left = [pids(&one), pids(&other)].concat();
    assert_eq!(left.len(), 2 * WAYS, "{left:?}");
    let is_there = |pid: &&u64| Path::new(&format!("/proc/{pid}")).exists();
    assert_eq!(left.iter().filter(is_there).count(), left.len(), "{left:?}");
    account.delete(&format!("{FUNCTIONS}/shell")).await.ok();
    // Not even as zombies.
    let still: Vec<&u64> = left.iter().filter(is_there).collect();
    assert!(still.is_empty(), "{still:?} of {left:?}");
    account.service.shutdown().await;
}

async fn say_why() {
    let account = Account::new();
    for (name, bootstrap, mode, words) in [
        (
            "interpreter",
            "#!/no/such\n",
            0o755,
            "no such file or directory",
        ),
        ("mode", "#!/bin/sh\n", 0o644, "permission denied"),
        ("format", "\u{7f}ELF", 0o755, "exec format error"),
    ] {
        let code = STANDARD.encode(zip(&[("bootstrap", bootstrap, mode)]));
        account.create(name, &code, json!({})).await.ok();
        let body = account.invoke(name, json!({})).await.ok().json();
        assert_eq!(body["errorType"], "Runtime.InvalidEntrypoint", "{name}");
        let message = body["errorMessage"].as_str().unwrap();
        assert!(message.contains(words), "{name}: {message}");
    }
    account.service.shutdown().await;
}

/// In Lambda's words, also if the supervisor between the two receives that signal itself.
async fn say_how() {
    let account = Account::new();
    account.shell("shell", json!({})).await;
    for (end, words) in [
        ("exit 3", "exit status 3"),
        ("kill -9 $$", "signal: killed"),
        ("kill -15 $$", "signal: terminated"),
        ("exit 143", "exit status 143"),
    ] {
        let body = account.run("shell", end).await.json();
        let message = body["errorMessage"].as_str().unwrap();
        assert!(
            message.ends_with(&format!("Runtime exited with error: {words}")),
            "{end}: {message}"
        );
    }
    account.service.shutdown().await;
}

/// The function leads its process group, has Lambda's limit of open files, and only its own memory
/// counts: the reported peak is at most a little above what the process measures itself.
async fn be_as_by_itself() {
    if !on_linux("only Linux describes processes in /proc") {
        return;
    }
    raise_open_files();
    let account = Account::new();
    account.shell("shell", json!({})).await;
    assert_eq!(account.ask("shell", OPEN_FILES).await, 1024);
    let code = r#"
        read -r _ _ _ _ group _ < /proc/$$/stat
        while read -r name kilobytes _; do [ "$name" = VmHWM: ] && peak=$kilobytes; done < /proc/$$/status
        sleep 0.5; answer "[$$,$group,$peak]""#;
    let said = account.ask("shell", code).await;
    assert_eq!(said[0], said[1], "{said}");
    let peak = said[2].as_u64().unwrap() / 1024;
    let log = account.logs.lines("/aws/lambda/shell");
    let report = log.iter().rfind(|line| line.starts_with("REPORT")).unwrap();
    let (_, used) = report.split_once("Max Memory Used: ").unwrap();
    let used: u64 = used.split_once(' ').unwrap().0.parse().unwrap();
    assert!((peak..peak + 5).contains(&used), "{peak} {report}");
    account.service.shutdown().await;
}
