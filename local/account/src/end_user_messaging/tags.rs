//! Tags and resource policies. A policy is kept and read back; the account has no other account to
//! which it could apply.

use local_wire::{ApiRequest, Fault, Outcome, done};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::EndUserMessaging;
use super::resources::{
    Members, Region, answer, invalid, members, named, not_found, over_quota, pairs, seconds, text,
    written,
};

/// The most tags of a resource.
pub(super) const MAX_TAGS: usize = 50;

pub(super) fn too_many() -> Fault {
    over_quota("TAGS_PER_RESOURCE")
}

/// Returns the ARN of an existing resource.
fn existing(region: &Region, input: &Value) -> Result<String, Fault> {
    let arn = text(input, "ResourceArn");
    let kind = arn.rsplit(':').next().unwrap_or_default();
    let kind = kind.split('/').next().unwrap_or_default();
    let name = named(arn, kind);
    let exists = match kind {
        "phone-number" => region.phone_numbers.contains_key(name),
        "pool" => region.pools.contains_key(name),
        "configuration-set" => region.configuration_sets.contains_key(name),
        "opt-out-list" => super::opt_outs::known(region, name).is_ok(),
        "sender-id" => super::sender_ids::key_of(region, arn, None).is_some(),
        _ => {
            return Err(invalid(
                "INVALID_ARN",
                "ResourceArn must be that of a resource.",
            ));
        }
    };
    match exists {
        true => Ok(arn.to_owned()),
        false => Err(not_found(kind, arn)),
    }
}

pub(super) fn tag(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let arn = existing(region, &input)?;
        let mut tags = region.tags.get(&arn).cloned().unwrap_or_default();
        tags.extend(pairs(&input["Tags"]));
        if tags.len() > MAX_TAGS {
            return Err(too_many());
        }
        region.tags.insert(arn, tags);
        done()
    })
}

pub(super) fn untag(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let arn = existing(region, &input)?;
        let keys = input["TagKeys"].as_array().into_iter().flatten();
        if let Some(tags) = region.tags.get_mut(&arn) {
            for key in keys.filter_map(Value::as_str) {
                tags.remove(key);
            }
        }
        done()
    })
}

pub(super) fn list(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let arn = existing(region, &input)?;
        let tags = region.tags.get(&arn).map(written);
        let tags = tags.unwrap_or_else(|| json!([]));
        Ok(json!({ "ResourceArn": arn, "Tags": tags }).into())
    })
}

pub(super) fn put_policy(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    let policy = text(&input, "Policy");
    if serde_json::from_str::<Members>(policy).is_err() {
        return Err(invalid(
            "INVALID_PARAMETER",
            "Policy must be a JSON object.",
        ));
    }
    service.with(&request.region, |region| {
        let arn = existing(region, &input)?;
        let kept = members(json!({
            "ResourceArn": arn,
            "Policy": policy,
            "CreatedTimestamp": seconds(OffsetDateTime::now_utc()),
        }));
        region.policies.insert(arn, kept.clone());
        answer(&kept)
    })
}

pub(super) fn get_policy(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let arn = existing(region, &input)?;
        let kept = region.policies.get(&arn);
        answer(kept.ok_or_else(|| not_found("policy", &arn))?)
    })
}

pub(super) fn delete_policy(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let arn = existing(region, &input)?;
        let kept = region.policies.remove(&arn);
        answer(&kept.ok_or_else(|| not_found("policy", &arn))?)
    })
}
