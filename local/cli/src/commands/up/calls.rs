//! Prints what happens in the calls of a running account, as it happens, and each message.

use std::collections::HashMap;
use std::sync::Arc;

use local_account::{Outbox, SentMessage};
use local_connect::{CallEvent, CallRecord, ConnectService, VisitedBlock};
use local_terminal::shown;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::screen::{Printed, Screen, utc};

/// The most characters of a name or a sentence that are shown. A flow may have any.
const MAX_TEXT: usize = 128;
/// The characters of a contact's id that tell calls apart on a screen.
const SHORT_ID: usize = 8;
/// The fewest digits in a row that count as a number to mask: the shortest of E.164 that the module accepts.
const FEWEST_DIGITS: usize = 7;

/// Prints calls and messages until the account ends or the output cannot be written, which the command's own
/// next line reports.
pub(super) async fn print_calls(connect: Arc<ConnectService>, outbox: Arc<Outbox>, screen: Screen) {
    let (mut calls, mut messages) = (connect.watch_calls(), outbox.watch());
    let mut told: HashMap<String, Told> = HashMap::new();
    loop {
        let begun = *messages.borrow_and_update();
        let changed = tokio::select! {
            changed = calls.changed() => changed,
            changed = messages.changed() => changed,
        };
        // A sender that is gone means that the account ends.
        if changed.is_err() {
            return;
        }
        let printed = tell(&connect, &mut told, screen)
            .and_then(|()| tell_messages(&outbox, begun, *messages.borrow_and_update(), screen));
        if let Err(error) = printed {
            tracing::debug!(%error, "cannot print a call");
            return;
        }
    }
}

/// Prints the news of all calls.
fn tell(connect: &ConnectService, told: &mut HashMap<String, Told>, screen: Screen) -> Printed {
    let calls = connect.calls();
    told.retain(|id, _| calls.iter().any(|call| call.contact_id == *id));
    for call in calls {
        let told = told.entry(call.contact_id.clone()).or_default();
        // A callback goes on after the end of the call that asked for it.
        if told.ended && !call.waiting {
            continue;
        }
        let Some(record) = connect.call_record(&call.contact_id) else {
            continue;
        };
        for news in told.news(&record) {
            screen.happened(&line(&record, &news), object(&record, &news))?;
        }
    }
    Ok(())
}

/// Prints the messages that were accepted between two values of the outbox's counter.
fn tell_messages(outbox: &Outbox, before: u64, now: u64, screen: Screen) -> Printed {
    let Ok(count @ 1..) = usize::try_from(now.saturating_sub(before)) else {
        return Ok(());
    };
    let messages = outbox.messages();
    let new = messages.len().saturating_sub(count);
    for message in messages.into_iter().skip(new) {
        screen.happened(&message_line(&message), message_object(&message))?;
    }
    Ok(())
}

/// The part of a call that was printed.
#[derive(Debug, Default)]
struct Told {
    dialled: bool,
    blocks: usize,
    /// The events of the block that was entered last.
    events: usize,
    ended: bool,
}

/// Something that happened in a call.
#[derive(Debug, Clone, PartialEq, Eq)]
enum News {
    Dialled,
    Entered {
        block: String,
        kind: String,
    },
    Asked {
        function: String,
    },
    Answered {
        function: String,
        succeeded: bool,
        took_ms: u64,
        outcome: Option<String>,
    },
    Pressed {
        keys: usize,
    },
    Silence,
    Warning {
        message: String,
    },
    Ended {
        how: String,
        outcome: Option<String>,
    },
}

impl Told {
    /// Returns what happened since the last time.
    fn news(&mut self, record: &CallRecord) -> Vec<News> {
        let mut news = Vec::new();
        if !self.dialled {
            self.dialled = true;
            news.push(News::Dialled);
        }
        if let Some(block) = self
            .blocks
            .checked_sub(1)
            .and_then(|at| record.blocks.get(at))
        {
            news.extend(self.events_of(block));
        }
        for block in record.blocks.iter().skip(self.blocks) {
            self.blocks += 1;
            self.events = 0;
            news.push(News::Entered {
                block: block.block.clone(),
                kind: block.block_type.clone(),
            });
            if let Some(function) = asked(block) {
                news.push(News::Asked { function });
            }
            news.extend(self.events_of(block));
        }
        if let Some(how) = record.summary.ended.as_ref().filter(|_| !self.ended) {
            self.ended = true;
            news.push(News::Ended {
                how: how.clone(),
                outcome: record.summary.outcome.clone(),
            });
        }
        news
    }

    /// Returns what happened in the block that was entered last. Prompts are the conversation's, which `call`
    /// prints; the end has its own line.
    fn events_of(&mut self, block: &VisitedBlock) -> Vec<News> {
        let new = block.events.iter().skip(self.events);
        let news = new.filter_map(|event| match event {
            CallEvent::FunctionInvoked {
                function_arn,
                succeeded,
                took_ms,
                outcome,
            } => Some(News::Answered {
                function: name_of(function_arn),
                succeeded: *succeeded,
                took_ms: *took_ms,
                outcome: outcome.clone(),
            }),
            CallEvent::Pressed { keys } => Some(News::Pressed { keys: *keys }),
            CallEvent::Silence => Some(News::Silence),
            CallEvent::Warning { message, .. } => Some(News::Warning {
                message: message.clone(),
            }),
            _ => None,
        });
        let news = news.collect();
        self.events = block.events.len();
        news
    }
}

/// Returns the function that a block asks, by the name of its parameter in the flow language.
fn asked(block: &VisitedBlock) -> Option<String> {
    let arn = block.parameters.get("LambdaFunctionARN")?.as_str()?;
    Some(name_of(arn))
}

/// Returns the name of a function, which follows `:function:` in its ARN.
fn name_of(arn: &str) -> String {
    let name = arn.split_once(":function:").map_or(arn, |(_, name)| name);
    name.split(':').next().unwrap_or(name).to_owned()
}

/// Returns a line: time, call, and what happened.
fn line(record: &CallRecord, news: &News) -> String {
    let id = shown(&record.summary.contact_id, SHORT_ID);
    let id = id.trim_end_matches('…');
    let text = |text: &str| shown(&masked(text), MAX_TEXT);
    let outcome = |outcome: &Option<String>| match outcome {
        Some(outcome) => format!(": {}", text(outcome)),
        None => String::new(),
    };
    let what = match news {
        News::Dialled => {
            let from = record.summary.from.as_deref();
            let to = record.summary.to.as_deref().unwrap_or("no number");
            let from = from.map_or_else(|| "a withheld number".to_owned(), masked);
            format!("{from} dialled {}", shown(to, MAX_TEXT))
        }
        News::Entered { block, kind } => format!("block {} ({})", text(block), text(kind)),
        News::Asked { function } => format!("function {} is asked", text(function)),
        News::Answered {
            function,
            succeeded,
            took_ms,
            outcome: code,
        } => {
            let did = if *succeeded { "answered" } else { "failed" };
            let (function, code) = (text(function), outcome(code));
            format!("function {function} {did} after {took_ms} ms{code}")
        }
        News::Pressed { keys } => format!("keys: {}", "•".repeat((*keys).min(MAX_TEXT))),
        News::Silence => "silence".to_owned(),
        News::Warning { message } => format!("warning: {}", text(message)),
        News::Ended { how, outcome: code } => format!("{}{}", text(how), outcome(code)),
    };
    format!("{}  call {id}  {what}", utc(OffsetDateTime::now_utc()))
}

/// Returns what happened as an object, with the same masks.
fn object(record: &CallRecord, news: &News) -> Value {
    let mut object = match news {
        News::Dialled => json!({
            "event": "dialled", "from": record.summary.from.as_deref().map(masked),
            "to": record.summary.to,
        }),
        News::Entered { block, kind } => {
            json!({ "event": "block", "block": masked(block), "blockType": kind })
        }
        News::Asked { function } => json!({ "event": "functionAsked", "function": function }),
        News::Answered {
            function,
            succeeded,
            took_ms,
            outcome,
        } => json!({
            "event": "functionAnswered", "function": function, "succeeded": succeeded,
            "tookMs": took_ms, "outcome": outcome,
        }),
        News::Pressed { keys } => json!({ "event": "pressed", "keys": keys }),
        News::Silence => json!({ "event": "silence" }),
        News::Warning { message } => json!({ "event": "warning", "message": masked(message) }),
        News::Ended { how, outcome } => {
            json!({ "event": "ended", "how": masked(how), "outcome": outcome })
        }
    };
    object["type"] = "callEvent".into();
    object["contactId"] = record.summary.contact_id.as_str().into();
    object
}

fn message_line(message: &SentMessage) -> String {
    format!(
        "{}  message to {}, parts: {}, {}",
        utc(message.accepted_at),
        masked(&message.phone_number),
        message.parts,
        shown(&message.region, MAX_TEXT)
    )
}

fn message_object(message: &SentMessage) -> Value {
    json!({
        "type": "messageEvent", "to": masked(&message.phone_number), "parts": message.parts,
        "region": message.region,
    })
}

/// Masks the numbers in a text as the function's logs do: the first two and the last four digits stay.
fn masked(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('+') {
        let (before, number) = rest.split_at(at + 1);
        shown.push_str(before);
        let digits = number.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = number.split_at(digits);
        if digits < FEWEST_DIGITS {
            shown.push_str(number);
        } else {
            shown.push_str(&number[..2]);
            shown.push_str("*****");
            shown.push_str(&number[digits - 4..]);
        }
        rest = after;
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(changes: &Value) -> CallRecord {
        let mut record = json!({
            "contactId": "5c1a7a3e-0000-4000-8000-000000000001", "contactIds": [],
            "region": "ap-northeast-1", "instanceAlias": "line", "channel": "VOICE",
            "from": "+819000000001", "to": "+815000000002", "startedAt": "2026-01-02T03:04:05Z",
            "waiting": true, "leftOut": 0, "blocks": [],
        });
        for (name, value) in changes.as_object().unwrap() {
            record[name] = value.clone();
        }
        serde_json::from_value(record).unwrap()
    }

    fn block(name: &str, parameters: &Value, events: &Value) -> Value {
        json!({
            "flowId": "f", "flowName": "line", "block": name, "blockType": "InvokeLambdaFunction",
            "atMs": 0, "parameters": parameters, "attributes": {}, "external": {},
            "events": events, "log": [],
        })
    }

    /// Returns the lines without their times, which are those of printing.
    fn lines(told: &mut Told, record: &CallRecord) -> Vec<String> {
        let news = told.news(record);
        let all = news.iter().map(|news| line(record, news));
        all.map(|line| line.split_once("  ").unwrap().1.to_owned())
            .collect()
    }

    #[test]
    fn a_call_is_told_step_by_step_and_nothing_twice() {
        let arn = "arn:aws:lambda:ap-northeast-1:123456789012:function:campaign-line:live";
        let parameters = json!({ "LambdaFunctionARN": arn });
        let entered = block("Send SMS", &parameters, &json!([]));
        let mut told = Told::default();
        assert_eq!(
            lines(&mut told, &record(&json!({ "blocks": [entered] }))),
            [
                "call 5c1a7a3e  +81*****0001 dialled +815000000002",
                "call 5c1a7a3e  block Send SMS (InvokeLambdaFunction)",
                "call 5c1a7a3e  function campaign-line is asked",
            ]
        );
        let answered = json!([
            { "event": "functionInvoked", "functionArn": arn, "succeeded": true, "tookMs": 7, "outcome": "SENT" },
        ]);
        let pressed = json!([
            { "event": "pressed", "keys": 4 },
            { "event": "heard", "text": "0042", "voice": "Kazuha", "languageCode": "ja-JP" },
        ]);
        let all = json!({
            "blocks": [block("Send SMS", &parameters, &answered), block("Bye\u{1b}[2J", &json!({}), &pressed)],
            "ended": "connected to +815012345678", "outcome": "SENT",
        });
        let over = record(&all);
        assert_eq!(
            lines(&mut told, &over),
            [
                "call 5c1a7a3e  function campaign-line answered after 7 ms: SENT",
                "call 5c1a7a3e  block Bye\\u{1b}[2J (InvokeLambdaFunction)",
                "call 5c1a7a3e  keys: ••••",
                "call 5c1a7a3e  connected to +81*****5678: SENT",
            ]
        );
        assert!(told.ended);
    }

    #[test]
    fn numbers_are_masked_within_texts() {
        assert_eq!(masked("+819011112222"), "+81*****2222");
        assert_eq!(
            masked("to +819011112222, +1 more"),
            "to +81*****2222, +1 more"
        );
        assert_eq!(masked("1 + 2"), "1 + 2");
        assert_eq!(masked("+"), "+");
    }
}
