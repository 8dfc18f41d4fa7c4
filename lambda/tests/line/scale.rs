//! The rates of `docs/scale.md` in virtual time, against tables that throttle as DynamoDB does: 1,000 write
//! units and 3,000 read units a second for one item, whatever the table has
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html>).

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connect_pin_sms::rules::attempts::{Admission, Attempt, CallerDay, Limits, Verdict};
use connect_pin_sms::rules::campaign::{Campaign, CampaignId, Rules};
use connect_pin_sms::rules::cause::Cause;
use connect_pin_sms::rules::counter::{CounterId, Move, Moved, Step};
use connect_pin_sms::rules::destinations::Destinations;
use connect_pin_sms::rules::invocation::Invocation;
use connect_pin_sms::rules::line::{Line, Policy};
use connect_pin_sms::rules::outcome::{Outcome, UnknownCaller};
use connect_pin_sms::rules::phone::PhoneNumber;
use connect_pin_sms::rules::pin::PinKey;
use connect_pin_sms::rules::ports::{
    AttemptLedger, CampaignCatalogue, CounterError, Handover, LookupError, Member, MemberDirectory,
    Ports, SmsSender,
};
use connect_pin_sms::rules::sms_template::{SmsTemplate, Templates};
use connect_pin_sms::rules::url::{CampaignUrl, Hosts};
use futures_util::future::join_all;
use serde_json::json;
use tokio::time::Instant;

use crate::book::Book;
use crate::support::{TestKeys, event_of, member, protection};

const WRITE_UNITS: u64 = 1_000;
/// An eventually consistent read of up to 4 KB takes half a unit.
const READS: u64 = 2 * 3_000;
/// The round-trip time of a request to DynamoDB.
const TRIP: Duration = Duration::from_millis(5);
/// The time of a request to SNS.
const PUBLISH: Duration = Duration::from_millis(50);
/// The time for which calls come in.
const SECONDS: u64 = 4;

/// Noon of a day.
const NOON: u64 = 1_795_435_200;

/// All tables, and the units that each item has used in each second.
#[derive(Clone, Debug)]
struct Tables {
    book: Arc<Mutex<Book>>,
    spent: Arc<Mutex<HashMap<(String, u64), u64>>>,
    throttled: Arc<Mutex<u64>>,
    start: Instant,
    campaign: Campaign,
}

impl Tables {
    fn new(campaign: Campaign) -> Self {
        Self {
            book: Arc::new(Mutex::new(Book::with_clock())),
            spent: Arc::default(),
            throttled: Arc::default(),
            start: Instant::now(),
            campaign,
        }
    }

    /// Makes a request as the SDK does: up to three times, with pauses that double.
    async fn ask<T>(
        &self,
        item: &str,
        most: u64,
        units: impl Fn(&Book) -> u64,
        apply: impl Fn(&mut Book) -> T,
    ) -> Result<T, CounterError> {
        for n in 0..3 {
            tokio::time::sleep(TRIP).await;
            let second = self.start.elapsed().as_secs();
            let taken = {
                let mut spent = self.spent.lock().unwrap();
                let spent = spent.entry((item.to_owned(), second)).or_default();
                let mut book = self.book.lock().unwrap();
                let units = units(&book);
                (*spent + units <= most).then(|| {
                    *spent += units;
                    apply(&mut book)
                })
            };
            if let Some(answer) = taken {
                return Ok(answer);
            }
            *self.throttled.lock().unwrap() += 1;
            tokio::time::sleep(Duration::from_millis(50 << n)).await;
        }
        Err(CounterError::Throttled(Cause::scrubbed(
            "ThrottlingException",
        )))
    }

    async fn read<T>(&self, item: &str, apply: impl Fn(&mut Book) -> T) -> Result<T, CounterError> {
        self.ask(item, READS, |_| 1, apply).await
    }
}

/// Returns the item of a counter.
fn item(of: &CounterId) -> String {
    match of {
        CounterId::Hour { .. } => "hour".to_owned(),
        CounterId::Redemptions { campaign } => format!("redeemed {campaign}"),
        CounterId::SingleUse { tag, .. } => format!("used {tag}"),
    }
}

impl MemberDirectory for Tables {
    async fn member(&self, caller: &PhoneNumber) -> Result<Option<Member>, LookupError> {
        let read = self.read(caller.expose(), |_| ()).await;
        read.map_err(|error| LookupError::Unreadable(error.into()))?;
        Ok(Some(member(caller.expose())))
    }
}

impl CampaignCatalogue for Tables {
    async fn campaign(&self, _: &PinKey) -> Result<Option<Campaign>, LookupError> {
        let read = self.read("campaign", |_| ()).await;
        read.map_err(|error| LookupError::Unreadable(error.into()))?;
        Ok(Some(self.campaign.clone()))
    }

    async fn redeem(&self, _: &PinKey, _: u64, _: &str) -> Result<bool, Cause> {
        Err(Cause::scrubbed("the attempts table counts"))
    }

    async fn give_back(&self, _: &PinKey) -> Result<(), Cause> {
        Err(Cause::scrubbed("the attempts table counts"))
    }
}

impl AttemptLedger for Tables {
    async fn open(&self, attempt: &Attempt, limits: &Limits) -> Result<Admission, Cause> {
        let entry = self.ask(
            &attempt.caller,
            WRITE_UNITS,
            |_| 1,
            |book| book.enter(attempt, limits),
        );
        Ok(entry.await?)
    }

    async fn recorded(&self, attempt: &Attempt, at: u64) -> Result<CallerDay, Cause> {
        let record = self.read(&attempt.caller, |book| book.recorded(attempt, at));
        Ok(record.await?)
    }

    async fn close(&self, attempt: &Attempt, verdict: Verdict) -> Result<(), Cause> {
        let end = self.ask(
            &attempt.caller,
            WRITE_UNITS,
            |_| 1,
            |book| {
                book.close(attempt, verdict);
            },
        );
        Ok(end.await?)
    }

    async fn counter(&self, of: &CounterId, _: bool) -> Result<Option<i64>, CounterError> {
        self.read(&item(of), |book| book.counter(of)).await
    }

    async fn take(
        &self,
        of: &CounterId,
        change: &Move,
        step: &Step,
    ) -> Result<Moved, CounterError> {
        let units = |book: &Book| book.write_units(of);
        let take = |book: &mut Book| {
            let moved = book.take(of, change, step);
            book.sweep(of, step);
            moved
        };
        self.ask(&item(of), WRITE_UNITS, units, take).await
    }

    async fn undo(&self, of: &CounterId, change: &Move, step: &Step) -> Result<(), CounterError> {
        let units = |book: &Book| book.write_units(of);
        let undo = |book: &mut Book| book.undo(of, change, step);
        self.ask(&item(of), WRITE_UNITS, units, undo).await
    }
}

#[derive(Clone, Debug)]
struct Sns;

impl SmsSender for Sns {
    async fn send(&self, _: &PhoneNumber, _: &str) -> Handover {
        tokio::time::sleep(PUBLISH).await;
        Handover::Accepted { message_id: None }
    }
}

/// The ports of a line whose tables have the rates of DynamoDB.
enum ScalePorts {}

impl Ports for ScalePorts {
    type Members = Tables;
    type PinKeys = TestKeys;
    type Campaigns = Tables;
    type Sms = Sns;
    type Ledger = Tables;
}

/// The results of all calls of a rate.
#[derive(Debug, Default)]
struct Figures {
    calls: u64,
    sent: u64,
    trouble: u64,
    unguarded: u64,
    throttled: u64,
    slowest: Duration,
    counted: Option<i64>,
}

#[expect(clippy::print_stdout, reason = "the test's output shows the figures")]
async fn play(rate: u64, limit: Option<u64>) -> Figures {
    let campaign = Campaign {
        id: CampaignId::parse("busy"),
        rules: Rules {
            max_redemptions: limit,
            ..Rules::default()
        },
        ..Campaign::new(CampaignUrl::parse("https://example.com/c").unwrap())
    };
    let tables = Tables::new(campaign);
    let line = Line::<ScalePorts> {
        members: tables.clone(),
        pin_keys: TestKeys::default(),
        campaigns: tables.clone(),
        sms: Sns,
        protection: Some(protection(tables.clone())),
        policy: Policy {
            templates: Templates::one(SmsTemplate::parse("{url}").unwrap()),
            hosts: Hosts::default(),
            destinations: Destinations::parse("+81", None).unwrap(),
            pin_min_length: 4,
            unknown_caller: UnknownCaller::Announce,
        },
    };
    let call = |n: u64| {
        let line = &line;
        async move {
            let after = Duration::from_micros(n * 1_000_000 / rate);
            tokio::time::sleep(after).await;
            let parameters = json!({ "cmd": "sendSms", "pinCode": "1001" });
            let event = event_of(&format!("+8190{n:08}"), &format!("c-{n}"), parameters);
            let start = Instant::now();
            let noon = Duration::from_secs(NOON) + after;
            let invocation = Invocation::starting("r", noon, Duration::from_secs(7));
            let result = line.answer(&event.request().unwrap(), &invocation).await;
            (result, invocation.is_unguarded(), start.elapsed())
        }
    };
    let calls = SECONDS * rate;
    let mut figures = Figures {
        calls,
        ..Figures::default()
    };
    for (result, unguarded, took) in join_all((0..calls).map(call)).await {
        figures.unguarded += u64::from(unguarded);
        figures.slowest = figures.slowest.max(took);
        match result {
            Ok(Outcome::Sent { .. }) => figures.sent += 1,
            Ok(other) => panic!("{other:?}"),
            Err(_) => figures.trouble += 1,
        }
    }
    figures.throttled = *tables.throttled.lock().unwrap();
    figures.counted = tables
        .book
        .lock()
        .unwrap()
        .counter(&CounterId::Redemptions {
            campaign: "busy".into(),
        });
    println!("{rate} calls a second, limit {limit:?}: {figures:?}");
    figures
}

#[tokio::test(start_paused = true)]
async fn the_rates_of_docs_scale_hold() {
    // A limit that is not reached, so that each call writes the campaign's count.
    const LIMIT: u64 = 1_000_000;
    for limit in [None, Some(LIMIT)] {
        for rate in [10, 100, 500] {
            let figures = play(rate, limit).await;
            assert_eq!(figures.sent, figures.calls, "{figures:?}");
            assert_eq!(
                (figures.throttled, figures.unguarded),
                (0, 0),
                "{figures:?}"
            );
        }
    }
    // The hour's count is throttled while it fills, and no call fails because of that.
    let figures = play(1_000, None).await;
    assert_eq!(figures.sent, figures.calls, "{figures:?}");
    assert!(figures.unguarded > 0, "the metric tells: {figures:?}");
    // The count of one campaign is too busy, and the messages that were sent are counted exactly.
    let figures = play(1_000, Some(LIMIT)).await;
    assert!(figures.trouble > 0, "{figures:?}");
    assert_eq!(
        figures.counted,
        i64::try_from(figures.sent).ok(),
        "{figures:?}"
    );
}
