//! The monitoring of the complete example: each alarm goes off for its cause, each line of the dashboard has
//! data, and messages are in the delivery logs.

mod causes;
mod dashboard;
pub(crate) mod outcomes;
mod setup;

use connect_pin_sms::metrics::NAMESPACE;
use e2e::Failure;
use setup::MonitoringSetup;

e2e::trials![alarms_dashboard_and_logs_show_what_happens_on_a_line,];

async fn alarms_dashboard_and_logs_show_what_happens_on_a_line() -> Result<(), Failure> {
    let setup = MonitoringSetup::deploy().await?;
    no_alarm_is_on_at_first(&setup).await?;
    for (alarms, cause) in causes::ALL {
        for alarm in alarms {
            assert_eq!(setup.state(alarm).await?, "OK", "{alarm}, before {cause:?}");
        }
        cause.happen(&setup).await?;
        for alarm in alarms {
            assert_eq!(
                setup.state(alarm).await?,
                "ALARM",
                "{alarm}, after {cause:?}"
            );
        }
    }
    every_alarm_watches_a_metric_that_exists(&setup).await?;
    dashboard::every_line_of_it_has_data(&setup).await?;
    dashboard::the_fields_of_its_log_query_exist(&setup).await?;
    dashboard::its_text_names_the_count_of_redemptions(&setup).await?;
    messages_are_in_the_delivery_logs(&setup).await?;
    setup.destroy().await
}

/// All alarms exist, notify an existing topic, and are in the state OK.
async fn no_alarm_is_on_at_first(setup: &MonitoringSetup) -> Result<(), Failure> {
    let alarms = setup.alarms().await?;
    let names: Vec<&str> = alarms
        .iter()
        .filter_map(|alarm| alarm.alarm_name())
        .collect();
    assert_eq!(
        names,
        [
            "campaign-line-duration",
            "campaign-line-errors",
            "campaign-line-faults",
            "campaign-line-locks",
            "campaign-line-sms-failures",
            "campaign-line-sms-spend-50",
            "campaign-line-sms-spend-80",
            "campaign-line-throttles",
            "campaign-line-undelivered",
            "campaign-line-unguarded-tries",
            "campaign-line-wrong-pins",
        ]
    );
    let caused: usize = causes::ALL.iter().map(|(alarms, _)| alarms.len()).sum();
    assert_eq!(caused, alarms.len(), "each alarm must have a cause");
    for alarm in alarms {
        let name = alarm.alarm_name();
        assert_eq!(alarm.treat_missing_data(), Some("notBreaching"), "{name:?}");
        assert_eq!(
            alarm.state_value().map(|state| state.as_str()),
            Some("OK"),
            "{name:?}"
        );
        assert_eq!(alarm.alarm_actions(), alarm.ok_actions(), "{name:?}");
        let [topic] = alarm.alarm_actions() else {
            panic!(
                "{name:?} must notify one topic, but notifies {:?}",
                alarm.alarm_actions()
            );
        };
        setup
            .sns
            .get_topic_attributes()
            .topic_arn(topic)
            .send()
            .await?;
    }
    Ok(())
}

/// A metric that has another name or is never published would have no data. For an alarm on several
/// outcomes, at least one outcome has happened here; `monitoring/outcomes.rs` compares all of them with the
/// function's codes.
async fn every_alarm_watches_a_metric_that_exists(setup: &MonitoringSetup) -> Result<(), Failure> {
    for alarm in setup.alarms().await? {
        let mut metrics: Vec<_> = alarm
            .metrics()
            .iter()
            .filter_map(|query| query.metric_stat()?.metric().cloned())
            .collect();
        if metrics.is_empty() {
            let metric = aws_sdk_cloudwatch::types::Metric::builder()
                .set_namespace(alarm.namespace().map(str::to_owned))
                .set_metric_name(alarm.metric_name().map(str::to_owned))
                .set_dimensions(Some(alarm.dimensions().to_vec()));
            metrics.push(metric.build());
        }
        let mut outcomes = (0, 0);
        for metric in metrics {
            let measured = setup.measured(metric.clone(), "SampleCount").await?;
            let happened = !measured.is_empty();
            if metric.namespace() == Some(NAMESPACE) {
                outcomes.0 += 1;
                outcomes.1 += usize::from(happened);
            } else {
                assert!(
                    happened,
                    "{:?} watches a metric without data: {metric:?}",
                    alarm.alarm_name()
                );
            }
        }
        assert!(
            outcomes.0 == 0 || outcomes.1 > 0,
            "{:?} watches only outcomes without data",
            alarm.alarm_name()
        );
    }
    Ok(())
}

/// Each message that SNS accepted has one record, in the log group of its status.
async fn messages_are_in_the_delivery_logs(setup: &MonitoringSetup) -> Result<(), Failure> {
    let group = "sns/ap-northeast-1/123456789012/DirectPublishToPhoneNumber";
    let sent = setup.line.aws.messages();
    let mut recorded = 0;
    for (group, status) in [
        (group.to_owned(), "SUCCESS"),
        (format!("{group}/Failure"), "FAILURE"),
    ] {
        let records = setup.log(&group).await?;
        assert!(!records.is_empty(), "{group}");
        recorded += records.len();
        for record in records {
            assert_eq!(record["status"], status, "{record}");
            let id = record["notification"]["messageId"].as_str().unwrap();
            assert!(
                sent.iter().any(|message| message.message_id == id),
                "{record}"
            );
        }
    }
    assert_eq!(recorded, sent.len());
    Ok(())
}
