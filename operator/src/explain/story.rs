//! A contact, told from its evidence, and the conclusion.

use time::OffsetDateTime;
use time::macros::format_description;

use super::evidence::{Delivery, FlowLine, FunctionLine};
use super::meaning;
use crate::screen::bounded;

/// The reason why a contact may be the caller's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// The attempts table has the contact under the hash of the number.
    Hash,
    /// The function's log has the masked number, which others may share.
    Mask,
    /// The operator gave the contact's id.
    Given,
    /// The number was withheld or the function was not reached, so any caller may be meant.
    NoNumber,
}

impl Match {
    fn phrase(self) -> &'static str {
        match self {
            Self::Hash => "certainly this caller's (by the hash in the attempts table)",
            Self::Mask => "this caller's, or that of a caller with the same masked number",
            Self::Given => "the contact that was given",
            Self::NoNumber => "of a caller whose number no log has, so perhaps this one",
        }
    }
}

/// A contact with all evidence about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Amazon Connect's id.
    pub id: String,
    /// The reason why it may be the caller's.
    pub matched: Match,
    /// The function's lines, in the order of their times.
    pub function: Vec<FunctionLine>,
    /// The flow's lines, in the order of their times; nothing if that log was not read.
    pub flow: Option<Vec<FlowLine>>,
    /// The records of its messages; nothing if the delivery logs were not read.
    pub deliveries: Option<Vec<Delivery>>,
}

/// The conclusion about a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conclusion {
    /// The cause, as a code for machines: an outcome of the function, or one of the flow's.
    pub code: String,
    /// The cause in words.
    pub sentence: String,
    /// The remedy.
    pub action: String,
}

impl Conclusion {
    fn of(code: &str, sentence: impl Into<String>, action: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            sentence: sentence.into(),
            action: action.into(),
        }
    }
}

impl Contact {
    /// Returns the time of the first line, in milliseconds since 1970.
    pub fn began(&self) -> Option<i64> {
        let function = self.function.iter().map(|line| line.at);
        let flow = self.flow.iter().flatten().map(|line| line.at);
        function.chain(flow).min()
    }

    /// Returns a sentence for each piece of evidence.
    pub fn sentences(&self) -> Vec<String> {
        let began = self
            .began()
            .map_or_else(|| "an unknown time".to_owned(), moment);
        let id = bounded(&self.id);
        let mut sentences = vec![format!(
            "Contact {id} of {began}: {}.",
            self.matched.phrase()
        )];
        for line in &self.function {
            let command = match line.command.as_deref() {
                Some("getMemberId") => "looked the caller up",
                Some("sendSms") => "was asked for the message",
                _ => "was invoked",
            };
            let cause = line.cause.as_deref();
            let cause = cause.map_or_else(String::new, |cause| format!(" ({})", bounded(cause)));
            sentences.push(format!(
                "{}: the function {command}: {}{cause}.",
                moment(line.at),
                bounded(&line.outcome)
            ));
        }
        if self.function.is_empty() {
            sentences.push("The function's log has no line of it.".to_owned());
        }
        match self.flow.as_deref() {
            None => sentences.push("The flow's log was not read.".to_owned()),
            Some([]) => sentences.push("The flow's log has no line of it.".to_owned()),
            Some([.., last]) => {
                let results = last.results.as_deref();
                let results =
                    results.map_or_else(String::new, |results| format!(" ({})", bounded(results)));
                sentences.push(format!(
                    "{}: the flow's log ends at the block {}{results}.",
                    moment(last.at),
                    bounded(&last.block)
                ));
            }
        }
        for delivery in self.deliveries.iter().flatten() {
            let fate = if delivery.arrived {
                "delivered"
            } else {
                "not delivered"
            };
            sentences.push(format!(
                "Message {}: {fate} ({}).",
                bounded(&delivery.message),
                bounded(&delivery.response)
            ));
        }
        sentences
    }

    /// Concludes from the last outcome, and from the logs behind it where it does not say enough.
    pub fn conclusion(&self) -> Conclusion {
        let Some(last) = self.function.last() else {
            return self.without_function();
        };
        match last.outcome.as_str() {
            "SENT" => self.sent(last),
            "MEMBER" => self.after_member(),
            outcome => match meaning::of(outcome) {
                Some(meaning) => Conclusion::of(outcome, meaning.sentence, meaning.action),
                None => Conclusion::of(
                    outcome,
                    "the function answered with an outcome that this version does not know",
                    "use the tools of the line's release",
                ),
            },
        }
    }

    fn sent(&self, line: &FunctionLine) -> Conclusion {
        let records = self.deliveries.as_deref();
        let id = line.message.as_deref();
        let record = records.and_then(|records| {
            let of_message = |record: &&Delivery| Some(record.message.as_str()) == id;
            records.iter().find(of_message)
        });
        match (records, record) {
            (_, Some(record)) if record.arrived => Conclusion::of(
                "DELIVERED",
                "the message was sent, and the carrier took it",
                "look at the caller's phone: filters for spam, another SIM",
            ),
            (_, Some(record)) => Conclusion::of(
                "NOT_DELIVERED",
                format!(
                    "AWS accepted the message, but it was not delivered: {}",
                    bounded(&record.response)
                ),
                "see undelivered in docs/runbook.md",
            ),
            (Some(_), None) => Conclusion::of(
                "SENT",
                "AWS accepted the message, and the delivery logs have no record of it yet",
                "wait: a receipt can take up to 72 hours",
            ),
            (None, None) => Conclusion::of(
                "SENT",
                "AWS accepted the message; without delivery logs there is no record of what followed",
                "turn on sms_preferences.delivery_logs; see accepted but not delivered in docs/runbook.md",
            ),
        }
    }

    /// Concludes about a member for whom the function was not invoked again.
    fn after_member(&self) -> Conclusion {
        if self.flow_says("no key") {
            return Conclusion::of(
                "NO_KEY",
                "the caller was silent: no key arrived",
                "check that the caller's phone sends tones, and pin.first_key_seconds",
            );
        }
        if self.flow_says("trouble") {
            return Conclusion::of(
                "TROUBLE",
                "the second invocation failed to start, and the caller heard trouble",
                "look at the alarms throttles and errors",
            );
        }
        match &self.flow {
            Some(lines) if !lines.is_empty() => Conclusion::of(
                "HUNG_UP",
                "the caller hung up before the PIN was complete: the flow's log ends at the question",
                "nothing; if there are many, check that the prompt is clear",
            ),
            _ => Conclusion::of(
                "HUNG_UP_OR_SILENT",
                "the caller hung up before the PIN, or entered nothing: the function was not invoked again",
                "read the flow's log: give --flow-log-group or --outputs",
            ),
        }
    }

    /// Concludes about a contact for which the function wrote no line.
    fn without_function(&self) -> Conclusion {
        if self.flow_says("withheld") {
            return Conclusion::of(
                "WITHHELD",
                "the caller withheld the number, or it did not arrive",
                "ask the caller to show the number; a private branch exchange can hide it",
            );
        }
        if self.flow_says("trouble") {
            return Conclusion::of(
                "NOT_INVOKED",
                "the function was not invoked, or did not start, and the caller heard trouble",
                "look at the function's metrics Invocations and Errors, and at lines of platform.initReport",
            );
        }
        match &self.flow {
            Some(lines) if !lines.is_empty() => Conclusion::of(
                "HUNG_UP_EARLY",
                "the caller hung up before the function was invoked, or the function did not start",
                "ask the caller to call again",
            ),
            _ => Conclusion::of(
                "NO_TRACE",
                "no log has the contact",
                "check the id and --since",
            ),
        }
    }

    /// Reports whether the flow came to a sentence of the shipped flow, whose blocks are named by it.
    fn flow_says(&self, words: &str) -> bool {
        let mut lines = self.flow.iter().flatten();
        let wanted = format!(" {words}");
        lines.any(|line| {
            line.block
                .split_once(&wanted)
                .is_some_and(|(_, rest)| rest.is_empty() || rest.starts_with(' '))
        })
    }
}

/// Returns a time of a log, in UTC, with seconds.
pub fn moment(milliseconds: i64) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    OffsetDateTime::from_unix_timestamp(milliseconds.div_euclid(1000))
        .ok()
        .and_then(|at| at.format(format).ok())
        .unwrap_or_else(|| milliseconds.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(outcome: &str) -> FunctionLine {
        FunctionLine {
            at: 1_775_012_400_000,
            contact: "c".to_owned(),
            command: Some("sendSms".to_owned()),
            caller: Some("+81*****5678".to_owned()),
            outcome: outcome.to_owned(),
            cause: None,
            message: Some("m".to_owned()),
        }
    }

    fn contact(outcomes: &[&str], blocks: Option<&[&str]>) -> Contact {
        let flow = |block: &&str| FlowLine {
            at: 1_775_012_401_000,
            contact: "c".to_owned(),
            block: (*block).to_owned(),
            results: None,
        };
        Contact {
            id: "c".to_owned(),
            matched: Match::Mask,
            function: outcomes.iter().map(|outcome| line(outcome)).collect(),
            flow: blocks.map(|blocks| blocks.iter().map(flow).collect()),
            deliveries: None,
        }
    }

    /// The causes are those of docs/runbook.md, with the block names of flows/line.json.tftpl.
    #[test]
    fn each_cause_of_the_runbook_is_found() {
        for (outcomes, blocks, code) in [
            (&["NOT_A_MEMBER"][..], None, "NOT_A_MEMBER"),
            (&["MEMBER", "PIN_NOT_FOUND"], None, "PIN_NOT_FOUND"),
            (&["MEMBER", "PIN_NOT_FOUND", "LOCKED"], None, "LOCKED"),
            (&["MEMBER", "CAMPAIGN_EXPIRED"], None, "CAMPAIGN_EXPIRED"),
            (&["MEMBER", "SENT"], None, "SENT"),
            (
                &["MEMBER"],
                Some(&["Ask for PIN ja", "Say no key ja"][..]),
                "NO_KEY",
            ),
            (&["MEMBER"], Some(&["Ask for PIN ja"]), "HUNG_UP"),
            (&["MEMBER"], Some(&["Say trouble ja"]), "TROUBLE"),
            (&["MEMBER"], None, "HUNG_UP_OR_SILENT"),
            (
                &[],
                Some(&["Start flow log", "Say withheld ja"]),
                "WITHHELD",
            ),
            (&[], Some(&["Say trouble en"]), "NOT_INVOKED"),
            (&[], Some(&["Start flow log"]), "HUNG_UP_EARLY"),
            (&[], Some(&[]), "NO_TRACE"),
            (&["MemberTableUnreadable"], None, "MemberTableUnreadable"),
        ] {
            let found = contact(outcomes, blocks).conclusion();
            assert_eq!(found.code, code, "{outcomes:?} {blocks:?}");
        }
    }

    #[test]
    fn a_message_is_followed_to_its_delivery() {
        let mut sent = contact(&["MEMBER", "SENT"], None);
        let record = |arrived, response: &str| Delivery {
            message: "m".to_owned(),
            arrived,
            response: response.to_owned(),
        };
        for (records, code) in [
            (
                vec![record(true, "Message has been accepted by phone")],
                "DELIVERED",
            ),
            (
                vec![record(false, "Phone number is opted out")],
                "NOT_DELIVERED",
            ),
            (vec![], "SENT"),
        ] {
            sent.deliveries = Some(records);
            assert_eq!(sent.conclusion().code, code);
        }
        let text = sent.sentences().join("\n");
        assert!(
            text.contains("2026-04-01T03:00:00Z: the function was asked for the message: SENT."),
            "{text}"
        );
    }

    #[test]
    fn texts_of_logs_are_escaped() {
        let mut bad = contact(&["SMS_REFUSED"], Some(&["\u{1b}[2J"]));
        bad.function[0].cause = Some("\u{1b}[2J".to_owned());
        assert!(!bad.sentences().concat().contains('\u{1b}'));
    }
}
