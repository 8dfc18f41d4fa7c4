//! Reads the body of a request, which may be too large, break off, or never arrive.
//!
//! A client sends its whole body before it reads the response, and a connection that is closed
//! earlier loses the response. So the body of a request that was already refused is read as well,
//! and dropped.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::HeaderMap;
use axum::http::header::EXPECT;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};

/// The most bytes of a dropped body that are read: more than the largest zip that clients send to
/// Lambda, which takes a moment on one machine.
const MAX_DRAINED_BYTES: usize = 512 * 1024 * 1024;

/// Why a body could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    /// The body is larger than the limit.
    #[error("request body must have at most {limit} bytes, but has more; send less at a time")]
    TooLarge { limit: usize },
    /// The client stopped in the middle.
    #[error(
        "request body must arrive without pauses of {} seconds, but paused after {received} bytes; \
         send the request again", pause.as_secs()
    )]
    Stalled {
        pause: Duration,
        /// The number of bytes received.
        received: usize,
    },
    /// The body does not match its header, or the connection broke.
    #[error(
        "request body must have the length and end that its header announces, but broke off after \
         {received} bytes; send the request again"
    )]
    Broken {
        /// The number of bytes received.
        received: usize,
        #[source]
        source: axum::Error,
    },
}

/// Reads and drops the body of a request that was refused by its head alone, with the same limit
/// for pauses. A client that waits for permission to send (`Expect`) has not started.
pub(crate) async fn discard(headers: &HeaderMap, body: Body, pause: Duration) {
    if !headers.contains_key(EXPECT) {
        drop_pieces(body.into_data_stream(), pause).await;
    }
}

async fn drop_pieces<E>(mut pieces: impl Stream<Item = Result<Bytes, E>> + Unpin, pause: Duration) {
    let mut dropped = 0;
    while dropped < MAX_DRAINED_BYTES
        && let Ok(Some(Ok(piece))) = tokio::time::timeout(pause, pieces.next()).await
    {
        dropped += piece.len();
    }
}

/// Reads the whole body.
///
/// # Errors
/// If it has more than `limit` bytes, pauses for longer than `pause`, or breaks off.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    pause: Duration,
) -> Result<Bytes, BodyError> {
    // A body whose announced length is too large is refused before it arrives.
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        discard(headers, body, pause).await;
        return Err(BodyError::TooLarge { limit });
    }
    let mut pieces = body.into_data_stream();
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    loop {
        let received = first.len().max(all.len());
        let piece = tokio::time::timeout(pause, pieces.next())
            .await
            .map_err(|_elapsed| BodyError::Stalled { pause, received })?;
        let piece = match piece {
            None => break,
            Some(Err(source)) => return Err(BodyError::Broken { received, source }),
            Some(Ok(piece)) => piece,
        };
        if piece.len() > limit - received {
            drop((first, all));
            drop_pieces(pieces, pause).await;
            return Err(BodyError::TooLarge { limit });
        }
        // Most bodies arrive in one piece, which need not be copied.
        if received == 0 {
            first = piece;
        } else {
            if all.is_empty() {
                all.reserve(announced.max(received + piece.len()));
                all.extend_from_slice(&first);
            }
            all.extend_from_slice(&piece);
        }
    }
    Ok(match all.is_empty() {
        true => first,
        false => all.freeze(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const PAUSE: Duration = Duration::from_secs(30);

    fn of(pieces: &[&'static str]) -> Body {
        let pieces: Vec<_> = pieces
            .iter()
            .map(|piece| Ok::<_, std::io::Error>(Bytes::from_static(piece.as_bytes())))
            .collect();
        Body::from_stream(stream::iter(pieces))
    }

    async fn read_4(body: Body) -> Result<Bytes, BodyError> {
        read(&HeaderMap::new(), body, 4, PAUSE).await
    }

    /// Returns a body, and a counter of the pieces that were read from it.
    fn counted(pieces: usize) -> (Body, Arc<AtomicUsize>) {
        let taken = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&taken);
        let pieces = stream::iter(0..pieces).map(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            Ok::<_, std::io::Error>(Bytes::from_static(b"abc"))
        });
        (Body::from_stream(pieces), taken)
    }

    #[tokio::test]
    async fn a_refused_body_is_drained_unless_the_client_waits() {
        let (too_large, taken) = counted(100);
        assert!(read_4(too_large).await.is_err());
        assert_eq!(taken.load(Ordering::Relaxed), 100);
        let waiting: HeaderMap = [(EXPECT, "100-continue".parse().unwrap())]
            .into_iter()
            .collect();
        for (headers, all) in [(HeaderMap::new(), 100), (waiting, 0)] {
            let (body, taken) = counted(100);
            discard(&headers, body, PAUSE).await;
            assert_eq!(taken.load(Ordering::Relaxed), all);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_body_is_not_awaited_forever() {
        let halting = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"abc"))])
            .chain(stream::pending());
        let begun = tokio::time::Instant::now();
        discard(&HeaderMap::new(), Body::from_stream(halting), PAUSE).await;
        assert_eq!(begun.elapsed(), PAUSE);
        // Nor is a body without an end read to its end.
        let megabyte = Bytes::from(vec![0; 1024 * 1024]);
        let endless = stream::repeat_with(move || Ok::<_, std::io::Error>(megabyte.clone()));
        discard(&HeaderMap::new(), Body::from_stream(endless), PAUSE).await;
    }

    #[tokio::test]
    async fn pieces_are_put_together() {
        for (pieces, whole) in [
            (&[][..], ""),
            (&["abc"][..], "abc"),
            (&["", "ab", "", "c", "d"][..], "abcd"),
        ] {
            assert_eq!(read_4(of(pieces)).await.unwrap(), whole);
        }
    }

    #[tokio::test]
    async fn a_body_that_is_too_large_is_not_read() {
        for body in [of(&["ab", "cde"]), of(&["abcde"]), Body::from("abcde")] {
            let body_error = read_4(body).await.unwrap_err();
            assert!(
                matches!(body_error, BodyError::TooLarge { limit: 4 }),
                "{body_error}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_pauses_too_long_is_given_up() {
        let halting = stream::iter(["ab", "c"])
            .map(|piece| Ok::<_, std::io::Error>(Bytes::from_static(piece.as_bytes())))
            .then(|piece| async {
                tokio::time::sleep(Duration::from_secs(20)).await;
                piece
            })
            .chain(stream::pending());
        let body_error = read_4(Body::from_stream(halting)).await.unwrap_err();
        assert!(
            matches!(body_error, BodyError::Stalled { received: 3, .. }),
            "{body_error}"
        );
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_not_too_large() {
        let broken = stream::iter([
            Ok(Bytes::from_static(b"ab")),
            Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof)),
        ]);
        let body_error = read_4(Body::from_stream(broken)).await.unwrap_err();
        assert!(
            matches!(body_error, BodyError::Broken { received: 2, .. }),
            "{body_error}"
        );
    }
}
