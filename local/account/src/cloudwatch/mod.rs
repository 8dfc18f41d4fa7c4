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
mod metrics;
mod queries;
mod statistics;
mod validation;
mod wire;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use local_aws::{Fault, MetricDatum, MetricSink, Request, Service, ServiceFuture};
use serde_json::Value;

use alarms::Alarms;
use dashboards::Dashboards;
use metrics::Metrics;

use crate::operation::Operation;

/// CloudWatch of the account.
#[derive(Debug, Default)]
pub(crate) struct CloudWatch {
    regions: Mutex<HashMap<String, Region>>,
    dashboards: Mutex<Dashboards>,
}

/// What one Region keeps.
#[derive(Debug, Default)]
struct Region {
    metrics: Metrics,
    alarms: Alarms,
}

impl CloudWatch {
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
        self.regions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service for CloudWatch {
    fn handle(&self, request: Request) -> ServiceFuture<'_> {
        async move {
            let operation = Operation::of(&request);
            let answer = wire::read(&request, operation.protocol)
                .and_then(|asked| self.answer(&request.region, &operation.name, asked));
            wire::write(operation.protocol, &operation.name, answer)
        }
        .boxed()
    }
}

impl MetricSink for CloudWatch {
    fn publish(&self, region: &str, data: Vec<MetricDatum>) {
        let mut regions = self.regions();
        let here = regions.entry(region.to_owned()).or_default();
        for datum in data {
            here.metrics.publish(datum);
        }
    }
}

#[cfg(test)]
mod tests;
