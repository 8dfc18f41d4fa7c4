//! Faults on demand: throttling, slowness, broken connections, as real clients meet them.
//!
//! A rule names calls and what they suffer. Rules are asked in their order for every call; the
//! first that still has something to give decides, and every rule that a call fits counts it.

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

/// Who makes a call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CalledBy<'a> {
    /// Whoever signed the request.
    Key {
        access_key_id: &'a str,
        /// ARN of the role that the key was made for.
        role: Option<&'a str>,
    },
    /// Amazon Connect, which signs nothing.
    Connect,
}

/// A rule and what it has done so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FaultReport {
    /// The rule.
    pub rule: FaultRule,
    /// How many calls fitted it.
    pub seen: u64,
    /// How many of them suffered.
    pub hits: u64,
}

/// The account's fault rules.
#[derive(Debug, Default)]
pub struct Faults {
    /// Whether there are rules: all that a call pays for when there are none.
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
    /// Adds a rule after those there are.
    ///
    /// # Errors
    /// When the rule can never be meant, such as one for an unknown service.
    pub fn add(&self, rule: FaultRule) -> Result<(), FaultRuleError> {
        self.change(vec![rule], false)
    }

    /// Puts these rules, with their counters at zero, in the place of all others. When one of
    /// them is wrong nothing changes.
    ///
    /// # Errors
    /// When a rule can never be meant, such as one for an unknown service.
    pub fn set(&self, rules: Vec<FaultRule>) -> Result<(), FaultRuleError> {
        self.change(rules, true)
    }

    /// Takes all rules away. Calls that suffer already go on suffering.
    pub fn clear(&self) {
        let mut armed = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        armed.clear();
        self.armed.store(false, Ordering::Release);
    }

    /// The rules in their order, with their counters.
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

    /// What this call suffers. Asking counts the call.
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
    /// Whether the rule strikes its `call`th call. Calls side by side get numbers of their own
    /// and share the hits, so that exactly as many suffer as the rule says.
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
