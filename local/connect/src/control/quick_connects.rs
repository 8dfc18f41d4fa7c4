//! Quick connects, and their associations with queues.

use local_wire::{Declared, Outcome, delete, done, get, post, put, reply};
use serde::{Deserialize, Serialize};

use super::Serve::Now;
use super::search::{NoConditions, Search, Searchable};
use super::{ControlRequest, Serve, description};
use crate::ConnectService;
use crate::state::{QuickConnectConfig, QuickConnectRecord, Tags};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    put("CreateQuickConnect", "/quick-connects/{InstanceId}", Now(create_quick_connect)),
    get("DescribeQuickConnect", "/quick-connects/{InstanceId}/{QuickConnectId}", Now(describe_quick_connect)),
    post("UpdateQuickConnectName", "/quick-connects/{InstanceId}/{QuickConnectId}/name", Now(update_quick_connect_name)),
    post("UpdateQuickConnectConfig", "/quick-connects/{InstanceId}/{QuickConnectId}/config", Now(update_quick_connect_config)),
    delete("DeleteQuickConnect", "/quick-connects/{InstanceId}/{QuickConnectId}", Now(delete_quick_connect)),
    get("ListQuickConnects", "/quick-connects/{InstanceId}", Now(list_quick_connects)),
    post("SearchQuickConnects", "/search-quick-connects", Now(search_quick_connects)),
    post("AssociateQueueQuickConnects", "/queues/{InstanceId}/{QueueId}/associate-quick-connects", Now(associate_queue_quick_connects)),
    post("DisassociateQueueQuickConnects", "/queues/{InstanceId}/{QueueId}/disassociate-quick-connects", Now(disassociate_queue_quick_connects)),
    get("ListQueueQuickConnects", "/queues/{InstanceId}/{QueueId}/quick-connects", Now(list_queue_quick_connects)),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateQuickConnect {
    name: String,
    description: Option<String>,
    quick_connect_config: QuickConnectConfig,
    tags: Option<Tags>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreatedQuickConnect<'a> {
    #[serde(rename = "QuickConnectARN")]
    quick_connect_arn: &'a str,
    quick_connect_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct QuickConnectShape<'a> {
    #[serde(rename = "QuickConnectARN")]
    quick_connect_arn: &'a str,
    quick_connect_id: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    quick_connect_config: &'a QuickConnectConfig,
    tags: &'a Tags,
    last_modified_time: i64,
    last_modified_region: &'a str,
}

impl<'a> QuickConnectShape<'a> {
    fn of(record: &'a QuickConnectRecord, region: &'a str) -> Self {
        Self {
            quick_connect_arn: &record.arn,
            quick_connect_id: &record.id,
            name: &record.name,
            description: record.description.as_deref(),
            quick_connect_config: &record.config,
            tags: &record.tags,
            last_modified_time: record.modified,
            last_modified_region: region,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedQuickConnect<'a> {
    quick_connect: QuickConnectShape<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewName {
    name: Option<String>,
    description: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewConfig {
    quick_connect_config: QuickConnectConfig,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct QuickConnectSummary<'a> {
    id: &'a str,
    arn: &'a str,
    name: &'a str,
    quick_connect_type: &'static str,
    last_modified_time: i64,
    last_modified_region: &'a str,
}

impl<'a> QuickConnectSummary<'a> {
    fn of(record: &'a QuickConnectRecord, region: &'a str) -> Self {
        Self {
            id: &record.id,
            arn: &record.arn,
            name: &record.name,
            quick_connect_type: record.config.quick_connect_type.name(),
            last_modified_time: record.modified,
            last_modified_region: region,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct QuickConnectList<'a> {
    quick_connect_summary_list: Vec<QuickConnectSummary<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct QuickConnectIds {
    quick_connect_ids: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct QueueQuickConnectList<'a> {
    quick_connect_summary_list: Vec<QuickConnectSummary<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    /// The queue's.
    last_modified_time: i64,
    last_modified_region: &'a str,
}

impl Searchable for QuickConnectRecord {
    const FIELDS: &'static [&'static str] = &["name", "description", "resourceID"];
    type Conditions = NoConditions;
    type Attributes = NoConditions;

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

fn create_quick_connect(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: CreateQuickConnect = request.input()?;
    let config = input.quick_connect_config;
    if let Some(problem) = config.problem() {
        return Err(request.invalid(problem));
    }
    let tags = input.tags.unwrap_or_default();
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    config.check_references(instance)?;
    let records = &mut instance.quick_connects;
    let record = records.create(&instance.arn, input.name, tags, |identity| {
        QuickConnectRecord {
            identity,
            description: description(input.description),
            config,
        }
    })?;
    reply(&CreatedQuickConnect {
        quick_connect_arn: &record.arn,
        quick_connect_id: &record.id,
    })
}

fn describe_quick_connect(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let state = service.state();
    let records = &request.instance(&state)?.quick_connects;
    let record = records.get(request.path("QuickConnectId"))?;
    reply(&DescribedQuickConnect {
        quick_connect: QuickConnectShape::of(record, request.region()),
    })
}

fn update_quick_connect_name(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: NewName = request.input()?;
    if input.name.is_none() && input.description.is_none() {
        return Err(request.invalid("Name or Description must be given."));
    }
    let mut state = service.state();
    let records = &mut request.instance_mut(&mut state)?.quick_connects;
    records.change(request.path("QuickConnectId"), input.name, |record| {
        if input.description.is_some() {
            record.description = description(input.description);
        }
    })?;
    done()
}

fn update_quick_connect_config(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let NewConfig {
        quick_connect_config: config,
    } = request.input()?;
    if let Some(problem) = config.problem() {
        return Err(request.invalid(problem));
    }
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    config.check_references(instance)?;
    let records = &mut instance.quick_connects;
    records.change(request.path("QuickConnectId"), None, |record| {
        record.config = config;
    })?;
    done()
}

fn delete_quick_connect(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    instance.remove_quick_connect(request.path("QuickConnectId"))?;
    done()
}

fn list_quick_connects(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let kinds = request.query_all("QuickConnectTypes");
    let page = request.query_page(100)?;
    let state = service.state();
    let records = request.instance(&state)?.quick_connects.iter();
    let records = records.filter(|record| {
        let kind = record.config.quick_connect_type.name();
        kinds.is_empty() || kinds.iter().any(|wanted| wanted == kind)
    });
    let (quick_connect_summary_list, next_token) =
        page.cut(records.map(|record| QuickConnectSummary::of(record, request.region())));
    reply(&QuickConnectList {
        quick_connect_summary_list,
        next_token,
    })
}

fn search_quick_connects(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let search: Search<QuickConnectRecord> = Search::of(request)?;
    let state = service.state();
    let instance = search.instance(request, &state)?;
    let records = instance.quick_connects.iter();
    search.reply(request, ("QuickConnects", instance), records, |record| {
        Ok(QuickConnectShape::of(record, request.region()))
    })
}

fn associate_queue_quick_connects(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let input: QuickConnectIds = request.input()?;
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    let ids = instance.quick_connect_ids(&input.quick_connect_ids)?;
    let queues = &mut instance.queues;
    queues.change(request.path("QueueId"), None, |queue| {
        queue.associate_quick_connects(ids);
    })?;
    done()
}

fn disassociate_queue_quick_connects(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let input: QuickConnectIds = request.input()?;
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    let ids = instance.quick_connect_ids(&input.quick_connect_ids)?;
    let queues = &mut instance.queues;
    queues.change(request.path("QueueId"), None, |queue| {
        queue.quick_connect_ids.retain(|id| !ids.contains(id));
    })?;
    done()
}

fn list_queue_quick_connects(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let page = request.query_page(100)?;
    let state = service.state();
    let instance = request.instance(&state)?;
    let queue = instance.queues.get(request.path("QueueId"))?;
    let (ids, next_token) = page.cut(queue.quick_connect_ids.iter());
    let mut quick_connect_summary_list = Vec::with_capacity(ids.len());
    for id in ids {
        let record = instance.quick_connects.get(id)?;
        quick_connect_summary_list.push(QuickConnectSummary::of(record, request.region()));
    }
    reply(&QueueQuickConnectList {
        quick_connect_summary_list,
        next_token,
        last_modified_time: queue.modified,
        last_modified_region: request.region(),
    })
}
