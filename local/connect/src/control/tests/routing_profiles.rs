//! Routing profiles and their queues.

use super::*;

fn queue(account: &Account, instance: &str, name: &str) -> String {
    let path = format!("/hours-of-operations-summary/{instance}");
    let hours = account.ok(Method::GET, &path, Value::Null);
    let hours = &hours["HoursOfOperationSummaryList"][0]["Id"];
    let body = json!({"Name": name, "HoursOfOperationId": hours});
    let path = format!("/queues/{instance}");
    text(&account.ok(Method::PUT, &path, body)["QueueId"])
}

fn config(queue: &str, channel: &str, priority: u8, delay: u16) -> Value {
    json!({"QueueReference": {"QueueId": queue, "Channel": channel},
           "Priority": priority, "Delay": delay})
}

fn new_profile(name: &str, queue: &str) -> Value {
    json!({"Name": name, "Description": "first", "DefaultOutboundQueueId": queue,
           "MediaConcurrencies": [{"Channel": "VOICE", "Concurrency": 1}]})
}

fn created(account: &Account, instance: &str, body: Value) -> String {
    let path = format!("/routing-profiles/{instance}");
    text(&account.ok(Method::PUT, &path, body)["RoutingProfileId"])
}

fn described(account: &Account, instance: &str, profile: &str) -> Value {
    let path = format!("/routing-profiles/{instance}/{profile}");
    account.ok(Method::GET, &path, Value::Null)["RoutingProfile"].clone()
}

/// Returns name, channel, priority and delay of each queue.
fn queues(account: &Account, instance: &str, profile: &str) -> Vec<Value> {
    let path = format!("/routing-profiles/{instance}/{profile}/queues?maxResults=60");
    let listed = account.ok(Method::GET, &path, Value::Null);
    let listed = listed["RoutingProfileQueueConfigSummaryList"].as_array();
    let listed = listed.unwrap().iter();
    listed
        .map(|one| {
            json!([
                one["QueueName"],
                one["Channel"],
                one["Priority"],
                one["Delay"]
            ])
        })
        .collect()
}

/// AWS CLI's example of list-routing-profiles has the name; concurrencies and queue are recorded in
/// `connect_comprehensive_stack/ROUTING_PROFILES.md` of alokkulkarni/awsTfElements.
#[test]
fn a_new_instance_has_the_basic_routing_profile() {
    let account = Account::new();
    let (instance, arn) = account.instance("pin-sms");
    let path = format!("/routing-profiles-summary/{instance}");
    let listed = account.ok(Method::GET, &path, Value::Null);
    let listed = listed["RoutingProfileSummaryList"].as_array().unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["Name"], "Basic Routing Profile");
    let id = text(&listed[0]["Id"]);
    assert_eq!(listed[0]["Arn"], format!("{arn}/routing-profile/{id}"));
    let found = described(&account, &instance, &id);
    assert_eq!(found["IsDefault"], true);
    let media = found["MediaConcurrencies"].as_array().unwrap();
    let media: Vec<_> = media
        .iter()
        .map(|one| json!([one["Channel"], one["Concurrency"]]))
        .collect();
    assert_eq!(
        media,
        [json!(["CHAT", 2]), json!(["TASK", 1]), json!(["VOICE", 1])]
    );
    assert_eq!(
        queues(&account, &instance, &id),
        ["CHAT", "TASK", "VOICE"].map(|channel| json!(["BasicQueue", channel, 1, 0]))
    );
}

/// aws_connect_routing_profile of Terraform's provider reads these members and changes them with an
/// operation each. aws/aws-sdk-js-v3#6356 has an output with the timer, IsDefault and the behavior of a
/// channel that were not given, and without AssociatedQueueIds.
#[test]
fn a_routing_profile_is_created_changed_and_deleted() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let (first, second) = (
        queue(&account, &instance, "first"),
        queue(&account, &instance, "second"),
    );
    let mut body = new_profile("desk", &first);
    body["Tags"] = json!({"team": "a"});
    let id = created(&account, &instance, body);
    let found = described(&account, &instance, &id);
    assert_eq!(found["InstanceId"], instance);
    assert_eq!(found["Tags"], json!({"team": "a"}));
    assert_eq!(found["DefaultOutboundQueueId"], first);
    assert_eq!(found["AgentAvailabilityTimer"], "TIME_SINCE_LAST_ACTIVITY");
    assert_eq!(found["IsDefault"], false);
    assert_eq!(found["AssociatedQueueIds"], Value::Null);
    assert_eq!(
        found["MediaConcurrencies"],
        json!([{"Channel": "VOICE", "Concurrency": 1,
                "CrossChannelBehavior": {"BehaviorType": "ROUTE_CURRENT_CHANNEL_ONLY"}}])
    );

    let path = format!("/routing-profiles/{instance}/{id}");
    let change = |what: &str, body: Value| {
        account.ok(Method::POST, &format!("{path}/{what}"), body);
    };
    let media = json!([{"Channel": "CHAT", "Concurrency": 10,
                        "CrossChannelBehavior": {"BehaviorType": "ROUTE_ANY_CHANNEL"}}]);
    change("name", json!({"Name": "new", "Description": "second"}));
    change("concurrency", json!({"MediaConcurrencies": media}));
    change(
        "default-outbound-queue",
        json!({"DefaultOutboundQueueId": second}),
    );
    change(
        "agent-availability-timer",
        json!({"AgentAvailabilityTimer": "TIME_SINCE_LAST_INBOUND"}),
    );
    let found = described(&account, &instance, &id);
    assert_eq!(found["Name"], "new");
    assert_eq!(found["Description"], "second");
    assert_eq!(found["MediaConcurrencies"], media);
    assert_eq!(found["DefaultOutboundQueueId"], second);
    assert_eq!(found["AgentAvailabilityTimer"], "TIME_SINCE_LAST_INBOUND");

    account.ok(Method::DELETE, &path, Value::Null);
    assert_eq!(
        account.refused(Method::GET, &path, Value::Null),
        error(404, "ResourceNotFoundException")
    );
}

/// API reference, MediaConcurrency: 1 for VOICE, 1 to 10 for CHAT and TASK. A channel has one
/// concurrency.
#[test]
fn concurrencies_outside_of_their_range_are_refused() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let queue = queue(&account, &instance, "first");
    for media in [
        json!([{"Channel": "VOICE", "Concurrency": 2}]),
        json!([{"Channel": "CHAT", "Concurrency": 0}]),
        json!([{"Channel": "TASK", "Concurrency": 11}]),
        json!([{"Channel": "TASK"}]),
        json!([{"Channel": "TASK", "Concurrency": 1}, {"Channel": "TASK", "Concurrency": 2}]),
        json!([{"Channel": "VOICE", "WorkloadTypeConcurrencies":
                [{"WorkloadType": "sales", "Concurrency": 2}]}]),
    ] {
        let mut body = new_profile("desk", &queue);
        body["MediaConcurrencies"] = media.clone();
        assert_eq!(
            account.refused(Method::PUT, &format!("/routing-profiles/{instance}"), body),
            error(400, "InvalidParameterException"),
            "{media}"
        );
    }
}

/// Terraform's provider sends up to 10 queues with CreateRoutingProfile, and more in batches of 10; it
/// changes a queue by disassociating and associating it, "since Queue and channel type combination
/// cannot be duplicated".
#[test]
fn queues_are_associated_and_disassociated_in_batches() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let ids: Vec<_> = (0..8)
        .map(|number| queue(&account, &instance, &format!("q{number}")))
        .collect();
    let all: Vec<_> = ids
        .iter()
        .flat_map(|id| [config(id, "VOICE", 1, 0), config(id, "CHAT", 2, 30)])
        .collect();
    let mut body = new_profile("desk", &ids[0]);
    body["QueueConfigs"] = all[..10].into();
    let id = created(&account, &instance, body);
    let path = format!("/routing-profiles/{instance}/{id}");
    let associate = format!("{path}/associate-queues");
    account.ok(Method::POST, &associate, json!({"QueueConfigs": all[10..]}));
    let listed = queues(&account, &instance, &id);
    assert_eq!(listed.len(), 16);
    assert_eq!(listed[15], json!(["q7", "CHAT", 2, 30]));
    assert_eq!(
        described(&account, &instance, &id)["NumberOfAssociatedQueues"],
        8
    );
    assert_eq!(
        account.refused(Method::POST, &associate, json!({"QueueConfigs": [all[0]]})),
        error(400, "InvalidParameterException")
    );

    let references: Vec<_> = all
        .iter()
        .map(|one| one["QueueReference"].clone())
        .collect();
    let disassociate = format!("{path}/disassociate-queues");
    // API reference, DisassociateRoutingProfileQueues: more than 10 are an InvalidParameterException.
    assert_eq!(
        account.refused(
            Method::POST,
            &disassociate,
            json!({"QueueReferences": references[..11]})
        ),
        error(400, "InvalidParameterException")
    );
    account.ok(
        Method::POST,
        &disassociate,
        json!({"QueueReferences": references[..10]}),
    );
    assert_eq!(queues(&account, &instance, &id).len(), 6);
    account.ok(
        Method::POST,
        &associate,
        json!({"QueueConfigs": [config(&ids[0], "VOICE", 9, 60)]}),
    );
    assert_eq!(
        queues(&account, &instance, &id)[6],
        json!(["q0", "VOICE", 9, 60])
    );
}

/// API reference, UpdateRoutingProfileQueues: "Queues must first be associated"; aws/aws-sdk-go#3602
/// has the error.
#[test]
fn priority_and_delay_of_associated_queues_change() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let queue = queue(&account, &instance, "first");
    let mut body = new_profile("desk", &queue);
    body["QueueConfigs"] = json!([config(&queue, "VOICE", 1, 0)]);
    let id = created(&account, &instance, body);
    let path = format!("/routing-profiles/{instance}/{id}/queues");
    let change = |channel: &str| json!({"QueueConfigs": [config(&queue, channel, 5, 9999)]});
    account.ok(Method::POST, &path, change("VOICE"));
    assert_eq!(
        queues(&account, &instance, &id),
        [json!(["first", "VOICE", 5, 9999])]
    );
    assert_eq!(
        account.refused(Method::POST, &path, change("CHAT")),
        error(400, "InvalidRequestException")
    );
}

/// API reference, ListRoutingProfileManualAssignmentQueues: these queues have a list of their own, and
/// the same queue may be in both.
#[test]
fn queues_of_manual_assignment_are_apart() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let queue = queue(&account, &instance, "first");
    let mut body = new_profile("desk", &queue);
    let reference = json!({"QueueId": queue, "Channel": "TASK"});
    body["ManualAssignmentQueueConfigs"] = json!([{"QueueReference": reference}]);
    let id = created(&account, &instance, body);
    let path = format!("/routing-profiles/{instance}/{id}");
    let listed = || {
        let path = format!("{path}/manual-assignment-queues");
        let listed = account.ok(Method::GET, &path, Value::Null);
        let listed = &listed["RoutingProfileManualAssignmentQueueConfigSummaryList"];
        let listed = listed.as_array().unwrap().iter();
        listed
            .map(|one| text(&one["QueueName"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(listed(), ["first"]);
    assert!(queues(&account, &instance, &id).is_empty());
    let found = described(&account, &instance, &id);
    assert_eq!(found["NumberOfAssociatedManualAssignmentQueues"], 1);
    assert_eq!(found["NumberOfAssociatedQueues"], 0);
    account.ok(
        Method::POST,
        &format!("{path}/disassociate-queues"),
        json!({"ManualAssignmentQueueReferences": [reference]}),
    );
    assert!(listed().is_empty());
}

#[test]
fn queues_that_do_not_exist_are_refused() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let queue = queue(&account, &instance, "first");
    let path = format!("/routing-profiles/{instance}");
    let not_found = error(404, "ResourceNotFoundException");
    assert_eq!(
        account.refused(Method::PUT, &path, new_profile("desk", "none")),
        not_found
    );
    let mut body = new_profile("desk", &queue);
    body["QueueConfigs"] = json!([config("none", "VOICE", 1, 0)]);
    assert_eq!(account.refused(Method::PUT, &path, body), not_found);
    let id = created(&account, &instance, new_profile("desk", &queue));
    assert_eq!(
        account.refused(
            Method::POST,
            &format!("{path}/{id}/default-outbound-queue"),
            json!({"DefaultOutboundQueueId": "none"})
        ),
        not_found
    );
}

/// API reference, DeleteQueue: ResourceInUseException.
#[test]
fn the_default_outbound_queue_of_a_routing_profile_is_not_deleted() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let queue = queue(&account, &instance, "first");
    let id = created(&account, &instance, new_profile("desk", &queue));
    let path = format!("/queues/{instance}/{queue}");
    let (status, code, body) = account.send(Method::DELETE, &path, Value::Null);
    assert_eq!(
        (status.as_u16(), code.as_str()),
        (409, "ResourceInUseException")
    );
    assert!(text(&body["Message"]).contains("desk"), "{body}");
    let profile = format!("/routing-profiles/{instance}/{id}");
    account.ok(Method::DELETE, &profile, Value::Null);
    account.ok(Method::DELETE, &path, Value::Null);
}

/// Terraform deletes a queue before it updates the profile that had it, and the acceptance test of its
/// provider passes on AWS so: `testAccRoutingProfile_updateQueues`.
#[test]
fn a_deleted_queue_leaves_its_routing_profiles() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let (first, second) = (
        queue(&account, &instance, "first"),
        queue(&account, &instance, "second"),
    );
    let id = created(&account, &instance, new_profile("desk", &first));
    let profile = format!("/routing-profiles/{instance}/{id}");
    let reference = json!({"QueueId": second, "Channel": "VOICE"});
    account.ok(
        Method::POST,
        &format!("{profile}/associate-queues"),
        json!({"QueueConfigs": [{"QueueReference": reference, "Priority": 1, "Delay": 0}]}),
    );
    let listed = || {
        let found = account.ok(Method::GET, &format!("{profile}/queues"), Value::Null);
        let queues = found["RoutingProfileQueueConfigSummaryList"].as_array();
        queues.unwrap().len()
    };
    assert_eq!(listed(), 1);
    let path = format!("/queues/{instance}/{second}");
    account.ok(Method::DELETE, &path, Value::Null);
    assert_eq!(listed(), 0);
    account.ok(
        Method::POST,
        &format!("{profile}/disassociate-queues"),
        json!({"QueueReferences": [reference]}),
    );
}

/// Administrator guide, "Amazon Connect service quotas": 50 pairs of queue and channel in a profile.
#[test]
fn a_routing_profile_has_at_most_fifty_queues() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let ids: Vec<_> = (0..13)
        .map(|number| queue(&account, &instance, &format!("q{number}")))
        .collect();
    let channels = ["VOICE", "CHAT", "TASK", "EMAIL"];
    let all: Vec<_> = ids
        .iter()
        .flat_map(|id| channels.map(|channel| config(id, channel, 1, 0)))
        .collect();
    let id = created(&account, &instance, new_profile("desk", &ids[0]));
    let path = format!("/routing-profiles/{instance}/{id}/associate-queues");
    for batch in all[..50].chunks(10) {
        account.ok(Method::POST, &path, json!({"QueueConfigs": batch}));
    }
    assert_eq!(
        account.refused(Method::POST, &path, json!({"QueueConfigs": [all[50]]})),
        error(400, "InvalidRequestException")
    );
}

/// API reference, SearchRoutingProfiles and RoutingProfileSearchCriteria: the queues are a field, and
/// found profiles have their ids, but no timer and no behavior of channels.
#[test]
fn routing_profiles_are_searched_by_queue() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let queue = queue(&account, &instance, "first");
    let mut body = new_profile("desk", &queue);
    body["QueueConfigs"] = json!([config(&queue, "VOICE", 1, 0)]);
    created(&account, &instance, body);
    let body = json!({"InstanceId": instance, "SearchCriteria": {"StringCondition":
        {"FieldName": "associatedQueueIds", "Value": queue, "ComparisonType": "EXACT"}}});
    let found = account.ok(Method::POST, "/search-routing-profiles", body);
    let found = found["RoutingProfiles"].as_array().unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["Name"], "desk");
    assert_eq!(found[0]["AssociatedQueueIds"], json!([queue]));
    assert_eq!(found[0]["AgentAvailabilityTimer"], Value::Null);
    assert_eq!(
        found[0]["MediaConcurrencies"],
        json!([{"Channel": "VOICE", "Concurrency": 1}])
    );
}
