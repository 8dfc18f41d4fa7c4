//! What a runtime may do when: the states of the Runtime API, without IO.
//!
//! They follow AWS's own emulator (`aws-lambda-runtime-interface-emulator`), which refuses a
//! transition with 403 and `InvalidStateTransition`. Other than there, `next` is refused while an
//! invocation runs: the emulator hands out the same event again.

/// Where a runtime is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    /// It has not asked for work yet.
    Started,
    /// It has said that it cannot start.
    InitError,
    /// It has asked for work.
    Ready,
    /// It has got the invocation of this id.
    Running(String),
    /// It has answered, and not asked for more yet.
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

/// Why a runtime may not do something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    /// It is not the time for it.
    #[error(
        "Transition from {from} to {to} failed for runtime. Error: State transition is not allowed"
    )]
    Transition {
        /// Where it is.
        from: &'static str,
        /// Where it wants to be.
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
    /// How many requests for work wait. A runtime may have several threads that ask.
    waiting: usize,
}

impl RuntimeState {
    pub(super) fn new() -> Self {
        Self {
            phase: Phase::Started,
            waiting: 0,
        }
    }

    /// A request for work arrives. Tells whether the runtime is ready only now.
    pub(super) fn ask(&mut self) -> Result<bool, Refused> {
        let now = match self.phase {
            Phase::Started | Phase::ResponseSent => true,
            Phase::Ready => false,
            Phase::InitError | Phase::Running(_) => return Err(self.no_way_to("Ready")),
        };
        self.phase = Phase::Ready;
        self.waiting += 1;
        Ok(now)
    }

    /// A request for work ends, with work or without.
    pub(super) fn asked(&mut self) {
        self.waiting = self.waiting.saturating_sub(1);
    }

    /// The runtime gets an invocation.
    pub(super) fn run(&mut self, id: String) {
        self.phase = Phase::Running(id);
    }

    /// Whether the runtime may answer an invocation, before the answer is read.
    pub(super) fn may_answer(&self, id: &str) -> Result<(), Refused> {
        match &self.phase {
            Phase::Running(running) if running == id => Ok(()),
            _ => Err(Refused::RequestId),
        }
    }

    /// The runtime has answered an invocation. Tells whether it has asked for more already.
    pub(super) fn answer(&mut self, id: &str) -> Result<bool, Refused> {
        self.may_answer(id)?;
        let more = self.waiting > 0;
        self.phase = match more {
            true => Phase::Ready,
            false => Phase::ResponseSent,
        };
        Ok(more)
    }

    /// The runtime says that it cannot start: only before it has asked for work.
    pub(super) fn fail_init(&mut self) -> Result<(), Refused> {
        match self.phase {
            Phase::Started => {
                self.phase = Phase::InitError;
                Ok(())
            }
            _ => Err(self.no_way_to("InitError")),
        }
    }

    fn no_way_to(&self, to: &'static str) -> Refused {
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
        assert!(refused(state.ask()).starts_with("Transition from InitError to Ready"));

        let mut state = RuntimeState::new();
        assert_eq!(state.ask(), Ok(true));
        assert!(refused(state.fail_init()).starts_with("Transition from Ready to InitError"));
        state.asked();
        state.run("a".into());
        assert!(refused(state.fail_init()).starts_with("Transition from Running to InitError"));
        assert_eq!(state.answer("a"), Ok(false));
        assert!(refused(state.fail_init()).starts_with("Transition from ResponseSent"));
    }

    #[test]
    fn only_the_running_invocation_is_answered_and_once() {
        let mut state = RuntimeState::new();
        assert_eq!(state.answer("a"), Err(Refused::RequestId));
        state.ask().unwrap();
        state.asked();
        state.run("a".into());
        assert!(refused(state.ask()).starts_with("Transition from Running to Ready"));
        assert_eq!(state.may_answer("b"), Err(Refused::RequestId));
        assert_eq!(state.answer("a"), Ok(false));
        assert_eq!(state.answer("a"), Err(Refused::RequestId));
        assert_eq!(state.ask(), Ok(true));
    }

    #[test]
    fn two_threads_that_ask_get_one_invocation_after_the_other() {
        let mut state = RuntimeState::new();
        // The first makes the runtime ready, the second changes nothing.
        assert_eq!(state.ask(), Ok(true));
        assert_eq!(state.ask(), Ok(false));
        state.asked();
        state.run("a".into());
        // The second still waits, so the runtime is ready with its answer.
        assert_eq!(state.answer("a"), Ok(true));
        state.asked();
        state.run("b".into());
        assert_eq!(state.answer("b"), Ok(false));
    }
}
