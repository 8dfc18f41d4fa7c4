//! The log: one line of JSON per invocation, without numbers and PINs.

use std::error::Error;

use tracing::level_filters::LevelFilter;
use tracing::{Level, Subscriber, error, info, warn};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

use crate::rules::cause::Cause;
use crate::rules::failure::Failure;
use crate::rules::invocation::Invocation;
use crate::rules::outcome::{Lock, Outcome, Reason};
use crate::rules::request::FlowRequest;

/// Returns the level that `LOG_LEVEL` sets, or otherwise `AWS_LAMBDA_LOG_LEVEL`. A value that is not one of
/// Lambda's levels means `INFO`. `variable` returns the value of a variable, or nothing when it is not set.
///
/// `AWS_LAMBDA_LOG_LEVEL` alone is not enough: Lambda drops the lines below that level, and treats a line of
/// metrics, which has no level, as `INFO`.
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

/// Returns a subscriber that writes this crate's lines at `level` and above.
///
/// Lines of other crates are written at `WARN` and above, even if `level` is lower: the runtime traces whole
/// events, and the SDK whole requests. The target `lambda_runtime::layers::panic` is off: its lines repeat
/// the handler's failures, which are logged already, and panics, which are on stderr anyway.
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

/// The content of an invocation's log line.
#[derive(Clone, Copy, Debug)]
pub struct InvocationReport<'a> {
    pub invocation: &'a Invocation,
    /// Amazon Connect's id of the contact.
    pub contact_id: Option<&'a str>,
    /// The flow's request, if it could be read.
    pub request: Option<&'a FlowRequest>,
    pub result: &'a Result<Outcome, Failure>,
}

/// Writes an invocation's log line. Its level is `ERROR` when an operator has to act, and `WARN` when an
/// operator should look into it.
pub fn report(entry: &InvocationReport<'_>) {
    let InvocationReport {
        invocation,
        contact_id,
        request,
        result,
    } = *entry;
    let request_id = invocation.request_id();
    let contact_id = contact_id.map(contact);
    let command = request.map(|request| request.command.name());
    let caller = match request.map(|request| &request.caller) {
        Some(Some(number)) => Some(number.to_string()),
        Some(None) => Some("none".to_owned()),
        None => None,
    };
    let caller = caller.as_deref();
    let notes = invocation.notes();
    let repeated = invocation.is_repeated().then_some(true);
    let outcome = match result {
        Ok(outcome) => outcome.log_code(),
        Err(failure) => failure.error_type(),
    };
    let Description {
        message,
        mut level,
        message_id,
        cause,
    } = describe(result);
    // The cause may quote a row or an event.
    let cause = cause.map(|cause| Cause::scrubbed(cause).to_string());
    let notes = notes.map(|notes| Cause::scrubbed(notes).to_string());
    if notes.is_some() {
        // Levels are ordered by verbosity: the lowest one is the most severe.
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

/// Returns a contact's id, for which operators search. An id in Amazon Connect's form, hexadecimal digits and
/// hyphens, stays as it is; any other text is scrubbed, as other texts of an event are.
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

/// The part of a line that depends on the result.
struct Description<'a> {
    message: &'static str,
    level: Level,
    message_id: Option<&'a str>,
    /// The cause of a result that an operator should look into.
    cause: Option<String>,
}

impl<'a> Description<'a> {
    fn answered(message_id: Option<&'a str>) -> Self {
        Self {
            message: "answered",
            level: Level::INFO,
            message_id,
            cause: None,
        }
    }

    fn trouble(level: Level, cause: impl ToString) -> Self {
        Self {
            message: "answered, needs attention",
            level,
            message_id: None,
            cause: Some(cause.to_string()),
        }
    }
}

fn describe(result: &Result<Outcome, Failure>) -> Description<'_> {
    match result {
        Ok(
            Outcome::Member(_)
            | Outcome::NotAMember { .. }
            | Outcome::CallerUnknown
            | Outcome::SentBefore,
        ) => Description::answered(None),
        Ok(Outcome::Sent { message_id }) => Description::answered(message_id.as_deref()),
        Ok(Outcome::NotSent(reason)) => describe_reason(reason),
        Err(failure) => Description {
            message: "failed",
            level: Level::ERROR,
            message_id: None,
            cause: Some(chain(failure)),
        },
    }
}

fn describe_reason(reason: &Reason) -> Description<'_> {
    match reason {
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
        | Reason::Locked(Lock::Caller) => Description::answered(None),
        Reason::Locked(Lock::AllMembers) => Description::trouble(
            Level::WARN,
            "the limit on wrong PINs of all members in one hour is reached",
        ),
        Reason::Busy => {
            Description::trouble(Level::WARN, "too little time was left to begin a request")
        }
        Reason::CampaignInvalid(fault) => Description::trouble(Level::ERROR, fault),
        Reason::SmsTooLong => {
            Description::trouble(Level::ERROR, "the text needs more than 3 parts of an SMS")
        }
        Reason::SmsRefused(cause)
        | Reason::SmsThrottled(cause)
        | Reason::SmsNotReached(cause)
        | Reason::SmsFailed(cause) => Description::trouble(Level::ERROR, cause),
    }
}

/// Returns the failure's message, followed by its causes.
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
    fn the_functions_level_overrides_that_of_lambda() {
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
    fn other_crates_log_warnings_only_at_any_level() {
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
