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
pub(crate) enum Place {
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
    found: Mutex<BTreeMap<Place, Seen>>,
}

/// What was seen in one place.
#[derive(Debug, Default)]
struct Seen {
    texts: usize,
    digits: HashSet<String>,
}

impl Search {
    /// Searches a text: once as it is, and once without what is put between digits for the eye.
    pub(crate) fn look_at(&self, place: Place, text: &str) {
        let text = without_ids(text);
        let joined = text.replace(['-', ' '], "");
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = found.entry(place).or_default();
        seen.texts += 1;
        for text in [&text, &joined] {
            let runs = text.split(|symbol: char| !symbol.is_ascii_digit());
            for run in runs.filter(|run| run.len() >= FEWEST_DIGITS) {
                if !seen.digits.contains(run) {
                    seen.digits.insert(run.to_owned());
                }
            }
        }
    }

    /// How many texts a place had.
    pub(crate) fn texts(&self, place: Place) -> usize {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.get(&place).map_or(0, |seen| seen.texts)
    }

    /// Which of the secrets stand where, also in the middle of other digits.
    pub(crate) fn leaks(&self, secrets: &BTreeSet<String>) -> BTreeSet<(Place, String)> {
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
fn without_ids(text: &str) -> String {
    const UUID: [usize; 5] = [8, 4, 4, 4, 12];
    let hexadecimal = |byte: &u8| byte.is_ascii_hexdigit();
    // The length of the id at the start of these bytes.
    let id = |bytes: &[u8]| {
        let plain = bytes.iter().take_while(|byte| hexadecimal(byte)).count();
        if plain == 32 {
            return Some(plain);
        }
        let mut at = 0;
        for (part, length) in UUID.into_iter().enumerate() {
            at += usize::from(part > 0 && bytes.get(at) == Some(&b'-'));
            if !bytes.get(at..at + length)?.iter().all(hexadecimal) {
                return None;
            }
            at += length;
        }
        (at == 36).then_some(at)
    };
    let bytes = text.as_bytes();
    let mut kept = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        // An id begins where no other hexadecimal digit is before it.
        let begins = at == 0 || !hexadecimal(&bytes[at - 1]);
        match begins.then(|| id(&bytes[at..])).flatten() {
            Some(length) => {
                kept.extend_from_slice(b"<id>");
                at += length;
            }
            None => {
                kept.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(kept).expect("only ASCII was replaced")
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
            .look_at(Place::Account, &String::from_utf8_lossy(line));
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
        search.look_at(Place::Logs, text);
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
    for nothing in [
        "+81*****5678",
        "11110001-0000-4000-8000-000000000000",
        "a [11110001aaaabbbbccccddddeeee0000] b",
        "1111 and 0001",
    ] {
        assert!(leaks(nothing).is_empty(), "{nothing}");
    }
}
