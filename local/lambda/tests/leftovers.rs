//! Leftovers of functions: processes, memory and code are all removed.
#![allow(clippy::unwrap_used, reason = "a broken fixture is a failed test")]

mod common;

use std::time::Duration;

use common::{
    Account, FUNCTIONS, LEAVE, OPEN_FILES, WAYS, WORKER, is_running, on_linux, pids,
    raise_open_files, script, until,
};
use local_lambda::{Hosting, IdleLimits};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_function_started_outlives_its_environment() {
    if !on_linux("only Linux identifies the children that a process leaves") {
        return;
    }
    let account = Account::new();
    account.shell("shell", json!({})).await;
    let leave = format!("{LEAVE} answer \"[${{left}}0]\"");
    let left = pids(&account.ask("shell", &leave).await);
    assert_eq!(left.len(), WAYS, "{left:?}");
    assert!(left.iter().all(|pid| is_running(*pid)), "{left:?}");
    account.delete(&format!("{FUNCTIONS}/shell")).await.ok();
    let still: Vec<&u64> = left.iter().filter(|pid| is_running(**pid)).collect();
    assert!(still.is_empty(), "{still:?} of {left:?}");
    account.service.shutdown().await;
}

/// Whichever way an environment ends.
#[tokio::test(flavor = "multi_thread")]
async fn no_process_outlives_a_timeout_a_crash_or_the_shutdown() {
    if !on_linux("only Linux identifies the children that a process leaves") {
        return;
    }
    let account = Account::new();
    account.shell("shell", json!({ "Timeout": 2 })).await;
    let file = account.directory.path().join("left");
    for end in ["sleep 1000", "exit 3", "kill -9 $$"] {
        let code = format!("{LEAVE} echo \"[${{left}}0]\" > {}; {end}", file.display());
        let answer = account.run("shell", &code).await;
        assert_eq!(answer.function_error(), Some("Unhandled"), "{end}");
        let left: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let left = pids(&left);
        assert_eq!(left.len(), WAYS, "{end}: {left:?}");
        let still: Vec<&u64> = left.iter().filter(|pid| is_running(**pid)).collect();
        assert!(still.is_empty(), "{end}: {still:?} of {left:?}");
    }
    let leave = format!("{LEAVE} answer \"[${{left}}0]\"");
    let left = pids(&account.ask("shell", &leave).await);
    let Account {
        service, directory, ..
    } = account;
    drop(service);
    until(|| !left.iter().any(|pid| is_running(*pid))).await;
    drop(directory);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_memory_of_a_functions_children_counts() {
    if !on_linux("only Linux reports how much memory a process has") {
        return;
    }
    let account = Account::new();
    let grow = "grow() { a=x; while [ ${#a} -lt $1 ]; do a=$a$a; done; sleep 1000; }";
    account.shell("child", json!({ "MemorySize": 128 })).await;
    let code = format!("{grow}; grow 200000000 & wait");
    let answer = account.run("child", &code).await;
    let body = answer.json();
    assert_eq!(body["errorType"], "Runtime.ExitError", "{body}");
    let message = body["errorMessage"].as_str().unwrap();
    assert!(message.ends_with("signal: killed"), "{message}");

    // Each is within the limit; together they exceed it.
    account
        .shell("children", json!({ "MemorySize": 256 }))
        .await;
    let code = format!("{grow}; for n in 1 2 3 4 5 6; do grow 60000000 & done; wait");
    let answer = account.run("children", &code).await;
    assert_eq!(
        answer.json()["errorType"],
        "Runtime.ExitError",
        "{:?}",
        answer.body
    );

    // Memory within the limit is reported.
    account.shell("fits", json!({ "MemorySize": 512 })).await;
    let code = r#"
        hold() { a=x; while [ ${#a} -lt 64000000 ]; do a=$a$a; done; sleep 0.5; }
        hold & wait; answer 1"#;
    account.ask("fits", code).await;
    let log = account.logs.lines("/aws/lambda/fits");
    let report = log.iter().find(|line| line.starts_with("REPORT")).unwrap();
    let (_, used) = report.split_once("Max Memory Used: ").unwrap();
    let used: u64 = used.split_once(' ').unwrap().0.parse().unwrap();
    assert!((60..512).contains(&used), "{report}");
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_environment_ends() {
    let account = Account::configured(|config| {
        config.idle = IdleLimits {
            age: Duration::from_millis(50),
            count: 10,
        };
    });
    account
        .create("worker", &script(WORKER), json!({}))
        .await
        .ok();
    for _ in 0..2 {
        let pid = account.pid().await;
        until(|| !is_running(pid)).await;
    }
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_environments_are_limited() {
    let account = Account::configured(|config| {
        config.idle = IdleLimits {
            count: 1,
            ..IdleLimits::default()
        };
    });
    let mut pids = Vec::new();
    for name in ["one", "two", "three"] {
        account.create(name, &script(WORKER), json!({})).await.ok();
        let answer = account.invoke(name, json!({})).await.ok();
        pids.push(answer.json()["pid"].as_u64().unwrap());
    }
    let running: Vec<bool> = pids.iter().map(|pid| is_running(*pid)).collect();
    assert_eq!(running, [false, false, true]);
    account.service.shutdown().await;
}

/// A debugger may be about to attach to it.
#[tokio::test(flavor = "multi_thread")]
async fn without_time_limits_idle_environments_stay() {
    let account = Account::configured(|config| {
        config.hosting = Hosting {
            time_limits: false,
            ..Hosting::default()
        };
        config.idle.age = Duration::ZERO;
    });
    account
        .create("worker", &script(WORKER), json!({}))
        .await
        .ok();
    let first = account.pid().await;
    assert_eq!(account.pid().await, first);
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn code_is_removed_with_the_last_version_that_uses_it() {
    let account = Account::worker(json!({ "Publish": true })).await;
    let root = account.directory.path().join("work");
    let count = || {
        let services = std::fs::read_dir(&root).unwrap();
        services
            .flatten()
            .map(|service| std::fs::read_dir(service.path()).unwrap().count())
            .sum::<usize>()
    };
    account.pid().await;
    let uri = format!("{FUNCTIONS}/worker/code");
    for n in 0..3 {
        let code = script(&format!("# {n}\n{WORKER}"));
        account.put(&uri, json!({ "ZipFile": code })).await.ok();
        account.pid().await;
    }
    let dry = json!({ "ZipFile": script("# dry"), "DryRun": true });
    account.put(&uri, dry).await.ok();
    // Version 1 and $LATEST.
    until(|| count() == 2).await;
    account
        .delete(&format!("{FUNCTIONS}/worker?Qualifier=1"))
        .await
        .ok();
    until(|| count() == 1).await;
    account.delete(&format!("{FUNCTIONS}/worker")).await.ok();
    until(|| count() == 0).await;
    account.service.shutdown().await;
}

/// A function that prints faster than its log is written blocks: it prints 16 MB, of which at most one
/// megabyte waits to be written, as `BACKLOG` states.
#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_prints_too_fast_waits_and_loses_no_output() {
    const LINES: usize = 64;
    let account = Account::new();
    account.shell("shell", json!({})).await;
    let progress = account.directory.path().join("progress");
    std::fs::create_dir(&progress).unwrap();
    let code = format!(
        "line=x; while [ ${{#line}} -lt 262144 ]; do line=$line$line; done
         for n in {{1..{LINES}}}; do echo \"$line\"; : > {}/$n; done; answer 1",
        progress.display()
    );
    let gate = account.logs.hold();
    let release = async {
        let printed = || std::fs::read_dir(&progress).unwrap().count();
        // The function blocks when all buffers are full.
        let (mut before, mut looks) = (0, 0);
        while looks < 10 && before < LINES {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let now = printed();
            looks = match now > 0 && now == before {
                true => looks + 1,
                false => 0,
            };
            before = now;
        }
        gate.close();
        before
    };
    let (answer, printed) = tokio::join!(account.ask("shell", &code), release);
    assert_eq!(answer, 1);
    assert!(
        printed < 16,
        "{printed} lines of {LINES} were taken before one was written"
    );
    let largest = account.logs.largest();
    assert!(largest <= 1024 * 1024 + 4096, "{largest}");
    let log = account.logs.lines("/aws/lambda/shell");
    let lines = log.iter().filter(|line| line.starts_with("xxx"));
    assert_eq!(lines.map(String::len).sum::<usize>(), LINES * 262_144);
    account.service.shutdown().await;
}

/// "File descriptors: 1,024", in the table of Lambda's quotas. The process that starts functions may have
/// a higher limit.
#[tokio::test(flavor = "multi_thread")]
async fn a_function_has_lambdas_limit_of_open_files() {
    if !on_linux("only Linux has a process's limits in /proc") {
        return;
    }
    raise_open_files();
    let account = Account::new();
    account.shell("shell", json!({})).await;
    assert_eq!(account.ask("shell", OPEN_FILES).await, 1024);
    account.service.shutdown().await;
}

/// Five hundred environments start at the same time, and each invocation gets the response of its own
/// function.
#[tokio::test(flavor = "multi_thread")]
async fn many_functions_start_at_once() {
    const MANY: usize = 500;
    raise_open_files();
    let account = Account::new();
    let code = script("while :; do next; answer \"\\\"$AWS_LAMBDA_FUNCTION_NAME\\\"\"; done");
    let names: Vec<String> = (0..MANY).map(|n| format!("function-{n}")).collect();
    for name in &names {
        account
            .create(name, &code, json!({ "Timeout": 120 }))
            .await
            .ok();
    }
    let invoked = names.iter().map(|name| account.invoke(name, json!({})));
    let answers = futures_util::future::join_all(invoked).await;
    for (name, answer) in names.iter().zip(answers) {
        let answer = answer.ok();
        assert_eq!(answer.function_error(), None, "{:?}", answer.body);
        assert_eq!(answer.json(), **name);
    }
    account.service.shutdown().await;
}
