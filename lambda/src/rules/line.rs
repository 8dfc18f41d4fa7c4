//! The line: its parts, and the identification of its callers.

use crate::rules::attempts::Limits;
use crate::rules::counter::Lanes;
use crate::rules::destinations::Destinations;
use crate::rules::failure::Failure;
use crate::rules::invocation::{Dependency, Invocation};
use crate::rules::outcome::{Outcome, UnknownCaller};
use crate::rules::phone::PhoneNumber;
use crate::rules::ports::{LookupError, Member, MemberDirectory, Ports};
use crate::rules::request::{Command, FlowRequest};
use crate::rules::sms_template::Templates;
use crate::rules::tags::Tags;
use crate::rules::undo_queue::UndoQueue;
use crate::rules::url::Hosts;

/// A phone line: tables and services behind ports, and its operator's settings.
#[derive(Debug)]
pub struct Line<P: Ports> {
    pub members: P::Members,
    /// The keys under which the campaigns of PINs are kept.
    pub pin_keys: P::PinKeys,
    pub campaigns: P::Campaigns,
    /// The service that sends messages.
    pub sms: P::Sms,
    /// The limits on wrong PINs and messages; nothing on a line without an attempts table.
    pub protection: Option<Protection<P::Ledger>>,
    pub policy: Policy,
}

/// The protection against guessing PINs and against sending a message twice.
#[derive(Debug)]
pub struct Protection<L> {
    /// The record of attempts and counters.
    pub ledger: L,
    pub limits: Limits,
    /// The hashes that stand for callers and PINs in the ledger.
    pub tags: Tags,
    /// The lanes by which a counter takes each move once.
    pub lanes: Lanes,
    /// The moves of counters that have yet to be undone.
    pub undo_queue: UndoQueue,
}

/// The operator's settings of texts and recipients.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The texts of the SMS.
    pub templates: Templates,
    /// The hosts that messages may link to.
    pub hosts: Hosts,
    /// The numbers that messages may go to.
    pub destinations: Destinations,
    /// The fewest digits of a PIN.
    pub pin_min_length: usize,
    /// The answer to callers who are not members.
    pub unknown_caller: UnknownCaller,
}

impl<P: Ports> Line<P> {
    /// Carries out a flow's request.
    pub async fn answer(
        &self,
        request: &FlowRequest,
        invocation: &Invocation,
    ) -> Result<Outcome, Failure> {
        match &request.command {
            Command::GetMemberId => self.identify(request.caller.as_ref(), invocation).await,
            Command::SendSms { pin } => self.send_sms(request, pin.as_ref(), invocation).await,
        }
    }

    async fn identify(
        &self,
        caller: Option<&PhoneNumber>,
        invocation: &Invocation,
    ) -> Result<Outcome, Failure> {
        let Some(caller) = caller else {
            return Ok(Outcome::CallerUnknown);
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

    /// Looks up the caller; returns nothing for a caller who is not a member.
    pub(crate) async fn member(
        &self,
        caller: &PhoneNumber,
        invocation: &Invocation,
    ) -> Result<Option<Member>, Failure> {
        let member = invocation.ask(Dependency::Members, self.members.member(caller));
        member.await.map_err(|error| match error {
            // Without the id the answer could only be "-1", which would be wrong.
            LookupError::Faulty(fault) => Failure::MemberRowInvalid(fault),
            LookupError::Unreadable(cause) => Failure::MemberTableUnreadable(cause),
        })
    }

    /// Returns whether callers who are not members must not find out.
    pub(crate) fn disguises(&self) -> bool {
        self.policy.unknown_caller == UnknownCaller::Uniform
    }
}
