//! Instances and their attributes.

use std::borrow::Cow;

use local_wire::Fault;
use serde::{Deserialize, Serialize};

use super::{Answer, Call, done, reply};
use crate::ConnectService;
use crate::state::{Instance, NewInstance, Tags, log_group};

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

/// `Instance` and `InstanceSummary`; only the former has tags.
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

/// `^(?!d-)([\da-zA-Z]+)([-]*[\da-zA-Z])*$` of the service model.
fn is_alias(alias: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    alias.bytes().all(inner)
        && !alias.starts_with('-')
        && !alias.ends_with('-')
        && !alias.starts_with("d-")
}

pub(super) fn create_instance(service: &ConnectService, call: &Call<'_>) -> Answer {
    let asked: CreateInstance = call.body()?;
    call.length_if_given("ClientToken", asked.client_token.as_deref(), 0..=500)?;
    call.one_of(
        "IdentityManagementType",
        &asked.identity_management_type,
        &["SAML", "CONNECT_MANAGED", "EXISTING_DIRECTORY"],
    )?;
    if asked.identity_management_type == "EXISTING_DIRECTORY" {
        // The account has no Directory Service, so no directory can exist.
        return Err(Fault::new(
            404,
            "ResourceNotFoundException",
            format!(
                "Directory not found: {}",
                asked.directory_id.unwrap_or_default()
            ),
        ));
    }
    let alias = asked
        .instance_alias
        .ok_or_else(|| call.invalid("InstanceAlias is required without a directory."))?;
    call.length("InstanceAlias", &alias, 1..=45)?;
    if !is_alias(&alias) {
        return Err(call.invalid(format!(
            "InstanceAlias is {alias}; it must consist of letters, digits and inner hyphens and \
             must not begin with d-."
        )));
    }
    let tags = call.new_tags(asked.tags)?;

    let mut state = service.state();
    let token = asked.client_token.as_deref();
    let body = &call.request.body;
    let region = state.region_mut(call.region());
    let made = region
        .tokens
        .made("CreateInstance", token, body)
        .map_err(|_| call.invalid("ClientToken was used with another request."))?;
    if let Some(instance) = made.and_then(|id| region.instance(&id).cloned()) {
        return reply(&Created {
            id: &instance.id,
            arn: &instance.arn,
        });
    }
    let instance = state.create_instance(
        call.region(),
        NewInstance {
            alias,
            identity_management: asked.identity_management_type,
            inbound_calls: asked.inbound_calls_enabled,
            outbound_calls: asked.outbound_calls_enabled,
            tags,
        },
    )?;
    let (id, arn) = (instance.id.clone(), instance.arn.clone());
    let tokens = &mut state.region_mut(call.region()).tokens;
    tokens.remember("CreateInstance", token, body, &id);
    reply(&Created { id: &id, arn: &arn })
}

pub(super) fn describe_instance(service: &ConnectService, call: &Call<'_>) -> Answer {
    let state = service.state();
    let instance = call.instance(&state)?;
    reply(&DescribedInstance {
        instance: InstanceShape::of(instance, Some(&instance.tags)),
    })
}

pub(super) fn list_instances(service: &ConnectService, call: &Call<'_>) -> Answer {
    let page = call.query_page(1..=10)?;
    let state = service.state();
    let instances = state.region(call.region()).into_iter();
    let instances = instances.flat_map(|region| &region.instances);
    let (instance_summary_list, next_token) =
        page.cut(instances.map(|instance| InstanceShape::of(instance, None)));
    reply(&InstanceList {
        instance_summary_list,
        next_token,
    })
}

pub(super) fn delete_instance(service: &ConnectService, call: &Call<'_>) -> Answer {
    let mut state = service.state();
    state.delete_instance(call.region(), call.path("InstanceId"))?;
    done()
}

fn unknown_attribute(call: &Call<'_>) -> Fault {
    let name = call.path("AttributeType");
    call.invalid(format!(
        "AttributeType is {name}; there is no such attribute."
    ))
}

pub(super) async fn update_instance_attribute(service: &ConnectService, call: &Call<'_>) -> Answer {
    let asked: NewValue = call.body()?;
    let value = match asked.value.as_str() {
        "true" => true,
        "false" => false,
        other => return Err(call.invalid(format!("Value is {other}; it must be true or false."))),
    };
    let name = call.path("AttributeType");
    let alias = {
        let state = service.state();
        let instance = call.instance(&state)?;
        instance
            .attribute(name)
            .ok_or_else(|| unknown_attribute(call))?;
        instance.alias.clone()
    };
    // Switching the logs on makes the group; without it no line could be written later.
    if name == "CONTACTFLOW_LOGS" && value {
        let group = log_group(&alias);
        let made = service.ports.logs.ensure_group(call.region(), &group);
        made.await
            .map_err(|error| Fault::new(500, "InternalServiceException", error.to_string()))?;
    }
    let mut state = service.state();
    call.instance_mut(&mut state)?.set_attribute(name, value);
    done()
}

pub(super) fn describe_instance_attribute(service: &ConnectService, call: &Call<'_>) -> Answer {
    let state = service.state();
    let name = call.path("AttributeType");
    let value = call
        .instance(&state)?
        .attribute(name)
        .ok_or_else(|| unknown_attribute(call))?;
    reply(&DescribedAttribute {
        attribute: AttributeShape {
            attribute_type: name.into(),
            value: value.to_string(),
        },
    })
}

pub(super) fn list_instance_attributes(service: &ConnectService, call: &Call<'_>) -> Answer {
    let page = call.query_page(1..=7)?;
    let state = service.state();
    let attributes = call.instance(&state)?.attributes.iter();
    let (attributes, next_token) = page.cut(attributes.map(|(name, value)| AttributeShape {
        attribute_type: (*name).into(),
        value: value.to_string(),
    }));
    reply(&AttributeList {
        attributes,
        next_token,
    })
}
