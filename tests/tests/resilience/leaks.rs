//! Searches everything that a call leaves behind for PINs and phone numbers.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use local_connect::Call;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

e2e::checks![the_search_finds_secrets_and_ignores_ids,];

/// The fewest digits of a secret. Shorter ones occur in times and figures by chance.
const FEWEST_DIGITS: usize = 8;

/// A kind of text that is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// Log lines of the flow, the function and Lambda.
    Logs,
    /// SNS's delivery logs, which `sms_preferences.delivery_logs` enables. They contain the recipient's
    /// number, and must contain no other secret.
    Deliveries,
    /// The metrics in CloudWatch: the function's, and the services' own.
    Metrics,
    /// The segments of each invocation in X-Ray.
    Traces,
    /// A contact, the events of its call, and its path through the flow.
    Calls,
    /// The account's record of requests.
    Requests,
    /// The account's own log.
    Account,
}

/// The digits found in all texts so far, by source.
#[derive(Debug, Default)]
pub(crate) struct Search {
    found: Mutex<BTreeMap<Source, Digits>>,
}

/// The number of texts of a source, and the runs of digits in them.
#[derive(Debug, Default)]
struct Digits {
    texts: usize,
    runs: HashSet<String>,
}

impl Search {
    /// Searches a text twice: as it is, and without spaces and hyphens between digits.
    ///
    /// Megabytes of text are searched, so this function and those that it calls are written for a build
    /// without optimisation: with indices instead of iterator adapters.
    pub(crate) fn add(&self, source: Source, text: &str) {
        let text = without_ids(text.as_bytes());
        let mut runs = Vec::new();
        digit_runs(&text, b"", &mut runs);
        digit_runs(&text, b"- ", &mut runs);
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let digits = found.entry(source).or_default();
        digits.texts += 1;
        digits.runs.extend(runs);
    }

    /// Returns the number of texts of a source.
    pub(crate) fn texts(&self, source: Source) -> usize {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.get(&source).map_or(0, |digits| digits.texts)
    }

    /// Returns the secrets that were found with their sources, also in the middle of other digits.
    pub(crate) fn leaks(&self, secrets: &BTreeSet<String>) -> BTreeSet<(Source, String)> {
        let lengths: BTreeSet<usize> = secrets.iter().map(String::len).collect();
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let mut leaks = BTreeSet::new();
        for (source, digits) in &*found {
            for run in &digits.runs {
                for length in lengths.iter().filter(|length| **length <= run.len()) {
                    for part in (0..=run.len() - length).map(|from| &run[from..from + length]) {
                        if secrets.contains(part) {
                            leaks.insert((*source, part.to_owned()));
                        }
                    }
                }
            }
        }
        leaks
    }
}

/// Returns the digits of a PIN or a phone number to search for. For a number they are the digits that all
/// its forms share: +81 90…, 81 90…, 090… and 90….
///
/// # Panics
/// When there are so few digits that they could occur by chance.
pub(crate) fn digits_of(secret: &str) -> String {
    let digits = secret.strip_prefix("+81").unwrap_or(secret);
    assert!(
        digits.len() >= FEWEST_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit()),
        "PINs and numbers of scenarios must have at least {FEWEST_DIGITS} digits, but was {secret}"
    );
    digits.to_owned()
}

/// Returns everything that a call leaves behind, as text.
///
/// It includes everything that the flow can write: attributes, tags, name, description, customer id, queue,
/// the sentences spoken and the blocks passed. It also includes the system's endpoint, which is the line's
/// own number. It omits the customer's endpoint, because Amazon Connect itself stores the caller's number in
/// the contact record, and times, because their fractions are random digits.
pub(crate) fn left_by(call: &Call) -> String {
    use connect_flow::TraceEvent;

    let mut contact = call.contact().clone();
    contact.customer_endpoint = None;
    let mut text = format!("{contact:?} {:?} {:?}", call.events(), call.ending());
    for event in call.trace() {
        // Writing to a text cannot fail.
        let _ = match event {
            TraceEvent::Entered {
                flow_id, action, ..
            } => write!(text, " {flow_id} {action}"),
            other => write!(text, " {other:?}"),
        };
    }
    text
}

/// Returns the text without UUIDs and other ids of 32 hexadecimal digits. They are random, and among the
/// thousands of a run some would contain a PIN's eight digits.
fn without_ids(text: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(text.len());
    let (mut at, mut copied) = (0, 0);
    while at < text.len() {
        if !text[at].is_ascii_hexdigit() {
            at += 1;
            continue;
        }
        let start = at;
        at = end_of_hexadecimal(text, at);
        let end = match at - start {
            32 => at,
            8 => end_of_uuid(text, at).unwrap_or(start),
            _ => start,
        };
        if end > start {
            kept.extend_from_slice(&text[copied..start]);
            kept.extend_from_slice(b"<id>");
            copied = end;
            at = end_of_hexadecimal(text, end);
        }
    }
    kept.extend_from_slice(&text[copied..]);
    kept
}

/// Returns the end of the hexadecimal digits that begin at `at`.
fn end_of_hexadecimal(text: &[u8], mut at: usize) -> usize {
    while at < text.len() && text[at].is_ascii_hexdigit() {
        at += 1;
    }
    at
}

/// Returns the end of the UUID whose first eight digits end at `at`, if it is a UUID.
fn end_of_uuid(text: &[u8], mut at: usize) -> Option<usize> {
    for length in [4, 4, 4, 12] {
        if text.get(at) != Some(&b'-') || end_of_hexadecimal(text, at + 1) < at + 1 + length {
            return None;
        }
        at += 1 + length;
    }
    Some(at)
}

/// Adds the runs of at least [`FEWEST_DIGITS`] digits. The `ignored` bytes may be between the digits of a
/// run.
fn digit_runs(text: &[u8], ignored: &[u8], runs: &mut Vec<String>) {
    let mut run = String::new();
    let mut at = 0;
    while at < text.len() {
        let byte = text[at];
        at += 1;
        if byte.is_ascii_digit() {
            run.push(char::from(byte));
        } else if !run.is_empty() && !ignored.contains(&byte) {
            if run.len() >= FEWEST_DIGITS {
                runs.push(run.clone());
            }
            run.clear();
        }
    }
    if run.len() >= FEWEST_DIGITS {
        runs.push(run);
    }
}

/// Searches the log of this process, in which the account runs: the account's crates at all levels, other
/// crates from `DEBUG`, and the SDKs from `WARN`, as in `connect-local`; here the scenarios use the SDKs.
///
/// # Panics
/// When the process has a global subscriber already.
pub(crate) fn search_own_log(search: &Arc<Search>) {
    let search = Arc::clone(search);
    let lines = tracing_subscriber::fmt::layer()
        .without_time()
        .with_ansi(false)
        .with_writer(move || SearchWriter(Arc::clone(&search)));
    let targets = Targets::new()
        .with_default(LevelFilter::DEBUG)
        .with_target("local_", LevelFilter::TRACE)
        .with_target("connect_", LevelFilter::TRACE)
        .with_target("aws_", LevelFilter::WARN);
    tracing_subscriber::registry()
        .with(lines.with_filter(targets))
        .init();
}

/// Searches what is written to it, which is one line at a time.
struct SearchWriter(Arc<Search>);

impl io::Write for SearchWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.add(Source::Account, &String::from_utf8_lossy(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn the_search_finds_secrets_and_ignores_ids() {
    let secrets = BTreeSet::from(["+819012345678", "11110001"].map(digits_of));
    let leaks = |text: &str| {
        let search = Search::default();
        search.add(Source::Logs, text);
        let leaks = search.leaks(&secrets);
        leaks
            .into_iter()
            .map(|(_, secret)| secret)
            .collect::<Vec<_>>()
    };
    for number in [
        "to +819012345678.",
        "819012345678",
        r#"{"tel":"%2B819012345678"}"#,
        "09012345678",
        "090-1234-5678",
        "+81 90 1234 5678",
        "5550901234567800",
    ] {
        assert_eq!(leaks(number), ["9012345678"], "{number}");
    }
    for pin in ["11110001", "pin=11110001#", "x11110001y", "9911110001"] {
        assert_eq!(leaks(pin), ["11110001"], "{pin}");
    }
    // A secret in text that only resembles an id, or directly after an id.
    for beside in [
        "11110001-0000-4000-8000-00000000000",
        "11110001-0000-4000-8000000000000000",
        "0123abcd-0000-4000-8000-00000000000011110001",
        "11110001aaaabbbbccccddddeeee00001",
    ] {
        assert_eq!(leaks(beside), ["11110001"], "{beside}");
    }
    for nothing in [
        "+81*****5678",
        "11110001-0000-4000-8000-000000000000",
        "a [11110001aaaabbbbccccddddeeee0000] b",
        "1111 and 0001",
    ] {
        assert!(leaks(nothing).is_empty(), "{nothing}");
    }
}
