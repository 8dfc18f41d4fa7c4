//! Flows.

use local_wire::{Declared, Fault, Outcome, delete, done, get, post, put, reply};
use serde::{Deserialize, Serialize};

use super::Serve::Now;
use super::search::{Condition, Search, Searchable};
use super::{ControlRequest, Serve, description, either, unserved};
use crate::ConnectService;
use crate::state::{
    FlowRecord, Instance, ModuleContracts, Reading, Tags, checksum, kind_name, kind_named,
    split_qualifier,
};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    put("CreateContactFlow", "/contact-flows/{InstanceId}", Now(create_contact_flow)),
    get("DescribeContactFlow", "/contact-flows/{InstanceId}/{ContactFlowId}", Now(describe_contact_flow)),
    post("UpdateContactFlowContent", "/contact-flows/{InstanceId}/{ContactFlowId}/content", Now(update_contact_flow_content)),
    post("UpdateContactFlowName", "/contact-flows/{InstanceId}/{ContactFlowId}/name", Now(update_contact_flow_metadata)),
    post("UpdateContactFlowMetadata", "/contact-flows/{InstanceId}/{ContactFlowId}/metadata", Now(update_contact_flow_metadata)),
    delete("DeleteContactFlow", "/contact-flows/{InstanceId}/{ContactFlowId}", Now(delete_contact_flow)),
    get("ListContactFlows", "/contact-flows-summary/{InstanceId}", Now(list_contact_flows)),
    post("SearchContactFlows", "/search-contact-flows", Now(search_contact_flows)),
];

/// The length of a flow's content in characters (documentation of CreateContactFlow).
const CONTENT_LENGTH: std::ops::RangeInclusive<usize> = 1..=256_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateFlow {
    name: String,
    r#type: String,
    description: Option<String>,
    content: String,
    status: Option<String>,
    tags: Option<Tags>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreatedFlow<'a> {
    contact_flow_id: &'a str,
    contact_flow_arn: &'a str,
    flow_content_sha256: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FlowShape<'a> {
    arn: &'a str,
    id: &'a str,
    name: &'a str,
    r#type: &'static str,
    state: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    content: &'a str,
    tags: &'a Tags,
    flow_content_sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_description: Option<&'a str>,
    last_modified_time: i64,
    last_modified_region: &'a str,
}

impl<'a> FlowShape<'a> {
    fn of(flow: &'a FlowRecord, reading: Reading, region: &'a str) -> Result<Self, Fault> {
        let content = flow.content(reading)?;
        let version = match reading {
            Reading::Version(number) => Some(flow.version(number)?),
            Reading::Published | Reading::Saved => None,
        };
        Ok(Self {
            arn: &flow.arn,
            id: &flow.id,
            name: &flow.name,
            r#type: kind_name(flow.kind),
            state: state_name(flow),
            status: either(reading != Reading::Saved, ["PUBLISHED", "SAVED"]),
            description: flow.description.as_deref(),
            content,
            tags: &flow.tags,
            flow_content_sha256: checksum(content),
            version: version.map(|version| version.number),
            version_description: version.and_then(|version| version.description.as_deref()),
            last_modified_time: version.map_or(flow.modified, |version| version.created),
            last_modified_region: region,
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedFlow<'a> {
    contact_flow: FlowShape<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewContent {
    content: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewMetadata {
    name: Option<String>,
    description: Option<String>,
    contact_flow_state: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FlowSummary<'a> {
    id: &'a str,
    arn: &'a str,
    name: &'a str,
    contact_flow_type: &'static str,
    contact_flow_state: &'static str,
    contact_flow_status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FlowList<'a> {
    contact_flow_summary_list: Vec<FlowSummary<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The conditions of `ContactFlowSearchCriteria`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FlowConditions {
    type_condition: Option<String>,
    state_condition: Option<String>,
    status_condition: Option<String>,
}

impl Condition<FlowRecord> for FlowConditions {
    fn accept(&self, flow: &FlowRecord, _instance: &Instance) -> bool {
        is(self.type_condition.as_deref(), kind_name(flow.kind))
            && is(self.state_condition.as_deref(), state_name(flow))
            && is(self.status_condition.as_deref(), status_name(flow))
    }
}

/// The conditions of `ContactFlowAttributeFilter`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FlowAttributes {
    contact_flow_type_condition: Option<TypeCondition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TypeCondition {
    contact_flow_type: Option<String>,
}

impl Condition<FlowRecord> for FlowAttributes {
    fn accept(&self, flow: &FlowRecord, _instance: &Instance) -> bool {
        let condition = self.contact_flow_type_condition.as_ref();
        let wanted = condition.and_then(|one| one.contact_flow_type.as_deref());
        is(wanted, kind_name(flow.kind))
    }
}

impl Searchable for FlowRecord {
    /// ContactFlowSearchCriteria names the first two; the third is that of the other kinds.
    const FIELDS: &'static [&'static str] = &["name", "description", "resourceID"];
    type Conditions = FlowConditions;
    type Attributes = FlowAttributes;

    fn has(&self, field: &str, matches: &dyn Fn(&str) -> bool) -> bool {
        match field {
            "name" => matches(&self.name),
            "description" => self.description.as_deref().is_some_and(matches),
            _ => matches(&self.id),
        }
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }
}

fn is(wanted: Option<&str>, value: &str) -> bool {
    wanted.is_none_or(|wanted| wanted == value)
}

pub(super) fn state_name(flow: &FlowRecord) -> &'static str {
    either(!flow.archived, ["ACTIVE", "ARCHIVED"])
}

fn status_name(flow: &FlowRecord) -> &'static str {
    either(flow.is_published(), ["PUBLISHED", "SAVED"])
}

/// Returns the content that an id refers to: `$SAVED`, a version, or the published one.
pub(super) fn reading(request: &ControlRequest<'_>, given: &str) -> Result<Reading, Fault> {
    match split_qualifier(given) {
        (_, None | Some("$LATEST")) => Ok(Reading::Published),
        (_, Some("$SAVED")) => Ok(Reading::Saved),
        (_, Some(version)) => version.parse().map(Reading::Version).map_err(|_| {
            request.invalid(format!("The version must be a number, but was {version}"))
        }),
    }
}

/// Checks that there is content, for which the service model has no bounds.
fn require_content(request: &ControlRequest<'_>, content: &str) -> Result<(), Fault> {
    let length = content.chars().count();
    if CONTENT_LENGTH.contains(&length) {
        return Ok(());
    }
    Err(request.invalid(format!(
        "Content must have {} to {} characters, but has {length}.",
        CONTENT_LENGTH.start(),
        CONTENT_LENGTH.end()
    )))
}

fn create_contact_flow(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: CreateFlow = request.input()?;
    require_content(request, &input.content)?;
    let kind = kind_named(&input.r#type).ok_or_else(|| {
        request.invalid(format!(
            "Type must be a flow type, but was {}",
            input.r#type
        ))
    })?;
    // AWS does not document the default status. Terraform never sets one and then reads the flow,
    // which fails for an unpublished flow.
    let status = input.status.as_deref().unwrap_or("PUBLISHED");
    let tags = input.tags.unwrap_or_default();

    let mut state = service.state();
    state.room_for_flow(request.body.len())?;
    let instance = request.instance_mut(&mut state)?;
    let mut flow = instance.new_flow(input.name, kind)?;
    flow.description = description(input.description);
    flow.tags = tags;
    let flow_content_sha256 = checksum(&input.content);
    match status {
        "SAVED" => flow.save(input.content),
        _ => {
            let contracts = ModuleContracts::of(&instance.modules, &input.content);
            flow.publish(input.content, &contracts)?;
            unserved::report(&flow);
        }
    }
    let flow = instance.flows.push_mut(flow);
    reply(&CreatedFlow {
        contact_flow_id: &flow.id,
        contact_flow_arn: &flow.arn,
        flow_content_sha256,
    })
}

fn describe_contact_flow(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let given = request.path("ContactFlowId");
    let reading = reading(request, given)?;
    let state = service.state();
    let flow = request.instance(&state)?.flow(given)?;
    reply(&DescribedFlow {
        contact_flow: FlowShape::of(flow, reading, request.region())?,
    })
}

fn update_contact_flow_content(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let NewContent { content } = request.input()?;
    require_content(request, &content)?;
    let given = request.path("ContactFlowId");
    let reading = reading(request, given)?;
    let mut state = service.state();
    state.room_for_flow(request.body.len())?;
    let instance = request.instance_mut(&mut state)?;
    let contracts = ModuleContracts::of(&instance.modules, &content);
    let flow = instance.flow_mut(given)?;
    match reading {
        Reading::Published => {
            flow.publish(content, &contracts)?;
            unserved::report(flow);
        }
        Reading::Saved => flow.save(content),
        Reading::Version(_) => return Err(request.invalid("A version cannot be changed.")),
    }
    done()
}

/// Serves UpdateContactFlowName and UpdateContactFlowMetadata. An absent member keeps its value.
fn update_contact_flow_metadata(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: NewMetadata = request.input()?;
    let mut state = service.state();
    state.room_for_flow(request.body.len())?;
    let instance = request.instance_mut(&mut state)?;
    let id = instance.flow(request.path("ContactFlowId"))?.id.clone();
    if let Some(name) = &input.name {
        instance.free_flow_name(name, &id)?;
    }
    let flow = instance.flow_mut(&id)?;
    if let Some(name) = input.name {
        flow.name = name;
    }
    if input.description.is_some() {
        flow.description = description(input.description);
    }
    if let Some(state) = input.contact_flow_state {
        flow.archived = state == "ARCHIVED";
    }
    done()
}

fn delete_contact_flow(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let mut state = service.state();
    let id = {
        let instance = request.instance(&state)?;
        instance.flow(request.path("ContactFlowId"))?.id.clone()
    };
    // The operation documents no error for a flow in use, so the numbers lose their flow.
    for number in &mut state.region_mut(request.region()).numbers {
        number.flow_id.take_if(|flow_id| *flow_id == id);
    }
    let instance = request.instance_mut(&mut state)?;
    instance.flows.retain(|flow| flow.id != id);
    done()
}

fn list_contact_flows(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let kinds = request.query_all("contactFlowTypes");
    if let Some(unknown) = kinds.iter().find(|kind| kind_named(kind).is_none()) {
        return Err(request.invalid(format!(
            "ContactFlowTypes must be flow types, but contained {unknown}"
        )));
    }
    let page = request.query_page(100)?;
    let state = service.state();
    let flows =
        request.instance(&state)?.flows.iter().filter(|flow| {
            kinds.is_empty() || kinds.iter().any(|kind| kind == kind_name(flow.kind))
        });
    let (contact_flow_summary_list, next_token) = page.cut(flows.map(|flow| FlowSummary {
        id: &flow.id,
        arn: &flow.arn,
        name: &flow.name,
        contact_flow_type: kind_name(flow.kind),
        contact_flow_state: state_name(flow),
        contact_flow_status: status_name(flow),
    }));
    reply(&FlowList {
        contact_flow_summary_list,
        next_token,
    })
}

fn search_contact_flows(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let search: Search<FlowRecord> = Search::of(request)?;
    let state = service.state();
    let instance = search.instance(request, &state)?;
    let flows = &instance.flows;
    search.reply(request, ("ContactFlows", instance), flows, |flow| {
        let reading = match flow.is_published() {
            true => Reading::Published,
            false => Reading::Saved,
        };
        FlowShape::of(flow, reading, request.region())
    })
}
