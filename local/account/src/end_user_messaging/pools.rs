//! Pools of phone numbers and sender ids.

use std::collections::BTreeSet;

use local_wire::{ApiRequest, Fault, Outcome};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::resources::{
    Members, Pool, Region, answer, arn, check_deletable, conflict, copy, described, invalid,
    members, named, not_found, over_quota, seconds, selected, text,
};
use super::{EndUserMessaging, keywords, numbers, sender_ids};

const MAX_POOLS: usize = 25;
const MAX_IDENTITIES: usize = 100;

/// The settings that a pool shares with its numbers, with the reason of a difference.
const SHARED: [(&str, &str); 4] = [
    ("MessageType", "MESSAGE_TYPE_MISMATCH"),
    ("OptOutListName", "OPT_OUT_LIST_MISMATCH"),
    ("TwoWayEnabled", "TWO_WAY_CONFIG_MISMATCH"),
    (
        "SelfManagedOptOutsEnabled",
        "SELF_MANAGED_OPT_OUTS_MISMATCH",
    ),
];

/// An origination identity of the account.
enum Identity {
    /// A phone number by id.
    Number(String),
    /// A sender id by id and country.
    SenderId((String, String)),
}

impl Identity {
    fn find(region: &Region, input: &Value) -> Result<Self, Fault> {
        let given = text(input, "OriginationIdentity");
        if let Some(id) = numbers::id_of(region, given) {
            return Ok(Self::Number(id));
        }
        let country = input["IsoCountryCode"].as_str();
        sender_ids::key_of(region, given, country)
            .map(Self::SenderId)
            .ok_or_else(|| match given.contains("phone") {
                true => not_found("phone-number", given),
                false => not_found("sender-id", given),
            })
    }

    fn members<'a>(&self, region: &'a Region) -> Option<&'a Members> {
        match self {
            Self::Number(id) => region.phone_numbers.get(id),
            Self::SenderId(key) => region.sender_ids.get(key),
        }
    }

    /// Returns the members that describe the identity in answers about a pool.
    fn described(&self, region: &Region) -> Members {
        let Some(found) = self.members(region) else {
            return Members::new();
        };
        members(match self {
            Self::Number(id) => json!({
                "OriginationIdentityArn": found["PhoneNumberArn"],
                "OriginationIdentity": id,
                "IsoCountryCode": found["IsoCountryCode"],
            }),
            Self::SenderId((id, country)) => json!({
                "OriginationIdentityArn": found["SenderIdArn"],
                "OriginationIdentity": id,
                "IsoCountryCode": country,
            }),
        })
    }
}

/// Returns the id of an existing pool, given by id or ARN.
pub(super) fn id_of(region: &Region, given: &str) -> Result<String, Fault> {
    let id = named(given, "pool");
    match region.pools.contains_key(id) {
        true => Ok(id.to_owned()),
        false => Err(not_found("pool", given)),
    }
}

fn find<'a>(region: &'a mut Region, given: &str) -> Result<(String, &'a mut Pool), Fault> {
    let id = named(given, "pool").to_owned();
    match region.pools.get_mut(&id) {
        Some(pool) => Ok((id, pool)),
        None => Err(not_found("pool", given)),
    }
}

/// Adds a number to a pool, if it is in none and both have the same settings.
pub(super) fn associate_number(region: &mut Region, pool_id: &str, id: &str) -> Result<(), Fault> {
    let pool = region.pools.get_mut(pool_id);
    let pool = pool.ok_or_else(|| not_found("pool", pool_id))?;
    let number = region.phone_numbers.get_mut(id);
    let number = number.ok_or_else(|| not_found("phone-number", id))?;
    if number.contains_key("PoolId") {
        return Err(conflict(
            "PHONE_NUMBER_ASSOCIATED_TO_POOL",
            "phone-number",
            id,
        ));
    }
    for (setting, reason) in SHARED {
        if number.get(setting) != pool.members.get(setting) {
            return Err(conflict(reason, "phone-number", id));
        }
    }
    if pool.identities.len() >= MAX_IDENTITIES {
        return Err(over_quota("ORIGINATION_IDENTITIES_PER_POOL"));
    }
    number.insert("PoolId".into(), pool_id.into());
    pool.identities
        .insert(number["PhoneNumberArn"].as_str().unwrap_or_default().into());
    Ok(())
}

/// Creates a pool with the settings of its first identity.
pub(super) fn create(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.adding(request, |region| {
        if region.pools.len() >= MAX_POOLS {
            return Err(over_quota("POOLS_PER_ACCOUNT"));
        }
        let identity = Identity::find(region, &input)?;
        let id = format!("pool-{}", uuid::Uuid::new_v4().simple());
        let pool_arn = arn(&request.region, &format!("pool/{id}"));
        let mut pool = members(json!({
            "PoolArn": pool_arn,
            "PoolId": id,
            "Status": "ACTIVE",
            "MessageType": input["MessageType"],
            "TwoWayEnabled": false,
            "SelfManagedOptOutsEnabled": false,
            "OptOutListName": "Default",
            "SharedRoutesEnabled": false,
            "DeletionProtectionEnabled": false,
            "CreatedTimestamp": seconds(OffsetDateTime::now_utc()),
        }));
        copy(&input, &["DeletionProtectionEnabled"], &mut pool);
        let tags = region.tag(&pool_arn, &input["Tags"])?;
        let inherited = [
            "TwoWayEnabled",
            "TwoWayChannelArn",
            "TwoWayChannelRole",
            "SelfManagedOptOutsEnabled",
            "OptOutListName",
        ];
        let settings = identity.members(region).cloned();
        copy(&settings.unwrap_or_default().into(), &inherited, &mut pool);
        let pool = Pool {
            members: pool,
            identities: BTreeSet::new(),
        };
        region.pools.insert(id.clone(), pool);
        if let Err(refused) = join(region, &id, &identity) {
            region.pools.remove(&id);
            region.forget(&pool_arn);
            return Err(refused);
        }
        if let Some(number) = identity.described(region).get("OriginationIdentityArn") {
            keywords::inherit(region, number.as_str().unwrap_or_default(), &pool_arn);
        }
        let (_, pool) = find(region, &id)?;
        let mut created = pool.members.clone();
        created.insert("Tags".into(), tags);
        answer(&created)
    })
}

fn join(region: &mut Region, pool_id: &str, identity: &Identity) -> Result<(), Fault> {
    match identity {
        Identity::Number(id) => associate_number(region, pool_id, id),
        Identity::SenderId((id, _)) => {
            let identity_arn = identity.described(region);
            let identity_arn = identity_arn["OriginationIdentityArn"].as_str();
            let identity_arn = identity_arn.unwrap_or_default().to_owned();
            let (_, pool) = find(region, pool_id)?;
            if pool.identities.len() >= MAX_IDENTITIES {
                return Err(over_quota("ORIGINATION_IDENTITIES_PER_POOL"));
            }
            match pool.identities.insert(identity_arn) {
                true => Ok(()),
                false => Err(conflict("RESOURCE_ALREADY_ASSOCIATED", "sender-id", id)),
            }
        }
    }
}

pub(super) fn describe(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let pools = region.pools.values().map(|pool| pool.members.clone());
        let all = selected(&input, "PoolIds", pools, |id| {
            let pool = region.pools.get(named(id, "pool"));
            pool.map(|pool| pool.members.clone())
                .ok_or_else(|| not_found("pool", id))
        })?;
        Ok(described(request, &input, "Pools", all)?.into())
    })
}

pub(super) fn update(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let list = super::opt_outs::given(region, &input)?;
        let (_, pool) = find(region, text(&input, "PoolId"))?;
        numbers::change(&mut pool.members, &input, list)?;
        copy(&input, &["SharedRoutesEnabled"], &mut pool.members);
        answer(&pool.members)
    })
}

/// Deletes a pool, whose numbers stay.
pub(super) fn delete(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let (id, pool) = find(region, text(&input, "PoolId"))?;
        check_deletable(&pool.members, "pool", &id)?;
        let mut deleted = pool.members.clone();
        region.pools.remove(&id);
        for number in region.phone_numbers.values_mut() {
            if number.get("PoolId").is_some_and(|pool| *pool == id) {
                number.remove("PoolId");
            }
        }
        region.forget(&arn(&request.region, &format!("pool/{id}")));
        deleted.insert("Status".into(), "DELETING".into());
        deleted.remove("DeletionProtectionEnabled");
        answer(&deleted)
    })
}

pub(super) fn associate(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let id = id_of(region, text(&input, "PoolId"))?;
        let identity = Identity::find(region, &input)?;
        join(region, &id, &identity)?;
        of_pool(region, &id, &identity)
    })
}

fn of_pool(region: &mut Region, id: &str, identity: &Identity) -> Outcome {
    let mut described = identity.described(region);
    let (_, pool) = find(region, id)?;
    copy(
        &pool.members.clone().into(),
        &["PoolArn", "PoolId"],
        &mut described,
    );
    answer(&described)
}

pub(super) fn disassociate(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let id = id_of(region, text(&input, "PoolId"))?;
        let identity = Identity::find(region, &input)?;
        let (kind, name) = match &identity {
            Identity::Number(id) => ("phone-number", id.clone()),
            Identity::SenderId((id, _)) => ("sender-id", id.clone()),
        };
        let identity_arn = identity.described(region);
        let identity_arn = identity_arn["OriginationIdentityArn"].as_str();
        let identity_arn = identity_arn.unwrap_or_default().to_owned();
        let (_, pool) = find(region, &id)?;
        if !pool.identities.contains(&identity_arn) {
            return Err(match kind {
                "phone-number" => conflict("PHONE_NUMBER_NOT_ASSOCIATED_TO_POOL", kind, &name),
                _ => not_found(kind, &name),
            });
        }
        if pool.identities.len() == 1 {
            return Err(conflict("LAST_PHONE_NUMBER", kind, &name));
        }
        pool.identities.remove(&identity_arn);
        if let Identity::Number(number) = &identity
            && let Some(number) = region.phone_numbers.get_mut(number)
        {
            number.remove("PoolId");
        }
        of_pool(region, &id, &identity)
    })
}

pub(super) fn identities(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let id = id_of(region, text(&input, "PoolId"))?;
        let pool = region.pools.get(&id);
        let pool = pool.ok_or_else(|| not_found("pool", &id))?;
        let of_identity = |identity_arn: &String| {
            let mut input = json!({ "OriginationIdentity": identity_arn });
            if let Some((_, country)) = identity_arn.rsplit_once('/') {
                input["IsoCountryCode"] = country.into();
            }
            let identity = Identity::find(region, &input)?;
            let mut described = identity.described(region);
            let found = identity.members(region).cloned().unwrap_or_default();
            described.insert("NumberCapabilities".into(), json!(["SMS"]));
            copy(
                &found.into(),
                &["NumberCapabilities", "PhoneNumber"],
                &mut described,
            );
            Ok(described)
        };
        let all: Result<Vec<Members>, Fault> = pool.identities.iter().map(of_identity).collect();
        let mut listed = described(request, &input, "OriginationIdentities", all?)?;
        listed["PoolId"] = id.into();
        listed["PoolArn"] = pool.members["PoolArn"].clone();
        Ok(listed.into())
    })
}

/// Refuses to release a sender id that is in a pool.
pub(super) fn check_in_none(region: &Region, identity_arn: &str, id: &str) -> Result<(), Fault> {
    let mut pools = region.pools.values();
    match pools.any(|pool| pool.identities.contains(identity_arn)) {
        true => Err(conflict("SENDER_ID_ASSOCIATED_TO_POOL", "sender-id", id)),
        false => Ok(()),
    }
}

/// Refuses a name that stands for neither a number nor a pool.
pub(super) fn number_or_pool(region: &Region, given: &str) -> Result<(String, String), Fault> {
    if let Some(id) = numbers::id_of(region, given)
        && let Some(number) = region.phone_numbers.get(&id)
    {
        let number_arn = number["PhoneNumberArn"].as_str().unwrap_or_default();
        return Ok((number_arn.to_owned(), id));
    }
    let id = id_of(region, given).map_err(|_| match given.contains("pool") {
        true => not_found("pool", given),
        false => not_found("phone-number", given),
    })?;
    let pool = region.pools.get(&id).map(|pool| &pool.members["PoolArn"]);
    let pool_arn = pool.and_then(Value::as_str);
    let pool_arn = pool_arn.ok_or_else(|| invalid("INVALID_ARN", "The pool must have an ARN."))?;
    Ok((pool_arn.to_owned(), id))
}
