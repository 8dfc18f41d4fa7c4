//! Contact records. DisconnectReason is that of the administrator guide, "Contact records data
//! model"; the other members are those of the API reference, DescribeContact.

use super::*;

impl Line {
    /// Returns a contact as DescribeContact does.
    fn described(&self, contact: &str) -> Value {
        let path = format!("/contacts/{}/{contact}", self.instance);
        self.send(Method::GET, &path, Value::Null)["Contact"].clone()
    }

    /// Returns the contacts of a call, oldest first.
    fn contacts_of(&self, call: &Call) -> Vec<Value> {
        let ids = call.events().iter().filter_map(|event| match event {
            CallEvent::NewContact { contact_id, .. } => Some(contact_id.clone()),
            _ => None,
        });
        let first = call.contact().initial_id().to_owned();
        let ids = std::iter::once(first).chain(ids);
        ids.map(|id| self.described(&id)).collect()
    }

    fn attributes(&self, contact: &str) -> Value {
        let path = format!("/contact/attributes/{}/{contact}", self.instance);
        self.send(Method::GET, &path, Value::Null)["Attributes"].clone()
    }

    fn update_attributes(&self, contact: &str, attributes: Value) {
        let body = json!({ "InstanceId": self.instance, "InitialContactId": contact,
                           "Attributes": attributes });
        self.send(Method::POST, "/contact/attributes", body);
    }

    fn stop(&self, contact: &str) -> (u16, String) {
        let body = json!({ "InstanceId": self.instance, "ContactId": contact });
        let answer = test_requests::send(&self.service, Method::POST, "/contact/stop", &body);
        let code = answer.headers().get("x-amzn-errortype");
        let code = code.map_or("", |code| code.to_str().unwrap());
        (answer.status().as_u16(), code.to_owned())
    }

    /// The number asks for a key, and says the attribute `mood` afterwards.
    fn answers_with_menu(&self) {
        let menu =
            json!({ "Text": "press a key", "StoreInput": "False", "InputTimeLimitSeconds": "5" });
        let failures = [
            ("InputTimeLimitExceeded", "say"),
            ("NoMatchingCondition", "say"),
            ("NoMatchingError", "say"),
        ];
        let mood = json!({ "Attributes": { "mood": "calm", "line": "one" } });
        self.answer_with(
            "menu",
            &[
                step(
                    "set",
                    "UpdateContactAttributes",
                    mood,
                    "menu",
                    &[("NoMatchingError", "menu")],
                ),
                step("menu", "GetParticipantInput", menu, "say", &failures),
                say("say", "You are $.Attributes.mood", "bye"),
                bye(),
            ],
        );
    }
}

fn reasons(contacts: &[Value]) -> Vec<(&str, &str)> {
    let text = |contact: &'_ Value, name: &str| contact[name].as_str().unwrap_or("-").to_owned();
    let pairs = contacts.iter().map(|contact| {
        let method: &str = contact["InitiationMethod"].as_str().unwrap();
        let reason: &str = contact["DisconnectReason"].as_str().unwrap_or("-");
        assert_ne!(text(contact, "Id"), "-");
        (method, reason)
    });
    pairs.collect()
}

#[tokio::test]
async fn a_call_is_described_during_the_call_and_after_it() {
    let line = Line::with_queues();
    line.answers_with_menu();
    let mut call = line.dial_scripted(json!({})).await;
    let id = call.contact().id.clone();
    let contact = line.described(&id);
    assert_eq!(contact["InitiationMethod"], "INBOUND");
    assert_eq!(contact["Channel"], "VOICE");
    assert_eq!(contact["CustomerEndpoint"]["Address"], CALLER);
    assert_eq!(contact["CustomerEndpoint"]["Type"], "TELEPHONE_NUMBER");
    assert_eq!(contact["SystemEndpoint"]["Address"], line.number.as_str());
    assert_eq!(
        contact["SegmentAttributes"]["connect:Subtype"]["ValueString"],
        "connect:Telephony"
    );
    assert_eq!(
        contact["Tags"]["aws:connect:instanceId"],
        line.instance.as_str()
    );
    let arn = format!("instance/{}/contact/{id}", line.instance);
    assert!(
        contact["Arn"].as_str().unwrap().ends_with(&arn),
        "{contact}"
    );
    for absent in [
        "DisconnectTimestamp",
        "DisconnectReason",
        "QueueInfo",
        "AgentInfo",
    ] {
        assert_eq!(contact[absent], Value::Null, "{absent}");
    }

    call.wait().await;
    let contact = line.described(&id);
    assert_eq!(contact["DisconnectReason"], "CONTACT_FLOW_DISCONNECT");
    let took = contact["DisconnectTimestamp"].as_f64().unwrap()
        - contact["InitiationTimestamp"].as_f64().unwrap();
    // Five seconds of silence, and the prompts.
    assert!((5.0..60.0).contains(&took), "{took}");
}

#[tokio::test]
async fn a_caller_who_hangs_up_or_vanishes_has_disconnected() {
    let line = Line::with_queues();
    line.answers_with_menu();
    let mut call = line.dial_scripted(json!({})).await;
    call.hang_up().await;
    assert_eq!(
        reasons(&line.contacts_of(&call)),
        [("INBOUND", "CUSTOMER_DISCONNECT")]
    );
    let call = line.dial_scripted(json!({})).await;
    let id = call.contact().id.clone();
    drop(call);
    assert_eq!(
        line.described(&id)["DisconnectReason"],
        "CUSTOMER_DISCONNECT"
    );
}

/// API reference, UpdateContactAttributes: ongoing and completed contacts.
#[tokio::test]
async fn attributes_that_change_during_a_call_are_seen_by_its_flow() {
    let line = Line::with_queues();
    line.answers_with_menu();
    let mut call = line.dial_scripted(json!({})).await;
    let id = call.contact().id.clone();
    assert_eq!(
        line.attributes(&id),
        json!({ "mood": "calm", "line": "one" })
    );
    line.update_attributes(&id, json!({ "mood": "cross" }));
    let changed = json!({ "mood": "cross", "line": "one" });
    assert_eq!(line.attributes(&id), changed);
    call.wait().await;
    assert_eq!(call.heard().last(), Some(&"You are cross"));
    assert_eq!(line.attributes(&id), changed);
    line.update_attributes(&id, json!({ "note": "done" }));
    let noted = json!({ "mood": "cross", "line": "one", "note": "done" });
    assert_eq!(line.attributes(&id), noted);
    assert_eq!(line.described(&id)["Attributes"], noted);
}

/// API reference, StopContact and ContactNotFoundException. A voice contact that the API ends has
/// the reason OTHER.
#[tokio::test]
async fn stop_contact_ends_a_call_that_is_under_way() {
    let line = Line::with_queues();
    line.answers_with_menu();
    let mut call = line.dial_scripted(json!({})).await;
    let id = call.contact().id.clone();
    assert_eq!(line.stop(&id).0, 200);
    assert!(!call.is_waiting());
    assert_eq!(call.ending(), Some(&Ending::Disconnected));
    assert_eq!(line.described(&id)["DisconnectReason"], "OTHER");
    call.press(&crate::strokes("1").unwrap()).await;
    assert_eq!(call.heard(), ["press a key"]);
    assert_eq!(call.ending(), Some(&Ending::Disconnected));
    assert_eq!(line.described(&id)["DisconnectReason"], "OTHER");
    assert_eq!(line.stop(&id), (410, "ContactNotFoundException".into()));
    assert_eq!(
        line.stop("unknown"),
        (410, "ContactNotFoundException".into())
    );
}

/// Administrator guide, "Set disconnect flow": it runs when the caller is disconnected.
#[tokio::test]
async fn the_disconnect_flow_runs_when_a_call_is_stopped() {
    for hangs_up in [false, true] {
        let line = Line::with_queues();
        let set = json!({ "Attributes": { "disconnected": "yes" } });
        let failed = [("NoMatchingError", "bye")];
        let set = step("set", "UpdateContactAttributes", set, "bye", &failed);
        let after = line.publish_as("after", "CONTACT_FLOW", &[set, bye()]);
        let menu =
            json!({ "Text": "press a key", "StoreInput": "False", "InputTimeLimitSeconds": "5" });
        let failures = [
            ("InputTimeLimitExceeded", "bye"),
            ("NoMatchingCondition", "bye"),
            ("NoMatchingError", "bye"),
        ];
        let hooks = json!({ "EventHooks": { "CustomerRemaining": after } });
        line.answer_with(
            "menu",
            &[
                step("hook", "UpdateContactEventHooks", hooks, "menu", &failed),
                step("menu", "GetParticipantInput", menu, "bye", &failures),
                bye(),
            ],
        );
        let mut call = line.dial_scripted(json!({})).await;
        let id = call.contact().id.clone();
        assert_eq!(line.stop(&id).0, 200);
        match hangs_up {
            true => call.hang_up().await,
            false => call.wait().await,
        }
        assert_eq!(call.ending(), Some(&Ending::Disconnected));
        let methods: Vec<_> = line
            .contacts_of(&call)
            .iter()
            .map(|contact| text(&contact["InitiationMethod"]))
            .collect();
        assert_eq!(methods, ["INBOUND", "DISCONNECT"]);
        assert_eq!(line.described(&id)["DisconnectReason"], "OTHER");
        assert_eq!(line.attributes(&id), json!({ "disconnected": "yes" }));
    }
}

#[tokio::test]
async fn a_queued_call_has_its_queue_and_its_agent() {
    let line = Line::with_queues();
    line.answers_with_queue(&[]);
    let script = json!({ "agents": [{ "name": "jane", "id": "j-1", "queue": "BasicQueue",
                                      "answersAfter": "20s", "does": [{ "wait": "10s" }] }] });
    let call = line.dial_scripted(script).await;
    let contacts = line.contacts_of(&call);
    assert_eq!(reasons(&contacts), [("INBOUND", "AGENT_DISCONNECT")]);
    let facts = line.service.instance(REGION, "calls").unwrap();
    let queue = line.service.queue_named(&facts, "BasicQueue").unwrap();
    let (queued, agent) = (&contacts[0]["QueueInfo"], &contacts[0]["AgentInfo"]);
    assert_eq!(queued["Id"], queue.id.as_str());
    assert_eq!(agent["Id"], "j-1");
    let waited = agent["AcceptedByAgentTimestamp"].as_f64().unwrap()
        - queued["EnqueueTimestamp"].as_f64().unwrap();
    assert!((waited - 20.0).abs() < 0.01, "{waited}");
}

/// Administrator guide, "Contact initiation methods": each transfer is a contact of its own, which
/// names the first contact and the one before it.
#[tokio::test]
async fn a_transferred_call_is_a_chain_of_contacts() {
    let line = Line::with_queues();
    line.answers_with_queue(&[]);
    let script = json!({ "agents": [
        { "name": "jane", "queue": "BasicQueue",
          "does": [{ "transferToQueue": { "queue": "Experts" } }] },
        { "name": "joe", "queue": "Experts", "does": [{ "transferToNumber": "+81312345678" }] },
    ] });
    let call = line.dial_scripted(script).await;
    let contacts = line.contacts_of(&call);
    assert_eq!(
        reasons(&contacts),
        [
            ("INBOUND", "AGENT_DISCONNECT"),
            ("TRANSFER", "THIRD_PARTY_DISCONNECT")
        ]
    );
    assert_eq!(contacts[0]["InitialContactId"], Value::Null);
    assert_eq!(contacts[1]["InitialContactId"], contacts[0]["Id"]);
    assert_eq!(contacts[1]["PreviousContactId"], contacts[0]["Id"]);
    assert_ne!(
        contacts[1]["QueueInfo"]["Id"],
        contacts[0]["QueueInfo"]["Id"]
    );
    let second = text(&contacts[1]["Id"]);
    line.update_attributes(&second, json!({ "a": "b" }));
    assert_eq!(
        line.attributes(&text(&contacts[0]["Id"])),
        json!({ "a": "b" })
    );
}

/// Administrator guide, "Set disconnect flow". The API reference names the contacts that StopContact
/// does not end.
#[tokio::test]
async fn the_disconnect_flow_is_a_contact_of_its_own() {
    let line = Line::with_queues();
    let menu = json!({ "Text": "Rate us", "StoreInput": "False", "InputTimeLimitSeconds": "5" });
    let failures = [
        ("InputTimeLimitExceeded", "bye"),
        ("NoMatchingCondition", "bye"),
        ("NoMatchingError", "bye"),
    ];
    let survey = [
        step("rate", "GetParticipantInput", menu, "bye", &failures),
        bye(),
    ];
    let survey = line.publish_as("survey", "CONTACT_FLOW", &survey);
    line.answers_with_queue(&[("CustomerRemaining", &survey)]);
    let agents = json!({ "agents": [{ "name": "jane" }] });
    let mut call = line.dial_scripted(agents).await;
    let contacts = line.contacts_of(&call);
    assert_eq!(
        reasons(&contacts),
        [("INBOUND", "AGENT_DISCONNECT"), ("DISCONNECT", "-")]
    );
    assert_eq!(
        line.stop(&text(&contacts[1]["Id"])),
        (400, "InvalidRequestException".into())
    );
    call.wait().await;
    assert_eq!(
        reasons(&line.contacts_of(&call)),
        [
            ("INBOUND", "AGENT_DISCONNECT"),
            ("DISCONNECT", "CONTACT_FLOW_DISCONNECT")
        ]
    );
}

/// API reference, StopContact: "Use this API to stop queued callbacks."
#[tokio::test]
async fn a_callback_without_an_agent_waits_until_it_is_stopped() {
    let line = Line::with_queues();
    let facts = line.service.instance(REGION, "calls").unwrap();
    let queue = line.service.queue_named(&facts, "BasicQueue").unwrap();
    let number = json!({ "CallbackNumber": "$.CustomerEndpoint.Address" });
    let create = json!({ "QueueId": queue.queue.arn, "InitialCallDelaySeconds": "99",
                         "RetryDelaySeconds": "600", "MaximumConnectionAttempts": "1" });
    let refused = [
        ("InvalidCallbackNumber", "bye"),
        ("CallbackNumberNotDialable", "bye"),
    ];
    line.answer_with(
        "main",
        &[
            step(
                "number",
                "UpdateContactCallbackNumber",
                number,
                "create",
                &refused,
            ),
            step(
                "create",
                "CreateCallbackContact",
                create,
                "bye",
                &[("NoMatchingError", "bye")],
            ),
            bye(),
        ],
    );
    let call = line.dial_scripted(json!({})).await;
    let contacts = line.contacts_of(&call);
    assert_eq!(
        reasons(&contacts),
        [("INBOUND", "CONTACT_FLOW_DISCONNECT"), ("CALLBACK", "-")]
    );
    let callback = text(&contacts[1]["Id"]);
    assert_eq!(contacts[1]["CustomerEndpoint"]["Address"], CALLER);
    assert_eq!(contacts[1]["SystemEndpoint"], Value::Null);
    assert_eq!(contacts[1]["QueueInfo"]["Id"], queue.id.as_str());
    drop(call);
    assert_eq!(line.described(&callback)["DisconnectReason"], Value::Null);
    assert_eq!(line.stop(&callback).0, 200);
    assert_eq!(line.described(&callback)["DisconnectReason"], "OTHER");
}

/// API reference, GetCurrentMetricData: contacts in the queue, and agents who are signed in.
#[tokio::test]
async fn a_call_in_a_queue_is_counted_until_an_agent_answers() {
    let line = Line::with_queues();
    let menu =
        json!({ "Text": "Press 1 to leave", "StoreInput": "False", "InputTimeLimitSeconds": "60" });
    let failures = [
        ("InputTimeLimitExceeded", "end"),
        ("NoMatchingCondition", "end"),
        ("NoMatchingError", "end"),
    ];
    let menu = step("menu", "GetParticipantInput", menu, "end", &failures);
    let waiting = [menu, terminal("end", "EndFlowExecution")];
    let waiting = line.publish_as("waiting", "CUSTOMER_QUEUE", &waiting);
    line.answers_with_queue(&[("CustomerQueue", &waiting)]);
    let facts = line.service.instance(REGION, "calls").unwrap();
    let queue = line.service.queue_named(&facts, "BasicQueue").unwrap();
    let counted = || {
        let names = ["CONTACTS_IN_QUEUE", "AGENTS_ONLINE", "AGENTS_AVAILABLE"];
        let metrics: Vec<_> = names.iter().map(|name| json!({ "Name": name })).collect();
        let body = json!({ "Filters": { "Queues": [queue.id] }, "CurrentMetrics": metrics });
        let path = format!("/metrics/current/{}", line.instance);
        let answer = line.send(Method::POST, &path, body);
        let results = answer["MetricResults"].as_array().unwrap().iter();
        let data = results.flat_map(|one| one["Collections"].as_array().unwrap());
        let values = data.map(|one| one["Value"].as_f64().unwrap());
        values.collect::<Vec<_>>()
    };
    let agents = json!({ "agents": [
        { "name": "jane", "queue": "BasicQueue", "answersAfter": "20s" },
        { "name": "joe", "queue": "Experts" },
    ] });
    let mut call = line.dial_scripted(agents).await;
    assert!(call.is_waiting(), "{:?}", told(&call));
    assert_eq!(counted(), [1.0, 1.0, 1.0]);
    call.wait().await;
    assert_eq!(
        reasons(&line.contacts_of(&call)),
        [("INBOUND", "AGENT_DISCONNECT")]
    );
    assert_eq!(counted(), Vec::<f64>::new());

    // A call that is lost has abandoned the queue.
    let mut call = line.dial_scripted(json!({})).await;
    assert_eq!(counted(), [1.0, 0.0, 0.0]);
    call.hang_up().await;
    assert_eq!(counted(), Vec::<f64>::new());
}
