//! Metrics as plots, and alarms.

use local_browser::Browser;
use serde_json::{Value, json};

use crate::line::Line;

/// Sends a measurement of the namespace `line` with the dimensions of an outcome.
async fn measure(line: &Line, name: &str, outcome: &str, value: &str, unit: &str) {
    let datum = [
        ("Action", "PutMetricData"),
        ("Version", "2010-08-01"),
        ("Namespace", "line"),
        ("MetricData.member.1.MetricName", name),
        ("MetricData.member.1.Value", value),
        ("MetricData.member.1.Unit", unit),
        ("MetricData.member.1.Dimensions.member.1.Name", "Outcome"),
        ("MetricData.member.1.Dimensions.member.1.Value", outcome),
        ("MetricData.member.1.Dimensions.member.2.Name", "Line"),
        ("MetricData.member.1.Dimensions.member.2.Value", "spring"),
    ];
    line.form("monitoring", &datum).await;
}

/// Sets up an alarm on a metric without data: its state is `ALARM` if `missing` is `breaching`.
async fn alarm(line: &Line, name: &str, missing: &str) {
    let alarm = [
        ("Action", "PutMetricAlarm"),
        ("Version", "2010-08-01"),
        ("AlarmName", name),
        ("Namespace", "line"),
        ("MetricName", "nothing"),
        ("ComparisonOperator", "GreaterThanThreshold"),
        ("EvaluationPeriods", "1"),
        ("Period", "60"),
        ("Statistic", "Sum"),
        ("Threshold", "1"),
        ("TreatMissingData", missing),
    ];
    line.form("monitoring", &alarm).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_are_plotted_by_outcome_and_an_alarm_comes_first() {
    let Some(browser) = Browser::start().await else {
        return;
    };
    let line = Line::start().await;
    for (name, outcome, value, unit) in [
        ("Calls", "SENT", "1", "Count"),
        ("Calls", "SENT", "1", "Count"),
        ("Calls", "PIN_NOT_FOUND", "3", "Count"),
        ("Locks", "SENT", "0", "Count"),
        ("SmsLatency", "SENT", "10", "Milliseconds"),
        ("SmsLatency", "SENT", "20", "Milliseconds"),
    ] {
        measure(&line, name, outcome, value, unit).await;
    }
    alarm(&line, "a-quiet-one", "notBreaching").await;
    alarm(&line, "z-loud-one", "breaching").await;
    browser.driver.goto(line.url()).await.unwrap();
    browser.click("[data-part=account]").await;
    browser.find_text(".alarm", "z-loud-one").await;

    // Counts are sums, by outcome; the line's name is the same everywhere. Durations are averages. What
    // stayed at 0 is counted, not drawn.
    let plots = "[...document.querySelectorAll('.plot')].map(one => [one.querySelector('b').textContent, \
                 one.querySelector('.sum').textContent, [...one.querySelectorAll('.parts li')].map(part => \
                 part.textContent)])";
    let shown = browser.eval(plots).await;
    let expected: Value = json!([
        ["Calls", "5", ["PIN_NOT_FOUND3", "SENT2"]],
        ["SmsLatency", "15 ms", ["SENT"]],
    ]);
    assert_eq!(shown, expected);
    browser.find_text(".plots .hint", ": 1").await;
    let names =
        "[...document.querySelectorAll('.plot svg')].map(one => one.getAttribute('aria-label'))";
    assert_eq!(
        browser.eval(names).await,
        json!(["Calls: 5 in all", "SmsLatency: 15 ms on average"])
    );
    // One bar is drawn: all was measured in one minute, or in two.
    let bars = browser
        .eval("document.querySelectorAll('.plot:first-child .some').length")
        .await;
    assert!([json!(1), json!(2)].contains(&bars), "{bars}");

    let alarms = "[...document.querySelectorAll('.alarm')].map(one => \
                  [one.querySelector('.alarm-state').textContent, one.querySelectorAll('.minor').length])";
    assert_eq!(browser.eval(alarms).await, json!([["Alarm", 1], ["OK", 0]]));
    browser.find_text(".alarm:first-child", "z-loud-one").await;
    browser.quit().await;
    line.account.shutdown().await;
}
