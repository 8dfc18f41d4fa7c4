//! Statuses of agents.

use super::*;

fn listed(account: &Account, instance: &str, query: &str) -> Vec<(String, String)> {
    let path = format!("/agent-status/{instance}{query}");
    let listed = account.ok(Method::GET, &path, Value::Null);
    let listed = listed["AgentStatusSummaryList"].as_array().unwrap().iter();
    listed
        .map(|one| (text(&one["Name"]), text(&one["Type"])))
        .collect()
}

fn pair(name: &str, kind: &str) -> (String, String) {
    (name.to_owned(), kind.to_owned())
}

/// Administrator guide, "Add Custom Agent Status": the two default values, whose names can be changed. Their
/// types are in an agent's configuration in Amazon Connect Streams, and the word `agent-state` is that of
/// CloudFormation's pattern of AgentStatusArn.
#[test]
fn a_new_instance_has_the_statuses_available_and_offline() {
    let account = Account::new();
    let (instance, arn) = account.instance("pin-sms");
    let defaults = [pair("Available", "ROUTABLE"), pair("Offline", "OFFLINE")];
    assert_eq!(listed(&account, &instance, ""), defaults);
    let path = format!("/agent-status/{instance}");
    let all = account.ok(Method::GET, &path, Value::Null);
    let first = &all["AgentStatusSummaryList"][0];
    let id = text(&first["Id"]);
    assert_eq!(first["Arn"], format!("{arn}/agent-state/{id}"));
    let path = format!("{path}/{id}");
    account.ok(Method::POST, &path, json!({"Name": "Ready"}));
    assert_eq!(
        listed(&account, &instance, "?AgentStatusTypes=ROUTABLE"),
        [pair("Ready", "ROUTABLE")]
    );
}

/// API reference, CreateAgentStatus, UpdateAgentStatus and ListAgentStatuses; a new status is always
/// custom (administrator guide, "Add Custom Agent Status").
#[test]
fn a_status_is_created_changed_and_listed_by_type() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let path = format!("/agent-status/{instance}");
    let body = json!({"Name": "Lunch", "Description": "away", "State": "ENABLED",
                      "DisplayOrder": 3, "Tags": {"team": "a"}});
    let created = account.ok(Method::PUT, &path, body.clone());
    let status = format!("{path}/{}", text(&created["AgentStatusId"]));
    let found = || account.ok(Method::GET, &status, Value::Null)["AgentStatus"].clone();
    let first = found();
    for (member, value) in body.as_object().unwrap() {
        assert_eq!(first[member], *value, "{member}");
    }
    assert_eq!(first["Type"], "CUSTOM");
    let change = json!({"Name": "Break", "Description": "", "State": "DISABLED",
                        "ResetOrderNumber": true});
    account.ok(Method::POST, &status, change);
    let second = found();
    assert_eq!(second["Name"], "Break");
    assert_eq!(second["State"], "DISABLED");
    assert_eq!(second["Description"], Value::Null);
    assert_eq!(second["DisplayOrder"], Value::Null);
    assert_eq!(
        listed(&account, &instance, "?AgentStatusTypes=CUSTOM"),
        [pair("Break", "CUSTOM")]
    );
    let two = "?AgentStatusTypes=CUSTOM&AgentStatusTypes=OFFLINE";
    assert_eq!(listed(&account, &instance, two).len(), 2);
    assert_eq!(
        account.refused(
            Method::PUT,
            &path,
            json!({"Name": "Offline", "State": "ENABLED"})
        ),
        error(409, "DuplicateResourceException")
    );
}

/// API reference, AgentStatusSearchCriteria.
#[test]
fn statuses_are_searched_by_state_type_and_order() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    account.ok(
        Method::PUT,
        &format!("/agent-status/{instance}"),
        json!({"Name": "Lunch", "State": "DISABLED", "DisplayOrder": 3}),
    );
    for (field, value, expected) in [
        ("state", "DISABLED", "Lunch"),
        ("type", "ROUTABLE", "Available"),
        ("displayOrder", "3", "Lunch"),
    ] {
        let body = json!({"InstanceId": instance, "SearchCriteria": {"StringCondition":
            {"FieldName": field, "Value": value, "ComparisonType": "EXACT"}}});
        let found = account.ok(Method::POST, "/search-agent-statuses", body);
        let found = found["AgentStatuses"].as_array().unwrap();
        assert_eq!(found.len(), 1, "{field}");
        assert_eq!(found[0]["Name"], expected);
    }
}
