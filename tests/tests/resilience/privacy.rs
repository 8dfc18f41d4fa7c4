//! Nothing that is written down holds what a caller keyed in or called from.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_cloudwatch::types::{Dimension, MetricDatum};
use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use aws_sdk_lambda::types::{ApplicationLogLevel, LogFormat, LoggingConfig};
use e2e::{Failure, REGION};
use local_account::{AwsCall, Effect, FaultRule};
use serde_json::{Value, json};

use crate::resilience::leaks::{Source, digits_of};
use crate::resilience::world::{NOT_A_MEMBER, ResilienceWorld, SENT, TROUBLE, WRONG_AGAIN};

const HOUR: Duration = Duration::from_secs(3_600);

/// Digits that the search itself writes down in the end, in every place where anybody can. It must find them
/// there, or it would find nothing.
const PLANTED: &str = "90817263";

/// Logs, metrics, traces, contacts and their ways through the flow, the account's records, and the
/// account's own log: none of them holds a PIN or a number that any scenario used.
pub(crate) async fn no_log_holds_a_pin_or_a_number(
    world: &mut ResilienceWorld,
) -> Result<(), Failure> {
    let (caller, stranger) = (world.member(12, 1).await?, world.phone(12, 2));
    let pin = world.campaign("12120001", []).await?;
    let call = world.call(&caller, &["92120001", pin]).await?;
    assert_eq!(call.heard()[1..], [WRONG_AGAIN, SENT]);
    drop(call);
    assert_eq!(world.last_words(&stranger, &[]).await?, NOT_A_MEMBER);
    world.secret(PLANTED);
    plant(world).await?;
    let places = [
        Source::Logs,
        Source::Metrics,
        Source::Traces,
        Source::Requests,
        Source::Account,
    ];
    world.planted = BTreeSet::from(places.map(|place| (place, PLANTED.to_owned())));
    let delivered = nothing_is_written_down(world).await?;
    assert!(delivered > 0, "the delivery logs were not searched");
    Ok(())
}

/// Searches everything for the digits of all scenarios so far, beside what was planted; returns how
/// many numbers SNS wrote down, as it does of each message.
pub(crate) async fn nothing_is_written_down(world: &ResilienceWorld) -> Result<usize, Failure> {
    look_at_logs(world).await?;
    look_at_metrics(world).await?;
    look_at_traces(world).await?;
    world.forget_requests()?;

    let search = &world.search;
    assert!(search.texts(Source::Calls) >= world.contacts().len());
    let mut leaks = search.leaks(&world.secrets());
    // SNS names the numbers that messages went to, and only those.
    let mut delivered = 0;
    for message in world.line.aws.messages() {
        let number = (Source::Deliveries, digits_of(&message.phone_number));
        delivered += usize::from(leaks.remove(&number));
    }
    assert_eq!(leaks, world.planted, "only what was planted may be found");
    // Nothing can be planted in a call. But each has the number of the line, which is no secret.
    let own = digits_of(&world.outputs.phone_number);
    let found = search.leaks(&BTreeSet::from([own.clone()]));
    assert!(
        found.contains(&(Source::Calls, own)),
        "no call was searched"
    );
    Ok(delivered)
}

/// The function with its log at the level where it holds nothing back.
pub(crate) async fn the_most_talkative_function_tells_no_more(
    world: &ResilienceWorld,
) -> Result<(), Failure> {
    let talk = |level| {
        let logging = LoggingConfig::builder()
            .log_format(LogFormat::Json)
            .application_log_level(level)
            .log_group(&world.outputs.function_log_group_name)
            .build();
        world
            .lambda
            .update_function_configuration()
            .function_name(&world.outputs.function_name)
            .logging_config(logging)
            .send()
    };
    // Lambda's level lets lines through, and the function has its own for those that it writes.
    let before = world.change(&[("LOG_LEVEL", "TRACE")]).await?;
    let said = talk(ApplicationLogLevel::Trace).await?;
    let level = said
        .logging_config()
        .and_then(|to| to.application_log_level());
    assert_eq!(level, Some(&ApplicationLogLevel::Trace));
    let pin = world.campaign("13130001", []).await?;
    let caller = world.member(13, 1).await?;
    let call = world.call(&caller, &["93130001", pin]).await?;
    assert_eq!(call.heard()[1..], [WRONG_AGAIN, SENT]);
    let faults = world.line.aws.account.faults();
    faults.set(vec![FaultRule::new("sns", Effect::Reset)])?;
    assert_eq!(world.last_words(&caller, &[pin]).await?, TROUBLE);
    faults.clear();
    let stranger = world.phone(13, 2);
    assert_eq!(world.last_words(&stranger, &[pin]).await?, NOT_A_MEMBER);
    talk(ApplicationLogLevel::Info).await?;
    world.set_variables(before).await
}

async fn plant(world: &ResilienceWorld) -> Result<(), Failure> {
    let group = &world.outputs.function_log_group_name;
    let logs = &world.logs;
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
    let metrics = world.metrics.put_metric_data().namespace("Planted");
    metrics.metric_data(metric).send().await?;
    // There is no such operation, and the record says that somebody asked for it.
    let call = AwsCall {
        service: "dynamodb",
        region: REGION,
        method: http::Method::POST,
        path: "/",
        target: Some(&format!("DynamoDB_20120810.{PLANTED}")),
        content_type: "application/x-amz-json-1.0",
        body: "{}".into(),
    };
    assert!(world.line.aws.client.aws(call).await.is_err());
    tracing::debug!("pin {PLANTED}");
    plant_a_segment(world, now).await?;
    Ok(())
}

/// As a function would that puts a PIN into its traces.
async fn plant_a_segment(world: &ResilienceWorld, now: u128) -> Result<(), Failure> {
    let seconds = u32::try_from(now / 1_000)?;
    let segment = json!({
        "name": "planted",
        "id": "00000000000000aa",
        "trace_id": format!("1-{seconds:08x}-0000000000000000000000aa"),
        "start_time": seconds,
        "end_time": seconds,
        "annotations": { "pin": PLANTED },
    });
    let xray = aws_sdk_xray::Client::new(&world.line.aws.sdk_config().await);
    let put = xray.put_trace_segments();
    let answer = put
        .trace_segment_documents(segment.to_string())
        .send()
        .await?;
    assert!(answer.unprocessed_trace_segments().is_empty(), "{answer:?}");
    Ok(())
}

/// Every line of every group, with the names of groups and streams.
async fn look_at_logs(world: &ResilienceWorld) -> Result<(), Failure> {
    let search = &world.search;
    let mut groups = world
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
    let mut unanswered: BTreeSet<String> = world.contacts().into_iter().collect();
    let mut unrouted = unanswered.clone();
    for name in &names {
        search.look_at(Source::Logs, name);
        let place = match name.starts_with("sns/") {
            true => Source::Deliveries,
            false => Source::Logs,
        };
        let lines = world.logs.filter_log_events().log_group_name(name);
        let mut pages = lines.into_paginator().send();
        while let Some(page) = pages.next().await {
            for line in page?.events() {
                search.look_at(place, line.log_stream_name().unwrap_or_default());
                let text = line.message().unwrap_or_default();
                let mut line: Value = serde_json::from_str(text).unwrap_or_default();
                if line["_aws"].is_object() {
                    // Milliseconds since 1970 are thirteen digits of chance.
                    assert!(line["_aws"]["Timestamp"].take().is_u64());
                    search.look_at(Source::Metrics, &line.to_string());
                    metrics += 1;
                    continue;
                }
                search.look_at(place, text);
                if let Some(contact) = line["contact_id"].as_str() {
                    unanswered.remove(contact);
                }
                if let Some(contact) = line["ContactId"].as_str() {
                    unrouted.remove(contact);
                }
            }
        }
    }
    // The search is as good as the logs are whole: each call that the function answered has its
    // lines in both.
    assert!(unanswered.is_empty(), "not of the function: {unanswered:?}");
    assert!(unrouted.is_empty(), "not of the flow: {unrouted:?}");
    assert!(
        metrics > world.contacts().len(),
        "{metrics} lines of metrics"
    );
    Ok(())
}

/// Names, namespaces and dimensions of everything that CloudWatch counts.
async fn look_at_metrics(world: &ResilienceWorld) -> Result<(), Failure> {
    let mut pages = world.metrics.list_metrics().into_paginator().send();
    while let Some(page) = pages.next().await {
        for metric in page?.metrics() {
            world
                .search
                .look_at(Source::Metrics, &format!("{metric:?}"));
        }
    }
    Ok(())
}

/// Every segment of every trace, without the ids and times that are digits of chance.
async fn look_at_traces(world: &ResilienceWorld) -> Result<(), Failure> {
    let xray = aws_sdk_xray::Client::new(&world.line.aws.sdk_config().await);
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
    // X-Ray gives out five at a time.
    for five in ids.chunks(5) {
        let found = xray.batch_get_traces().set_trace_ids(Some(five.to_vec()));
        for trace in found.send().await?.traces() {
            for segment in trace.segments() {
                let mut segment: Value = serde_json::from_str(segment.document().unwrap_or("{}"))?;
                for chance in ["id", "trace_id", "parent_id", "start_time", "end_time"] {
                    segment[chance].take();
                }
                world.search.look_at(Source::Traces, &segment.to_string());
            }
        }
    }
    let traced = world.search.texts(Source::Traces);
    assert!(traced > world.contacts().len(), "{traced} segments");
    Ok(())
}
