//! Flow modules.

use local_wire::{Declared, Fault, Outcome, delete, done, get, post, put, reply};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Serve::Now;
use super::flows::{reading, state_name};
use super::{ControlRequest, Serve, description, either, reused_token, unserved};
use crate::ConnectService;
use crate::state::{ModuleContracts, Reading, Tags, checksum, contract};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    put("CreateContactFlowModule", "/contact-flow-modules/{InstanceId}", Now(create_contact_flow_module)),
    get("DescribeContactFlowModule", "/contact-flow-modules/{InstanceId}/{ContactFlowModuleId}", Now(describe_contact_flow_module)),
    post("UpdateContactFlowModuleContent", "/contact-flow-modules/{InstanceId}/{ContactFlowModuleId}/content", Now(update_contact_flow_module_content)),
    post("UpdateContactFlowModuleMetadata", "/contact-flow-modules/{InstanceId}/{ContactFlowModuleId}/metadata", Now(update_contact_flow_module_metadata)),
    delete("DeleteContactFlowModule", "/contact-flow-modules/{InstanceId}/{ContactFlowModuleId}", Now(delete_contact_flow_module)),
    get("ListContactFlowModules", "/contact-flow-modules-summary/{InstanceId}", Now(list_contact_flow_modules)),
];

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ExternalInvocation {
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateModule {
    name: String,
    description: Option<String>,
    content: String,
    tags: Option<Tags>,
    client_token: Option<String>,
    settings: Option<String>,
    external_invocation_configuration: Option<ExternalInvocation>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreatedModule<'a> {
    id: &'a str,
    arn: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ModuleShape<'a> {
    arn: &'a str,
    id: &'a str,
    name: &'a str,
    content: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    state: &'static str,
    status: &'static str,
    tags: &'a Tags,
    flow_module_content_sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_invocation_configuration: Option<ExternalInvocation>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedModule<'a> {
    contact_flow_module: ModuleShape<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewContent {
    content: Option<String>,
    settings: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewMetadata {
    name: Option<String>,
    description: Option<String>,
    state: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ModuleSummary<'a> {
    id: &'a str,
    arn: &'a str,
    name: &'a str,
    state: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ModuleList<'a> {
    contact_flow_modules_summary_list: Vec<ModuleSummary<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// Checks that a module's content has a top-level `Settings`. For a missing one the service has
/// another error than for other mistakes in the content, and spells the field in lower case.
fn require_settings(content: &str) -> Result<(), Fault> {
    let lacking = match serde_json::from_str(content) {
        Ok(Value::Object(content)) => content.get("Settings").is_none_or(Value::is_null),
        // Not an object: publishing reports what is wrong.
        _ => false,
    };
    if lacking {
        return Err(Fault::new(
            400,
            "InvalidRequestException",
            "JSON field is missing or null for field name: settings",
        ));
    }
    Ok(())
}

fn create_contact_flow_module(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: CreateModule = request.input()?;
    let tags = input.tags.unwrap_or_default();
    let token = input.client_token.as_deref();
    require_settings(&input.content)?;

    let mut state = service.state();
    let body = &request.body;
    let tokens = &state.region_mut(request.region()).tokens;
    let earlier = tokens
        .earlier("CreateContactFlowModule", token, body)
        .map_err(|_| reused_token())?;
    state.room_for_flow(body.len())?;
    let instance = request.instance_mut(&mut state)?;
    if let Some(module) = earlier.and_then(|id| instance.module(&id).ok()) {
        return reply(&CreatedModule {
            id: &module.id,
            arn: &module.arn,
        });
    }
    let mut module = instance.new_module(input.name)?;
    module.description = description(input.description);
    module.tags = tags;
    let contracts = ModuleContracts::of(&instance.modules, &input.content)
        .publishing(contract(input.settings.as_deref())?);
    module.settings = input.settings;
    module.external_invocation = input
        .external_invocation_configuration
        .and_then(|configuration| configuration.enabled);
    module.publish(input.content, &contracts)?;
    unserved::report(&module);
    let (id, arn) = (module.id.clone(), module.arn.clone());
    instance.modules.push(module);
    let tokens = &mut state.region_mut(request.region()).tokens;
    tokens.record("CreateContactFlowModule", token, body, &id);
    reply(&CreatedModule { id: &id, arn: &arn })
}

fn describe_contact_flow_module(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let given = request.path("ContactFlowModuleId");
    let reading = reading(request, given)?;
    let state = service.state();
    let module = request.instance(&state)?.module(given)?;
    let content = module.content(reading)?;
    reply(&DescribedModule {
        contact_flow_module: ModuleShape {
            arn: &module.arn,
            id: &module.id,
            name: &module.name,
            content,
            description: module.description.as_deref(),
            state: state_name(module),
            // Lower case, unlike that of a flow, as was recorded of published modules.
            status: either(reading != Reading::Saved, ["published", "saved"]),
            tags: &module.tags,
            flow_module_content_sha256: checksum(content),
            settings: module.settings.as_deref(),
            external_invocation_configuration: module.external_invocation.map(|enabled| {
                ExternalInvocation {
                    enabled: Some(enabled),
                }
            }),
        },
    })
}

fn update_contact_flow_module_content(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let input: NewContent = request.input()?;
    let given = request.path("ContactFlowModuleId");
    let reading = reading(request, given)?;
    let mut state = service.state();
    state.room_for_flow(request.body.len())?;
    let instance = request.instance_mut(&mut state)?;
    let content = input.content.as_deref().unwrap_or_default();
    let contracts = ModuleContracts::of(&instance.modules, content);
    let module = instance.module_mut(given)?;
    let own = contract(input.settings.as_deref().or(module.settings.as_deref()))?;
    if let Some(content) = input.content {
        match reading {
            Reading::Published => {
                require_settings(&content)?;
                module.publish(content, &contracts.publishing(own))?;
                unserved::report(module);
            }
            Reading::Saved => module.save(content),
            Reading::Version(_) => return Err(request.invalid("A version cannot be changed.")),
        }
    }
    if input.settings.is_some() {
        module.settings = input.settings;
    }
    done()
}

fn update_contact_flow_module_metadata(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let input: NewMetadata = request.input()?;
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    let id = instance
        .module(request.path("ContactFlowModuleId"))?
        .id
        .clone();
    if let Some(name) = &input.name {
        instance.free_module_name(name, &id)?;
    }
    let module = instance.module_mut(&id)?;
    if let Some(name) = input.name {
        module.name = name;
    }
    if input.description.is_some() {
        module.description = description(input.description);
    }
    if let Some(state) = input.state {
        module.archived = state == "ARCHIVED";
    }
    done()
}

fn delete_contact_flow_module(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    let id = instance
        .module(request.path("ContactFlowModuleId"))?
        .id
        .clone();
    instance.modules.retain(|module| module.id != id);
    done()
}

fn list_contact_flow_modules(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let states = request.query_all("state");
    let page = request.query_page(100)?;
    let state = service.state();
    let modules = request.instance(&state)?.modules.iter().filter(|module| {
        states.is_empty() || states.iter().any(|state| *state == state_name(module))
    });
    let (contact_flow_modules_summary_list, next_token) =
        page.cut(modules.map(|module| ModuleSummary {
            id: &module.id,
            arn: &module.arn,
            name: &module.name,
            state: state_name(module),
        }));
    reply(&ModuleList {
        contact_flow_modules_summary_list,
        next_token,
    })
}
