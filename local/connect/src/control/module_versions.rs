//! Versions and aliases of flow modules.

use local_wire::{Declared, Fault, Outcome, delete, done, get, post, put, reply};
use serde::{Deserialize, Serialize};

use super::Serve::Now;
use super::flow_versions::check_published;
use super::{ControlRequest, Serve, description};
use crate::ConnectService;
use crate::state::{FlowRecord, ModuleAlias};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    put("CreateContactFlowModuleVersion", "/contact-flow-modules/{InstanceId}/{ContactFlowModuleId}/version", Now(create_version)),
    get("ListContactFlowModuleVersions", "/contact-flow-modules/{InstanceId}/{ContactFlowModuleId}/versions", Now(list_versions)),
    put("CreateContactFlowModuleAlias", "/contact-flow-modules/{InstanceId}/{ContactFlowModuleId}/alias", Now(create_alias)),
    get("DescribeContactFlowModuleAlias", "/contact-flow-modules/{InstanceId}/{ContactFlowModuleId}/alias/{AliasId}", Now(describe_alias)),
    post("UpdateContactFlowModuleAlias", "/contact-flow-modules/{InstanceId}/{ContactFlowModuleId}/alias/{AliasId}", Now(update_alias)),
    delete("DeleteContactFlowModuleAlias", "/contact-flow-modules/{InstanceId}/{ContactFlowModuleId}/alias/{AliasId}", Now(delete_alias)),
    get("ListContactFlowModuleAliases", "/contact-flow-modules/{InstanceId}/{ContactFlowModuleId}/aliases", Now(list_aliases)),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewVersion {
    description: Option<String>,
    flow_module_content_sha256: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreatedVersion<'a> {
    contact_flow_module_arn: &'a str,
    version: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VersionSummary<'a> {
    arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_description: Option<&'a str>,
    version: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VersionList<'a> {
    contact_flow_module_version_summary_list: Vec<VersionSummary<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewAlias {
    alias_name: String,
    description: Option<String>,
    contact_flow_module_version: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AliasChange {
    name: Option<String>,
    description: Option<String>,
    contact_flow_module_version: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreatedAlias<'a> {
    contact_flow_module_arn: &'a str,
    id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AliasShape<'a> {
    contact_flow_module_id: &'a str,
    contact_flow_module_arn: &'a str,
    alias_id: &'a str,
    version: i64,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    last_modified_region: &'a str,
    last_modified_time: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedAlias<'a> {
    contact_flow_module_alias: AliasShape<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AliasSummary<'a> {
    arn: String,
    alias_id: &'a str,
    version: i64,
    alias_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias_description: Option<&'a str>,
    last_modified_time: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AliasList<'a> {
    contact_flow_module_alias_summary_list: Vec<AliasSummary<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

fn create_version(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: NewVersion = request.input()?;
    let mut state = service.state();
    let given = request.path("ContactFlowModuleId");
    let module = request.instance(&state)?.module(given)?;
    let copied = module.published_bytes();
    let expected = input.flow_module_content_sha256;
    check_published(request, module, "FlowModuleContentSha256", expected)?;
    state.room_for_flow(copied + request.body.len())?;
    let module = request.instance_mut(&mut state)?.module_mut(given)?;
    let version = module.create_version(description(input.description))?;
    reply(&CreatedVersion {
        contact_flow_module_arn: &module.arn,
        version,
    })
}

fn list_versions(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let page = request.query_page(100)?;
    let state = service.state();
    let instance = request.instance(&state)?;
    let module = instance.module(request.path("ContactFlowModuleId"))?;
    let versions = module.versions.iter().map(|version| VersionSummary {
        arn: format!("{}:{}", module.arn, version.number),
        version_description: version.description.as_deref(),
        version: version.number,
    });
    let (contact_flow_module_version_summary_list, next_token) = page.cut(versions);
    reply(&VersionList {
        contact_flow_module_version_summary_list,
        next_token,
    })
}

/// Checks the name of an alias, which no other alias of the module may have.
fn free_name(module: &FlowRecord, name: &str, own: Option<&str>) -> Result<(), Fault> {
    let taken = module
        .aliases
        .iter()
        .any(|alias| alias.name == name && own != Some(&alias.id));
    if taken {
        return Err(Fault::new(
            409,
            "DuplicateResourceException",
            format!("An alias with the name {name} already exists for the module."),
        ));
    }
    Ok(())
}

fn create_alias(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: NewAlias = request.input()?;
    let mut state = service.state();
    state.room_for_flow(request.body.len())?;
    let instance = request.instance_mut(&mut state)?;
    let module = instance.module_mut(request.path("ContactFlowModuleId"))?;
    free_name(module, &input.alias_name, None)?;
    module.version(input.contact_flow_module_version)?;
    let alias = ModuleAlias::new(
        input.alias_name,
        description(input.description),
        input.contact_flow_module_version,
    );
    let id = module.add_alias(alias)?.id.clone();
    reply(&CreatedAlias {
        contact_flow_module_arn: &module.arn,
        id: &id,
    })
}

fn describe_alias(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let state = service.state();
    let instance = request.instance(&state)?;
    let module = instance.module(request.path("ContactFlowModuleId"))?;
    let alias = module.alias(request.path("AliasId"))?;
    reply(&DescribedAlias {
        contact_flow_module_alias: AliasShape {
            contact_flow_module_id: &module.id,
            contact_flow_module_arn: &module.arn,
            alias_id: &alias.id,
            version: alias.version,
            name: &alias.name,
            description: alias.description.as_deref(),
            last_modified_region: request.region(),
            last_modified_time: alias.modified,
        },
    })
}

/// An absent member keeps its value.
fn update_alias(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: AliasChange = request.input()?;
    let mut state = service.state();
    state.room_for_flow(request.body.len())?;
    let instance = request.instance_mut(&mut state)?;
    let module = instance.module_mut(request.path("ContactFlowModuleId"))?;
    let id = module.alias(request.path("AliasId"))?.id.clone();
    if let Some(name) = &input.name {
        free_name(module, name, Some(&id))?;
    }
    if let Some(version) = input.contact_flow_module_version {
        module.version(version)?;
    }
    let alias = module.alias_mut(&id)?;
    if let Some(name) = input.name {
        alias.name = name;
    }
    if input.description.is_some() {
        alias.description = description(input.description);
    }
    if let Some(version) = input.contact_flow_module_version {
        alias.version = version;
    }
    alias.touch();
    done()
}

fn delete_alias(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    let module = instance.module_mut(request.path("ContactFlowModuleId"))?;
    let id = module.alias(request.path("AliasId"))?.id.clone();
    module.aliases.retain(|alias| alias.id != id);
    done()
}

fn list_aliases(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let page = request.query_page(100)?;
    let state = service.state();
    let instance = request.instance(&state)?;
    let module = instance.module(request.path("ContactFlowModuleId"))?;
    let aliases = module.aliases.iter().map(|alias| AliasSummary {
        arn: format!("{}:{}", module.arn, alias.id),
        alias_id: &alias.id,
        version: alias.version,
        alias_name: &alias.name,
        alias_description: alias.description.as_deref(),
        last_modified_time: alias.modified,
    });
    let (contact_flow_module_alias_summary_list, next_token) = page.cut(aliases);
    reply(&AliasList {
        contact_flow_module_alias_summary_list,
        next_token,
    })
}
