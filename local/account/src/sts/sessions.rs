//! The sessions that AssumeRole and GetSessionToken began.

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

/// The principal that temporary credentials belong to.
#[derive(Debug, Clone)]
pub(crate) enum Owner {
    /// A session of a role.
    Role(Arc<Session>),
    /// The user of this name, who called GetSessionToken.
    User(String),
    /// The account's root user, who called GetSessionToken.
    Root,
}

/// The state of temporary credentials when their key is used.
#[derive(Debug, Clone)]
pub(crate) enum Found {
    Valid(Owner),
    Expired,
}

#[derive(Debug)]
struct Kept {
    found: Found,
    expires_at: OffsetDateTime,
}

/// All temporary credentials, by access key id.
pub(crate) struct Sessions {
    clock: Clock,
    sessions: Mutex<HashMap<String, Kept>>,
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

    /// Begins a session, which lasts until a time.
    ///
    /// # Errors
    /// When the account has begun as many sessions as it can.
    pub(crate) fn begin(
        &self,
        owner: Owner,
        expires_at: OffsetDateTime,
    ) -> Result<Credentials, Fault> {
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
                    "The local account begins at most {MAX_SESSIONS} sessions. Start it again."
                ),
            ));
        }
        let kept = Kept {
            found: Found::Valid(owner),
            expires_at,
        };
        sessions.insert(credentials.access_key_id.clone(), kept);
        Ok(credentials)
    }

    /// Returns the session of an access key id; `None` if the key is not a session's.
    pub(crate) fn find(&self, access_key_id: &str) -> Option<Found> {
        let mut sessions = self.sessions();
        let kept = sessions.get_mut(access_key_id)?;
        if kept.expires_at <= self.now() {
            kept.found = Found::Expired;
        }
        Some(kept.found.clone())
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
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
