//! Versions of flows.

use local_wire::{Declared, Fault, Outcome, get, put, reply};
use serde::{Deserialize, Serialize};

use super::Serve::Now;
use super::{ControlRequest, Serve, description};
use crate::ConnectService;
use crate::state::{FlowRecord, Reading, checksum};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    put("CreateContactFlowVersion", "/contact-flows/{InstanceId}/{ContactFlowId}/version", Now(create_contact_flow_version)),
    get("ListContactFlowVersions", "/contact-flows/{InstanceId}/{ContactFlowId}/versions", Now(list_contact_flow_versions)),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateVersion {
    description: Option<String>,
    flow_content_sha256: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreatedVersion<'a> {
    contact_flow_arn: &'a str,
    version: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VersionSummary<'a> {
    arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_description: Option<&'a str>,
    version: i64,
    last_modified_time: i64,
    last_modified_region: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VersionList<'a> {
    contact_flow_version_summary_list: Vec<VersionSummary<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

fn create_contact_flow_version(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: CreateVersion = request.input()?;
    let mut state = service.state();
    let given = request.path("ContactFlowId");
    let flow = request.instance(&state)?.flow(given)?;
    let copied = flow.published_bytes();
    check_published(
        request,
        flow,
        "FlowContentSha256",
        input.flow_content_sha256,
    )?;
    state.room_for_flow(copied + request.body.len())?;
    let flow = request.instance_mut(&mut state)?.flow_mut(given)?;
    let version = flow.create_version(description(input.description))?;
    reply(&CreatedVersion {
        contact_flow_arn: &flow.arn,
        version,
    })
}

/// Checks that the published content is the one of which the client has this digest.
pub(super) fn check_published(
    request: &ControlRequest<'_>,
    flow: &FlowRecord,
    member: &str,
    expected: Option<String>,
) -> Result<(), Fault> {
    let published = checksum(flow.content(Reading::Published)?);
    match expected {
        Some(expected) if !expected.eq_ignore_ascii_case(&published) => {
            Err(request.invalid(format!(
                "{member} must be that of the published content, {published}, but was {expected}."
            )))
        }
        _ => Ok(()),
    }
}

fn list_contact_flow_versions(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let page = request.query_page(100)?;
    let state = service.state();
    let flow = request
        .instance(&state)?
        .flow(request.path("ContactFlowId"))?;
    let versions = flow.versions.iter().map(|version| VersionSummary {
        arn: format!("{}:{}", flow.arn, version.number),
        version_description: version.description.as_deref(),
        version: version.number,
        last_modified_time: version.created,
        last_modified_region: request.region(),
    });
    let (contact_flow_version_summary_list, next_token) = page.cut(versions);
    reply(&VersionList {
        contact_flow_version_summary_list,
        next_token,
    })
}
