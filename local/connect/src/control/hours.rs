//! Hours of operation.

use local_wire::{Declared, Fault, Outcome, delete, done, get, post, put, reply};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Serve::Now;
use super::search::{NoConditions, Search, Searchable};
use super::summary::Summary;
use super::{ControlRequest, Serve, description};
use crate::ConnectService;
use crate::state::{DayHours, HoursRecord, Tags};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    put("CreateHoursOfOperation", "/hours-of-operations/{InstanceId}", Now(create_hours_of_operation)),
    get("DescribeHoursOfOperation", "/hours-of-operations/{InstanceId}/{HoursOfOperationId}", Now(describe_hours_of_operation)),
    post("UpdateHoursOfOperation", "/hours-of-operations/{InstanceId}/{HoursOfOperationId}", Now(update_hours_of_operation)),
    delete("DeleteHoursOfOperation", "/hours-of-operations/{InstanceId}/{HoursOfOperationId}", Now(delete_hours_of_operation)),
    post("SearchHoursOfOperations", "/search-hours-of-operations", Now(search_hours_of_operations)),
    get("ListHoursOfOperations", "/hours-of-operations-summary/{InstanceId}", Now(list_hours_of_operations)),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateHours {
    name: String,
    description: Option<String>,
    time_zone: String,
    config: Vec<DayHours>,
    parent_hours_of_operation_configs: Option<Vec<Value>>,
    tags: Option<Tags>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreatedHours<'a> {
    hours_of_operation_id: &'a str,
    hours_of_operation_arn: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct HoursShape<'a> {
    hours_of_operation_id: &'a str,
    hours_of_operation_arn: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    time_zone: &'a str,
    config: &'a [DayHours],
    tags: &'a Tags,
    last_modified_time: i64,
    last_modified_region: &'a str,
}

impl<'a> HoursShape<'a> {
    fn of(hours: &'a HoursRecord, region: &'a str) -> Self {
        Self {
            hours_of_operation_id: &hours.id,
            hours_of_operation_arn: &hours.arn,
            name: &hours.name,
            description: hours.description.as_deref(),
            time_zone: &hours.time_zone,
            config: &hours.config,
            tags: &hours.tags,
            last_modified_time: hours.modified,
            last_modified_region: region,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedHours<'a> {
    hours_of_operation: HoursShape<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateHours {
    name: Option<String>,
    description: Option<String>,
    time_zone: Option<String>,
    config: Option<Vec<DayHours>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct HoursList<'a> {
    hours_of_operation_summary_list: Vec<Summary<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl ControlRequest<'_> {
    /// Checks that no period goes on after midnight.
    fn periods(&self, config: &[DayHours]) -> Result<(), Fault> {
        if let Some(wrapped) = config.iter().find(|period| period.wraps_midnight()) {
            let (start, end) = (wrapped.start_time, wrapped.end_time);
            return Err(Fault::new(
                400,
                "InvalidRequestException",
                format!("Start time: {start} cannot be greater than end time: {end}"),
            ));
        }
        Ok(())
    }
}

fn create_hours_of_operation(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: CreateHours = request.input()?;
    request.periods(&input.config)?;
    let parents = input.parent_hours_of_operation_configs;
    if parents.is_some_and(|parents| !parents.is_empty()) {
        return Err(Fault::not_implemented(
            "connect",
            "CreateHoursOfOperation with ParentHoursOfOperationConfigs",
        ));
    }
    let tags = input.tags.unwrap_or_default();
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    let hours = &mut instance.hours;
    let hours = hours.create(&instance.arn, input.name, tags, |identity| HoursRecord {
        identity,
        description: description(input.description),
        time_zone: input.time_zone,
        config: input.config,
    })?;
    reply(&CreatedHours {
        hours_of_operation_id: &hours.id,
        hours_of_operation_arn: &hours.arn,
    })
}

fn describe_hours_of_operation(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let state = service.state();
    let instance = request.instance(&state)?;
    let hours = instance.hours.get(request.path("HoursOfOperationId"))?;
    reply(&DescribedHours {
        hours_of_operation: HoursShape::of(hours, request.region()),
    })
}

fn update_hours_of_operation(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: UpdateHours = request.input()?;
    request.periods(input.config.as_deref().unwrap_or_default())?;
    let mut state = service.state();
    let hours = &mut request.instance_mut(&mut state)?.hours;
    hours.change(request.path("HoursOfOperationId"), input.name, |hours| {
        if input.description.is_some() {
            hours.description = description(input.description);
        }
        if let Some(time_zone) = input.time_zone {
            hours.time_zone = time_zone;
        }
        if let Some(config) = input.config {
            hours.config = config;
        }
    })?;
    done()
}

fn delete_hours_of_operation(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    let id = &instance.hours.get(request.path("HoursOfOperationId"))?.id;
    let mut queues = instance.queues.iter();
    if let Some(queue) = queues.find(|queue| queue.hours_of_operation_id == *id) {
        // The operation does not document ResourceInUseException.
        return Err(Fault::new(
            400,
            "InvalidRequestException",
            format!("The hours are in use by the queue {}.", queue.name),
        ));
    }
    instance.hours.remove(request.path("HoursOfOperationId"))?;
    done()
}

impl Searchable for HoursRecord {
    const FIELDS: &'static [&'static str] = &["name", "description", "timezone", "resourceID"];
    type Conditions = NoConditions;
    type Attributes = NoConditions;

    fn has(&self, field: &str, matches: &dyn Fn(&str) -> bool) -> bool {
        match field {
            "name" => matches(&self.name),
            "description" => self.description.as_deref().is_some_and(matches),
            "timezone" => matches(&self.time_zone),
            _ => matches(&self.id),
        }
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }
}

fn search_hours_of_operations(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let search: Search<HoursRecord> = Search::of(request)?;
    let state = service.state();
    let instance = search.instance(request, &state)?;
    let hours = instance.hours.iter();
    search.reply(request, ("HoursOfOperations", instance), hours, |hours| {
        Ok(HoursShape::of(hours, request.region()))
    })
}

fn list_hours_of_operations(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let page = request.query_page(100)?;
    let state = service.state();
    let hours = request.instance(&state)?.hours.iter();
    let (hours_of_operation_summary_list, next_token) =
        page.cut(hours.map(|hours| Summary::of(hours, request.region())));
    reply(&HoursList {
        hours_of_operation_summary_list,
        next_token,
    })
}
