//! Opt-out lists and the numbers in them. The list `Default` is the one that SNS uses, too.

use std::collections::BTreeMap;

use local_wire::{ApiRequest, Fault, Outcome};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::EndUserMessaging;
use super::resources::{
    Members, OptOutList, Region, answer, arn, conflict, described, invalid, members, named,
    not_found, over_quota, seconds, selected, text,
};
use crate::sms::{OptedOut, is_e164};

/// The name of the list that every account has.
pub(super) const DEFAULT: &str = "Default";

const MAX_LISTS: usize = 25;
/// The most numbers of a list other than `Default` here.
const MAX_NUMBERS: usize = 1_000;

/// Returns the name of an existing list, given by name or ARN.
pub(super) fn known(region: &Region, given: &str) -> Result<String, Fault> {
    let name = named(given, "opt-out-list");
    match name == DEFAULT || region.opt_out_lists.contains_key(name) {
        true => Ok(name.to_owned()),
        false => Err(not_found("opt-out-list", given)),
    }
}

/// Returns the name of the list that an input has; `None` if it has none.
pub(super) fn given(region: &Region, input: &Value) -> Result<Option<String>, Fault> {
    let list = input["OptOutListName"].as_str();
    list.map(|list| known(region, list)).transpose()
}

fn written(region: &str, name: &str, created: OffsetDateTime) -> Members {
    members(json!({
        "OptOutListArn": arn(region, &format!("opt-out-list/{name}")),
        "OptOutListName": name,
        "CreatedTimestamp": seconds(created),
    }))
}

/// Returns an existing list. That of the account has no time of creation, so it is the epoch.
fn described_list(region: &Region, name: &str, of: &str) -> Members {
    let list = region.opt_out_lists.get(name);
    let created = list.map_or(OffsetDateTime::UNIX_EPOCH, |list| list.created);
    written(of, name, created)
}

fn of_number(number: &str, opted_out: OptedOut) -> Members {
    members(json!({
        "OptedOutNumber": number,
        "OptedOutTimestamp": seconds(opted_out.at),
        "EndUserOptedOut": opted_out.by_user,
    }))
}

/// Returns a phone number with its plus, without which the service accepts it, too.
pub(super) fn with_plus(given: &str) -> Result<String, Fault> {
    let number = format!("+{}", given.strip_prefix('+').unwrap_or(given));
    match is_e164(&number) {
        true => Ok(number),
        false => Err(invalid(
            "CANNOT_PARSE",
            "The phone number must have at most 15 digits, as E.164 says.",
        )),
    }
}

pub(super) fn create(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    let name = text(&input, "OptOutListName");
    service.adding(request, |region| {
        if known(region, name).is_ok() {
            return Err(conflict("RESOURCE_ALREADY_EXISTS", "opt-out-list", name));
        }
        if region.opt_out_lists.len() >= MAX_LISTS {
            return Err(over_quota("OPT_OUT_LISTS_PER_ACCOUNT"));
        }
        let list = OptOutList {
            created: OffsetDateTime::now_utc(),
            numbers: BTreeMap::new(),
        };
        let mut created = written(&request.region, name, list.created);
        let tags = region.tag(text(&json!(created), "OptOutListArn"), &input["Tags"])?;
        region.opt_out_lists.insert(name.to_owned(), list);
        created.insert("Tags".into(), tags);
        answer(&created)
    })
}

pub(super) fn describe(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let of = &request.region;
        let names = region.opt_out_lists.keys().map(String::as_str);
        let lists = [DEFAULT].into_iter().chain(names);
        let lists = lists.map(|name| described_list(region, name, of));
        let all = selected(&input, "OptOutListNames", lists, |given| {
            known(region, given).map(|name| described_list(region, &name, of))
        })?;
        Ok(described(request, &input, "OptOutLists", all)?.into())
    })
}

pub(super) fn delete(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let name = known(region, text(&input, "OptOutListName"))?;
        if name == DEFAULT {
            return Err(conflict(
                "RESOURCE_DELETION_NOT_ALLOWED",
                "opt-out-list",
                &name,
            ));
        }
        let pools = region.pools.values().map(|pool| &pool.members);
        let mut users = region.phone_numbers.values().chain(pools);
        if users.any(|user| user.get("OptOutListName").is_some_and(|list| *list == name)) {
            return Err(conflict("RESOURCE_NOT_EMPTY", "opt-out-list", &name));
        }
        let deleted = described_list(region, &name, &request.region);
        region.opt_out_lists.remove(&name);
        region.forget(text(&json!(deleted), "OptOutListArn"));
        answer(&deleted)
    })
}

pub(super) fn put(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    let number = with_plus(text(&input, "OptedOutNumber"))?;
    service.with(&request.region, |region| {
        let name = known(region, text(&input, "OptOutListName"))?;
        let opted_out = match region.opt_out_lists.get_mut(&name) {
            None => service
                .recipients
                .opt_out(&request.region, &number, false)
                .map_err(|full| invalid("MAXIMUM_SIZE_EXCEEDED", &format!("{full}.")))?,
            Some(list) => {
                let is_full = list.numbers.len() >= MAX_NUMBERS;
                if is_full && !list.numbers.contains_key(&number) {
                    return Err(invalid(
                        "MAXIMUM_SIZE_EXCEEDED",
                        &format!(
                            "The local account keeps at most {MAX_NUMBERS} numbers of an opt-out \
                             list."
                        ),
                    ));
                }
                let entry = list.numbers.entry(number.clone());
                *entry.or_insert_with(|| OptedOut {
                    at: OffsetDateTime::now_utc(),
                    by_user: false,
                })
            }
        };
        of_list(region, request, &name, of_number(&number, opted_out))
    })
}

/// Answers an operation on a number of a list.
fn of_list(region: &Region, request: &ApiRequest, name: &str, mut number: Members) -> Outcome {
    let mut list = described_list(region, name, &request.region);
    list.remove("CreatedTimestamp");
    number.extend(list);
    answer(&number)
}

pub(super) fn describe_numbers(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let name = known(region, text(&input, "OptOutListName"))?;
        let numbers = match region.opt_out_lists.get(&name) {
            Some(list) => list.numbers.clone(),
            None => service
                .recipients
                .with(&request.region, |lists| lists.opted_out.clone()),
        };
        let all = numbers
            .iter()
            .map(|(number, opted_out)| of_number(number, *opted_out));
        let all = selected(&input, "OptedOutNumbers", all, |given| {
            let number = with_plus(given)?;
            let opted_out = numbers.get(&number);
            opted_out
                .map(|opted_out| of_number(&number, *opted_out))
                .ok_or_else(|| not_found("opted-out-number", given))
        })?;
        let Value::Object(listed) = described(request, &input, "OptedOutNumbers", all)? else {
            return Ok(json!({}).into());
        };
        of_list(region, request, &name, listed)
    })
}

/// Removes a number from a list. A number whose user opted out comes back only when that user opts
/// in (`DeleteOptedOutNumber` in the API reference).
pub(super) fn delete_number(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    let given = text(&input, "OptedOutNumber");
    let number = with_plus(given)?;
    service.with(&request.region, |region| {
        let name = known(region, text(&input, "OptOutListName"))?;
        let remove = |numbers: &mut BTreeMap<String, OptedOut>| {
            let opted_out = numbers.get(&number).copied();
            let opted_out = opted_out.ok_or_else(|| not_found("opted-out-number", given))?;
            if opted_out.by_user {
                return Err(invalid(
                    "PHONE_NUMBER_CANNOT_BE_OPTED_IN",
                    "The phone's user opted out, and must opt in again.",
                ));
            }
            numbers.remove(&number);
            Ok(opted_out)
        };
        let opted_out = match region.opt_out_lists.get_mut(&name) {
            Some(list) => remove(&mut list.numbers)?,
            None => service
                .recipients
                .with(&request.region, |lists| remove(&mut lists.opted_out))?,
        };
        of_list(region, request, &name, of_number(&number, opted_out))
    })
}
