//! Prints results as text or JSON.

use std::fmt::Display;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use local_account::{FaultReport, RequestRecord, SentMessage};
use local_connect::{CallEvent, ClaimedNumber};
use local_terminal::{Unwritten, print, shown, tell};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::commands::dev::diff::{Difference, Mark};
use crate::options::Format;
use crate::outcome::Outcome;
use crate::transcript::{Kind, TranscriptLine, with_keys};

const LINE: Style = AnsiColor::Cyan.on_default();
const CALLER: Style = AnsiColor::Green.on_default();
const DETAIL: Style = Style::new().dimmed();
const TROUBLE: Style = AnsiColor::Red.on_default();
const MESSAGE: Style = AnsiColor::Yellow.on_default().bold();

/// The most characters of a sender that are shown: those of an ARN of a pool.
const MAX_SENDER: usize = 128;

/// The result of printing: an error when the reader has gone or a disk is full.
pub type Printed = Result<(), Unwritten>;

/// Prints results to standard output. Colours are omitted when it is not a terminal, and when `NO_COLOR`
/// is set.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    format: Format,
}

impl Screen {
    /// Creates a screen that prints in this format.
    pub fn new(format: Format) -> Self {
        Self { format }
    }

    /// Returns the format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Prints a sentence between results; text only.
    pub fn say(&self, sentence: &str) -> Printed {
        match self.format {
            Format::Text => print(sentence),
            Format::Json => Ok(()),
        }
    }

    /// Prints the start of a call.
    pub fn dialling(&self, from: Option<&str>, to: &str) -> Printed {
        match self.format {
            Format::Text => self.heading(from, to),
            Format::Json => print(json!({ "type": "call", "from": from, "to": to })),
        }
    }

    /// Prints the start of a chat.
    pub fn chatting(&self, flow: &str) -> Printed {
        match self.format {
            Format::Text => self.say(&format!("\na customer chats with {flow}")),
            Format::Json => print(json!({ "type": "chat", "flow": flow })),
        }
    }

    /// Prints caller and number above the lines of the call; text only.
    pub fn heading(&self, from: Option<&str>, to: &str) -> Printed {
        let from = from.unwrap_or("withheld number");
        self.say(&format!("\n{from} calls {to}"))
    }

    /// Prints the keys that the caller presses. They may appear on the caller's own screen, but in no
    /// log.
    pub fn pressing(&self, keys: &str) -> Printed {
        match self.format {
            Format::Text => line(" ", &TranscriptLine::pressing(keys), ""),
            Format::Json => Ok(()),
        }
    }

    /// Prints a finished call: its events, and the keys that the caller entered, one entry for each time
    /// the line waited for input.
    pub fn call(&self, events: &[CallEvent], entries: &[String]) -> Printed {
        for (event, keys) in with_keys(events, entries) {
            if let Some(keys) = keys {
                self.pressing(keys)?;
            }
            self.event(event)?;
        }
        Ok(())
    }

    /// Prints a run of equal events. As text, it is printed once and counted: music on hold repeats for
    /// as long as the caller waits.
    pub fn events(&self, run: &[CallEvent]) -> Printed {
        match (self.format, run) {
            (Format::Text, [first, again @ ..]) if !again.is_empty() => {
                self.event(first)?;
                repeated(again.len())
            }
            _ => run.iter().try_for_each(|event| self.event(event)),
        }
    }

    /// Prints an event of the call.
    pub fn event(&self, event: &CallEvent) -> Printed {
        match self.format {
            Format::Json => match serde_json::to_value(event) {
                Ok(mut value) => {
                    value["type"] = "event".into();
                    print(value)
                }
                Err(error) => {
                    tell(format_args!("cannot write an event as JSON: {error}"));
                    Ok(())
                }
            },
            Format::Text => {
                let took = match event {
                    CallEvent::FunctionInvoked { took_ms, .. } => format!(" after {took_ms} ms"),
                    _ => String::new(),
                };
                match TranscriptLine::of(event) {
                    Some(told) => line(" ", &told, &took),
                    None => Ok(()),
                }
            }
        }
    }

    /// Prints the differences of two calls as text; unchanged lines are only counted.
    pub fn differences(&self, differences: &[Difference<'_>]) -> Printed {
        if self.format != Format::Text {
            return Ok(());
        }
        for run in differences.chunk_by(|one, next| one.mark == next.mark) {
            if let [
                Difference {
                    mark: Mark::Same, ..
                },
                ..,
            ] = run
            {
                let lines = match run.len() {
                    1 => "1 line".to_owned(),
                    many => format!("{many} lines"),
                };
                print(format_args!(
                    "  {DETAIL}        ({lines} as before){DETAIL:#}"
                ))?;
                continue;
            }
            for equal in run.chunk_by(|one, next| one.line == next.line) {
                let [Difference { mark, line: told }, again @ ..] = equal else {
                    continue;
                };
                match mark {
                    Mark::New => line(format_args!("{CALLER}+{CALLER:#}"), told, "")?,
                    Mark::Gone => line(format_args!("{TROUBLE}-{TROUBLE:#}"), told, "")?,
                    Mark::Same => line(" ", told, "")?,
                }
                repeated(again.len())?;
            }
        }
        Ok(())
    }

    /// Prints the lines of a call, a run of equal lines once; text only.
    pub fn lines(&self, lines: &[TranscriptLine]) -> Printed {
        match self.format {
            Format::Text => {
                for equal in lines.chunk_by(|one, next| one == next) {
                    if let [first, again @ ..] = equal {
                        line(" ", first, "")?;
                        repeated(again.len())?;
                    }
                }
                Ok(())
            }
            Format::Json => Ok(()),
        }
    }

    /// Prints the process id of a function that has started.
    pub fn process(&self, function: &str, process: u32) -> Printed {
        match self.format {
            Format::Text => print(format_args!("function {function}: process {process}")),
            Format::Json => print(json!({
                "type": "process",
                "function": function,
                "process": process,
            })),
        }
    }

    /// Prints the file with the sound of a prompt.
    pub fn sound(&self, file: &Path) -> Printed {
        let file = file.display();
        match self.format {
            Format::Text => print(format_args!("  {DETAIL}sound   {file}{DETAIL:#}")),
            Format::Json => print(json!({ "type": "sound", "file": file.to_string() })),
        }
    }

    /// Prints a request to the account: as text this line, as JSON its record.
    pub fn request(&self, record: &RequestRecord, line: &str) -> Printed {
        match self.format {
            Format::Text => print(line),
            Format::Json => print(json!({ "type": "request", "request": record })),
        }
    }

    /// Prints what happened in a call or with a message, as a line or as an object.
    pub fn happened(&self, line: &str, object: Value) -> Printed {
        match self.format {
            Format::Text => print(line),
            Format::Json => print(object),
        }
    }

    /// Prints a text message that was sent.
    pub fn message(&self, message: &SentMessage) -> Printed {
        match self.format {
            Format::Text => self.lines(&TranscriptLine::of_message(message)),
            Format::Json => print(json!({
                "type": "sms",
                // Null if the service chose one.
                "sender": message.sender(),
                "message": message,
            })),
        }
    }

    /// Prints a text message with its time, Region and sender. The lines of a call have no times, so that
    /// equal calls have equal lines; a list needs them.
    pub fn dated_message(&self, message: &SentMessage) -> Printed {
        let Format::Text = self.format else {
            return self.message(message);
        };
        let sender = match message.sender() {
            Some(sender) => format!("from {}", shown(sender, MAX_SENDER)),
            None => "from a sender that the service chose".to_owned(),
        };
        print(format_args!(
            "  {DETAIL}{}  {}  {sender}{DETAIL:#}",
            utc(message.accepted_at),
            message.region
        ))?;
        self.message(message)
    }

    /// Prints the numbers of the account: as text this table, as JSON an object for each.
    pub fn numbers(&self, numbers: &[ClaimedNumber], table: &str) -> Printed {
        match self.format {
            Format::Text if numbers.is_empty() => Ok(()),
            Format::Text => print(table),
            Format::Json => numbers
                .iter()
                .try_for_each(|number| print(json!({ "type": "number", "number": number }))),
        }
    }

    /// Prints the outcome of a call and its contact id, by which logs name it.
    pub fn outcome(&self, outcome: &Outcome, contact_id: &str) -> Printed {
        match self.format {
            Format::Text => print(format_args!(
                "\n  {DETAIL}outcome{DETAIL:#} {}\n  {DETAIL}contact{DETAIL:#} {contact_id}",
                outcome.line()
            )),
            Format::Json => print(json!({
                "type": "outcome",
                // Null if no function of the module answered.
                "outcome": outcome.code(),
                "explanation": outcome.words(),
                "ended": outcome.ended(),
                "contactId": contact_id,
            })),
        }
    }

    /// Prints a fault rule and its counts, with the number that error messages use for it.
    pub fn fault(&self, number: usize, report: &FaultReport) -> Printed {
        match self.format {
            Format::Text => print(format_args!(
                "  {number}. {}  {DETAIL}(matching requests: {}, affected: {}){DETAIL:#}",
                report.rule, report.seen, report.hits
            )),
            Format::Json => print(json!({ "type": "fault", "number": number, "fault": report })),
        }
    }

    /// Prints the result of a command; JSON only.
    pub fn result(&self, value: Value) -> Printed {
        match self.format {
            Format::Json => print(value),
            Format::Text => Ok(()),
        }
    }
}

/// Returns a time in UTC, to the second, as RFC 3339 writes it.
pub(crate) fn utc(time: OffsetDateTime) -> String {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    let utc = time.to_offset(time::UtcOffset::UTC);
    // Writing into a string fails for no time that the form can describe.
    utc.format(&form).unwrap_or_else(|_| utc.to_string())
}

/// Prints how often the line before was repeated, if it was.
fn repeated(times: usize) -> Printed {
    if times == 0 {
        return Ok(());
    }
    print(format_args!(
        "  {DETAIL}        the same {times} more times{DETAIL:#}"
    ))
}

/// Prints one line of a call behind a mark of one column; `more` is appended to it.
fn line(mark: impl Display, line: &TranscriptLine, more: &str) -> Printed {
    let text = &line.text;
    match line.kind {
        Kind::Line => {
            let voice = line.voice.as_deref().unwrap_or_default();
            print(format_args!(
                "{mark} {LINE}line{LINE:#}    {text}  {DETAIL}({voice}){DETAIL:#}"
            ))
        }
        Kind::Caller => print(format_args!("{mark} {CALLER}caller{CALLER:#}  {text}")),
        Kind::Agent => print(format_args!("{mark} {CALLER}agent{CALLER:#}   {text}")),
        Kind::Aside => print(format_args!(
            "{mark} {DETAIL}        {text}{more}{DETAIL:#}"
        )),
        Kind::Warning => print(format_args!("{mark} {TROUBLE}warning{TROUBLE:#} {text}")),
        Kind::Trouble => print(format_args!("{mark} {TROUBLE}        {text}{TROUBLE:#}")),
        Kind::Message => print(format_args!("{mark} {MESSAGE}{text}{MESSAGE:#}")),
    }
}
