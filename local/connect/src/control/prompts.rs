//! Prompts.

use local_wire::{Declared, Fault, Outcome, delete, done, get, post, put, reply};
use serde::{Deserialize, Serialize};

use super::Serve::Now;
use super::search::{NoConditions, Search, Searchable};
use super::summary::Summary;
use super::{ControlRequest, Serve};
use crate::ConnectService;
use crate::state::{PromptRecord, Tags};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    put("CreatePrompt", "/prompts/{InstanceId}", Now(create_prompt)),
    get("DescribePrompt", "/prompts/{InstanceId}/{PromptId}", Now(describe_prompt)),
    post("UpdatePrompt", "/prompts/{InstanceId}/{PromptId}", Now(update_prompt)),
    delete("DeletePrompt", "/prompts/{InstanceId}/{PromptId}", Now(delete_prompt)),
    get("ListPrompts", "/prompts-summary/{InstanceId}", Now(list_prompts)),
    post("SearchPrompts", "/search-prompts", Now(search_prompts)),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreatePrompt {
    name: String,
    description: Option<String>,
    #[serde(rename = "S3Uri")]
    s3_uri: String,
    tags: Option<Tags>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdatePrompt {
    name: Option<String>,
    description: Option<String>,
    #[serde(rename = "S3Uri")]
    s3_uri: Option<String>,
}

/// The output of CreatePrompt and of UpdatePrompt.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PromptIdentity<'a> {
    #[serde(rename = "PromptARN")]
    prompt_arn: &'a str,
    prompt_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PromptShape<'a> {
    #[serde(rename = "PromptARN")]
    prompt_arn: &'a str,
    prompt_id: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    tags: &'a Tags,
    last_modified_time: i64,
    last_modified_region: &'a str,
}

impl<'a> PromptShape<'a> {
    fn of(prompt: &'a PromptRecord, region: &'a str) -> Self {
        Self {
            prompt_arn: &prompt.arn,
            prompt_id: &prompt.id,
            name: &prompt.name,
            description: prompt.description.as_deref(),
            tags: &prompt.tags,
            last_modified_time: prompt.modified,
            last_modified_region: region,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedPrompt<'a> {
    prompt: PromptShape<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PromptList<'a> {
    prompt_summary_list: Vec<Summary<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Searchable for PromptRecord {
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

impl ControlRequest<'_> {
    /// Checks the address of a recording, whose pattern in the model is escaped twice and so not
    /// checked with the rest of the request. The recording is not read.
    fn recording(&self, uri: &str) -> Result<(), Fault> {
        let object = uri.strip_prefix("s3://").and_then(|rest| {
            let (bucket, key) = rest.split_once('/')?;
            (!bucket.is_empty() && !key.is_empty()).then_some(())
        });
        let presigned = uri.starts_with("https://") && uri.contains(".amazonaws.com/");
        if object.is_some() || presigned {
            return Ok(());
        }
        Err(self.invalid(format!(
            "S3Uri must be the address of an object, such as s3://bucket/prompt.wav, or a URL of \
             GetPromptFile, but was '{uri}'."
        )))
    }
}

fn create_prompt(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: CreatePrompt = request.input()?;
    request.recording(&input.s3_uri)?;
    let tags = input.tags.unwrap_or_default();
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    let prompts = &mut instance.prompts;
    let prompt = prompts.create(&instance.arn, input.name, tags, |identity| PromptRecord {
        identity,
        description: input.description,
    })?;
    reply(&PromptIdentity {
        prompt_arn: &prompt.arn,
        prompt_id: &prompt.id,
    })
}

fn describe_prompt(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let state = service.state();
    let prompts = &request.instance(&state)?.prompts;
    let prompt = prompts.get(request.path("PromptId"))?;
    reply(&DescribedPrompt {
        prompt: PromptShape::of(prompt, request.region()),
    })
}

/// Changes the members that are given.
fn update_prompt(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: UpdatePrompt = request.input()?;
    if let Some(uri) = &input.s3_uri {
        request.recording(uri)?;
    }
    let mut state = service.state();
    let prompts = &mut request.instance_mut(&mut state)?.prompts;
    prompts.change(request.path("PromptId"), input.name, |prompt| {
        if input.description.is_some() {
            prompt.description = input.description;
        }
    })?;
    let prompt = prompts.get(request.path("PromptId"))?;
    reply(&PromptIdentity {
        prompt_arn: &prompt.arn,
        prompt_id: &prompt.id,
    })
}

fn delete_prompt(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let mut state = service.state();
    let prompts = &mut request.instance_mut(&mut state)?.prompts;
    prompts.remove(request.path("PromptId"))?;
    done()
}

fn list_prompts(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let page = request.query_page(100)?;
    let state = service.state();
    let prompts = request.instance(&state)?.prompts.iter();
    let (prompt_summary_list, next_token) =
        page.cut(prompts.map(|prompt| Summary::of(prompt, request.region())));
    reply(&PromptList {
        prompt_summary_list,
        next_token,
    })
}

fn search_prompts(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let search: Search<PromptRecord> = Search::of(request)?;
    let state = service.state();
    let instance = search.instance(request, &state)?;
    let prompts = instance.prompts.iter();
    search.reply(request, ("Prompts", instance), prompts, |prompt| {
        Ok(PromptShape::of(prompt, request.region()))
    })
}
