//! The access key ids of the sessions that STS created.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use local_wire::Response;

/// The most keys that are remembered; the oldest are dropped first.
const REMEMBERED: usize = 16_384;

/// Keys of sessions, recorded from the responses of STS.
#[derive(Debug, Default)]
pub(crate) struct HandedOut {
    keys: Mutex<Keys>,
}

#[derive(Debug, Default)]
struct Keys {
    known: HashSet<String>,
    /// The same keys, oldest first.
    order: VecDeque<String>,
}

impl HandedOut {
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
        while keys.order.len() > REMEMBERED {
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
    fn keys_are_noted_as_they_are_handed_out() {
        let handed_out = HandedOut::default();
        let session = answer(
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId>",
        );
        handed_out.note("sts", &session);
        handed_out.note("iam", &answer("<AccessKeyId>AKIA1</AccessKeyId>"));
        let mut refused = answer("<AccessKeyId>ASIA2</AccessKeyId>");
        *refused.status_mut() = http::StatusCode::BAD_REQUEST;
        handed_out.note("sts", &refused);
        assert!(handed_out.has("ASIA1"));
        for other in ["AKIA1", "ASIA2", "local", ""] {
            assert!(!handed_out.has(other), "{other}");
        }
    }

    #[test]
    fn a_bounded_number_is_remembered() {
        let handed_out = HandedOut::default();
        for number in 0..=REMEMBERED {
            handed_out.keep(&format!("ASIA{number}"));
            handed_out.keep(&format!("ASIA{number}"));
        }
        assert!(!handed_out.has("ASIA0"));
        assert!(handed_out.has("ASIA1"));
        assert_eq!(handed_out.locked().known.len(), REMEMBERED);
    }
}
