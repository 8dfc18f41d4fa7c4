//! Configuration sets: defaults of messages, and the destinations of their events.

use local_wire::{ApiRequest, Fault, Outcome};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::EndUserMessaging;
use super::resources::{
    Members, Region, answer, arn, conflict, copy, described, invalid, members, named, not_found,
    over_quota, seconds, selected, text,
};

const MAX_SETS: usize = 25;
const MAX_DESTINATIONS: usize = 5;

/// The kinds of destinations, of which each has one.
const KINDS: [&str; 3] = [
    "CloudWatchLogsDestination",
    "KinesisFirehoseDestination",
    "SnsDestination",
];

/// Returns an existing set, given by name or ARN.
pub(super) fn find<'a>(region: &'a mut Region, given: &str) -> Result<&'a mut Members, Fault> {
    let set = region
        .configuration_sets
        .get_mut(named(given, "configuration-set"));
    set.ok_or_else(|| not_found("configuration-set", given))
}

fn of_input<'a>(region: &'a mut Region, input: &Value) -> Result<&'a mut Members, Fault> {
    find(region, text(input, "ConfigurationSetName"))
}

/// Returns name and ARN of a set.
fn identity(set: &Members) -> Members {
    members(json!({
        "ConfigurationSetArn": set["ConfigurationSetArn"],
        "ConfigurationSetName": set["ConfigurationSetName"],
    }))
}

pub(super) fn create(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    let name = text(&input, "ConfigurationSetName");
    service.adding(request, |region| {
        if region.configuration_sets.contains_key(name) {
            return Err(conflict(
                "RESOURCE_ALREADY_EXISTS",
                "configuration-set",
                name,
            ));
        }
        if region.configuration_sets.len() >= MAX_SETS {
            return Err(over_quota("CONFIGURATION_SETS_PER_ACCOUNT"));
        }
        let set_arn = arn(&request.region, &format!("configuration-set/{name}"));
        let tags = region.tag(&set_arn, &input["Tags"])?;
        let set = members(json!({
            "ConfigurationSetArn": set_arn,
            "ConfigurationSetName": name,
            "EventDestinations": [],
            "CreatedTimestamp": seconds(OffsetDateTime::now_utc()),
        }));
        let mut created = set.clone();
        region.configuration_sets.insert(name.to_owned(), set);
        created.remove("EventDestinations");
        created.insert("Tags".into(), tags);
        answer(&created)
    })
}

pub(super) fn describe(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let sets = region.configuration_sets.values().cloned();
        let all = selected(&input, "ConfigurationSetNames", sets, |given| {
            let set = region
                .configuration_sets
                .get(named(given, "configuration-set"));
            set.cloned()
                .ok_or_else(|| not_found("configuration-set", given))
        })?;
        Ok(described(request, &input, "ConfigurationSets", all)?.into())
    })
}

pub(super) fn delete(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let set = of_input(region, &input)?.clone();
        let set = json!(set);
        region
            .configuration_sets
            .remove(text(&set, "ConfigurationSetName"));
        region.forget(text(&set, "ConfigurationSetArn"));
        Ok(set.into())
    })
}

/// Checks that a destination has one kind.
fn check_kind(given: &Value) -> Result<Option<&'static str>, Fault> {
    let mut kinds = KINDS.into_iter().filter(|kind| !given[*kind].is_null());
    match (kinds.next(), kinds.next()) {
        (kind, None) => Ok(kind),
        (_, Some(_)) => Err(invalid(
            "PARAMETERS_CANNOT_BE_USED_TOGETHER",
            &format!("Exactly one of {} must be given.", KINDS.join(", ")),
        )),
    }
}

fn destinations(set: &mut Members) -> Result<&mut Vec<Value>, Fault> {
    match set.get_mut("EventDestinations") {
        Some(Value::Array(destinations)) => Ok(destinations),
        _ => Err(Fault::new(
            500,
            "InternalServerException",
            "A configuration set must have a list of destinations.",
        )),
    }
}

fn position(destinations: &[Value], name: &str) -> Result<usize, Fault> {
    let mut all = destinations.iter();
    all.position(|destination| destination["EventDestinationName"] == name)
        .ok_or_else(|| not_found("event-destination", name))
}

fn of_destination(set: &Members, destination: Value) -> Outcome {
    let mut described = identity(set);
    described.insert("EventDestination".into(), destination);
    answer(&described)
}

pub(super) fn create_destination(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    let name = text(&input, "EventDestinationName");
    if check_kind(&input)?.is_none() {
        return Err(invalid(
            "MISSING_PARAMETER",
            &format!("Exactly one of {} must be given.", KINDS.join(", ")),
        ));
    }
    service.with(&request.region, |region| {
        let set = of_input(region, &input)?;
        let all = destinations(set)?;
        if position(all, name).is_ok() {
            return Err(conflict(
                "RESOURCE_ALREADY_EXISTS",
                "event-destination",
                name,
            ));
        }
        if all.len() >= MAX_DESTINATIONS {
            return Err(over_quota("EVENT_DESTINATIONS_PER_CONFIGURATION_SET"));
        }
        let mut destination = members(json!({ "EventDestinationName": name, "Enabled": true }));
        copy(&input, &["MatchingEventTypes"], &mut destination);
        copy(&input, &KINDS, &mut destination);
        let destination = Value::Object(destination);
        all.push(destination.clone());
        of_destination(set, destination)
    })
}

pub(super) fn update_destination(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    let name = text(&input, "EventDestinationName");
    let kind = check_kind(&input)?;
    service.with(&request.region, |region| {
        let set = of_input(region, &input)?;
        let all = destinations(set)?;
        let place = position(all, name)?;
        let Some(Value::Object(destination)) = all.get_mut(place) else {
            return Err(not_found("event-destination", name));
        };
        if kind.is_some_and(|kind| !destination.contains_key(kind)) {
            return Err(conflict(
                "EVENT_DESTINATION_MISMATCH",
                "event-destination",
                name,
            ));
        }
        copy(&input, &["Enabled", "MatchingEventTypes"], destination);
        copy(&input, &KINDS, destination);
        let destination = Value::Object(destination.clone());
        of_destination(set, destination)
    })
}

pub(super) fn delete_destination(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let set = of_input(region, &input)?;
        let all = destinations(set)?;
        let place = position(all, text(&input, "EventDestinationName"))?;
        let destination = all.remove(place);
        of_destination(set, destination)
    })
}

/// A default of a set: the member of the request, and that of the set.
type Default = (&'static str, &'static str);

const MESSAGE_TYPE: Default = ("MessageType", "DefaultMessageType");
const SENDER_ID: Default = ("SenderId", "DefaultSenderId");
const FEEDBACK: Default = ("MessageFeedbackEnabled", "DefaultMessageFeedbackEnabled");

fn set_default(
    service: &EndUserMessaging,
    request: &ApiRequest,
    (given, kept): Default,
) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let set = of_input(region, &input)?;
        set.insert(kept.into(), input[given].clone());
        let mut changed = identity(set);
        changed.insert(given.into(), input[given].clone());
        answer(&changed)
    })
}

fn delete_default(
    service: &EndUserMessaging,
    request: &ApiRequest,
    (given, kept): Default,
) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let set = of_input(region, &input)?;
        let removed = set.remove(kept);
        let mut changed = identity(set);
        changed.extend(removed.map(|removed| (given.to_owned(), removed)));
        answer(&changed)
    })
}

pub(super) fn set_message_type(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    set_default(service, request, MESSAGE_TYPE)
}

pub(super) fn delete_message_type(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    delete_default(service, request, MESSAGE_TYPE)
}

pub(super) fn set_sender_id(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    set_default(service, request, SENDER_ID)
}

pub(super) fn delete_sender_id(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    delete_default(service, request, SENDER_ID)
}

pub(super) fn set_feedback(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    set_default(service, request, FEEDBACK)
}
