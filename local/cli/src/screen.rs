//! Prints what happened, for people or as JSON.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};
use local_account::{FaultReport, SentMessage};
use local_connect::CallEvent;
use serde_json::{Value, json};

use crate::commands::dev::diff::{Difference, Mark};
use crate::options::Format;
use crate::transcript::{Kind, Line, with_keys};

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
            Format::Text => self.heading(from, to),
            Format::Json => self.json(json!({ "type": "call", "from": from, "to": to })),
        }
    }

    /// Who calls whom, above the lines of the call; people only.
    pub fn heading(&self, from: Option<&str>, to: &str) {
        let from = from.unwrap_or("withheld number");
        self.say(&format!("\n{from} calls {to}"));
    }

    /// The caller presses keys. The caller's own screen may show them; no log does.
    pub fn pressing(&self, keys: &str) {
        if self.format == Format::Text {
            self.line(" ", &Line::pressing(keys), "");
        }
    }

    /// A call that was placed as a whole: its events, and the entries of keys that its caller meant
    /// to press, one each time the line waited.
    pub fn call(&self, events: &[CallEvent], entries: &[String]) {
        for (event, keys) in with_keys(events, entries) {
            if let Some(keys) = keys {
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
            Format::Text => {
                let took = match event {
                    CallEvent::FunctionInvoked { took_ms, .. } => format!(" after {took_ms} ms"),
                    _ => String::new(),
                };
                if let Some(line) = Line::of(event) {
                    self.line(" ", &line, &took);
                }
            }
        }
    }

    /// One line of a call, behind a mark of one column; `more` belongs to it.
    fn line(&self, mark: impl Display, line: &Line, more: &str) {
        let text = &line.text;
        match line.kind {
            Kind::Line => {
                let voice = line.voice.as_deref().unwrap_or_default();
                anstream::println!(
                    "{mark} {LINE}line{LINE:#}    {text}  {DETAIL}({voice}){DETAIL:#}"
                );
            }
            Kind::Caller => anstream::println!("{mark} {CALLER}caller{CALLER:#}  {text}"),
            Kind::Aside => {
                anstream::println!("{mark} {DETAIL}        {text}{more}{DETAIL:#}");
            }
            Kind::Warning => anstream::println!("{mark} {TROUBLE}warning{TROUBLE:#} {text}"),
            Kind::Trouble => anstream::println!("{mark} {TROUBLE}        {text}{TROUBLE:#}"),
            Kind::Message => anstream::println!("{mark} {MESSAGE}{text}{MESSAGE:#}"),
        }
    }

    /// What differs between two calls, for people; how many lines are the same is counted.
    pub fn differences(&self, differences: &[Difference<'_>]) {
        if self.format != Format::Text {
            return;
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
                anstream::println!("  {DETAIL}        ({lines} as before){DETAIL:#}");
                continue;
            }
            for Difference { mark, line } in run {
                match mark {
                    Mark::New => self.line(format_args!("{CALLER}+{CALLER:#}"), line, ""),
                    Mark::Gone => self.line(format_args!("{TROUBLE}-{TROUBLE:#}"), line, ""),
                    Mark::Same => self.line(" ", line, ""),
                }
            }
        }
    }

    /// The lines of a call, for people.
    pub fn lines(&self, lines: &[Line]) {
        if self.format != Format::Text {
            return;
        }
        for line in lines {
            self.line(" ", line, "");
        }
    }

    /// A process of a function has started.
    pub fn process(&self, function: &str, process: u32) {
        match self.format {
            Format::Text => anstream::println!("function {function}: process {process}"),
            Format::Json => self.json(json!({
                "type": "process",
                "function": function,
                "process": process,
            })),
        }
    }

    /// A text message that was sent.
    pub fn message(&self, message: &SentMessage) {
        match self.format {
            Format::Text => self.lines(&Line::of_message(message)),
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
