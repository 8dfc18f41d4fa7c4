//! The line: what it is made of, and who is calling.

use std::future::Future;

use crate::event::{Call, Command};
use crate::rules::attempts::{Limits, Tags};
use crate::rules::cause::Cause;
use crate::rules::counter::Lanes;
use crate::rules::destinations::Destinations;
use crate::rules::failure::Failure;
use crate::rules::invocation::{Dependency, Invocation};
use crate::rules::outcome::{Outcome, UnknownCaller};
use crate::rules::phone::PhoneNumber;
use crate::rules::ports::{
    AttemptLedger, CampaignCatalogue, LookupError, Member, MemberDirectory, PinKeys, SmsSender,
};
use crate::rules::sms_template::Templates;
use crate::rules::undo_queue::Unsettled;
use crate::rules::url::Hosts;

/// The line: whom it knows, what it offers, how it writes, and what it does not put up with.
#[derive(Debug)]
pub struct Line<M, K, C, S, L> {
    /// Who the callers are.
    pub members: M,
    /// Under which keys the campaigns are kept.
    pub keys: K,
    /// What the PINs stand for.
    pub campaigns: C,
    /// The way to a caller's handset.
    pub sms: S,
    /// What keeps callers from guessing, and from getting a message twice, if anything does.
    pub protection: Option<Protection<L>>,
    /// What else there is to know.
    pub policy: Policy,
}

/// What keeps callers from guessing, and from getting a message twice.
#[derive(Debug)]
pub struct Protection<L> {
    /// Who tried what.
    pub ledger: L,
    /// How often they may.
    pub limits: Limits,
    /// What stands for callers and PINs in the ledger.
    pub tags: Tags,
    /// What makes moves of the ledger's tallies happen once.
    pub lanes: Lanes,
    /// Moves of them that have yet to be undone.
    pub unsettled: Unsettled,
}

/// What a line says, to whom, and to whom not.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What the SMS says.
    pub templates: Templates,
    /// The pages it may point to.
    pub hosts: Hosts,
    /// The numbers it may go to.
    pub destinations: Destinations,
    /// The fewest digits that a PIN has.
    pub pin_min_length: usize,
    /// What callers hear who are no members.
    pub unknown_caller: UnknownCaller,
}

impl<M, K, C, S, L> Line<M, K, C, S, L>
where
    M: MemberDirectory,
    K: PinKeys,
    C: CampaignCatalogue,
    S: SmsSender,
    L: AttemptLedger,
{
    /// Does what the flow asks for.
    pub async fn answer(&self, call: &Call, invocation: &Invocation) -> Result<Outcome, Failure> {
        match &call.command {
            Command::GetMemberId => self.identify(call.caller.as_ref(), invocation).await,
            Command::SendSms { pin } => self.send_page(call, pin.as_ref(), invocation).await,
        }
    }

    async fn identify(
        &self,
        caller: Option<&PhoneNumber>,
        invocation: &Invocation,
    ) -> Result<Outcome, Failure> {
        let Some(caller) = caller else {
            return Ok(Outcome::NobodyToLookUp);
        };
        if !invocation.has_room() {
            return Err(Failure::OutOfTime);
        }
        Ok(match self.member(caller, invocation).await? {
            Some(member) => Outcome::Member(member.id),
            None => Outcome::NotAMember {
                disguised: self.disguises(),
            },
        })
    }

    /// The caller, if the caller is a member.
    pub(crate) async fn member(
        &self,
        caller: &PhoneNumber,
        invocation: &Invocation,
    ) -> Result<Option<Member>, Failure> {
        let answer = invocation
            .wait(Dependency::Members, self.members.member(caller))
            .await;
        match answer {
            Some(Ok(member)) => Ok(member),
            // Without its id a member could only be told "-1", which would be a lie.
            Some(Err(LookupError::Faulty(fault))) => Err(Failure::MemberRowInvalid(fault)),
            Some(Err(LookupError::Unreadable(cause))) => Err(Failure::MemberTableUnreadable(cause)),
            None => Err(Failure::MemberTableUnreadable(too_late())),
        }
    }

    /// Whether callers who are no members must not learn it.
    pub(crate) fn disguises(&self) -> bool {
        self.policy.unknown_caller == UnknownCaller::Uniform
    }
}

/// Waits for something that fails with its own cause, and is late with one of ours.
pub(crate) fn in_time<'a, T: Send, E: Into<Cause> + Send>(
    invocation: &'a Invocation,
    on: Dependency,
    work: impl Future<Output = Result<T, E>> + Send + 'a,
) -> impl Future<Output = Result<T, Cause>> + Send {
    let result = invocation.wait(on, work);
    async move {
        match result.await {
            Some(result) => result.map_err(Into::into),
            None => Err(too_late()),
        }
    }
}

/// The cause when nobody could wait any longer.
pub(crate) fn too_late() -> Cause {
    Cause::scrubbed("there was no answer in time")
}
