//! The events of a call as lines that people read and that can be compared.

use local_account::{Delivery, SentMessage};
use local_connect::CallEvent;
use serde::Serialize;

/// The kind of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// The caller heard it.
    Line,
    /// The caller did it.
    Caller,
    /// An agent did or heard it.
    Agent,
    /// Background activity, such as an invocation.
    Aside,
    /// A mistake in the flow that its author should fix.
    Warning,
    /// An unexpected failure.
    Trouble,
    /// A text message.
    Message,
}

/// One line. It has no times, so that equal events give equal lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TranscriptLine {
    pub kind: Kind,
    /// The text.
    pub text: String,
    /// The voice that read it, if it was spoken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voice: Option<String>,
}

impl TranscriptLine {
    fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            voice: None,
        }
    }

    /// Returns the line of an event. Key presses have none, since the event does not contain the keys;
    /// see [`TranscriptLine::pressing`].
    pub fn of(event: &CallEvent) -> Option<Self> {
        Some(match event {
            CallEvent::Heard(spoken) => Self {
                voice: Some(spoken.voice.clone()),
                ..Self::new(Kind::Line, &spoken.text)
            },
            CallEvent::HeardByAgent(spoken) => Self {
                voice: Some(spoken.voice.clone()),
                ..Self::new(Kind::Agent, format!("hears {}", spoken.text))
            },
            CallEvent::Agent { name, did } => Self::new(Kind::Agent, format!("{name} {did}")),
            CallEvent::CallbackCreated { number, queue } => Self::new(
                Kind::Aside,
                format!("callback of {number} waits in the queue {queue}"),
            ),
            // Ids differ from call to call, and lines are compared.
            CallEvent::NewContact {
                initiation_method, ..
            } => Self::new(Kind::Aside, format!("new contact: {initiation_method}")),
            CallEvent::Pressed { .. } => return None,
            CallEvent::Silence => Self::new(Kind::Caller, "presses nothing"),
            CallEvent::FunctionInvoked {
                function_arn,
                succeeded,
                ..
            } => {
                let name = function_arn.rsplit(':').next().unwrap_or(function_arn);
                let outcome = if *succeeded { "answered" } else { "FAILED" };
                Self::new(Kind::Aside, format!("function {name} {outcome}"))
            }
            CallEvent::Understood { intent } => Self::new(
                Kind::Caller,
                format!("says what the bot understands as {intent}"),
            ),
            CallEvent::TaskCreated { name, flow } => Self::new(
                Kind::Aside,
                format!("task {name} created, with the flow {flow}"),
            ),
            CallEvent::Warning { block, message } => {
                Self::new(Kind::Warning, format!("{block}: {message}"))
            }
            CallEvent::Ended { how, regular } => {
                let kind = if *regular { Kind::Aside } else { Kind::Trouble };
                Self::new(kind, how)
            }
        })
    }

    /// Returns the line of a key press. Keys may appear on the caller's own screen, but in no log.
    pub fn pressing(keys: &str) -> Self {
        Self::new(Kind::Caller, format!("presses {keys}"))
    }

    /// Returns the lines of a text message: that it was sent and, if so, why it was not delivered.
    pub fn of_message(message: &SentMessage) -> Vec<Self> {
        let text = format!("SMS to {} : {}", message.phone_number, message.message);
        let mut lines = vec![Self::new(Kind::Message, text)];
        if let Delivery::Failure(why) = &message.delivery {
            lines.push(Self::new(Kind::Trouble, format!("not delivered: {why}")));
        }
        lines
    }

    /// Returns the lines of a finished call from its events and the keys that the caller entered, one
    /// entry for each time the line waited for input.
    pub fn of_call(events: &[CallEvent], entries: &[String]) -> Vec<Self> {
        with_keys(events, entries)
            .filter_map(|(event, keys)| {
                keys.map_or_else(|| Self::of(event), |keys| Some(Self::pressing(keys)))
            })
            .collect()
    }
}

/// Pairs each event that is a key press with the keys of that entry.
pub fn with_keys<'a>(
    events: &'a [CallEvent],
    entries: &'a [String],
) -> impl Iterator<Item = (&'a CallEvent, Option<&'a str>)> {
    let mut entries = entries.iter();
    events.iter().map(move |event| match event {
        CallEvent::Pressed { .. } => (event, entries.next().map(String::as_str)),
        event => (event, None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_shown_where_they_were_pressed() {
        let pressed = CallEvent::Pressed { keys: 5 };
        let events = [
            CallEvent::Silence,
            pressed.clone(),
            CallEvent::Silence,
            pressed,
        ];
        let entries = ["0042#", "1#", "never"].map(str::to_owned);
        let lines = TranscriptLine::of_call(&events, &entries);
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "presses nothing",
                "presses 0042#",
                "presses nothing",
                "presses 1#"
            ]
        );
    }
}
