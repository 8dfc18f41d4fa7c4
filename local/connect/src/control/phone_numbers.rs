//! Phone numbers.

use local_wire::{Declared, Fault, Outcome, delete, done, get, post, put, reply};
use serde::{Deserialize, Serialize};

use super::Serve::Now;
use super::{ControlRequest, Serve, description, reused_token};
use crate::ConnectService;
use crate::state::{PhoneNumber, State, Tags};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    post("SearchAvailablePhoneNumbers", "/phone-number/search-available", Now(search_available_phone_numbers)),
    post("ClaimPhoneNumber", "/phone-number/claim", Now(claim_phone_number)),
    get("DescribePhoneNumber", "/phone-number/{PhoneNumberId}", Now(describe_phone_number)),
    put("UpdatePhoneNumber", "/phone-number/{PhoneNumberId}", Now(update_phone_number)),
    put("UpdatePhoneNumberMetadata", "/phone-number/{PhoneNumberId}/metadata", Now(update_phone_number_metadata)),
    delete("ReleasePhoneNumber", "/phone-number/{PhoneNumberId}", Now(release_phone_number)),
    post("ListPhoneNumbersV2", "/phone-number/list", Now(list_phone_numbers_v2)),
    get("ListPhoneNumbers", "/phone-numbers-summary/{InstanceId}", Now(list_phone_numbers)),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Search {
    target_arn: Option<String>,
    instance_id: Option<String>,
    phone_number_country_code: String,
    phone_number_type: String,
    phone_number_prefix: Option<String>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AvailableNumber {
    phone_number: String,
    phone_number_country_code: &'static str,
    phone_number_type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AvailableNumbers {
    available_numbers_list: Vec<AvailableNumber>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Claim {
    target_arn: Option<String>,
    instance_id: Option<String>,
    phone_number: String,
    phone_number_description: Option<String>,
    tags: Option<Tags>,
    client_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Move {
    target_arn: Option<String>,
    instance_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewDescription {
    phone_number_description: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NumberIds<'a> {
    phone_number_id: &'a str,
    phone_number_arn: &'a str,
}

impl<'a> NumberIds<'a> {
    fn of(number: &'a PhoneNumber) -> Self {
        Self {
            phone_number_id: &number.id,
            phone_number_arn: &number.arn,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NumberStatus<'a> {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

/// `ClaimedPhoneNumberSummary` and `ListPhoneNumbersSummary`; the latter has neither tags nor
/// status.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NumberShape<'a> {
    #[serde(flatten)]
    ids: NumberIds<'a>,
    phone_number: &'a str,
    phone_number_country_code: &'static str,
    phone_number_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number_description: Option<&'a str>,
    target_arn: String,
    instance_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a Tags>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number_status: Option<NumberStatus<'a>>,
}

impl<'a> NumberShape<'a> {
    fn of(state: &State, region: &str, number: &'a PhoneNumber) -> Result<Self, Fault> {
        Ok(Self {
            ids: NumberIds::of(number),
            phone_number: &number.number,
            phone_number_country_code: number.country,
            phone_number_type: number.kind,
            phone_number_description: number.description.as_deref(),
            target_arn: state.instance(region, &number.instance_id)?.arn.clone(),
            instance_id: &number.instance_id,
            tags: None,
            phone_number_status: None,
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedNumber<'a> {
    claimed_phone_number_summary: NumberShape<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListV2 {
    target_arn: Option<String>,
    instance_id: Option<String>,
    max_results: Option<usize>,
    next_token: Option<String>,
    phone_number_country_codes: Option<Vec<String>>,
    phone_number_types: Option<Vec<String>>,
    phone_number_prefix: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NumberListV2<'a> {
    list_phone_numbers_summary_list: Vec<NumberShape<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OldNumber<'a> {
    id: &'a str,
    arn: String,
    phone_number: &'a str,
    phone_number_type: &'static str,
    phone_number_country_code: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NumberList<'a> {
    phone_number_summary_list: Vec<OldNumber<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl ControlRequest<'_> {
    /// Returns `TargetArn` or `InstanceId`, exactly one of which must be given.
    fn target(&self, arn: Option<String>, id: Option<String>) -> Result<String, Fault> {
        match (arn, id) {
            (Some(target), None) | (None, Some(target)) => Ok(target),
            (Some(_), Some(_)) => {
                Err(self.invalid("Only one of TargetArn and InstanceId may be given."))
            }
            (None, None) => Err(self.invalid("TargetArn or InstanceId is required.")),
        }
    }

    /// Validates a prefix, which "must contain `+` as part of the country code". The model's pattern is
    /// escaped twice.
    fn prefix(&self, prefix: Option<&str>) -> Result<(), Fault> {
        let Some(prefix) = prefix else { return Ok(()) };
        let digits = prefix.strip_prefix('+').unwrap_or_default();
        if (1..=11).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(());
        }
        Err(self.invalid(format!(
            "PhoneNumberPrefix must be + and 1 to 11 digits, but was {prefix}."
        )))
    }
}

fn search_available_phone_numbers(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let input: Search = request.input()?;
    request.prefix(input.phone_number_prefix.as_deref())?;
    let target = request.target(input.target_arn, input.instance_id)?;
    let page = request.page(input.max_results, input.next_token.as_deref(), 10)?;
    let state = service.state();
    // The operation does not document ResourceNotFoundException.
    state
        .instance(request.region(), &target)
        .map_err(|fault| request.invalid(fault.message))?;
    let found = state.available(
        &input.phone_number_country_code,
        &input.phone_number_type,
        input.phone_number_prefix.as_deref().unwrap_or_default(),
    );
    let (available_numbers_list, next_token) = page.cut(found.map(|found| AvailableNumber {
        phone_number: found.number,
        phone_number_country_code: found.country,
        phone_number_type: found.kind,
    }));
    reply(&AvailableNumbers {
        available_numbers_list,
        next_token,
    })
}

fn claim_phone_number(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: Claim = request.input()?;
    let target = request.target(input.target_arn, input.instance_id)?;
    let text = input.phone_number_description;
    let tags = input.tags.unwrap_or_default();
    let token = input.client_token.as_deref();

    let mut state = service.state();
    let body = &request.body;
    let earlier = state
        .region_mut(request.region())
        .tokens
        .earlier("ClaimPhoneNumber", token, body)
        .map_err(|_| reused_token())?;
    if let Some(number) = earlier.and_then(|id| state.number(request.region(), &id).ok()) {
        return reply(&NumberIds::of(number));
    }
    let number = state.claim(request.region(), &target, &input.phone_number)?;
    number.description = description(text);
    number.tags = tags;
    let number = number.clone();
    let tokens = &mut state.region_mut(request.region()).tokens;
    tokens.record("ClaimPhoneNumber", token, body, &number.id);
    reply(&NumberIds::of(&number))
}

fn describe_phone_number(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let state = service.state();
    let number = state.number(request.region(), request.path("PhoneNumberId"))?;
    let mut shape = NumberShape::of(&state, request.region(), number)?;
    shape.tags = Some(&number.tags);
    shape.phone_number_status = Some(NumberStatus {
        status: if number.claimed() {
            "CLAIMED"
        } else {
            "FAILED"
        },
        message: number.failure.as_deref(),
    });
    reply(&DescribedNumber {
        claimed_phone_number_summary: shape,
    })
}

fn update_phone_number(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: Move = request.input()?;
    let target = request.target(input.target_arn, input.instance_id)?;
    let mut state = service.state();
    let number = state.move_number(request.region(), request.path("PhoneNumberId"), &target)?;
    reply(&NumberIds::of(number))
}

fn update_phone_number_metadata(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: NewDescription = request.input()?;
    let text = input.phone_number_description;
    let mut state = service.state();
    let number = state.number_mut(request.region(), request.path("PhoneNumberId"))?;
    if text.is_some() {
        number.description = description(text);
    }
    done()
}

fn release_phone_number(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let mut state = service.state();
    state.release(request.region(), request.path("PhoneNumberId"))?;
    done()
}

fn list_phone_numbers_v2(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: ListV2 = request.input()?;
    let countries = input.phone_number_country_codes.unwrap_or_default();
    let kinds = input.phone_number_types.unwrap_or_default();
    request.prefix(input.phone_number_prefix.as_deref())?;
    let page = request.page(input.max_results, input.next_token.as_deref(), 100)?;
    let state = service.state();
    let target = input.target_arn.or(input.instance_id);
    let instance_id = target
        .map(|target| state.instance(request.region(), &target))
        .transpose()?
        .map(|instance| instance.id.as_str());
    let prefix = input.phone_number_prefix.unwrap_or_default();
    let numbers = state
        .region(request.region())
        .into_iter()
        .flat_map(|region| &region.numbers)
        .filter(|number| {
            number.claimed()
                && instance_id.is_none_or(|id| number.instance_id == id)
                && matches(&countries, number.country)
                && matches(&kinds, number.kind)
                && number.number.starts_with(&prefix)
        });
    let (page, next_token) = page.cut(numbers);
    let shapes = page
        .into_iter()
        .map(|number| NumberShape::of(&state, request.region(), number));
    reply(&NumberListV2 {
        list_phone_numbers_summary_list: shapes.collect::<Result<_, _>>()?,
        next_token,
    })
}

/// Reports whether a filter contains the value. An empty filter matches everything.
fn matches(filter: &[String], value: &str) -> bool {
    filter.is_empty() || filter.iter().any(|one| one == value)
}

fn list_phone_numbers(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let kinds = request.query_all("phoneNumberTypes");
    let countries = request.query_all("phoneNumberCountryCodes");
    let page = request.query_page(100)?;
    let state = service.state();
    let instance = request.instance(&state)?;
    let numbers = state
        .region(request.region())
        .into_iter()
        .flat_map(|region| &region.numbers)
        .filter(|number| {
            number.claimed()
                && number.instance_id == instance.id
                && matches(&countries, number.country)
                && matches(&kinds, number.kind)
        });
    let (phone_number_summary_list, next_token) = page.cut(numbers.map(|number| OldNumber {
        id: &number.id,
        // An older form of the ARN, which cannot be tagged (documentation of ListPhoneNumbers).
        arn: format!("{}/phone-number/{}", instance.arn, number.id),
        phone_number: &number.number,
        phone_number_type: number.kind,
        phone_number_country_code: number.country,
    }));
    reply(&NumberList {
        phone_number_summary_list,
        next_token,
    })
}
