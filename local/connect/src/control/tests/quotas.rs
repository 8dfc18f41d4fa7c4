//! Quotas of an instance and limits of this account. The quotas of queues and hours are those of the administrator guide's page
//! "Amazon Connect service quotas"; the error of a reached one is a 429, since Terraform's provider retries
//! it (hashicorp/terraform-provider-aws#41118).

use super::*;

/// Creates resources until one is refused, and returns their number and the refusal.
fn created(account: &Account, path: &str, body: impl Fn(usize) -> Value) -> (usize, (u16, String)) {
    for number in 0..1_500 {
        let (status, code, _) = account.send(Method::PUT, path, body(number));
        if status != 200 {
            return (number, (status.as_u16(), code));
        }
    }
    panic!("{path}: 1,500 resources and no quota");
}

#[test]
fn an_instance_has_as_many_resources_as_its_quotas_allow() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let listed = account.ok(
        Method::GET,
        &format!("/hours-of-operations-summary/{instance}"),
        Value::Null,
    );
    let hours = listed["HoursOfOperationSummaryList"][0]["Id"].clone();
    let refused = error(429, "LimitExceededException");
    // A new instance has 19 flows, hours and a queue of its own. Flows and modules have a limit of
    // the account's own, above AWS's default quotas.
    assert_eq!(
        created(&account, &format!("/contact-flows/{instance}"), |number| {
            json!({"Name": format!("f{number}"), "Type": "CONTACT_FLOW", "Content": FLOW})
        }),
        (1_000 - 19, refused.clone())
    );
    assert_eq!(
        created(
            &account,
            &format!("/contact-flow-modules/{instance}"),
            |number| { json!({"Name": format!("m{number}"), "Content": MODULE}) }
        ),
        (1_000, refused.clone())
    );
    assert_eq!(
        created(&account, &format!("/queues/{instance}"), |number| {
            json!({"Name": format!("q{number}"), "HoursOfOperationId": hours})
        }),
        (50 - 1, refused.clone())
    );
    assert_eq!(
        created(
            &account,
            &format!("/hours-of-operations/{instance}"),
            |number| { json!({"Name": format!("h{number}"), "TimeZone": "UTC", "Config": []}) }
        ),
        (100 - 1, refused)
    );
}

/// Administrator guide, "Amazon Connect service quotas". A new instance has four security profiles, a
/// routing profile and two agent statuses.
#[test]
fn an_instance_has_as_many_users_profiles_and_groups_as_its_quotas_allow() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let first = |path: &str, list: &str| {
        let listed = account.ok(Method::GET, &format!("/{path}/{instance}"), Value::Null);
        listed[list][0]["Id"].clone()
    };
    let queue = first("queues-summary", "QueueSummaryList");
    let routing = first("routing-profiles-summary", "RoutingProfileSummaryList");
    let security = first("security-profiles-summary", "SecurityProfileSummaryList");
    account.ok(
        Method::POST,
        &format!("/user-hierarchy-structure/{instance}"),
        json!({"HierarchyStructure": {"LevelOne": {"Name": "Site"}}}),
    );
    let kinds: [(&str, &str, usize, Value); 5] = [
        (
            "security-profiles",
            "SecurityProfileName",
            100 - 4,
            json!({}),
        ),
        (
            "routing-profiles",
            "Name",
            100 - 1,
            json!({"Description": "d", "DefaultOutboundQueueId": queue,
                   "MediaConcurrencies": [{"Channel": "VOICE", "Concurrency": 1}]}),
        ),
        ("user-hierarchy-groups", "Name", 500, json!({})),
        (
            "users",
            "Username",
            500,
            json!({"Password": "Password123", "RoutingProfileId": routing,
                   "IdentityInfo": {"FirstName": "Mary", "LastName": "Major"},
                   "SecurityProfileIds": [security]}),
        ),
        ("agent-status", "Name", 50 - 2, json!({"State": "ENABLED"})),
    ];
    for (path, name, quota, members) in kinds {
        let body = |number: usize| {
            let mut body = members.clone();
            body[name] = format!("n{number}").into();
            body
        };
        assert_eq!(
            created(&account, &format!("/{path}/{instance}"), body),
            (quota, error(429, "LimitExceededException")),
            "{path}"
        );
    }
}

#[test]
fn a_deleted_flow_leaves_its_place_to_another_one() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let path = format!("/contact-flows/{instance}");
    let flow = |number: usize| json!({"Name": format!("f{number}"), "Type": "CONTACT_FLOW", "Content": FLOW});
    created(&account, &path, flow);
    let (status, _, listed) = account.send(
        Method::GET,
        &format!("/contact-flows-summary/{instance}"),
        Value::Null,
    );
    assert_eq!(status, 200);
    let id = text(&listed["ContactFlowSummaryList"][5]["Id"]);
    account.ok(Method::DELETE, &format!("{path}/{id}"), Value::Null);
    account.ok(Method::PUT, &path, flow(1_500));
}

/// AWS documents no quota of versions, so this is the account's own limit.
#[test]
fn a_flow_has_at_most_a_hundred_versions() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let (flow, _) = account.flow(&instance, "main");
    let path = format!("/contact-flows/{instance}/{flow}/version");
    let (versions, refused) = created(&account, &path, |_| json!({}));
    assert_eq!(
        (versions, refused),
        (100, error(429, "LimitExceededException"))
    );
}

/// AWS documents no quota of these either.
#[test]
fn a_module_has_at_most_a_hundred_versions_and_aliases() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let path = format!("/contact-flow-modules/{instance}");
    let module = account.ok(Method::PUT, &path, json!({"Name": "m", "Content": MODULE}));
    let path = format!("{path}/{}", text(&module["Id"]));
    let limit = (100, error(429, "LimitExceededException"));
    let version = |_| json!({});
    assert_eq!(
        created(&account, &format!("{path}/version"), version),
        limit
    );
    let alias =
        |number: usize| json!({"AliasName": format!("a{number}"), "ContactFlowModuleVersion": 1});
    assert_eq!(created(&account, &format!("{path}/alias"), alias), limit);
}

/// A version takes its module's content once more, as one of a flow does.
#[test]
fn the_versions_of_a_module_count_as_texts() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let path = format!("/contact-flow-modules/{instance}");
    let mut content: Value = serde_json::from_str(MODULE).unwrap();
    content["Metadata"] = json!({"note": "n".repeat(100_000)});
    let module = account.ok(
        Method::PUT,
        &path,
        json!({"Name": "m", "Content": content.to_string()}),
    );
    account.service.state().max_flow_bytes = 1024 * 1024;
    let path = format!("{path}/{}/version", text(&module["Id"]));
    let (versions, refused) = created(&account, &path, |_| json!({}));
    assert_eq!(refused, error(429, "LimitExceededException"));
    // Each takes twice its content, since its executable form takes memory as well.
    assert!((1..=3).contains(&versions), "{versions}");
}

/// The account's own limit of texts, of which a flow may have any number; 256 MiB, here 8.
#[test]
fn the_texts_of_flows_are_limited_together() {
    const MIB: usize = 1024 * 1024;
    let account = Account::new();
    account.service.state().max_flow_bytes = 8 * MIB;
    let (instance, _) = account.instance("pin-sms");
    let (flow, _) = account.flow(&instance, "main");
    let saved = format!("/contact-flows/{instance}");
    let body = |number: usize| {
        json!({"Name": format!("f{number}"), "Type": "CONTACT_FLOW", "Content": FLOW,
               "Status": "SAVED", "Description": "d".repeat(MIB / 4 - 1024)})
    };
    let (flows, refused) = created(&account, &saved, body);
    assert_eq!(refused, error(429, "LimitExceededException"));
    assert!((31..=32).contains(&flows), "{flows}");
    let (status, _, answer) = account.send(Method::PUT, &saved, body(100));
    assert_eq!(status, 429);
    assert!(text(&answer["Message"]).contains("8 MiB"), "{answer}");
    // A small change of a flow that is there needs room as well, and there is some.
    account.ok(
        Method::POST,
        &format!("/contact-flows/{instance}/{flow}/metadata"),
        json!({"Description": "short"}),
    );
}

/// The model limits the id of a flow to 500 characters.
#[test]
fn ids_of_a_queues_outbound_caller_are_limited() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let listed = account.ok(
        Method::GET,
        &format!("/queues-summary/{instance}"),
        Value::Null,
    );
    let queue = text(&listed["QueueSummaryList"][0]["Id"]);
    let path = format!("/queues/{instance}/{queue}/outbound-caller-config");
    for member in ["OutboundFlowId", "OutboundCallerIdNumberId"] {
        let config = |length: usize| json!({"OutboundCallerConfig": {member: "i".repeat(length)}});
        account.ok(Method::POST, &path, config(500));
        assert_eq!(
            account.refused(Method::POST, &path, config(501)),
            error(400, "InvalidParameterException"),
            "{member}"
        );
    }
}

#[test]
fn failed_claims_do_not_accumulate() {
    let account = Account::new();
    let (_, target) = account.instance("pin-sms");
    for _ in 0..5 {
        account.claim(&target);
    }
    let failed: Vec<String> = (0..110).map(|_| account.claim(&target).0).collect();
    let path = |id: &str| format!("/phone-number/{id}");
    let found = account.ok(Method::GET, &path(&failed[109]), Value::Null);
    assert_eq!(
        found["ClaimedPhoneNumberSummary"]["PhoneNumberStatus"]["Status"],
        "FAILED"
    );
    for (number, id) in failed.iter().enumerate() {
        let (status, ..) = account.send(Method::GET, &path(id), Value::Null);
        assert_eq!(status == 200, number >= 10, "{number}");
    }
}
