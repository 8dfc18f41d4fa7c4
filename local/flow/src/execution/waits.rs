//! Wait: pauses, and branches that run during a pause.

use std::time::Duration;

use time::OffsetDateTime;

use super::pending::Pending;
use super::{Execution, Step};
use crate::action::Action;
use crate::compile::wait_limit;
use crate::reference::Template;
use crate::{FlowKind, Output};

const COMPLETED: &str = "WaitCompleted";
const CONTINUE: &str = "Continue";

/// A wait that goes on while the flow runs in its branch `Continue`.
#[derive(Clone, Copy)]
pub(super) struct KeptWait {
    /// The position of the Wait block.
    at: usize,
    until: OffsetDateTime,
}

impl Execution {
    /// Begins to wait. The events that can end a wait, the return of a chat's customer and the disconnection
    /// of a bot, never occur in a call.
    pub(super) fn wait(
        &mut self,
        action: &Action,
        time_limit: &Template,
        for_event: bool,
        keeps_running: bool,
    ) -> Step {
        if self.contact.channel == "VOICE" && !self.can_call_wait(for_event || keeps_running) {
            // The result is inferred from other blocks that fail.
            self.log(action, "Wait", Some("Error"), Vec::new);
            return self.fail(
                "a call must wait in an inbound flow, with \"keep running while waiting\" or for an event; \
                 without them the block fails, as on AWS",
            );
        }
        let time_limit = self.value(time_limit);
        let Some(time_limit) = time_limit.as_deref().and_then(wait_limit) else {
            return self.fail("the time to wait must be a whole number of seconds up to a week");
        };
        self.in_functions = Duration::ZERO;
        let until = self.after(time_limit);
        if keeps_running {
            let at = self.at;
            self.scope.kept_wait = Some(KeptWait { at, until });
            self.log(action, "Wait", Some(CONTINUE), Vec::new);
            return Step::Result(Some(CONTINUE.to_owned()));
        }
        Step::Ask(Output::Sleep { until }, Pending::Sleep { until })
    }

    /// Reports whether a voice contact can wait here (administrator guide, "Wait": only in inbound flows, and
    /// only with one of these settings). That a module waits like its inbound flow is inferred.
    fn can_call_wait(&self, set: bool) -> bool {
        set && matches!(self.flow.kind, FlowKind::ContactFlow | FlowKind::Module)
    }

    pub(super) fn waited(&mut self) -> Step {
        self.repeats.forget();
        self.scope.kept_wait = None;
        self.with_action(|this, action| {
            this.log(action, "Wait", Some(COMPLETED), Vec::new);
            Step::Done
        });
        Step::Result(Some(COMPLETED.to_owned()))
    }

    /// Returns to a wait that was kept, in place of entering the action at `index`: because its time is over,
    /// or because the branch `Continue` has come back to it.
    ///
    /// The guide has only that the contact is in the branch "temporarily". Inferred: a block that runs when
    /// the time is over is finished first, and a branch that comes back early leaves the rest of the time as a pause.
    pub(super) fn return_to_wait(&mut self, index: usize) -> Option<Step> {
        let KeptWait { at, until } = self.scope.kept_wait?;
        if self.now >= until {
            self.at = at;
            return Some(self.waited());
        }
        if index != at {
            return None;
        }
        self.at = at;
        Some(Step::Ask(Output::Sleep { until }, Pending::Sleep { until }))
    }
}
