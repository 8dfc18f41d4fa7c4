//! A line without AWS, events from files, and a log that can be read back.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use connect_pin_sms::event::Event;
use connect_pin_sms::handler::handle;
use connect_pin_sms::metrics::Metrics;
use connect_pin_sms::rules::attempts::Limits;
use connect_pin_sms::rules::campaign::Campaign;
use connect_pin_sms::rules::cause::Cause;
use connect_pin_sms::rules::counter::Lanes;
use connect_pin_sms::rules::destinations::Destinations;
use connect_pin_sms::rules::failure::Failure;
use connect_pin_sms::rules::hashing::Hasher;
use connect_pin_sms::rules::invocation::Invocation;
use connect_pin_sms::rules::line::{Line, Policy, Protection};
use connect_pin_sms::rules::outcome::UnknownCaller;
use connect_pin_sms::rules::phone::PhoneNumber;
use connect_pin_sms::rules::pin::{Pin, PinKey};
use connect_pin_sms::rules::ports::{
    CampaignCatalogue, Handover, LookupError, Member, MemberDirectory, PinKeys, Ports, SmsSender,
};
use connect_pin_sms::rules::sms_template::{SmsTemplate, Templates};
use connect_pin_sms::rules::tags::Tags;
use connect_pin_sms::rules::undo_queue::UndoQueue;
use connect_pin_sms::rules::url::{CampaignUrl, Hosts};
use connect_pin_sms::telemetry;
use serde_json::{Value, json};
use tracing::level_filters::LevelFilter;

use crate::ledger::Ledger;

pub(crate) const CALLER: &str = "+819011112222";
pub(crate) const PIN: &str = "0042";
pub(crate) const PAGE: &str = "https://example.com/c/1";

/// Reads the JSON of `tests/fixtures/<name>.json`.
pub(crate) fn fixture_value(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/{name}.json"));
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap()
}

/// Reads the event in `tests/fixtures/<name>.json`.
pub(crate) fn fixture(name: &str) -> Event {
    serde_json::from_value(fixture_value(name)).unwrap()
}

/// A table in memory. It counts reads, since some answers must not cost any.
#[derive(Clone, Debug)]
pub(crate) struct FakeTable<V> {
    rows: HashMap<String, Result<V, LookupError>>,
    /// The time of a read.
    pub(crate) latency: Duration,
    reads: Arc<Mutex<u32>>,
}

impl<V: Clone> FakeTable<V> {
    pub(crate) fn empty() -> Self {
        Self {
            rows: HashMap::new(),
            latency: Duration::ZERO,
            reads: Arc::default(),
        }
    }

    async fn read(&self, key: &str) -> Result<Option<V>, LookupError> {
        tokio::time::sleep(self.latency).await;
        *self.reads.lock().unwrap() += 1;
        self.rows.get(key).cloned().transpose()
    }

    pub(crate) fn put(&mut self, key: &str, row: Result<V, LookupError>) {
        self.rows.insert(key.to_owned(), row);
    }

    pub(crate) fn get(&self, key: &str) -> Option<Result<V, LookupError>> {
        self.rows.get(key).cloned()
    }

    pub(crate) fn reads(&self) -> u32 {
        *self.reads.lock().unwrap()
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Members(pub(crate) FakeTable<Member>);

/// Creates a member who wants messages.
pub(crate) fn member(id: &str) -> Member {
    Member {
        id: id.to_owned(),
        opted_out: false,
    }
}

impl MemberDirectory for Members {
    async fn member(&self, caller: &PhoneNumber) -> Result<Option<Member>, LookupError> {
        self.0.read(caller.expose()).await
    }
}

/// Plain keys, or a key service that fails.
#[derive(Clone, Debug, Default)]
pub(crate) struct TestKeys {
    pub(crate) trouble: Option<Cause>,
}

impl PinKeys for TestKeys {
    fn at_hand(&self, pin: &Pin) -> Option<PinKey> {
        self.trouble.is_none().then(|| PinKey::new(pin.expose()))
    }

    async fn key(&self, pin: &Pin) -> Result<PinKey, Cause> {
        self.trouble
            .clone()
            .map_or_else(|| Ok(PinKey::new(pin.expose())), Err)
    }
}

/// Campaigns, and the number of redemptions.
#[derive(Clone, Debug)]
pub(crate) struct Campaigns {
    pub(crate) rows: FakeTable<Campaign>,
    pub(crate) redeemed: Arc<Mutex<u64>>,
    pub(crate) trouble: Option<Cause>,
}

impl CampaignCatalogue for Campaigns {
    async fn campaign(&self, key: &PinKey) -> Result<Option<Campaign>, LookupError> {
        tokio::task::yield_now().await;
        self.rows.read(key.expose()).await
    }

    async fn redeem(&self, _: &PinKey, limit: u64, _: &str) -> Result<bool, Cause> {
        tokio::task::yield_now().await;
        if let Some(trouble) = &self.trouble {
            return Err(trouble.clone());
        }
        let mut redeemed = self.redeemed.lock().unwrap();
        let free = *redeemed < limit;
        *redeemed += u64::from(free);
        Ok(free)
    }

    async fn give_back(&self, _: &PinKey) -> Result<(), Cause> {
        *self.redeemed.lock().unwrap() -= 1;
        Ok(())
    }
}

/// A sender that records messages and returns a prepared result.
#[derive(Clone, Debug)]
pub(crate) struct Handset {
    pub(crate) result: Handover,
    /// The time of a request.
    pub(crate) latency: Duration,
    received: Arc<Mutex<Vec<(String, String)>>>,
}

impl Handset {
    /// Returns the number and text of every message so far.
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
        tokio::time::sleep(self.latency).await;
        self.result.clone()
    }
}

/// The ports of a [`TestLine`].
#[derive(Debug)]
pub(crate) enum TestPorts {}

impl Ports for TestPorts {
    type Members = Members;
    type PinKeys = TestKeys;
    type Campaigns = Campaigns;
    type Sms = Handset;
    type Ledger = Ledger;
}

pub(crate) type TestLine = Line<TestPorts>;

/// Creates a line with one member, one campaign, a handset that accepts every message, and no ledger.
pub(crate) fn line() -> TestLine {
    let mut line = TestLine {
        members: Members(FakeTable::empty()),
        pin_keys: TestKeys::default(),
        campaigns: Campaigns {
            rows: FakeTable::empty(),
            redeemed: Arc::default(),
            trouble: None,
        },
        sms: Handset {
            result: Handover::Accepted {
                message_id: Some("message-1".into()),
            },
            latency: Duration::ZERO,
            received: Arc::default(),
        },
        protection: None,
        policy: Policy {
            templates: Templates::one(SmsTemplate::parse(SmsTemplate::DEFAULT).unwrap()),
            hosts: Hosts::default(),
            destinations: Destinations::parse(Destinations::DEFAULT_PREFIXES, None).unwrap(),
            pin_min_length: 1,
            unknown_caller: UnknownCaller::Announce,
        },
    };
    line.members.0.put(CALLER, Ok(member("1234")));
    line.campaigns.rows.put(PIN, Ok(campaign()));
    line
}

/// Creates the campaign of [`PIN`].
pub(crate) fn campaign() -> Campaign {
    Campaign::new(CampaignUrl::parse(PAGE).unwrap())
}

/// Creates the same line with a ledger.
pub(crate) fn protected() -> TestLine {
    let mut line = line();
    line.protection = Some(protection(Ledger::default()));
    line
}

/// Returns the protection of a line with the module's default limits.
pub(crate) fn protection<L>(ledger: L) -> Protection<L> {
    Protection {
        ledger,
        limits: Limits {
            per_hour: 5,
            per_day: 10,
            all_members_per_hour: 300,
            sms_per_day: 2,
        },
        tags: Tags::new(Hasher::unkeyed()),
        lanes: Lanes::default(),
        undo_queue: UndoQueue::default(),
    }
}

/// Returns the ledger of a line that has one.
pub(crate) fn ledger(line: &TestLine) -> &Ledger {
    &line.protection.as_ref().unwrap().ledger
}

/// Returns the seconds since 1970.
pub(crate) fn now() -> u64 {
    since_1970().as_secs()
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

/// Creates an invocation that may take `left`.
pub(crate) fn invocation(left: Duration) -> Invocation {
    let deadline = u64::try_from((since_1970() + left).as_millis()).unwrap();
    Invocation::new("request-1", deadline)
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

/// Handles an event, and returns the answer and the one line that was logged.
pub(crate) async fn ask(line: &TestLine, event: Event) -> (Result<Value, Failure>, Value) {
    ask_within(line, event, Duration::from_secs(7)).await
}

/// Does the same with a deadline.
pub(crate) async fn ask_within(
    line: &TestLine,
    event: Event,
    left: Duration,
) -> (Result<Value, Failure>, Value) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = telemetry::subscriber(LevelFilter::TRACE, move || writer.clone());
    let measured = Log::default();
    let output = measured.clone();
    let metrics = Metrics::new("line", move |line| {
        let mut output = output.clone();
        writeln!(output, "{line}").unwrap();
    });
    let answer = {
        let _guard = tracing::subscriber::set_default(subscriber);
        handle(line, &metrics, &event, &invocation(left)).await
    };
    let mut logged = only_line(&log);
    let mut measured = only_line(&measured);
    // The digits of a time may look like those of a number.
    let timestamp = logged["timestamp"].take();
    assert!(timestamp.is_string());
    assert!(measured["_aws"]["Timestamp"].take().is_u64());
    let dimensions = &measured["_aws"]["CloudWatchMetrics"][0]["Dimensions"];
    assert_eq!(dimensions, &json!([["Service", "Outcome"]]));
    assert_eq!(measured["Outcome"], logged["outcome"]);
    let rest = format!("{logged}{measured}");
    for secret in [CALLER, &CALLER[1..], "1111", PIN, PAGE] {
        assert!(!rest.contains(secret), "{secret} in the log: {rest}");
    }
    (
        answer.map(|answer| serde_json::to_value(answer).unwrap()),
        logged,
    )
}

fn only_line(log: &Log) -> Value {
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "one line per invocation:\n{text}");
    serde_json::from_str(&text).unwrap()
}

/// Handles an event and returns the answer only, for many calls at once.
pub(crate) async fn answer(line: &TestLine, event: Event) -> Value {
    let metrics = Metrics::new("line", |_| ());
    let invocation = invocation(Duration::from_secs(7));
    let answer = handle(line, &metrics, &event, &invocation).await;
    serde_json::to_value(answer.unwrap()).unwrap()
}

pub(crate) fn event(parameters: Value) -> Event {
    event_of(CALLER, "contact-1", parameters)
}

pub(crate) fn event_of(caller: &str, contact: &str, parameters: Value) -> Event {
    let event = json!({ "Details": {
        "ContactData": {
            "ContactId": contact,
            "CustomerEndpoint": { "Address": caller, "Type": "TELEPHONE_NUMBER" },
        },
        "Parameters": parameters,
    } });
    serde_json::from_value(event).unwrap()
}

/// Creates the event of a contact whose caller enters a PIN.
pub(crate) fn keyed(contact: &str, pin: &str) -> Event {
    event_of(CALLER, contact, json!({ "cmd": "sendSms", "pinCode": pin }))
}

pub(crate) fn success() -> Value {
    json!({ "result": "Success" })
}

pub(crate) fn failed(reason: &str) -> Value {
    json!({ "result": "Failed", "reason": reason })
}
