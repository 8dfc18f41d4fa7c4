//! Continuous backups and point-in-time recovery: only the settings, stored so that Terraform reads
//! back what it wrote.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use local_wire::Fault;
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

/// The days that AWS keeps by default, and the most that it keeps.
const DEFAULT_RECOVERY_DAYS: u8 = 35;

/// The point-in-time recovery of one table.
#[derive(Debug, Clone, Copy)]
struct PointInTimeRecovery {
    days: u8,
    enabled_at: OffsetDateTime,
}

/// Settings by Region and table; absent if disabled.
#[derive(Default)]
pub(super) struct ContinuousBackups {
    enabled: Mutex<HashMap<(String, String), PointInTimeRecovery>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Update {
    point_in_time_recovery_specification: Specification,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Specification {
    point_in_time_recovery_enabled: bool,
    recovery_period_in_days: Option<u8>,
}

impl ContinuousBackups {
    pub(super) fn describe(&self, region: &str, table: &str) -> Value {
        let enabled = self.enabled.lock().unwrap_or_else(PoisonError::into_inner);
        let recovery = enabled.get(&(region.to_owned(), table.to_owned()));
        answer(recovery.copied())
    }

    pub(super) fn update(&self, region: &str, table: &str, body: &[u8]) -> Result<Value, Fault> {
        let update: Update = serde_json::from_slice(body)
            .map_err(|error| Fault::new(400, "SerializationException", error.to_string()))?;
        let wanted = update.point_in_time_recovery_specification;
        let days = wanted
            .recovery_period_in_days
            .unwrap_or(DEFAULT_RECOVERY_DAYS);
        if !(1..=DEFAULT_RECOVERY_DAYS).contains(&days) {
            return Err(Fault::new(
                400,
                "ValidationException",
                format!(
                    "RecoveryPeriodInDays must be between 1 and {DEFAULT_RECOVERY_DAYS}, not {days}"
                ),
            ));
        }
        let mut enabled = self.enabled.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (region.to_owned(), table.to_owned());
        if !wanted.point_in_time_recovery_enabled {
            enabled.remove(&key);
            return Ok(answer(None));
        }
        let recovery = enabled
            .entry(key)
            .and_modify(|recovery| recovery.days = days)
            .or_insert_with(|| PointInTimeRecovery {
                days,
                enabled_at: OffsetDateTime::now_utc(),
            });
        Ok(answer(Some(*recovery)))
    }

    pub(super) fn forget(&self, region: &str, table: &str) {
        self.enabled
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&(region.to_owned(), table.to_owned()));
    }
}

fn answer(recovery: Option<PointInTimeRecovery>) -> Value {
    let point_in_time = match recovery {
        None => json!({ "PointInTimeRecoveryStatus": "DISABLED" }),
        Some(recovery) => json!({
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": recovery.days,
            "EarliestRestorableDateTime": recovery.enabled_at.unix_timestamp(),
            "LatestRestorableDateTime": OffsetDateTime::now_utc().unix_timestamp(),
        }),
    };
    json!({
        "ContinuousBackupsDescription": {
            // Every DynamoDB table has continuous backups; only point-in-time recovery is optional.
            "ContinuousBackupsStatus": "ENABLED",
            "PointInTimeRecoveryDescription": point_in_time,
        }
    })
}

/// Returns the table that a request names, by name or by ARN.
pub(super) fn table_name(body: &[u8]) -> Result<String, Fault> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|error| Fault::new(400, "SerializationException", error.to_string()))?;
    let name = body["TableName"].as_str().ok_or_else(|| {
        Fault::new(
            400,
            "ValidationException",
            "The request must contain the parameter TableName",
        )
    })?;
    Ok(name.rsplit('/').next().unwrap_or(name).to_owned())
}
