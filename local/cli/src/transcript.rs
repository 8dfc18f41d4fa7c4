//! What happens in a call, as lines that people read and that can be compared.

use local_account::{Delivery, SentMessage};
use local_connect::CallEvent;
use serde::Serialize;

/// What a line tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// What the caller heard.
    Line,
    /// What the caller did.
    Caller,
    /// What happened behind the line.
    Aside,
    /// Something in the flow that its author should look at.
    Warning,
    /// Something that should not have happened.
    Trouble,
    /// A text message.
    Message,
}

/// One line. It has no times, so that the same thing twice is the same line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TranscriptLine {
    /// What it tells of.
    pub kind: Kind,
    /// The words.
    pub text: String,
    /// Who read them, of what was heard.
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

    /// The line of an event. Keys have none: the event does not know them, see [`TranscriptLine::pressing`].
    pub fn of(event: &CallEvent) -> Option<Self> {
        Some(match event {
            CallEvent::Heard(spoken) => Self {
                voice: Some(spoken.voice.clone()),
                ..Self::new(Kind::Line, &spoken.text)
            },
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
            CallEvent::Warning { block, message } => {
                Self::new(Kind::Warning, format!("{block}: {message}"))
            }
            CallEvent::Ended { how, regular } => {
                let kind = if *regular { Kind::Aside } else { Kind::Trouble };
                Self::new(kind, how)
            }
        })
    }

    /// The caller presses keys. The caller's own screen may show them; no log does.
    pub fn pressing(keys: &str) -> Self {
        Self::new(Kind::Caller, format!("presses {keys}"))
    }

    /// The lines of a text message: that it was sent and, if so, that it reached nobody.
    pub fn of_message(message: &SentMessage) -> Vec<Self> {
        let text = format!("SMS to {} : {}", message.phone_number, message.message);
        let mut lines = vec![Self::new(Kind::Message, text)];
        if let Delivery::Failure(why) = &message.delivery {
            lines.push(Self::new(Kind::Trouble, format!("not delivered: {why}")));
        }
        lines
    }

    /// The lines of a call that was placed as a whole: its events, and the entries of keys that its
    /// caller meant to press, one each time the line waited.
    pub fn of_call(events: &[CallEvent], entries: &[String]) -> Vec<Self> {
        with_keys(events, entries)
            .filter_map(|(event, keys)| {
                keys.map_or_else(|| Self::of(event), |keys| Some(Self::pressing(keys)))
            })
            .collect()
    }
}

/// The events of a call, each that is a press of keys with the entry that was pressed.
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
    fn keys_are_told_where_they_were_pressed() {
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
