//! The picture of a call in README.md, drawn from a call in the local account.

use std::collections::BTreeMap;

use local_account::RequestRecord;
use local_connect::CallEvent;

use crate::Failure;

/// An observed invocation of the function.
#[derive(Debug)]
pub struct Invocation {
    /// The command in the flow's event, such as `getMemberId`.
    pub command: String,
    /// The logged outcome, such as `MEMBER`.
    pub outcome: String,
    /// The function's requests to AWS, in the order of their arrival.
    pub requests: Vec<RequestRecord>,
}

/// Draws a call as a Mermaid sequence diagram. `words` maps each sentence heard to the words drawn for it;
/// `message` is drawn for the text message of a `Publish`.
///
/// # Errors
/// When the call has more or fewer invocations than given, or an event or operation cannot be drawn.
pub fn draw(
    events: &[CallEvent],
    invocations: &[Invocation],
    words: &BTreeMap<String, String>,
    message: &str,
) -> Result<String, Failure> {
    let mut picture = String::from(
        "```mermaid\n\
         sequenceDiagram\n    \
         actor Caller\n    \
         participant Connect as Amazon Connect\n    \
         Caller->>Connect: calls the number of the line\n",
    );
    let mut step = |text: String| {
        picture.push_str("    ");
        picture.push_str(&text);
        picture.push('\n');
    };
    let mut left = invocations.iter();
    let mut events = events.iter().peekable();
    while let Some(event) = events.next() {
        match event {
            CallEvent::FunctionInvoked { .. } => {
                let invocation = left
                    .next()
                    .ok_or("the call has more invocations than were recorded")?;
                step(format!("Connect->>Function: {}", invocation.command));
                for request in steps(&invocation.requests)? {
                    step(request.arrow());
                    if request == Request::Publish {
                        step(format!("SNS-->>Caller: {message}"));
                    }
                }
                step(format!("Function-->>Connect: {}", invocation.outcome));
            }
            CallEvent::Heard(spoken) => {
                let text = words.get(&spoken.text);
                let text = text.ok_or_else(|| {
                    format!(
                        "words must have an entry for the sentence '{}'",
                        spoken.text
                    )
                })?;
                let is_last = matches!(events.peek(), Some(CallEvent::Ended { .. }));
                let ending = if is_last { ", then hangs up" } else { "" };
                step(format!("Connect-->>Caller: “{text}”{ending}"));
                if is_last {
                    events.next();
                }
            }
            CallEvent::Pressed { keys } => step(format!("Caller->>Connect: presses {keys} keys")),
            CallEvent::Ended { .. } => step("Connect-->>Caller: hangs up".to_owned()),
            event => {
                return Err(format!("the picture cannot show the event {event:?}").into());
            }
        }
    }
    if left.next().is_some() {
        return Err("the call has fewer invocations than were recorded".into());
    }
    picture.push_str("```\n");
    Ok(picture)
}

/// Consecutive requests that are drawn as one arrow.
#[derive(Debug, PartialEq, Eq)]
enum Request {
    /// Requests to the tables. Parallel requests arrive in any order, so reads and writes are counted
    /// rather than listed.
    Tables {
        reads: usize,
        writes: usize,
    },
    Publish,
}

impl Request {
    fn arrow(&self) -> String {
        match self {
            Self::Tables { reads, writes } => {
                let counted = [(*reads, "read"), (*writes, "write")];
                let counted: Vec<String> = counted
                    .iter()
                    .filter(|(count, _)| *count > 0)
                    .map(|(count, noun)| {
                        let plural = if *count == 1 { "" } else { "s" };
                        format!("{count} {noun}{plural}")
                    })
                    .collect();
                format!("Function->>DynamoDB: {}", counted.join(", "))
            }
            Self::Publish => "Function->>SNS: Publish".to_owned(),
        }
    }
}

fn steps(requests: &[RequestRecord]) -> Result<Vec<Request>, Failure> {
    let mut steps = Vec::new();
    for request in requests {
        let (read, written) = match request.operation.as_str() {
            "Publish" => {
                steps.push(Request::Publish);
                continue;
            }
            "GetItem" => (1, 0),
            "UpdateItem" => (0, 1),
            other => return Err(format!("the picture cannot show the operation {other}").into()),
        };
        match steps.last_mut() {
            Some(Request::Tables { reads, writes }) => {
                *reads += read;
                *writes += written;
            }
            _ => steps.push(Request::Tables {
                reads: read,
                writes: written,
            }),
        }
    }
    Ok(steps)
}
