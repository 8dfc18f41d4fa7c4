//! The access key ids of the sessions that STS created.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use local_wire::Response;

/// The most keys that are remembered; the oldest are dropped first.
const MAX_KEYS: usize = 16_384;

/// Keys of sessions, recorded from the responses of STS.
#[derive(Debug, Default)]
pub(crate) struct SessionKeys {
    keys: Mutex<Keys>,
}

#[derive(Debug, Default)]
struct Keys {
    known: HashSet<String>,
    /// The same keys, oldest first.
    order: VecDeque<String>,
}

impl SessionKeys {
    /// Records the key that a response contains, if there is one.
    pub(crate) fn note(&self, service: &str, answer: &Response) {
        if service != "sts" || !answer.status().is_success() {
            return;
        }
        // STS responds in XML only, and a key contains no character that XML escapes.
        let body = String::from_utf8_lossy(answer.body());
        let key = body
            .split_once("<AccessKeyId>")
            .and_then(|(_, rest)| rest.split_once("</AccessKeyId>"));
        if let Some((key, _)) = key {
            self.keep(key);
        }
    }

    /// Reports whether the key belongs to a session of this account.
    pub(super) fn has(&self, access_key_id: &str) -> bool {
        self.locked().known.contains(access_key_id)
    }

    fn keep(&self, key: &str) {
        let mut keys = self.locked();
        if keys.known.insert(key.to_owned()) {
            keys.order.push_back(key.to_owned());
        }
        while keys.order.len() > MAX_KEYS {
            if let Some(oldest) = keys.order.pop_front() {
                keys.known.remove(&oldest);
            }
        }
    }

    fn locked(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Response {
        Response::new(body.to_owned().into())
    }

    #[test]
    fn keys_of_new_sessions_are_recorded() {
        let session_keys = SessionKeys::default();
        let session = answer(
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId>",
        );
        session_keys.note("sts", &session);
        session_keys.note("iam", &answer("<AccessKeyId>AKIA1</AccessKeyId>"));
        let mut refused = answer("<AccessKeyId>ASIA2</AccessKeyId>");
        *refused.status_mut() = http::StatusCode::BAD_REQUEST;
        session_keys.note("sts", &refused);
        assert!(session_keys.has("ASIA1"));
        for other in ["AKIA1", "ASIA2", "local", ""] {
            assert!(!session_keys.has(other), "{other}");
        }
    }

    #[test]
    fn the_oldest_keys_are_dropped() {
        let session_keys = SessionKeys::default();
        for number in 0..=MAX_KEYS {
            session_keys.keep(&format!("ASIA{number}"));
            session_keys.keep(&format!("ASIA{number}"));
        }
        assert!(!session_keys.has("ASIA0"));
        assert!(session_keys.has("ASIA1"));
        assert_eq!(session_keys.locked().known.len(), MAX_KEYS);
    }
}
