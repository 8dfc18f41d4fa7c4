//! The states of the Runtime API, which decide what a runtime may do next, without IO.
//!
//! They follow AWS's own emulator (`aws-lambda-runtime-interface-emulator`), which rejects a transition
//! with 403 and `InvalidStateTransition`. One difference: `next` is rejected while an invocation runs,
//! where the emulator returns the same event again.

/// The state of a runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    /// It has not requested an invocation yet.
    Started,
    /// It has reported that its initialization failed.
    InitError,
    /// It has requested an invocation.
    Ready,
    /// It is running the invocation with this id.
    Running(String),
    /// It has responded, and not requested the next invocation yet.
    ResponseSent,
}

impl Phase {
    fn name(&self) -> &'static str {
        match self {
            Self::Started => "Started",
            Self::InitError => "InitError",
            Self::Ready => "Ready",
            Self::Running(_) => "Running",
            Self::ResponseSent => "ResponseSent",
        }
    }
}

/// Why a request of a runtime is rejected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    /// The state does not allow it.
    #[error(
        "Transition from {from} to {to} failed for runtime. Error: State transition is not allowed"
    )]
    Transition {
        /// The current state.
        from: &'static str,
        /// The requested state.
        to: &'static str,
    },
    /// The invocation is not the running one.
    #[error("Invalid request ID")]
    RequestId,
}

/// The state of one runtime.
#[derive(Debug)]
pub(super) struct RuntimeState {
    phase: Phase,
    /// The number of pending requests for an invocation. A runtime may have several threads that poll.
    waiting: usize,
}

impl RuntimeState {
    pub(super) fn new() -> Self {
        Self {
            phase: Phase::Started,
            waiting: 0,
        }
    }

    /// Registers a request for an invocation. Returns whether it makes the runtime ready.
    pub(super) fn request_next(&mut self) -> Result<bool, Refused> {
        let now = match self.phase {
            Phase::Started | Phase::ResponseSent => true,
            Phase::Ready => false,
            Phase::InitError | Phase::Running(_) => return Err(self.rejection("Ready")),
        };
        self.phase = Phase::Ready;
        self.waiting += 1;
        Ok(now)
    }

    /// Registers the end of a request for an invocation.
    pub(super) fn end_request(&mut self) {
        self.waiting = self.waiting.saturating_sub(1);
    }

    /// Registers that the runtime was given an invocation.
    pub(super) fn run(&mut self, id: String) {
        self.phase = Phase::Running(id);
    }

    /// Checks that the runtime may respond to an invocation, before the response is read.
    pub(super) fn may_answer(&self, id: &str) -> Result<(), Refused> {
        match &self.phase {
            Phase::Running(running) if running == id => Ok(()),
            _ => Err(Refused::RequestId),
        }
    }

    /// Registers the response to an invocation. Returns whether the next one has been requested already.
    pub(super) fn answer(&mut self, id: &str) -> Result<bool, Refused> {
        self.may_answer(id)?;
        let more = self.waiting > 0;
        self.phase = match more {
            true => Phase::Ready,
            false => Phase::ResponseSent,
        };
        Ok(more)
    }

    /// Registers a failed initialization, which is possible only before the first request for an
    /// invocation.
    pub(super) fn fail_init(&mut self) -> Result<(), Refused> {
        match self.phase {
            Phase::Started => {
                self.phase = Phase::InitError;
                Ok(())
            }
            _ => Err(self.rejection("InitError")),
        }
    }

    fn rejection(&self, to: &'static str) -> Refused {
        Refused::Transition {
            from: self.phase.name(),
            to,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused<T: std::fmt::Debug>(result: Result<T, Refused>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn an_initialization_fails_before_the_first_event_and_once() {
        let mut state = RuntimeState::new();
        assert_eq!(state.fail_init(), Ok(()));
        assert!(refused(state.fail_init()).starts_with("Transition from InitError to InitError"));
        assert!(refused(state.request_next()).starts_with("Transition from InitError to Ready"));

        let mut state = RuntimeState::new();
        assert_eq!(state.request_next(), Ok(true));
        assert!(refused(state.fail_init()).starts_with("Transition from Ready to InitError"));
        state.end_request();
        state.run("a".into());
        assert!(refused(state.fail_init()).starts_with("Transition from Running to InitError"));
        assert_eq!(state.answer("a"), Ok(false));
        assert!(refused(state.fail_init()).starts_with("Transition from ResponseSent"));
    }

    #[test]
    fn only_the_running_invocation_is_answered_and_once() {
        let mut state = RuntimeState::new();
        assert_eq!(state.answer("a"), Err(Refused::RequestId));
        state.request_next().unwrap();
        state.end_request();
        state.run("a".into());
        assert!(refused(state.request_next()).starts_with("Transition from Running to Ready"));
        assert_eq!(state.may_answer("b"), Err(Refused::RequestId));
        assert_eq!(state.answer("a"), Ok(false));
        assert_eq!(state.answer("a"), Err(Refused::RequestId));
        assert_eq!(state.request_next(), Ok(true));
    }

    #[test]
    fn two_polling_threads_get_one_invocation_after_the_other() {
        let mut state = RuntimeState::new();
        // The first request makes the runtime ready, the second changes nothing.
        assert_eq!(state.request_next(), Ok(true));
        assert_eq!(state.request_next(), Ok(false));
        state.end_request();
        state.run("a".into());
        // The second request is still pending, so the runtime is ready after its response.
        assert_eq!(state.answer("a"), Ok(true));
        state.end_request();
        state.run("b".into());
        assert_eq!(state.answer("b"), Ok(false));
    }
}
