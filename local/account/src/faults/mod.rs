//! Injects faults: throttling, delays and broken connections, as clients experience them in
//! production.
//!
//! A rule selects calls and names their fault. For every call, the rules are evaluated in order;
//! the first one that matches and still has hits left is applied, and every rule that matches
//! counts the call.

mod answer;
mod invoker;
mod rule;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use serde::{Deserialize, Serialize};

pub(crate) use answer::refusal;
pub(crate) use invoker::FaultyInvoker;
pub use rule::{Caller, Effect, FaultRule, FaultRuleError, Refusal};

/// The origin of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CalledBy<'a> {
    /// The client that signed the request.
    Key {
        access_key_id: &'a str,
        /// The ARN of the role that the key was issued for.
        role: Option<&'a str>,
    },
    /// Amazon Connect, which does not sign its calls.
    Connect,
}

/// A rule and its counters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FaultReport {
    pub rule: FaultRule,
    /// The number of calls that matched the rule.
    pub seen: u64,
    /// The number of calls that it was applied to.
    pub hits: u64,
}

/// The account's fault rules.
#[derive(Debug, Default)]
pub struct Faults {
    /// Whether there are rules: the only check that a call costs if there are none.
    armed: AtomicBool,
    rules: RwLock<Vec<Armed>>,
}

#[derive(Debug)]
struct Armed {
    rule: FaultRule,
    seen: AtomicU64,
    hits: AtomicU64,
}

impl Faults {
    /// Appends a rule.
    ///
    /// # Errors
    /// If the rule cannot apply to any call, such as one for an unknown service.
    pub fn add(&self, rule: FaultRule) -> Result<(), FaultRuleError> {
        self.change(vec![rule], false)
    }

    /// Replaces all rules, with the counters at zero. If one of the new rules is invalid, nothing
    /// changes.
    ///
    /// # Errors
    /// If a rule cannot apply to any call, such as one for an unknown service.
    pub fn set(&self, rules: Vec<FaultRule>) -> Result<(), FaultRuleError> {
        self.change(rules, true)
    }

    /// Removes all rules. Faults that are being applied continue.
    pub fn clear(&self) {
        let mut armed = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        armed.clear();
        self.armed.store(false, Ordering::Release);
    }

    /// Returns the rules in their order, with their counters.
    pub fn list(&self) -> Vec<FaultReport> {
        self.rules
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .map(|armed| FaultReport {
                rule: armed.rule.clone(),
                seen: armed.seen.load(Ordering::Relaxed),
                hits: armed.hits.load(Ordering::Relaxed),
            })
            .collect()
    }

    fn change(&self, rules: Vec<FaultRule>, replace: bool) -> Result<(), FaultRuleError> {
        for (index, rule) in rules.iter().enumerate() {
            rule.check().map_err(|complaint| FaultRuleError::Rule {
                number: index + 1,
                complaint,
            })?;
        }
        let mut armed = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        if replace {
            armed.clear();
        }
        armed.extend(rules.into_iter().map(|rule| Armed {
            rule,
            seen: AtomicU64::new(0),
            hits: AtomicU64::new(0),
        }));
        self.armed.store(!armed.is_empty(), Ordering::Release);
        Ok(())
    }

    /// Counts a call and returns the fault to apply to it.
    pub(crate) fn strike(
        &self,
        service: &str,
        operation: &str,
        by: CalledBy<'_>,
    ) -> Option<Effect> {
        if !self.armed.load(Ordering::Acquire) {
            return None;
        }
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        let mut struck = None;
        for armed in rules.iter() {
            if !armed.rule.fits(service, operation, by) {
                continue;
            }
            let call = armed.seen.fetch_add(1, Ordering::Relaxed) + 1;
            if struck.is_none() && armed.takes(call) {
                struck = Some(armed.rule.effect.clone());
            }
        }
        struck
    }
}

impl Armed {
    /// Reports whether the rule applies to its `call`th call. Parallel calls get separate numbers
    /// and share the hits, so that the rule is applied exactly as often as it says.
    fn takes(&self, call: u64) -> bool {
        let due = match (self.rule.nth, self.rule.times) {
            (None, _) => true,
            (Some(nth), None) => call == nth,
            (Some(nth), Some(_)) => call >= nth,
        };
        let most = self.rule.times.unwrap_or(u64::MAX);
        due && self
            .hits
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |hits| {
                (hits < most).then(|| hits + 1)
            })
            .is_ok()
    }
}

impl FaultRule {
    fn fits(&self, service: &str, operation: &str, by: CalledBy<'_>) -> bool {
        self.service == service
            && self
                .operation
                .as_ref()
                .is_none_or(|wanted| wanted == operation)
            && self.caller.as_ref().is_none_or(|caller| caller.is(by))
    }
}

impl Caller {
    fn is(&self, by: CalledBy<'_>) -> bool {
        match (self, by) {
            (Self::Connect, CalledBy::Connect) => true,
            (Self::Functions, CalledBy::Key { role, .. }) => role.is_some(),
            (
                Self::Role(wanted),
                CalledBy::Key {
                    role: Some(role), ..
                },
            ) => role == wanted || role.rsplit('/').next() == Some(wanted),
            (Self::AccessKeyId(wanted), CalledBy::Key { access_key_id, .. }) => {
                access_key_id == wanted
            }
            _ => false,
        }
    }
}
