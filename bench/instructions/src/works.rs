//! The counted work: reading an event, and answering each command with ports that are always ready.

use std::future::ready;
use std::hint::black_box;

use anyhow::{Context, ensure};
use connect_pin_sms::event::Event;
use connect_pin_sms::handler::handle;
use connect_pin_sms::metrics::Metrics;
use connect_pin_sms::rules::attempts::{Admission, Attempt, CallerDay, Limits, Verdict};
use connect_pin_sms::rules::campaign::Campaign;
use connect_pin_sms::rules::cause::Cause;
use connect_pin_sms::rules::counter::{CounterId, Lanes, Move, Moved, Step};
use connect_pin_sms::rules::destinations::Destinations;
use connect_pin_sms::rules::hashing::Hasher;
use connect_pin_sms::rules::invocation::Invocation;
use connect_pin_sms::rules::line::{Line, Policy, Protection};
use connect_pin_sms::rules::outcome::UnknownCaller;
use connect_pin_sms::rules::phone::PhoneNumber;
use connect_pin_sms::rules::pin::{Pin, PinKey};
use connect_pin_sms::rules::ports::{
    AttemptLedger, CampaignCatalogue, CounterError, Handover, LookupError, Member, MemberDirectory,
    PinKeys, Ports, SmsSender,
};
use connect_pin_sms::rules::sms_template::{SmsTemplate, Templates};
use connect_pin_sms::rules::tags::Tags;
use connect_pin_sms::rules::undo_queue::UndoQueue;
use connect_pin_sms::rules::url::{CampaignUrl, Hosts};
use connect_pin_sms::telemetry;

const GET_MEMBER_ID: &[u8] = include_bytes!("../../../lambda/tests/fixtures/get_member_id.json");
const SEND_SMS: &[u8] = include_bytes!("../../../lambda/tests/fixtures/send_sms.json");

/// A piece of work whose instructions are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// Parses an event into a request.
    ReadEvent,
    /// Answers an event, with log and metrics.
    GetMemberId,
    /// Answers an event, with log, metrics and every protection.
    SendSms,
    /// The same with a wrong PIN.
    WrongPin,
}

impl Work {
    pub(crate) const ALL: [Self; 4] = [
        Self::ReadEvent,
        Self::GetMemberId,
        Self::SendSms,
        Self::WrongPin,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ReadEvent => "read an event",
            Self::GetMemberId => "answer getMemberId",
            Self::SendSms => "answer sendSms",
            Self::WrongPin => "answer sendSms, wrong PIN",
        }
    }

    /// Repeats the work, and checks its results.
    pub(crate) fn run(self, times: u64) -> anyhow::Result<()> {
        let subscriber = telemetry::subscriber(telemetry::level(|_| None), std::io::sink);
        tracing::subscriber::set_global_default(subscriber)?;
        let metrics = Metrics::new("line", |text| {
            black_box(text.len());
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()?;
        let line = line(self != Self::WrongPin)?;
        runtime.block_on(async {
            for _ in 0..times {
                match self {
                    Self::ReadEvent => {
                        let call = serde_json::from_slice::<Event>(black_box(SEND_SMS))?.request();
                        ensure!(black_box(call).is_ok(), "the event must be valid");
                    }
                    Self::GetMemberId => {
                        let answer = answer(&line, &metrics, GET_MEMBER_ID).await?;
                        ensure!(
                            answer.contains(r#""memberId":"1234""#),
                            "wrong answer: {answer}"
                        );
                    }
                    Self::SendSms => {
                        let answer = answer(&line, &metrics, SEND_SMS).await?;
                        ensure!(
                            answer.contains(r#""result":"Success""#),
                            "wrong answer: {answer}"
                        );
                    }
                    Self::WrongPin => {
                        let answer = answer(&line, &metrics, SEND_SMS).await?;
                        ensure!(answer.contains("PIN_NOT_FOUND"), "wrong answer: {answer}");
                    }
                }
            }
            Ok(())
        })
    }
}

async fn answer(line: &TestLine, metrics: &Metrics, event: &[u8]) -> anyhow::Result<String> {
    let event: Event = serde_json::from_slice(black_box(event))?;
    let invocation = Invocation::new("00000000-0000-4000-8000-000000000001", 0);
    let answer = handle(line, metrics, &event, &invocation).await?;
    Ok(serde_json::to_string(&answer)?)
}

type TestLine = Line<ReadyPorts>;

fn line(has_campaign: bool) -> anyhow::Result<TestLine> {
    let url = CampaignUrl::parse("https://example.com/campaign")?;
    let ports = ReadyPorts {
        campaign: has_campaign.then(|| Campaign::new(url)),
    };
    Ok(Line {
        members: ports.clone(),
        pin_keys: ports.clone(),
        campaigns: ports.clone(),
        sms: ports.clone(),
        protection: Some(Protection {
            ledger: ports,
            limits: Limits {
                per_hour: 5,
                per_day: 10,
                all_members_per_hour: 300,
                sms_per_day: 2,
            },
            tags: Tags::new(Hasher::unkeyed()),
            lanes: Lanes::default(),
            undo_queue: UndoQueue::default(),
        }),
        policy: Policy {
            templates: Templates::one(SmsTemplate::parse(SmsTemplate::DEFAULT)?),
            hosts: Hosts::default(),
            destinations: Destinations::parse(Destinations::DEFAULT_PREFIXES, None)
                .ok()
                .context("the default prefixes must be valid")?,
            pin_min_length: 1,
            unknown_caller: UnknownCaller::Announce,
        },
    })
}

/// All ports of a line, each with a constant answer.
#[derive(Clone)]
struct ReadyPorts {
    campaign: Option<Campaign>,
}

impl Ports for ReadyPorts {
    type Members = Self;
    type PinKeys = Self;
    type Campaigns = Self;
    type Sms = Self;
    type Ledger = Self;
}

impl MemberDirectory for ReadyPorts {
    fn member(
        &self,
        _: &PhoneNumber,
    ) -> impl Future<Output = Result<Option<Member>, LookupError>> + Send {
        ready(Ok(Some(Member {
            id: "1234".to_owned(),
            opted_out: false,
        })))
    }
}

impl PinKeys for ReadyPorts {
    fn at_hand(&self, pin: &Pin) -> Option<PinKey> {
        Some(PinKey::new(pin.expose()))
    }

    fn key(&self, pin: &Pin) -> impl Future<Output = Result<PinKey, Cause>> + Send {
        ready(Ok(PinKey::new(pin.expose())))
    }
}

impl CampaignCatalogue for ReadyPorts {
    fn campaign(
        &self,
        _: &PinKey,
    ) -> impl Future<Output = Result<Option<Campaign>, LookupError>> + Send {
        ready(Ok(self.campaign.clone()))
    }

    fn redeem(
        &self,
        _: &PinKey,
        _: u64,
        _: &str,
    ) -> impl Future<Output = Result<bool, Cause>> + Send {
        ready(Ok(true))
    }

    fn give_back(&self, _: &PinKey) -> impl Future<Output = Result<(), Cause>> + Send {
        ready(Ok(()))
    }
}

impl SmsSender for ReadyPorts {
    fn send(&self, _: &PhoneNumber, text: &str) -> impl Future<Output = Handover> + Send {
        black_box(text);
        ready(Handover::Accepted {
            message_id: Some("00000000-0000-4000-8000-000000000002".to_owned()),
        })
    }
}

impl AttemptLedger for ReadyPorts {
    fn open(
        &self,
        _: &Attempt,
        _: &Limits,
    ) -> impl Future<Output = Result<Admission, Cause>> + Send {
        ready(Ok(Admission::Admitted { messages: 0 }))
    }

    fn recorded(
        &self,
        _: &Attempt,
        _: u64,
    ) -> impl Future<Output = Result<CallerDay, Cause>> + Send {
        ready(Ok(CallerDay::default()))
    }

    fn close(&self, _: &Attempt, _: Verdict) -> impl Future<Output = Result<(), Cause>> + Send {
        ready(Ok(()))
    }

    fn counter(
        &self,
        _: &CounterId,
        _: bool,
    ) -> impl Future<Output = Result<Option<i64>, CounterError>> + Send {
        ready(Ok(Some(1_000)))
    }

    fn take(
        &self,
        _: &CounterId,
        _: &Move,
        _: &Step,
    ) -> impl Future<Output = Result<Moved, CounterError>> + Send {
        ready(Ok(Moved::Taken))
    }

    fn undo(
        &self,
        _: &CounterId,
        _: &Move,
        _: &Step,
    ) -> impl Future<Output = Result<(), CounterError>> + Send {
        ready(Ok(()))
    }
}
