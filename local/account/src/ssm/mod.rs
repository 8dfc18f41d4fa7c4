//! The parameter store: parameters are implemented here, the rest of SSM is embedded.
//!
//! The embedded service copies all its data after every request that succeeds, and keeps every
//! version of every parameter. Its other data are few.

mod filter;
mod parameters;

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use local_wire::{
    ApiRequest, Declared, Dialect, Fault, JsonVersion, Operations, OutcomeFuture, Service,
    constraint, named, page,
};
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use winterbaume_ssm::SsmService;

use crate::embedded::{Embedded, Host};
use filter::Filter;
use parameters::{ParameterVersion, Parameters, Wanted, metadata, shape};

/// The default key of a SecureString.
const DEFAULT_KEY: &str = "alias/aws/ssm";
/// The most bytes of a value, by tier.
const MOST_VALUE: [(&str, usize); 3] = [
    ("Standard", 4_096),
    ("Advanced", 8_192),
    ("Intelligent-Tiering", 8_192),
];
const KINDS: [&str; 3] = ["String", "StringList", "SecureString"];
/// The most characters of a name: "a maximum of 1011 characters", including its ARN.
const LONGEST_NAME: usize = 1_011;
const LONGEST_DESCRIPTION: usize = 1_024;
/// The most names of a request.
const MOST_NAMES: usize = 10;

/// Serves an operation on the parameters of a Region.
type Serve = fn(&mut Parameters, &ApiRequest) -> Result<Value, Fault>;

/// The operations that this module serves; the others are embedded.
const SERVED: &[Declared<Serve>] = &[
    named("PutParameter", |here, request| put(here, request.input()?)),
    named("GetParameter", |here, request| {
        get(here, &request.region, &request.input()?)
    }),
    named("GetParameters", |here, request| {
        get_several(here, &request.region, &request.input()?)
    }),
    named("GetParametersByPath", |here, request| {
        by_path(here, &request.region, &request.input()?)
    }),
    named("GetParameterHistory", |here, request| {
        history(here, &request.input()?)
    }),
    named("DeleteParameter", |here, request| {
        delete(here, &request.input()?)
    }),
    named("DeleteParameters", |here, request| {
        delete_several(here, &request.input()?)
    }),
    named("DescribeParameters", |here, request| {
        describe(here, &request.region, &request.input()?)
    }),
    named("LabelParameterVersion", |here, request| {
        label(here, &request.input()?)
    }),
    named("UnlabelParameterVersion", |here, request| {
        unlabel(here, &request.input()?)
    }),
    named("AddTagsToResource", |here, request| {
        add_tags(here, request.input()?)
    }),
    named("RemoveTagsFromResource", |here, request| {
        remove_tags(here, &request.input()?)
    }),
    named("ListTagsForResource", |here, request| {
        list_tags(here, &request.input()?)
    }),
];

static OPERATIONS: LazyLock<Operations<Serve>> =
    LazyLock::new(|| Operations::new("ssm", &[SERVED], ""));

/// The dialect of SSM.
pub(crate) static DIALECT: Dialect = Dialect {
    other_message: &[
        "AccessDeniedException",
        "InternalServerError",
        "ThrottlingException",
    ],
    mistyped: "ValidationException",
    broken: (500, "InternalServerError"),
    ..Dialect::json("ssm", JsonVersion::V1_1)
};

/// SSM of the account.
pub(crate) struct Ssm {
    embedded: Embedded<SsmService>,
    /// By Region.
    regions: Mutex<HashMap<String, Parameters>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Put {
    name: String,
    value: String,
    #[serde(rename = "Type")]
    kind: Option<String>,
    key_id: Option<String>,
    description: Option<String>,
    data_type: Option<String>,
    tier: Option<String>,
    #[serde(default)]
    overwrite: bool,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct One {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Several {
    names: Vec<String>,
}

/// The part of a list that a request selects. The token is the index of the next element.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ByPath {
    path: String,
    #[serde(default)]
    recursive: bool,
    #[serde(default)]
    parameter_filters: Vec<Filter>,
    #[serde(flatten)]
    page: Page,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct History {
    name: String,
    #[serde(flatten)]
    page: Page,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Describe {
    #[serde(default)]
    parameter_filters: Vec<Filter>,
    #[serde(default)]
    filters: Vec<Filter>,
    #[serde(flatten)]
    page: Page,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Labels {
    name: String,
    parameter_version: Option<u64>,
    labels: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    resource_id: String,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    tag_keys: Vec<String>,
}

impl Ssm {
    pub(crate) fn new() -> Self {
        Self {
            embedded: Embedded::new(SsmService::new(), Host::Regional("ssm")),
            regions: Mutex::default(),
        }
    }

    /// Returns the key that a parameter is encrypted with; `None` if it is not encrypted. The name
    /// may be an ARN, and may end with a version or label.
    pub(crate) fn key_of(&self, region: &str, name: &str) -> Option<String> {
        let (name, _) = selected(name);
        let regions = self.regions();
        let parameters = regions.get(region)?;
        // An ARN leaves out the leading slash that the name may have.
        let found = [name.to_owned(), format!("/{name}")]
            .iter()
            .find_map(|name| parameters.version(name, None).ok().cloned());
        found?.key
    }

    fn regions(&self) -> MutexGuard<'_, HashMap<String, Parameters>> {
        self.regions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn put(here: &mut Parameters, asked: Put) -> Result<Value, Fault> {
    let name = &asked.name;
    let length = name.chars().count();
    let formed = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte));
    if !(1..=LONGEST_NAME).contains(&length) || !formed {
        return Err(invalid(format!(
            "Parameter name: can't be empty or longer than {LONGEST_NAME} characters, and can only \
             include a-zA-Z0-9_.-/"
        )));
    }
    if asked.value.is_empty() {
        return Err(invalid(
            "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member \
             must have length greater than or equal to 1.",
        ));
    }
    let tier = asked.tier.as_deref().unwrap_or("Standard");
    let (_, most) = MOST_VALUE
        .into_iter()
        .find(|(known, _)| *known == tier)
        .ok_or_else(|| invalid(format!("{tier} is no tier of a parameter.")))?;
    if asked.value.len() > most {
        return Err(invalid(format!(
            "{tier} tier parameters support a maximum parameter value of {most} characters."
        )));
    }
    if let Some(kind) = asked.kind.as_deref().filter(|kind| !KINDS.contains(kind)) {
        return Err(invalid(format!(
            "1 validation error detected: Value '{kind}' at 'type' failed to satisfy constraint: \
             Member must satisfy enum value set: [{}]",
            KINDS.join(", ")
        )));
    }
    let description = asked.description.as_deref().unwrap_or_default();
    if description.chars().count() > LONGEST_DESCRIPTION {
        return Err(invalid(format!(
            "1 validation error detected: Value at 'description' failed to satisfy constraint: \
             Member must have length less than or equal to {LONGEST_DESCRIPTION}."
        )));
    }
    let wanted = Wanted {
        name: asked.name,
        value: asked.value,
        kind: asked.kind,
        key: asked.key_id,
        description: asked.description,
        data_type: asked.data_type,
        tier: asked.tier,
        overwrite: asked.overwrite,
        tags: pairs(asked.tags),
    };
    let (version, tier) = here.put(wanted, now())?;
    Ok(json!({ "Version": version, "Tier": tier }))
}

fn get(here: &Parameters, region: &str, asked: &One) -> Result<Value, Fault> {
    let (name, selector) = find_name(here, &asked.name);
    let version = here.version(&name, selector)?;
    let mut parameter = shape(region, &name, version);
    if let Some(selector) = selector {
        parameter["Selector"] = format!(":{selector}").into();
    }
    Ok(json!({ "Parameter": parameter }))
}

fn get_several(here: &Parameters, region: &str, asked: &Several) -> Result<Value, Fault> {
    check_names(&asked.names)?;
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for asked in &asked.names {
        let (name, selector) = find_name(here, asked);
        match here.version(&name, selector) {
            Ok(version) => found.push(shape(region, &name, version)),
            Err(_) => missing.push(asked.as_str()),
        }
    }
    Ok(json!({ "Parameters": found, "InvalidParameters": missing }))
}

fn by_path(here: &Parameters, region: &str, asked: &ByPath) -> Result<Value, Fault> {
    if !asked.path.starts_with('/') {
        return Err(invalid(
            "The parameter doesn't meet the parameter name requirements. The parameter name must \
             begin with a forward slash \"/\".",
        ));
    }
    let prefix = format!("{}/", asked.path.trim_end_matches('/'));
    let found: Vec<(&str, &ParameterVersion)> = here
        .beginning_with(&prefix)
        .filter(|(name, _)| asked.recursive || !name[prefix.len()..].contains('/'))
        .filter(|(name, parameter)| Filter::all(&asked.parameter_filters, name, parameter))
        .filter_map(|(name, parameter)| Some((name, parameter.latest()?)))
        .collect();
    asked
        .page
        .of("Parameters", &found, 1..=10, |(name, version)| {
            shape(region, name, version)
        })
}

fn history(here: &Parameters, asked: &History) -> Result<Value, Fault> {
    let (name, _) = find_name(here, &asked.name);
    let versions: Vec<&ParameterVersion> = here.find(&name)?.versions().collect();
    asked.page.of("Parameters", &versions, 1..=50, |version| {
        let mut shape = metadata(&name, version);
        shape["Value"] = version.value.as_str().into();
        shape["Labels"] = version.labels.as_slice().into();
        shape
    })
}

fn describe(here: &Parameters, region: &str, asked: &Describe) -> Result<Value, Fault> {
    let filters = [&asked.parameter_filters[..], &asked.filters[..]].concat();
    let found: Vec<(&str, &ParameterVersion)> = here
        .beginning_with("")
        .filter(|(name, parameter)| Filter::all(&filters, name, parameter))
        .filter_map(|(name, parameter)| Some((name, parameter.latest()?)))
        .collect();
    asked
        .page
        .of("Parameters", &found, 1..=50, |(name, version)| {
            let mut shape = metadata(name, version);
            shape["ARN"] = parameters::arn(region, name).into();
            shape
        })
}

fn delete(here: &mut Parameters, asked: &One) -> Result<Value, Fault> {
    let (name, _) = find_name(here, &asked.name);
    here.find(&name)?;
    here.delete(&name);
    Ok(json!({}))
}

fn delete_several(here: &mut Parameters, asked: &Several) -> Result<Value, Fault> {
    check_names(&asked.names)?;
    let (mut deleted, mut missing) = (Vec::new(), Vec::new());
    for asked in &asked.names {
        let (name, _) = find_name(here, asked);
        match here.delete(&name) {
            true => deleted.push(asked.as_str()),
            false => missing.push(asked.as_str()),
        }
    }
    Ok(json!({ "DeletedParameters": deleted, "InvalidParameters": missing }))
}

fn label(here: &mut Parameters, asked: &Labels) -> Result<Value, Fault> {
    let valid = |label: &&String| {
        (1..=100).contains(&label.chars().count())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
            && !label.starts_with(|first: char| first.is_ascii_digit())
            && !label.starts_with("aws")
            && !label.starts_with("ssm")
    };
    let (wanted, invalid): (Vec<&String>, Vec<&String>) = asked.labels.iter().partition(valid);
    let wanted: Vec<String> = wanted.into_iter().cloned().collect();
    let number = here.label(&asked.name, asked.parameter_version, &wanted)?;
    Ok(json!({ "ParameterVersion": number, "InvalidLabels": invalid }))
}

fn unlabel(here: &mut Parameters, asked: &Labels) -> Result<Value, Fault> {
    let number = asked
        .parameter_version
        .ok_or_else(|| invalid("The request must contain the parameter ParameterVersion."))?;
    let gone = here.unlabel(&asked.name, number, &asked.labels)?;
    let missing: Vec<&String> = asked
        .labels
        .iter()
        .filter(|label| !gone.contains(label))
        .collect();
    Ok(json!({ "RemovedLabels": gone, "InvalidLabels": missing }))
}

fn add_tags(here: &mut Parameters, asked: Resource) -> Result<Value, Fault> {
    let (name, _) = find_name(here, &asked.resource_id);
    here.tag(&name, pairs(asked.tags))?;
    Ok(json!({}))
}

fn remove_tags(here: &mut Parameters, asked: &Resource) -> Result<Value, Fault> {
    let (name, _) = find_name(here, &asked.resource_id);
    here.untag(&name, &asked.tag_keys)?;
    Ok(json!({}))
}

fn list_tags(here: &Parameters, asked: &Resource) -> Result<Value, Fault> {
    let (name, _) = find_name(here, &asked.resource_id);
    let tags: Vec<Value> = here
        .find(&name)
        .map_err(|fault| Fault::new(400, "InvalidResourceId", fault.message))?
        .tags
        .iter()
        .map(|(key, value)| json!({ "Key": key, "Value": value }))
        .collect();
    Ok(json!({ "TagList": tags }))
}

impl Page {
    /// Returns the selected part of a list, with each element in its shape.
    fn of<T>(
        &self,
        member: &str,
        all: &[T],
        sizes: RangeInclusive<usize>,
        shape: impl Fn(&T) -> Value,
    ) -> Result<Value, Fault> {
        let usual = *sizes.end();
        let size = page::size(self.max_results, usual, sizes).map_err(|bound| {
            let asked = self.max_results.unwrap_or_default();
            let broken = format!("Member must have value {bound}");
            invalid(constraint::sentence(asked, "maxResults", &broken))
        })?;
        let from: usize = match &self.next_token {
            None => 0,
            Some(token) => token
                .parse()
                .ok()
                .filter(|from| *from <= all.len())
                .ok_or_else(|| {
                    Fault::new(400, "InvalidNextToken", "The specified token isn't valid.")
                })?,
        };
        let page = page::from(all, from, size);
        let shapes: Vec<Value> = page.items.into_iter().map(shape).collect();
        let mut answer = json!({ member: shapes });
        if let Some(next) = page.next {
            answer["NextToken"] = next.to_string().into();
        }
        Ok(answer)
    }
}

/// Splits a parameter's name from a version number or label after a colon. The name may be an ARN.
fn selected(name: &str) -> (&str, Option<&str>) {
    let name = match name.split_once(":parameter/") {
        Some((_, name)) => name,
        None => name,
    };
    match name.split_once(':') {
        Some((name, selector)) => (name, Some(selector)),
        None => (name, None),
    }
}

/// Splits a name as [`selected`] does, and adds the leading slash that an ARN leaves out if the
/// parameter's name has it.
fn find_name<'a>(here: &Parameters, asked: &'a str) -> (String, Option<&'a str>) {
    let (name, selector) = selected(asked);
    let rooted = format!("/{name}");
    let by_arn = asked.contains(":parameter/") && here.find(name).is_err();
    match by_arn && here.find(&rooted).is_ok() {
        true => (rooted, selector),
        false => (name.to_owned(), selector),
    }
}

fn check_names(names: &[String]) -> Result<(), Fault> {
    match (1..=MOST_NAMES).contains(&names.len()) {
        true => Ok(()),
        false => Err(invalid(format!(
            "1 validation error detected: Value at 'names' failed to satisfy constraint: Member \
             must have length between 1 and {MOST_NAMES}, not {}",
            names.len()
        ))),
    }
}

fn pairs(tags: Vec<Tag>) -> BTreeMap<String, String> {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

fn now() -> f64 {
    OffsetDateTime::now_utc().unix_timestamp() as f64
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(400, "ValidationException", message)
}

/// Reports whether a request concerns a parameter; tags may belong to other resources.
fn is_of_parameter(request: &ApiRequest) -> bool {
    !request.operation.name.contains("Tags")
        || request
            .members()
            .is_ok_and(|asked| asked["ResourceType"] == "Parameter")
}

impl Service for Ssm {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn call(&self, request: ApiRequest) -> OutcomeFuture<'_> {
        async move {
            let served = OPERATIONS.served(&request.operation.name);
            match served.filter(|_| is_of_parameter(&request)) {
                Some(declared) => {
                    let mut regions = self.regions();
                    let here = regions.entry(request.region.clone()).or_default();
                    Ok((declared.serve)(here, &request)?.into())
                }
                None => self.embedded.call(request).await,
            }
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests;
