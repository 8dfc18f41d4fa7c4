//! An instance of Amazon Connect with one flow on one number.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use e2e::{Failure, REGION};
use http::Method;
use local_connect::{ConnectPorts, ConnectService};
use local_wire::{Request, Service};
use serde_json::{Value, json};

use crate::flow::fake_services::FakeServices;
use crate::flow::renderer::Renderer;

const COLLEAGUE: &str = "+81312345678";
pub(crate) const OTHER_FLOW: &str = "another flow";

/// The target to which the flow transfers a caller whom the line cannot help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fallback {
    None,
    Queue,
    Phone,
    Flow,
}

impl Fallback {
    pub(crate) const ALL: [Self; 4] = [Self::None, Self::Queue, Self::Phone, Self::Flow];
}

/// An instance of Amazon Connect with a rendered flow and a phone number that it answers.
pub(crate) struct FlowSetup<'a> {
    pub(crate) connect: Arc<ConnectService>,
    pub(crate) services: Arc<FakeServices>,
    pub(crate) instance: String,
    pub(crate) queue_id: String,
    /// The id of the other flow; `None` once the flow has been deleted.
    pub(crate) other_flow_id: Mutex<Option<String>>,
    pub(crate) flow: String,
    pub(crate) number: String,
    pub(crate) languages: &'a [&'static str],
    pub(crate) fallback: Fallback,
    pub(crate) texts: &'a BTreeMap<String, Value>,
}

impl<'a> FlowSetup<'a> {
    pub(crate) async fn new(
        renderer: &'a Renderer,
        languages: &'a [&'static str],
        fallback: Fallback,
    ) -> Result<Self, Failure> {
        let services = Arc::new(FakeServices::default());
        let connect = ConnectService::new(ConnectPorts {
            functions: services.clone(),
            invoker: services.clone(),
            logs: services.clone(),
            time_limits: true,
            repeat_limit: local_connect::REPEAT_LIMIT,
            instances_per_region: local_connect::INSTANCES_PER_REGION,
            alias_hold: std::time::Duration::ZERO,
        });
        let mut setup = Self {
            connect,
            services,
            instance: String::new(),
            queue_id: String::new(),
            other_flow_id: Mutex::default(),
            flow: String::new(),
            number: String::new(),
            languages,
            fallback,
            texts: &renderer.texts,
        };
        let instance = setup
            .put(
                "/instance",
                json!({"InstanceAlias": "line", "IdentityManagementType": "CONNECT_MANAGED",
                       "InboundCallsEnabled": true,
                       "OutboundCallsEnabled": fallback == Fallback::Phone}),
            )
            .await;
        let instance_arn = text(&instance["Arn"]);
        setup.instance = text(&instance["Id"]);
        setup.attribute("CONTACTFLOW_LOGS", true).await;

        let to = match fallback {
            Fallback::None => Value::Null,
            Fallback::Queue => json!({"queue_arn": setup.queue().await}),
            Fallback::Phone => json!({"phone_number": COLLEAGUE}),
            Fallback::Flow => json!({"flow_arn": setup.other_flow().await}),
        };
        let fallbacks = json!({"withheld": to, "locked": to, "trouble": to});
        let content = renderer.render(languages, fallbacks).await?;
        let path = format!("/contact-flows/{}", setup.instance);
        let flow = json!({"Name": "line", "Type": "CONTACT_FLOW", "Content": content});
        setup.flow = text(&setup.put(&path, flow).await["ContactFlowId"]);

        let offer = json!({"TargetArn": instance_arn, "PhoneNumberCountryCode": "JP",
                           "PhoneNumberType": "DID", "MaxResults": 1});
        let offer = setup.post("/phone-number/search-available", offer).await;
        setup.number = text(&offer["AvailableNumbersList"][0]["PhoneNumber"]);
        let claim = json!({"TargetArn": instance_arn, "PhoneNumber": setup.number});
        let claimed = setup.post("/phone-number/claim", claim).await;
        let path = format!(
            "/phone-number/{}/contact-flow",
            text(&claimed["PhoneNumberId"])
        );
        let answered_by = json!({"InstanceId": setup.instance, "ContactFlowId": setup.flow});
        setup.put(&path, answered_by).await;
        Ok(setup)
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Value) -> Value {
        let uri = path.parse().unwrap();
        let request = Request::rest(REGION, "connect", method, uri, &body);
        let answer = self.connect.handle(request).await;
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        assert!(answer.status().is_success(), "{path}: {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Value {
        self.send(Method::PUT, path, body).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.send(Method::POST, path, body).await
    }

    /// Returns the content of the line's flow.
    pub(crate) async fn content(&self) -> String {
        let path = format!("/contact-flows/{}/{}", self.instance, self.flow);
        let described = self.send(Method::GET, &path, Value::Null).await;
        text(&described["ContactFlow"]["Content"])
    }

    /// Replaces the content of the line's flow.
    pub(crate) async fn publish(&self, content: &str) {
        let path = format!("/contact-flows/{}/{}/content", self.instance, self.flow);
        self.post(&path, json!({"Content": content})).await;
    }

    pub(crate) async fn attribute(&self, name: &str, value: bool) {
        let path = format!("/instance/{}/attribute/{name}", self.instance);
        let value = json!({"Value": value.to_string()});
        self.post(&path, value).await;
    }

    /// Creates a queue, which accepts callers until [`FlowSetup::close_fallback`] closes it.
    pub(crate) async fn queue(&mut self) -> String {
        let path = format!("/hours-of-operations-summary/{}", self.instance);
        let hours = self.send(Method::GET, &path, Value::Null).await;
        let hours = &hours["HoursOfOperationSummaryList"][0]["Id"];
        let queue = json!({"Name": "colleagues", "HoursOfOperationId": hours});
        let path = format!("/queues/{}", self.instance);
        let created = self.put(&path, queue).await;
        self.queue_id = text(&created["QueueId"]);
        text(&created["QueueArn"])
    }

    /// Creates a flow that does not belong to the line. It reads the caller's number and PIN, and does not
    /// switch the flow log.
    pub(crate) async fn other_flow(&mut self) -> String {
        let look = |name: &str, value: &str, next: &str| {
            json!({
                "Identifier": name,
                "Type": "Compare",
                "Parameters": {"ComparisonValue": value},
                "Transitions": {
                    "NextAction": next,
                    "Errors": [{"NextAction": next, "ErrorType": "NoMatchingCondition"}],
                    "Conditions": [{"NextAction": next, "Condition":
                        {"Operator": "Equals", "Operands": ["nothing"]}}],
                },
            })
        };
        let [number, pin] = ["number", "PIN"].map(|what| format!("{OTHER_FLOW} reads the {what}"));
        let content = json!({
            "Version": "2019-10-30",
            "StartAction": number,
            "Actions": [
                look(&number, "$.CustomerEndpoint.Address", &pin),
                look(&pin, "$.StoredCustomerInput", "speak"),
                {
                    "Identifier": "speak",
                    "Type": "MessageParticipant",
                    "Parameters": {"Text": OTHER_FLOW},
                    "Transitions": {
                        "NextAction": "end",
                        "Errors": [{"NextAction": "end", "ErrorType": "NoMatchingError"}],
                        "Conditions": [],
                    },
                },
                {
                    "Identifier": "end",
                    "Type": "DisconnectParticipant",
                    "Parameters": {},
                    "Transitions": {},
                },
            ],
        });
        let path = format!("/contact-flows/{}", self.instance);
        let flow = json!({"Name": "other", "Type": "CONTACT_FLOW", "Content": content.to_string()});
        let created = self.put(&path, flow).await;
        self.other_flow_id = Mutex::new(Some(text(&created["ContactFlowId"])));
        text(&created["ContactFlowArn"])
    }

    /// Closes or opens the fallback for callers. Closing a flow deletes it for good, so calls that need the
    /// flow must come first.
    pub(crate) async fn close_fallback(&self, closed: bool) {
        match self.fallback {
            Fallback::None => {}
            Fallback::Phone => self.attribute("OUTBOUND_CALLS", !closed).await,
            Fallback::Queue => {
                let path = format!("/queues/{}/{}/max-contacts", self.instance, self.queue_id);
                let most = if closed { 0 } else { 100 };
                self.post(&path, json!({"MaxContacts": most})).await;
            }
            Fallback::Flow => {
                let id = self.other_flow_id.lock().unwrap().take_if(|_| closed);
                if let Some(id) = id {
                    let path = format!("/contact-flows/{}/{id}", self.instance);
                    self.send(Method::DELETE, &path, Value::Null).await;
                }
            }
        }
    }

    pub(crate) fn words(&self, language: &str, name: &str) -> String {
        text(&self.texts[language][name])
    }

    /// Returns the name under which the flow's coverage is printed.
    pub(crate) fn name(&self) -> String {
        let languages = self.languages.join("+");
        match self.fallback {
            Fallback::None => languages,
            Fallback::Queue => format!("{languages}, fallback to a queue"),
            Fallback::Phone => format!("{languages}, fallback to a number"),
            Fallback::Flow => format!("{languages}, fallback to a flow"),
        }
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
