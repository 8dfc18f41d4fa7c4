//! The SMS sandbox: the numbers that an account in it may send to.
//!
//! "Using the Amazon SNS SMS sandbox" in the guide has its rules: at most 10 numbers, each verified
//! with a password that its phone receives, and deleted 24 hours after the last attempt to verify it
//! at the earliest.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

/// The most numbers of a sandbox.
const MAX_NUMBERS: usize = 10;
/// The time until a number can be deleted.
const HELD: Duration = Duration::hours(24);

/// The numbers of a sandbox.
#[derive(Debug, Default)]
pub(crate) struct Sandbox {
    numbers: BTreeMap<String, Sandboxed>,
}

/// A number of a sandbox.
#[derive(Debug, Clone)]
pub(crate) struct Sandboxed {
    /// The one-time password that was sent to it last.
    password: String,
    pub(crate) verified: bool,
    /// The time of the last attempt to verify it, or else of the password.
    attempted_at: OffsetDateTime,
}

/// Why an operation on a sandbox is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SandboxRefusal {
    Full,
    Unknown,
    WrongPassword,
    /// It was verified, or tried, less than 24 hours ago.
    Held,
}

impl Sandbox {
    /// Adds a number, and returns the one-time password to send to it. A pending number gets a new
    /// password; a verified one stays verified.
    pub(crate) fn add(
        &mut self,
        number: &str,
        now: OffsetDateTime,
    ) -> Result<String, SandboxRefusal> {
        if !self.numbers.contains_key(number) && self.numbers.len() >= MAX_NUMBERS {
            return Err(SandboxRefusal::Full);
        }
        let password = one_time_password();
        let known = self.numbers.entry(number.to_owned());
        let known = known.or_insert_with(|| Sandboxed {
            password: String::new(),
            verified: false,
            attempted_at: now,
        });
        known.password.clone_from(&password);
        Ok(password)
    }

    pub(crate) fn verify(
        &mut self,
        number: &str,
        password: &str,
        now: OffsetDateTime,
    ) -> Result<(), SandboxRefusal> {
        let known = self.numbers.get_mut(number);
        let known = known.ok_or(SandboxRefusal::Unknown)?;
        known.attempted_at = now;
        if known.password != password {
            return Err(SandboxRefusal::WrongPassword);
        }
        known.verified = true;
        Ok(())
    }

    pub(crate) fn remove(
        &mut self,
        number: &str,
        now: OffsetDateTime,
    ) -> Result<(), SandboxRefusal> {
        let known = self.numbers.get(number).ok_or(SandboxRefusal::Unknown)?;
        if now - known.attempted_at < HELD {
            return Err(SandboxRefusal::Held);
        }
        self.numbers.remove(number);
        Ok(())
    }

    pub(crate) fn is_verified(&self, number: &str) -> bool {
        self.numbers.get(number).is_some_and(|known| known.verified)
    }

    pub(crate) fn numbers(&self) -> impl Iterator<Item = (&String, &Sandboxed)> {
        self.numbers.iter()
    }
}

/// Returns six random digits.
fn one_time_password() -> String {
    format!("{:06}", uuid::Uuid::new_v4().as_u128() % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-27 12:00 UTC);
    const PHONE: &str = "+819012345678";

    #[test]
    fn a_number_is_verified_with_the_password_that_was_sent_last() {
        let mut sandbox = Sandbox::default();
        let first = sandbox.add(PHONE, NOW).unwrap();
        assert_eq!(first.len(), 6);
        let wrong = sandbox.verify(PHONE, "12345", NOW);
        assert_eq!(wrong, Err(SandboxRefusal::WrongPassword));
        assert!(!sandbox.is_verified(PHONE));
        let last = sandbox.add(PHONE, NOW).unwrap();
        assert_eq!(sandbox.verify(PHONE, &last, NOW), Ok(()));
        assert!(sandbox.is_verified(PHONE));
        let unknown = sandbox.verify("+819000000000", &last, NOW);
        assert_eq!(unknown, Err(SandboxRefusal::Unknown));
    }

    /// "Up to 10" numbers, and 24 hours, are those of the guide.
    #[test]
    fn a_sandbox_has_ten_numbers_which_are_deleted_after_a_day() {
        let mut sandbox = Sandbox::default();
        for number in 0..10 {
            assert!(sandbox.add(&format!("+81900000000{number}"), NOW).is_ok());
        }
        assert_eq!(sandbox.add(PHONE, NOW), Err(SandboxRefusal::Full));
        let known = "+819000000001";
        let day = NOW + Duration::hours(24);
        let early = sandbox.remove(known, day - Duration::seconds(1));
        assert_eq!(early, Err(SandboxRefusal::Held));
        assert_eq!(sandbox.remove(known, day), Ok(()));
        assert_eq!(sandbox.remove(known, day), Err(SandboxRefusal::Unknown));
        assert!(sandbox.add(PHONE, day).is_ok());
    }
}
