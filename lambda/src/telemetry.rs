//! The log: JSON, one line per invocation, no number and no PIN.

use std::error::Error;

use tracing::level_filters::LevelFilter;
use tracing::{Level, Subscriber, error, info, warn};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

use crate::event::Call;
use crate::rules::cause::Cause;
use crate::rules::failure::Failure;
use crate::rules::invocation::Invocation;
use crate::rules::outcome::{Lock, Outcome, Reason};

/// What `LOG_LEVEL` asks for, or else `AWS_LAMBDA_LOG_LEVEL`; anything but Lambda's own words means
/// `INFO`. `variable` gives the value of a variable, or nothing when it is not set.
///
/// Lambda's own level is no level for this log: what is below it, Lambda drops, and it takes a line of
/// metrics, which has no level, for `INFO`.
pub fn level(variable: impl Fn(&str) -> Option<String>) -> LevelFilter {
    let wanted = ["LOG_LEVEL", "AWS_LAMBDA_LOG_LEVEL"]
        .into_iter()
        .find_map(|name| variable(name).filter(|text| !text.is_empty()));
    match wanted.map(|text| text.to_ascii_uppercase()).as_deref() {
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
pub struct Record<'a> {
    /// The invocation itself.
    pub invocation: &'a Invocation,
    /// Amazon Connect's id of the contact.
    pub contact_id: Option<&'a str>,
    /// What the flow asked for, if that could be read.
    pub call: Option<&'a Call>,
    /// How it ended.
    pub result: &'a Result<Outcome, Failure>,
}

/// Writes the line. Its level is `ERROR` when somebody has to do something, and the caller cannot,
/// and `WARN` when somebody should have a look.
pub fn report(record: &Record<'_>) {
    let Record {
        invocation,
        contact_id,
        call,
        result,
    } = *record;
    let request_id = invocation.request_id();
    let contact_id = contact_id.map(contact);
    let command = call.map(|call| call.command.name());
    let caller = match call.map(|call| &call.caller) {
        Some(Some(number)) => Some(number.to_string()),
        Some(None) => Some("none".to_owned()),
        None => None,
    };
    let caller = caller.as_deref();
    let notes = invocation.notes();
    let repeated = invocation.is_repeated().then_some(true);
    let outcome = match result {
        Ok(outcome) => outcome.code(),
        Err(failure) => failure.error_type(),
    };
    let (message, mut level, message_id, cause) = match result {
        Ok(outcome) => {
            let (level, message_id, cause) = describe(outcome);
            let message = match cause {
                None => "answered",
                Some(_) => "answered with trouble",
            };
            (message, level, message_id, cause)
        }
        Err(failure) => ("failed", Level::ERROR, None, Some(chain(failure))),
    };
    // Some of it was read in a row or an event.
    let cause = cause.map(|cause| Cause::scrubbed(cause).to_string());
    let notes = notes.map(|notes| Cause::scrubbed(notes).to_string());
    if notes.is_some() {
        // Levels are ordered by how much they say: the least one is the gravest.
        level = level.min(Level::WARN);
    }
    macro_rules! line {
        ($write:ident) => {
            $write!(
                request_id,
                contact_id,
                command,
                caller,
                outcome,
                repeated,
                sms_message_id = message_id,
                cause,
                notes,
                "{message}"
            )
        };
    }
    match level {
        Level::ERROR => line!(error),
        Level::WARN => line!(warn),
        _ => line!(info),
    }
}

/// The id of a contact as Amazon Connect makes them, hexadecimal digits and hyphens, which is what
/// operators search for. Anything else is a text from an event like any other.
fn contact(id: &str) -> String {
    const LENGTH: usize = "12345678-1234-1234-1234-123456789012".len();
    let well_formed = id.len() == LENGTH
        && id
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if well_formed {
        id.to_owned()
    } else {
        Cause::scrubbed(id).to_string()
    }
}

/// The level, the message's id, and what somebody has to look at.
fn describe(outcome: &Outcome) -> (Level, Option<&str>, Option<String>) {
    let reason = match outcome {
        Outcome::Member(_)
        | Outcome::NotAMember { .. }
        | Outcome::NobodyToLookUp
        | Outcome::SentBefore => return (Level::INFO, None, None),
        Outcome::Sent { message_id } => return (Level::INFO, message_id.as_deref(), None),
        Outcome::NotSent(reason) => reason,
    };
    let (level, cause) = match reason {
        Reason::PinInvalid
        | Reason::PinTooShort
        | Reason::CallerUnknown
        | Reason::NotAMember { .. }
        | Reason::PinNotFound
        | Reason::CampaignDisabled
        | Reason::CampaignNotStarted
        | Reason::CampaignExpired
        | Reason::CampaignExhausted
        | Reason::AlreadyRedeemed
        | Reason::NumberNotAllowed
        | Reason::OptedOut
        | Reason::SmsLimit
        | Reason::Locked(Lock::Caller) => (Level::INFO, None),
        Reason::Locked(Lock::Everybody) => (
            Level::WARN,
            Some("the hour's wrong PINs of all members are used up".to_owned()),
        ),
        Reason::Busy => (
            Level::WARN,
            Some("too little time was left to begin anything".to_owned()),
        ),
        Reason::CampaignInvalid(fault) => (Level::ERROR, Some(fault.to_string())),
        Reason::SmsTooLong => (
            Level::ERROR,
            Some("the text needs more than 3 parts of an SMS".to_owned()),
        ),
        Reason::SmsRefused(cause)
        | Reason::SmsThrottled(cause)
        | Reason::SmsNotReached(cause)
        | Reason::SmsFailed(cause) => (Level::ERROR, Some(cause.to_string())),
    };
    (level, None, cause)
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
            for wanted in ["LOG_LEVEL", "AWS_LAMBDA_LOG_LEVEL"] {
                let variable = |name: &str| text.filter(|_| name == wanted).map(str::to_owned);
                assert_eq!(level(variable), meant, "{wanted} {text:?}");
            }
        }
    }

    #[test]
    fn has_a_level_of_its_own_beside_that_of_lambda() {
        let level = |own: &str, lambdas: &str| {
            level(|name| {
                let text = if name == "LOG_LEVEL" { own } else { lambdas };
                Some(text.to_owned())
            })
        };
        assert_eq!(level("ERROR", "INFO"), LevelFilter::ERROR);
        assert_eq!(level("DEBUG", "ERROR"), LevelFilter::DEBUG);
        assert_eq!(level("", "WARN"), LevelFilter::WARN);
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
