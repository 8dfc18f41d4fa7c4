//! Sender ids, each of one country.

use local_wire::{ApiRequest, Fault, Outcome};
use serde_json::{Value, json};

use super::resources::{
    Members, Region, answer, arn, check_deletable, conflict, copy, described, members, named,
    not_found, over_quota, text,
};
use super::{EndUserMessaging, pools};

const MAX_SENDER_IDS: usize = 25;

/// Returns id and country of an existing sender id, given by its id or ARN.
pub(super) fn key_of(
    region: &Region,
    given: &str,
    country: Option<&str>,
) -> Option<(String, String)> {
    let name = named(given, "sender-id");
    let (id, of_arn) = match name.split_once('/') {
        Some((id, country)) => (id, Some(country)),
        None => (name, None),
    };
    let country = of_arn.or(country);
    let mut keys = region.sender_ids.keys();
    keys.find(|(known, of)| known == id && country.is_none_or(|country| country == of))
        .cloned()
}

fn find(region: &Region, input: &Value) -> Result<((String, String), Members), Fault> {
    let given = text(input, "SenderId");
    let key = key_of(region, given, input["IsoCountryCode"].as_str());
    let found = key.and_then(|key| {
        let members = region.sender_ids.get(&key)?.clone();
        Some((key, members))
    });
    found.ok_or_else(|| not_found("sender-id", given))
}

pub(super) fn request(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    let (id, country) = (text(&input, "SenderId"), text(&input, "IsoCountryCode"));
    service.adding(request, |region| {
        if region.sender_ids.len() >= MAX_SENDER_IDS {
            return Err(over_quota("SENDER_IDS_PER_ACCOUNT"));
        }
        let key = (id.to_owned(), country.to_owned());
        if region.sender_ids.contains_key(&key) {
            return Err(conflict("RESOURCE_ALREADY_EXISTS", "sender-id", id));
        }
        let id_arn = arn(&request.region, &format!("sender-id/{id}/{country}"));
        let mut sender_id = members(json!({
            "SenderIdArn": id_arn,
            "SenderId": id,
            "IsoCountryCode": country,
            "MessageTypes": ["TRANSACTIONAL", "PROMOTIONAL"],
            "MonthlyLeasingPrice": "0.00",
            "DeletionProtectionEnabled": false,
            "Registered": false,
        }));
        let given = ["MessageTypes", "DeletionProtectionEnabled"];
        copy(&input, &given, &mut sender_id);
        let tags = region.tag(&id_arn, &input["Tags"])?;
        region.sender_ids.insert(key, sender_id.clone());
        sender_id.insert("Tags".into(), tags);
        answer(&sender_id)
    })
}

pub(super) fn describe(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let all = match input["SenderIds"].as_array() {
            Some(wanted) if !wanted.is_empty() => wanted
                .iter()
                .map(|one| find(region, one).map(|(_, members)| members))
                .collect::<Result<Vec<_>, _>>()?,
            _ => region.sender_ids.values().cloned().collect(),
        };
        Ok(described(request, &input, "SenderIds", all)?.into())
    })
}

pub(super) fn update(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let (key, mut sender_id) = find(region, &input)?;
        copy(&input, &["DeletionProtectionEnabled"], &mut sender_id);
        region.sender_ids.insert(key, sender_id.clone());
        answer(&sender_id)
    })
}

pub(super) fn release(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let (key, mut sender_id) = find(region, &input)?;
        check_deletable(&sender_id, "sender-id", &key.0)?;
        let id_arn = text(&sender_id.clone().into(), "SenderIdArn").to_owned();
        pools::check_in_none(region, &id_arn, &key.0)?;
        region.sender_ids.remove(&key);
        region.forget(&id_arn);
        sender_id.remove("DeletionProtectionEnabled");
        answer(&sender_id)
    })
}
