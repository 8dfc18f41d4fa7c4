//! Storage configurations of instances.

use local_wire::{Declared, Outcome, delete, done, get, post, put, reply};
use serde::{Deserialize, Serialize};

use super::Serve::Now;
use super::{ControlRequest, Serve};
use crate::ConnectService;
use crate::state::{StorageConfig, StorageRecord};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    put("AssociateInstanceStorageConfig", "/instance/{InstanceId}/storage-config", Now(associate_instance_storage_config)),
    get("DescribeInstanceStorageConfig", "/instance/{InstanceId}/storage-config/{AssociationId}", Now(describe_instance_storage_config)),
    post("UpdateInstanceStorageConfig", "/instance/{InstanceId}/storage-config/{AssociationId}", Now(update_instance_storage_config)),
    delete("DisassociateInstanceStorageConfig", "/instance/{InstanceId}/storage-config/{AssociationId}", Now(disassociate_instance_storage_config)),
    get("ListInstanceStorageConfigs", "/instance/{InstanceId}/storage-configs", Now(list_instance_storage_configs)),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AssociateStorage {
    resource_type: String,
    storage_config: StorageConfig,
    client_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Association<'a> {
    association_id: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewStorage {
    storage_config: StorageConfig,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StorageShape<'a> {
    association_id: &'a str,
    #[serde(flatten)]
    config: &'a StorageConfig,
}

impl<'a> StorageShape<'a> {
    fn of(record: &'a StorageRecord) -> Self {
        Self {
            association_id: &record.association_id,
            config: &record.config,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedStorage<'a> {
    storage_config: StorageShape<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StorageList<'a> {
    storage_configs: Vec<StorageShape<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl ControlRequest<'_> {
    /// Returns the resource type in the query string, which the model requires.
    fn resource_type(&self) -> String {
        self.query("resourceType").unwrap_or_default()
    }
}

fn associate_instance_storage_config(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let input: AssociateStorage = request.input()?;
    let (kind, config) = (input.resource_type.as_str(), input.storage_config);
    if let Some(problem) = config.problem().or_else(|| config.problem_for(kind)) {
        return Err(request.invalid(problem));
    }
    let operation = "AssociateInstanceStorageConfig";
    let token = input.client_token.as_deref();
    let mut state = service.state();
    let earlier = request.earlier(&state, operation, token)?;
    let instance = request.instance_mut(&mut state)?;
    if let Some(known) = earlier.filter(|id| instance.storage(kind, id).is_ok()) {
        return reply(&Association {
            association_id: &known,
        });
    }
    let record = instance.associate_storage(kind, config)?;
    let id = record.association_id.clone();
    request.record(&mut state, operation, token, &id);
    reply(&Association {
        association_id: &id,
    })
}

fn describe_instance_storage_config(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let kind = request.resource_type();
    let state = service.state();
    let instance = request.instance(&state)?;
    let record = instance.storage(&kind, request.path("AssociationId"))?;
    reply(&DescribedStorage {
        storage_config: StorageShape::of(record),
    })
}

fn update_instance_storage_config(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let kind = request.resource_type();
    let NewStorage {
        storage_config: config,
    } = request.input()?;
    if let Some(problem) = config.problem().or_else(|| config.problem_for(&kind)) {
        return Err(request.invalid(problem));
    }
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    instance.change_storage(&kind, request.path("AssociationId"), config)?;
    done()
}

fn disassociate_instance_storage_config(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let kind = request.resource_type();
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    instance.remove_storage(&kind, request.path("AssociationId"))?;
    done()
}

fn list_instance_storage_configs(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let kind = request.resource_type();
    let page = request.query_page(10)?;
    let state = service.state();
    let all = request.instance(&state)?.storage.iter();
    let all = all.filter(|record| record.resource_type == kind);
    let (storage_configs, next_token) = page.cut(all.map(StorageShape::of));
    reply(&StorageList {
        storage_configs,
        next_token,
    })
}
