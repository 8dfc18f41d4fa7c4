//! StartOutboundVoiceContact, as the API reference describes it.

use super::*;

impl Line {
    fn outbound() -> Self {
        Self::with(Neighbours::default(), true)
    }

    /// The request for a call to a customer.
    fn outbound_call(&self, flow: &str) -> Value {
        json!({ "InstanceId": self.instance, "ContactFlowId": flow,
                "DestinationPhoneNumber": CALLER, "SourcePhoneNumber": self.number })
    }

    fn start(&self, body: &Value) -> (u16, Value) {
        let path = "/contact/outbound-voice";
        let answer = test_requests::send(&self.service, Method::PUT, path, body);
        let body = serde_json::from_slice(answer.body()).unwrap();
        (answer.status().as_u16(), body)
    }

    fn started(&self, body: &Value) -> String {
        let (status, answer) = self.start(body);
        assert_eq!(status, 200, "{answer}");
        text(&answer["ContactId"])
    }

    fn refused(&self, body: &Value) -> (u16, String) {
        let (status, answer) = self.start(body);
        (
            status,
            answer["__type"].as_str().unwrap_or_default().to_owned(),
        )
    }

    fn contact(&self, id: &str) -> Value {
        let path = format!("/contacts/{}/{id}", self.instance);
        self.send(Method::GET, &path, Value::Null)["Contact"].clone()
    }

    /// Returns a contact when its call is over.
    async fn over(&self, id: &str) -> Value {
        loop {
            let contact = self.contact(id);
            if !contact["DisconnectTimestamp"].is_null() {
                return contact;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Publishes a flow that asks for a key, and records what it got.
    fn reminder(&self) -> String {
        let menu =
            json!({ "Text": "press 1", "StoreInput": "False", "InputTimeLimitSeconds": "5" });
        let set = |value: &str| json!({ "Attributes": { "answer": value } });
        let failures = [
            ("InputTimeLimitExceeded", "silent"),
            ("NoMatchingCondition", "bye"),
            ("NoMatchingError", "bye"),
        ];
        let failed = [("NoMatchingError", "bye")];
        self.publish(
            "reminder",
            &[
                action(
                    "menu",
                    "GetParticipantInput",
                    menu,
                    "bye",
                    &[("Equals", "1", "one")],
                    &failures,
                ),
                action(
                    "one",
                    "UpdateContactAttributes",
                    set("1"),
                    "bye",
                    &[],
                    &failed,
                ),
                action(
                    "silent",
                    "UpdateContactAttributes",
                    set("none to $.Attributes.name, $.References.order.Value"),
                    "bye",
                    &[],
                    &failed,
                ),
                bye(),
            ],
        )
    }
}

/// Administrator guide, "Contact initiation methods": API is that of StartOutboundVoiceContact.
#[tokio::test]
async fn an_outbound_call_runs_its_flow_to_the_end() {
    let line = Line::outbound();
    let mut body = line.outbound_call(&line.reminder());
    body["Name"] = "Reminder".into();
    body["Attributes"] = json!({ "name": "Kim" });
    body["References"] = json!({ "order": { "Value": "o-7", "Type": "STRING" } });
    let id = line.started(&body);
    let before = line.contact(&id);
    assert_eq!(before["InitiationMethod"], "API");
    assert_eq!(before["DisconnectTimestamp"], Value::Null);
    let contact = line.over(&id).await;
    assert_eq!(contact["DisconnectReason"], "CONTACT_FLOW_DISCONNECT");
    assert_eq!(contact["Channel"], "VOICE");
    assert_eq!(contact["Name"], "Reminder");
    assert_eq!(contact["CustomerEndpoint"]["Address"], CALLER);
    assert_eq!(contact["SystemEndpoint"]["Address"], line.number.as_str());
    assert_eq!(
        contact["Attributes"],
        json!({ "name": "Kim", "answer": "none to Kim, o-7" })
    );

    // Linked contacts copy the attributes of the first one.
    let mut related = line.outbound_call(&line.publish("bye", &[bye()]));
    related["RelatedContactId"] = id.as_str().into();
    related["Attributes"] = json!({ "name": "Lee" });
    let contact = line.over(&line.started(&related)).await;
    assert_eq!(contact["RelatedContactId"], id.as_str());
    assert_eq!(
        contact["Attributes"],
        json!({ "name": "Lee", "answer": "none to Kim, o-7" })
    );
}

/// "If you specify a queue, the phone displayed for caller ID is the phone number specified in the
/// queue. If you do not specify a queue, you must specify a source phone number."
#[tokio::test]
async fn an_outbound_call_shows_the_number_of_its_queue() {
    let line = Line::outbound();
    let queue = line.queue("reminders");
    let mut body = line.outbound_call(&line.reminder());
    body.as_object_mut().unwrap().remove("SourcePhoneNumber");
    let invalid = (400, "InvalidParameterException".to_owned());
    assert_eq!(line.refused(&body), invalid);
    body["QueueId"] = queue.as_str().into();
    assert_eq!(line.refused(&body), invalid);
    line.send(
        Method::POST,
        &format!("/queues/{}/{queue}/outbound-caller-config", line.instance),
        json!({ "OutboundCallerConfig": { "OutboundCallerIdNumberId": line.number_id } }),
    );
    let contact = line.over(&line.started(&body)).await;
    assert_eq!(contact["SystemEndpoint"]["Address"], line.number.as_str());
    body["QueueId"] = "unknown".into();
    assert_eq!(
        line.refused(&body),
        (404, "ResourceNotFoundException".into())
    );
}

/// The errors and their status are those of the service model.
#[tokio::test]
async fn outbound_calls_that_aws_does_not_place_are_refused() {
    let line = Line::outbound();
    let whisper = line.publish_as(
        "whisper",
        "CUSTOMER_WHISPER",
        &[terminal("end", "EndFlowExecution")],
    );
    let body = line.outbound_call(&line.publish("bye", &[bye()]));
    for (member, value, status, code) in [
        (
            "DestinationPhoneNumber",
            "0312345678",
            400,
            "InvalidParameterException",
        ),
        (
            "DestinationPhoneNumber",
            "+447700900000",
            403,
            "DestinationNotAllowedException",
        ),
        (
            "SourcePhoneNumber",
            "+815099999999",
            404,
            "ResourceNotFoundException",
        ),
        ("ContactFlowId", "unknown", 404, "ResourceNotFoundException"),
        ("ContactFlowId", &whisper, 400, "InvalidParameterException"),
        (
            "RelatedContactId",
            "unknown",
            404,
            "ResourceNotFoundException",
        ),
        (
            "TrafficType",
            "CAMPAIGN",
            403,
            "OutboundContactNotPermittedException",
        ),
        ("InstanceId", "unknown", 404, "ResourceNotFoundException"),
    ] {
        let mut body = body.clone();
        body[member] = value.into();
        assert_eq!(
            line.refused(&body),
            (status, code.to_owned()),
            "{member} {value}"
        );
    }
    let path = format!("/instance/{}/attribute/OUTBOUND_CALLS", line.instance);
    line.send(Method::POST, &path, json!({ "Value": "false" }));
    assert_eq!(
        line.refused(&body),
        (403, "OutboundContactNotPermittedException".into())
    );
}

/// "If a contact is already started, the contact ID is returned." The default quota of concurrent
/// active calls of an instance is 10.
#[tokio::test]
async fn outbound_calls_are_limited_and_not_repeated() {
    let line = Line::outbound();
    let mut body = line.outbound_call(&line.reminder());
    body["ClientToken"] = "t-1".into();
    let first = line.started(&body);
    assert_eq!(line.started(&body), first);
    body["Name"] = "another".into();
    assert_eq!(line.refused(&body).0, 400);
    body.as_object_mut().unwrap().remove("ClientToken");
    for _ in 1..10 {
        line.started(&body);
    }
    assert_eq!(line.refused(&body), (429, "LimitExceededException".into()));
    line.over(&first).await;
    line.started(&body);
}
