//! SearchContacts.

use std::cmp::Ordering;

use local_wire::{Declared, Fault, Outcome, post, reply};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Serve::Now;
use super::contacts::{ContactSummary, last_part, seconds};
use super::search::{TagFilter, met};
use super::{ControlRequest, Serve};
use crate::ConnectService;
use crate::state::{ContactRecord, Contacts, names};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    post("SearchContacts", "/search-contacts", Now(search_contacts)),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SearchContacts {
    instance_id: String,
    time_range: TimeRange,
    #[serde(default)]
    search_criteria: Criteria,
    max_results: Option<usize>,
    next_token: Option<String>,
    sort: Option<Sort>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TimeRange {
    r#type: Timestamp,
    start_time: f64,
    end_time: f64,
}

#[derive(Clone, Copy, Deserialize)]
enum Timestamp {
    #[serde(rename = "INITIATION_TIMESTAMP")]
    Initiation,
    #[serde(rename = "SCHEDULED_TIMESTAMP")]
    Scheduled,
    #[serde(rename = "CONNECTED_TO_AGENT_TIMESTAMP")]
    ConnectedToAgent,
    #[serde(rename = "DISCONNECT_TIMESTAMP")]
    Disconnect,
    #[serde(rename = "ENQUEUE_TIMESTAMP")]
    Enqueue,
}

/// The members that are not read are those of services that the account does not have.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Criteria {
    name: Option<NameCriteria>,
    agent_ids: Option<Vec<String>>,
    channels: Option<Vec<String>>,
    initiation_methods: Option<Vec<String>>,
    queue_ids: Option<Vec<String>>,
    additional_time_range: Option<AdditionalTimeRange>,
    searchable_contact_attributes: Option<AttributeCriteria>,
    searchable_segment_attributes: Option<AttributeCriteria>,
    contact_tags: Option<TagFilter>,
    agent_hierarchy_groups: Option<Value>,
    contact_analysis: Option<Value>,
    routing_criteria: Option<Value>,
    active_regions: Option<Value>,
    ai_agents: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NameCriteria {
    search_text: Vec<String>,
    match_type: MatchType,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttributeCriteria {
    criteria: Vec<AttributeCriterion>,
    match_type: Option<MatchType>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttributeCriterion {
    key: String,
    values: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdditionalTimeRange {
    criteria: Vec<AdditionalCriterion>,
    match_type: MatchType,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdditionalCriterion {
    time_range: Option<TimeRange>,
    timestamp_condition: Option<TimestampCondition>,
}

/// A timestamp that the contact must not have: `NOT_EXISTS` is the only condition.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TimestampCondition {
    r#type: Timestamp,
}

#[derive(Clone, Copy, Deserialize)]
enum MatchType {
    #[serde(rename = "MATCH_ALL")]
    All,
    #[serde(rename = "MATCH_ANY")]
    Any,
    #[serde(rename = "MATCH_EXACT")]
    Exact,
    #[serde(rename = "MATCH_NONE")]
    None,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sort {
    field_name: SortField,
    order: Order,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum SortField {
    InitiationTimestamp,
    ScheduledTimestamp,
    ConnectedToAgentTimestamp,
    DisconnectTimestamp,
    InitiationMethod,
    Channel,
    ExpiryTimestamp,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Order {
    Ascending,
    Descending,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AgentSummary<'a> {
    id: &'a str,
    connected_to_agent_timestamp: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FoundContact<'a> {
    #[serde(flatten)]
    summary: ContactSummary<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_info: Option<AgentSummary<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FoundContacts<'a> {
    contacts: Vec<FoundContact<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    total_count: usize,
}

impl MatchType {
    /// Reports whether so many matches are enough.
    fn met<T>(self, all: &[T], matches: impl Fn(&T) -> bool) -> bool {
        match self {
            Self::All | Self::Exact => all.iter().all(matches),
            Self::Any => all.iter().any(matches),
            Self::None => !all.iter().any(matches),
        }
    }
}

impl Timestamp {
    fn of(self, contact: &ContactRecord) -> Option<f64> {
        let at = match self {
            Self::Initiation => Some(contact.initiated),
            // Only tasks are scheduled.
            Self::Scheduled => None,
            Self::ConnectedToAgent => contact.agent.as_ref().map(|agent| agent.connected),
            Self::Disconnect => contact.end.as_ref().map(|end| end.at),
            Self::Enqueue => contact.queue.as_ref().map(|queue| queue.entered),
        };
        at.map(seconds)
    }
}

impl TimeRange {
    fn accept(&self, contact: &ContactRecord) -> bool {
        let range = self.start_time..=self.end_time;
        self.r#type
            .of(contact)
            .is_some_and(|at| range.contains(&at))
    }

    fn check(&self, request: &ControlRequest<'_>) -> Result<(), Fault> {
        match self.start_time <= self.end_time {
            true => Ok(()),
            false => Err(request.invalid("StartTime must not be later than EndTime.")),
        }
    }
}

impl NameCriteria {
    /// Compares words and phrases with the name, ignoring case.
    fn accept(&self, name: Option<&str>) -> bool {
        let name = name.unwrap_or_default().to_lowercase();
        let matches = |text: &String| match self.match_type {
            MatchType::Exact => name == text.to_lowercase(),
            _ => name.contains(&text.to_lowercase()),
        };
        self.match_type.met(&self.search_text, matches)
    }
}

impl AttributeCriteria {
    fn accept<'a>(&self, value: impl Fn(&str) -> Option<&'a str>) -> bool {
        let matches = |one: &AttributeCriterion| {
            value(&one.key).is_some_and(|value| one.values.iter().any(|wanted| wanted == value))
        };
        let match_type = self.match_type.unwrap_or(MatchType::All);
        match_type.met(&self.criteria, matches)
    }
}

impl AdditionalTimeRange {
    fn accept(&self, contact: &ContactRecord) -> bool {
        self.match_type.met(&self.criteria, |one| {
            met(one.time_range.as_ref(), |range| range.accept(contact))
                && met(one.timestamp_condition.as_ref(), |condition| {
                    condition.r#type.of(contact).is_none()
                })
        })
    }
}

impl Criteria {
    /// Refuses what the account has no data for, by name.
    fn check(&self) -> Result<(), Fault> {
        let absent = [
            ("AgentHierarchyGroups", &self.agent_hierarchy_groups),
            ("ContactAnalysis", &self.contact_analysis),
            ("RoutingCriteria", &self.routing_criteria),
            ("ActiveRegions", &self.active_regions),
            ("AiAgents", &self.ai_agents),
        ];
        match absent.into_iter().find(|(_, given)| given.is_some()) {
            None => Ok(()),
            Some((name, _)) => Err(Fault::not_implemented(
                "connect",
                &format!("SearchContacts with {name}"),
            )),
        }
    }

    fn accept(&self, contact: &ContactRecord, contacts: &Contacts) -> bool {
        // An empty list is no condition.
        let among = |list: &Option<Vec<String>>, is: &dyn Fn(&str) -> bool| {
            let list = list.as_ref().filter(|list| !list.is_empty());
            met(list, |list| list.iter().any(|one| is(one)))
        };
        let agent = |given: &str| {
            let agent = contact.agent.as_ref();
            agent.is_some_and(|agent| agent.id == last_part(given))
        };
        let queue = |given: &str| {
            let queue = contact.queue.as_ref();
            queue.is_some_and(|queue| names(last_part(&queue.arn), &queue.arn, given))
        };
        let attributes = contacts.attributes(contact);
        among(&self.channels, &|given| given == contact.channel)
            && among(&self.initiation_methods, &|given| {
                given == contact.initiation_method
            })
            && among(&self.agent_ids, &agent)
            && among(&self.queue_ids, &queue)
            && met(self.name.as_ref(), |name| {
                name.accept(contact.name.as_deref())
            })
            && met(self.additional_time_range.as_ref(), |range| {
                range.accept(contact)
            })
            && met(self.searchable_contact_attributes.as_ref(), |criteria| {
                criteria.accept(|key| attributes.get(key).map(String::as_str))
            })
            && met(self.searchable_segment_attributes.as_ref(), |criteria| {
                criteria.accept(|key| (key == "connect:Subtype").then_some(contact.subtype))
            })
            && met(self.contact_tags.as_ref(), |filter| {
                filter.accept(&contact.tags)
            })
    }
}

impl Sort {
    /// The latest contact is the first one, unless the request has another order. (Assumed: the API
    /// reference names no default.)
    const USUAL: Self = Self {
        field_name: SortField::InitiationTimestamp,
        order: Order::Descending,
    };

    fn compare(&self, left: &ContactRecord, right: &ContactRecord) -> Ordering {
        let by_time = |timestamp: Timestamp| {
            let (left, right) = (timestamp.of(left), timestamp.of(right));
            left.partial_cmp(&right).unwrap_or(Ordering::Equal)
        };
        let ordering = match self.field_name {
            SortField::InitiationTimestamp => by_time(Timestamp::Initiation),
            SortField::ScheduledTimestamp => by_time(Timestamp::Scheduled),
            SortField::ConnectedToAgentTimestamp => by_time(Timestamp::ConnectedToAgent),
            SortField::DisconnectTimestamp => by_time(Timestamp::Disconnect),
            SortField::InitiationMethod => left.initiation_method.cmp(&right.initiation_method),
            SortField::Channel => left.channel.cmp(&right.channel),
            // No contact of the account has a routing step that expires.
            SortField::ExpiryTimestamp => Ordering::Equal,
        };
        match self.order {
            Order::Ascending => ordering,
            Order::Descending => ordering.reverse(),
        }
    }
}

/// Finds contacts at once; the service takes minutes until it finds a new one.
fn search_contacts(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: SearchContacts = request.input()?;
    input.time_range.check(request)?;
    input.search_criteria.check()?;
    let page = request.page(input.max_results, input.next_token.as_deref(), 100)?;
    let state = service.state();
    let instance = state.instance(request.region(), &input.instance_id)?;
    let contacts = &instance.contacts;
    // The newest first, so that contacts of the same moment stay in that order.
    let mut found: Vec<&ContactRecord> = contacts
        .iter()
        .rev()
        .filter(|contact| input.time_range.accept(contact))
        .filter(|contact| input.search_criteria.accept(contact, contacts))
        .collect();
    let sort = input.sort.as_ref().unwrap_or(&Sort::USUAL);
    found.sort_by(|left, right| sort.compare(left, right));
    let total_count = found.len();
    let (contacts, next_token) = page.cut(found.into_iter().map(|contact| FoundContact {
        summary: ContactSummary::of(&instance.arn, contact),
        agent_info: contact.agent.as_ref().map(|agent| AgentSummary {
            id: &agent.id,
            connected_to_agent_timestamp: seconds(agent.connected),
        }),
    }));
    reply(&FoundContacts {
        contacts,
        next_token,
        total_count,
    })
}
