//! The parameter store of Systems Manager. The service's other operations are refused by name.

mod filter;
mod input;
mod parameters;

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use local_wire::{
    ApiRequest, Declared, Dialect, Fault, JsonVersion, Operations, OutcomeFuture, Service, named,
};
use serde_json::{Value, json};
use time::OffsetDateTime;

use filter::Filter;
use input::{
    ByPath, Describe, History, Labels, NameInput, NamesInput, Put, Resource, check_names, pairs,
};
use parameters::{NewVersion, ParameterVersion, Parameters, metadata, shape};

/// The default key of a SecureString.
const DEFAULT_KEY: &str = "alias/aws/ssm";
/// The most bytes of a value, by tier.
const MAX_VALUE_BYTES: [(&str, usize); 3] = [
    ("Standard", 4_096),
    ("Advanced", 8_192),
    ("Intelligent-Tiering", 8_192),
];
const KINDS: [&str; 3] = ["String", "StringList", "SecureString"];
/// The most characters of a name: "a maximum of 1011 characters", including its ARN.
const MAX_NAME_LENGTH: usize = 1_011;
const MAX_DESCRIPTION_LENGTH: usize = 1_024;
/// The other kinds of resources that Systems Manager can tag: `ResourceTypeForTagging` in its model.
const TAGGED_KINDS: [&str; 9] = [
    "Association",
    "Automation",
    "CloudConnector",
    "Document",
    "MaintenanceWindow",
    "ManagedInstance",
    "OpsItem",
    "OpsMetadata",
    "PatchBaseline",
];

/// Serves an operation on the parameters of a Region.
type Serve = fn(&mut Parameters, &ApiRequest) -> Result<Value, Fault>;

/// The operations on parameters.
const SERVED: &[Declared<Serve>] = &[
    named("PutParameter", |parameters, request| {
        put(parameters, request.input()?)
    }),
    named("GetParameter", |parameters, request| {
        get(parameters, &request.region, &request.input()?)
    }),
    named("GetParameters", |parameters, request| {
        get_several(parameters, &request.region, &request.input()?)
    }),
    named("GetParametersByPath", |parameters, request| {
        by_path(parameters, &request.region, &request.input()?)
    }),
    named("GetParameterHistory", |parameters, request| {
        history(parameters, &request.input()?)
    }),
    named("DeleteParameter", |parameters, request| {
        delete(parameters, &request.input()?)
    }),
    named("DeleteParameters", |parameters, request| {
        delete_several(parameters, &request.input()?)
    }),
    named("DescribeParameters", |parameters, request| {
        describe(parameters, &request.region, &request.input()?)
    }),
    named("LabelParameterVersion", |parameters, request| {
        label(parameters, &request.input()?)
    }),
    named("UnlabelParameterVersion", |parameters, request| {
        unlabel(parameters, &request.input()?)
    }),
    named("AddTagsToResource", |parameters, request| {
        add_tags(parameters, request.input()?)
    }),
    named("RemoveTagsFromResource", |parameters, request| {
        remove_tags(parameters, &request.input()?)
    }),
    named("ListTagsForResource", |parameters, request| {
        list_tags(parameters, &request.input()?)
    }),
];

static OPERATIONS: LazyLock<Operations<Serve>> =
    LazyLock::new(|| Operations::new("ssm", &[SERVED], include_str!("operations.txt")));

/// The dialect of SSM.
pub(crate) static DIALECT: Dialect = Dialect {
    operations: Some(|| &*OPERATIONS),
    other_message: &[
        "AccessDeniedException",
        "InternalServerError",
        "ThrottlingException",
    ],
    mistyped: "ValidationException",
    broken: (500, "InternalServerError"),
    ..Dialect::json("ssm", JsonVersion::V1_1)
};

/// The parameter store of the account.
pub(crate) struct Ssm {
    /// By Region.
    regions: Mutex<HashMap<String, Parameters>>,
}

impl Ssm {
    pub(crate) fn new() -> Self {
        Self {
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

fn put(parameters: &mut Parameters, input: Put) -> Result<Value, Fault> {
    let name = &input.name;
    let length = name.chars().count();
    let formed = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte));
    if !(1..=MAX_NAME_LENGTH).contains(&length) || !formed {
        return Err(invalid(format!(
            "Parameter name: can't be empty or longer than {MAX_NAME_LENGTH} characters, and can only \
             include a-zA-Z0-9_.-/"
        )));
    }
    if input.value.is_empty() {
        return Err(invalid(
            "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member \
             must have length greater than or equal to 1.",
        ));
    }
    let tier = input.tier.as_deref().unwrap_or("Standard");
    let (_, most) = MAX_VALUE_BYTES
        .into_iter()
        .find(|(known, _)| *known == tier)
        .ok_or_else(|| {
            invalid(format!(
                "The tier must be Standard, Advanced or Intelligent-Tiering, but was {tier}."
            ))
        })?;
    if input.value.len() > most {
        return Err(invalid(format!(
            "{tier} tier parameters support a maximum parameter value of {most} characters."
        )));
    }
    if let Some(kind) = input.kind.as_deref().filter(|kind| !KINDS.contains(kind)) {
        return Err(invalid(format!(
            "1 validation error detected: Value '{kind}' at 'type' failed to satisfy constraint: \
             Member must satisfy enum value set: [{}]",
            KINDS.join(", ")
        )));
    }
    let description = input.description.as_deref().unwrap_or_default();
    if description.chars().count() > MAX_DESCRIPTION_LENGTH {
        return Err(invalid(format!(
            "1 validation error detected: Value at 'description' failed to satisfy constraint: \
             Member must have length less than or equal to {MAX_DESCRIPTION_LENGTH}."
        )));
    }
    let wanted = NewVersion {
        name: input.name,
        value: input.value,
        kind: input.kind,
        key: input.key_id,
        description: input.description,
        data_type: input.data_type,
        tier: input.tier,
        overwrite: input.overwrite,
        tags: pairs(input.tags),
    };
    let (version, tier) = parameters.put(wanted, now())?;
    Ok(json!({ "Version": version, "Tier": tier }))
}

fn get(parameters: &Parameters, region: &str, input: &NameInput) -> Result<Value, Fault> {
    let (name, selector) = find_name(parameters, &input.name);
    let version = parameters.version(&name, selector)?;
    let mut parameter = shape(region, &name, version);
    if let Some(selector) = selector {
        parameter["Selector"] = format!(":{selector}").into();
    }
    Ok(json!({ "Parameter": parameter }))
}

fn get_several(parameters: &Parameters, region: &str, input: &NamesInput) -> Result<Value, Fault> {
    check_names(&input.names)?;
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for input in &input.names {
        let (name, selector) = find_name(parameters, input);
        match parameters.version(&name, selector) {
            Ok(version) => found.push(shape(region, &name, version)),
            Err(_) => missing.push(input.as_str()),
        }
    }
    Ok(json!({ "Parameters": found, "InvalidParameters": missing }))
}

fn by_path(parameters: &Parameters, region: &str, input: &ByPath) -> Result<Value, Fault> {
    if !input.path.starts_with('/') {
        return Err(invalid(
            "The parameter doesn't meet the parameter name requirements. The parameter name must \
             begin with a forward slash \"/\".",
        ));
    }
    let prefix = format!("{}/", input.path.trim_end_matches('/'));
    let found: Vec<(&str, &ParameterVersion)> = parameters
        .beginning_with(&prefix)
        .filter(|(name, _)| input.recursive || !name[prefix.len()..].contains('/'))
        .filter(|(name, parameter)| Filter::all(&input.parameter_filters, name, parameter))
        .filter_map(|(name, parameter)| Some((name, parameter.latest()?)))
        .collect();
    input
        .page
        .of("Parameters", &found, 1..=10, |(name, version)| {
            shape(region, name, version)
        })
}

fn history(parameters: &Parameters, input: &History) -> Result<Value, Fault> {
    let (name, _) = find_name(parameters, &input.name);
    let versions: Vec<&ParameterVersion> = parameters.find(&name)?.versions().collect();
    input.page.of("Parameters", &versions, 1..=50, |version| {
        let mut shape = metadata(&name, version);
        shape["Value"] = version.value.as_str().into();
        shape["Labels"] = version.labels.as_slice().into();
        shape
    })
}

fn describe(parameters: &Parameters, region: &str, input: &Describe) -> Result<Value, Fault> {
    let filters = [&input.parameter_filters[..], &input.filters[..]].concat();
    let found: Vec<(&str, &ParameterVersion)> = parameters
        .beginning_with("")
        .filter(|(name, parameter)| Filter::all(&filters, name, parameter))
        .filter_map(|(name, parameter)| Some((name, parameter.latest()?)))
        .collect();
    input
        .page
        .of("Parameters", &found, 1..=50, |(name, version)| {
            let mut shape = metadata(name, version);
            shape["ARN"] = parameters::arn(region, name).into();
            shape
        })
}

fn delete(parameters: &mut Parameters, input: &NameInput) -> Result<Value, Fault> {
    let (name, _) = find_name(parameters, &input.name);
    parameters.find(&name)?;
    parameters.delete(&name);
    Ok(json!({}))
}

fn delete_several(parameters: &mut Parameters, input: &NamesInput) -> Result<Value, Fault> {
    check_names(&input.names)?;
    let (mut deleted, mut missing) = (Vec::new(), Vec::new());
    for input in &input.names {
        let (name, _) = find_name(parameters, input);
        match parameters.delete(&name) {
            true => deleted.push(input.as_str()),
            false => missing.push(input.as_str()),
        }
    }
    Ok(json!({ "DeletedParameters": deleted, "InvalidParameters": missing }))
}

fn label(parameters: &mut Parameters, input: &Labels) -> Result<Value, Fault> {
    let valid = |label: &&String| {
        (1..=100).contains(&label.chars().count())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
            && !label.starts_with(|first: char| first.is_ascii_digit())
            && !label.starts_with("aws")
            && !label.starts_with("ssm")
    };
    let (wanted, invalid): (Vec<&String>, Vec<&String>) = input.labels.iter().partition(valid);
    let wanted: Vec<String> = wanted.into_iter().cloned().collect();
    let number = parameters.label(&input.name, input.parameter_version, &wanted)?;
    Ok(json!({ "ParameterVersion": number, "InvalidLabels": invalid }))
}

fn unlabel(parameters: &mut Parameters, input: &Labels) -> Result<Value, Fault> {
    let number = input
        .parameter_version
        .ok_or_else(|| invalid("The request must contain the parameter ParameterVersion."))?;
    let removed = parameters.unlabel(&input.name, number, &input.labels)?;
    let missing: Vec<&String> = input
        .labels
        .iter()
        .filter(|label| !removed.contains(label))
        .collect();
    Ok(json!({ "RemovedLabels": removed, "InvalidLabels": missing }))
}

fn add_tags(parameters: &mut Parameters, input: Resource) -> Result<Value, Fault> {
    check_kind(&input)?;
    let (name, _) = find_name(parameters, &input.resource_id);
    parameters.tag(&name, pairs(input.tags))?;
    Ok(json!({}))
}

fn remove_tags(parameters: &mut Parameters, input: &Resource) -> Result<Value, Fault> {
    check_kind(input)?;
    let (name, _) = find_name(parameters, &input.resource_id);
    parameters.untag(&name, &input.tag_keys)?;
    Ok(json!({}))
}

fn list_tags(parameters: &Parameters, input: &Resource) -> Result<Value, Fault> {
    check_kind(input)?;
    let (name, _) = find_name(parameters, &input.resource_id);
    let tags: Vec<Value> = parameters
        .find(&name)
        .map_err(|fault| Fault::new(400, "InvalidResourceId", fault.message))?
        .tags
        .iter()
        .map(|(key, value)| json!({ "Key": key, "Value": value }))
        .collect();
    Ok(json!({ "TagList": tags }))
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
fn find_name<'a>(parameters: &Parameters, input: &'a str) -> (String, Option<&'a str>) {
    let (name, selector) = selected(input);
    let rooted = format!("/{name}");
    let by_arn = input.contains(":parameter/") && parameters.find(name).is_err();
    match by_arn && parameters.find(&rooted).is_ok() {
        true => (rooted, selector),
        false => (name.to_owned(), selector),
    }
}

fn now() -> f64 {
    OffsetDateTime::now_utc().unix_timestamp() as f64
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(400, "ValidationException", message)
}

/// Refuses a resource that is not a parameter: the account has no other kind that can be tagged.
fn check_kind(resource: &Resource) -> Result<(), Fault> {
    match resource.resource_type.as_str() {
        "Parameter" => Ok(()),
        kind if TAGGED_KINDS.contains(&kind) => Err(Fault::new(
            400,
            "InvalidResourceId",
            format!("{kind} {} does not exist.", resource.resource_id),
        )),
        kind => Err(Fault::new(
            400,
            "InvalidResourceType",
            format!("The resource type must be Parameter, and was {kind}."),
        )),
    }
}

impl Service for Ssm {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn call(&self, request: ApiRequest) -> OutcomeFuture<'_> {
        async move {
            let declared = OPERATIONS.find(&request.operation)?;
            let mut regions = self.regions();
            let parameters = regions.entry(request.region.clone()).or_default();
            Ok((declared.serve)(parameters, &request)?.into())
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests;
