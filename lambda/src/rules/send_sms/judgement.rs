//! The judgement of a request: whether its rows allow a message.

use super::lookups::{CampaignRow, Lookups, SmsRequest};
use crate::rules::campaign::{Campaign, Identity};
use crate::rules::counter::CounterId;
use crate::rules::failure::Failure;
use crate::rules::line::Line;
use crate::rules::outcome::Reason;
use crate::rules::ports::{Member, Ports};
use crate::rules::redemption::Claim;
use crate::rules::row_fault::RowFault;

/// The judgement of a request by its rows.
pub(super) enum Judgement {
    /// The caller is not a member.
    NotAMember,
    /// The PIN has no row.
    WrongPin,
    /// The PIN is right, but a rule forbids the message.
    Refused(Reason),
    /// The PIN is right, and no rule forbids the message.
    Ready(Ready),
}

/// A message that may be sent once its redemption is recorded.
pub(super) struct Ready {
    pub(super) text: String,
    pub(super) claim: Claim,
}

impl<P: Ports> Line<P> {
    /// Judges a request by the rows that were found. `messages` is the number of messages that the caller has
    /// had today, or may have had.
    pub(super) fn judge(
        &self,
        request: SmsRequest<'_>,
        found: Lookups,
        messages: usize,
    ) -> Result<Judgement, Failure> {
        let invocation = request.invocation;
        let Some(member) = found.member? else {
            // A failed look-up must be an error for these callers as well: they must not find out that they are
            // not members.
            if self.disguises() {
                found.campaign?;
            }
            return Ok(Judgement::NotAMember);
        };
        let (key, campaign) = match found.campaign? {
            CampaignRow::Missing => return Ok(Judgement::WrongPin),
            CampaignRow::Faulty(fault) => {
                return Ok(Judgement::Refused(Reason::CampaignInvalid(fault)));
            }
            CampaignRow::Found(key, campaign) => (key, *campaign),
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
                "the text must have a blank, a line break or its end on both sides of {url}, or phones take \
                 what follows as part of the address: a blank was inserted",
            );
        }
        let identity = id.map_or_else(|| Identity::Pin(key.clone()), Identity::Id);
        let tags = self.protection.as_ref().map(|protection| &protection.tags);
        let claim = Claim {
            limit: rules.max_redemptions,
            redeemed: rules.redeemed,
            count: tags.map(|tags| CounterId::Redemptions {
                campaign: tags.campaign(&identity),
            }),
            usage: tags
                .filter(|_| rules.single_use_per_member)
                .map(|tags| tags.single_use(&identity, &member.id)),
            key,
        };
        Ok(Judgement::Ready(Ready { text, claim }))
    }

    /// Returns the rule that forbids the message although the PIN is right.
    fn refusal(
        &self,
        request: SmsRequest<'_>,
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

    /// Returns the reason why a caller who is not a member gets no message.
    pub(super) fn not_a_member(&self) -> Reason {
        Reason::NotAMember {
            disguised: self.disguises(),
        }
    }
}
