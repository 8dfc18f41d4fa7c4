//! The access keys that CreateAccessKey has issued.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use local_wire::Fault;

/// The most access keys that an account issues. None is ever forgotten, since a key that the
/// account did not issue may be its administrator's, and a deleted key must not become that.
const MAX_KEYS: usize = 16_384;

/// The ids of all access keys of users, also of inactive and deleted ones.
#[derive(Debug, Default)]
pub(super) struct IssuedKeys(Mutex<HashSet<String>>);

impl IssuedKeys {
    /// Refuses another key when the account has issued as many as it can.
    pub(super) fn check_room(&self) -> Result<(), Fault> {
        match self.keys().len() < MAX_KEYS {
            true => Ok(()),
            false => Err(Fault::new(
                409,
                "LimitExceeded",
                format!("The local account issues at most {MAX_KEYS} access keys. Start it again."),
            )),
        }
    }

    pub(super) fn keep(&self, access_key_id: &str) {
        self.keys().insert(access_key_id.to_owned());
    }

    pub(super) fn has(&self, access_key_id: &str) -> bool {
        self.keys().contains(access_key_id)
    }

    fn keys(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_access_keys_is_limited() {
        let issued = IssuedKeys::default();
        for number in 0..MAX_KEYS {
            assert!(issued.check_room().is_ok());
            issued.keep(&format!("AKIA{number}"));
        }
        assert_eq!(issued.check_room().unwrap_err().code, "LimitExceeded");
        assert!(issued.has("AKIA0") && !issued.has("local"));
    }
}
