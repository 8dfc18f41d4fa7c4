//! Custom vocabularies.

use local_wire::{Declared, Fault, Outcome, done, get, post, put, reply};
use serde::{Deserialize, Serialize};

use super::Serve::Now;
use super::{ControlRequest, Serve};
use crate::ConnectService;
use crate::state::{Tags, VocabularyRecord};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    post("CreateVocabulary", "/vocabulary/{InstanceId}", Now(create_vocabulary)),
    get("DescribeVocabulary", "/vocabulary/{InstanceId}/{VocabularyId}", Now(describe_vocabulary)),
    post("DeleteVocabulary", "/vocabulary-remove/{InstanceId}/{VocabularyId}", Now(delete_vocabulary)),
    post("SearchVocabularies", "/vocabulary-summary/{InstanceId}", Now(search_vocabularies)),
    put("AssociateDefaultVocabulary", "/default-vocabulary/{InstanceId}/{LanguageCode}", Now(associate_default_vocabulary)),
    post("ListDefaultVocabularies", "/default-vocabulary-summary/{InstanceId}", Now(list_default_vocabularies)),
];

/// The state of every vocabulary that can be described. One is active, or gone, as soon as the response
/// with its state in between is sent.
const ACTIVE: &str = "ACTIVE";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateVocabulary {
    client_token: Option<String>,
    vocabulary_name: String,
    language_code: String,
    content: String,
    tags: Option<Tags>,
}

/// The output of CreateVocabulary and of DeleteVocabulary.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VocabularyState<'a> {
    vocabulary_arn: &'a str,
    vocabulary_id: &'a str,
    state: &'static str,
}

/// `Vocabulary` and `VocabularySummary`; only the former contains content and tags.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VocabularyShape<'a> {
    name: &'a str,
    id: &'a str,
    arn: &'a str,
    language_code: &'a str,
    state: &'static str,
    last_modified_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a Tags>,
}

impl<'a> VocabularyShape<'a> {
    fn summary(vocabulary: &'a VocabularyRecord) -> Self {
        Self {
            name: &vocabulary.name,
            id: &vocabulary.id,
            arn: &vocabulary.arn,
            language_code: &vocabulary.language_code,
            state: ACTIVE,
            last_modified_time: vocabulary.modified,
            content: None,
            tags: None,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedVocabulary<'a> {
    vocabulary: VocabularyShape<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SearchVocabularies {
    max_results: Option<usize>,
    next_token: Option<String>,
    state: Option<String>,
    name_starts_with: Option<String>,
    language_code: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct VocabularyList<'a> {
    vocabulary_summary_list: Vec<VocabularyShape<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewDefault {
    vocabulary_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListDefaults {
    language_code: Option<String>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DefaultShape<'a> {
    instance_id: &'a str,
    language_code: &'a str,
    vocabulary_id: &'a str,
    vocabulary_name: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DefaultList<'a> {
    default_vocabulary_list: Vec<DefaultShape<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// Returns the error of CreateVocabulary for that of other resources: it documents other ones for a
/// taken name and for a reached quota.
fn refusal(fault: Fault) -> Fault {
    match fault.code.as_str() {
        "DuplicateResourceException" => Fault::new(409, "ResourceConflictException", fault.message),
        "LimitExceededException" => Fault::new(402, "ServiceQuotaExceededException", fault.message),
        _ => fault,
    }
}

fn create_vocabulary(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: CreateVocabulary = request.input()?;
    let token = input.client_token.as_deref();
    let tags = input.tags.unwrap_or_default();
    let mut state = service.state();
    let earlier = request.earlier(&state, "CreateVocabulary", token)?;
    let instance = request.instance_mut(&mut state)?;
    let vocabularies = &mut instance.vocabularies;
    // A vocabulary of this request that was deleted since is created again.
    if let Some(known) = earlier.and_then(|id| vocabularies.get(&id).ok().cloned()) {
        return reply(&VocabularyState {
            vocabulary_arn: &known.arn,
            vocabulary_id: &known.id,
            state: ACTIVE,
        });
    }
    let name = input.vocabulary_name;
    let created = vocabularies.create(&instance.arn, name, tags, |identity| VocabularyRecord {
        identity,
        language_code: input.language_code,
        content: input.content,
    });
    let (id, arn) = {
        let created = created.map_err(refusal)?;
        (created.id.clone(), created.arn.clone())
    };
    request.record(&mut state, "CreateVocabulary", token, &id);
    reply(&VocabularyState {
        vocabulary_arn: &arn,
        vocabulary_id: &id,
        state: "CREATION_IN_PROGRESS",
    })
}

fn describe_vocabulary(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let state = service.state();
    let vocabularies = &request.instance(&state)?.vocabularies;
    let vocabulary = vocabularies.get(request.path("VocabularyId"))?;
    reply(&DescribedVocabulary {
        vocabulary: VocabularyShape {
            content: Some(&vocabulary.content),
            tags: Some(&vocabulary.tags),
            ..VocabularyShape::summary(vocabulary)
        },
    })
}

fn delete_vocabulary(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    let removed = instance.remove_vocabulary(request.path("VocabularyId"))?;
    reply(&VocabularyState {
        vocabulary_arn: &removed.arn,
        vocabulary_id: &removed.id,
        state: "DELETE_IN_PROGRESS",
    })
}

fn search_vocabularies(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: SearchVocabularies = request.input()?;
    let page = request.page(input.max_results, input.next_token.as_deref(), 100)?;
    let state = service.state();
    let vocabularies = request.instance(&state)?.vocabularies.iter();
    let found = vocabularies.filter(|vocabulary| {
        let start = input.name_starts_with.as_ref();
        let language = input.language_code.as_ref();
        input.state.as_ref().is_none_or(|state| state == ACTIVE)
            && start.is_none_or(|start| vocabulary.name.starts_with(start))
            && language.is_none_or(|language| vocabulary.language_code == *language)
    });
    let (vocabulary_summary_list, next_token) = page.cut(found.map(VocabularyShape::summary));
    reply(&VocabularyList {
        vocabulary_summary_list,
        next_token,
    })
}

fn associate_default_vocabulary(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: NewDefault = request.input()?;
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    let language = request.path("LanguageCode");
    instance.set_default_vocabulary(language, input.vocabulary_id.as_deref())?;
    done()
}

fn list_default_vocabularies(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: ListDefaults = request.input()?;
    let page = request.page(input.max_results, input.next_token.as_deref(), 100)?;
    let state = service.state();
    let instance = request.instance(&state)?;
    let mut defaults = Vec::new();
    for (language_code, id) in &instance.default_vocabularies {
        let wanted = input.language_code.as_ref();
        if wanted.is_none_or(|wanted| wanted == language_code) {
            defaults.push(DefaultShape {
                instance_id: &instance.id,
                language_code,
                vocabulary_id: id,
                vocabulary_name: &instance.vocabularies.get(id)?.name,
            });
        }
    }
    let (default_vocabulary_list, next_token) = page.cut(defaults.into_iter());
    reply(&DefaultList {
        default_vocabulary_list,
        next_token,
    })
}
