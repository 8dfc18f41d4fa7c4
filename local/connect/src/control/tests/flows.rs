//! Flows, versions and modules.

use super::*;

#[test]
fn flow_content_is_kept_byte_for_byte() {
    let account = Account::new();
    let (instance, instance_arn) = account.instance("pin-sms");
    let (flow, arn) = account.flow(&instance, "main");
    assert_eq!(arn, format!("{instance_arn}/contact-flow/{flow}"));
    for path in [
        format!("/contact-flows/{instance}/{flow}"),
        format!(
            "/contact-flows/{}/{}",
            encoded(&instance_arn),
            encoded(&arn)
        ),
        format!("/contact-flows/{instance}/{flow}:%24SAVED"),
    ] {
        let found = account.ok(Method::GET, &path, Value::Null);
        assert_eq!(found["ContactFlow"]["Content"], FLOW, "{path}");
        assert_eq!(found["ContactFlow"]["Type"], "CONTACT_FLOW");
        let sum = text(&found["ContactFlow"]["FlowContentSha256"]);
        assert_eq!(sum.len(), 64);
    }
    let create = |name: &str, content: &str| {
        account.refused(
            Method::PUT,
            &format!("/contact-flows/{instance}"),
            json!({"Name": name, "Type": "CONTACT_FLOW", "Content": content}),
        )
    };
    assert_eq!(
        create("main", FLOW),
        error(409, "DuplicateResourceException")
    );
    assert_eq!(create("x", ""), error(400, "InvalidParameterException"));
    account.ok(
        Method::POST,
        &format!("/contact-flows/{instance}/{flow}/name"),
        json!({"Name": "renamed", "Description": "text"}),
    );
    account.ok(
        Method::DELETE,
        &format!("/contact-flows/{instance}/{flow}"),
        Value::Null,
    );
    assert_eq!(
        account.refused(
            Method::GET,
            &format!("/contact-flows/{instance}/{flow}"),
            Value::Null
        ),
        error(404, "ResourceNotFoundException")
    );
}

#[test]
fn a_saved_flow_is_not_published() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let created = account.ok(
        Method::PUT,
        &format!("/contact-flows/{instance}"),
        json!({"Name": "draft", "Type": "CONTACT_FLOW", "Content": "not even JSON",
               "Status": "SAVED"}),
    );
    let id = text(&created["ContactFlowId"]);
    let path = format!("/contact-flows/{instance}/{id}");
    assert_eq!(
        account.refused(Method::GET, &path, Value::Null),
        error(404, "ContactFlowNotPublishedException")
    );
    let facts = account.facts(&instance);
    assert!(account.service.load_flow(&facts, &id).is_none());
    let draft = account.ok(Method::GET, &format!("{path}:$SAVED"), Value::Null);
    assert_eq!(draft["ContactFlow"]["Content"], "not even JSON");
    assert_eq!(draft["ContactFlow"]["Status"], "SAVED");

    account.ok(
        Method::POST,
        &format!("{path}/content"),
        json!({"Content": FLOW}),
    );
    let loaded = account.service.load_flow(&facts, &id).unwrap();
    assert_eq!(loaded.name, "draft");
    // A new draft does not change the content that calls execute.
    let saving = format!("/contact-flows/{instance}/{id}:$SAVED/content");
    account.ok(Method::POST, &saving, json!({"Content": "later"}));
    let published = account.ok(Method::GET, &path, Value::Null);
    assert_eq!(published["ContactFlow"]["Content"], FLOW);
    let found = account.ok(
        Method::POST,
        "/search-contact-flows",
        json!({"InstanceId": instance, "SearchCriteria": {"StringCondition":
            {"FieldName": "name", "Value": "DRA", "ComparisonType": "STARTS_WITH"}}}),
    );
    assert_eq!(found["ApproximateTotalCount"], 1);
    assert_eq!(found["ContactFlows"][0]["Name"], "draft");
}

#[test]
fn versions_never_change() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let (flow, arn) = account.flow(&instance, "main");
    let path = format!("/contact-flows/{instance}/{flow}");
    let created = account.ok(Method::PUT, &format!("{path}/version"), json!({}));
    assert_eq!(created["Version"], 1);
    assert_eq!(
        account.refused(
            Method::PUT,
            &format!("{path}/version"),
            json!({"FlowContentSha256": "0".repeat(64)})
        ),
        error(400, "InvalidParameterException")
    );
    let newer = FLOW.replace("bye", "adieu");
    account.ok(
        Method::POST,
        &format!("{path}/content"),
        json!({"Content": newer}),
    );
    let old = account.ok(Method::GET, &format!("{path}:1"), Value::Null);
    assert_eq!(old["ContactFlow"]["Content"], FLOW);
    assert_eq!(old["ContactFlow"]["Version"], 1);
    let listed = account.ok(Method::GET, &format!("{path}/versions"), Value::Null);
    assert_eq!(
        listed["ContactFlowVersionSummaryList"][0]["Arn"],
        format!("{arn}:1")
    );
    let facts = account.facts(&instance);
    assert!(
        account
            .service
            .load_flow(&facts, &format!("{arn}:1"))
            .is_some()
    );
    assert!(
        account
            .service
            .load_flow(&facts, &format!("{arn}:2"))
            .is_none()
    );
    assert_eq!(
        account.refused(Method::GET, &format!("{path}:2"), Value::Null),
        error(404, "ResourceNotFoundException")
    );
}

#[test]
fn modules_need_settings() {
    let account = Account::new();
    let (instance, instance_arn) = account.instance("pin-sms");
    let path = format!("/contact-flow-modules/{instance}");
    assert_eq!(
        account.refused(Method::PUT, &path, json!({"Name": "m", "Content": FLOW})),
        error(400, "InvalidRequestException")
    );
    let created = account.ok(Method::PUT, &path, json!({"Name": "m", "Content": MODULE}));
    let id = text(&created["Id"]);
    assert_eq!(created["Arn"], format!("{instance_arn}/flow-module/{id}"));
    let found = account.ok(Method::GET, &format!("{path}/{id}"), Value::Null);
    assert_eq!(found["ContactFlowModule"]["Content"], MODULE);
    // Lower case, against the model's enumeration: mgaffigan/pulumi-amazon-connect,
    // docs/wire-format-checks.md.
    assert_eq!(found["ContactFlowModule"]["Status"], "published");
    account.ok(
        Method::POST,
        &format!("{path}/{id}/metadata"),
        json!({"Name": "n", "Description": "d"}),
    );
    let listed = account.ok(
        Method::GET,
        &format!("/contact-flow-modules-summary/{instance}?state=ACTIVE"),
        Value::Null,
    );
    assert_eq!(listed["ContactFlowModulesSummaryList"][0]["Name"], "n");
    let facts = account.facts(&instance);
    let latest = format!("{id}:$LATEST");
    assert!(account.service.load_module(&facts, &latest).is_some());
    account.ok(Method::DELETE, &format!("{path}/{id}"), Value::Null);
    assert!(account.service.load_module(&facts, &id).is_none());
}

#[test]
fn a_refused_flow_leaves_the_published_content() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let wrong = FLOW.replace("DisconnectParticipant", "PlayPrompt");
    let (status, code, body) = account.send(
        Method::PUT,
        &format!("/contact-flows/{instance}"),
        json!({"Name": "wrong", "Type": "CONTACT_FLOW", "Content": wrong}),
    );
    assert_eq!(
        (status.as_u16(), code.as_str()),
        (400, "InvalidContactFlowException")
    );
    let problem = text(&body["problems"][0]["message"]);
    assert!(problem.contains("PlayPrompt"), "{problem}");

    let (flow, _) = account.flow(&instance, "main");
    let path = format!("/contact-flows/{instance}/{flow}");
    let update = json!({"Content": wrong});
    assert_eq!(
        account.refused(Method::POST, &format!("{path}/content"), update),
        error(400, "InvalidContactFlowException")
    );
    let kept = account.ok(Method::GET, &path, Value::Null);
    assert_eq!(kept["ContactFlow"]["Content"], FLOW);
}
