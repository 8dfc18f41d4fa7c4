//! From a PIN to an SMS.
//!
//! What can be told without a table is told without one. Everything that is to be known is then
//! asked for at once, together with the entry of the attempt; but the answers are judged one after
//! the other, and whoever is locked out learns nothing from those that come after. Then comes the
//! message, and in the end the entry is closed.

use std::time::Duration;

use crate::event::Call;
use crate::rules::attempts::{Admission, Attempt, Earlier, TallyOf, Verdict};
use crate::rules::campaign::{Campaign, Identity};
use crate::rules::cause::Cause;
use crate::rules::counter::Moved;
use crate::rules::failure::Failure;
use crate::rules::invocation::{Dependency, Invocation};
use crate::rules::line::{Line, Protection, in_time, too_late};
use crate::rules::outcome::{Lock, Outcome, Reason};
use crate::rules::phone::PhoneNumber;
use crate::rules::pin::{Pin, PinKey};
use crate::rules::ports::{
    AttemptLedger, CampaignCatalogue, Handover, LookupError, Member, MemberDirectory, PinKeys,
    RowFault, SmsSender, TallyError,
};
use crate::rules::redemption::{Claim, Guard, Redemption};
use crate::rules::wrong_pin_budget::{Judged, Left};

/// How soon an attempt that another try holds is looked at again; each further look waits twice as
/// long, up to the longest.
const FIRST_LOOK: Duration = Duration::from_millis(50);
const LONGEST_LOOK: Duration = Duration::from_millis(400);

/// A caller with a PIN.
#[derive(Clone, Copy)]
struct Request<'a> {
    caller: &'a PhoneNumber,
    pin: &'a Pin,
    language: Option<&'a str>,
    invocation: &'a Invocation,
}

/// What the tables say of a request.
struct Found {
    member: Result<Option<Member>, Failure>,
    row: Result<Row, Failure>,
}

/// What the benefits table says of a PIN.
enum Row {
    None,
    Faulty(RowFault),
    Campaign(PinKey, Box<Campaign>),
}

/// What the rows say of a request.
enum Judgement {
    /// The caller is no member.
    NotAMember,
    /// The PIN is in no row.
    WrongPin,
    /// The PIN is right, and this speaks against a message.
    Refused(Reason),
    /// The PIN is right, and nothing speaks against a message.
    Ready(Ready),
}

/// A message that may go, once it is written down.
struct Ready {
    text: String,
    claim: Claim,
}

/// How a request ends, what the ledger learns of it, and what is left to take back.
struct End<'a, L> {
    result: Result<Outcome, Failure>,
    verdict: Verdict,
    judged: Judged,
    take_back: Redemption<'a, L>,
}

impl<L> End<'_, L> {
    fn new(result: Result<Outcome, Failure>, judged: Judged) -> Self {
        let verdict = match &result {
            Ok(Outcome::Sent { .. }) => Verdict::Sent,
            Ok(Outcome::NotSent(Reason::SmsFailed(_))) => Verdict::Unclear,
            Ok(Outcome::NotSent(Reason::PinNotFound | Reason::NotAMember { .. })) => Verdict::Wrong,
            _ => Verdict::Released,
        };
        Self {
            result,
            verdict,
            judged,
            take_back: Redemption::none(),
        }
    }

    /// The PIN was not looked at.
    fn unjudged(result: Result<Outcome, Failure>) -> Self {
        Self::new(result, Judged::Not)
    }

    /// An answer that repeats one of yesterday, where it is counted. Today's entry goes.
    fn of_yesterday(outcome: Outcome) -> Self {
        Self {
            verdict: Verdict::Released,
            ..Self::unjudged(Ok(outcome))
        }
    }
}

/// What the hour's wrong PINs of all members mean for a try.
enum Gate {
    /// It may be judged, and is settled so when it ends.
    Open(Account),
    /// None is left.
    Closed,
    /// The count could not be read or written.
    Broken(Cause),
}

/// How a try is settled with the hour's wrong PINs of all members.
#[derive(Clone, Copy)]
enum Account {
    /// It is not counted.
    None,
    /// A member's: what was left when it came in, and whether it has taken its 1.
    Member { left: Left, reserved: bool },
    /// That of a stranger who must not learn it: nothing is written, and where a member's end would write
    /// the number it is read, since that takes as long.
    Stranger,
}

impl<M, K, C, S, L> Line<M, K, C, S, L>
where
    M: MemberDirectory,
    K: PinKeys,
    C: CampaignCatalogue,
    S: SmsSender,
    L: AttemptLedger,
{
    /// Sends the caller the page behind the PIN.
    pub(crate) async fn send_page(
        &self,
        call: &Call,
        pin: Option<&Pin>,
        invocation: &Invocation,
    ) -> Result<Outcome, Failure> {
        let Some(pin) = pin else {
            return Ok(Outcome::NotSent(Reason::PinInvalid));
        };
        if pin.digits() < self.policy.pin_min_length {
            return Ok(Outcome::NotSent(Reason::PinTooShort));
        }
        let Some(caller) = call.caller.as_ref() else {
            return Ok(Outcome::NotSent(Reason::CallerUnknown));
        };
        if !invocation.has_room() {
            return Ok(Outcome::NotSent(Reason::Busy));
        }
        let request = Request {
            caller,
            pin,
            language: call.language.as_deref(),
            invocation,
        };
        let Some(protection) = &self.protection else {
            let found = self.look_up(request).await;
            let end = self.decide(request, None, found, 0).await;
            // Without a ledger there are no tallies.
            self.take_back(end.take_back, invocation).await;
            return end.result;
        };
        let Some(contact) = call.contact.as_deref() else {
            return Err(Failure::MalformedEvent(
                "there is no usable `Details.ContactData.ContactId`",
            ));
        };
        let attempt = protection.tags.attempt(caller, contact, pin, invocation);
        self.try_pin(request, protection, &attempt).await
    }

    /// A request with an entry in the ledger around it.
    async fn try_pin(
        &self,
        request: Request<'_>,
        protection: &Protection<L>,
        attempt: &Attempt,
    ) -> Result<Outcome, Failure> {
        let Protection {
            ledger,
            limits,
            unsettled,
            ..
        } = protection;
        let invocation = request.invocation;
        let open = || {
            let entry = ledger.open(attempt, limits);
            in_time(invocation, Dependency::Attempts, entry)
        };
        let (yesterday, mut admission, hour, found, ()) = tokio::join!(
            yesterday(ledger, attempt, invocation),
            open(),
            hour(ledger, attempt, false, invocation),
            self.look_up(request),
            unsettled.settle(ledger, invocation),
        );
        let mut guard = Guard {
            protection,
            lane: protection.lanes.take(),
        };
        let (end, account) = loop {
            let messages = match (&yesterday, admission) {
                (Ok(Some(earlier)), _) => {
                    let answer = self.repeat(*earlier, &found, invocation);
                    break (End::of_yesterday(answer), Account::None);
                }
                // The entry may be there all the same. It would keep out the next try.
                (_, Err(cause)) => {
                    let failure = Failure::AttemptsTableUnusable(cause);
                    break (End::unjudged(Err(failure)), Account::None);
                }
                (_, Ok(Admission::Locked)) => {
                    return Ok(Outcome::NotSent(Reason::Locked(Lock::Caller)));
                }
                (_, Ok(Admission::Repeats(earlier))) => {
                    match settled(ledger, attempt, attempt.at, earlier, invocation).await {
                        Ok(Some(earlier)) => return Ok(self.repeat(earlier, &found, invocation)),
                        // Nothing is a failure here: the other try may have sent a message.
                        Err(cause) => return Ok(Outcome::NotSent(Reason::SmsFailed(cause))),
                        Ok(None) => {
                            admission = open().await;
                            continue;
                        }
                    }
                }
                (Err(cause), Ok(Admission::Admitted { .. })) => {
                    let failure = Failure::AttemptsTableUnusable(cause.clone());
                    break (End::unjudged(Err(failure)), Account::None);
                }
                (Ok(None), Ok(Admission::Admitted { messages })) => messages,
            };
            break match self
                .gate(&mut guard, attempt, &found, hour, invocation)
                .await
            {
                Gate::Open(account) => {
                    let decided = self.decide(request, Some(&mut guard), found, messages);
                    (decided.await, account)
                }
                Gate::Closed => {
                    let locked = Outcome::NotSent(Reason::Locked(Lock::Everybody));
                    (End::unjudged(Ok(locked)), Account::None)
                }
                Gate::Broken(cause) => {
                    let failure = Failure::AttemptsTableUnusable(cause);
                    (End::unjudged(Err(failure)), Account::None)
                }
            };
        };
        let (closed, counted, undoings) = tokio::join!(
            in_time(
                invocation,
                Dependency::Attempts,
                ledger.close(attempt, end.verdict)
            ),
            self.settle(&mut guard, attempt, account, end.judged, invocation),
            self.take_back(end.take_back, invocation),
        );
        if let Err(cause) = closed {
            invocation.note(format_args!("the attempt stays open: {cause}"));
        }
        if let Err(error) = counted {
            self.not_counted(&error, invocation);
        }
        guard.owe(undoings, invocation);
        end.result
    }

    /// Asks what the hour has left of the wrong PINs of all members, and takes one try of them when
    /// few are left. Strangers take none: whoever is not a member cannot learn a PIN, and would close
    /// the line for those who are. Where they must not learn that they are strangers, they hear what a
    /// member would hear, and wait as long.
    async fn gate(
        &self,
        guard: &mut Guard<'_, L>,
        attempt: &Attempt,
        found: &Found,
        hour: Result<Option<i64>, TallyError>,
        invocation: &Invocation,
    ) -> Gate {
        let Protection { ledger, limits, .. } = guard.protection;
        let is_member = match &found.member {
            Ok(Some(_)) => true,
            Ok(None) if self.disguises() => false,
            Ok(None) | Err(_) => return Gate::Open(Account::None),
        };
        let broken = |error| match error {
            // The caller's own limits still hold.
            TallyError::Throttled(_) => {
                self.not_counted(&error, invocation);
                Gate::Open(Account::None)
            }
            TallyError::Unusable(cause) => Gate::Broken(cause),
        };
        let left = match hour {
            Ok(quarters) => Left::of(quarters, limits.everybody_per_hour),
            Err(error) => return broken(error),
        };
        if left.is_none() {
            return Gate::Closed;
        }
        if left.is_plenty() {
            return Gate::Open(if is_member {
                let reserved = false;
                Account::Member { left, reserved }
            } else {
                Account::Stranger
            });
        }
        if !is_member {
            let now = self::hour(ledger, attempt, true, invocation).await;
            return match now.map(|quarters| Left::of(quarters, limits.everybody_per_hour)) {
                Ok(left) if left.is_none() => Gate::Closed,
                Ok(_) => Gate::Open(Account::None),
                Err(error) => broken(error),
            };
        }
        let step = guard.lane.step(invocation.since_1970());
        let reservation = left.reservation();
        let of = TallyOf::Hour { at: attempt.at };
        let reserve = invocation.wait(Dependency::Attempts, ledger.take(&of, &reservation, &step));
        match reserve.await {
            Some(Ok(Moved::Taken)) => {
                let reserved = true;
                Gate::Open(Account::Member { left, reserved })
            }
            Some(Ok(Moved::OutOfBounds)) => Gate::Closed,
            Some(Ok(Moved::TooLate)) => Gate::Broken(Cause::scrubbed(
                "the clock is behind that of other functions",
            )),
            Some(Err(error)) => broken(error),
            None => Gate::Broken(too_late()),
        }
    }

    /// Writes down what a try cost the hour, or earned it.
    async fn settle(
        &self,
        guard: &mut Guard<'_, L>,
        attempt: &Attempt,
        account: Account,
        judged: Judged,
        invocation: &Invocation,
    ) -> Result<(), TallyError> {
        let ledger = &guard.protection.ledger;
        let moves = match account {
            Account::None => return Ok(()),
            Account::Stranger => {
                return hour(ledger, attempt, false, invocation).await.map(drop);
            }
            Account::Member { left, reserved } => left.settlement(reserved, judged),
        };
        let of = TallyOf::Hour { at: attempt.at };
        for change in moves {
            let step = guard.lane.step(invocation.since_1970());
            let take = ledger.take(&of, &change, &step);
            let moved = invocation.wait(Dependency::Attempts, take).await;
            let moved = moved.unwrap_or_else(|| Err(TallyError::Unusable(too_late())));
            if moved? != Moved::OutOfBounds {
                break;
            }
        }
        Ok(())
    }

    /// Notes that a try went on without the hour's count. Where that was throttled an alarm tells, since
    /// then the line is busier than one item carries.
    fn not_counted(&self, error: &TallyError, invocation: &Invocation) {
        let (TallyError::Throttled(cause) | TallyError::Unusable(cause)) = error;
        if matches!(error, TallyError::Throttled(_)) {
            invocation.mark_unguarded();
        }
        invocation.note(format_args!(
            "the hour's wrong PINs of all members went without this try: {cause}"
        ));
    }

    /// The answer to an attempt that was made before: as it was answered then, or that the message
    /// failed, and never better.
    fn repeat(&self, earlier: Earlier, found: &Found, invocation: &Invocation) -> Outcome {
        invocation.mark_repeated();
        let wrong = match (&found.member, &found.row) {
            (Ok(None), _) => Some(self.not_a_member()),
            (_, Ok(Row::None)) => Some(Reason::PinNotFound),
            _ => None,
        };
        let failed = |cause| Reason::SmsFailed(Cause::scrubbed(cause));
        match earlier {
            Earlier::Sent => Outcome::SentBefore,
            Earlier::Wrong => Outcome::NotSent(wrong.unwrap_or(Reason::PinNotFound)),
            Earlier::Unclear => Outcome::NotSent(failed(
                "an earlier try of this attempt may have sent the message",
            )),
            Earlier::Open => Outcome::NotSent(wrong.unwrap_or_else(|| {
                failed("an earlier try of this attempt has not ended, and may send the message")
            })),
        }
    }

    /// Asks both tables, at the same time.
    async fn look_up(&self, request: Request<'_>) -> Found {
        let (member, row) = tokio::join!(
            self.member(request.caller, request.invocation),
            self.row(request.pin, request.invocation),
        );
        Found { member, row }
    }

    async fn row(&self, pin: &Pin, invocation: &Invocation) -> Result<Row, Failure> {
        let key = match self.keys.at_hand(pin) {
            Some(key) => key,
            None => in_time(invocation, Dependency::Kms, self.keys.key(pin))
                .await
                .map_err(Failure::PinKeyUnavailable)?,
        };
        let answer = invocation
            .wait(Dependency::Benefits, self.campaigns.campaign(&key))
            .await;
        match answer {
            Some(Ok(Some(campaign))) => Ok(Row::Campaign(key, Box::new(campaign))),
            Some(Ok(None)) => Ok(Row::None),
            Some(Err(LookupError::Faulty(fault))) => Ok(Row::Faulty(fault)),
            Some(Err(LookupError::Unreadable(cause))) => {
                Err(Failure::BenefitsTableUnreadable(cause))
            }
            None => Err(Failure::BenefitsTableUnreadable(too_late())),
        }
    }

    /// Judges what was found, and sends the message if nothing speaks against it. `messages` is how
    /// many the caller has had today, or may have.
    async fn decide<'a>(
        &self,
        request: Request<'_>,
        guard: Option<&mut Guard<'a, L>>,
        found: Found,
        messages: usize,
    ) -> End<'a, L> {
        let not_sent = |reason| Ok(Outcome::NotSent(reason));
        match self.judge(request, found, messages) {
            Err(failure) => End::unjudged(Err(failure)),
            Ok(Judgement::NotAMember) => End::unjudged(not_sent(self.not_a_member())),
            Ok(Judgement::WrongPin) => End::new(not_sent(Reason::PinNotFound), Judged::Wrong),
            Ok(Judgement::Refused(reason)) => End::new(not_sent(reason), Judged::Right),
            Ok(Judgement::Ready(ready)) => self.redeem_and_send(request, guard, ready).await,
        }
    }

    fn judge(
        &self,
        request: Request<'_>,
        found: Found,
        messages: usize,
    ) -> Result<Judgement, Failure> {
        let invocation = request.invocation;
        let Some(member) = found.member? else {
            // What fails for members fails for those who must not learn that they are none.
            if self.disguises() {
                found.row?;
            }
            return Ok(Judgement::NotAMember);
        };
        let (key, campaign) = match found.row? {
            Row::None => return Ok(Judgement::WrongPin),
            Row::Faulty(fault) => return Ok(Judgement::Refused(Reason::CampaignInvalid(fault))),
            Row::Campaign(key, campaign) => (key, *campaign),
        };
        // From here on the PIN is known to be right, so the answer may be one that only members get.
        if let Some(reason) = self.refusal(request, &member, &campaign, messages) {
            return Ok(Judgement::Refused(reason));
        }
        let Campaign {
            id,
            url,
            rules,
            message,
        } = campaign;
        let template = match &message {
            Some(own) => own,
            None => self.policy.templates.of(request.language),
        };
        let Some(text) = template.render(&url) else {
            return Ok(Judgement::Refused(Reason::SmsTooLong));
        };
        if template.was_spaced() {
            invocation.note(
                "the text had no blank, line break or end beside {url}, where phones would take what \
                 follows for a part of the address: a blank was put there",
            );
        }
        let identity = id.map_or_else(|| Identity::Pin(key.clone()), Identity::Id);
        let tags = self.protection.as_ref().map(|protection| &protection.tags);
        let claim = Claim {
            limit: rules.max_redemptions,
            redeemed: rules.redeemed,
            count: tags.map(|tags| TallyOf::Redemptions {
                campaign: tags.campaign(&identity),
            }),
            usage: tags
                .filter(|_| rules.single_use_per_member)
                .map(|tags| tags.single_use(&identity, &member.id)),
            key,
        };
        Ok(Judgement::Ready(Ready { text, claim }))
    }

    /// What the rules have against a message, although the PIN is right.
    fn refusal(
        &self,
        request: Request<'_>,
        member: &Member,
        campaign: &Campaign,
        messages: usize,
    ) -> Option<Reason> {
        let rules = &campaign.rules;
        let sms_per_day = self.protection.as_ref().map_or(usize::MAX, |protection| {
            protection.limits.sms_per_day as usize
        });
        if let Some(reason) = rules.refusal(request.invocation.now()) {
            Some(reason)
        } else if !self.policy.hosts.allow(&campaign.url) {
            Some(Reason::CampaignInvalid(RowFault::HostNotAllowed))
        } else if rules.single_use_per_member && self.protection.is_none() {
            Some(Reason::CampaignInvalid(RowFault::NoAttemptsTable))
        } else if member.opted_out {
            Some(Reason::OptedOut)
        } else if !self.policy.destinations.allow(request.caller) {
            Some(Reason::NumberNotAllowed)
        } else if messages >= sms_per_day {
            Some(Reason::SmsLimit)
        } else {
            None
        }
    }

    async fn redeem_and_send<'a>(
        &self,
        request: Request<'_>,
        guard: Option<&mut Guard<'a, L>>,
        ready: Ready,
    ) -> End<'a, L> {
        let Ready { text, claim } = ready;
        let (refused, redemption) = self.redeem(claim, guard, request.invocation).await;
        let result = match refused {
            Some(result) => result,
            None => Ok(self.send(request, &text).await),
        };
        let keep = matches!(
            result,
            Ok(Outcome::Sent { .. } | Outcome::NotSent(Reason::SmsFailed(_)))
        );
        End {
            take_back: if keep { Redemption::none() } else { redemption },
            ..End::new(result, Judged::Right)
        }
    }

    async fn send(&self, request: Request<'_>, text: &str) -> Outcome {
        let invocation = request.invocation;
        if !invocation.has_room() {
            return Outcome::NotSent(Reason::Busy);
        }
        let handover = invocation
            .wait_for_message(self.sms.send(request.caller, text))
            .await;
        match handover.unwrap_or_else(|| Handover::Unclear(too_late())) {
            Handover::Accepted { message_id } => Outcome::Sent { message_id },
            Handover::Refused(cause) => Outcome::NotSent(Reason::SmsRefused(cause)),
            Handover::Throttled(cause) => Outcome::NotSent(Reason::SmsThrottled(cause)),
            Handover::NotReached(cause) => Outcome::NotSent(Reason::SmsNotReached(cause)),
            Handover::Unclear(cause) => Outcome::NotSent(Reason::SmsFailed(cause)),
        }
    }

    fn not_a_member(&self) -> Reason {
        Reason::NotAMember {
            disguised: self.disguises(),
        }
    }
}

/// What yesterday's record says of the attempt, shortly after midnight.
///
/// Two tries at the same instant, one before midnight and one after it, do not see each other: the
/// one may read before the other has written. Whoever tries again waits for an answer first.
async fn yesterday<L: AttemptLedger>(
    ledger: &L,
    attempt: &Attempt,
    invocation: &Invocation,
) -> Result<Option<Earlier>, Cause> {
    let Some(day_before) = attempt.day_before() else {
        return Ok(None);
    };
    match look(ledger, attempt, day_before, invocation).await? {
        None => Ok(None),
        Some(earlier) => settled(ledger, attempt, day_before, earlier, invocation).await,
    }
}

/// How an earlier try of the attempt ended, once it has: while it has not, its record of the day of `at`
/// is looked at again until there is too little time to begin anything. Nothing when it was released, as
/// if it had not been.
async fn settled<L: AttemptLedger>(
    ledger: &L,
    attempt: &Attempt,
    at: u64,
    mut earlier: Earlier,
    invocation: &Invocation,
) -> Result<Option<Earlier>, Cause> {
    let mut pause = FIRST_LOOK;
    while earlier == Earlier::Open && invocation.has_room() {
        tokio::time::sleep(pause).await;
        pause = LONGEST_LOOK.min(pause * 2);
        match look(ledger, attempt, at, invocation).await? {
            None => return Ok(None),
            Some(now) => earlier = now,
        }
    }
    Ok(Some(earlier))
}

async fn look<L: AttemptLedger>(
    ledger: &L,
    attempt: &Attempt,
    at: u64,
    invocation: &Invocation,
) -> Result<Option<Earlier>, Cause> {
    let recorded = ledger.recorded(attempt, at);
    let record = in_time(invocation, Dependency::Attempts, recorded).await?;
    Ok(record.earlier(attempt))
}

/// What the hour has left of the wrong PINs of all members.
async fn hour<L: AttemptLedger>(
    ledger: &L,
    attempt: &Attempt,
    fresh: bool,
    invocation: &Invocation,
) -> Result<Option<i64>, TallyError> {
    let of = TallyOf::Hour { at: attempt.at };
    let answer = invocation
        .wait(Dependency::Attempts, ledger.tally(&of, fresh))
        .await;
    answer.unwrap_or_else(|| Err(TallyError::Unusable(too_late())))
}
