//! CloudWatch: metrics, metric math, alarms and dashboards.
//!
//! Functions' metrics come out of their log lines ([`emf`]), those of the account's services by
//! [`MetricSink`].

mod alarms;
mod dashboards;
pub(crate) mod emf;
mod evaluation;
mod form;
mod input;
mod math;
mod measured;
mod metrics;
mod queries;
mod statistics;
mod validation;
mod wire;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use futures_util::FutureExt;
use local_wire::{Fault, MetricDatum, MetricSink, Request, Service, ServiceFuture};
use serde_json::Value;

use alarms::Alarms;
use dashboards::Dashboards;
use metrics::Metrics;

use crate::blocking::Blocking;
use crate::operation::Operation;

/// CloudWatch of the account.
///
/// Requests are carried out on threads of their own, since what they compute may take a while. What
/// is published meanwhile waits, so that whoever publishes does not.
#[derive(Debug, Default)]
pub(crate) struct CloudWatch {
    state: Arc<State>,
    blocking: Blocking,
}

#[derive(Debug, Default)]
struct State {
    regions: Mutex<HashMap<String, Region>>,
    dashboards: Mutex<Dashboards>,
    /// What was published while a request was carried out.
    waiting: Mutex<Vec<Published>>,
}

/// A measurement and its Region.
type Published = (Arc<str>, MetricDatum);

/// How many measurements may wait; further ones are lost.
const MOST_WAITING: usize = 100_000;

/// What one Region keeps.
#[derive(Debug, Default)]
struct Region {
    metrics: Metrics,
    alarms: Alarms,
}

impl State {
    fn answer(&self, region: &str, operation: &str, asked: Value) -> Result<Value, Fault> {
        let dashboards = || {
            self.dashboards
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let mut regions = self.regions();
        let here = regions.entry(region.to_owned()).or_default();
        let Region { metrics, alarms } = here;
        match operation {
            "PutMetricData" => metrics.put(asked),
            "ListMetrics" => metrics.list(asked),
            "GetMetricStatistics" => statistics::get(metrics, asked),
            "GetMetricData" => queries::get(metrics, asked),
            "PutMetricAlarm" => alarms.put(asked),
            "DescribeAlarms" => alarms.describe(region, metrics, asked),
            "DeleteAlarms" => alarms.delete(asked),
            "SetAlarmState" => alarms.set_state(asked),
            "EnableAlarmActions" => alarms.enable_actions(true, asked),
            "DisableAlarmActions" => alarms.enable_actions(false, asked),
            "ListTagsForResource" => alarms.tags(asked),
            "TagResource" => alarms.tag(asked),
            "UntagResource" => alarms.untag(asked),
            "PutDashboard" => dashboards().put(asked),
            "GetDashboard" => dashboards().get(asked),
            "ListDashboards" => dashboards().list(asked),
            "DeleteDashboards" => dashboards().delete(asked),
            other => Err(Fault::not_implemented("cloudwatch", other)),
        }
    }

    fn regions(&self) -> MutexGuard<'_, HashMap<String, Region>> {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        self.take_in(&mut regions);
        regions
    }

    /// Keeps what was published, now or while nobody could.
    fn publish(&self, region: &str, data: Vec<MetricDatum>) {
        {
            let mut waiting = self.waiting();
            let room = MOST_WAITING - waiting.len();
            if data.len() > room {
                tracing::warn!(region, "measurements are lost: CloudWatch is too busy");
            }
            let region: Arc<str> = region.into();
            let taken = data.into_iter().take(room);
            waiting.extend(taken.map(|datum| (Arc::clone(&region), datum)));
        }
        let mut regions = match self.regions.try_lock() {
            Ok(regions) => regions,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            // Whoever holds them took in what had been waiting; this waits for the next one.
            Err(TryLockError::WouldBlock) => return,
        };
        self.take_in(&mut regions);
    }

    fn take_in(&self, regions: &mut HashMap<String, Region>) {
        let waiting = std::mem::take(&mut *self.waiting());
        for (region, datum) in waiting {
            if !regions.contains_key(&*region) {
                regions.insert(region.to_string(), Region::default());
            }
            if let Some(here) = regions.get_mut(&*region) {
                here.metrics.publish(datum);
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Published>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service for CloudWatch {
    fn handle(&self, request: Request) -> ServiceFuture<'_> {
        async move {
            let operation = Operation::of(&request);
            let protocol = operation.protocol;
            let name = operation.name.clone();
            let state = Arc::clone(&self.state);
            let answered = self.blocking.run(move || {
                let answer = wire::read(&request, protocol)
                    .and_then(|asked| state.answer(&request.region, &operation.name, asked));
                wire::write(protocol, &operation.name, answer)
            });
            match answered.await {
                Ok(answer) => answer,
                Err(stopping) => wire::write(protocol, &name, Err(stopping)),
            }
        }
        .boxed()
    }
}

impl MetricSink for CloudWatch {
    fn publish(&self, region: &str, data: Vec<MetricDatum>) {
        self.state.publish(region, data);
    }
}

#[cfg(test)]
mod tests;
