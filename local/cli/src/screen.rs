//! Prints what happened, for people or as JSON.

use anstyle::{AnsiColor, Style};
use local_account::{Delivery, FaultReport, SentMessage};
use local_connect::CallEvent;
use serde_json::{Value, json};

use crate::options::Format;

const LINE: Style = AnsiColor::Cyan.on_default();
const CALLER: Style = AnsiColor::Green.on_default();
const DETAIL: Style = Style::new().dimmed();
const TROUBLE: Style = AnsiColor::Red.on_default();
const MESSAGE: Style = AnsiColor::Yellow.on_default().bold();

/// Where results go: standard output. Colours are left out when that is no terminal, and when
/// `NO_COLOR` is set.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    format: Format,
}

impl Screen {
    /// Prints in this format.
    pub fn new(format: Format) -> Self {
        Self { format }
    }

    /// A sentence between results; people only.
    pub fn say(&self, sentence: &str) {
        if self.format == Format::Text {
            anstream::println!("{sentence}");
        }
    }

    /// A call begins.
    pub fn dialling(&self, from: Option<&str>, to: &str) {
        match self.format {
            Format::Text => {
                let from = from.unwrap_or("withheld number");
                anstream::println!("\n{from} calls {to}");
            }
            Format::Json => self.json(json!({ "type": "call", "from": from, "to": to })),
        }
    }

    /// The caller presses keys. The caller's own screen may show them; no log does.
    pub fn pressing(&self, keys: &str) {
        if self.format == Format::Text {
            anstream::println!("  {CALLER}caller{CALLER:#}  presses {keys}");
        }
    }

    /// A call that was placed as a whole: its events, and the entries of keys that its caller meant
    /// to press, one each time the line waited.
    pub fn call(&self, events: &[CallEvent], entries: &[String]) {
        let mut entries = entries.iter();
        for event in events {
            if let (CallEvent::Pressed { .. }, Some(keys)) = (event, entries.next()) {
                self.pressing(keys);
            }
            self.event(event);
        }
    }

    /// The same thing happened several times in a row: music on hold is played for as long as the
    /// caller waits, and people want to read it once.
    pub fn events(&self, run: &[CallEvent]) {
        match (self.format, run) {
            (Format::Text, [first, again @ ..]) if !again.is_empty() => {
                self.event(first);
                let times = again.len();
                anstream::println!("  {DETAIL}        the same {times} more times{DETAIL:#}");
            }
            _ => run.iter().for_each(|event| self.event(event)),
        }
    }

    /// Something happened in the call.
    pub fn event(&self, event: &CallEvent) {
        match self.format {
            Format::Json => match serde_json::to_value(event) {
                Ok(mut value) => {
                    value["type"] = "event".into();
                    self.json(value);
                }
                Err(error) => anstream::eprintln!("an event cannot be written as JSON: {error}"),
            },
            Format::Text => match event {
                CallEvent::Heard(spoken) => {
                    anstream::println!(
                        "  {LINE}line{LINE:#}    {}  {DETAIL}({}){DETAIL:#}",
                        spoken.text,
                        spoken.voice
                    );
                }
                // The keys themselves were shown when they were pressed.
                CallEvent::Pressed { .. } => {}
                CallEvent::Silence => {
                    anstream::println!("  {CALLER}caller{CALLER:#}  presses nothing");
                }
                CallEvent::FunctionInvoked {
                    function_arn,
                    succeeded,
                    took_ms,
                } => {
                    let name = function_arn.rsplit(':').next().unwrap_or(function_arn);
                    let outcome = if *succeeded { "answered" } else { "FAILED" };
                    anstream::println!(
                        "  {DETAIL}        function {name} {outcome} after {took_ms} ms{DETAIL:#}"
                    );
                }
                CallEvent::Warning { block, message } => {
                    anstream::println!("  {TROUBLE}warning{TROUBLE:#} {block}: {message}");
                }
                CallEvent::Ended { how, regular } => {
                    let style = if *regular { DETAIL } else { TROUBLE };
                    anstream::println!("  {style}        {how}{style:#}");
                }
            },
        }
    }

    /// A text message that was sent.
    pub fn message(&self, message: &SentMessage) {
        match self.format {
            Format::Text => {
                anstream::println!(
                    "  {MESSAGE}SMS to {} : {}{MESSAGE:#}",
                    message.phone_number,
                    message.message
                );
                // SNS took it, and yet it reached nobody.
                if let Delivery::Failure(why) = &message.delivery {
                    anstream::println!("  {TROUBLE}        not delivered: {why}{TROUBLE:#}");
                }
            }
            Format::Json => self.json(json!({ "type": "sms", "message": message })),
        }
    }

    /// A fault rule and what it has done; its number is the one that mistakes are told with.
    pub fn fault(&self, number: usize, report: &FaultReport) {
        match self.format {
            Format::Text => anstream::println!(
                "  {number}. {}  {DETAIL}(fitting calls: {}, suffered: {}){DETAIL:#}",
                report.rule,
                report.seen,
                report.hits
            ),
            Format::Json => {
                self.json(json!({ "type": "fault", "number": number, "fault": report }));
            }
        }
    }

    /// The result of a command that prints one, for machines.
    pub fn result(&self, value: Value) {
        if self.format == Format::Json {
            self.json(value);
        }
    }

    fn json(&self, value: Value) {
        anstream::println!("{value}");
    }
}
