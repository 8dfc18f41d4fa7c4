//! Permissions that CloudWatch's operations require: "Actions, resources, and condition keys for
//! Amazon CloudWatch" in the Service Authorization Reference.

use local_wire::{ACCOUNT_ID, ApiRequest, partition};
use serde_json::Value;

use super::{RequiredAction, Unmapped, arn, unknown};

/// Operations without a resource.
const WITHOUT_RESOURCE: [&str; 5] = [
    "GetMetricData",
    "GetMetricStatistics",
    "ListDashboards",
    "ListMetrics",
    // The namespace is a condition key, which the account does not provide.
    "PutMetricData",
];

/// Operations on alarms and dashboards, with the member that names one or several.
const NAMED: [(&str, &str, Kind); 11] = [
    ("DeleteAlarms", "AlarmNames", Kind::Alarm),
    ("DeleteDashboards", "DashboardNames", Kind::Dashboard),
    ("DescribeAlarmHistory", "AlarmName", Kind::Alarm),
    ("DescribeAlarms", "AlarmNames", Kind::Alarm),
    ("DisableAlarmActions", "AlarmNames", Kind::Alarm),
    ("EnableAlarmActions", "AlarmNames", Kind::Alarm),
    ("GetDashboard", "DashboardName", Kind::Dashboard),
    ("PutCompositeAlarm", "AlarmName", Kind::Alarm),
    ("PutDashboard", "DashboardName", Kind::Dashboard),
    ("PutMetricAlarm", "AlarmName", Kind::Alarm),
    ("SetAlarmState", "AlarmName", Kind::Alarm),
];

#[derive(Clone, Copy)]
enum Kind {
    Alarm,
    Dashboard,
}

impl Kind {
    fn arn(self, region: &str, name: &str) -> String {
        match self {
            Self::Alarm => arn("cloudwatch", region, &format!("alarm:{name}")),
            // Dashboards are the same in all Regions.
            Self::Dashboard => format!(
                "arn:{}:cloudwatch::{ACCOUNT_ID}:dashboard/{name}",
                partition(region)
            ),
        }
    }
}

pub(super) fn required(request: &ApiRequest) -> Result<Vec<RequiredAction>, Unmapped> {
    let operation = request.operation.name.as_str();
    let action = format!("cloudwatch:{operation}");
    let on = |resource: String| RequiredAction::new(action.clone(), resource);
    if WITHOUT_RESOURCE.contains(&operation) {
        return Ok(vec![on("*".to_owned())]);
    }
    let members = request.members().map_err(|fault| fault.message)?;
    if let Some(tagged) = members["ResourceARN"].as_str() {
        return Ok(vec![on(tagged.to_owned())]);
    }
    let (_, member, kind) = NAMED
        .iter()
        .find(|(name, _, _)| *name == operation)
        .ok_or_else(|| unknown("cloudwatch", operation))?;
    let listed = members[*member].as_array().into_iter().flatten();
    let names = std::iter::once(&members[*member]).chain(listed);
    let required: Vec<_> = names
        .filter_map(Value::as_str)
        .map(|name| on(kind.arn(&request.region, name)))
        .collect();
    match required.is_empty() {
        // A request that names none is for all of them.
        true => Ok(vec![on(kind.arn(&request.region, "*"))]),
        false => Ok(required),
    }
}
