//! The room for tables, with their indexes and streams: a limit that dynoxide does not have.
//!
//! The databases are measured from time to time by the memory that they take. They keep the memory of deleted
//! rows for new ones, so they are compacted before writes are refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use local_wire::Fault;
use tokio::sync::Mutex;

use super::engine::Engine;

/// The most bytes of all databases together.
pub(super) const MAX_BYTES: u64 = 1024 * MIB;

const MIB: u64 = 1024 * 1024;

/// Operations that may add data.
const GROWING: [&str; 8] = [
    "BatchExecuteStatement",
    "BatchWriteItem",
    "CreateTable",
    "ExecuteStatement",
    "ExecuteTransaction",
    "PutItem",
    "TransactWriteItems",
    "UpdateItem",
];

/// The members of a request that add data, in the operations that may also delete only.
const ADDITIONS: [(&str, &[&str]); 2] = [
    ("BatchWriteItem", &["\"PutRequest\""]),
    ("TransactWriteItems", &["\"Put\"", "\"Update\""]),
];

/// The room that is left, as it was measured last.
#[derive(Debug)]
pub(super) struct Room {
    most: u64,
    /// The bytes of requests since the last measurement.
    written: AtomicU64,
    full: AtomicBool,
    /// Whether anything was deleted since the last measurement.
    freed: AtomicBool,
    /// Held during a measurement.
    measuring: Mutex<()>,
}

impl Room {
    pub(super) fn new(most: u64) -> Self {
        Self {
            most,
            written: AtomicU64::new(0),
            full: AtomicBool::new(false),
            freed: AtomicBool::new(false),
            measuring: Mutex::new(()),
        }
    }

    /// Refuses a request that would add data when there is no room for it.
    pub(super) async fn admit(
        &self,
        operation: &str,
        body: &[u8],
        engines: impl FnOnce() -> Vec<Arc<Engine>>,
    ) -> Result<(), Fault> {
        if !adds(operation, body) {
            return Ok(());
        }
        self.written.fetch_add(body.len() as u64, Ordering::Relaxed);
        if self.is_due() {
            let _one = self.measuring.lock().await;
            // Another request may have measured in the meantime.
            if self.is_due() {
                self.measure(engines()).await?;
            }
        }
        match self.full.load(Ordering::Relaxed) {
            false => Ok(()),
            true => Err(Fault::new(
                400,
                "LimitExceededException",
                format!(
                    "The local account keeps at most {} MiB of tables, indexes and streams. Delete rows \
                     or tables that are no longer needed.",
                    self.most / MIB
                ),
            )),
        }
    }

    /// Records that an operation has succeeded.
    pub(super) fn note(&self, operation: &str) {
        if operation.starts_with("Delete")
            || ADDITIONS.iter().any(|(known, _)| *known == operation)
            || operation.contains("Execute")
        {
            self.freed.store(true, Ordering::Relaxed);
        }
    }

    fn is_due(&self) -> bool {
        // Rows take more memory than their JSON, but not eight times as much.
        self.written.load(Ordering::Relaxed) >= self.most / 64
            || (self.full.load(Ordering::Relaxed) && self.freed.load(Ordering::Relaxed))
    }

    async fn measure(&self, engines: Vec<Arc<Engine>>) -> Result<(), Fault> {
        self.written.store(0, Ordering::Relaxed);
        let freed = self.freed.swap(false, Ordering::Relaxed);
        let most = self.most;
        let measured = tokio::task::spawn_blocking(move || {
            let size = |engines: &[Arc<Engine>]| -> Result<u64, Fault> {
                engines.iter().map(|engine| engine.stored_bytes()).sum()
            };
            let stored = size(&engines)?;
            if stored <= most || !freed {
                return Ok(stored);
            }
            for engine in &engines {
                engine.compact()?;
            }
            size(&engines)
        });
        let stored = measured
            .await
            .map_err(|error| Fault::new(500, "InternalServerError", error.to_string()))??;
        self.full.store(stored > most, Ordering::Relaxed);
        Ok(())
    }
}

/// Reports whether a request adds data.
fn adds(operation: &str, body: &[u8]) -> bool {
    if !GROWING.contains(&operation) {
        return false;
    }
    let Some((_, members)) = ADDITIONS.iter().find(|(known, _)| *known == operation) else {
        return true;
    };
    let body = String::from_utf8_lossy(body);
    members.iter().any(|member| body.contains(member))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_that_only_delete_or_read_are_always_admitted() {
        for (operation, body, expected) in [
            ("PutItem", "{}", true),
            ("UpdateItem", "{}", true),
            ("CreateTable", "{}", true),
            ("DeleteItem", "{}", false),
            ("DeleteTable", "{}", false),
            ("Query", "{}", false),
            (
                "BatchWriteItem",
                r#"{"t":[{"DeleteRequest":{"Key":{}}}]}"#,
                false,
            ),
            (
                "BatchWriteItem",
                r#"{"t":[{"PutRequest":{"Item":{}}}]}"#,
                true,
            ),
            (
                "TransactWriteItems",
                r#"{"TransactItems":[{"Delete":{}},{"ConditionCheck":{}}]}"#,
                false,
            ),
            (
                "TransactWriteItems",
                r#"{"TransactItems":[{"Update":{}}]}"#,
                true,
            ),
        ] {
            assert_eq!(
                adds(operation, body.as_bytes()),
                expected,
                "{operation} {body}"
            );
        }
    }
}
