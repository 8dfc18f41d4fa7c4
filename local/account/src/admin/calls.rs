//! Calls that clients of the `/_local/` interface keep open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::{Duration, Instant};

use local_connect::{Call, CallerId, ChatError, ConnectService, DialError, UnknownKey, strokes};
use tokio::sync::Mutex;

use super::model::{CallRequest, CallStep, CallTurn, ChatRequest};

/// The time a client may be silent before its call counts as abandoned. Abandoned calls are hung up
/// when the next call is placed, so that they cannot pile up.
const ABANDONED_AFTER: Duration = Duration::from_secs(30 * 60);

/// The most open calls. AWS's default quota is ten of an instance, but a test may place more.
const MAX_OPEN_CALLS: usize = 1_000;

/// The most characters of a caller's number, which is longer than any in E.164 form.
const MAX_CALLER_LENGTH: usize = 64;

/// Why a request about a call failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallFault {
    #[error(transparent)]
    NotAnswered(DialError),
    #[error(transparent)]
    NotStarted(ChatError),
    #[error("at most {MAX_OPEN_CALLS} calls can be open, and as many are; hang one up first")]
    TooMany,
    #[error("the caller's number must have at most {MAX_CALLER_LENGTH} characters")]
    LongCaller,
    #[error("the call must be open, but there is no open call {0}; place a new call")]
    NoCall(String),
    #[error(
        "the contact must be one of the latest calls, but no call on record has the contact {0}; \
         GET /_local/calls lists them"
    )]
    NoRecord(String),
    #[error(transparent)]
    NoKey(UnknownKey),
}

struct OpenCall {
    call: Call,
    /// The number of events that the client has received.
    seen: usize,
    touched: Instant,
}

/// Open calls by id.
#[derive(Default)]
pub(super) struct OpenCalls {
    calls: StdMutex<HashMap<String, Arc<Mutex<OpenCall>>>>,
}

impl OpenCalls {
    pub(super) async fn dial(
        &self,
        connect: &Arc<ConnectService>,
        request: CallRequest,
    ) -> Result<CallTurn, CallFault> {
        self.drop_abandoned();
        if self.locked().len() >= MAX_OPEN_CALLS {
            return Err(CallFault::TooMany);
        }
        let caller = request.from.as_ref();
        if caller.is_some_and(|number| number.chars().count() > MAX_CALLER_LENGTH) {
            return Err(CallFault::LongCaller);
        }
        let from = request.from.map_or(CallerId::Withheld, CallerId::Number);
        let call = connect
            .dial_scripted(&request.to, from, request.script.unwrap_or_default())
            .await
            .map_err(CallFault::NotAnswered)?;
        self.open(call)
    }

    /// Starts a chat. Its steps are those of a call.
    pub(super) async fn chat(
        &self,
        connect: &Arc<ConnectService>,
        request: ChatRequest,
    ) -> Result<CallTurn, CallFault> {
        self.drop_abandoned();
        if self.locked().len() >= MAX_OPEN_CALLS {
            return Err(CallFault::TooMany);
        }
        let chat = connect
            .chat(&request.flow, request.script.unwrap_or_default())
            .await
            .map_err(CallFault::NotStarted)?;
        self.open(chat)
    }

    /// Keeps a call while it waits.
    fn open(&self, call: Call) -> Result<CallTurn, CallFault> {
        let id = uuid::Uuid::new_v4().to_string();
        let mut open = OpenCall {
            call,
            seen: 0,
            touched: Instant::now(),
        };
        let turn = open.turn(&id);
        if turn.waiting {
            let mut calls = self.locked();
            // Others may have been placed in the meantime.
            if calls.len() >= MAX_OPEN_CALLS {
                return Err(CallFault::TooMany);
            }
            calls.insert(id, Arc::new(Mutex::new(open)));
        }
        Ok(turn)
    }

    pub(super) async fn step(&self, id: &str, step: CallStep) -> Result<CallTurn, CallFault> {
        let pressed = match &step {
            CallStep::Press(text) => strokes(text).map_err(CallFault::NoKey)?,
            CallStep::Wait | CallStep::HangUp => Vec::new(),
        };
        let open = self
            .locked()
            .get(id)
            .cloned()
            .ok_or_else(|| CallFault::NoCall(id.to_owned()))?;
        let mut open = open.lock().await;
        match step {
            CallStep::Press(_) => open.call.press(&pressed).await,
            CallStep::Wait => open.call.wait().await,
            CallStep::HangUp => open.call.hang_up().await,
        }
        open.touched = Instant::now();
        let turn = open.turn(id);
        if !turn.waiting {
            self.locked().remove(id);
        }
        Ok(turn)
    }

    fn drop_abandoned(&self) {
        self.locked().retain(|_, open| {
            // A locked call is in use at this moment.
            open.try_lock()
                .map_or(true, |open| open.touched.elapsed() < ABANDONED_AFTER)
        });
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Mutex<OpenCall>>>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenCall {
    fn turn(&mut self, id: &str) -> CallTurn {
        let events = self.call.events()[self.seen..].to_vec();
        self.seen = self.call.events().len();
        CallTurn {
            id: id.to_owned(),
            contact_id: self.call.contact().id.clone(),
            events,
            waiting: self.call.is_waiting(),
        }
    }
}
