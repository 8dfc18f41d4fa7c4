//! The account's attributes, limits and spending.

use local_wire::{ApiRequest, Outcome};
use serde_json::{Value, json};

use super::EndUserMessaging;
use super::resources::{invalid, members};

/// The limits that `DescribeAccountLimits` lists, as they are enforced here.
const RESOURCES: [(&str, usize); 5] = [
    ("PHONE_NUMBERS", 25),
    ("POOLS", 25),
    ("CONFIGURATION_SETS", 25),
    ("OPT_OUT_LISTS", 25),
    ("SENDER_IDS", 25),
];

pub(super) fn attributes(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let tier = match service.recipients.in_sandbox(&request.region) {
        true => "SANDBOX",
        false => "PRODUCTION",
    };
    let attribute = json!({ "Name": "ACCOUNT_TIER", "Value": tier });
    Ok(json!({ "AccountAttributes": [attribute] }).into())
}

pub(super) fn limits(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    service.with(&request.region, |region| {
        let limits = RESOURCES.into_iter().map(|(name, most)| {
            let used = match name {
                "PHONE_NUMBERS" => region.phone_numbers.len(),
                "POOLS" => region.pools.len(),
                "CONFIGURATION_SETS" => region.configuration_sets.len(),
                "OPT_OUT_LISTS" => region.opt_out_lists.len(),
                _ => region.sender_ids.len(),
            };
            json!({ "Name": name, "Used": used, "Max": most })
        });
        Ok(json!({ "AccountLimits": limits.collect::<Value>() }).into())
    })
}

/// Describes the limit of text messages: the quota, and the account's own limit below it.
pub(super) fn spending(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let quota = service.spending.quota(&request.region);
    let own = service.with(&request.region, |region| region.text_limit);
    let limit = json!({
        "Name": "TEXT_MESSAGE_MONTHLY_SPEND_LIMIT",
        "EnforcedLimit": own.map_or(quota, |own| own.min(quota)),
        "MaxLimit": quota,
        "Overridden": own.is_some(),
    });
    Ok(json!({ "SpendLimits": [limit] }).into())
}

pub(super) fn set_text_limit(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = members(request.members()?);
    let limit = input.get("MonthlyLimit").and_then(Value::as_u64);
    let limit = limit.unwrap_or_default();
    let quota = service.spending.quota(&request.region);
    if limit > quota {
        return Err(invalid(
            "REQUESTED_SPEND_LIMIT_HIGHER_THAN_SERVICE_LIMIT",
            &format!("MonthlyLimit must be at most {quota}, but was {limit}."),
        ));
    }
    service.with(&request.region, |region| region.text_limit = Some(limit));
    Ok(json!({ "MonthlyLimit": limit }).into())
}

/// Removes the account's own limit, "which will set the EnforcedLimit to equal the MaxLimit"
/// (`DeleteTextMessageSpendLimitOverride` in the API reference).
pub(super) fn delete_text_limit(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let removed = service.with(&request.region, |region| region.text_limit.take());
    let limit = removed.unwrap_or_else(|| service.spending.quota(&request.region));
    Ok(json!({ "MonthlyLimit": limit }).into())
}
