//! From a PIN to an SMS.
//!
//! What can be told without a table is told without one. Everything that is to be known is then
//! asked for at once, together with the entry of the attempt; but the answers are judged one after
//! the other, and whoever is locked out learns nothing from those that come after. Then comes the
//! message, and in the end the entry is closed.

use crate::attempts::{Admission, Attempt, Verdict};
use crate::campaign::Campaign;
use crate::cause::Cause;
use crate::event::Call;
use crate::failure::Failure;
use crate::invocation::{Dependency, Invocation};
use crate::line::{Line, Protection, in_time, too_late};
use crate::outcome::{Lock, Outcome, Reason};
use crate::phone::PhoneNumber;
use crate::pin::{Pin, PinKey};
use crate::ports::{
    AttemptLedger, CampaignCatalogue, Handover, LookupError, MemberDirectory, PinKeys, RowFault,
    SmsSender,
};
use crate::redemption::{Claim, Redemption};

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
    member: Result<Option<String>, Failure>,
    row: Result<Row, Failure>,
}

/// What the benefits table says of a PIN.
enum Row {
    None,
    Faulty(RowFault),
    Campaign(PinKey, Box<Campaign>),
}

/// A message that may go, once it is written down.
struct Ready {
    text: String,
    claim: Claim,
}

/// How a request ends, what the ledger learns of it, and what is left to take back.
struct End {
    result: Result<Outcome, Failure>,
    verdict: Verdict,
    take_back: Redemption,
}

impl End {
    fn new(result: Result<Outcome, Failure>) -> Self {
        let verdict = match &result {
            Ok(Outcome::Sent { .. }) => Verdict::Sent,
            Ok(Outcome::NotSent(Reason::SmsFailed(_))) => Verdict::Unclear,
            Ok(Outcome::NotSent(Reason::PinNotFound | Reason::NotAMember { .. })) => Verdict::Wrong,
            _ => Verdict::Released,
        };
        Self {
            result,
            verdict,
            take_back: Redemption::default(),
        }
    }

    /// An answer that repeats one of yesterday, where it is counted. Today's entry goes.
    fn of_yesterday(outcome: Outcome) -> Self {
        Self {
            verdict: Verdict::Released,
            ..Self::new(Ok(outcome))
        }
    }
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
            let end = self.decide(request, found).await;
            self.take_back(&end.take_back, invocation).await;
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
        let Protection { ledger, limits, .. } = protection;
        let invocation = request.invocation;
        let (yesterday, admission, wrong_pins, found) = tokio::join!(
            yesterday(ledger, attempt, invocation),
            in_time(
                invocation,
                Dependency::Attempts,
                ledger.open(attempt, limits)
            ),
            in_time(
                invocation,
                Dependency::Attempts,
                ledger.wrong_pins(attempt.at)
            ),
            self.look_up(request),
        );
        let end = match (yesterday, admission) {
            (Ok(Some(repetition)), _) => {
                End::of_yesterday(self.without_entry(repetition, &found, invocation))
            }
            (Ok(None), Ok(Admission::Admitted)) => match wrong_pins {
                Ok(wrong) if wrong < u64::from(limits.everybody_per_hour) => {
                    self.decide(request, found).await
                }
                Ok(_) => End::new(Ok(Outcome::NotSent(Reason::Locked(Lock::Everybody)))),
                Err(cause) => End::new(Err(Failure::AttemptsTableUnusable(cause))),
            },
            // The entry may be there all the same. It would keep out the next try.
            (_, Err(cause)) | (Err(cause), Ok(Admission::Admitted)) => {
                End::new(Err(Failure::AttemptsTableUnusable(cause)))
            }
            (_, Ok(kept_out)) => return Ok(self.without_entry(kept_out, &found, invocation)),
        };
        let close = in_time(
            invocation,
            Dependency::Attempts,
            ledger.close(attempt, end.verdict),
        );
        let (closed, ()) = tokio::join!(close, self.take_back(&end.take_back, invocation));
        if let Err(cause) = closed {
            invocation.note(format_args!("the attempt stays open: {cause}"));
        }
        end.result
    }

    /// The answer to an attempt that was not entered. Nothing is a failure here: an earlier try of
    /// the same attempt may have led to a message.
    fn without_entry(
        &self,
        admission: Admission,
        found: &Found,
        invocation: &Invocation,
    ) -> Outcome {
        let not_a_member = matches!(found.member, Ok(None)).then(|| self.not_a_member());
        match admission {
            Admission::Locked => return Outcome::NotSent(Reason::Locked(Lock::Caller)),
            Admission::SmsLimit => return Outcome::NotSent(Reason::SmsLimit),
            Admission::SentBefore
            | Admission::Pending
            | Admission::WrongBefore
            | Admission::Admitted => invocation.mark_repeated(),
        }
        match (admission, &found.row) {
            (Admission::SentBefore, _) => Outcome::SentBefore,
            (Admission::WrongBefore, _) | (_, Ok(Row::None)) => {
                Outcome::NotSent(not_a_member.unwrap_or(Reason::PinNotFound))
            }
            _ => not_a_member.map_or(Outcome::SentBefore, Outcome::NotSent),
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

    /// Judges what was found, and sends the message if nothing speaks against it.
    async fn decide(&self, request: Request<'_>, found: Found) -> End {
        match self.judge(request, found) {
            Ok(Ok(ready)) => self.redeem_and_send(request, ready).await,
            Ok(Err(reason)) => End::new(Ok(Outcome::NotSent(reason))),
            Err(failure) => End::new(Err(failure)),
        }
    }

    fn judge(&self, request: Request<'_>, found: Found) -> Result<Result<Ready, Reason>, Failure> {
        let invocation = request.invocation;
        let Some(member) = found.member? else {
            // What fails for members fails for those who must not learn that they are none.
            if self.disguises() {
                found.row?;
            }
            return Ok(Err(self.not_a_member()));
        };
        let (key, campaign) = match found.row? {
            Row::None => return Ok(Err(Reason::PinNotFound)),
            Row::Faulty(fault) => return Ok(Err(Reason::CampaignInvalid(fault))),
            Row::Campaign(key, campaign) => (key, *campaign),
        };
        let Campaign {
            url,
            rules,
            message,
        } = campaign;
        if let Some(reason) = rules.refusal(invocation.now()) {
            return Ok(Err(reason));
        }
        if !self.policy.hosts.allow(&url) {
            return Ok(Err(Reason::CampaignInvalid(RowFault::HostNotAllowed)));
        }
        let usage = match (&self.protection, rules.single_use_per_member) {
            (_, false) => None,
            (Some(protection), true) => Some(protection.tags.single_use(
                &key,
                &member,
                rules.expires_at,
                invocation,
            )),
            (None, true) => {
                return Ok(Err(Reason::CampaignInvalid(RowFault::NoAttemptsTable)));
            }
        };
        if !self.policy.destinations.allow(request.caller) {
            return Ok(Err(Reason::NumberNotAllowed));
        }
        let template = match &message {
            Some(own) => own,
            None => self.policy.templates.of(request.language),
        };
        Ok(template
            .render(&url)
            .map(|text| Ready {
                text,
                claim: Claim {
                    key,
                    max_redemptions: rules.max_redemptions,
                    usage,
                },
            })
            .ok_or(Reason::SmsTooLong))
    }

    async fn redeem_and_send(&self, request: Request<'_>, ready: Ready) -> End {
        let (refused, redemption) = self.redeem(&ready.claim, request.invocation).await;
        let result = match refused {
            Some(result) => result,
            None => Ok(self.send(request, &ready.text).await),
        };
        let keep = matches!(
            result,
            Ok(Outcome::Sent { .. } | Outcome::NotSent(Reason::SmsFailed(_)))
        );
        End {
            take_back: if keep {
                Redemption::default()
            } else {
                redemption
            },
            ..End::new(result)
        }
    }

    async fn send(&self, request: Request<'_>, text: &str) -> Outcome {
        let invocation = request.invocation;
        if !invocation.has_room() {
            return Outcome::NotSent(Reason::Busy);
        }
        let handover = invocation
            .wait(Dependency::Sms, self.sms.send(request.caller, text))
            .await;
        match handover.unwrap_or_else(|| Handover::Unclear(too_late())) {
            Handover::Accepted { message_id } => Outcome::Sent { message_id },
            Handover::Refused(cause) => Outcome::NotSent(Reason::SmsRefused(cause)),
            Handover::Throttled(cause) => Outcome::NotSent(Reason::SmsThrottled(cause)),
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
) -> Result<Option<Admission>, Cause> {
    let Some(day_before) = attempt.day_before() else {
        return Ok(None);
    };
    let record = in_time(
        invocation,
        Dependency::Attempts,
        ledger.recorded(attempt, day_before),
    )
    .await?;
    Ok(record.repetition(attempt))
}
