//! Serves HTTP: takes connections, and gives no client the means to keep others out.

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
use crate::pace::{Pace, Patience};

/// Connections that wait to be taken; systems have a limit of their own below it. A thousand calls
/// may begin at once.
const BACKLOG: u32 = 4096;

/// Connections at one time. A thousand functions hold a handful each; more wait in the backlog.
const MAX_CONNECTIONS: usize = 16_384;

/// All headers of a request together with its first line. A presigned address with a session's token
/// has some kilobytes.
const MAX_HEADER_BYTES: usize = 64 * 1024;

/// Fields of a request's header. Clients of AWS send some twenty.
const MAX_HEADERS: usize = 100;

/// How long to wait for a file descriptor when there is none.
const NO_DESCRIPTOR: Duration = Duration::from_millis(100);

/// Opens a port; 0 is a free one.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // As TcpListener::bind does: an account may start where another has just ended.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until told to stop, or until the sender is dropped. Requests that are being served then
/// are served to their end.
pub(crate) async fn serve(
    listener: TcpListener,
    app: Router,
    patience: Patience,
    stop: oneshot::Receiver<()>,
) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    // Dropped at the end, which every connection notices.
    let (_serving, ending) = watch::channel(());
    let take = async {
        loop {
            // It is never closed.
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
                return;
            };
            let (stream, peer) = accept(&listener).await;
            let connection = serve_connection(stream, peer, app.clone(), patience, ending.clone());
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

/// The next connection. What is wrong with one says nothing of the next.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be taken for the moment");
                tokio::time::sleep(NO_DESCRIPTOR).await;
            }
        }
    }
}

/// Whether the connection itself broke before it was taken.
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
    patience: Patience,
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
    let pace = Arc::new(Pace::new(patience));
    let stream = PacedStream::new(stream, connection.cut.clone(), Arc::clone(&pace));
    let app = TowerToHyperService::new(app);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request
            .extensions_mut()
            .insert(ConnectInfo(connection.clone()));
        // Only that of one in chunks is not known.
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
            // The pace is ours.
            .header_read_timeout(None)
            .max_headers(MAX_HEADERS)
            .max_header_size(MAX_HEADER_BYTES)
            .serve_connection(TokioIo::new(stream), service)
    );
    let served = tokio::select! {
        served = serving.as_mut() => served,
        // Nothing is ever sent: this is the sender's end.
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
