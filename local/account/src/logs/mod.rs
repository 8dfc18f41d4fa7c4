//! CloudWatch Logs: streams, their events, the queries of Logs Insights and metric filters are
//! implemented here, groups are embedded.
//!
//! The embedded service copies all its data after every request that succeeds. Groups and their
//! settings are few; events are most of an account's data.

mod events;
mod groups;
mod input;
mod json_pattern;
mod listing;
mod metric_filters;
mod pattern;
mod queries;
mod sink;
mod streams;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use axum::http::header::CONTENT_LENGTH;
use futures_util::FutureExt;
use local_wire::{
    ApiRequest, Declared, Dialect, Fault, JsonVersion, LogEvent, LogSinkError, MetricDatum,
    MetricSink, Operations, Outcome, OutcomeFuture, Response, Serve, Service, done, named,
};
use serde_json::{Value, json};
use time::OffsetDateTime;
use winterbaume_cloudwatchlogs::CloudWatchLogsService;

use crate::blocking::Blocking;
use crate::cloudwatch::emf;
use crate::embedded::{Embedded, Host};
use events::{FilterLogEvents, GetLogEvents, PutLogEvents};
use groups::{Group, Groups};
use input::OfStream;
use listing::DescribeLogStreams;
use metric_filters::MetricFilter;
use queries::Queries;

/// The most measurements that are extracted from the lines of one request: those in the embedded metric
/// format, and those of filters.
const MAX_METRICS: usize = 50_000;

/// The operations that this module serves itself.
const SERVED: &[Declared<Serve<Logs>>] = &[
    named("CreateLogStream", Serve::Now(Logs::create_stream)),
    named("DeleteLogStream", Serve::Now(Logs::delete_stream)),
    named("DescribeLogStreams", Serve::Now(Logs::describe_streams)),
    named("PutLogEvents", Serve::Now(Logs::put_events)),
    named("GetLogEvents", Serve::Now(Logs::get_events)),
    named(
        "FilterLogEvents",
        Serve::Later(|logs, request| logs.filter(request).boxed()),
    ),
    named("StartQuery", Serve::Now(Logs::start_query)),
    named("GetQueryResults", Serve::Now(Logs::get_query_results)),
    named("StopQuery", Serve::Now(Logs::stop_query)),
    named("DescribeQueries", Serve::Now(Logs::describe_queries)),
    named("PutMetricFilter", Serve::Now(Logs::put_metric_filter)),
    named("DeleteMetricFilter", Serve::Now(Logs::delete_metric_filter)),
    named(
        "DescribeMetricFilters",
        Serve::Now(Logs::describe_metric_filters),
    ),
    named("TestMetricFilter", Serve::Now(Logs::test_metric_filter)),
];

static OPERATIONS: LazyLock<Operations<Serve<Logs>>> = LazyLock::new(|| {
    Operations::new("logs", &[SERVED], "").embedding(
        include_str!("operations.txt"),
        Serve::Later(|logs, request| logs.ask_embedded(request).boxed()),
    )
});

/// The dialect of CloudWatch Logs.
pub(crate) static DIALECT: Dialect = Dialect {
    operations: Some(|| &*OPERATIONS),
    mistyped: input::INVALID,
    broken: (503, "ServiceUnavailableException"),
    ..Dialect::json("logs", JsonVersion::V1_1)
};

/// CloudWatch Logs of the account.
pub(crate) struct Logs {
    embedded: Embedded<CloudWatchLogsService>,
    metrics: Arc<dyn MetricSink>,
    /// Every group of the embedded service.
    groups: Arc<Mutex<Groups>>,
    /// The queries of Logs Insights.
    queries: Queries,
    /// Runs searches and queries.
    blocking: Arc<Blocking>,
    /// Held while a group is created or deleted in both places.
    changing: tokio::sync::Mutex<()>,
}

impl Logs {
    /// Creates the service; `metrics` receives the measurements in log lines.
    pub(crate) fn new(metrics: Arc<dyn MetricSink>) -> Self {
        Self {
            embedded: Embedded::new(CloudWatchLogsService::new(), Host::Regional("logs")),
            metrics,
            groups: Arc::default(),
            queries: Queries::default(),
            blocking: Arc::default(),
            changing: tokio::sync::Mutex::default(),
        }
    }

    fn create_stream(&self, request: &ApiRequest) -> Outcome {
        let input: OfStream = request.input()?;
        input.check()?;
        self.groups()
            .change(&request.region, &input.log_group_name, |group| {
                group.streams.create(&input.log_stream_name)
            })?;
        done()
    }

    fn describe_streams(&self, request: &ApiRequest) -> Outcome {
        let input: DescribeLogStreams = request.input()?;
        let region = &request.region;
        let name = input.group.name(region)?;
        let mut groups = self.groups();
        let streams = &groups.current(region, name)?.streams;
        Ok(input.answer(region, name, streams)?.into())
    }

    fn get_events(&self, request: &ApiRequest) -> Outcome {
        let input: GetLogEvents = request.input()?;
        let region = &request.region;
        let mut groups = self.groups();
        let group = groups.current(region, input.group.name(region)?)?;
        Ok(input.answer(&group.streams)?.into())
    }

    /// Handles FilterLogEvents, which may search many lines.
    async fn filter(&self, request: &ApiRequest) -> Outcome {
        let input: FilterLogEvents = request.input()?;
        let region = request.region.clone();
        let groups = Arc::clone(&self.groups);
        let search = move || {
            let groups = || groups.lock().unwrap_or_else(PoisonError::into_inner);
            let name = input.group.name(&region)?.to_owned();
            let mut search = input.begin(&groups().current(&region, &name)?.streams)?;
            while input.go_on(&mut search, &groups().find(&region, &name)?.streams) {}
            Ok(search.answer().into())
        };
        self.blocking.run(search).await?
    }

    fn start_query(&self, request: &ApiRequest) -> Outcome {
        let (queries, region) = (&self.queries, &request.region);
        let started = queries.start(&request.input()?, region, &self.groups, &self.blocking)?;
        Ok(started.into())
    }

    fn get_query_results(&self, request: &ApiRequest) -> Outcome {
        let results = self.queries.results(&request.input()?, &request.region)?;
        Ok(results.into())
    }

    fn stop_query(&self, request: &ApiRequest) -> Outcome {
        let stopped = self.queries.stop(&request.input()?, &request.region)?;
        Ok(stopped.into())
    }

    fn describe_queries(&self, request: &ApiRequest) -> Outcome {
        let listed = self.queries.describe(&request.input()?, &request.region)?;
        Ok(listed.into())
    }

    fn delete_stream(&self, request: &ApiRequest) -> Outcome {
        let input: OfStream = request.input()?;
        self.groups()
            .change(&request.region, &input.log_group_name, |group| {
                group.streams.delete(&input.log_stream_name)
            })?;
        done()
    }

    fn put_events(&self, request: &ApiRequest) -> Outcome {
        let input: PutLogEvents = request.input()?;
        input.check()?;
        let PutLogEvents { of, log_events } = input;
        let events: Vec<LogEvent> = log_events.into_iter().map(LogEvent::from).collect();
        let times: Vec<i64> = events.iter().map(|event| event.timestamp_ms).collect();
        let (token, oldest) = self.keep(
            &request.region,
            &of.log_group_name,
            events,
            |group, events| {
                // Only the account's own services create a stream by writing to it.
                group.streams.find(&of.log_stream_name)?;
                let oldest = group.oldest_ms();
                Ok((group.streams.append(&of.log_stream_name, events), oldest))
            },
        )?;
        let mut answer = json!({ "nextSequenceToken": token });
        let expired = times.partition_point(|time| oldest.is_some_and(|oldest| *time < oldest));
        if expired > 0 {
            answer["rejectedLogEventsInfo"] = json!({ "expiredLogEventEndIndex": expired });
        }
        Ok(answer.into())
    }

    /// Writes lines of the account's own services, in any order and number, and creates the stream
    /// if it does not exist.
    ///
    /// # Errors
    /// [`LogSinkError::NoSuchGroup`] if the group does not exist.
    pub(crate) fn write(
        &self,
        region: &str,
        group: &str,
        stream: &str,
        events: Vec<LogEvent>,
    ) -> Result<(), LogSinkError> {
        self.keep(region, group, events, |group, events| {
            group.streams.append(stream, events);
            Ok(())
        })
        // There is no other error.
        .map_err(|_| LogSinkError::NoSuchGroup(group.to_owned()))
    }

    /// Stores events of a group with `append`, and publishes their metrics.
    fn keep<T>(
        &self,
        region: &str,
        group: &str,
        events: Vec<LogEvent>,
        append: impl FnOnce(&mut Group, Vec<LogEvent>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let count = events.len();
        let filters = self.groups().find(region, group)?.metric_filters.clone();
        let filters: Vec<_> = filters.into_values().collect();
        let metrics = extract(&events, &filters);
        let (result, looked_at) = self.groups().change(region, group, |group| {
            Ok((append(group, events)?, group.looks_for_metrics()))
        })?;
        self.count(region, group, count);
        if looked_at && !metrics.is_empty() {
            self.metrics.publish(region, metrics);
        }
        Ok(result)
    }

    /// Publishes CloudWatch Logs' own metric of a group's incoming events.
    fn count(&self, region: &str, group: &str, events: usize) {
        let count = MetricDatum {
            namespace: "AWS/Logs".into(),
            name: "IncomingLogEvents".into(),
            dimensions: BTreeMap::from([("LogGroupName".to_owned(), group.to_owned())]),
            value: events as f64,
            unit: "None".into(),
            timestamp_ms: now_ms(),
        };
        self.metrics.publish(region, vec![count]);
    }

    /// Forwards a request to the embedded service, and adds the parts of groups that it does not
    /// keep.
    async fn ask_embedded(&self, request: &ApiRequest) -> Outcome {
        let operation = request.operation.name.as_str();
        let region = request.region.as_str();
        // The embedded service refuses invalid requests.
        let input: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        match operation {
            "CreateLogGroup" => groups::check(&input)?,
            "PutRetentionPolicy" => {
                groups::retention(&input)?;
            }
            "AssociateKmsKey" | "DisassociateKmsKey" => groups::check_key(&input["kmsKeyId"])?,
            _ => {}
        }
        input::check_numbers(operation, &input)?;
        let _changing = match operation {
            "CreateLogGroup" | "DeleteLogGroup" => Some(self.changing.lock().await),
            _ => None,
        };
        let mut answer = self.embedded.ask(request).await?;
        if !answer.status().is_success() {
            return Ok(answer.into());
        }
        let name = groups::name(&input).unwrap_or_default();
        match operation {
            "CreateLogGroup" => self.groups().insert(region, name, Group::new(&input)),
            "DeleteLogGroup" => self.groups().remove(region, name),
            "AssociateKmsKey" | "DisassociateKmsKey" => {
                let key = input["kmsKeyId"].as_str().map(str::to_owned);
                self.groups().find_mut(region, name)?.kms_key = key;
            }
            "PutRetentionPolicy" | "DeleteRetentionPolicy" => {
                let days = match operation {
                    "PutRetentionPolicy" => Some(groups::retention(&input)?),
                    _ => None,
                };
                self.groups().change(region, name, |group| {
                    group.retention_days = days;
                    Ok(())
                })?;
            }
            "DescribeLogGroups" => self.complete(region, &mut answer)?,
            _ => {}
        }
        Ok(answer.into())
    }

    /// Adds the parts of each group that are stored here.
    fn complete(&self, region: &str, answer: &mut Response) -> Result<(), Fault> {
        let mut listed: Value = serde_json::from_slice(answer.body())
            .map_err(|error| Fault::new(500, "ServiceUnavailableException", error.to_string()))?;
        let groups = self.groups();
        for shape in listed["logGroups"].as_array_mut().into_iter().flatten() {
            let name = shape["logGroupName"].as_str().unwrap_or_default();
            // The group may have been deleted since.
            let Ok(group) = groups.find(region, name) else {
                continue;
            };
            shape["logGroupClass"] = group.class.as_str().into();
            shape["metricFilterCount"] = group.metric_filters.len().into();
            if let Some(kms_key) = &group.kms_key {
                shape["kmsKeyId"] = kms_key.as_str().into();
            }
        }
        *answer.body_mut() = listed.to_string().into();
        // It describes the body before the change.
        answer.headers_mut().remove(CONTENT_LENGTH);
        Ok(())
    }

    fn groups(&self) -> MutexGuard<'_, Groups> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service for Logs {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn call(&self, request: ApiRequest) -> OutcomeFuture<'_> {
        async move { OPERATIONS.carry_out(self, &request).await }.boxed()
    }
}

/// Extracts the metrics from lines: those in the embedded metric format, and those of filters.
fn extract(events: &[LogEvent], filters: &[Arc<MetricFilter>]) -> Vec<MetricDatum> {
    let lines = events.iter().map(|event| event.message.as_str());
    let embedded = lines.flat_map(emf::metrics).take(MAX_METRICS);
    let measured = metric_filters::measure(filters, events).into_iter();
    embedded.chain(measured.take(MAX_METRICS)).collect()
}

fn now_ms() -> i64 {
    (OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000) as i64
}

#[cfg(test)]
mod tests;
