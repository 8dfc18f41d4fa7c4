//! Associations of numbers with flows.

use local_wire::{Declared, Outcome, delete, done, get, post, put, reply};
use serde::{Deserialize, Serialize};

use super::Serve::Now;
use super::{ControlRequest, Serve};
use crate::ConnectService;
use crate::state::{State, no_such};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    put("AssociatePhoneNumberContactFlow", "/phone-number/{PhoneNumberId}/contact-flow", Now(associate_phone_number_contact_flow)),
    delete("DisassociatePhoneNumberContactFlow", "/phone-number/{PhoneNumberId}/contact-flow", Now(disassociate_phone_number_contact_flow)),
    get("ListFlowAssociations", "/flow-associations-summary/{InstanceId}", Now(list_flow_associations)),
    get("GetFlowAssociation", "/flow-associations/{InstanceId}/{ResourceId}/{ResourceType}", Now(get_flow_association)),
    post("BatchGetFlowAssociation", "/flow-associations-batch/{InstanceId}", Now(batch_get_flow_association)),
];

const VOICE: &str = "VOICE_PHONE_NUMBER";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Associate {
    instance_id: String,
    contact_flow_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BatchGet {
    resource_ids: Vec<String>,
    resource_type: Option<String>,
}

/// `FlowAssociationSummary`. Both ids are ARNs, which the Terraform provider expects.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Association {
    resource_id: String,
    flow_id: String,
    resource_type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Associations {
    flow_association_summary_list: Vec<Association>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

fn associate_phone_number_contact_flow(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let input: Associate = request.input()?;
    let mut state = service.state();
    let instance = state.instance(request.region(), &input.instance_id)?;
    let flow_id = instance.flow(&input.contact_flow_id)?.id.clone();
    let number = state.number_of(
        request.region(),
        &input.instance_id,
        request.path("PhoneNumberId"),
    )?;
    number.flow_id = Some(flow_id);
    done()
}

fn disassociate_phone_number_contact_flow(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let instance = request.query("instanceId").unwrap_or_default();
    let mut state = service.state();
    let number = state.number_of(request.region(), &instance, request.path("PhoneNumberId"))?;
    number.flow_id = None;
    done()
}

fn voice_associations(
    state: &State,
    request: &ControlRequest<'_>,
) -> Result<Vec<Association>, local_wire::Fault> {
    let instance = request.instance(state)?;
    let numbers = state
        .region(request.region())
        .into_iter()
        .flat_map(|region| &region.numbers)
        .filter(|number| number.instance_id == instance.id);
    let mut associations = Vec::new();
    for number in numbers {
        if let Some(flow_id) = &number.flow_id {
            associations.push(Association {
                resource_id: number.arn.clone(),
                flow_id: instance.flow(flow_id)?.arn.clone(),
                resource_type: VOICE,
            });
        }
    }
    Ok(associations)
}

fn list_flow_associations(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    // This is the only query parameter that the model spells with a capital letter.
    let kinds = request.query_all("ResourceType");
    let page = request.query_page(100)?;
    let state = service.state();
    // This account has only associations of voice numbers.
    let associations = voice_associations(&state, request)?
        .into_iter()
        .filter(|one| kinds.is_empty() || kinds.iter().any(|kind| kind == one.resource_type));
    let (flow_association_summary_list, next_token) = page.cut(associations);
    reply(&Associations {
        flow_association_summary_list,
        next_token,
    })
}

fn get_flow_association(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let state = service.state();
    request.instance(&state)?;
    // Resources of these types cannot exist in this account.
    Err(no_such("Flow association", request.path("ResourceId")))
}

fn batch_get_flow_association(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: BatchGet = request.input()?;
    let state = service.state();
    let mut associations = voice_associations(&state, request)?;
    associations.retain(|one| {
        input.resource_ids.contains(&one.resource_id)
            && input
                .resource_type
                .as_deref()
                .is_none_or(|kind| kind == one.resource_type)
    });
    reply(&Associations {
        flow_association_summary_list: associations,
        next_token: None,
    })
}
