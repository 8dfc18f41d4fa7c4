//! The month's spending on text messages, and the quotas that stop it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use time::OffsetDateTime;

use super::Channel;

/// The price of each part of a message in thousandths of a US dollar, the same for every destination.
const PRICE_PER_PART: u64 = 75;

/// The quota of a Region in US dollars, unless the local interface sets another one. An account of
/// AWS starts with 1; this one starts like one whose quota was raised, so that a stack can be tried
/// for as long as its user wants.
pub(crate) const QUOTA: u64 = 1_000_000;

/// The largest quota in US dollars, which is that of `MonthlyLimit` in End User Messaging's model.
pub(crate) const MAX_QUOTA: u64 = 1_000_000_000;

/// The quota of the month is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QuotaSpent;

/// The spending of all Regions.
#[derive(Debug, Default)]
pub(crate) struct Spending {
    regions: Mutex<HashMap<String, Region>>,
}

/// The spending of a Region.
#[derive(Debug, Default)]
struct Region {
    /// In US dollars; `None` for [`QUOTA`].
    quota: Option<u64>,
    /// By service. AWS does not document whether the services share a sum.
    months: HashMap<Channel, Month>,
}

/// A month with its spending.
#[derive(Debug, Default)]
struct Month {
    /// Year and number.
    month: (i32, u8),
    /// In thousandths of a US dollar.
    spent: u64,
}

impl Month {
    /// Returns the month of a time, without spending unless it is the current one.
    fn at(&mut self, at: OffsetDateTime) -> &mut Self {
        let month = (at.year(), u8::from(at.month()));
        if self.month != month {
            *self = Self { month, spent: 0 };
        }
        self
    }
}

impl Spending {
    /// Returns a Region's quota in US dollars.
    pub(crate) fn quota(&self, region: &str) -> u64 {
        self.with(region, |region| region.quota.unwrap_or(QUOTA))
    }

    /// Sets a Region's quota in US dollars, as AWS's staff does.
    pub(crate) fn set_quota(&self, region: &str, dollars: u64) {
        self.with(region, |region| region.quota = Some(dollars.min(MAX_QUOTA)));
    }

    /// Starts the current month again, in all Regions.
    pub(crate) fn forget(&self) {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        for region in regions.values_mut() {
            region.months.clear();
        }
    }

    /// Spends the price of a message, unless the month's sum would exceed the quota or the
    /// account's own limit, in US dollars. Returns the price.
    pub(crate) fn spend(
        &self,
        region: &str,
        channel: Channel,
        own_limit: Option<u64>,
        parts: usize,
        at: OffsetDateTime,
    ) -> Result<f64, QuotaSpent> {
        let price = PRICE_PER_PART.saturating_mul(parts as u64);
        self.with(region, |region| {
            let quota = region.quota.unwrap_or(QUOTA);
            let limit = own_limit.map_or(quota, |own| own.min(quota));
            let month = region.months.entry(channel).or_default().at(at);
            let sum = month.spent.saturating_add(price);
            if sum > limit.saturating_mul(1_000) {
                return Err(QuotaSpent);
            }
            month.spent = sum;
            Ok(dollars(price))
        })
    }

    /// Returns the spending of the month in US dollars.
    pub(crate) fn spent(&self, region: &str, channel: Channel, at: OffsetDateTime) -> f64 {
        self.with(region, |region| {
            dollars(region.months.entry(channel).or_default().at(at).spent)
        })
    }

    fn with<T>(&self, region: &str, act: impl FnOnce(&mut Region) -> T) -> T {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        act(regions.entry(region.to_owned()).or_default())
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "sums of a month are exact in an f64"
)]
fn dollars(thousandths: u64) -> f64 {
    thousandths as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-27 12:00 UTC);

    fn spend(spending: &Spending, own: Option<u64>, at: OffsetDateTime) -> Result<f64, QuotaSpent> {
        spending.spend("eu-west-1", Channel::Sns, own, 1, at)
    }

    /// SNS stops when a message "would incur a cost that exceeds this limit" (`SetSMSAttributes`).
    #[test]
    fn sending_stops_before_the_quota_is_exceeded_until_the_next_month() {
        let spending = Spending::default();
        spending.set_quota("eu-west-1", 1);
        for _ in 0..13 {
            assert_eq!(spend(&spending, None, NOW), Ok(0.075));
        }
        assert_eq!(spend(&spending, None, NOW), Err(QuotaSpent));
        assert_eq!(spending.spent("eu-west-1", Channel::Sns, NOW), 0.975);
        let other = spending.spend("eu-west-2", Channel::Sns, None, 1, NOW);
        assert_eq!(other, Ok(0.075));
        let next = datetime!(2026-12-01 00:00 UTC);
        assert_eq!(spend(&spending, None, next), Ok(0.075));
    }

    #[test]
    fn the_smaller_of_quota_and_own_limit_counts() {
        let spending = Spending::default();
        assert_eq!(spend(&spending, Some(0), NOW), Err(QuotaSpent));
        assert_eq!(spend(&spending, Some(u64::MAX), NOW), Ok(0.075));
        spending.set_quota("eu-west-1", 0);
        assert_eq!(spend(&spending, Some(5), NOW), Err(QuotaSpent));
        spending.forget();
        assert_eq!(spending.spent("eu-west-1", Channel::Sns, NOW), 0.0);
        assert_eq!(spending.quota("eu-west-1"), 0);
    }

    /// The module's trials and the demo send some hundred messages, a load test some ten thousand.
    #[test]
    fn an_account_starts_with_a_quota_for_a_million_parts() {
        let spending = Spending::default();
        let million = spending.spend("eu-west-1", Channel::Sns, None, 1_000_000, NOW);
        assert_eq!(million, Ok(75_000.0));
    }
}
