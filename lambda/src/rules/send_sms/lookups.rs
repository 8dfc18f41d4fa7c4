//! The look-ups of a caller and a PIN in the tables.

use crate::rules::campaign::Campaign;
use crate::rules::failure::Failure;
use crate::rules::invocation::{Dependency, Invocation};
use crate::rules::line::Line;
use crate::rules::phone::PhoneNumber;
use crate::rules::pin::{Pin, PinKey};
use crate::rules::ports::{CampaignCatalogue, LookupError, Member, PinKeys, Ports};
use crate::rules::row_fault::RowFault;

/// A caller who has entered a PIN.
#[derive(Clone, Copy)]
pub(super) struct SmsRequest<'a> {
    pub(super) caller: &'a PhoneNumber,
    pub(super) pin: &'a Pin,
    pub(super) language: Option<&'a str>,
    pub(super) invocation: &'a Invocation,
}

/// The answers of the member table and the benefits table.
pub(super) struct Lookups {
    pub(super) member: Result<Option<Member>, Failure>,
    pub(super) campaign: Result<CampaignRow, Failure>,
}

/// The row of a PIN.
pub(super) enum CampaignRow {
    /// The PIN has no row.
    Missing,
    /// The row cannot be used.
    Faulty(RowFault),
    /// The row's key and its campaign.
    Found(PinKey, Box<Campaign>),
}

impl<P: Ports> Line<P> {
    /// Reads both tables at the same time.
    pub(super) async fn look_up(&self, request: SmsRequest<'_>) -> Lookups {
        let (member, campaign) = tokio::join!(
            self.member(request.caller, request.invocation),
            self.campaign_row(request.pin, request.invocation),
        );
        Lookups { member, campaign }
    }

    async fn campaign_row(
        &self,
        pin: &Pin,
        invocation: &Invocation,
    ) -> Result<CampaignRow, Failure> {
        let key = match self.pin_keys.at_hand(pin) {
            Some(key) => key,
            None => invocation
                .ask(Dependency::Kms, self.pin_keys.key(pin))
                .await
                .map_err(Failure::PinKeyUnavailable)?,
        };
        let campaign = self.campaigns.campaign(&key);
        match invocation.ask(Dependency::Benefits, campaign).await {
            Ok(Some(campaign)) => Ok(CampaignRow::Found(key, Box::new(campaign))),
            Ok(None) => Ok(CampaignRow::Missing),
            Err(LookupError::Faulty(fault)) => Ok(CampaignRow::Faulty(fault)),
            Err(LookupError::Unreadable(cause)) => Err(Failure::BenefitsTableUnreadable(cause)),
        }
    }
}
