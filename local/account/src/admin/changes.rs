//! Tells a page that something has happened, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use futures_util::stream;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::Admin;

/// The most streams at a time. A page keeps one open.
const MAX_STREAMS: usize = 64;
/// The pause after which an empty comment is sent, so that a client that has gone is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The streams of an account.
#[derive(Clone)]
pub(super) struct Streams {
    places: Arc<Semaphore>,
    /// Closed when the account ends.
    ending: watch::Receiver<()>,
}

impl Streams {
    pub(super) fn new(ending: watch::Receiver<()>) -> Self {
        Self {
            places: Arc::new(Semaphore::new(MAX_STREAMS)),
            ending,
        }
    }
}

/// The data of an event. A browser drops events without any:
/// <https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage>.
const CHANGED: &str = "changed";

/// One open stream.
struct Open {
    calls: watch::Receiver<u64>,
    messages: watch::Receiver<u64>,
    ending: watch::Receiver<()>,
    _place: OwnedSemaphorePermit,
}

impl Open {
    /// Waits for the next change; `None` at the end of the account.
    async fn next(&mut self) -> Option<Event> {
        // A sender that is gone means that the account ends.
        tokio::select! {
            _ = self.ending.changed() => None,
            changed = self.calls.changed() => changed.ok().map(|()| Event::default().event("calls")),
            changed = self.messages.changed() => {
                changed.ok().map(|()| Event::default().event("messages"))
            }
        }
        .map(|event| event.data(CHANGED))
    }
}

/// Answers with a stream of events: `calls` when a call began, went on or ended, `messages` when a text message
/// was accepted. Their data says nothing more; the client asks for what it shows.
pub(super) async fn changes(State(admin): State<Arc<Admin>>) -> Response {
    let Ok(place) = Arc::clone(&admin.streams.places).try_acquire_owned() else {
        let message = format!(
            "at most {MAX_STREAMS} streams of events can be open, and as many are; close one first"
        );
        let body = Json(json!({ "message": message }));
        return (StatusCode::TOO_MANY_REQUESTS, body).into_response();
    };
    let open = Open {
        calls: admin.connect.watch_calls(),
        messages: admin.outbox.watch(),
        ending: admin.streams.ending.clone(),
        _place: place,
    };
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    Sse::new(events(open))
        .keep_alive(keep_alive)
        .into_response()
}

fn events(open: Open) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(open, async |mut open| {
        let event = open.next().await?;
        Some((Ok(event), open))
    })
}
