//! Looks for what callers keyed in and called from, wherever something is written down.

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

e2e::checks![finds_what_it_looks_for_and_no_ids,];

/// The fewest digits of what is searched for. Shorter ones stand in times and figures by chance.
const FEWEST_DIGITS: usize = 8;

/// Where something may be written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// Lines of the flow, of the function and of Lambda itself.
    Logs,
    /// What SNS writes of each message where `sms_preferences.delivery_logs` asks for it: whether it
    /// reached its number, so the number is there by nature, and nothing else may be.
    Deliveries,
    /// What CloudWatch makes of the function's lines of metrics, and what it holds by itself.
    Metrics,
    /// The segments that X-Ray has of each invocation.
    Traces,
    /// A contact, what happened in its call, and its way through the flow.
    Calls,
    /// The account's record of who asked for what.
    Requests,
    /// What the account itself says of its work.
    Account,
}

/// What was found so far. Of all the text only the digits are kept.
#[derive(Debug, Default)]
pub(crate) struct Search {
    found: Mutex<BTreeMap<Source, Seen>>,
}

/// What was seen in one place.
#[derive(Debug, Default)]
struct Seen {
    texts: usize,
    digits: HashSet<String>,
}

impl Search {
    /// Searches a text: once as it is, and once without what is put between digits for the eye.
    ///
    /// Megabytes go through here, so this and what it calls are written for a build without
    /// optimisation: by index, without adapters of iterators.
    pub(crate) fn look_at(&self, place: Source, text: &str) {
        let text = without_ids(text.as_bytes());
        let mut runs = Vec::new();
        digit_runs(&text, b"", &mut runs);
        digit_runs(&text, b"- ", &mut runs);
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = found.entry(place).or_default();
        seen.texts += 1;
        seen.digits.extend(runs);
    }

    /// How many texts a place had.
    pub(crate) fn texts(&self, place: Source) -> usize {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.get(&place).map_or(0, |seen| seen.texts)
    }

    /// Which of the secrets stand where, also in the middle of other digits.
    pub(crate) fn leaks(&self, secrets: &BTreeSet<String>) -> BTreeSet<(Source, String)> {
        let lengths: BTreeSet<usize> = secrets.iter().map(String::len).collect();
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let mut leaks = BTreeSet::new();
        for (place, seen) in &*found {
            for run in &seen.digits {
                for length in lengths.iter().filter(|length| **length <= run.len()) {
                    for part in (0..=run.len() - length).map(|from| &run[from..from + length]) {
                        if secrets.contains(part) {
                            leaks.insert((*place, part.to_owned()));
                        }
                    }
                }
            }
        }
        leaks
    }
}

/// The digits to search for, of a PIN or a number. A number is searched for by what all ways of
/// writing it share: +81 90…, 81 90…, 090… and 90….
///
/// # Panics
/// When there are too few to be told from chance.
pub(crate) fn digits_of(secret: &str) -> String {
    let digits = secret.strip_prefix("+81").unwrap_or(secret);
    assert!(
        digits.len() >= FEWEST_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit()),
        "{secret} cannot be searched for: scenarios use {FEWEST_DIGITS} digits and more"
    );
    digits.to_owned()
}

/// What a call leaves behind.
///
/// The customer's endpoint is left out: it is the caller's number by nature, and Amazon Connect
/// itself keeps it in the contact record. Everything that the flow can write is searched:
/// attributes, tags, name, description, customer id, queue, and what the flow said and passed. So
/// is the system's endpoint, which is the line's own number. Times are left out because their
/// fractions are digits of chance.
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

/// The text without UUIDs and other ids of 32 hexadecimal digits. They are random, and among the
/// thousands of a run some would hold eight digits that somebody keyed in.
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

/// Where the hexadecimal digits from here on end.
fn end_of_hexadecimal(text: &[u8], mut at: usize) -> usize {
    while at < text.len() && text[at].is_ascii_hexdigit() {
        at += 1;
    }
    at
}

/// Where the UUID ends whose first eight digits end here, if it is one.
fn end_of_uuid(text: &[u8], mut at: usize) -> Option<usize> {
    for length in [4, 4, 4, 12] {
        if text.get(at) != Some(&b'-') || end_of_hexadecimal(text, at + 1) < at + 1 + length {
            return None;
        }
        at += 1 + length;
    }
    Some(at)
}

/// Adds the runs of digits that are long enough to be told from chance; what is `ignored` may stand
/// between the digits of one run.
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

/// Searches what the account's process says of itself: all of its own, and what others in it say
/// from `DEBUG` on. As in `connect-local`, SDKs get a word in from `WARN` on; here they belong to the
/// scenarios.
///
/// # Panics
/// When somebody else listens already.
pub(crate) fn listen(search: &Arc<Search>) {
    let search = Arc::clone(search);
    let lines = tracing_subscriber::fmt::layer()
        .without_time()
        .with_ansi(false)
        .with_writer(move || Ear(Arc::clone(&search)));
    let targets = Targets::new()
        .with_default(LevelFilter::DEBUG)
        .with_target("local_", LevelFilter::TRACE)
        .with_target("connect_", LevelFilter::TRACE)
        .with_target("aws_", LevelFilter::WARN);
    tracing_subscriber::registry()
        .with(lines.with_filter(targets))
        .init();
}

/// Takes one line at a time, as the layer writes it.
struct Ear(Arc<Search>);

impl io::Write for Ear {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0
            .look_at(Source::Account, &String::from_utf8_lossy(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn finds_what_it_looks_for_and_no_ids() {
    let secrets = BTreeSet::from(["+819012345678", "11110001"].map(digits_of));
    let leaks = |text: &str| {
        let search = Search::default();
        search.look_at(Source::Logs, text);
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
    // What only looks like an id, or stands right behind one.
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
