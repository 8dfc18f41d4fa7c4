//! Instances and their attributes.

use std::borrow::Cow;

use futures_util::FutureExt;
use local_wire::{Declared, Fault, Outcome, delete, done, get, post, put, reply};
use serde::{Deserialize, Serialize};

use super::Serve::{Later, Now};
use super::user_rules::EXISTING_DIRECTORY;
use super::{ControlRequest, Serve};
use crate::ConnectService;
use crate::state::{Instance, NewInstance, Tags, log_group};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    put("CreateInstance", "/instance", Now(create_instance)),
    get("DescribeInstance", "/instance/{InstanceId}", Now(describe_instance)),
    get("ListInstances", "/instance", Now(list_instances)),
    delete("DeleteInstance", "/instance/{InstanceId}", Now(delete_instance)),
    get("DescribeInstanceAttribute", "/instance/{InstanceId}/attribute/{AttributeType}", Now(describe_instance_attribute)),
    get("ListInstanceAttributes", "/instance/{InstanceId}/attributes", Now(list_instance_attributes)),
    post("UpdateInstanceAttribute", "/instance/{InstanceId}/attribute/{AttributeType}", Later(|service, request| update_instance_attribute(service, request).boxed())),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateInstance {
    client_token: Option<String>,
    identity_management_type: String,
    instance_alias: Option<String>,
    directory_id: Option<String>,
    inbound_calls_enabled: bool,
    outbound_calls_enabled: bool,
    tags: Option<Tags>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Created<'a> {
    id: &'a str,
    arn: &'a str,
}

/// `Instance` and `InstanceSummary`; only the former contains tags.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InstanceShape<'a> {
    id: &'a str,
    arn: &'a str,
    identity_management_type: &'a str,
    instance_alias: &'a str,
    created_time: i64,
    service_role: &'a str,
    instance_status: &'static str,
    inbound_calls_enabled: bool,
    outbound_calls_enabled: bool,
    instance_access_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a Tags>,
}

impl<'a> InstanceShape<'a> {
    fn of(instance: &'a Instance, tags: Option<&'a Tags>) -> Self {
        Self {
            id: &instance.id,
            arn: &instance.arn,
            identity_management_type: &instance.identity_management,
            instance_alias: &instance.alias,
            created_time: instance.created,
            service_role: &instance.service_role,
            instance_status: "ACTIVE",
            inbound_calls_enabled: instance.attribute("INBOUND_CALLS").unwrap_or_default(),
            outbound_calls_enabled: instance.attribute("OUTBOUND_CALLS").unwrap_or_default(),
            instance_access_url: format!("https://{}.my.connect.aws", instance.alias),
            tags,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedInstance<'a> {
    instance: InstanceShape<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InstanceList<'a> {
    instance_summary_list: Vec<InstanceShape<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewValue {
    value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AttributeShape<'a> {
    attribute_type: Cow<'a, str>,
    value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedAttribute<'a> {
    attribute: AttributeShape<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AttributeList<'a> {
    attributes: Vec<AttributeShape<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// Returns the alias of a new instance. The account has no Directory Service and accepts any directory,
/// which may be in an emulator beside it. Without an alias of its own, such an instance has that of the
/// directory: the directory's id, until the directory gets another (Directory Service,
/// `DirectoryDescription`), for which the pattern of `InstanceAlias` reserves aliases with `d-`.
fn alias_of(input: &CreateInstance, request: &ControlRequest<'_>) -> Result<String, Fault> {
    let given = input.instance_alias.as_ref();
    let (alias, missing) = match input.identity_management_type.as_str() {
        EXISTING_DIRECTORY => {
            let directory = input.directory_id.as_ref();
            let alias = directory.map(|id| given.unwrap_or(id));
            (alias, "DirectoryId is required with EXISTING_DIRECTORY.")
        }
        _ => (given, "InstanceAlias is required without a directory."),
    };
    alias.cloned().ok_or_else(|| request.invalid(missing))
}

fn create_instance(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: CreateInstance = request.input()?;
    let alias = alias_of(&input, request)?;
    let tags = input.tags.unwrap_or_default();

    let mut state = service.state();
    let token = input.client_token.as_deref();
    let body = &request.body;
    let region = state.region_mut(request.region());
    let earlier = region
        .tokens
        .earlier("CreateInstance", token, body)
        .map_err(|_| request.invalid("ClientToken was used with another request."))?;
    if let Some(instance) = earlier.and_then(|id| region.instance(&id).cloned()) {
        return reply(&Created {
            id: &instance.id,
            arn: &instance.arn,
        });
    }
    let instance = state.create_instance(
        request.region(),
        NewInstance {
            alias,
            identity_management: input.identity_management_type,
            inbound_calls: input.inbound_calls_enabled,
            outbound_calls: input.outbound_calls_enabled,
            tags,
        },
    )?;
    let (id, arn) = (instance.id.clone(), instance.arn.clone());
    let tokens = &mut state.region_mut(request.region()).tokens;
    tokens.record("CreateInstance", token, body, &id);
    reply(&Created { id: &id, arn: &arn })
}

fn describe_instance(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let state = service.state();
    let instance = request.instance(&state)?;
    reply(&DescribedInstance {
        instance: InstanceShape::of(instance, Some(&instance.tags)),
    })
}

fn list_instances(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let page = request.query_page(10)?;
    let state = service.state();
    let instances = state.region(request.region()).into_iter();
    let instances = instances.flat_map(|region| &region.instances);
    let (instance_summary_list, next_token) =
        page.cut(instances.map(|instance| InstanceShape::of(instance, None)));
    reply(&InstanceList {
        instance_summary_list,
        next_token,
    })
}

fn delete_instance(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let mut state = service.state();
    state.delete_instance(request.region(), request.path("InstanceId"))?;
    done()
}

fn unknown_attribute(request: &ControlRequest<'_>) -> Fault {
    let name = request.path("AttributeType");
    request.invalid(format!(
        "AttributeType must be an attribute of instances, but was {name}."
    ))
}

async fn update_instance_attribute(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let input: NewValue = request.input()?;
    let value = match input.value.as_str() {
        "true" => true,
        "false" => false,
        other => {
            return Err(request.invalid(format!("Value must be true or false, but was {other}.")));
        }
    };
    let name = request.path("AttributeType");
    let alias = {
        let state = service.state();
        let instance = request.instance(&state)?;
        instance
            .attribute(name)
            .ok_or_else(|| unknown_attribute(request))?;
        instance.alias.clone()
    };
    // Switching the logs on creates the group, since writing lines does not.
    if name == "CONTACTFLOW_LOGS" && value {
        let group = log_group(&alias);
        let created = service.ports.logs.ensure_group(request.region(), &group);
        created
            .await
            .map_err(|error| Fault::new(500, "InternalServiceException", error.to_string()))?;
    }
    let mut state = service.state();
    request.instance_mut(&mut state)?.set_attribute(name, value);
    done()
}

fn describe_instance_attribute(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let state = service.state();
    let name = request.path("AttributeType");
    let value = request
        .instance(&state)?
        .attribute(name)
        .ok_or_else(|| unknown_attribute(request))?;
    reply(&DescribedAttribute {
        attribute: AttributeShape {
            attribute_type: name.into(),
            value: value.to_string(),
        },
    })
}

fn list_instance_attributes(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let page = request.query_page(7)?;
    let state = service.state();
    let attributes = request.instance(&state)?.attributes.iter();
    let (attributes, next_token) = page.cut(attributes.map(|(name, value)| AttributeShape {
        attribute_type: (*name).into(),
        value: value.to_string(),
    }));
    reply(&AttributeList {
        attributes,
        next_token,
    })
}
