//! Log lines of functions.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn json_logs_obey_their_levels() {
    let line = |level: &str| {
        format!(r#"{{"level":"{level}","timestamp":"2026-01-02T03:04:05Z","message":"m"}}"#)
    };
    let text = format!(
        "while :; do next; echo '{}'; echo '{}'; echo plain; answer null; done",
        line("DEBUG"),
        line("ERROR")
    );
    let account = Account::new();
    let logging = json!({
        "LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "DEBUG",
        "LogGroup": "/pin/sms"
    });
    let extra = json!({ "LoggingConfig": logging });
    account.create("json", &script(&text), extra).await.ok();
    account.invoke("json", json!({})).await.ok();
    let log = account.logs.lines("/pin/sms");
    let kinds: Vec<String> = log
        .iter()
        .map(|line| match serde_json::from_str::<Value>(line) {
            Ok(line) => line["type"].as_str().unwrap_or("application").to_owned(),
            Err(_) => line.clone(),
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "platform.initStart",
            "platform.initReport",
            "platform.start",
            "application",
            "plain",
            "platform.runtimeDone",
            "platform.report"
        ]
    );
    assert!(log[3].contains("ERROR"), "{log:?}");
    account.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_log_group_costs_only_the_log() {
    let account = Account::worker(json!({})).await;
    account.logs.remove_group("/aws/lambda/worker");
    account.pid().await;
    assert_eq!(account.log(), Vec::<String>::new());
    account.service.shutdown().await;
}
