//! The outcome of a call in a sentence: the last answer of the line's function, or the end of the call.

use local_connect::{CallEvent, line_outcome};

/// The parts of a call's events that its outcome consists of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    answered: Option<Answered>,
    ended: Option<String>,
}

/// The latest invocation of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Answered {
    /// The function answered with this code.
    Code(String),
    /// The function answered nothing that could be used, or not in time.
    Failed,
}

impl Outcome {
    /// Adds events to those of the call so far. A later answer replaces an earlier one: after a wrong PIN
    /// and a right one the message was sent. An answer without a code replaces nothing.
    pub fn follow(&mut self, events: &[CallEvent]) {
        for event in events {
            match event {
                CallEvent::FunctionInvoked {
                    succeeded: false, ..
                } => self.answered = Some(Answered::Failed),
                CallEvent::FunctionInvoked {
                    outcome: Some(code),
                    ..
                } => self.answered = Some(Answered::Code(code.clone())),
                CallEvent::Ended { how, .. } => self.ended = Some(how.clone()),
                _ => {}
            }
        }
    }

    /// Returns the code of the outcome: the function's, `FUNCTION_FAILED`, or none if no function answered
    /// with one.
    pub fn code(&self) -> Option<&str> {
        match &self.answered {
            Some(Answered::Code(code)) => Some(code),
            Some(Answered::Failed) => Some("FUNCTION_FAILED"),
            None => None,
        }
    }

    /// Returns the end of the call, as a sentence.
    pub fn ended(&self) -> Option<&str> {
        self.ended.as_deref()
    }

    /// Returns the explanation of the outcome.
    pub fn words(&self) -> &str {
        match &self.answered {
            Some(Answered::Code(code)) => line_outcome::named(code).map_or("", |known| known.words),
            Some(Answered::Failed) => {
                "the function failed, answered nothing that the flow can use, or not in time; its log has \
                 the cause"
            }
            None => self.ended.as_deref().unwrap_or("the call has not ended"),
        }
    }

    /// Returns the outcome as one line: the code and the explanation, or the end of the call.
    pub fn line(&self) -> String {
        match self.code() {
            Some(code) => format!("{code}: {}", self.words()),
            None => self.words().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use connect_pin_sms::rules::outcome::Reason;

    use super::*;

    fn invoked(succeeded: bool, outcome: Option<&str>) -> CallEvent {
        CallEvent::FunctionInvoked {
            function_arn: "arn:aws:lambda:ap-northeast-1:123456789012:function:line".to_owned(),
            succeeded,
            took_ms: 7,
            outcome: outcome.map(str::to_owned),
        }
    }

    fn line(events: &[CallEvent]) -> String {
        let mut outcome = Outcome::default();
        outcome.follow(events);
        outcome.line()
    }

    #[test]
    fn the_last_answer_is_the_outcome_and_without_one_the_end_of_the_call() {
        let end = CallEvent::Ended {
            how: "the line hung up".to_owned(),
            regular: true,
        };
        let sent = [
            invoked(true, None),
            invoked(true, Some("PIN_NOT_FOUND")),
            invoked(true, Some("SENT")),
            end.clone(),
        ];
        assert_eq!(
            line(&sent),
            "SENT: the message was handed over to the SMS service"
        );
        let hung_up = [invoked(true, None), end];
        assert_eq!(line(&hung_up), "the line hung up");
        let failed = line(&[invoked(true, None), invoked(false, None)]);
        assert!(
            failed.starts_with("FUNCTION_FAILED: the function failed"),
            "{failed}"
        );
    }

    /// The codes are the function's own.
    #[test]
    fn every_code_of_the_function_has_a_sentence_and_no_other_has() {
        let known: BTreeSet<&str> = line_outcome::OUTCOMES.iter().map(|one| one.code).collect();
        let answered = Reason::flow_codes().chain(["SENT"]);
        assert_eq!(known, answered.collect());
    }
}
