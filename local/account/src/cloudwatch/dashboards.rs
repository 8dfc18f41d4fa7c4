//! Dashboards, which belong to the account, not to a Region.

use std::collections::BTreeMap;

use local_wire::{ACCOUNT_ID, Declared, Fault, named, partition};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Serve;
use super::clock::now;
use super::input::{self, missing};

/// The operations that this module serves.
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    named("PutDashboard", |scope, input| scope.dashboards().put(input)),
    named("GetDashboard", |scope, input| {
        scope.dashboards().get(scope.region, input)
    }),
    named("ListDashboards", |scope, input| {
        scope.dashboards().list(scope.region, input)
    }),
    named("DeleteDashboards", |scope, input| {
        scope.dashboards().delete(input)
    }),
];

const WIDGETS: [&str; 6] = ["alarm", "custom", "explorer", "log", "metric", "text"];
/// The most dashboards of the account here, and the most widgets of each.
const MAX_DASHBOARDS: usize = 1_000;
const MAX_WIDGETS: usize = 500;
const MAX_NAME_LENGTH: usize = 255;
/// The number of columns of a dashboard.
const COLUMNS: u64 = 24;

#[derive(Debug)]
struct Dashboard {
    body: String,
    changed_at: f64,
}

/// The account's dashboards, by name.
#[derive(Debug, Default)]
pub(super) struct Dashboards {
    dashboards: BTreeMap<String, Dashboard>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NameAndBody {
    dashboard_name: Option<String>,
    dashboard_body: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Names {
    dashboard_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    dashboard_name_prefix: Option<String>,
}

impl Dashboards {
    /// Handles PutDashboard.
    pub(super) fn put(&mut self, input: Value) -> Result<Value, Fault> {
        let input: NameAndBody = input::parse(input)?;
        let name = input
            .dashboard_name
            .ok_or_else(|| missing("DashboardName"))?;
        let valid = (1..=MAX_NAME_LENGTH).contains(&name.len())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if !valid {
            return Err(invalid(
                "The value for field DashboardName contains invalid characters.",
                Vec::new(),
            ));
        }
        let body = input
            .dashboard_body
            .ok_or_else(|| missing("DashboardBody"))?;
        check(&body)?;
        if self.dashboards.len() >= MAX_DASHBOARDS && !self.dashboards.contains_key(&name) {
            return Err(Fault::new(
                400,
                "LimitExceededFault",
                format!(
                    "The local account keeps at most {MAX_DASHBOARDS} dashboards. Delete those that \
                     are no longer needed."
                ),
            ));
        }
        let dashboard = Dashboard {
            body,
            changed_at: now(),
        };
        self.dashboards.insert(name, dashboard);
        Ok(json!({ "DashboardValidationMessages": [] }))
    }

    /// Handles GetDashboard.
    pub(super) fn get(&self, region: &str, input: Value) -> Result<Value, Fault> {
        let input: NameAndBody = input::parse(input)?;
        let name = input
            .dashboard_name
            .ok_or_else(|| missing("DashboardName"))?;
        let dashboard = self.dashboards.get(&name).ok_or_else(|| absent(&name))?;
        Ok(json!({
            "DashboardArn": arn(region, &name),
            "DashboardBody": dashboard.body,
            "DashboardName": name,
        }))
    }

    /// Handles ListDashboards.
    pub(super) fn list(&self, region: &str, input: Value) -> Result<Value, Fault> {
        let input: List = input::parse(input)?;
        let prefix = input.dashboard_name_prefix.unwrap_or_default();
        let entries: Vec<Value> = self
            .dashboards
            .iter()
            .filter(|(name, _)| name.starts_with(&prefix))
            .map(|(name, dashboard)| {
                json!({
                    "DashboardName": name,
                    "DashboardArn": arn(region, name),
                    "LastModified": dashboard.changed_at,
                    "Size": dashboard.body.len(),
                })
            })
            .collect();
        Ok(json!({ "DashboardEntries": entries }))
    }

    /// Handles DeleteDashboards, which deletes all of the dashboards or none.
    pub(super) fn delete(&mut self, input: Value) -> Result<Value, Fault> {
        let input: Names = input::parse(input)?;
        let names = input.dashboard_names;
        if let Some(name) = names
            .iter()
            .find(|name| !self.dashboards.contains_key(*name))
        {
            return Err(absent(name));
        }
        for name in &names {
            self.dashboards.remove(name);
        }
        Ok(json!({}))
    }
}

/// Returns the ARN of a dashboard, which names the Region's partition alone.
fn arn(region: &str, name: &str) -> String {
    let partition = partition(region);
    format!("arn:{partition}:cloudwatch::{ACCOUNT_ID}:dashboard/{name}")
}

fn absent(name: &str) -> Fault {
    Fault::new(
        404,
        "DashboardNotFoundError",
        format!("Dashboard {name} does not exist"),
    )
}

/// Checks the parts that every dashboard needs: JSON with widgets of a known type within the grid.
fn check(body: &str) -> Result<(), Fault> {
    let body: Value = serde_json::from_str(body).map_err(|_| {
        invalid(
            "The field DashboardBody must be a valid JSON object",
            vec![],
        )
    })?;
    let Some(widgets) = body["widgets"].as_array() else {
        return Err(errors(vec![problem(
            "",
            "Should have required property 'widgets'",
        )]));
    };
    if widgets.len() > MAX_WIDGETS {
        return Err(errors(vec![problem(
            "/widgets",
            &format!("Should NOT have more than {MAX_WIDGETS} items"),
        )]));
    }
    let mut problems = Vec::new();
    for (at, widget) in widgets.iter().enumerate() {
        let mut refuse = |path: &str, message: &str| {
            problems.push(problem(&format!("/widgets/{at}{path}"), message));
        };
        match widget["type"].as_str() {
            None => refuse("", "Should have required property 'type'"),
            Some(kind) if !WIDGETS.contains(&kind) => {
                refuse("/type", "Should match one of the known widget types");
            }
            // AWS refuses a widget without a Region, which would show nothing.
            Some("metric") if widget["properties"]["region"].as_str().is_none() => {
                refuse("/properties", "Should have required property 'region'");
            }
            Some(_) => {}
        }
        if !widget["properties"].is_object() {
            refuse("", "Should have required property 'properties'");
        }
        let number = |member: &str| widget[member].as_u64();
        if number("x").is_some_and(|x| x >= COLUMNS) {
            refuse("/x", "Should be <= 23");
        }
        if number("width").is_some_and(|width| !(1..=COLUMNS).contains(&width)) {
            refuse("/width", "Should be from 1 to 24");
        }
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(errors(problems)),
    }
}

fn problem(path: &str, message: &str) -> Value {
    json!({ "DataPath": path, "Message": message })
}

fn errors(problems: Vec<Value>) -> Fault {
    let list: Vec<String> = problems.iter().map(Value::to_string).collect();
    let message = format!(
        "The dashboard body is invalid, there are {} validation errors: [ {} ]",
        list.len(),
        list.join(", ")
    );
    invalid(&message, problems)
}

fn invalid(message: &str, problems: Vec<Value>) -> Fault {
    Fault::new(400, "DashboardInvalidInputError", message)
        .with("dashboardValidationMessages", problems.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dashboard_that_shows_nothing_is_refused() {
        let put = |body: &str| {
            Dashboards::default()
                .put(json!({ "DashboardName": "line", "DashboardBody": body }))
                .map_or_else(|fault| fault.message, |_| String::new())
        };
        assert_eq!(put(r#"{"widgets":[]}"#), "");
        for (body, words) in [
            ("widgets", "valid JSON"),
            ("{}", "'widgets'"),
            (r#"{"widgets":[{"properties":{}}]}"#, "'type'"),
            (
                r#"{"widgets":[{"type":"graph","properties":{}}]}"#,
                "/widgets/0/type",
            ),
            (r#"{"widgets":[{"type":"text"}]}"#, "'properties'"),
            (
                r#"{"widgets":[{"type":"metric","properties":{}}]}"#,
                "'region'",
            ),
            (
                r#"{"widgets":[{"type":"text","x":24,"properties":{}}]}"#,
                "<= 23",
            ),
        ] {
            let refusal = put(body);
            assert!(refusal.contains(words), "{body}: {refusal}");
        }
    }
}
