//! The picture of a call in README.md, drawn from what a call did in the local account.

use std::collections::BTreeMap;

use local_account::RequestRecord;
use local_connect::CallEvent;

use crate::Failure;

/// What was observed of one invocation of the function.
#[derive(Debug)]
pub struct Invocation {
    /// The command that the flow gave it, such as `getMemberId`.
    pub command: String,
    /// The outcome that it logged, such as `MEMBER`.
    pub outcome: String,
    /// What it asked of AWS, in the order in which the requests arrived.
    pub requests: Vec<RequestRecord>,
}

/// Draws a call as a Mermaid sequence diagram. `words` has what is drawn for each sentence heard, and
/// `message` for the text message that a `Publish` sends.
///
/// # Errors
/// When the call and its invocations do not fit each other, or a service or operation has no place in
/// the picture.
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
         participant Function\n    \
         participant Tables as DynamoDB tables\n    \
         participant SNS\n    \
         Caller->>Connect: calls the number of the line\n",
    );
    let mut step = |text: String| {
        picture.push_str("    ");
        picture.push_str(&text);
        picture.push('\n');
    };
    let mut left = invocations.iter();
    for event in events {
        match event {
            CallEvent::FunctionInvoked { .. } => {
                let invocation = left.next().ok_or("the function was invoked more often")?;
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
                let text = text.ok_or_else(|| format!("no words for {}", spoken.text))?;
                step(format!("Connect-->>Caller: “{text}”"));
            }
            CallEvent::Pressed { keys } => step(format!("Caller->>Connect: presses {keys} keys")),
            CallEvent::Ended { .. } => step("Connect-->>Caller: hangs up".to_owned()),
            CallEvent::Silence | CallEvent::Warning { .. } => {
                return Err(format!("the picture has no place for {event:?}").into());
            }
        }
    }
    if left.next().is_some() {
        return Err("the function was invoked less often".into());
    }
    picture.push_str("```\n");
    Ok(picture)
}

/// Requests that are drawn as one arrow.
#[derive(Debug, PartialEq, Eq)]
enum Request {
    /// To the tables. Those that a function makes side by side arrive in any order, so reads and writes
    /// are counted.
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
                format!("Function->>Tables: {}", counted.join(", "))
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
            other => return Err(format!("the picture has no place for {other}").into()),
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
