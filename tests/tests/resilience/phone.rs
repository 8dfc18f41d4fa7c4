//! The callers' phones in the scenarios.

use std::ops::Deref;

use e2e::press;
use local_connect::{Call, CallEvent};

use crate::resilience::leaks::{Source, left_by};
use crate::resilience::setup::ResilienceSetup;

/// A call. It adds each PIN that is keyed to the secrets, and everything that the call leaves behind to the
/// search, so that no scenario can forget to.
pub(crate) struct Phone<'a> {
    setup: &'a ResilienceSetup,
    call: Call,
}

impl<'a> Phone<'a> {
    pub(crate) fn new(setup: &'a ResilienceSetup, call: Call) -> Self {
        Self { setup, call }
    }

    /// Keys a PIN, with the symbols that end it.
    pub(crate) async fn press(&mut self, symbols: &str) {
        self.setup.secret(symbols.trim_end_matches('#'));
        press(&mut self.call, symbols).await;
    }

    pub(crate) async fn hang_up(&mut self) {
        self.call.hang_up().await;
    }
}

impl Deref for Phone<'_> {
    type Target = Call;

    fn deref(&self) -> &Call {
        &self.call
    }
}

impl Drop for Phone<'_> {
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
            self.setup.add_contact(self.call.contact().id.clone());
        }
        self.setup.search.add(Source::Calls, &left_by(&self.call));
    }
}
