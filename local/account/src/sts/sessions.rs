//! The sessions of roles that AssumeRole began.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use local_iam::Named;
use local_wire::{Fault, assumed_role_arn};
use rand::RngExt;
use rand::distr::Alphanumeric;
use time::OffsetDateTime;

/// The most sessions of an account. None is ever forgotten, since a key that the account does not
/// know is its administrator's.
const MAX_SESSIONS: usize = 16_384;

/// Returns the time by which sessions end.
pub(crate) type Clock = Arc<dyn Fn() -> OffsetDateTime + Send + Sync>;

/// A session of a role.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) role_arn: String,
    pub(crate) role_id: String,
    pub(crate) name: String,
    /// The session policies, which limit the role's; without any, they do not.
    pub(crate) policies: Vec<Named>,
    pub(crate) expires_at: OffsetDateTime,
}

impl Session {
    pub(crate) fn arn(&self) -> String {
        assumed_role_arn(&self.role_arn, &self.name)
    }

    pub(crate) fn user_id(&self) -> String {
        format!("{}:{}", self.role_id, self.name)
    }
}

/// The credentials of a session.
pub(crate) struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: String,
}

/// The state of a session when its key is used.
#[derive(Debug, Clone)]
pub(crate) enum Found {
    Valid(Arc<Session>),
    Expired,
}

/// All sessions, by access key id.
pub(crate) struct Sessions {
    clock: Clock,
    sessions: Mutex<HashMap<String, Found>>,
}

impl Sessions {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            clock,
            sessions: Mutex::default(),
        }
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        (self.clock)()
    }

    /// Begins a session.
    ///
    /// # Errors
    /// When the account has begun as many sessions as it can.
    pub(crate) fn begin(&self, session: Session) -> Result<Credentials, Fault> {
        let credentials = Credentials {
            access_key_id: format!("ASIA{}", random(16).to_ascii_uppercase()),
            secret_access_key: random(40),
            session_token: random(320),
        };
        let mut sessions = self.sessions();
        if sessions.len() >= MAX_SESSIONS {
            return Err(Fault::new(
                400,
                "LimitExceeded",
                format!(
                    "The local account begins at most {MAX_SESSIONS} sessions of roles. Start it again."
                ),
            ));
        }
        let found = Found::Valid(Arc::new(session));
        sessions.insert(credentials.access_key_id.clone(), found);
        Ok(credentials)
    }

    /// Returns the session of an access key id; `None` if the key is not a session's.
    pub(crate) fn find(&self, access_key_id: &str) -> Option<Found> {
        let mut sessions = self.sessions();
        let found = sessions.get_mut(access_key_id)?;
        if matches!(found, Found::Valid(session) if session.expires_at <= self.now()) {
            *found = Found::Expired;
        }
        Some(found.clone())
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Found>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn random(length: usize) -> String {
    rand::rng()
        .sample_iter(Alphanumeric)
        .take(length)
        .map(char::from)
        .collect()
}
