//! Every way through every flow that the module ships. Terraform renders the flow, a function that
//! answers by script stands behind it, and callers call until each transition was taken.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test says what it expects, and CI reads the figure"
)]

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use connect_flow::{Coverage, Ending, Flow, FlowKind, TraceEvent, TransitionKind};
use connect_local::deployment::repository;
use e2e::{Failure, REGION, press};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method};
use local_aws::{
    Fault, FunctionAnswer, FunctionInvoker, FunctionPolicies, InvokeRequest, LogEvent, LogSink,
    LogSinkError, Principal, Request, Service,
};
use local_connect::{Call, CallEvent, CallerId, ConnectPorts, ConnectService};
use local_toolchain::{Cache, Silent, StagedExample, Terraform, Toolchain, stage_example};
use serde_json::{Map, Value, json};

const FUNCTION: &str = "arn:aws:lambda:ap-northeast-1:123456789012:function:campaign-line";
const CALLER: &str = "+819012345678";
const COLLEAGUE: &str = "+81312345678";
const OTHER_FLOW: &str = "another flow";
const PIN: &str = "0042";

#[tokio::test(flavor = "multi_thread")]
async fn calls_take_every_way_through_every_shipped_flow() -> Result<(), Failure> {
    let renderer = Renderer::prepare().await?;
    for languages in [&["ja"][..], &["en"], &["ja", "en"]] {
        for fallback in Fallback::ALL {
            let exchange = Exchange::new(&renderer, languages, fallback).await?;
            exchange.walk().await?;
        }
    }
    Ok(())
}

/// As many languages as the module takes, most of them not shipped, each with every fallback: a
/// flow may have 250 blocks.
#[tokio::test(flavor = "multi_thread")]
async fn the_largest_flow_can_be_published() -> Result<(), Failure> {
    let renderer = Renderer::prepare().await?;
    let of_others = |value: &Value| {
        let others = ["de", "fr", "pt-BR"].map(|language| (language.to_owned(), value.clone()));
        Value::Object(Map::from_iter(others))
    };
    let queue = format!("arn:aws:connect:{REGION}:123456789012:instance/i/queue/q");
    let to = json!({"queue_arn": queue});
    let content = renderer
        .render_with(
            &["ja", "en", "de", "fr", "pt-BR"],
            json!({"withheld": to, "locked": to, "trouble": to}),
            &of_others(&renderer.texts["en"]),
            &of_others(&json!({"name": "Vicki", "engine": "Neural", "language_code": "de-DE"})),
        )
        .await?;
    let flow = Flow::publish(&content, FlowKind::ContactFlow).expect("the service takes it");
    println!("the largest flow has {} blocks", flow.actions().count());
    Ok(())
}

/// What the flow does with a caller whom the line cannot help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fallback {
    None,
    Queue,
    Phone,
    Flow,
}

impl Fallback {
    const ALL: [Self; 4] = [Self::None, Self::Queue, Self::Phone, Self::Flow];
}

/// `modules/flow`, ready to be applied: it needs no provider and makes nothing.
struct Renderer {
    terraform: Terraform,
    texts: BTreeMap<String, Value>,
    _stage: StagedExample,
}

impl Renderer {
    async fn prepare() -> Result<Self, Failure> {
        let repository = repository()?;
        let toolchain = Toolchain::detect(Cache::of_user()?, Arc::new(Silent)).await?;
        let stage = stage_example(&repository, "minimal")?;
        let mut terraform =
            toolchain.terraform(stage.module().join("modules/flow"), BTreeMap::new())?;
        terraform.init().await?;
        let mut texts = BTreeMap::new();
        for language in ["ja", "en"] {
            let path = repository.join(format!("flows/texts/{language}.json"));
            let shipped: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
            texts.insert(language.to_owned(), shipped["texts"].clone());
        }
        Ok(Self {
            terraform,
            texts,
            _stage: stage,
        })
    }

    async fn render(&self, languages: &[&str], fallbacks: Value) -> Result<String, Failure> {
        self.render_with(languages, fallbacks, &json!({}), &json!({}))
            .await
    }

    async fn render_with(
        &self,
        languages: &[&str],
        fallbacks: Value,
        texts: &Value,
        voices: &Value,
    ) -> Result<String, Failure> {
        let variables: Map<String, Value> = Map::from_iter(
            [
                ("function_arn", json!(FUNCTION)),
                ("languages", json!(languages)),
                ("fallbacks", fallbacks),
                ("texts", texts.clone()),
                ("voices", voices.clone()),
                (
                    "pin",
                    json!({"max_length": 8, "first_key_seconds": 10, "between_key_seconds": 5}),
                ),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        self.terraform.apply(&variables).await?;
        let outputs = self.terraform.outputs().await?;
        Ok(outputs["content"].as_str().unwrap_or_default().to_owned())
    }
}

/// What the function says to one invocation.
#[derive(Debug, Clone, Copy)]
enum Reply {
    Member,
    Stranger,
    Sent,
    Reason(&'static str),
    Crash,
}

/// The rest of the account: answers by script, and keeps what it was asked and told.
#[derive(Default)]
struct Neighbours {
    script: Mutex<VecDeque<Reply>>,
    asked: Mutex<Vec<Value>>,
    logged: Mutex<Vec<String>>,
}

impl FunctionInvoker for Neighbours {
    fn invoke(&self, request: InvokeRequest) -> BoxFuture<'_, Result<FunctionAnswer, Fault>> {
        let event: Value = serde_json::from_slice(&request.payload).unwrap();
        let parameters = event["Details"]["Parameters"].clone();
        let reply = self.script.lock().unwrap().pop_front();
        let reply = reply.unwrap_or_else(|| panic!("nobody expected {parameters}"));
        let command = match reply {
            Reply::Member | Reply::Stranger => Some("getMemberId"),
            Reply::Sent | Reply::Reason(_) => Some("sendSms"),
            Reply::Crash => None,
        };
        if let Some(command) = command {
            assert_eq!(parameters["cmd"], command, "{reply:?}");
        }
        self.asked.lock().unwrap().push(parameters);
        let answer = match reply {
            Reply::Member => json!({"memberId": "1234"}),
            Reply::Stranger => json!({"memberId": "-1"}),
            Reply::Sent => json!({"result": "Success"}),
            Reply::Reason(reason) => json!({"result": "Failed", "reason": reason}),
            Reply::Crash => json!({"errorType": "Broken", "errorMessage": "broken"}),
        };
        async move {
            Ok(FunctionAnswer {
                payload: answer.to_string().into(),
                function_error: matches!(reply, Reply::Crash).then(|| "Unhandled".to_owned()),
                executed_version: "$LATEST".to_owned(),
            })
        }
        .boxed()
    }
}

impl FunctionPolicies for Neighbours {
    fn grant_invoke(&self, _: &str, _: &str, _: &Principal) -> Result<(), Fault> {
        Ok(())
    }

    fn revoke_invoke(&self, _: &str, _: &str) {}
}

impl LogSink for Neighbours {
    fn ensure_group<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
    ) -> BoxFuture<'a, Result<(), LogSinkError>> {
        async { Ok(()) }.boxed()
    }

    fn append<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
        _: &'a str,
        events: Vec<LogEvent>,
    ) -> BoxFuture<'a, Result<(), LogSinkError>> {
        let mut logged = self.logged.lock().unwrap();
        logged.extend(events.into_iter().map(|event| event.message));
        async { Ok(()) }.boxed()
    }
}

/// What a caller does.
#[derive(Debug, Clone, Copy)]
enum Step {
    Press(&'static str),
    Silence,
}

use Reply::{Crash, Member, Reason, Sent, Stranger};
use Step::{Press, Silence};

const KEY_IN: Step = Press("0042#");

/// One call: who calls, what they do, what the function says, and the words they hear, by name.
#[derive(Debug, Clone)]
struct Story {
    caller: CallerId,
    steps: Vec<Step>,
    replies: Vec<Reply>,
    heard: Vec<&'static str>,
}

impl Story {
    fn new(steps: &[Step], replies: &[Reply], heard: &[&'static str]) -> Self {
        Self {
            caller: CallerId::Number(CALLER.to_owned()),
            steps: steps.to_vec(),
            replies: replies.to_vec(),
            heard: heard.to_vec(),
        }
    }

    fn from(self, caller: CallerId) -> Self {
        Self { caller, ..self }
    }
}

/// Every conversation that the line knows, whatever its language.
fn stories() -> Vec<Story> {
    let wrong = Reason("PIN_NOT_FOUND");
    let mut stories = vec![
        Story::new(&[], &[], &["withheld"]).from(CallerId::Withheld),
        Story::new(&[], &[], &["withheld"]).from(CallerId::Anonymous("anonymous".to_owned())),
        Story::new(&[], &[Crash], &["trouble"]),
        Story::new(&[], &[Stranger], &["not_a_member"]),
        Story::new(&[KEY_IN], &[Member, Sent], &["ask_pin", "sent"]),
        Story::new(&[KEY_IN], &[Member, Crash], &["ask_pin", "trouble"]),
        Story::new(
            &[KEY_IN; 3],
            &[Member, wrong, wrong, Sent],
            &["ask_pin", "wrong_pin_again", "wrong_pin_again", "sent"],
        ),
        Story::new(
            &[KEY_IN; 3],
            &[Member, wrong, wrong, wrong],
            &["ask_pin", "wrong_pin_again", "wrong_pin_again", "wrong_pin"],
        ),
        Story::new(
            &[Press("4#"), KEY_IN],
            &[Member, Reason("PIN_TOO_SHORT"), Sent],
            &["ask_pin", "short_pin_again", "sent"],
        ),
        Story::new(
            &[Silence, KEY_IN],
            &[Member, Sent],
            &["ask_pin", "no_key_again", "sent"],
        ),
        Story::new(
            &[Silence; 3],
            &[Member],
            &["ask_pin", "no_key_again", "no_key_again", "no_key"],
        ),
        // Silence takes no try away, and a wrong PIN no patience.
        Story::new(
            &[KEY_IN, Silence, KEY_IN, Silence, KEY_IN],
            &[Member, wrong, wrong, Sent],
            &[
                "ask_pin",
                "wrong_pin_again",
                "no_key_again",
                "wrong_pin_again",
                "no_key_again",
                "sent",
            ],
        ),
        // Keys that come while the second prompt plays are its answer.
        Story::new(
            &[Press("0000#0042#")],
            &[Member, wrong, Sent],
            &["ask_pin", "wrong_pin_again", "sent"],
        ),
        // The longest PIN is complete without #, which then falls into the next prompt.
        Story::new(
            &[Press("00000000#"), Press("00004242")],
            &[Member, wrong, Sent],
            &["ask_pin", "wrong_pin_again", "wrong_pin_again", "sent"],
        ),
        Story::new(
            &[Press("####")],
            &[Member],
            &[
                "ask_pin",
                "wrong_pin_again",
                "wrong_pin_again",
                "wrong_pin_again",
                "no_key",
            ],
        ),
    ];
    for reason in ["PIN_INVALID", "NOT_A_MEMBER", "CALLER_UNKNOWN"] {
        stories.push(Story::new(
            &[KEY_IN; 2],
            &[Member, Reason(reason), Sent],
            &["ask_pin", "wrong_pin_again", "sent"],
        ));
    }
    for (reason, heard) in [
        ("LOCKED", "locked"),
        ("CAMPAIGN_DISABLED", "campaign_over"),
        ("CAMPAIGN_NOT_STARTED", "campaign_over"),
        ("CAMPAIGN_EXPIRED", "campaign_over"),
        ("CAMPAIGN_EXHAUSTED", "campaign_over"),
        ("ALREADY_REDEEMED", "campaign_over"),
        ("NUMBER_NOT_ALLOWED", "not_sent"),
        ("SMS_LIMIT", "not_sent"),
        ("SMS_TOO_LONG", "not_sent"),
        ("SMS_REFUSED", "not_sent"),
        ("CAMPAIGN_INVALID", "trouble"),
        ("SMS_FAILED", "trouble"),
        ("BUSY", "trouble"),
        ("A_REASON_OF_TOMORROW", "trouble"),
    ] {
        stories.push(Story::new(
            &[KEY_IN],
            &[Member, Reason(reason)],
            &["ask_pin", heard],
        ));
    }
    stories
}

/// An instance with one rendered flow on one number.
struct Exchange<'a> {
    connect: Arc<ConnectService>,
    neighbours: Arc<Neighbours>,
    instance: String,
    queue_id: String,
    /// Until it is deleted.
    other_flow_id: Mutex<Option<String>>,
    flow: String,
    number: String,
    languages: &'a [&'static str],
    fallback: Fallback,
    texts: &'a BTreeMap<String, Value>,
}

impl<'a> Exchange<'a> {
    async fn new(
        renderer: &'a Renderer,
        languages: &'a [&'static str],
        fallback: Fallback,
    ) -> Result<Self, Failure> {
        let neighbours = Arc::new(Neighbours::default());
        let connect = ConnectService::new(ConnectPorts {
            functions: neighbours.clone(),
            invoker: neighbours.clone(),
            logs: neighbours.clone(),
        });
        let mut exchange = Self {
            connect,
            neighbours,
            instance: String::new(),
            queue_id: String::new(),
            other_flow_id: Mutex::default(),
            flow: String::new(),
            number: String::new(),
            languages,
            fallback,
            texts: &renderer.texts,
        };
        let instance = exchange
            .put(
                "/instance",
                json!({"InstanceAlias": "line", "IdentityManagementType": "CONNECT_MANAGED",
                       "InboundCallsEnabled": true,
                       "OutboundCallsEnabled": fallback == Fallback::Phone}),
            )
            .await;
        let instance_arn = text(&instance["Arn"]);
        exchange.instance = text(&instance["Id"]);
        exchange.attribute("CONTACTFLOW_LOGS", true).await;

        let to = match fallback {
            Fallback::None => Value::Null,
            Fallback::Queue => json!({"queue_arn": exchange.queue().await}),
            Fallback::Phone => json!({"phone_number": COLLEAGUE}),
            Fallback::Flow => json!({"flow_arn": exchange.other_flow().await}),
        };
        let fallbacks = json!({"withheld": to, "locked": to, "trouble": to});
        let content = renderer.render(languages, fallbacks).await?;
        let path = format!("/contact-flows/{}", exchange.instance);
        let flow = json!({"Name": "line", "Type": "CONTACT_FLOW", "Content": content});
        exchange.flow = text(&exchange.put(&path, flow).await["ContactFlowId"]);

        let offer = json!({"TargetArn": instance_arn, "PhoneNumberCountryCode": "JP",
                           "PhoneNumberType": "DID", "MaxResults": 1});
        let offer = exchange.post("/phone-number/search-available", offer).await;
        exchange.number = text(&offer["AvailableNumbersList"][0]["PhoneNumber"]);
        let claim = json!({"TargetArn": instance_arn, "PhoneNumber": exchange.number});
        let claimed = exchange.post("/phone-number/claim", claim).await;
        let path = format!(
            "/phone-number/{}/contact-flow",
            text(&claimed["PhoneNumberId"])
        );
        let way = json!({"InstanceId": exchange.instance, "ContactFlowId": exchange.flow});
        exchange.put(&path, way).await;
        Ok(exchange)
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> Value {
        let request = Request {
            region: REGION.to_owned(),
            service: "connect".to_owned(),
            access_key_id: "test".to_owned(),
            method,
            uri: path.parse().unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from(body.to_string()),
        };
        let answer = self.connect.handle(request).await;
        let said = String::from_utf8_lossy(answer.body()).into_owned();
        assert!(answer.status().is_success(), "{path}: {said}");
        serde_json::from_str(&said).unwrap_or_default()
    }

    async fn put(&self, path: &str, body: Value) -> Value {
        self.send(Method::PUT, path, body).await
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.send(Method::POST, path, body).await
    }

    async fn attribute(&self, name: &str, value: bool) {
        let path = format!("/instance/{}/attribute/{name}", self.instance);
        let value = json!({"Value": value.to_string()});
        self.post(&path, value).await;
    }

    /// A queue that takes callers until it is told otherwise.
    async fn queue(&mut self) -> String {
        let path = format!("/hours-of-operations-summary/{}", self.instance);
        let hours = self.send(Method::GET, &path, Value::Null).await;
        let hours = &hours["HoursOfOperationSummaryList"][0]["Id"];
        let queue = json!({"Name": "colleagues", "HoursOfOperationId": hours});
        let path = format!("/queues/{}", self.instance);
        let made = self.put(&path, queue).await;
        self.queue_id = text(&made["QueueId"]);
        text(&made["QueueArn"])
    }

    /// A flow of somebody else, which looks at everything that is worth hiding and has no word about
    /// its log.
    async fn other_flow(&mut self) -> String {
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
        let [number, pin] =
            ["number", "PIN"].map(|what| format!("{OTHER_FLOW} looks at the {what}"));
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
        let made = self.put(&path, flow).await;
        self.other_flow_id = Mutex::new(Some(text(&made["ContactFlowId"])));
        text(&made["ContactFlowArn"])
    }

    /// Makes the fallback unable to take anybody, or able again. A flow is deleted, for good: calls
    /// that shall find it come first.
    async fn close_fallback(&self, closed: bool) {
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

    fn words(&self, language: &str, name: &str) -> String {
        text(&self.texts[language][name])
    }

    /// The name under which CI prints the figure.
    fn name(&self) -> String {
        let languages = self.languages.join("+");
        match self.fallback {
            Fallback::None => languages,
            Fallback::Queue => format!("{languages}, fallback to a queue"),
            Fallback::Phone => format!("{languages}, fallback to a number"),
            Fallback::Flow => format!("{languages}, fallback to a flow"),
        }
    }

    /// Calls until every way was taken, and prints the figure.
    async fn walk(&self) -> Result<(), Failure> {
        let facts = self.connect.instance(REGION, "line").unwrap();
        let flow = self.connect.load_flow(&facts, &self.flow).unwrap().flow;
        let mut coverage = Coverage::of(&self.flow, &flow);
        let mut calls = Vec::new();
        let states = if self.fallback == Fallback::None {
            &[false][..]
        } else {
            &[false, true]
        };
        for closed in states {
            self.close_fallback(*closed).await;
            for language in self.languages {
                for story in stories() {
                    self.tell(language, &story, *closed, &mut calls).await?;
                }
            }
        }
        self.close_fallback(false).await;
        self.undecided_callers_get_the_first_language(&mut calls)
            .await?;
        for (_, trace) in &calls {
            coverage.record(trace);
        }
        let unforced = coverage.taken();

        // What is left are failures of blocks that cannot be had from outside: a call that passes
        // the block is repeated with the block failing.
        let left: Vec<_> = coverage.missed().cloned().collect();
        for way in left {
            let TransitionKind::Error { error_type } = &way.kind else {
                continue;
            };
            let passes = |trace: &[TraceEvent]| {
                trace.iter().any(|event| {
                    matches!(event, TraceEvent::Entered { action, .. } if *action == way.action)
                })
            };
            let Some((call, _)) = calls.iter().find(|(_, trace)| passes(trace)) else {
                continue;
            };
            self.close_fallback(call.closed).await;
            let told = self.call(call, &[(&way.action, error_type)]).await?;
            self.close_fallback(false).await;
            ends_regularly(&told, call);
            let speaks = ["Say ", "Announce "]
                .iter()
                .any(|s| way.action.starts_with(s));
            assert!(speaks || !told.heard().is_empty(), "{way:?} is silent");
            coverage.record(told.trace());
            self.neighbours.script.lock().unwrap().clear();
        }

        let forced = coverage.taken() - unforced;
        println!(
            "flow coverage: {}: {coverage}, {forced} of them by a block made to fail",
            self.name()
        );
        assert!(
            coverage.is_complete(),
            "calls of {} never took\n{}",
            self.name(),
            coverage.report()
        );
        self.nothing_secret_was_logged();
        Ok(())
    }

    /// One conversation in one language, word for word.
    async fn tell(
        &self,
        language: &'static str,
        story: &Story,
        closed: bool,
        calls: &mut Vec<(Conversation, Vec<TraceEvent>)>,
    ) -> Result<(), Failure> {
        let conversation = Conversation {
            story: story.clone(),
            choice: (self.languages.len() > 1).then(|| {
                let place = self.languages.iter().position(|known| *known == language);
                Press(["1", "2"][place.unwrap()])
            }),
            closed,
        };
        let call = self.call(&conversation, &[]).await?;
        let mut expected: Vec<String> = Vec::new();
        if self.languages.len() > 1 {
            expected.push(self.words("ja", "choose_language").replace("{key}", "1"));
        }
        let mut handed_over = false;
        for name in &story.heard {
            let fallible = ["withheld", "locked", "trouble"].contains(name);
            if fallible && self.fallback != Fallback::None {
                if self.fallback != Fallback::Flow {
                    expected.push(self.words(language, "handing_over"));
                }
                handed_over = !closed;
            }
            if !handed_over {
                expected.push(self.words(language, name));
            } else if self.fallback == Fallback::Flow {
                expected.push(OTHER_FLOW.to_owned());
            }
        }
        let context = format!("{}: {language} {conversation:?}", self.name());
        assert_eq!(call.heard(), expected, "{context}");
        assert!(
            self.neighbours.script.lock().unwrap().is_empty(),
            "{context}: not all was asked"
        );
        let asked = std::mem::take(&mut *self.neighbours.asked.lock().unwrap());
        for parameters in &asked {
            assert_eq!(parameters["language"], language, "{context}");
        }
        ends_regularly(&call, &conversation);
        match (handed_over, self.fallback, call.ending()) {
            (true, Fallback::Queue, Some(Ending::Queued { queue })) => {
                assert_eq!(queue.name, "colleagues");
            }
            // The colleague has hung up, too.
            (true, Fallback::Phone | Fallback::Flow, Some(Ending::Disconnected))
            | (false, _, Some(Ending::Disconnected)) => {}
            (_, _, ending) => panic!("{context}: {ending:?}"),
        }
        calls.push((conversation, call.trace().to_vec()));
        Ok(())
    }

    /// Who presses nothing, or a key that was not offered, hears all offers and then the first
    /// language; who waits for the own language is heard, too.
    async fn undecided_callers_get_the_first_language(
        &self,
        calls: &mut Vec<(Conversation, Vec<TraceEvent>)>,
    ) -> Result<(), Failure> {
        let [first, second] = self.languages else {
            return Ok(());
        };
        let offers = [
            self.words(first, "choose_language").replace("{key}", "1"),
            self.words(second, "choose_language").replace("{key}", "2"),
        ];
        for (steps, language) in [
            (&[Silence, Silence][..], first),
            (&[Press("9"), Press("#")], first),
            (&[Silence, Press("1")], first),
            (&[Silence, Press("2")], second),
        ] {
            let conversation = Conversation {
                story: Story::new(steps, &[Stranger], &[]),
                choice: None,
                closed: false,
            };
            let call = self.call(&conversation, &[]).await?;
            let mut expected = offers.to_vec();
            expected.push(self.words(language, "not_a_member"));
            assert_eq!(call.heard(), expected, "{steps:?}");
            ends_regularly(&call, &conversation);
            calls.push((conversation, call.trace().to_vec()));
        }
        self.neighbours.asked.lock().unwrap().clear();
        Ok(())
    }

    async fn call(
        &self,
        conversation: &Conversation,
        failing: &[(&str, &str)],
    ) -> Result<Call, Failure> {
        let story = &conversation.story;
        *self.neighbours.script.lock().unwrap() = story.replies.iter().copied().collect();
        let caller = story.caller.clone();
        let mut call = self
            .connect
            .dial_failing(&self.number, caller, failing)
            .await?;
        for step in conversation.choice.iter().chain(&story.steps) {
            match step {
                Press(keys) => press(&mut call, keys).await,
                Silence => call.wait().await,
            }
        }
        // A block that was made to fail may have led to more questions than the story answers.
        if !failing.is_empty() {
            call.hang_up().await;
        }
        Ok(call)
    }

    /// Neither the caller's number nor a PIN, and yet the story.
    fn nothing_secret_was_logged(&self) {
        let lines = self.neighbours.logged.lock().unwrap();
        let logged: Vec<String> = lines
            .iter()
            .map(|line| {
                let mut line: Value = serde_json::from_str(line).unwrap();
                // Random ids and times hold four digits of any kind sooner or later.
                let fields = line.as_object_mut().unwrap();
                fields.retain(|name, _| {
                    !["ContactId", "ContactFlowId", "Timestamp"].contains(&name.as_str())
                });
                line.to_string()
            })
            .collect();
        let logged = logged.join("\n");
        for secret in [CALLER, &CALLER[3..], PIN, "00004242"] {
            assert!(!logged.contains(secret), "{secret} is in the flow log");
        }
        assert!(!logged.contains(OTHER_FLOW), "another flow's log is on");
        let language = self.languages[0];
        for block in ["Set voice", "Look up member", "Was it sent?", "Say sent"] {
            assert!(
                logged.contains(&format!("\"{block} {language}\"")),
                "no line of {block}"
            );
        }
        for silent in [
            "Is the number shown?",
            "Ask for PIN",
            "What was keyed?",
            "Send SMS",
        ] {
            assert!(
                !logged.contains(&format!("\"{silent} {language}\"")),
                "{silent} must not be logged"
            );
        }
    }
}

/// A story as it was told on one line.
#[derive(Debug, Clone)]
struct Conversation {
    story: Story,
    /// The key for the language, where there is a menu.
    choice: Option<Step>,
    /// Whether the fallback could take nobody.
    closed: bool,
}

fn ends_regularly(call: &Call, conversation: &Conversation) {
    assert!(
        matches!(
            call.events().last(),
            Some(CallEvent::Ended { regular: true, .. })
        ),
        "{conversation:?}: {:?}",
        call.events()
    );
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
