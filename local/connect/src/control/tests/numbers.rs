//! Phone numbers and the flows that answer them.

use super::*;
use crate::ClaimedNumber;

#[test]
fn numbers_are_claimed_once() {
    let account = Account::new();
    let (_, target) = account.instance("pin-sms");
    let (id, arn, number) = account.claim(&target);
    assert!(number.starts_with("+8150"));
    assert_eq!(
        arn,
        format!("arn:aws:connect:{REGION}:123456789012:phone-number/{id}")
    );
    let again = json!({"TargetArn": target, "PhoneNumber": number});
    let taken = error(400, "InvalidParameterException");
    assert_eq!(
        account.refused(Method::POST, "/phone-number/claim", again.clone()),
        taken
    );
    // hashicorp/terraform-provider-aws#45572.
    let (_, _, refusal) = account.send(Method::POST, "/phone-number/claim", again.clone());
    assert_eq!(
        refusal["Message"],
        format!("Phone number not available: {number}")
    );
    assert_ne!(account.offered(&target, "JP", "DID"), number.as_str());
    for name in [id.clone(), encoded(&arn)] {
        let path = format!("/phone-number/{name}");
        let found = account.ok(Method::GET, &path, Value::Null);
        let summary = &found["ClaimedPhoneNumberSummary"];
        assert_eq!(summary["PhoneNumberStatus"]["Status"], "CLAIMED");
        assert_eq!(summary["TargetArn"], target.as_str());
        assert_eq!(summary["PhoneNumberCountryCode"], "JP");
    }
    let listed = account.ok(
        Method::POST,
        "/phone-number/list",
        json!({"TargetArn": target, "PhoneNumberPrefix": "+81"}),
    );
    assert_eq!(
        listed["ListPhoneNumbersSummaryList"][0]["PhoneNumberId"],
        id
    );

    account.ok(Method::DELETE, &format!("/phone-number/{id}"), Value::Null);
    assert_eq!(
        account.refused(Method::GET, &format!("/phone-number/{id}"), Value::Null),
        error(404, "ResourceNotFoundException")
    );
    // A released number is not available for a while.
    assert_eq!(
        account.refused(Method::POST, "/phone-number/claim", again),
        taken
    );
}

/// hashicorp/terraform-provider-aws#45572: searches at the same time offer the same number, so the second claim
/// of a `for_each` fails.
#[test]
fn a_search_reserves_no_number() {
    let account = Account::new();
    let (_, target) = account.instance("pin-sms");
    let offered = account.offered(&target, "JP", "DID");
    assert_eq!(account.offered(&target, "JP", "DID"), offered);
}

#[test]
fn numbers_are_searched_by_country_type_and_prefix() {
    let account = Account::new();
    let (_, target) = account.instance("pin-sms");
    let search = |country: &str, kind: &str, prefix: &str| {
        account.ok(
            Method::POST,
            "/phone-number/search-available",
            json!({"TargetArn": target, "PhoneNumberCountryCode": country,
                   "PhoneNumberType": kind, "PhoneNumberPrefix": prefix}),
        )
    };
    for (country, kind, prefix) in [
        ("JP", "DID", "+813"),
        ("JP", "TOLL_FREE", "+81120"),
        ("JP", "TOLL_FREE", "+81800"),
        ("US", "DID", "+1206"),
        ("US", "TOLL_FREE", "+1888"),
        ("GB", "DID", "+44"),
        ("AU", "TOLL_FREE", "+61"),
    ] {
        let found = search(country, kind, prefix);
        let list = found["AvailableNumbersList"].as_array().unwrap();
        assert!(!list.is_empty(), "{country} {kind} {prefix}");
        for number in list {
            assert!(text(&number["PhoneNumber"]).starts_with(prefix));
        }
    }
    let none = search("BR", "DID", "+55");
    assert_eq!(none["AvailableNumbersList"], json!([]));
    assert_eq!(
        account.refused(
            Method::POST,
            "/phone-number/search-available",
            json!({"TargetArn": target, "PhoneNumberCountryCode": "JP",
                   "PhoneNumberType": "DID", "PhoneNumberPrefix": "81"}),
        ),
        error(400, "InvalidParameterException")
    );
}

#[test]
fn the_status_of_the_sixth_claim_is_failed() {
    let account = Account::new();
    let (id, target) = account.instance("pin-sms");
    for _ in 0..5 {
        account.claim(&target);
    }
    let (failed, ..) = account.claim(&target);
    let found = account.ok(Method::GET, &format!("/phone-number/{failed}"), Value::Null);
    let status = &found["ClaimedPhoneNumberSummary"]["PhoneNumberStatus"];
    assert_eq!(status["Status"], "FAILED");
    let listed = account.ok(
        Method::GET,
        &format!("/phone-numbers-summary/{id}"),
        Value::Null,
    );
    assert_eq!(
        listed["PhoneNumberSummaryList"].as_array().unwrap().len(),
        5
    );
}

#[test]
fn a_dialed_number_has_its_flow() {
    let account = Account::new();
    let (instance, target) = account.instance("pin-sms");
    let (flow, flow_arn) = account.flow(&instance, "main");
    let (id, arn, number) = account.claim(&target);
    assert_eq!(account.service.dialled(&number).unwrap().flow_id, None);

    let path = format!("/phone-number/{}/contact-flow", encoded(&arn));
    account.ok(
        Method::PUT,
        &path,
        json!({"InstanceId": instance, "ContactFlowId": flow_arn}),
    );
    let dialled = account.service.dialled(&number).unwrap();
    assert_eq!(dialled.flow_id.as_deref(), Some(flow.as_str()));
    assert_eq!(dialled.instance.alias, "pin-sms");
    let claimed = ClaimedNumber {
        number: number.clone(),
        region: dialled.instance.region.clone(),
        instance_alias: "pin-sms".to_owned(),
        flow_name: Some("main".to_owned()),
        functions: Vec::new(),
    };
    assert_eq!(account.service.claimed_numbers(), [claimed]);
    let association = json!([{"ResourceId": arn, "FlowId": flow_arn,
                              "ResourceType": "VOICE_PHONE_NUMBER"}]);
    let listed = account.ok(
        Method::GET,
        &format!("/flow-associations-summary/{instance}?ResourceType=VOICE_PHONE_NUMBER"),
        Value::Null,
    );
    assert_eq!(listed["FlowAssociationSummaryList"], association);
    let got = account.ok(
        Method::POST,
        &format!("/flow-associations-batch/{instance}"),
        json!({"ResourceIds": [arn]}),
    );
    assert_eq!(got["FlowAssociationSummaryList"], association);

    let path = format!("/phone-number/{id}/contact-flow?instanceId={instance}");
    account.ok(Method::DELETE, &path, Value::Null);
    assert_eq!(account.service.dialled(&number).unwrap().flow_id, None);
    account.ok(
        Method::DELETE,
        &format!("/instance/{instance}"),
        Value::Null,
    );
    assert_eq!(account.service.dialled(&number), None);
}

#[test]
fn a_number_moves_without_its_flow() {
    let account = Account::new();
    let (one, one_arn) = account.instance("one");
    let (two, two_arn) = account.instance("two");
    let (flow, _) = account.flow(&one, "main");
    let (id, _, number) = account.claim(&one_arn);
    let path = format!("/phone-number/{id}/contact-flow");
    let associate = json!({"InstanceId": one, "ContactFlowId": flow});
    account.ok(Method::PUT, &path, associate.clone());
    account.ok(
        Method::PUT,
        &format!("/phone-number/{id}"),
        json!({"TargetArn": two_arn}),
    );
    let dialled = account.service.dialled(&number).unwrap();
    assert_eq!((dialled.instance.id, dialled.flow_id), (two, None));
    assert_eq!(
        account.refused(Method::PUT, &path, associate),
        error(404, "ResourceNotFoundException")
    );
}

/// API_UpdatePhoneNumberMetadata.
#[test]
fn the_description_of_a_number_is_updated() {
    let account = Account::new();
    let (_, arn) = account.instance("pin-sms");
    let (id, _, _) = account.claim(&arn);
    let path = format!("/phone-number/{id}");
    let described = || {
        let found = account.ok(Method::GET, &path, Value::Null);
        found["ClaimedPhoneNumberSummary"]["PhoneNumberDescription"].clone()
    };
    let metadata = format!("{path}/metadata");
    let given = json!({"PhoneNumberDescription": "spring campaign"});
    account.ok(Method::PUT, &metadata, given);
    assert_eq!(described(), "spring campaign");
    account.ok(Method::PUT, &metadata, json!({}));
    assert_eq!(described(), "spring campaign");
    account.ok(
        Method::PUT,
        &metadata,
        json!({"PhoneNumberDescription": ""}),
    );
    assert_eq!(described(), Value::Null);
    assert_eq!(
        account.refused(
            Method::PUT,
            "/phone-number/11111111-2222-3333-4444-555555555555/metadata",
            json!({"PhoneNumberDescription": "x"})
        ),
        error(404, "ResourceNotFoundException")
    );
}

/// API_GetFlowAssociation: the types are those of messages and campaigns, of which the account has none.
#[test]
fn a_resource_without_a_flow_has_no_association() {
    let account = Account::new();
    let (id, arn) = account.instance("pin-sms");
    let (number, _, _) = account.claim(&arn);
    for kind in ["SMS_PHONE_NUMBER", "WHATSAPP_MESSAGING_PHONE_NUMBER"] {
        let path = format!("/flow-associations/{id}/{number}/{kind}");
        assert_eq!(
            account.refused(Method::GET, &path, Value::Null),
            error(404, "ResourceNotFoundException")
        );
    }
}
