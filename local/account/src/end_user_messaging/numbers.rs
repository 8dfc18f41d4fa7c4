//! Phone numbers: requested, described, updated and released. A number is active at once.

use local_wire::{ApiRequest, Fault, Outcome};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::resources::{
    Members, Region, answer, arn, check_deletable, conflict, copy, described, invalid, members,
    named, not_found, over_quota, seconds, selected, text,
};
use super::{EndUserMessaging, keywords, pools};

const MAX_NUMBERS: usize = 25;

/// Countries whose numbers can be requested here, with the digits that they begin with.
const COUNTRIES: [(&str, &str); 20] = [
    ("AU", "614"),
    ("AT", "436"),
    ("BE", "324"),
    ("BR", "5511"),
    ("CA", "1604"),
    ("CH", "417"),
    ("DE", "4915"),
    ("DK", "45"),
    ("ES", "346"),
    ("FI", "3584"),
    ("FR", "336"),
    ("GB", "447"),
    ("IN", "91"),
    ("IT", "393"),
    ("JP", "8150"),
    ("NL", "316"),
    ("PT", "3519"),
    ("SE", "467"),
    ("SG", "65"),
    ("US", "1206"),
];

/// The members that an update changes.
pub(super) const UPDATED: [&str; 7] = [
    "TwoWayEnabled",
    "TwoWayChannelArn",
    "TwoWayChannelRole",
    "SelfManagedOptOutsEnabled",
    "OptOutListName",
    "InternationalSendingEnabled",
    "DeletionProtectionEnabled",
];

/// Returns the id of an existing number, given by id, ARN or the number itself.
pub(super) fn id_of(region: &Region, given: &str) -> Option<String> {
    let name = named(given, "phone-number");
    if region.phone_numbers.contains_key(name) {
        return Some(name.to_owned());
    }
    let digits = given.strip_prefix('+').unwrap_or(given);
    let mut numbers = region.phone_numbers.iter();
    let found = numbers.find(|(_, number)| {
        let number = number.get("PhoneNumber").and_then(Value::as_str);
        number.and_then(|number| number.strip_prefix('+')) == Some(digits)
    });
    found.map(|(id, _)| id.clone())
}

fn find<'a>(region: &'a mut Region, given: &str) -> Result<(String, &'a mut Members), Fault> {
    let id = named(given, "phone-number").to_owned();
    match region.phone_numbers.get_mut(&id) {
        Some(number) => Ok((id, number)),
        None => Err(not_found("phone-number", given)),
    }
}

pub(super) fn request(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    let country = text(&input, "IsoCountryCode");
    let prefix = COUNTRIES.iter().find(|(known, _)| *known == country);
    let Some((_, prefix)) = prefix else {
        return Err(invalid(
            "COUNTRY_NOT_ENABLED",
            &format!("The local account has no phone numbers of the country {country}."),
        ));
    };
    service.adding(request, |region| {
        if region.phone_numbers.len() >= MAX_NUMBERS {
            return Err(over_quota("PHONE_NUMBERS_PER_ACCOUNT"));
        }
        let list = input["OptOutListName"].as_str().unwrap_or("Default");
        let list = super::opt_outs::known(region, list)?;
        let random = uuid::Uuid::new_v4();
        let id = format!("phone-{}", random.simple());
        let rest = 11_usize.saturating_sub(prefix.len());
        let digits = format!("{:011}", random.as_u128() % 100_000_000_000);
        let number_arn = arn(&request.region, &format!("phone-number/{id}"));
        let mut number = members(json!({
            "PhoneNumberArn": number_arn,
            "PhoneNumberId": id,
            "PhoneNumber": format!("+{prefix}{}", &digits[..rest]),
            "Status": "ACTIVE",
            "MonthlyLeasingPrice": "1.00",
            "TwoWayEnabled": false,
            "SelfManagedOptOutsEnabled": false,
            "InternationalSendingEnabled": false,
            "DeletionProtectionEnabled": false,
            "CreatedTimestamp": seconds(OffsetDateTime::now_utc()),
        }));
        let given = [
            "IsoCountryCode",
            "MessageType",
            "NumberCapabilities",
            "NumberType",
            "RegistrationId",
            "InternationalSendingEnabled",
            "DeletionProtectionEnabled",
        ];
        copy(&input, &given, &mut number);
        number.insert("OptOutListName".into(), list.into());
        let pool = input["PoolId"].as_str().filter(|pool| !pool.is_empty());
        let pool = pool.map(|pool| pools::id_of(region, pool)).transpose()?;
        let tags = region.tag(&number_arn, &input["Tags"])?;
        region.phone_numbers.insert(id.clone(), number);
        keywords::of_new_number(region, &number_arn);
        if let Some(pool) = pool
            && let Err(mismatch) = pools::associate_number(region, &pool, &id)
        {
            region.phone_numbers.remove(&id);
            region.forget(&number_arn);
            return Err(mismatch);
        }
        let mut requested = region.phone_numbers.get(&id).cloned().unwrap_or_default();
        requested.insert("Tags".into(), tags);
        answer(&requested)
    })
}

pub(super) fn describe(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let all = selected(
            &input,
            "PhoneNumberIds",
            region.phone_numbers.values().cloned(),
            |id| {
                let number = region.phone_numbers.get(named(id, "phone-number"));
                number.cloned().ok_or_else(|| not_found("phone-number", id))
            },
        )?;
        Ok(described(request, &input, "PhoneNumbers", all)?.into())
    })
}

pub(super) fn update(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let list = super::opt_outs::given(region, &input)?;
        let (_, number) = find(region, text(&input, "PhoneNumberId"))?;
        change(number, &input, list)?;
        let mut updated = number.clone();
        updated.remove("PoolId");
        answer(&updated)
    })
}

/// Changes the settings of a number or a pool.
pub(super) fn change(
    resource: &mut Members,
    input: &Value,
    opt_out_list: Option<String>,
) -> Result<(), Fault> {
    let mut changed = resource.clone();
    copy(input, &UPDATED, &mut changed);
    if let Some(list) = opt_out_list {
        changed.insert("OptOutListName".into(), list.into());
    }
    if changed.get("TwoWayEnabled") == Some(&Value::Bool(true)) {
        if !changed.contains_key("TwoWayChannelArn") {
            return Err(invalid(
                "TWO_WAY_CHANNEL_NOT_PRESENT",
                "TwoWayChannelArn must be given to enable two-way messages.",
            ));
        }
    } else {
        changed.remove("TwoWayChannelArn");
        changed.remove("TwoWayChannelRole");
    }
    *resource = changed;
    Ok(())
}

pub(super) fn release(service: &EndUserMessaging, request: &ApiRequest) -> Outcome {
    let input = request.members()?;
    service.with(&request.region, |region| {
        let (id, number) = find(region, text(&input, "PhoneNumberId"))?;
        check_deletable(number, "phone-number", &id)?;
        if number.contains_key("PoolId") {
            return Err(conflict(
                "PHONE_NUMBER_ASSOCIATED_TO_POOL",
                "phone-number",
                &id,
            ));
        }
        let mut number = region.phone_numbers.remove(&id).unwrap_or_default();
        region.forget(&arn(&request.region, &format!("phone-number/{id}")));
        number.insert("Status".into(), "DELETED".into());
        number.remove("DeletionProtectionEnabled");
        number.remove("InternationalSendingEnabled");
        answer(&number)
    })
}
