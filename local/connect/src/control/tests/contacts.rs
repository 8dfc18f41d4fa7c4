//! Contacts: what is refused without a call.

use super::*;
use crate::state::{Attributes, Contacts, DisconnectReason};
use connect_flow::{Contact, Endpoint};
use time::OffsetDateTime;

/// An account with an instance that has one contact, which has ended.
struct WithContact {
    account: Account,
    instance: String,
    arn: String,
}

impl WithContact {
    fn new() -> Self {
        let account = Account::new();
        let (instance, arn) = account.instance("pin-sms");
        let this = Self {
            account,
            instance,
            arn,
        };
        this.contacts(|contacts| add(contacts, "c-1"));
        this
    }

    fn contacts<T>(&self, act: impl FnOnce(&mut Contacts) -> T) -> T {
        let facts = self.account.facts(&self.instance);
        self.account.service.with_contacts(&facts, act).unwrap()
    }

    fn update(&self, contact: &str, attributes: &Value) -> (u16, String) {
        let body = json!({"InstanceId": self.instance, "InitialContactId": contact,
                          "Attributes": attributes});
        let (status, code, _) = self.account.send(Method::POST, "/contact/attributes", body);
        (status.as_u16(), code)
    }

    fn attributes(&self, contact: &str) -> Value {
        let path = format!("/contact/attributes/{}/{contact}", self.instance);
        self.account.ok(Method::GET, &path, Value::Null)["Attributes"].clone()
    }
}

fn contact(id: &str) -> Contact {
    Contact::inbound(
        id,
        "arn:i",
        REGION,
        None,
        Endpoint::telephone("+815000000001"),
    )
}

fn add(contacts: &mut Contacts, id: &str) {
    contacts.record(&contact(id), OffsetDateTime::now_utc());
}

/// The errors of the service model.
#[test]
fn an_unknown_contact_is_not_found() {
    let line = WithContact::new();
    let id = &line.instance;
    let missing = error(404, "ResourceNotFoundException");
    for path in [
        format!("/contacts/{id}/c-2"),
        format!("/contact/attributes/{id}/c-2"),
        "/contacts/unknown/c-1".to_owned(),
    ] {
        assert_eq!(
            line.account.refused(Method::GET, &path, Value::Null),
            missing
        );
    }
    assert_eq!(line.update("c-2", &json!({"a": "b"})), missing);
    line.account.ok(
        Method::GET,
        &format!("/contacts/{}/c-1", encoded(&line.arn)),
        Value::Null,
    );
}

/// API reference, UpdateContactAttributes: keys of letters, digits, dashes and underscores, and
/// 32,768 bytes in all.
#[test]
fn attributes_have_keys_and_a_size_as_documented() {
    let line = WithContact::new();
    let invalid = error(400, "InvalidParameterException");
    for key in ["with space", "a.b", "$", "名"] {
        assert_eq!(line.update("c-1", &json!({ key: "x" })), invalid, "{key}");
    }
    assert_eq!(
        line.update("c-1", &json!({"a": "x".repeat(32_768)})),
        invalid
    );
    assert_eq!(line.attributes("c-1"), json!({}));
    assert_eq!(line.update("c-1", &json!({"a": "x".repeat(32_767)})).0, 200);
    assert_eq!(line.update("c-1", &json!({"b-_1": ""})), invalid);
    assert_eq!(line.update("c-1", &json!({"a": "x", "b-_1": ""})).0, 200);
    assert_eq!(line.attributes("c-1"), json!({"a": "x", "b-_1": ""}));
}

/// AWS keeps contacts for 24 months; the account keeps the latest 3,000.
#[test]
fn the_oldest_contacts_are_forgotten_with_their_attributes() {
    let line = WithContact::new();
    line.contacts(|contacts| {
        let attributes = Attributes::from([("a".to_owned(), "b".to_owned())]);
        contacts.set_attributes("c-1", attributes).unwrap();
        for number in 2..=3_000 {
            add(contacts, &format!("c-{number}"));
        }
    });
    assert_eq!(line.attributes("c-1"), json!({"a": "b"}));
    line.contacts(|contacts| {
        add(contacts, "c-3001");
        assert!(contacts.find("c-1").is_none() && contacts.find("c-2").is_some());
        add(contacts, "c-1");
    });
    assert_eq!(line.attributes("c-1"), json!({}));
}

/// The account keeps 32 MiB of attributes in an instance: those of 1,024 contacts with 32 KiB each.
#[test]
fn the_attributes_of_all_contacts_are_limited_together() {
    let line = WithContact::new();
    line.contacts(|contacts| {
        let mut large = contact("c-1");
        large.attributes = Attributes::from([("a".to_owned(), "x".repeat(32_767))]);
        for number in 1..=1_030 {
            large.id = format!("large-{number}");
            contacts.record(&large, OffsetDateTime::now_utc());
        }
        let kept = contacts.iter().count();
        assert!((1_000..=1_026).contains(&kept), "{kept}");
        assert!(contacts.find("large-1030").is_some() && contacts.find("c-1").is_none());
        for number in 1..=3_000 {
            add(contacts, &format!("small-{number}"));
        }
        assert_eq!(contacts.iter().count(), 3_000);
    });
}

/// A log line of the account must not show a caller's number.
#[test]
fn contacts_do_not_print_themselves() {
    let mut contacts = Contacts::default();
    add(&mut contacts, "c-1");
    assert_eq!(format!("{contacts:?}"), "Contacts { records: 1, .. }");
}

/// The time of the contact with a number in [`WithContact::with_history`].
fn moment(number: u8) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + time::Duration::minutes(1_000_000 + i64::from(number))
}

impl WithContact {
    /// Three more contacts: a call that an agent answered in BasicQueue, a chat, and a callback that
    /// waits.
    fn with_history() -> (Self, String) {
        let line = Self::new();
        let facts = line.account.facts(&line.instance);
        let queue = line.account.service.queue_named(&facts, "BasicQueue");
        let queue = queue.unwrap();
        line.contacts(|contacts| {
            let mut call = contact("call");
            call.attributes = Attributes::from([("plan".to_owned(), "gold".to_owned())]);
            call.name = Some("Renewal of the contract".into());
            contacts.record(&call, moment(1));
            contacts.queued("call", Some(&queue.queue), moment(2));
            contacts.answered("call", moment(3));
            contacts.connected("call", "a-1", moment(4));
            contacts.end("call", moment(5), DisconnectReason::Agent);
            contacts.record(&Contact::chat("chat", "arn:i", REGION), moment(6));
            let callback = Contact {
                initiation_method: "CALLBACK".into(),
                ..contact("callback")
            };
            contacts.record(&callback, moment(7));
            contacts.queued("callback", Some(&queue.queue), moment(8));
        });
        (line, queue.id)
    }

    fn search_body(&self, criteria: &Value) -> Value {
        json!({"InstanceId": self.instance, "SearchCriteria": criteria, "TimeRange": {
            "Type": "INITIATION_TIMESTAMP", "StartTime": moment(0).unix_timestamp(),
            "EndTime": moment(9).unix_timestamp()}})
    }

    fn found(&self, body: Value) -> Vec<String> {
        let found = self.account.ok(Method::POST, "/search-contacts", body);
        let contacts = found["Contacts"].as_array().unwrap();
        contacts.iter().map(|one| text(&one["Id"])).collect()
    }
}

/// The members of SearchCriteria in the API reference.
#[test]
fn contacts_are_searched_by_their_criteria() {
    let (line, queue) = WithContact::with_history();
    let all = ["callback", "chat", "call"];
    for (criteria, found) in [
        (json!({}), &all[..]),
        (json!({"Channels": ["CHAT"]}), &["chat"]),
        (json!({"Channels": []}), &all),
        (
            json!({"InitiationMethods": ["CALLBACK", "API"]}),
            &["callback", "chat"],
        ),
        (json!({"QueueIds": [queue]}), &["callback", "call"]),
        (json!({"AgentIds": ["a-1"]}), &["call"]),
        (
            json!({"Name": {"SearchText": ["renewal", "contract"], "MatchType": "MATCH_ALL"}}),
            &["call"],
        ),
        (
            json!({"Name": {"SearchText": ["renewal"], "MatchType": "MATCH_EXACT"}}),
            &[],
        ),
        (
            json!({"Name": {"SearchText": ["renewal"], "MatchType": "MATCH_NONE"}}),
            &["callback", "chat"],
        ),
        (
            json!({"SearchableContactAttributes": {"Criteria": [{"Key": "plan", "Values": ["silver", "gold"]}]}}),
            &["call"],
        ),
        (
            json!({"SearchableContactAttributes": {"MatchType": "MATCH_ALL", "Criteria": [
                {"Key": "plan", "Values": ["gold"]}, {"Key": "other", "Values": ["x"]}]}}),
            &[],
        ),
        (
            json!({"SearchableSegmentAttributes": {"Criteria": [{"Key": "connect:Subtype", "Values": ["connect:Chat"]}]}}),
            &["chat"],
        ),
        (
            json!({"ContactTags": {"TagCondition": {"TagKey": "aws:connect:instanceId", "TagValue": "other"}}}),
            &[],
        ),
        (
            json!({"AdditionalTimeRange": {"MatchType": "MATCH_ALL", "Criteria": [{"TimestampCondition":
                {"Type": "ENQUEUE_TIMESTAMP", "ConditionType": "NOT_EXISTS"}}]}}),
            &["chat"],
        ),
    ] {
        assert_eq!(line.found(line.search_body(&criteria)), found, "{criteria}");
    }
    let absent = json!({"RoutingCriteria": {"Steps": []}});
    let absent = line.search_body(&absent);
    assert_eq!(
        line.account
            .refused(Method::POST, "/search-contacts", absent),
        error(501, "NotImplementedException")
    );
}

/// The types of time ranges, the fields and orders of Sort, and pages, in the API reference.
#[test]
fn found_contacts_are_of_a_time_sorted_and_paged() {
    let (line, _) = WithContact::with_history();
    let mut body = line.search_body(&json!({}));
    for (kind, found) in [
        ("ENQUEUE_TIMESTAMP", &["callback", "call"][..]),
        ("CONNECTED_TO_AGENT_TIMESTAMP", &["call"]),
        ("DISCONNECT_TIMESTAMP", &["call"]),
        ("SCHEDULED_TIMESTAMP", &[]),
    ] {
        body["TimeRange"]["Type"] = kind.into();
        assert_eq!(line.found(body.clone()), found, "{kind}");
    }
    body["TimeRange"]["Type"] = "INITIATION_TIMESTAMP".into();
    for (field, order, found) in [
        (
            "INITIATION_TIMESTAMP",
            "ASCENDING",
            ["call", "chat", "callback"],
        ),
        ("CHANNEL", "ASCENDING", ["chat", "callback", "call"]),
        (
            "INITIATION_METHOD",
            "DESCENDING",
            ["call", "callback", "chat"],
        ),
    ] {
        body["Sort"] = json!({"FieldName": field, "Order": order});
        assert_eq!(line.found(body.clone()), found, "{field}");
    }
    body["MaxResults"] = 2.into();
    let first = line
        .account
        .ok(Method::POST, "/search-contacts", body.clone());
    assert_eq!(first["TotalCount"], 3);
    body["NextToken"] = first["NextToken"].clone();
    assert_eq!(line.found(body.clone()), ["chat"]);
    body["TimeRange"]["EndTime"] = 0.into();
    assert_eq!(
        line.account.refused(Method::POST, "/search-contacts", body),
        error(400, "InvalidParameterException")
    );
}
