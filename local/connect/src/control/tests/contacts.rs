//! Contacts: what is refused without a call.

use super::*;
use crate::state::{Attributes, Contacts};
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

/// A log line of the account must not show a caller's number.
#[test]
fn contacts_do_not_print_themselves() {
    let mut contacts = Contacts::default();
    add(&mut contacts, "c-1");
    assert_eq!(format!("{contacts:?}"), "Contacts { records: 1, .. }");
}
