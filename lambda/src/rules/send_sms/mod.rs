//! The command `sendSms`: from a PIN to an SMS.
//!
//! A request that needs no table is answered without one. Otherwise all tables are read in parallel, while
//! the attempt is entered; but the results are judged one after the other, so that a caller who is locked
//! out learns nothing from the later ones. Then the message is sent, and finally the attempt is closed.

mod budget;
mod ending;
mod judgement;
mod lookups;
mod repetition;

use crate::rules::attempts::{Admission, Attempt};
use crate::rules::failure::Failure;
use crate::rules::invocation::{Dependency, Invocation, NoAnswerInTime};
use crate::rules::line::{Line, Protection};
use crate::rules::outcome::{Lock, Outcome, Reason};
use crate::rules::pin::Pin;
use crate::rules::ports::{AttemptLedger, Handover, Ports, SmsSender};
use crate::rules::redemption::{LedgerAccess, RedeemResult, Redemption};
use crate::rules::request::FlowRequest;
use crate::rules::wrong_pins_of_all_callers::PinCheck;
use budget::{Gate, hour_count, note_uncounted, settle};
use ending::Ending;
use judgement::{Judgement, Ready};
use lookups::{Lookups, SmsRequest};
use repetition::{settled, yesterday};

impl<P: Ports> Line<P> {
    /// Sends the caller the page of the campaign behind the PIN.
    pub(crate) async fn send_sms(
        &self,
        request: &FlowRequest,
        pin: Option<&Pin>,
        invocation: &Invocation,
    ) -> Result<Outcome, Failure> {
        let Some(pin) = pin else {
            return Ok(Outcome::NotSent(Reason::PinInvalid));
        };
        if pin.digits() < self.policy.pin_min_length {
            return Ok(Outcome::NotSent(Reason::PinTooShort));
        }
        let Some(caller) = request.caller.as_ref() else {
            return Ok(Outcome::NotSent(Reason::CallerUnknown));
        };
        if !invocation.has_room() {
            return Ok(Outcome::NotSent(Reason::Busy));
        }
        let sms_request = SmsRequest {
            caller,
            pin,
            language: request.language.as_deref(),
            invocation,
        };
        let Some(protection) = &self.protection else {
            let found = self.look_up(sms_request).await;
            let ending = self.decide(sms_request, None, found, 0).await;
            // Without a ledger there are no counters, so no move is left to be undone.
            self.take_back(ending.take_back, invocation).await;
            return ending.result;
        };
        let Some(contact) = request.contact.as_deref() else {
            return Err(Failure::MalformedEvent(
                "`Details.ContactData.ContactId` must be 1 to 256 visible ASCII characters",
            ));
        };
        let attempt = protection.tags.attempt(caller, contact, pin, invocation);
        self.try_pin(sms_request, protection, &attempt).await
    }

    /// Enters the attempt in the ledger, handles the request, and closes the attempt.
    async fn try_pin(
        &self,
        request: SmsRequest<'_>,
        protection: &Protection<P::Ledger>,
        attempt: &Attempt,
    ) -> Result<Outcome, Failure> {
        let Protection {
            ledger,
            limits,
            undo_queue,
            ..
        } = protection;
        let invocation = request.invocation;
        let open = || invocation.ask(Dependency::Attempts, ledger.open(attempt, limits));
        let (yesterday, mut admission, count, found, ()) = tokio::join!(
            yesterday(ledger, attempt, invocation),
            open(),
            hour_count(ledger, attempt, false, invocation),
            self.look_up(request),
            undo_queue.settle(ledger, invocation),
        );
        let mut access = LedgerAccess {
            protection,
            lane: protection.lanes.take(),
        };
        let ending = loop {
            let messages = match (&yesterday, admission) {
                (Ok(Some(earlier)), _) => {
                    let answer = self.repeat(*earlier, &found, invocation);
                    break Ending::of_yesterday(answer);
                }
                // The entry may have been written all the same, and would block the next request.
                (_, Err(cause)) => {
                    break Ending::unchecked(Err(Failure::AttemptsTableUnusable(cause)));
                }
                (_, Ok(Admission::Locked)) => {
                    return Ok(Outcome::NotSent(Reason::Locked(Lock::Caller)));
                }
                (_, Ok(Admission::Repeats(earlier))) => {
                    match settled(ledger, attempt, attempt.at, earlier, invocation).await {
                        Ok(Some(earlier)) => return Ok(self.repeat(earlier, &found, invocation)),
                        // This is not a failure: the other request may have sent a message.
                        Err(cause) => return Ok(Outcome::NotSent(Reason::SmsFailed(cause))),
                        Ok(None) => {
                            admission = open().await;
                            continue;
                        }
                    }
                }
                (Err(cause), Ok(Admission::Admitted { .. })) => {
                    let failure = Failure::AttemptsTableUnusable(cause.clone());
                    break Ending::unchecked(Err(failure));
                }
                (Ok(None), Ok(Admission::Admitted { messages })) => messages,
            };
            let gate = self.gate(&mut access, attempt, &found, count, invocation);
            break match gate.await {
                Gate::Open(charge) => {
                    let decided = self.decide(request, Some(&mut access), found, messages);
                    decided.await.charged(charge)
                }
                Gate::Closed => {
                    let locked = Outcome::NotSent(Reason::Locked(Lock::AllMembers));
                    Ending::unchecked(Ok(locked))
                }
                Gate::Broken(cause) => {
                    Ending::unchecked(Err(Failure::AttemptsTableUnusable(cause)))
                }
            };
        };
        let Ending {
            result,
            verdict,
            pin_check,
            charge,
            take_back,
        } = ending;
        let (closed, counted, undos) = tokio::join!(
            invocation.ask(Dependency::Attempts, ledger.close(attempt, verdict)),
            settle(&mut access, attempt, charge, pin_check, invocation),
            self.take_back(take_back, invocation),
        );
        if let Err(cause) = closed {
            invocation.note(format_args!("the attempt stays open: {cause}"));
        }
        if let Err(error) = counted {
            note_uncounted(&error, invocation);
        }
        access.undo_later(undos, invocation);
        result
    }

    /// Judges a request by the rows that were found, and sends the message if no rule forbids it. `messages` is
    /// the number of messages that the caller has had today, or may have had.
    async fn decide<'a>(
        &self,
        request: SmsRequest<'_>,
        access: Option<&mut LedgerAccess<'a, P::Ledger>>,
        found: Lookups,
        messages: usize,
    ) -> Ending<'a, P::Ledger> {
        let not_sent = |reason| Ok(Outcome::NotSent(reason));
        match self.judge(request, found, messages) {
            Err(failure) => Ending::unchecked(Err(failure)),
            Ok(Judgement::NotAMember) => Ending::unchecked(not_sent(self.not_a_member())),
            Ok(Judgement::WrongPin) => Ending::new(not_sent(Reason::PinNotFound), PinCheck::Wrong),
            Ok(Judgement::Refused(reason)) => Ending::new(not_sent(reason), PinCheck::Right),
            Ok(Judgement::Ready(ready)) => self.redeem_and_send(request, access, ready).await,
        }
    }

    async fn redeem_and_send<'a>(
        &self,
        request: SmsRequest<'_>,
        access: Option<&mut LedgerAccess<'a, P::Ledger>>,
        ready: Ready,
    ) -> Ending<'a, P::Ledger> {
        let Ready { text, claim } = ready;
        let (result, take_back) = match self.redeem(claim, access, request.invocation).await {
            RedeemResult::Granted(redemption) => match self.hand_over(request, &text).await {
                // A message that may have been sent stays counted.
                outcome @ (Outcome::Sent { .. } | Outcome::NotSent(Reason::SmsFailed(_))) => {
                    (Ok(outcome), Redemption::none())
                }
                outcome => (Ok(outcome), redemption),
            },
            RedeemResult::Refused(reason, redemption) => (Ok(Outcome::NotSent(reason)), redemption),
            RedeemResult::Failed(failure, redemption) => (Err(failure), redemption),
        };
        Ending {
            take_back,
            ..Ending::new(result, PinCheck::Right)
        }
    }

    /// Hands the message over to the service that sends, once.
    async fn hand_over(&self, request: SmsRequest<'_>, text: &str) -> Outcome {
        let invocation = request.invocation;
        if !invocation.has_room() {
            return Outcome::NotSent(Reason::Busy);
        }
        let handover = invocation
            .wait_for_message(self.sms.send(request.caller, text))
            .await;
        match handover.unwrap_or_else(|| Handover::Unclear(NoAnswerInTime.into())) {
            Handover::Accepted { message_id } => Outcome::Sent { message_id },
            Handover::Refused(cause) => Outcome::NotSent(Reason::SmsRefused(cause)),
            Handover::Throttled(cause) => Outcome::NotSent(Reason::SmsThrottled(cause)),
            Handover::NotReached(cause) => Outcome::NotSent(Reason::SmsNotReached(cause)),
            Handover::Unclear(cause) => Outcome::NotSent(Reason::SmsFailed(cause)),
        }
    }
}
