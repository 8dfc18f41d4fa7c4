//! The events of a call as a conversation, from which a test case is written.

use connect_test_cases::{Conversation, Turn};

use crate::CallEvent;

/// Returns the conversation of a call, from its events and the keys that the caller entered, one entry
/// for each time the line waited for input.
pub fn conversation(
    from: Option<String>,
    to: String,
    events: &[CallEvent],
    entries: &[String],
) -> Conversation {
    let mut entries = entries.iter();
    let turns = events.iter().filter_map(|event| match event {
        CallEvent::Heard(spoken) => Some(Turn::Heard(spoken.text.clone())),
        CallEvent::Pressed { .. } => entries.next().cloned().map(Turn::Pressed),
        CallEvent::Silence | CallEvent::FunctionInvoked { .. } => Some(Turn::Silent),
        CallEvent::Ended { how, .. } if how == CallEvent::HUNG_UP => Some(Turn::HungUp),
        _ => None,
    });
    Conversation {
        from,
        to,
        turns: turns.collect(),
    }
}
