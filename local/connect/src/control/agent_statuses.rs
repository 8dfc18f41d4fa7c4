//! Statuses of agents.

use local_wire::{Declared, Outcome, done, get, post, put, reply};
use serde::{Deserialize, Serialize};

use super::Serve::Now;
use super::search::{NoConditions, Search, Searchable};
use super::summary::Summary;
use super::{ControlRequest, Serve, description, either};
use crate::ConnectService;
use crate::state::{AgentStatusRecord, CUSTOM, Tags};

/// The operations that are served, one per line. A status cannot be deleted.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    put("CreateAgentStatus", "/agent-status/{InstanceId}", Now(create_agent_status)),
    get("DescribeAgentStatus", "/agent-status/{InstanceId}/{AgentStatusId}", Now(describe_agent_status)),
    post("UpdateAgentStatus", "/agent-status/{InstanceId}/{AgentStatusId}", Now(update_agent_status)),
    get("ListAgentStatuses", "/agent-status/{InstanceId}", Now(list_agent_statuses)),
    post("SearchAgentStatuses", "/search-agent-statuses", Now(search_agent_statuses)),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateStatus {
    name: String,
    description: Option<String>,
    state: String,
    display_order: Option<u8>,
    tags: Option<Tags>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateStatus {
    name: Option<String>,
    description: Option<String>,
    state: Option<String>,
    display_order: Option<u8>,
    #[serde(default)]
    reset_order_number: bool,
}

#[derive(Serialize)]
struct CreatedStatus<'a> {
    #[serde(rename = "AgentStatusARN")]
    arn: &'a str,
    #[serde(rename = "AgentStatusId")]
    id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StatusShape<'a> {
    #[serde(flatten)]
    created: CreatedStatus<'a>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_order: Option<u8>,
    state: &'static str,
    tags: &'a Tags,
    last_modified_time: i64,
    last_modified_region: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedStatus<'a> {
    agent_status: StatusShape<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StatusSummary<'a> {
    #[serde(flatten)]
    summary: Summary<'a>,
    r#type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StatusList<'a> {
    agent_status_summary_list: Vec<StatusSummary<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

fn state_name(status: &AgentStatusRecord) -> &'static str {
    either(status.enabled, ["ENABLED", "DISABLED"])
}

impl<'a> CreatedStatus<'a> {
    fn of(status: &'a AgentStatusRecord) -> Self {
        Self {
            arn: &status.arn,
            id: &status.id,
        }
    }
}

impl<'a> StatusShape<'a> {
    fn of(status: &'a AgentStatusRecord, region: &'a str) -> Self {
        Self {
            created: CreatedStatus::of(status),
            name: &status.name,
            description: status.description.as_deref(),
            r#type: status.kind,
            display_order: status.display_order,
            state: state_name(status),
            tags: &status.tags,
            last_modified_time: status.modified,
            last_modified_region: region,
        }
    }
}

impl Searchable for AgentStatusRecord {
    // AgentStatusSearchCriteria.
    const FIELDS: &'static [&'static str] = &[
        "name",
        "description",
        "state",
        "type",
        "displayOrder",
        "resourceID",
    ];
    type Conditions = NoConditions;
    type Attributes = NoConditions;

    fn has(&self, field: &str, matches: &dyn Fn(&str) -> bool) -> bool {
        match field {
            "name" => matches(&self.name),
            "description" => self.description.as_deref().is_some_and(matches),
            "state" => matches(state_name(self)),
            "type" => matches(self.kind),
            "displayorder" => self
                .display_order
                .is_some_and(|order| matches(&order.to_string())),
            _ => matches(&self.id),
        }
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }
}

fn create_agent_status(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: CreateStatus = request.input()?;
    let tags = input.tags.unwrap_or_default();
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    let statuses = &mut instance.agent_statuses;
    let status = statuses.create(&instance.arn, input.name, tags, |identity| {
        AgentStatusRecord {
            description: input.description,
            display_order: input.display_order,
            enabled: input.state == "ENABLED",
            ..AgentStatusRecord::new(identity, CUSTOM)
        }
    })?;
    reply(&CreatedStatus::of(status))
}

fn describe_agent_status(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let state = service.state();
    let statuses = &request.instance(&state)?.agent_statuses;
    let status = statuses.get(request.path("AgentStatusId"))?;
    reply(&DescribedStatus {
        agent_status: StatusShape::of(status, request.region()),
    })
}

/// Changes a status. An absent member keeps its value; ResetOrderNumber removes the order.
fn update_agent_status(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: UpdateStatus = request.input()?;
    let mut state = service.state();
    let statuses = &mut request.instance_mut(&mut state)?.agent_statuses;
    statuses.change(request.path("AgentStatusId"), input.name, |status| {
        if input.description.is_some() {
            status.description = description(input.description);
        }
        if let Some(state) = input.state {
            status.enabled = state == "ENABLED";
        }
        if input.reset_order_number {
            status.display_order = None;
        }
        if input.display_order.is_some() {
            status.display_order = input.display_order;
        }
    })?;
    done()
}

fn list_agent_statuses(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let kinds = request.query_all("AgentStatusTypes");
    let page = request.query_page(100)?;
    let state = service.state();
    let statuses = request.instance(&state)?.agent_statuses.iter();
    let statuses =
        statuses.filter(|status| kinds.is_empty() || kinds.iter().any(|kind| kind == status.kind));
    let (agent_status_summary_list, next_token) = page.cut(statuses.map(|status| StatusSummary {
        summary: Summary::of(status, request.region()),
        r#type: status.kind,
    }));
    reply(&StatusList {
        agent_status_summary_list,
        next_token,
    })
}

fn search_agent_statuses(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let search: Search<AgentStatusRecord> = Search::of(request)?;
    let state = service.state();
    let instance = search.instance(request, &state)?;
    let statuses = instance.agent_statuses.iter();
    search.reply(request, ("AgentStatuses", instance), statuses, |status| {
        Ok(StatusShape::of(status, request.region()))
    })
}
