//! The complete example with low thresholds and the log level ERROR, and clients to inspect it.

use std::fs;
use std::time::{Duration, SystemTime};

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Metric, MetricAlarm, MetricDataQuery, MetricStat};
use e2e::{Failure, REGION, TestLine};
use local_connect::{Call, CallerId};
use local_harness::Outputs;
use local_harness::sample::{put_campaign, put_member};
use serde_json::Value;

pub(crate) const PIN: &str = "00420815";
/// The PIN of a campaign whose row cannot be used.
pub(crate) const BROKEN_PIN: &str = "55554444";
pub(crate) const WRONG_PIN: &str = "99887766";

/// Settings of the example, each with the tested value: the highest log level, at which everything must
/// still be measured, and low thresholds. One message costs more than half of the spend limit, and two more
/// than four fifths.
const SETTINGS: [(&str, &str); 3] = [
    // Lambda drops lines below its own level, and treats a line of metrics as INFO.
    (
        "    log_level             = \"INFO\"\n",
        "    log_level             = \"ERROR\"\n",
    ),
    (
        "    duration_ms           = 3000\n",
        "    duration_ms           = 0\n    sms_spend_limit_usd   = 0.1\n",
    ),
    (
        "    locks_per_hour        = 20\n",
        "    locks_per_hour        = 0\n    wrong_pins_per_hour   = 0\n",
    ),
];

/// The period of the metrics in seconds.
pub(crate) const PERIOD: i32 = 300;

pub(crate) struct MonitoringSetup {
    pub(crate) line: TestLine,
    pub(crate) outputs: Outputs,
    pub(crate) cloudwatch: aws_sdk_cloudwatch::Client,
    pub(crate) lambda: aws_sdk_lambda::Client,
    pub(crate) sns: aws_sdk_sns::Client,
    logs: aws_sdk_cloudwatchlogs::Client,
}

impl MonitoringSetup {
    pub(crate) async fn deploy() -> Result<Self, Failure> {
        let line = TestLine::prepare("complete").await?;
        let main = line.deployment.terraform().directory().join("main.tf");
        let mut text = fs::read_to_string(&main)?;
        for (setting, tested) in SETTINGS {
            assert!(text.contains(setting), "the example must have {setting}");
            text = text.replace(setting, tested);
        }
        fs::write(main, text)?;
        let outputs = line.apply().await?;
        let url = "https://example.com/campaign/42";
        let table = &outputs.benefits_table_name;
        put_campaign(&line.aws.client, REGION, table, PIN, url).await?;
        let config = line.aws.sdk_config().await;
        Ok(Self {
            cloudwatch: aws_sdk_cloudwatch::Client::new(&config),
            lambda: aws_sdk_lambda::Client::new(&config),
            sns: aws_sdk_sns::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
            line,
            outputs,
        })
    }

    pub(crate) async fn destroy(self) -> Result<(), Failure> {
        self.line.deployment.destroy_unrefreshed().await?;
        self.line.aws.assert_empty().await?;
        self.line.aws.account.shutdown().await;
        Ok(())
    }

    /// Creates the nth member. Each cause has members of its own, who have had no messages or wrong PINs.
    pub(crate) async fn member(&self, n: u32) -> Result<String, Failure> {
        let number = format!("+8190123456{n:02}");
        let table = &self.outputs.member_table_name;
        put_member(&self.line.aws.client, REGION, table, &number, "m").await?;
        Ok(number)
    }

    pub(crate) async fn dial(&self, from: &str) -> Result<Call, Failure> {
        let from = CallerId::Number(from.to_owned());
        self.line.dial(&self.outputs, from).await
    }

    /// Returns all alarms of the account, sorted by name.
    pub(crate) async fn alarms(&self) -> Result<Vec<MetricAlarm>, Failure> {
        let described = self.cloudwatch.describe_alarms().send().await?;
        Ok(described.metric_alarms().to_vec())
    }

    /// Returns the state of an alarm, given by its name without the line's.
    pub(crate) async fn state(&self, alarm: &str) -> Result<String, Failure> {
        let name = format!("campaign-line-{alarm}");
        let described = self.cloudwatch.describe_alarms().alarm_names(name);
        let described = described.send().await?;
        let [alarm] = described.metric_alarms() else {
            return Err(format!("the alarm {alarm} must exist").into());
        };
        let state = alarm.state_value().ok_or("an alarm must have a state")?;
        Ok(state.as_str().to_owned())
    }

    /// Returns the values of a metric since the test began.
    pub(crate) async fn measured(&self, metric: Metric, stat: &str) -> Result<Vec<f64>, Failure> {
        let stat = MetricStat::builder()
            .metric(metric)
            .period(PERIOD)
            .stat(stat);
        let query = MetricDataQuery::builder()
            .id("m1")
            .metric_stat(stat.build());
        self.queried(query.build()).await
    }

    /// Returns the values of a query since the test began.
    pub(crate) async fn queried(&self, query: MetricDataQuery) -> Result<Vec<f64>, Failure> {
        let now = SystemTime::now();
        let data = self
            .cloudwatch
            .get_metric_data()
            .metric_data_queries(query)
            .start_time(DateTime::from(now - Duration::from_secs(3 * 3_600)))
            .end_time(DateTime::from(now + Duration::from_secs(60)))
            .send()
            .await?;
        let results = data.metric_data_results().iter();
        Ok(results
            .flat_map(|result| result.values().to_vec())
            .collect())
    }

    /// Returns the lines of a log that are JSON.
    pub(crate) async fn log(&self, group: &str) -> Result<Vec<Value>, Failure> {
        let events = self.logs.filter_log_events().log_group_name(group);
        let pages = events.into_paginator().send();
        let pages = pages.collect::<Result<Vec<_>, _>>().await?;
        let lines = pages.iter().flat_map(|page| page.events());
        let messages = lines.filter_map(|line| line.message());
        Ok(messages
            .filter_map(|message| serde_json::from_str(message).ok())
            .collect())
    }
}
