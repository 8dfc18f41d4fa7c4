//! `Search…` operations.

use super::*;

/// Creates queues with a description and tags, and returns the instance.
fn queues(account: &Account) -> String {
    let (instance, _) = account.instance("pin-sms");
    let listed = account.ok(
        Method::GET,
        &format!("/hours-of-operations-summary/{instance}"),
        Value::Null,
    );
    let hours = &listed["HoursOfOperationSummaryList"][0]["Id"];
    for (name, description, tags) in [
        ("Sales", "New customers", json!({"team": "a", "bpo": "123"})),
        ("Sales night", "After hours", json!({"team": "a"})),
        ("Support", "Customers with a fault", json!({"team": "b"})),
    ] {
        account.ok(
            Method::PUT,
            &format!("/queues/{instance}"),
            json!({"Name": name, "Description": description, "HoursOfOperationId": hours, "Tags": tags}),
        );
    }
    instance
}

fn names(account: &Account, instance: &str, members: Value) -> Vec<String> {
    let mut search = json!({"InstanceId": instance});
    for (member, value) in members.as_object().unwrap() {
        search[member] = value.clone();
    }
    let found = account.ok(Method::POST, "/search-queues", search);
    let queues = found["Queues"].as_array().unwrap();
    assert_eq!(found["ApproximateTotalCount"], queues.len());
    queues.iter().map(|queue| text(&queue["Name"])).collect()
}

fn string(field: &str, comparison: &str, value: &str) -> Value {
    json!({"StringCondition": {"FieldName": field, "Value": value, "ComparisonType": comparison}})
}

/// API reference, QueueSearchCriteria: conditions of all kinds are combined; name, description and
/// resourceID are the fields.
#[test]
fn criteria_are_a_tree_of_conditions() {
    let account = Account::new();
    let instance = queues(&account);
    for (criteria, expected) in [
        (string("name", "EXACT", "sales"), vec!["Sales"]),
        (
            string("Name", "STARTS_WITH", "SALES"),
            vec!["Sales", "Sales night"],
        ),
        (
            string("description", "CONTAINS", "customers"),
            vec!["Sales", "Support"],
        ),
        (
            json!({"OrConditions": [string("name", "EXACT", "support"), string("name", "CONTAINS", "night")]}),
            vec!["Sales night", "Support"],
        ),
        (
            json!({"AndConditions": [string("name", "CONTAINS", "sales"),
                                     string("description", "CONTAINS", "hours")]}),
            vec!["Sales night"],
        ),
        (
            json!({"AndConditions": [string("name", "STARTS_WITH", "s"), {"OrConditions": [
                string("description", "CONTAINS", "fault"), string("description", "CONTAINS", "new")]}]}),
            vec!["Sales", "Support"],
        ),
        (
            json!({"QueueTypeCondition": "STANDARD", "OrConditions": []}),
            vec![],
        ),
        (string("resourceID", "EXACT", "none"), vec![]),
    ] {
        let found = names(&account, &instance, json!({"SearchCriteria": criteria}));
        assert_eq!(found, expected, "{criteria}");
    }
    assert_eq!(names(&account, &instance, json!({})).len(), 4);
}

/// API reference, ControlPlaneTagFilter: an OR of AND, a list of lists.
#[test]
fn a_tag_filter_is_an_or_of_ands() {
    let account = Account::new();
    let instance = queues(&account);
    let tag = |key: &str, value: &str| json!({"TagKey": key, "TagValue": value});
    for (filter, expected) in [
        (
            json!({"TagCondition": tag("team", "a")}),
            vec!["Sales", "Sales night"],
        ),
        (
            json!({"AndConditions": [tag("team", "a"), tag("bpo", "123")]}),
            vec!["Sales"],
        ),
        (
            json!({"OrConditions": [[tag("team", "a"), tag("bpo", "123")], [tag("team", "b")]]}),
            vec!["Sales", "Support"],
        ),
        (json!({"TagCondition": tag("team", "A")}), vec![]),
    ] {
        let members = json!({"SearchFilter": {"TagFilter": filter}});
        assert_eq!(names(&account, &instance, members), expected, "{filter}");
    }
}

#[test]
fn a_field_that_cannot_be_searched_is_refused_wherever_it_is() {
    let account = Account::new();
    let instance = queues(&account);
    let nested =
        json!({"OrConditions": [{"AndConditions": [string("status", "EXACT", "ENABLED")]}]});
    let (status, code, body) = account.send(
        Method::POST,
        "/search-queues",
        json!({"InstanceId": instance, "SearchCriteria": nested}),
    );
    assert_eq!(
        (status.as_u16(), code),
        error(400, "InvalidParameterException")
    );
    assert_eq!(
        body["Message"],
        "FieldName must be one of name, description, resourceID, but was 'status'."
    );
}

#[test]
fn pages_of_a_search_count_all_that_match() {
    let account = Account::new();
    let instance = queues(&account);
    let mut search = json!({"InstanceId": instance, "MaxResults": 1,
                            "SearchCriteria": string("name", "CONTAINS", "sales")});
    let first = account.ok(Method::POST, "/search-queues", search.clone());
    assert_eq!(first["ApproximateTotalCount"], 2);
    assert_eq!(first["Queues"][0]["Name"], "Sales");
    search["NextToken"] = first["NextToken"].clone();
    let second = account.ok(Method::POST, "/search-queues", search);
    assert_eq!(second["Queues"][0]["Name"], "Sales night");
    assert_eq!(second["NextToken"], Value::Null);
}

/// API reference, HoursOfOperationSearchCriteria: the time zone is a field as well.
#[test]
fn hours_are_found_by_time_zone() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    account.ok(
        Method::PUT,
        &format!("/hours-of-operations/{instance}"),
        json!({"Name": "office", "TimeZone": "Asia/Tokyo", "Config": []}),
    );
    let found = account.ok(
        Method::POST,
        "/search-hours-of-operations",
        json!({"InstanceId": instance, "SearchCriteria": string("timezone", "EXACT", "asia/tokyo")}),
    );
    assert_eq!(found["HoursOfOperations"].as_array().unwrap().len(), 1);
    assert_eq!(found["HoursOfOperations"][0]["Name"], "office");
}

/// API reference, ContactFlowAttributeFilter.
#[test]
fn flows_are_found_by_type_and_tags_together() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    for (name, tags) in [("one", json!({"team": "a"})), ("two", json!({"team": "b"}))] {
        account.ok(
            Method::PUT,
            &format!("/contact-flows/{instance}"),
            json!({"Name": name, "Type": "CONTACT_FLOW", "Content": FLOW, "Tags": tags}),
        );
    }
    let found = |filter: Value| {
        let found = account.ok(
            Method::POST,
            "/search-contact-flows",
            json!({"InstanceId": instance, "SearchFilter": {"FlowAttributeFilter": filter}}),
        );
        let flows = found["ContactFlows"].as_array().unwrap().clone();
        let names = flows.iter().map(|flow| text(&flow["Name"]));
        names.collect::<Vec<_>>()
    };
    let team = |value: &str| json!([{"TagKey": "team", "TagValue": value}]);
    assert_eq!(
        found(json!({"AndCondition": {"TagConditions": team("a"),
                     "ContactFlowTypeCondition": {"ContactFlowType": "CONTACT_FLOW"}}})),
        ["one"]
    );
    assert_eq!(
        found(json!({"ContactFlowTypeCondition": {"ContactFlowType": "CUSTOMER_HOLD"}})),
        ["Default customer hold"]
    );
    let either =
        json!({"OrConditions": [{"TagConditions": team("a")}, {"TagConditions": team("b")}]});
    assert_eq!(found(either), ["one", "two"]);
}
