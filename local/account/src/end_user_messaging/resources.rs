//! The resources of each Region, and what their operations have in common: names and ARNs, pages,
//! filters, and errors with their reasons.
//!
//! Shapes, reasons and resource types are those of the service model of 2022-03-31. Quotas are those
//! of "Quotas for AWS End User Messaging SMS" in the guide, where it has one.

use std::collections::{BTreeMap, BTreeSet};

use local_wire::{ACCOUNT_ID, ApiRequest, Fault, Outcome, page, partition};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::sms::OptedOut;

/// The most elements of a page; also its size, unless the request gives one.
const PAGE: usize = 100;
/// The most resources of all Regions here.
pub(super) const MAX_RESOURCES: usize = 1_000;

/// The members of a resource, as its operations return them.
pub(super) type Members = Map<String, Value>;

/// The resources of a Region.
#[derive(Debug, Default)]
pub(super) struct Region {
    /// By id.
    pub(super) phone_numbers: BTreeMap<String, Members>,
    /// By id.
    pub(super) pools: BTreeMap<String, Pool>,
    /// By id and country.
    pub(super) sender_ids: BTreeMap<(String, String), Members>,
    /// By name; the list `Default` is that of the account.
    pub(super) opt_out_lists: BTreeMap<String, OptOutList>,
    /// By name.
    pub(super) configuration_sets: BTreeMap<String, Members>,
    /// By the ARN of the identity and the keyword.
    pub(super) keywords: BTreeMap<(String, String), Members>,
    /// By the ARN of the resource.
    pub(super) tags: BTreeMap<String, BTreeMap<String, String>>,
    /// By the ARN of the resource.
    pub(super) policies: BTreeMap<String, Members>,
    /// The account's own limit for text messages, in US dollars.
    pub(super) text_limit: Option<u64>,
}

/// A pool with its identities.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) members: Members,
    /// The ARNs of phone numbers and sender ids.
    pub(super) identities: BTreeSet<String>,
}

/// An opt-out list other than `Default`.
#[derive(Debug)]
pub(super) struct OptOutList {
    pub(super) created: OffsetDateTime,
    pub(super) numbers: BTreeMap<String, OptedOut>,
}

impl Region {
    /// Returns the number of resources.
    pub(super) fn count(&self) -> usize {
        self.phone_numbers.len()
            + self.pools.len()
            + self.sender_ids.len()
            + self.opt_out_lists.len()
            + self.configuration_sets.len()
            + self.keywords.len()
    }

    /// Removes what belongs to a deleted resource.
    pub(super) fn forget(&mut self, arn: &str) {
        self.tags.remove(arn);
        self.policies.remove(arn);
        self.keywords.retain(|(identity, _), _| identity != arn);
    }

    /// Keeps the tags of a new resource, and returns them as its operation does.
    pub(super) fn tag(&mut self, arn: &str, tags: &Value) -> Result<Value, Fault> {
        let tags: BTreeMap<String, String> = pairs(tags).collect();
        if tags.len() > super::tags::MAX_TAGS {
            return Err(super::tags::too_many());
        }
        let written = written(&tags);
        if !tags.is_empty() {
            self.tags.insert(arn.to_owned(), tags);
        }
        Ok(written)
    }
}

/// Returns keys and values of a list of tags.
pub(super) fn pairs(tags: &Value) -> impl Iterator<Item = (String, String)> {
    let all = tags.as_array().into_iter().flatten();
    all.map(|tag| (text(tag, "Key").to_owned(), text(tag, "Value").to_owned()))
}

/// Returns tags as a list.
pub(super) fn written(tags: &BTreeMap<String, String>) -> Value {
    let all = tags.iter();
    all.map(|(key, value)| json!({ "Key": key, "Value": value }))
        .collect()
}

/// Returns a member that is a text; the model says whether it is required.
pub(super) fn text<'a>(input: &'a Value, name: &str) -> &'a str {
    input[name].as_str().unwrap_or_default()
}

/// Returns the ARN of a resource.
pub(super) fn arn(region: &str, resource: &str) -> String {
    let partition = partition(region);
    format!("arn:{partition}:sms-voice:{region}:{ACCOUNT_ID}:{resource}")
}

/// Returns the name or id in a member that also accepts an ARN.
pub(super) fn named<'a>(given: &'a str, kind: &str) -> &'a str {
    match given.starts_with("arn:") {
        true => given
            .split_once(&format!(":{kind}/"))
            .map_or(given, |(_, name)| name),
        false => given,
    }
}

/// Returns a time as answers have it.
pub(super) fn seconds(at: OffsetDateTime) -> Value {
    json!((at.unix_timestamp_nanos() / 1_000_000) as f64 / 1_000.0)
}

/// Returns members without those that are null.
pub(super) fn members(given: Value) -> Members {
    let Value::Object(members) = given else {
        return Members::new();
    };
    let given = members.into_iter().filter(|(_, value)| !value.is_null());
    given.collect()
}

/// Copies members of a request, where it has them.
pub(super) fn copy(input: &Value, names: &[&str], into: &mut Members) {
    for name in names {
        if let Some(value) = input.get(*name).filter(|value| !value.is_null()) {
            into.insert((*name).to_owned(), value.clone());
        }
    }
}

/// Answers an operation that describes resources: those that pass the filters of the request, in
/// pages, as the member `list`.
pub(super) fn described(
    request: &ApiRequest,
    input: &Value,
    list: &str,
    all: Vec<Members>,
) -> Result<Value, Fault> {
    let name = format!("{} {}", request.operation.name, request.region);
    let from = match input["NextToken"].as_str() {
        None => 0,
        Some(token) => page::place(&name, token).ok_or_else(|| {
            invalid(
                "INVALID_NEXT_TOKEN",
                "NextToken must be that of the page before.",
            )
        })?,
    };
    let size = page::size(input["MaxResults"].as_i64(), PAGE, 1..=PAGE)
        .map_err(|bound| invalid("INVALID_PARAMETER", &format!("MaxResults must be {bound}.")))?;
    let passing = all.into_iter().filter(|one| passes(one, &input["Filters"]));
    let page = page::from(passing.map(Value::Object), from, size);
    let mut answer = json!({ list: page.items });
    if let Some(next) = page.next {
        answer["NextToken"] = page::token(&name, next).into();
    }
    Ok(answer)
}

/// Reports whether a resource has one of the values of each filter.
fn passes(resource: &Members, filters: &Value) -> bool {
    let mut filters = filters.as_array().into_iter().flatten();
    filters.all(|filter| {
        let name: String = text(filter, "Name").split('-').map(capitalized).collect();
        let wanted = filter["Values"].as_array().into_iter().flatten();
        let mut wanted = wanted.filter_map(Value::as_str);
        let plural = match name.as_str() {
            "NumberCapability" => "NumberCapabilities".to_owned(),
            other => format!("{other}s"),
        };
        let value = resource.get(&name).or_else(|| resource.get(&plural));
        wanted.any(|wanted| match value {
            Some(Value::String(value)) => value == wanted,
            Some(Value::Bool(value)) => value.to_string() == wanted,
            Some(Value::Array(values)) => values.iter().any(|value| value == wanted),
            _ => false,
        })
    })
}

fn capitalized(word: &str) -> String {
    let mut symbols = word.chars();
    let first = symbols.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(symbols).collect()
}

/// Returns the resources that a request names, or all if it names none.
pub(super) fn selected<'a, T>(
    input: &Value,
    member: &str,
    all: impl Iterator<Item = T>,
    find: impl Fn(&str) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault>
where
    T: 'a,
{
    match input[member].as_array() {
        Some(names) if !names.is_empty() => names
            .iter()
            .map(|name| find(name.as_str().unwrap_or_default()))
            .collect(),
        _ => Ok(all.collect()),
    }
}

pub(super) fn answer(members: &Members) -> Outcome {
    Ok(Value::Object(members.clone()).into())
}

/// Returns the error for a resource that does not exist.
pub(super) fn not_found(kind: &str, id: &str) -> Fault {
    Fault::new(
        400,
        "ResourceNotFoundException",
        format!("Resource not found: ResourceType=\"{kind}\" ResourceId=\"{id}\""),
    )
    .with("ResourceType", kind.into())
    .with("ResourceId", id.into())
}

/// Returns the error for a state that does not allow an operation.
pub(super) fn conflict(reason: &str, kind: &str, id: &str) -> Fault {
    Fault::new(
        400,
        "ConflictException",
        format!("Conflict: Reason=\"{reason}\" ResourceType=\"{kind}\" ResourceId=\"{id}\""),
    )
    .with("Reason", reason.into())
    .with("ResourceType", kind.into())
    .with("ResourceId", id.into())
}

/// Returns the error for a quota that is used up.
pub(super) fn over_quota(reason: &str) -> Fault {
    Fault::new(
        400,
        "ServiceQuotaExceededException",
        format!("Service quota exceeded: Reason=\"{reason}\""),
    )
    .with("Reason", reason.into())
}

/// Returns the error for an input that breaks a rule.
pub(super) fn invalid(reason: &str, sentence: &str) -> Fault {
    Fault::new(400, "ValidationException", sentence).with("Reason", reason.into())
}

/// Refuses the deletion of a protected resource.
pub(super) fn check_deletable(resource: &Members, kind: &str, id: &str) -> Result<(), Fault> {
    match resource.get("DeletionProtectionEnabled") {
        Some(Value::Bool(true)) => Err(conflict("DELETION_PROTECTION_ENABLED", kind, id)),
        _ => Ok(()),
    }
}
