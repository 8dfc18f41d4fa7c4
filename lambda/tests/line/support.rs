//! A line without AWS, events out of files, and a log that can be read back.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use connect_pin_sms::campaign::CampaignUrl;
use connect_pin_sms::event::Event;
use connect_pin_sms::failure::Failure;
use connect_pin_sms::handler::handle;
use connect_pin_sms::line::Line;
use connect_pin_sms::message::SmsTemplate;
use connect_pin_sms::phone::PhoneNumber;
use connect_pin_sms::pin::Pin;
use connect_pin_sms::ports::{
    CampaignCatalogue, Handover, LookupError, MemberDirectory, SmsSender,
};
use connect_pin_sms::telemetry;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};
use tracing::level_filters::LevelFilter;

pub(crate) const CALLER: &str = "+819011112222";
pub(crate) const PIN: &str = "0042";
pub(crate) const PAGE: &str = "https://example.com/c/1";

/// The text of `tests/fixtures/<name>.json`.
pub(crate) fn fixture_value(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/{name}.json"));
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap()
}

/// The event in `tests/fixtures/<name>.json`.
pub(crate) fn fixture(name: &str) -> Event {
    serde_json::from_value(fixture_value(name)).unwrap()
}

/// What a table says of a key. It also counts, since some answers must not cost a read.
#[derive(Clone, Debug)]
pub(crate) struct Shelf<V> {
    rows: HashMap<String, Result<V, LookupError>>,
    reads: Arc<Mutex<u32>>,
}

impl<V: Clone> Shelf<V> {
    pub(crate) fn empty() -> Self {
        Self {
            rows: HashMap::new(),
            reads: Arc::default(),
        }
    }

    fn read(&self, key: &str) -> Result<Option<V>, LookupError> {
        *self.reads.lock().unwrap() += 1;
        self.rows.get(key).cloned().transpose()
    }

    pub(crate) fn put(&mut self, key: &str, row: Result<V, LookupError>) {
        self.rows.insert(key.to_owned(), row);
    }

    pub(crate) fn reads(&self) -> u32 {
        *self.reads.lock().unwrap()
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Members(pub(crate) Shelf<String>);

impl MemberDirectory for Members {
    async fn member_id(&self, caller: &PhoneNumber) -> Result<Option<String>, LookupError> {
        self.0.read(caller.expose())
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Campaigns(pub(crate) Shelf<CampaignUrl>);

impl CampaignCatalogue for Campaigns {
    async fn page(&self, pin: &Pin) -> Result<Option<CampaignUrl>, LookupError> {
        self.0.read(pin.expose())
    }
}

/// Notes what it is given, and says what it was told to say.
#[derive(Clone, Debug)]
pub(crate) struct Handset {
    pub(crate) says: Handover,
    received: Arc<Mutex<Vec<(String, String)>>>,
}

impl Handset {
    /// Everything handed over so far: number and text.
    pub(crate) fn received(&self) -> Vec<(String, String)> {
        self.received.lock().unwrap().clone()
    }
}

impl SmsSender for Handset {
    async fn send(&self, to: &PhoneNumber, text: &str) -> Handover {
        self.received
            .lock()
            .unwrap()
            .push((to.expose().to_owned(), text.to_owned()));
        self.says.clone()
    }
}

pub(crate) type TestLine = Line<Members, Campaigns, Handset>;

/// One member, one campaign, and a handset that takes every message.
pub(crate) fn line() -> TestLine {
    let mut line = Line {
        members: Members(Shelf::empty()),
        campaigns: Campaigns(Shelf::empty()),
        sms: Handset {
            says: Handover::Accepted {
                message_id: Some("message-1".into()),
            },
            received: Arc::default(),
        },
        template: SmsTemplate::parse(SmsTemplate::DEFAULT).unwrap(),
    };
    line.members.0.put(CALLER, Ok("1234".into()));
    line.campaigns
        .0
        .put(PIN, Ok(CampaignUrl::parse(PAGE).unwrap()));
    line
}

/// A log that can be read back.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What the flow hears, and the one line that was logged.
pub(crate) async fn ask(line: &TestLine, event: Event) -> (Result<Value, Failure>, Value) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = telemetry::subscriber(LevelFilter::TRACE, move || writer.clone());
    let mut context = Context::default();
    context.request_id = "request-1".into();
    let answer = {
        let _guard = tracing::subscriber::set_default(subscriber);
        handle(line, LambdaEvent::new(event, context)).await
    };
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "one line per invocation:\n{text}");
    let mut logged: Value = serde_json::from_str(&text).unwrap();
    // Its digits are nobody's, and look like anybody's now and then.
    let timestamp = logged["timestamp"].take();
    assert!(timestamp.is_string());
    let rest = logged.to_string();
    for secret in [CALLER, &CALLER[1..], "1111", PIN, PAGE] {
        assert!(!rest.contains(secret), "{secret} in the log: {rest}");
    }
    (
        answer.map(|answer| serde_json::to_value(answer).unwrap()),
        logged,
    )
}

pub(crate) fn event(parameters: Value) -> Event {
    let event = json!({ "Details": {
        "ContactData": {
            "ContactId": "contact-1",
            "CustomerEndpoint": { "Address": CALLER, "Type": "TELEPHONE_NUMBER" },
        },
        "Parameters": parameters,
    } });
    serde_json::from_value(event).unwrap()
}
