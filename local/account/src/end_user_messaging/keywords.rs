//! Keywords of phone numbers and pools. Nothing here receives a message, so none is answered.

use local_wire::{ApiRequest, Outcome};
use serde_json::{Value, json};

use super::resources::{
    Members, Region, answer, conflict, described, members, not_found, over_quota, selected, text,
};
use super::{EndUserMessaging, pools};

const MAX_KEYWORDS: usize = 30;

/// The keywords that every number has and that cannot be deleted ("Keywords" in the guide), with
/// their actions.
const OF_EVERY_NUMBER: [(&str, &str, &str); 2] = [
    (
        "HELP",
        "AUTOMATIC_RESPONSE",
        "Reply STOP to end messages from this number.",
    ),
    (
        "STOP",
        "OPT_OUT",
        "You will receive no more messages from this number.",
    ),
];

pub(super) fn of_new_number(region: &mut Region, number_arn: &str) {
    for (keyword, action, message) in OF_EVERY_NUMBER {
        let kept = members(json!({
            "Keyword": keyword, "KeywordAction": action, "KeywordMessage": message,
        }));
        region
            .keywords
            .insert((number_arn.to_owned(), keyword.to_owned()), kept);
    }
}

/// Copies the keywords of a number to a new pool.
pub(super) fn inherit(region: &mut Region, number_arn: &str, pool_arn: &str) {
    let of_number = region.keywords.iter();
    let copies: Vec<((String, String), Members)> = of_number
        .filter(|((identity, _), _)| identity == number_arn)
        .map(|((_, keyword), kept)| ((pool_arn.to_owned(), keyword.clone()), kept.clone()))
        .collect();
    region.keywords.extend(copies);
}

/// Returns the identity of a request: its ARN, and its id.
fn identity(region: &Region, input: &Value) -> Result<(String, Members), local_wire::Fault> {
    let (identity_arn, id) = pools::number_or_pool(region, text(input, "OriginationIdentity"))?;
    let described = members(json!({
        "OriginationIdentityArn": identity_arn, "OriginationIdentity": id,
    }));
    Ok((identity_arn, described))
}

fn capitals(input: &Value) -> String {
    text(input, "Keyword").to_uppercase()
}

pub(super) fn put(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    let keyword = capitals(&input);
    service.adding(request, |region| {
        let (identity_arn, mut described) = identity(region, &input)?;
        let key = (identity_arn.clone(), keyword.clone());
        let of_identity = region.keywords.keys();
        let count = of_identity.filter(|(arn, _)| *arn == identity_arn).count();
        if !region.keywords.contains_key(&key) && count >= MAX_KEYWORDS {
            return Err(over_quota(match identity_arn.contains(":pool/") {
                true => "KEYWORDS_PER_POOL",
                false => "KEYWORDS_PER_PHONE_NUMBER",
            }));
        }
        let action = input["KeywordAction"].as_str();
        let kept = members(json!({
            "Keyword": keyword,
            "KeywordMessage": input["KeywordMessage"],
            "KeywordAction": action.unwrap_or("AUTOMATIC_RESPONSE"),
        }));
        region.keywords.insert(key, kept.clone());
        described.extend(kept);
        answer(&described)
    })
}

pub(super) fn describe(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let (identity_arn, described_identity) = identity(region, &input)?;
        let of_identity = region.keywords.iter();
        let of_identity = of_identity
            .filter(|((arn, _), _)| *arn == identity_arn)
            .map(|(_, kept)| kept.clone());
        let all = selected(&input, "Keywords", of_identity, |given| {
            let key = (identity_arn.clone(), given.to_uppercase());
            let kept = region.keywords.get(&key).cloned();
            kept.ok_or_else(|| not_found("keyword", given))
        })?;
        let mut listed = members(described(request, &input, "Keywords", all)?);
        listed.extend(described_identity);
        answer(&listed)
    })
}

pub(super) fn delete(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    let keyword = capitals(&input);
    service.with(&request.region, |region| {
        let (identity_arn, mut described) = identity(region, &input)?;
        if OF_EVERY_NUMBER
            .iter()
            .any(|(fixed, _, _)| *fixed == keyword)
        {
            return Err(conflict(
                "RESOURCE_DELETION_NOT_ALLOWED",
                "keyword",
                &keyword,
            ));
        }
        let kept = region.keywords.remove(&(identity_arn, keyword.clone()));
        described.extend(kept.ok_or_else(|| not_found("keyword", &keyword))?);
        answer(&described)
    })
}
