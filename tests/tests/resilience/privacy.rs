//! Logs, metrics, traces and records contain no PIN and no phone number.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_cloudwatch::types::{Dimension, MetricDatum};
use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use aws_sdk_lambda::types::{ApplicationLogLevel, LogFormat, LoggingConfig};
use e2e::{Failure, REGION};
use local_account::{AwsCall, Effect, FaultRule};
use serde_json::{Value, json};

use crate::resilience::leaks::{Source, digits_of};
use crate::resilience::setup::{NOT_A_MEMBER, ResilienceSetup, SENT, TROUBLE, WRONG_AGAIN};

const HOUR: Duration = Duration::from_secs(3_600);

/// Digits that the test writes to every source that it can write to. The search must find them there, which
/// shows that it searches those sources.
const PLANTED: &str = "90817263";

/// No log, metric, trace, contact or record of a request contains a PIN or a phone number of any scenario.
pub(crate) async fn no_log_holds_a_pin_or_a_number(
    setup: &mut ResilienceSetup,
) -> Result<(), Failure> {
    let (caller, stranger) = (setup.member(12, 1).await?, setup.phone(12, 2));
    let pin = setup.campaign("12120001", []).await?;
    let call = setup.call(&caller, &["92120001", pin]).await?;
    assert_eq!(call.heard()[1..], [WRONG_AGAIN, SENT]);
    drop(call);
    assert_eq!(setup.last_sentence(&stranger, &[]).await?, NOT_A_MEMBER);
    setup.secret(PLANTED);
    plant(setup).await?;
    let sources = [
        Source::Logs,
        Source::Metrics,
        Source::Traces,
        Source::Requests,
        Source::Account,
    ];
    setup.planted = BTreeSet::from(sources.map(|source| (source, PLANTED.to_owned())));
    let delivered = assert_no_leaks(setup).await?;
    assert!(delivered > 0, "the delivery logs must have been searched");
    Ok(())
}

/// Searches all sources for the secrets of all scenarios so far, and asserts that only the planted ones are
/// found. Returns the number of recipients in SNS's delivery logs, which name each message's.
pub(crate) async fn assert_no_leaks(setup: &ResilienceSetup) -> Result<usize, Failure> {
    search_logs(setup).await?;
    search_metrics(setup).await?;
    search_traces(setup).await?;
    setup.clear_requests()?;

    let search = &setup.search;
    assert!(search.texts(Source::Calls) >= setup.contacts().len());
    let mut leaks = search.leaks(&setup.secrets());
    // SNS logs the numbers of recipients, and no others.
    let mut delivered = 0;
    for message in setup.line.aws.messages() {
        let number = (Source::Deliveries, digits_of(&message.phone_number));
        delivered += usize::from(leaks.remove(&number));
    }
    assert_eq!(
        leaks, setup.planted,
        "the search must find only the planted digits"
    );
    // The test cannot plant digits in a call, but each call has the line's number, which is not secret. A
    // scenario that runs alone may place no call.
    let own = digits_of(&setup.outputs.phone_number);
    let found = search.leaks(&BTreeSet::from([own.clone()]));
    assert_eq!(
        found.contains(&(Source::Calls, own)),
        search.texts(Source::Calls) > 0,
        "the calls must have been searched"
    );
    Ok(delivered)
}

/// The function logs at its lowest level.
pub(crate) async fn the_most_verbose_log_holds_no_secret(
    setup: &ResilienceSetup,
) -> Result<(), Failure> {
    let set_level = |level| {
        let logging = LoggingConfig::builder()
            .log_format(LogFormat::Json)
            .application_log_level(level)
            .log_group(&setup.outputs.function_log_group_name)
            .build();
        setup
            .lambda
            .update_function_configuration()
            .function_name(&setup.outputs.function_name)
            .logging_config(logging)
            .send()
    };
    // Lambda filters lines by its own level, and the function by another.
    let before = setup.change(&[("LOG_LEVEL", "TRACE")]).await?;
    let updated = set_level(ApplicationLogLevel::Trace).await?;
    let level = updated
        .logging_config()
        .and_then(|logging| logging.application_log_level());
    assert_eq!(level, Some(&ApplicationLogLevel::Trace));
    let pin = setup.campaign("13130001", []).await?;
    let caller = setup.member(13, 1).await?;
    let call = setup.call(&caller, &["93130001", pin]).await?;
    assert_eq!(call.heard()[1..], [WRONG_AGAIN, SENT]);
    let faults = setup.line.aws.account.faults();
    faults.set(vec![FaultRule::new("sns", Effect::Reset)])?;
    assert_eq!(setup.last_sentence(&caller, &[pin]).await?, TROUBLE);
    faults.clear();
    let stranger = setup.phone(13, 2);
    assert_eq!(setup.last_sentence(&stranger, &[pin]).await?, NOT_A_MEMBER);
    set_level(ApplicationLogLevel::Info).await?;
    setup.set_variables(before).await
}

async fn plant(setup: &ResilienceSetup) -> Result<(), Failure> {
    let group = &setup.outputs.function_log_group_name;
    let logs = &setup.logs;
    logs.create_log_stream()
        .log_group_name(group)
        .log_stream_name("planted")
        .send()
        .await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    logs.put_log_events()
        .log_group_name(group)
        .log_stream_name("planted")
        .log_events(
            InputLogEvent::builder()
                .timestamp(i64::try_from(now)?)
                .message(format!("pin {PLANTED}"))
                .build()?,
        )
        .send()
        .await?;
    let dimension = Dimension::builder().name("Pin").value(PLANTED).build();
    let metric = MetricDatum::builder()
        .metric_name("Planted")
        .dimensions(dimension)
        .value(1.0)
        .build();
    let metrics = setup.metrics.put_metric_data().namespace("Planted");
    metrics.metric_data(metric).send().await?;
    // The operation does not exist, and the account records the request.
    let call = AwsCall {
        service: "dynamodb",
        region: REGION,
        method: http::Method::POST,
        path: "/",
        target: Some(&format!("DynamoDB_20120810.{PLANTED}")),
        content_type: "application/x-amz-json-1.0",
        body: "{}".into(),
    };
    assert!(setup.line.aws.client.aws(call).await.is_err());
    tracing::debug!("pin {PLANTED}");
    plant_segment(setup, now).await?;
    Ok(())
}

/// Sends a segment with the planted digits, like a function that writes a PIN into its traces.
async fn plant_segment(setup: &ResilienceSetup, now: u128) -> Result<(), Failure> {
    let seconds = u32::try_from(now / 1_000)?;
    let segment = json!({
        "name": "planted",
        "id": "00000000000000aa",
        "trace_id": format!("1-{seconds:08x}-0000000000000000000000aa"),
        "start_time": seconds,
        "end_time": seconds,
        "annotations": { "pin": PLANTED },
    });
    let xray = aws_sdk_xray::Client::new(&setup.line.aws.sdk_config().await);
    let put = xray.put_trace_segments();
    let answer = put
        .trace_segment_documents(segment.to_string())
        .send()
        .await?;
    assert!(answer.unprocessed_trace_segments().is_empty(), "{answer:?}");
    Ok(())
}

/// Searches every line of every log group, and the names of groups and streams.
async fn search_logs(setup: &ResilienceSetup) -> Result<(), Failure> {
    let search = &setup.search;
    let mut groups = setup
        .logs
        .describe_log_groups()
        .into_paginator()
        .items()
        .send();
    let mut names = Vec::new();
    while let Some(group) = groups.next().await {
        names.push(group?.log_group_name().unwrap_or_default().to_owned());
    }
    let mut metrics = 0;
    let mut unanswered: BTreeSet<String> = setup.contacts().into_iter().collect();
    let mut unrouted = unanswered.clone();
    for name in &names {
        search.add(Source::Logs, name);
        let source = match name.starts_with("sns/") {
            true => Source::Deliveries,
            false => Source::Logs,
        };
        let lines = setup.logs.filter_log_events().log_group_name(name);
        let mut pages = lines.into_paginator().send();
        while let Some(page) = pages.next().await {
            for line in page?.events() {
                search.add(source, line.log_stream_name().unwrap_or_default());
                let text = line.message().unwrap_or_default();
                let mut line: Value = serde_json::from_str(text).unwrap_or_default();
                if line["_aws"].is_object() {
                    // Milliseconds since 1970 are thirteen random digits.
                    assert!(line["_aws"]["Timestamp"].take().is_u64());
                    search.add(Source::Metrics, &line.to_string());
                    metrics += 1;
                    continue;
                }
                search.add(source, text);
                if let Some(contact) = line["contact_id"].as_str() {
                    unanswered.remove(contact);
                }
                if let Some(contact) = line["ContactId"].as_str() {
                    unrouted.remove(contact);
                }
            }
        }
    }
    // Each call that the function answered has lines in both logs, so the logs are complete.
    assert!(
        unanswered.is_empty(),
        "the function's log must have lines of each contact, but lacks {unanswered:?}"
    );
    assert!(
        unrouted.is_empty(),
        "the flow's log must have lines of each contact, but lacks {unrouted:?}"
    );
    assert!(
        metrics > setup.contacts().len(),
        "{metrics} lines of metrics"
    );
    Ok(())
}

/// Searches names, namespaces and dimensions of all metrics.
async fn search_metrics(setup: &ResilienceSetup) -> Result<(), Failure> {
    let mut pages = setup.metrics.list_metrics().into_paginator().send();
    while let Some(page) = pages.next().await {
        for metric in page?.metrics() {
            setup.search.add(Source::Metrics, &format!("{metric:?}"));
        }
    }
    Ok(())
}

/// Searches every segment of every trace, without ids and times, which are random digits.
async fn search_traces(setup: &ResilienceSetup) -> Result<(), Failure> {
    let xray = aws_sdk_xray::Client::new(&setup.line.aws.sdk_config().await);
    let now = SystemTime::now();
    let mut summaries = xray
        .get_trace_summaries()
        .start_time((now - HOUR).into())
        .end_time((now + HOUR).into())
        .into_paginator()
        .items()
        .send();
    let mut ids = Vec::new();
    while let Some(summary) = summaries.next().await {
        ids.extend(summary?.id().map(str::to_owned));
    }
    // X-Ray returns at most five traces for a request.
    for five in ids.chunks(5) {
        let found = xray.batch_get_traces().set_trace_ids(Some(five.to_vec()));
        for trace in found.send().await?.traces() {
            for segment in trace.segments() {
                let mut segment: Value = serde_json::from_str(segment.document().unwrap_or("{}"))?;
                for random in ["id", "trace_id", "parent_id", "start_time", "end_time"] {
                    segment[random].take();
                }
                setup.search.add(Source::Traces, &segment.to_string());
            }
        }
    }
    let traced = setup.search.texts(Source::Traces);
    assert!(traced > setup.contacts().len(), "{traced} segments");
    Ok(())
}
