//! The log: JSON, one line per invocation, no number and no PIN.

use std::error::Error;

use tracing::level_filters::LevelFilter;
use tracing::{Subscriber, error, info};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

use crate::event::Call;
use crate::failure::Failure;
use crate::line::{Outcome, Reason};

/// What `AWS_LAMBDA_LOG_LEVEL` asks for; anything but Lambda's own words means `INFO`.
pub fn level(text: Option<&str>) -> LevelFilter {
    match text.map(str::to_ascii_uppercase).as_deref() {
        Some("TRACE") => LevelFilter::TRACE,
        Some("DEBUG") => LevelFilter::DEBUG,
        Some("WARN") => LevelFilter::WARN,
        Some("ERROR" | "FATAL") => LevelFilter::ERROR,
        _ => LevelFilter::INFO,
    }
}

/// A subscriber that writes this crate's lines from `level` on.
///
/// Other crates get a word in from `WARN` on and never below, whatever the level: the runtime traces
/// whole events, and the SDK whole requests. The runtime also repeats each failure of the handler,
/// which has written its line by then; panics, its other subject there, are on stderr anyway.
pub fn subscriber<W>(level: LevelFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let targets = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("lambda_runtime::layers::panic", LevelFilter::OFF)
        .with_target(env!("CARGO_CRATE_NAME"), level);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_writer(writer);
    tracing_subscriber::registry().with(targets).with(lines)
}

/// What there is to say about one invocation.
#[derive(Clone, Copy, Debug)]
pub struct Invocation<'a> {
    /// Lambda's id of the request.
    pub request_id: &'a str,
    /// Amazon Connect's id of the contact.
    pub contact_id: Option<&'a str>,
    /// What the flow asked for, if that could be read.
    pub call: Option<&'a Call>,
    /// How it ended.
    pub result: &'a Result<Outcome, Failure>,
}

/// Writes the line. Its level is `ERROR` when somebody has to do something, and the caller cannot.
pub fn report(invocation: &Invocation<'_>) {
    let Invocation {
        request_id,
        contact_id,
        call,
        result,
    } = *invocation;
    let command = call.map(|call| call.command.name());
    let caller = match call.map(|call| &call.caller) {
        Some(Some(number)) => Some(number.to_string()),
        Some(None) => Some("none".to_owned()),
        None => None,
    };
    let caller = caller.as_deref();
    match result {
        Ok(outcome) => {
            let (code, message_id, trouble) = describe(outcome);
            match trouble {
                None => info!(
                    request_id,
                    contact_id,
                    command,
                    caller,
                    outcome = code,
                    sms_message_id = message_id,
                    "answered"
                ),
                Some(trouble) => error!(
                    request_id,
                    contact_id,
                    command,
                    caller,
                    outcome = code,
                    cause = trouble,
                    "answered with trouble"
                ),
            }
        }
        Err(failure) => error!(
            request_id,
            contact_id,
            command,
            caller,
            outcome = failure.error_type(),
            cause = chain(failure),
            "failed"
        ),
    }
}

/// The outcome's code, the message's id, and what somebody has to look at.
fn describe(outcome: &Outcome) -> (&'static str, Option<&str>, Option<String>) {
    match outcome {
        Outcome::Member(_) => ("MEMBER", None, None),
        Outcome::NotAMember => ("NOT_A_MEMBER", None, None),
        Outcome::NobodyToLookUp => ("CALLER_UNKNOWN", None, None),
        Outcome::Sent { message_id } => ("SENT", message_id.as_deref(), None),
        Outcome::NotSent(reason) => {
            let trouble = match reason {
                Reason::PinInvalid | Reason::CallerUnknown | Reason::PinNotFound => None,
                Reason::CampaignInvalid(fault) => Some(fault.to_string()),
                Reason::SmsRefused(cause) | Reason::SmsFailed(cause) => Some(cause.to_string()),
            };
            (reason.code(), None, trouble)
        }
    }
}

/// The failure's sentence and what led to it.
fn chain(failure: &Failure) -> String {
    let mut text = failure.to_string();
    let mut source = failure.source();
    while let Some(cause) = source {
        text.push_str(" Cause: ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn understands_the_levels_of_lambda() {
        for (text, meant) in [
            (None, LevelFilter::INFO),
            (Some("TRACE"), LevelFilter::TRACE),
            (Some("debug"), LevelFilter::DEBUG),
            (Some("WARN"), LevelFilter::WARN),
            (Some("ERROR"), LevelFilter::ERROR),
            (Some("FATAL"), LevelFilter::ERROR),
            (Some("off"), LevelFilter::INFO),
        ] {
            assert_eq!(level(text), meant, "{text:?}");
        }
    }

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lets_nobody_else_chat_at_any_level() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = subscriber(LevelFilter::TRACE, move || writer.clone());
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(target: "lambda_runtime::runtime", "chat");
            tracing::debug!(target: "aws_smithy_runtime::client", "chat");
            tracing::info!(target: "hyper_util::client", "chat");
            tracing::error!(target: "lambda_runtime::layers::panic", "chat");
            tracing::warn!(target: "aws_config", "warning");
            tracing::trace!("detail");
        });
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert!(!text.contains("chat"), "{text}");
        assert!(
            text.contains("warning") && text.contains("detail"),
            "{text}"
        );
    }
}
