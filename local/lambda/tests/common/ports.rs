//! The ports of Lambda in memory: logs, rights, traces, objects and metrics.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use futures_util::{FutureExt, future::BoxFuture};
use local_wire::{
    Fault, FunctionIdentity, LogEvent, LogSink, LogSinkError, MetricDatum, MetricSink, ObjectStore,
    RoleRights, TraceSink,
};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::ROLE;

#[derive(Default)]
pub(crate) struct MemoryLogs {
    lines: Mutex<Vec<(String, String, String)>>,
    missing: Mutex<HashSet<String>>,
    /// While it is set, writing waits until it is closed.
    gate: Mutex<Option<Arc<Semaphore>>>,
    largest: AtomicUsize,
}

impl MemoryLogs {
    pub(crate) fn lines(&self, group: &str) -> Vec<String> {
        let lines = self.lines.lock().unwrap();
        let of_group = lines.iter().filter(|(g, _, _)| g == group);
        of_group.map(|(_, _, line)| line.clone()).collect()
    }

    pub(crate) fn streams(&self, group: &str) -> HashSet<String> {
        let lines = self.lines.lock().unwrap();
        let of_group = lines.iter().filter(|(g, _, _)| g == group);
        of_group.map(|(_, stream, _)| stream.clone()).collect()
    }

    pub(crate) fn remove_group(&self, group: &str) {
        self.missing.lock().unwrap().insert(group.to_owned());
    }

    /// Makes writers wait until the returned gate is closed.
    pub(crate) fn hold(&self) -> Arc<Semaphore> {
        let gate = Arc::new(Semaphore::new(0));
        *self.gate.lock().unwrap() = Some(Arc::clone(&gate));
        gate
    }

    /// Returns the most bytes of a single write.
    pub(crate) fn largest(&self) -> usize {
        self.largest.load(Ordering::Relaxed)
    }
}

impl LogSink for MemoryLogs {
    fn ensure_group<'a>(
        &'a self,
        _region: &'a str,
        group: &'a str,
    ) -> BoxFuture<'a, Result<(), LogSinkError>> {
        self.missing.lock().unwrap().remove(group);
        async { Ok(()) }.boxed()
    }

    fn append<'a>(
        &'a self,
        _region: &'a str,
        group: &'a str,
        stream: &'a str,
        events: Vec<LogEvent>,
    ) -> BoxFuture<'a, Result<(), LogSinkError>> {
        async move {
            let size = events.iter().map(|event| event.message.len()).sum();
            self.largest.fetch_max(size, Ordering::Relaxed);
            let gate = self.gate.lock().unwrap().clone();
            if let Some(gate) = gate {
                // An error means that the gate is closed.
                let _ = gate.acquire().await;
            }
            if self.missing.lock().unwrap().contains(group) {
                return Err(LogSinkError::NoSuchGroup(group.to_owned()));
            }
            let mut lines = self.lines.lock().unwrap();
            for event in events {
                lines.push((group.to_owned(), stream.to_owned(), event.message));
            }
            Ok(())
        }
        .boxed()
    }
}

/// Roles that may do everything except the denied actions.
#[derive(Default)]
pub(crate) struct TestRights {
    denied: Mutex<HashSet<String>>,
}

impl TestRights {
    /// Denies an action, or the trust of a role.
    pub(crate) fn deny(&self, action: &str) {
        self.denied.lock().unwrap().insert(action.to_owned());
    }

    pub(crate) fn allow(&self, action: &str) {
        self.denied.lock().unwrap().remove(action);
    }

    fn denies(&self, action: &str) -> bool {
        self.denied.lock().unwrap().contains(action)
    }
}

impl RoleRights for TestRights {
    fn assumable<'a>(
        &'a self,
        role_arn: &'a str,
        service: &'a str,
        source_arn: &'a str,
    ) -> BoxFuture<'a, bool> {
        assert_eq!(service, "lambda.amazonaws.com");
        assert!(source_arn.contains(":function:"), "{source_arn}");
        let assumable = !self.denies(role_arn);
        async move { assumable }.boxed()
    }

    fn authorize<'a>(
        &'a self,
        identity: &'a FunctionIdentity,
        _region: &'a str,
        action: &'a str,
        _resource: &'a str,
    ) -> BoxFuture<'a, Result<(), Fault>> {
        assert_eq!(identity.role_arn, ROLE);
        let denied = self.denies(action);
        async move {
            match denied {
                true => Err(Fault::new(403, "AccessDeniedException", action)),
                false => Ok(()),
            }
        }
        .boxed()
    }
}

#[derive(Default)]
pub(crate) struct MemoryTraces {
    segments: Mutex<Vec<Value>>,
}

impl MemoryTraces {
    pub(crate) fn segments(&self) -> Vec<Value> {
        self.segments.lock().unwrap().clone()
    }
}

impl TraceSink for MemoryTraces {
    fn put_segments(&self, _region: &str, documents: Vec<Value>) {
        self.segments.lock().unwrap().extend(documents);
    }
}

/// One bucket, which answers to every name.
#[derive(Default)]
pub(crate) struct MemoryObjects {
    objects: Mutex<HashMap<String, Bytes>>,
}

impl MemoryObjects {
    pub(crate) fn put(&self, key: &str, content: Vec<u8>) {
        self.objects
            .lock()
            .unwrap()
            .insert(key.into(), content.into());
    }
}

impl ObjectStore for MemoryObjects {
    fn get(
        &self,
        _region: &str,
        _bucket: &str,
        key: &str,
        _version: Option<&str>,
    ) -> Result<Bytes, Fault> {
        let absent = || Fault::new(404, "NoSuchKey", "The specified key does not exist.");
        self.objects
            .lock()
            .unwrap()
            .get(key)
            .cloned()
            .ok_or_else(absent)
    }
}

#[derive(Default)]
pub(crate) struct MemoryMetrics {
    data: Mutex<Vec<MetricDatum>>,
}

impl MemoryMetrics {
    /// Returns the sum of a metric of a function.
    pub(crate) fn sum(&self, function: &str, name: &str) -> f64 {
        let data = self.data.lock().unwrap();
        data.iter()
            .filter(|datum| datum.namespace == "AWS/Lambda" && datum.name == name)
            .filter(|datum| {
                datum
                    .dimensions
                    .get("FunctionName")
                    .is_some_and(|f| f == function)
            })
            .map(|datum| datum.value)
            .sum()
    }
}

impl MetricSink for MemoryMetrics {
    fn publish(&self, _region: &str, data: Vec<MetricDatum>) {
        self.data.lock().unwrap().extend(data);
    }
}
