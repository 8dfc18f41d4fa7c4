//! Quick connects, and their place in queues.

use super::*;

struct Place {
    account: Account,
    instance: String,
    /// The path of the queue "support".
    queue: String,
    queue_id: String,
    flow: String,
}

fn place() -> Place {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let (flow, _) = account.flow(&instance, "transfer");
    let queue_id = new_queue(&account, &instance, json!({"Name": "support"}));
    Place {
        queue: format!("/queues/{instance}/{queue_id}"),
        account,
        instance,
        queue_id,
        flow,
    }
}

fn new_queue(account: &Account, instance: &str, mut members: Value) -> String {
    let path = format!("/hours-of-operations-summary/{instance}");
    let listed = account.ok(Method::GET, &path, Value::Null);
    members["HoursOfOperationId"] = listed["HoursOfOperationSummaryList"][0]["Id"].clone();
    let path = format!("/queues/{instance}");
    text(&account.ok(Method::PUT, &path, members)["QueueId"])
}

fn phone(number: &str) -> Value {
    json!({"QuickConnectType": "PHONE_NUMBER", "PhoneConfig": {"PhoneNumber": number}})
}

impl Place {
    fn create(&self, name: &str, config: &Value) -> (StatusCode, String, Value) {
        let path = format!("/quick-connects/{}", self.instance);
        let body = json!({"Name": name, "QuickConnectConfig": config});
        self.account.send(Method::PUT, &path, body)
    }

    fn created(&self, name: &str, config: &Value) -> String {
        let (status, _, created) = self.create(name, config);
        assert_eq!(status, 200, "{config}: {created}");
        text(&created["QuickConnectId"])
    }

    fn get(&self, path: &str) -> Value {
        self.account.ok(Method::GET, path, Value::Null)
    }

    fn queued(&self) -> Vec<String> {
        let listed = self.get(&format!("{}/quick-connects", self.queue));
        let listed = listed["QuickConnectSummaryList"].as_array().unwrap();
        listed.iter().map(|one| text(&one["Name"])).collect()
    }
}

/// The provider's acceptance test of aws_connect_quick_connect: the ARN has the word
/// `transfer-destination`, and name, description and configuration read back as they were given.
#[test]
fn a_quick_connect_is_created_described_changed_and_deleted() {
    let place = place();
    let account = &place.account;
    let path = format!("/quick-connects/{}", place.instance);
    let created = account.ok(
        Method::PUT,
        &path,
        json!({"Name": "boss", "Description": "old", "QuickConnectConfig": phone("+12345678912"),
               "Tags": {"team": "a"}}),
    );
    let (id, arn) = (
        text(&created["QuickConnectId"]),
        text(&created["QuickConnectARN"]),
    );
    assert!(
        arn.ends_with(&format!("/transfer-destination/{id}")),
        "{arn}"
    );
    let one = format!("{path}/{id}");
    let read = place.get(&one)["QuickConnect"].clone();
    assert_eq!(read["Name"], "boss");
    assert_eq!(read["Description"], "old");
    assert_eq!(read["QuickConnectConfig"], phone("+12345678912"));
    assert_eq!(read["Tags"], json!({"team": "a"}));

    // The provider sends both members, with an empty description for none.
    account.ok(
        Method::POST,
        &format!("{one}/name"),
        json!({"Name": "chief", "Description": ""}),
    );
    let config = json!({"QuickConnectType": "QUEUE",
        "QueueConfig": {"QueueId": place.queue_id, "ContactFlowId": place.flow}});
    account.ok(
        Method::POST,
        &format!("{one}/config"),
        json!({"QuickConnectConfig": config}),
    );
    let read = place.get(&one)["QuickConnect"].clone();
    assert_eq!(read["Name"], "chief");
    assert_eq!(read["Description"], Value::Null);
    assert_eq!(read["QuickConnectConfig"], config);

    account.ok(Method::DELETE, &one, Value::Null);
    let gone = error(404, "ResourceNotFoundException");
    assert_eq!(account.refused(Method::GET, &one, Value::Null), gone);
    assert_eq!(account.refused(Method::DELETE, &one, Value::Null), gone);
}

/// API reference, UpdateQuickConnectName: "At least Name or Description must be provided."
#[test]
fn an_update_without_name_and_description_is_refused() {
    let place = place();
    let id = place.created("boss", &phone("+12345678912"));
    let path = format!("/quick-connects/{}/{id}/name", place.instance);
    assert_eq!(
        place.account.refused(Method::POST, &path, json!({})),
        error(400, "InvalidParameterException")
    );
}

#[test]
fn names_of_quick_connects_are_unique() {
    let place = place();
    place.created("boss", &phone("+12345678912"));
    let (status, code, _) = place.create("boss", &phone("+12345678913"));
    assert_eq!(
        (status.as_u16(), code),
        error(409, "DuplicateResourceException")
    );
}

/// API reference, QuickConnectConfig: each type requires its configuration, and a phone number is in
/// E.164 format.
#[test]
fn a_configuration_must_fit_its_type() {
    let place = place();
    for config in [
        json!({"QuickConnectType": "PHONE_NUMBER"}),
        json!({"QuickConnectType": "QUEUE", "PhoneConfig": {"PhoneNumber": "+12345678912"}}),
        json!({"QuickConnectType": "USER"}),
        phone("12345678912"),
        phone("+0123456789"),
        phone("+1234567890123456"),
        phone("+1 234 567"),
    ] {
        let (status, code, _) = place.create("boss", &config);
        assert_eq!(
            (status.as_u16(), code),
            error(400, "InvalidParameterException"),
            "{config}"
        );
    }
}

#[test]
fn queues_users_and_flows_of_a_quick_connect_must_exist() {
    let place = place();
    let (flow, queue) = (&place.flow, &place.queue_id);
    for config in [
        json!({"QuickConnectType": "QUEUE", "QueueConfig": {"QueueId": "none", "ContactFlowId": flow}}),
        json!({"QuickConnectType": "QUEUE", "QueueConfig": {"QueueId": queue, "ContactFlowId": "none"}}),
        json!({"QuickConnectType": "USER", "UserConfig": {"UserId": "none", "ContactFlowId": flow}}),
        json!({"QuickConnectType": "FLOW", "FlowConfig": {"ContactFlowId": "none"}}),
    ] {
        let (status, code, _) = place.create("boss", &config);
        assert_eq!(
            (status.as_u16(), code),
            error(404, "ResourceNotFoundException"),
            "{config}"
        );
    }
    let config = json!({"QuickConnectType": "FLOW", "FlowConfig": {"ContactFlowId": flow}});
    place.created("flow", &config);
}

#[test]
fn quick_connects_are_listed_by_type_and_searched() {
    let place = place();
    place.created("boss", &phone("+12345678912"));
    place.created(
        "support",
        &json!({"QuickConnectType": "QUEUE",
                "QueueConfig": {"QueueId": place.queue_id, "ContactFlowId": place.flow}}),
    );
    let names = |query: &str| {
        let listed = place.get(&format!("/quick-connects/{}{query}", place.instance));
        let listed = listed["QuickConnectSummaryList"]
            .as_array()
            .unwrap()
            .clone();
        let names = listed.iter().map(|one| text(&one["Name"]));
        names.collect::<Vec<_>>()
    };
    assert_eq!(names("?maxResults=60"), ["boss", "support"]);
    assert_eq!(names("?QuickConnectTypes=QUEUE"), ["support"]);
    assert_eq!(
        names("?QuickConnectTypes=QUEUE&QuickConnectTypes=PHONE_NUMBER"),
        ["boss", "support"]
    );
    assert_eq!(names("?QuickConnectTypes=USER"), Vec::<String>::new());
    let found = place.account.ok(
        Method::POST,
        "/search-quick-connects",
        json!({"InstanceId": place.instance, "SearchCriteria": {"StringCondition":
            {"FieldName": "name", "Value": "BOS", "ComparisonType": "STARTS_WITH"}}}),
    );
    assert_eq!(found["ApproximateTotalCount"], 1);
    assert_eq!(
        found["QuickConnects"][0]["QuickConnectConfig"],
        phone("+12345678912")
    );
}

#[test]
fn a_queue_has_the_quick_connects_that_are_associated_with_it() {
    let place = place();
    let account = &place.account;
    let ids: Vec<String> = ["a", "b", "c"]
        .map(|name| place.created(name, &phone("+12345678912")))
        .into();
    let change = |what: &str, ids: &[String]| {
        let path = format!("{}/{what}-quick-connects", place.queue);
        account.send(Method::POST, &path, json!({"QuickConnectIds": ids}))
    };
    assert_eq!(place.queued(), Vec::<String>::new());
    assert_eq!(change("associate", &ids[..2]).0, 200);
    assert_eq!(change("associate", &ids[1..]).0, 200);
    assert_eq!(place.queued(), ["a", "b", "c"]);
    assert_eq!(change("disassociate", &ids[..1]).0, 200);
    assert_eq!(place.queued(), ["b", "c"]);
    // One that is deleted leaves its queues.
    let path = format!("/quick-connects/{}/{}", place.instance, ids[1]);
    account.ok(Method::DELETE, &path, Value::Null);
    assert_eq!(place.queued(), ["c"]);
    let (status, code, _) = change("associate", &["none".into()]);
    assert_eq!(
        (status.as_u16(), code),
        error(404, "ResourceNotFoundException")
    );
}

/// The words are recorded on the service (hashicorp/terraform-provider-aws#46072).
#[test]
fn a_queue_is_created_with_at_most_fifty_quick_connects() {
    let place = place();
    let id = place.created("a", &phone("+12345678912"));
    new_queue(
        &place.account,
        &place.instance,
        json!({"Name": "with one", "QuickConnectIds": [id]}),
    );
    let path = format!("/queues/{}", place.instance);
    for (path, method) in [
        (path, Method::PUT),
        (
            format!("{}/associate-quick-connects", place.queue),
            Method::POST,
        ),
        (
            format!("{}/disassociate-quick-connects", place.queue),
            Method::POST,
        ),
    ] {
        let body = json!({"Name": "with many", "HoursOfOperationId": "h", "QuickConnectIds": vec![&id; 51]});
        let (status, code, body) = place.account.send(method, &path, body);
        assert_eq!(
            (status.as_u16(), code),
            error(400, "InvalidParameterException")
        );
        assert_eq!(
            body["Message"],
            "QuickConnectIds must include at most 50 items"
        );
    }
}

/// The provider retries ResourceInUseException of DeleteQueue, which the operation documents.
#[test]
fn a_queue_of_a_quick_connect_is_not_deleted() {
    let place = place();
    let id = place.created(
        "support",
        &json!({"QuickConnectType": "QUEUE",
                "QueueConfig": {"QueueId": place.queue_id, "ContactFlowId": place.flow}}),
    );
    let (status, code, body) = place
        .account
        .send(Method::DELETE, &place.queue, Value::Null);
    assert_eq!(
        (status.as_u16(), code),
        error(409, "ResourceInUseException")
    );
    assert!(text(&body["Message"]).contains("support"), "{body}");
    let path = format!("/quick-connects/{}/{id}", place.instance);
    place.account.ok(Method::DELETE, &path, Value::Null);
    place.account.ok(Method::DELETE, &place.queue, Value::Null);
}

/// Administrator guide, "Amazon Connect service quotas": 100 quick connects per instance.
#[test]
fn an_instance_has_at_most_a_hundred_quick_connects() {
    let place = place();
    for number in 0..100 {
        place.created(&format!("q{number}"), &phone("+12345678912"));
    }
    let (status, code, _) = place.create("more", &phone("+12345678912"));
    assert_eq!(
        (status.as_u16(), code),
        error(429, "LimitExceededException")
    );
}
