//! Warm throughput: the load that a table can serve immediately. dynoxide does not have it; the
//! Terraform provider waits after CreateTable until its status is `ACTIVE`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use local_wire::Response;
use serde_json::{Value, json};

use super::completed;

/// The documented values of a new on-demand table.
const ON_DEMAND_READS: u64 = 12_000;
const ON_DEMAND_WRITES: u64 = 4_000;

/// The requested units per second, by Region and table.
#[derive(Default)]
pub(super) struct WarmThroughput {
    requested: Mutex<HashMap<(String, String), (u64, u64)>>,
}

impl WarmThroughput {
    /// Stores the values that CreateTable or UpdateTable requests.
    pub(super) fn note(&self, region: &str, table: &str, request: &[u8]) {
        let request: Value = serde_json::from_slice(request).unwrap_or_default();
        let wanted = &request["WarmThroughput"];
        let units = |name: &str| wanted[name].as_u64();
        if let (Some(reads), Some(writes)) =
            (units("ReadUnitsPerSecond"), units("WriteUnitsPerSecond"))
        {
            self.locked()
                .insert((region.to_owned(), table.to_owned()), (reads, writes));
        }
    }

    pub(super) fn forget(&self, region: &str, table: &str) {
        self.locked().remove(&(region.to_owned(), table.to_owned()));
    }

    /// Adds the values to the table description in a response; other responses stay unchanged.
    pub(super) fn add(&self, region: &str, answer: Response) -> Response {
        completed(answer, |table| {
            let (reads, writes) = self.of(region, table);
            table["WarmThroughput"] = json!({
                "ReadUnitsPerSecond": reads,
                "WriteUnitsPerSecond": writes,
                "Status": "ACTIVE",
            });
        })
    }

    fn of(&self, region: &str, table: &Value) -> (u64, u64) {
        let name = table["TableName"].as_str().unwrap_or_default();
        let requested = self.locked();
        if let Some(units) = requested.get(&(region.to_owned(), name.to_owned())) {
            return *units;
        }
        if table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST" {
            return (ON_DEMAND_READS, ON_DEMAND_WRITES);
        }
        let provisioned = |unit: &str| table["ProvisionedThroughput"][unit].as_u64().unwrap_or(0);
        (
            provisioned("ReadCapacityUnits"),
            provisioned("WriteCapacityUnits"),
        )
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, HashMap<(String, String), (u64, u64)>> {
        self.requested
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
