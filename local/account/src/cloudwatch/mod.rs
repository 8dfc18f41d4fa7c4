//! CloudWatch: metrics, metric math, alarms and dashboards.
//!
//! Metrics of functions come from their log lines ([`emf`]), those of the account's services
//! through [`MetricSink`].

mod alarm_settings;
mod alarms;
mod clock;
mod dashboards;
pub(crate) mod emf;
mod evaluation;
mod get_metric_statistics;
mod input;
mod math;
mod measured;
mod metric_key;
mod metrics;
mod queries;
mod span;
mod statistics;
mod validation;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, TryLockError};

use futures_util::FutureExt;
use local_wire::query::Form;
use local_wire::{
    ApiRequest, Dialect, Fault, JsonVersion, MetricDatum, MetricSink, Operations, Outcome,
    OutcomeFuture, Service,
};
use serde_json::Value;

use alarms::Alarms;
use dashboards::Dashboards;
use metrics::Metrics;
pub(crate) use metrics::UNITS;

use crate::blocking::Blocking;

/// CloudWatch of the account.
///
/// Requests are carried out on separate threads, since their computations may take a while.
/// Measurements that are published meanwhile are queued, so that the publisher does not wait.
#[derive(Debug, Default)]
pub(crate) struct CloudWatch {
    state: Arc<State>,
    blocking: Blocking,
}

#[derive(Debug, Default)]
struct State {
    regions: Mutex<HashMap<String, Region>>,
    dashboards: Mutex<Dashboards>,
    /// Measurements that were published while a request was carried out.
    queue: Mutex<Vec<Published>>,
}

/// A measurement and its Region.
type Published = (Arc<str>, MetricDatum);

/// The most measurements that may be queued; further ones are lost.
const MAX_QUEUED: usize = 100_000;

/// The state of one Region.
#[derive(Debug, Default)]
struct Region {
    metrics: Metrics,
    alarms: Alarms,
}

/// The state that an operation works on: one Region, and the dashboards of the account.
struct Scope<'a> {
    region: &'a str,
    metrics: &'a mut Metrics,
    alarms: &'a mut Alarms,
    dashboards: &'a Mutex<Dashboards>,
}

impl Scope<'_> {
    fn dashboards(&self) -> MutexGuard<'_, Dashboards> {
        self.dashboards
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves an operation with the members of its request.
///
/// The modules of the operations name this type, and this module lists their operations. That circle
/// stays: a [`Scope`] consists of the modules' own types, so it cannot be declared below them.
type Serve = fn(&mut Scope<'_>, Value) -> Result<Value, Fault>;

static OPERATIONS: LazyLock<Operations<Serve>> = LazyLock::new(|| {
    let families = [
        metrics::OPERATIONS,
        get_metric_statistics::OPERATIONS,
        queries::OPERATIONS,
        alarms::OPERATIONS,
        dashboards::OPERATIONS,
    ];
    Operations::new("cloudwatch", &families, "")
});

/// The dialect of CloudWatch: CBOR, JSON or forms, depending on the client's version.
pub(crate) static DIALECT: Dialect = Dialect {
    operations: Some(|| &*OPERATIONS),
    is_also_json_and_cbor: true,
    requests_may_be_compressed: true,
    json: JsonVersion::V1_0,
    times: &[
        "AlarmConfigurationUpdatedTimestamp",
        "LastModified",
        "StateTransitionedTimestamp",
        "StateUpdatedTimestamp",
        "Timestamp",
        "Timestamps",
    ],
    other_message: &["InternalServiceFault"],
    query_codes: &[
        ("DashboardInvalidInputError", "InvalidParameterInput"),
        ("DashboardNotFoundError", "ResourceNotFound"),
        ("InternalServiceFault", "InternalServiceError"),
        (
            "InvalidParameterCombinationException",
            "InvalidParameterCombination",
        ),
        ("InvalidParameterValueException", "InvalidParameterValue"),
        ("LimitExceededFault", "LimitExceeded"),
        ("MissingRequiredParameterException", "MissingParameter"),
    ],
    broken: (500, "InternalServiceFault"),
    ..Dialect::query("monitoring", FORM)
};

const FORM: Form = Form {
    numbers: &[
        "Counts",
        "DatapointsToAlarm",
        "EvaluationPeriods",
        "MaxDatapoints",
        "MaxRecords",
        "Maximum",
        "Minimum",
        "Period",
        "SampleCount",
        "Sum",
        "Threshold",
        "Values",
        // Dimensions and tags also have a `Value`, which is text.
        "MetricData.Value",
    ],
    booleans: &["ActionsEnabled", "ReturnData"],
    drops_empty: true,
    ..Form::new("http://monitoring.amazonaws.com/doc/2010-08-01/")
};

impl State {
    fn carry_out(&self, request: &ApiRequest) -> Outcome {
        let input = request.members()?;
        let declared = OPERATIONS.find(&request.operation)?;
        let mut regions = self.regions();
        let Region { metrics, alarms } = regions.entry(request.region.clone()).or_default();
        let mut scope = Scope {
            region: &request.region,
            metrics,
            alarms,
            dashboards: &self.dashboards,
        };
        Ok((declared.serve)(&mut scope, input)?.into())
    }

    fn regions(&self) -> MutexGuard<'_, HashMap<String, Region>> {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        self.take_in(&mut regions);
        regions
    }

    /// Stores published measurements, at once or as soon as the regions are unlocked.
    fn publish(&self, region: &str, data: Vec<MetricDatum>) {
        {
            let mut queue = self.queue();
            let room = MAX_QUEUED - queue.len();
            if data.len() > room {
                tracing::warn!(region, "measurements are lost: CloudWatch is too busy");
            }
            let region: Arc<str> = region.into();
            let taken = data.into_iter().take(room);
            queue.extend(taken.map(|datum| (Arc::clone(&region), datum)));
        }
        let mut regions = match self.regions.try_lock() {
            Ok(regions) => regions,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            // The holder of the lock has already taken in the queue; these wait for the next
            // request or measurement.
            Err(TryLockError::WouldBlock) => return,
        };
        self.take_in(&mut regions);
    }

    fn take_in(&self, regions: &mut HashMap<String, Region>) {
        let queue = std::mem::take(&mut *self.queue());
        for (region, datum) in queue {
            if !regions.contains_key(&*region) {
                regions.insert(region.to_string(), Region::default());
            }
            if let Some(scope) = regions.get_mut(&*region) {
                scope.metrics.publish(datum);
            }
        }
    }

    fn queue(&self) -> MutexGuard<'_, Vec<Published>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service for CloudWatch {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn call(&self, request: ApiRequest) -> OutcomeFuture<'_> {
        let state = Arc::clone(&self.state);
        // The response is encoded on that thread as well, since one with many points is long.
        let work = move || request.reply().write(state.carry_out(&request));
        async move { Ok(self.blocking.run(work).await?.into()) }.boxed()
    }
}

impl MetricSink for CloudWatch {
    fn publish(&self, region: &str, data: Vec<MetricDatum>) {
        self.state.publish(region, data);
    }
}

#[cfg(test)]
mod tests;
