//! The API of Amazon Connect, 2017-08-08: restJson1 in, behaviour by [`crate::state`], restJson1
//! out. One file per family of operations; each operation is a function of the same name.

mod flow_versions;
mod flows;
mod functions;
mod hours;
mod instances;
mod modules;
mod paging;
mod phone_associations;
mod phone_numbers;
mod queues;
pub(crate) mod router;
mod tags;

use std::fmt::Display;
use std::ops::RangeInclusive;

use bytes::Bytes;
use http::{HeaderValue, header::CONTENT_TYPE};
use local_wire::{Fault, Request, Response, request_id};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ConnectService;
use crate::state::{Instance, State};

use router::Operation;

/// What every operation answers.
type Answer = Result<Response, Fault>;

/// Serves one request.
pub(crate) async fn serve(service: &ConnectService, request: Request) -> Response {
    let outcome = match router::find(&request) {
        Some((operation, path)) => {
            let call = Call {
                operation,
                path,
                request: &request,
            };
            dispatch(service, &call).await
        }
        None => Err(Fault::new(
            404,
            "UnknownOperationException",
            format!(
                "Amazon Connect has no operation {} {}.",
                request.method,
                request.uri.path()
            ),
        )),
    };
    outcome.unwrap_or_else(|fault| fault.json("Message"))
}

async fn dispatch(service: &ConnectService, call: &Call<'_>) -> Answer {
    // The only operation that has to wait for another service.
    if call.operation.name == "UpdateInstanceAttribute" {
        return instances::update_instance_attribute(service, call).await;
    }
    let operation = match call.operation.name {
        "CreateInstance" => instances::create_instance,
        "DescribeInstance" => instances::describe_instance,
        "ListInstances" => instances::list_instances,
        "DeleteInstance" => instances::delete_instance,
        "DescribeInstanceAttribute" => instances::describe_instance_attribute,
        "ListInstanceAttributes" => instances::list_instance_attributes,
        "SearchAvailablePhoneNumbers" => phone_numbers::search_available_phone_numbers,
        "ClaimPhoneNumber" => phone_numbers::claim_phone_number,
        "DescribePhoneNumber" => phone_numbers::describe_phone_number,
        "UpdatePhoneNumber" => phone_numbers::update_phone_number,
        "UpdatePhoneNumberMetadata" => phone_numbers::update_phone_number_metadata,
        "ReleasePhoneNumber" => phone_numbers::release_phone_number,
        "ListPhoneNumbersV2" => phone_numbers::list_phone_numbers_v2,
        "ListPhoneNumbers" => phone_numbers::list_phone_numbers,
        "AssociatePhoneNumberContactFlow" => {
            phone_associations::associate_phone_number_contact_flow
        }
        "DisassociatePhoneNumberContactFlow" => {
            phone_associations::disassociate_phone_number_contact_flow
        }
        "ListFlowAssociations" => phone_associations::list_flow_associations,
        "GetFlowAssociation" => phone_associations::get_flow_association,
        "BatchGetFlowAssociation" => phone_associations::batch_get_flow_association,
        "CreateContactFlow" => flows::create_contact_flow,
        "DescribeContactFlow" => flows::describe_contact_flow,
        "UpdateContactFlowContent" => flows::update_contact_flow_content,
        // Metadata differs from the older Name in one more member.
        "UpdateContactFlowName" | "UpdateContactFlowMetadata" => {
            flows::update_contact_flow_metadata
        }
        "DeleteContactFlow" => flows::delete_contact_flow,
        "ListContactFlows" => flows::list_contact_flows,
        "SearchContactFlows" => flows::search_contact_flows,
        "CreateContactFlowVersion" => flow_versions::create_contact_flow_version,
        "ListContactFlowVersions" => flow_versions::list_contact_flow_versions,
        "CreateContactFlowModule" => modules::create_contact_flow_module,
        "DescribeContactFlowModule" => modules::describe_contact_flow_module,
        "UpdateContactFlowModuleContent" => modules::update_contact_flow_module_content,
        "UpdateContactFlowModuleMetadata" => modules::update_contact_flow_module_metadata,
        "DeleteContactFlowModule" => modules::delete_contact_flow_module,
        "ListContactFlowModules" => modules::list_contact_flow_modules,
        "AssociateLambdaFunction" => functions::associate_lambda_function,
        "DisassociateLambdaFunction" => functions::disassociate_lambda_function,
        "ListLambdaFunctions" => functions::list_lambda_functions,
        "CreateHoursOfOperation" => hours::create_hours_of_operation,
        "DescribeHoursOfOperation" => hours::describe_hours_of_operation,
        "UpdateHoursOfOperation" => hours::update_hours_of_operation,
        "DeleteHoursOfOperation" => hours::delete_hours_of_operation,
        "ListHoursOfOperations" => hours::list_hours_of_operations,
        "CreateQueue" => queues::create_queue,
        "DescribeQueue" => queues::describe_queue,
        "ListQueues" => queues::list_queues,
        "DeleteQueue" => queues::delete_queue,
        "UpdateQueueName" => queues::update_queue_name,
        "UpdateQueueStatus" => queues::update_queue_status,
        "UpdateQueueHoursOfOperation" => queues::update_queue_hours_of_operation,
        "UpdateQueueMaxContacts" => queues::update_queue_max_contacts,
        "UpdateQueueOutboundCallerConfig" => queues::update_queue_outbound_caller_config,
        "ListQueueQuickConnects" => queues::list_queue_quick_connects,
        "TagResource" => tags::tag_resource,
        "UntagResource" => tags::untag_resource,
        "ListTagsForResource" => tags::list_tags_for_resource,
        other => return Err(Fault::not_implemented("connect", other)),
    };
    operation(service, call)
}

/// A request whose operation is known.
struct Call<'a> {
    operation: &'static Operation,
    path: Vec<(&'static str, String)>,
    request: &'a Request,
}

impl Call<'_> {
    fn region(&self) -> &str {
        &self.request.region
    }

    /// A member that the route carries.
    fn path(&self, member: &str) -> &str {
        let found = self.path.iter().find(|(name, _)| *name == member);
        found.map_or("", |(_, value)| value)
    }

    /// The body. A member that is missing or of the wrong type is refused.
    fn body<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        let body: &[u8] = match &self.request.body[..] {
            [] => b"{}",
            body => body,
        };
        serde_json::from_slice(body).map_err(|error| self.invalid(error))
    }

    /// The instance that the route names.
    fn instance<'s>(&self, state: &'s State) -> Result<&'s Instance, Fault> {
        state.instance(self.region(), self.path("InstanceId"))
    }

    /// The instance that the route names.
    fn instance_mut<'s>(&self, state: &'s mut State) -> Result<&'s mut Instance, Fault> {
        state.instance_mut(self.region(), self.path("InstanceId"))
    }

    /// The error with which this operation refuses a malformed request.
    fn invalid(&self, why: impl Display) -> Fault {
        Fault::new(400, self.operation.invalid, why.to_string())
    }

    /// Checks a length in characters.
    fn length(
        &self,
        member: &str,
        value: &str,
        allowed: RangeInclusive<usize>,
    ) -> Result<(), Fault> {
        let length = value.chars().count();
        if allowed.contains(&length) {
            return Ok(());
        }
        Err(self.invalid(format!(
            "{member} has {length} characters; {} to {} are allowed.",
            allowed.start(),
            allowed.end()
        )))
    }

    /// [`Call::length`] of a member that may be absent.
    fn length_if_given(
        &self,
        member: &str,
        value: Option<&str>,
        allowed: RangeInclusive<usize>,
    ) -> Result<(), Fault> {
        value.map_or(Ok(()), |value| self.length(member, value, allowed))
    }

    /// Checks a value of an enumeration.
    fn one_of(&self, member: &str, value: &str, allowed: &[&str]) -> Result<(), Fault> {
        if allowed.contains(&value) {
            return Ok(());
        }
        Err(self.invalid(format!(
            "{member} is {value}; it must be one of {}.",
            allowed.join(", ")
        )))
    }

    /// A value of the query string that may be repeated, each of an enumeration.
    fn query_enum(&self, member: &str, allowed: &[&str]) -> Result<Vec<String>, Fault> {
        let values = self.request.query_all(member);
        for value in &values {
            self.one_of(member, value, allowed)?;
        }
        Ok(values)
    }
}

/// A 200 with this body.
fn reply(body: &impl Serialize) -> Answer {
    let body = serde_json::to_vec(body).map_err(|error| {
        Fault::new(
            500,
            "InternalServiceException",
            format!("The answer cannot be written: {error}"),
        )
    })?;
    let mut response = Response::new(Bytes::from(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(id) = HeaderValue::from_str(&request_id()) {
        headers.insert("x-amzn-requestid", id);
    }
    Ok(response)
}

/// A 200 of an operation without output.
fn done() -> Answer {
    reply(&serde_json::Map::new())
}

/// `IdempotencyException`, of the operations that list it.
fn reused_token() -> Fault {
    Fault::new(
        409,
        "IdempotencyException",
        "ClientToken was used with another request.",
    )
}

/// A description as it is kept: an empty one clears it.
fn description(given: Option<String>) -> Option<String> {
    given.filter(|text| !text.is_empty())
}

/// `PUBLISHED` and `SAVED`, `ACTIVE` and `ARCHIVED`.
fn either(first: bool, names: [&'static str; 2]) -> &'static str {
    if first { names[0] } else { names[1] }
}

#[cfg(test)]
mod tests;
