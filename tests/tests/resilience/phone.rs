//! The caller's side of a scenario.

use std::ops::Deref;

use e2e::press;
use local_connect::{Call, CallEvent};

use crate::resilience::leaks::{Source, left_by};
use crate::resilience::world::ResilienceWorld;

/// A call. Whatever is keyed in is searched for in the end, and so is all that the call leaves
/// behind: no scenario can forget to say so.
pub(crate) struct Telephone<'a> {
    world: &'a ResilienceWorld,
    call: Call,
}

impl<'a> Telephone<'a> {
    pub(crate) fn new(world: &'a ResilienceWorld, call: Call) -> Self {
        Self { world, call }
    }

    /// Keys in a PIN, with the symbols that end it.
    pub(crate) async fn press(&mut self, symbols: &str) {
        self.world.secret(symbols.trim_end_matches('#'));
        press(&mut self.call, symbols).await;
    }

    pub(crate) async fn hang_up(&mut self) {
        self.call.hang_up().await;
    }
}

impl Deref for Telephone<'_> {
    type Target = Call;

    fn deref(&self) -> &Call {
        &self.call
    }
}

impl Drop for Telephone<'_> {
    fn drop(&mut self) {
        let answered = |event: &CallEvent| {
            matches!(
                event,
                CallEvent::FunctionInvoked {
                    succeeded: true,
                    ..
                }
            )
        };
        if self.call.events().iter().any(answered) {
            self.world.answered(self.call.contact().id.clone());
        }
        self.world
            .search
            .look_at(Source::Calls, &left_by(&self.call));
    }
}
