//! Functions that are slow, crash, need too much memory or do not start.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_function_is_killed_with_its_children() {
    let account = Account::worker(json!({ "Timeout": 1 })).await;
    let answer = account.invoke("worker", json!({ "do": "hang" })).await.ok();
    assert_eq!(answer.function_error(), Some("Unhandled"));
    let body = answer.json();
    assert_eq!(body["errorType"], "Sandbox.Timedout");
    let message = body["errorMessage"].as_str().unwrap();
    assert!(message.starts_with("RequestId: "), "{message}");
    assert!(
        message.ends_with(" Error: Task timed out after 1.00 seconds"),
        "{message}"
    );
    let log = account.log();
    let find = |prefix: &str| {
        let line = log.iter().find_map(|line| line.strip_prefix(prefix));
        line.unwrap_or_else(|| panic!("{prefix} in {log:?}"))
            .parse::<u64>()
            .unwrap()
    };
    assert!(!is_running(find("cold ")));
    let child = find("child ");
    // The child is not a child of the test: the kernel ends it asynchronously.
    tokio::time::timeout(Duration::from_secs(10), async {
        while is_running(child) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
    let line = |text: &str| log.iter().any(|line| line.contains(text));
    assert!(line(" Task timed out after 1.00 seconds"), "{log:?}");
    assert!(line("\tStatus: timeout"), "{log:?}");
    // The next invocation has a new process.
    account.pid().await;
    account.service.shutdown().await;
}

/// The function takes longer than its timeout: it runs for two seconds, and one second is configured.
#[tokio::test(flavor = "multi_thread")]
async fn without_time_limits_a_function_may_take_longer_than_its_timeout() {
    let (tell, told) = std::sync::mpsc::channel();
    let account = Account::hosting(Hosting {
        time_limits: false,
        started: Some(Arc::new(move |function: &str, process| {
            tell.send((function.to_owned(), process)).unwrap();
        })),
    });
    account
        .create("worker", &script(WORKER), json!({ "Timeout": 1 }))
        .await
        .ok();
    let answer = account
        .invoke("worker", json!({ "do": "sleep" }))
        .await
        .ok();
    assert_eq!(answer.function_error(), None, "{:?}", answer.body);
    // The function's own time limits follow the deadline, so it must be far away.
    let tomorrow = SystemTime::now() + Duration::from_secs(24 * 60 * 60);
    let tomorrow = tomorrow.duration_since(UNIX_EPOCH).unwrap().as_millis();
    let deadline = answer.json()["deadline"].as_u64().unwrap();
    assert!(u128::from(deadline) > tomorrow, "{deadline}");
    // One process was reported, and it is the one that responded.
    let process = answer.json()["pid"].as_u64().unwrap();
    let told: Vec<_> = told.try_iter().collect();
    assert_eq!(told, [("worker".to_owned(), process as u32)]);
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_is_an_exit_error() {
    let account = Account::worker(json!({})).await;
    let first = account.pid().await;
    for (event, end) in [
        ("crash", "Runtime exited with error: exit status 3"),
        ("leave", "Runtime exited without providing a reason"),
    ] {
        let answer = account.invoke("worker", json!({ "do": event })).await.ok();
        assert_eq!(answer.function_error(), Some("Unhandled"));
        let body = answer.json();
        assert_eq!(body["errorType"], "Runtime.ExitError");
        let message = body["errorMessage"].as_str().unwrap();
        assert!(message.ends_with(&format!(" Error: {end}")), "{message}");
    }
    let log = account.log().join("\n");
    assert!(log.contains("about to crash"), "{log}");
    assert!(
        log.contains("Error: Runtime exited with error: exit status 3\nRuntime.ExitError"),
        "{log}"
    );
    assert_ne!(account.pid().await, first);
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_much_memory_is_fatal() {
    let account = Account::worker(json!({ "MemorySize": 128 })).await;
    let answer = account.invoke("worker", json!({ "do": "grow" })).await.ok();
    assert_eq!(answer.function_error(), Some("Unhandled"));
    let body = answer.json();
    assert_eq!(body["errorType"], "Runtime.ExitError");
    let message = body["errorMessage"].as_str().unwrap();
    assert!(message.ends_with("signal: killed"), "{message}");
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_initialization_is_the_invocations_error() {
    let account = Account::new();
    let init_error = r#"call POST init/error '{"errorType":"Init","errorMessage":"no table"}'"#;
    let dead = "echo broken; exit 1";
    for (name, text, kind, words) in [
        ("reports", init_error, "Init", "no table"),
        ("dies", dead, "Runtime.ExitError", "exit status 1"),
    ] {
        account.create(name, &script(text), json!({})).await.ok();
        let answer = account.invoke(name, json!({})).await.ok();
        assert_eq!(answer.function_error(), Some("Unhandled"), "{name}");
        let body = answer.json();
        assert_eq!(body["errorType"], kind);
        let message = body["errorMessage"].as_str().unwrap();
        assert!(message.contains(words), "{message}");
    }
    // Once on its own, and once as part of the invocation.
    let log = account.logs.lines("/aws/lambda/dies");
    assert_eq!(log.iter().filter(|line| *line == "broken").count(), 2);
    assert!(
        log.iter().any(|line| line.starts_with("INIT_REPORT ")
            && line.ends_with("Status: error\tError Type: Runtime.ExitError")),
        "{log:?}"
    );
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_started_is_an_invalid_entrypoint() {
    let account = Account::new();
    let other = match std::env::consts::ARCH {
        "aarch64" => "x86_64",
        _ => "arm64",
    };
    for (name, files, extra, words) in [
        (
            "empty",
            [("main", "", 0o755)],
            json!({}),
            "Couldn't find valid bootstrap(s)",
        ),
        (
            "plain",
            [("bootstrap", "#!/bin/sh\n", 0o644)],
            json!({}),
            "permission denied",
        ),
        (
            "alien",
            [("bootstrap", "\u{7f}ELF", 0o755)],
            json!({}),
            "exec format error",
        ),
        (
            "other",
            [("bootstrap", "#!/bin/sh\n", 0o755)],
            json!({ "Architectures": [other] }),
            "this machine is",
        ),
    ] {
        let code = STANDARD.encode(zip(&files));
        account.create(name, &code, extra).await.ok();
        let answer = account.invoke(name, json!({})).await.ok();
        assert_eq!(answer.function_error(), Some("Unhandled"), "{name}");
        let body = answer.json();
        assert_eq!(body["errorType"], "Runtime.InvalidEntrypoint", "{name}");
        let message = body["errorMessage"].as_str().unwrap();
        assert!(message.contains(words), "{message}");
    }
    account.service.shutdown().await;
}
