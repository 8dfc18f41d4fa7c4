//! The HTTP server: accepts connections, with limits so that no client can lock out others.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, oneshot, watch};

use crate::connection::{Connection, PacedStream};
use crate::framing::BodyLength;
use crate::pace::{ClientTimeouts, Pace};

/// The length of the queue of pending connections; systems limit it further. A thousand calls may
/// begin at the same time.
const BACKLOG: u32 = 4096;

/// The most open connections. A thousand functions hold a handful each; further connections wait in
/// the queue.
const MAX_CONNECTIONS: usize = 16_384;

/// The most bytes of a request's first line and headers together. A presigned address with a
/// session token takes several kilobytes.
const MAX_HEADER_BYTES: usize = 64 * 1024;

/// The most header fields of a request. AWS clients send about twenty.
const MAX_HEADERS: usize = 100;

/// The delay before accepting again when the process has no file descriptor left.
const NO_DESCRIPTOR: Duration = Duration::from_millis(100);

/// Opens a listening socket; port 0 selects a free port.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // As in TcpListener::bind, so that an account can start where another has just ended.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `stop` is signalled or its sender is dropped. Requests that are being served then
/// are completed.
pub(crate) async fn serve(
    listener: TcpListener,
    app: Router,
    timeouts: ClientTimeouts,
    stop: oneshot::Receiver<()>,
) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    // Dropped at the end, which notifies every connection.
    let (_serving, ending) = watch::channel(());
    let take = async {
        loop {
            // The semaphore is never closed.
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
                return;
            };
            let (stream, peer) = accept(&listener).await;
            let connection = serve_connection(stream, peer, app.clone(), timeouts, ending.clone());
            tokio::spawn(async move {
                connection.await;
                drop(slot);
            });
        }
    };
    tokio::select! {
        () = take => {}
        _ = stop => {}
    }
}

/// Accepts the next connection, after errors that affect one connection only.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted at the moment");
                tokio::time::sleep(NO_DESCRIPTOR).await;
            }
        }
    }
}

/// Reports whether the error affects only the connection that was to be accepted.
fn is_of_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

async fn serve_connection(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    timeouts: ClientTimeouts,
    mut ending: watch::Receiver<()>,
) {
    let local = match stream.local_addr() {
        Ok(local) => local,
        Err(error) => {
            tracing::debug!(%error, %peer, "the connection broke before its first request");
            return;
        }
    };
    let connection = Connection::new(peer, local);
    let pace = Arc::new(Pace::new(timeouts));
    let stream = PacedStream::new(stream, connection.breaker.clone(), Arc::clone(&pace));
    let app = TowerToHyperService::new(app);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request
            .extensions_mut()
            .insert(ConnectInfo(connection.clone()));
        // Only the length of a chunked body is unknown.
        let length = match request.body().size_hint().exact() {
            Some(count) => BodyLength::Bytes(count),
            None => BodyLength::Chunked,
        };
        let answer = app.call(request);
        let pace = Arc::clone(&pace);
        async move {
            let _serving = pace.serve(length);
            answer.await
        }
    });
    let mut serving = std::pin::pin!(
        http1::Builder::new()
            // The time limits are enforced by the pace.
            .header_read_timeout(None)
            .max_headers(MAX_HEADERS)
            .max_header_size(MAX_HEADER_BYTES)
            .serve_connection(TokioIo::new(stream), service)
    );
    let served = tokio::select! {
        served = serving.as_mut() => served,
        // Nothing is ever sent; this completes when the sender is dropped.
        _ = ending.changed() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, %peer, "a connection ended");
    }
}

#[cfg(test)]
mod tests;
