//! A model test of the rules over an unreliable network: requests are slow, get lost on the way there or back,
//! are repeated, and arrive when the client no longer waits for them; attempts overlap, and midnight passes.
//! Each seed is a schedule of its own, which is played in virtual time and can be replayed by its number.
//!
//! The product's promises must hold whatever the schedule: never two messages for a contact and campaign,
//! never more than a limit, never an answer better than the truth, and nothing lost for good once all requests
//! have settled.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use connect_pin_sms::rules::attempts::{Admission, Attempt, CallerDay, Limits, Verdict};
use connect_pin_sms::rules::campaign::{Campaign, CampaignId, Rules};
use connect_pin_sms::rules::cause::Cause;
use connect_pin_sms::rules::counter::{CounterId, Move, Moved, Step};
use connect_pin_sms::rules::destinations::Destinations;
use connect_pin_sms::rules::failure::Failure;
use connect_pin_sms::rules::invocation::Invocation;
use connect_pin_sms::rules::line::{Line, Policy, Protection};
use connect_pin_sms::rules::outcome::{Outcome, Reason, UnknownCaller};
use connect_pin_sms::rules::phone::PhoneNumber;
use connect_pin_sms::rules::ports::{AttemptLedger, CounterError, Handover, Ports, SmsSender};
use connect_pin_sms::rules::sms_template::{SmsTemplate, Templates};
use connect_pin_sms::rules::url::{CampaignUrl, Hosts};
use futures_util::future::join_all;
use serde_json::json;

use crate::book::Book;
use crate::support::{Campaigns, FakeTable, Members, TestKeys, event_of, member, protection};

/// The number of schedules that are played.
const SEEDS: u64 = 3_000;

/// 2026-11-24T00:00:00Z.
const MIDNIGHT: u64 = 1_795_478_400;

/// The campaign that all members together redeem three times, and each of them once.
const SCARCE: &str = "1001";
const SCARCE_LIMIT: u64 = 3;
/// A campaign without rules.
const PLAIN: &str = "1002";

const LIMITS: Limits = Limits {
    per_hour: 3,
    per_day: 4,
    all_members_per_hour: 6,
    sms_per_day: 2,
};

tokio::task_local! {
    /// The index of the request that is sending.
    static REQUEST: usize;
}

/// A generator of reproducible pseudo-random numbers (SplitMix64).
#[derive(Clone)]
struct Dice(Arc<Mutex<u64>>);

impl Dice {
    fn roll(&self, sides: u64) -> u64 {
        let mut state = self.0.lock().unwrap();
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }

    fn milliseconds(&self, most: u64) -> Duration {
        Duration::from_millis(self.roll(most))
    }
}

/// A book behind a network, and a client that sends up to three requests, as the SDK does.
#[derive(Clone)]
struct Remote {
    book: Arc<Mutex<Book>>,
    dice: Dice,
    /// The percentage of requests that go wrong.
    trouble: Arc<Mutex<u64>>,
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[remote]")
    }
}

impl Remote {
    async fn ask<T: Send + 'static>(
        &self,
        apply: impl Fn(&mut Book) -> T + Clone + Send + 'static,
    ) -> Result<T, Cause> {
        for _ in 0..3 {
            if let Some(answer) = self.try_once(apply.clone()).await {
                return Ok(answer);
            }
        }
        Err(Cause::scrubbed("no answer"))
    }

    /// Sends one request, which arrives even if the client has stopped waiting for it.
    async fn try_once<T: Send + 'static>(
        &self,
        apply: impl Fn(&mut Book) -> T + Clone + Send + 'static,
    ) -> Option<T> {
        let arrives_after = |delay| {
            let (book, apply) = (Arc::clone(&self.book), apply.clone());
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                apply(&mut book.lock().unwrap())
            })
        };
        let there = self.dice.milliseconds(60);
        let back = self.dice.milliseconds(60);
        let trouble = *self.trouble.lock().unwrap();
        // An error comes at once, or the client gives up after a while.
        let unheard = if self.dice.roll(2) == 0 {
            there
        } else {
            Duration::from_millis(1_500)
        };
        if self.dice.roll(100) >= trouble {
            let answer = arrives_after(there).await.unwrap();
            tokio::time::sleep(back).await;
            return Some(answer);
        }
        match self.dice.roll(5) {
            // The request gets lost.
            0 => {}
            // The request is carried out, and the response gets lost.
            1 => drop(arrives_after(there)),
            // The request arrives late.
            2 => drop(arrives_after(self.dice.milliseconds(20_000))),
            // The request arrives, and once more later.
            3 => {
                drop(arrives_after(self.dice.milliseconds(20_000)));
                let answer = arrives_after(there).await.unwrap();
                tokio::time::sleep(back).await;
                return Some(answer);
            }
            // The request is slow.
            _ => {
                let answer = arrives_after(self.dice.milliseconds(3_000)).await.unwrap();
                return Some(answer);
            }
        }
        tokio::time::sleep(unheard).await;
        None
    }
}

impl AttemptLedger for Remote {
    async fn open(&self, attempt: &Attempt, limits: &Limits) -> Result<Admission, Cause> {
        let (attempt, limits) = (attempt.clone(), *limits);
        self.ask(move |book| book.enter(&attempt, &limits)).await
    }

    async fn recorded(&self, attempt: &Attempt, at: u64) -> Result<CallerDay, Cause> {
        let attempt = attempt.clone();
        self.ask(move |book| book.recorded(&attempt, at)).await
    }

    async fn close(&self, attempt: &Attempt, verdict: Verdict) -> Result<(), Cause> {
        let attempt = attempt.clone();
        self.ask(move |book| book.close(&attempt, verdict)).await
    }

    async fn counter(&self, of: &CounterId, _: bool) -> Result<Option<i64>, CounterError> {
        let of = of.clone();
        let answer = self.ask(move |book| book.counter(&of)).await;
        answer.map_err(CounterError::Unusable)
    }

    async fn take(
        &self,
        of: &CounterId,
        change: &Move,
        step: &Step,
    ) -> Result<Moved, CounterError> {
        let take = (of.clone(), *change, step.clone());
        let answer = self.ask(move |book| book.take(&take.0, &take.1, &take.2));
        match answer.await {
            // As the port requires, an earlier request that may still arrive is kept from being taken.
            Ok(Moved::OutOfBounds) => {
                self.undo(of, change, step).await?;
                Ok(Moved::OutOfBounds)
            }
            answer => answer.map_err(CounterError::Unusable),
        }
    }

    async fn undo(&self, of: &CounterId, change: &Move, step: &Step) -> Result<(), CounterError> {
        let (of, change, step) = (of.clone(), *change, step.clone());
        let answer = self.ask(move |book| book.undo(&of, &change, &step)).await;
        answer.map_err(CounterError::Unusable)
    }
}

/// A service that sends messages, and the true fate of each one.
#[derive(Clone, Debug, Default)]
struct Carrier {
    messages: Arc<Mutex<Vec<Message>>>,
    roll: Arc<Mutex<Vec<u64>>>,
}

#[derive(Clone, Debug)]
struct Message {
    /// The index of the request.
    by: usize,
    sent: bool,
    /// Whether the function got an answer by which nothing was sent.
    known_unsent: bool,
}

impl SmsSender for Carrier {
    async fn send(&self, _: &PhoneNumber, _: &str) -> Handover {
        let cause = || Cause::scrubbed("a carrier");
        let (fate, slow) = {
            let mut rolls = self.roll.lock().unwrap();
            (
                rolls.pop().unwrap_or_default(),
                rolls.pop().unwrap_or_default(),
            )
        };
        let (sent, handover) = match fate % 10 {
            0 => (false, Handover::Refused(cause())),
            1 => (false, Handover::Throttled(cause())),
            2 => (false, Handover::NotReached(cause())),
            3 => (false, Handover::Unclear(cause())),
            4 => (true, Handover::Unclear(cause())),
            _ => (true, Handover::Accepted { message_id: None }),
        };
        // The message is sent, however long the answer takes.
        let at = {
            let mut messages = self.messages.lock().unwrap();
            messages.push(Message {
                by: REQUEST.get(),
                sent,
                known_unsent: false,
            });
            messages.len() - 1
        };
        tokio::time::sleep(Duration::from_millis(if slow % 8 == 0 {
            slow % 8_000
        } else {
            20
        }))
        .await;
        // A function that has given up by now gets no answer.
        let known_unsent = !matches!(handover, Handover::Unclear(_) | Handover::Accepted { .. });
        self.messages.lock().unwrap()[at].known_unsent = known_unsent;
        handover
    }
}

/// A request of a schedule, with its time in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ScheduledRequest {
    caller: u64,
    contact: String,
    pin: &'static str,
    at: u64,
}

/// The end of a request.
struct Ended {
    result: Result<Outcome, Failure>,
    repeated: bool,
}

/// The ports of a [`ModelLine`].
enum ModelPorts {}

impl Ports for ModelPorts {
    type Members = Members;
    type PinKeys = TestKeys;
    type Campaigns = Campaigns;
    type Sms = Carrier;
    type Ledger = Remote;
}

type ModelLine = Line<ModelPorts>;

fn number(caller: u64) -> String {
    format!("+8190{:08}", 11_110_000 + caller)
}

/// Creates a line with four members and two campaigns; other callers are not members.
fn line(remote: &Remote, carrier: &Carrier) -> ModelLine {
    let page = |path| CampaignUrl::parse(&format!("https://example.com/{path}")).unwrap();
    let mut line = ModelLine {
        members: Members(FakeTable::empty()),
        pin_keys: TestKeys::default(),
        campaigns: Campaigns {
            rows: FakeTable::empty(),
            redeemed: Arc::default(),
            trouble: None,
        },
        sms: carrier.clone(),
        protection: Some(Protection {
            limits: LIMITS,
            ..protection(remote.clone())
        }),
        policy: Policy {
            templates: Templates::one(SmsTemplate::parse("{url}").unwrap()),
            hosts: Hosts::default(),
            destinations: Destinations::parse("+81", None).unwrap(),
            pin_min_length: 4,
            unknown_caller: UnknownCaller::Uniform,
        },
    };
    for caller in 0..4 {
        let row = Ok(member(&format!("m{caller}")));
        line.members.0.put(&number(caller), row);
    }
    let scarce = Campaign {
        id: CampaignId::parse("scarce"),
        rules: Rules {
            max_redemptions: Some(SCARCE_LIMIT),
            single_use_per_member: true,
            ..Rules::default()
        },
        ..Campaign::new(page("scarce"))
    };
    line.campaigns.rows.put(SCARCE, Ok(scarce));
    line.campaigns
        .rows
        .put(PLAIN, Ok(Campaign::new(page("plain"))));
    line
}

/// Returns the requests of a schedule, in the order in which they begin: callers with their contacts, each of
/// which enters a few PINs, and requests that Amazon Connect repeats.
fn requests(dice: &Dice) -> Vec<ScheduledRequest> {
    let start = if dice.roll(2) == 0 {
        MIDNIGHT - 8
    } else {
        MIDNIGHT + 40_000
    };
    let mut requests: Vec<ScheduledRequest> = Vec::new();
    for _ in 0..10 {
        let again = dice.roll(3) == 0;
        let at = start + dice.roll(16);
        let earlier = (again && !requests.is_empty())
            .then(|| requests[usize::try_from(dice.roll(requests.len() as u64)).unwrap()].clone());
        requests.push(match earlier {
            Some(earlier) => ScheduledRequest {
                at: earlier.at + dice.roll(8),
                ..earlier
            },
            None => {
                let caller = dice.roll(5);
                ScheduledRequest {
                    caller,
                    contact: format!("c{caller}-{}", dice.roll(3)),
                    pin: [SCARCE, SCARCE, PLAIN, "9001", "9002"]
                        [usize::try_from(dice.roll(5)).unwrap()],
                    at,
                }
            }
        });
    }
    requests.sort_by_key(|request| request.at);
    requests
}

async fn play(line: &ModelLine, n: usize, request: &ScheduledRequest, start: u64) -> Ended {
    tokio::time::sleep(Duration::from_secs(request.at - start)).await;
    let parameters = json!({ "cmd": "sendSms", "pinCode": request.pin });
    let event = event_of(&number(request.caller), &request.contact, parameters);
    let invocation = Invocation::starting(
        &format!("r{n}"),
        Duration::from_secs(request.at),
        Duration::from_secs(7),
    );
    let of_flow = event.request().unwrap();
    let result = REQUEST.scope(n, line.answer(&of_flow, &invocation)).await;
    Ended {
        result,
        repeated: invocation.is_repeated(),
    }
}

/// Plays one schedule, from the first request to the last one that arrives.
async fn schedule(seed: u64) {
    let dice = Dice(Arc::new(Mutex::new(seed)));
    let remote = Remote {
        book: Arc::new(Mutex::new(Book::with_clock())),
        dice: dice.clone(),
        trouble: Arc::new(Mutex::new(
            [0, 10, 30, 60][usize::try_from(seed % 4).unwrap()],
        )),
    };
    let carrier = Carrier::default();
    *carrier.roll.lock().unwrap() = (0..100).map(|_| dice.roll(64_000)).collect();
    let line = line(&remote, &carrier);
    let requests = requests(&dice);
    let start = requests[0].at;
    let plays = requests.iter().enumerate();
    let ended = join_all(plays.map(|(n, request)| play(&line, n, request, start))).await;
    // Requests that are still under way arrive.
    tokio::time::sleep(Duration::from_secs(60)).await;
    settle(seed, &line, &remote, &requests).await;

    let messages = carrier.messages.lock().unwrap().clone();
    messages_keep_their_limits(seed, &requests, &messages);
    answers_are_true(seed, &requests, &ended, &messages);
    guesses_keep_their_limits(seed, &requests, &ended);
    redemptions_are_messages(seed, &remote, &requests, &messages).await;
}

/// Repairs the network and lets callers who are not members call until nothing is left to be undone: one
/// attempt for every two moves.
async fn settle(seed: u64, line: &ModelLine, remote: &Remote, requests: &[ScheduledRequest]) {
    *remote.trouble.lock().unwrap() = 0;
    let undo_queue = &line.protection.as_ref().unwrap().undo_queue;
    let at = requests.iter().map(|request| request.at).max().unwrap() + 100;
    let calls = undo_queue.count().div_ceil(2);
    for n in 0..calls {
        let request = ScheduledRequest {
            caller: 20,
            contact: format!("s{n}"),
            pin: "9003",
            at,
        };
        play(line, 1_000, &request, at).await.result.ok();
    }
    assert_eq!(undo_queue.count(), 0, "seed {seed}");
}

/// Checks that there are never two messages for a contact and campaign, and never more than a caller's day, a
/// member's single use or a campaign's limit allows.
fn messages_keep_their_limits(seed: u64, requests: &[ScheduledRequest], messages: &[Message]) {
    let mut of_contact = BTreeMap::<_, usize>::new();
    let mut of_day = BTreeMap::<_, usize>::new();
    let mut scarce = BTreeMap::<_, usize>::new();
    for message in messages.iter().filter(|message| !message.known_unsent) {
        let ScheduledRequest {
            caller,
            contact,
            pin,
            at,
        } = &requests[message.by];
        *of_contact.entry((contact, pin)).or_default() += 1;
        *of_day.entry((caller, at / 86_400)).or_default() += 1;
        if *pin == SCARCE {
            *scarce.entry(caller).or_default() += 1;
        }
    }
    assert!(
        of_contact.values().all(|count| *count == 1),
        "seed {seed}: {of_contact:?}"
    );
    let limit = LIMITS.sms_per_day as usize;
    assert!(
        of_day.values().all(|count| *count <= limit),
        "seed {seed}: {of_day:?}"
    );
    assert!(
        scarce.values().all(|count| *count == 1),
        "seed {seed}: {scarce:?}"
    );
    let all: usize = scarce.values().sum();
    assert!(all as u64 <= SCARCE_LIMIT, "seed {seed}: {scarce:?}");
}

/// Checks that a message was sent wherever the answer reports one.
fn answers_are_true(
    seed: u64,
    requests: &[ScheduledRequest],
    ended: &[Ended],
    messages: &[Message],
) {
    for (request, ended) in requests.iter().zip(ended) {
        if matches!(ended.result, Ok(Outcome::Sent { .. } | Outcome::SentBefore)) {
            let sent = messages.iter().any(|message| {
                let by = &requests[message.by];
                message.sent && (&by.contact, by.pin) == (&request.contact, request.pin)
            });
            assert!(sent, "seed {seed}: no message was sent for {request:?}");
        }
    }
}

/// Checks that no more wrong PINs are judged than the limits of a caller and of an hour allow.
fn guesses_keep_their_limits(seed: u64, requests: &[ScheduledRequest], ended: &[Ended]) {
    let mut of_caller = BTreeMap::<_, BTreeSet<_>>::new();
    let mut of_hour = BTreeMap::<_, (i64, i64)>::new();
    let answered = requests.iter().zip(ended);
    for (request, ended) in answered.filter(|(_, ended)| !ended.repeated) {
        let hour = of_hour.entry(request.at / 3_600).or_default();
        match &ended.result {
            Ok(Outcome::NotSent(Reason::PinNotFound)) => {
                hour.0 += 1;
                let wrong = of_caller.entry((request.caller, request.at / 3_600));
                wrong.or_default().insert((&request.contact, request.pin));
            }
            Ok(Outcome::NotSent(Reason::NotAMember { .. } | Reason::Locked(_))) | Err(_) => {}
            Ok(_) => hour.1 += 1,
        }
    }
    let limit = LIMITS.per_hour as usize;
    assert!(
        of_caller.values().all(|wrong| wrong.len() <= limit),
        "seed {seed}: {of_caller:?}"
    );
    for (wrong, right) in of_hour.values() {
        let quarters = 4 * i64::from(LIMITS.all_members_per_hour) + right;
        assert!(
            4 * wrong <= quarters,
            "seed {seed}: {wrong} wrong, {right} right"
        );
    }
}

/// Checks that the counter counts the messages that were sent or may have been, and that the remaining
/// redemptions can be used.
async fn redemptions_are_messages(
    seed: u64,
    remote: &Remote,
    requests: &[ScheduledRequest],
    messages: &[Message],
) {
    let scarce = |n: usize| requests[n].pin == SCARCE;
    let sent = messages
        .iter()
        .filter(|message| !message.known_unsent && scarce(message.by));
    let sent = i64::try_from(sent.count()).unwrap();
    let (count, used) = {
        let book = remote.book.lock().unwrap();
        let count: i64 = book.numbers("redeemed ").iter().sum();
        (count, book.numbers("used ").iter().sum::<i64>())
    };
    assert_eq!(count, sent, "seed {seed}: counted, and sent");
    assert_eq!(used, sent, "seed {seed}: marked, and sent");

    // Nothing is lost for good: on a new day without failures, further members can use all redemptions that
    // are left.
    let left = i64::try_from(SCARCE_LIMIT).unwrap() - count;
    let mut line_of_tomorrow = self::line(remote, &Carrier::default());
    *line_of_tomorrow.sms.roll.lock().unwrap() = vec![9; 100];
    for caller in 10..14 {
        let row = Ok(member(&format!("m{caller}")));
        line_of_tomorrow.members.0.put(&number(caller), row);
    }
    let at = MIDNIGHT + 200_000;
    for (n, caller) in (0..).zip(10..14) {
        let request = ScheduledRequest {
            caller,
            contact: format!("t{caller}"),
            pin: SCARCE,
            at,
        };
        let ended = play(&line_of_tomorrow, 1_000, &request, at).await;
        let sent = matches!(ended.result, Ok(Outcome::Sent { .. }));
        assert_eq!(
            sent,
            n < left,
            "seed {seed}: {:?}, {left} were left",
            ended.result
        );
    }
}

#[test]
fn no_schedule_breaks_a_promise() {
    let next = AtomicU64::new(0);
    let workers = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let seeds = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
                for seed in seeds.take_while(|seed| *seed < SEEDS) {
                    let runtime = tokio::runtime::Builder::new_current_thread()
                        .enable_time()
                        .start_paused(true)
                        .build()
                        .unwrap();
                    runtime.block_on(schedule(seed));
                }
            });
        }
    });
}
