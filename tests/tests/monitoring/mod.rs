//! What the line's operators look at: alarms that go off when they should, a dashboard on which
//! every line has data, delivery logs. All of it on the complete example, called so that each of
//! them has something to tell.

mod causes;
mod dashboard;
pub(crate) mod outcomes;
mod world;

use connect_pin_sms::metrics::NAMESPACE;
use e2e::Failure;
use world::MonitoringWorld;

e2e::trials![what_happens_on_a_line_is_seen,];

async fn what_happens_on_a_line_is_seen() -> Result<(), Failure> {
    let world = MonitoringWorld::deploy().await?;
    quiet_at_first(&world).await?;
    for (alarms, cause) in causes::ALL {
        for alarm in alarms {
            assert_eq!(world.state(alarm).await?, "OK", "{alarm}, before {cause:?}");
        }
        cause.happen(&world).await?;
        for alarm in alarms {
            assert_eq!(
                world.state(alarm).await?,
                "ALARM",
                "{alarm}, after {cause:?}"
            );
        }
    }
    every_alarm_watches_what_is_measured(&world).await?;
    dashboard::every_line_of_it_has_data(&world).await?;
    dashboard::its_log_query_asks_for_fields_that_are_there(&world).await?;
    dashboard::its_head_says_where_redemptions_are_counted(&world).await?;
    messages_are_in_the_delivery_logs(&world).await?;
    world.destroy().await
}

/// Terraform's alarms are there, tell a topic that exists, and have nothing to tell.
async fn quiet_at_first(world: &MonitoringWorld) -> Result<(), Failure> {
    let alarms = world.alarms().await?;
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
    assert_eq!(caused, alarms.len(), "an alarm that nothing here sets off");
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
            panic!("{name:?} tells {:?}", alarm.alarm_actions());
        };
        world
            .sns
            .get_topic_attributes()
            .topic_arn(topic)
            .send()
            .await?;
    }
    Ok(())
}

/// A metric that is called otherwise, or never published, would have no data. Of an alarm on several
/// outcomes one has happened here; that all of them can is compared with the function's source.
async fn every_alarm_watches_what_is_measured(world: &MonitoringWorld) -> Result<(), Failure> {
    for alarm in world.alarms().await? {
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
            let measured = world.measured(metric.clone(), "SampleCount").await?;
            let happened = !measured.is_empty();
            if metric.namespace() == Some(NAMESPACE) {
                outcomes.0 += 1;
                outcomes.1 += usize::from(happened);
            } else {
                assert!(happened, "{:?} watches {metric:?}", alarm.alarm_name());
            }
        }
        assert!(
            outcomes.0 == 0 || outcomes.1 > 0,
            "{:?} watches nothing that happened",
            alarm.alarm_name()
        );
    }
    Ok(())
}

/// One record for each message that SNS has taken, and where nobody gets it, one in the other group.
async fn messages_are_in_the_delivery_logs(world: &MonitoringWorld) -> Result<(), Failure> {
    let group = "sns/ap-northeast-1/123456789012/DirectPublishToPhoneNumber";
    let sent = world.line.aws.messages();
    let mut recorded = 0;
    for (group, status) in [
        (group.to_owned(), "SUCCESS"),
        (format!("{group}/Failure"), "FAILURE"),
    ] {
        let records = world.log(&group).await?;
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
