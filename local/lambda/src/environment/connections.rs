//! Access to a Runtime API: only processes of its own environment may connect.
//!
//! Each connection is checked once, when it is accepted, in a task of its own. Data from other processes
//! is not read: they get an error response, and the connection ends.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::serve::Listener;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};

use super::processes::{Family, Peer};

/// Identifies the process at the other end of a connection.
pub(super) trait Identify: Send + Sync + 'static {
    /// Identifies the process at the address `peer`.
    fn identify(self: Arc<Self>, peer: SocketAddr, local: SocketAddr) -> BoxFuture<'static, Peer>;
}

impl Identify for Family {
    fn identify(self: Arc<Self>, peer: SocketAddr, local: SocketAddr) -> BoxFuture<'static, Peer> {
        Box::pin(async move {
            self.begun().await;
            let checked = tokio::task::spawn_blocking(move || self.peer(peer, local)).await;
            checked.unwrap_or_else(|error| {
                tracing::warn!(%error, "the check of a connection was interrupted");
                Peer::Other
            })
        })
    }
}

/// The limit of connections that are checked or rejected at the same time.
const AT_ONCE: usize = 32;
/// The limits of a rejection: its time, and the bytes of the request that it reads.
const REFUSAL_LIMIT: Duration = Duration::from_secs(2);
const REFUSAL_BYTES: usize = 64 * 1024;
/// The pause after the system failed to accept a connection, for example because it has too many open
/// files.
const PAUSE: Duration = Duration::from_millis(50);

const REFUSAL: &[u8] = b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\n\
    Content-Length: 102\r\nConnection: close\r\n\r\n\
    {\"errorType\":\"Forbidden\",\"errorMessage\":\"Only the processes of the function may use its Runtime API.\"}";

/// The connections of an environment's own processes.
pub(super) struct OwnConnections {
    address: SocketAddr,
    connections: mpsc::Receiver<(TcpStream, SocketAddr)>,
}

impl OwnConnections {
    /// Accepts connections until the handle is aborted.
    pub(super) fn of(
        listener: TcpListener,
        family: Arc<impl Identify>,
    ) -> io::Result<(Self, AbortHandle)> {
        let address = listener.local_addr()?;
        let (own, connections) = mpsc::channel(AT_ONCE);
        let acceptor = tokio::spawn(accept(listener, address, family, own)).abort_handle();
        let this = Self {
            address,
            connections,
        };
        Ok((this, acceptor))
    }
}

impl Listener for OwnConnections {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        match self.connections.recv().await {
            Some(connection) => connection,
            // The environment is ending, and with it the task that waits here.
            None => pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

async fn accept(
    listener: TcpListener,
    local: SocketAddr,
    family: Arc<impl Identify>,
    own: mpsc::Sender<(TcpStream, SocketAddr)>,
) {
    // Dropped with this task: checks end with the environment.
    let mut checks = JoinSet::new();
    let logged = Arc::new(AtomicBool::new(false));
    loop {
        while checks.try_join_next().is_some() {}
        if checks.len() >= AT_ONCE {
            checks.join_next().await;
            continue;
        }
        match listener.accept().await {
            Ok((stream, peer)) => {
                let check = check(stream, peer, local, Arc::clone(&family), own.clone());
                checks.spawn(check_and_log(check, Arc::clone(&logged), local));
            }
            Err(error) => {
                tracing::debug!(%error, "cannot accept a connection to a Runtime API");
                sleep(PAUSE).await;
            }
        }
    }
}

/// Logs the first rejected connection only: a client that tries once usually tries often.
async fn check_and_log(
    check: impl Future<Output = Option<SocketAddr>>,
    logged: Arc<AtomicBool>,
    local: SocketAddr,
) {
    if let Some(peer) = check.await
        && !logged.swap(true, Ordering::Relaxed)
    {
        tracing::warn!(%peer, runtime_api = %local, "a function's Runtime API rejected a connection of another process");
    }
}

/// Passes a connection of the environment on. Otherwise rejects it and returns its peer.
async fn check(
    stream: TcpStream,
    peer: SocketAddr,
    local: SocketAddr,
    family: Arc<impl Identify>,
    own: mpsc::Sender<(TcpStream, SocketAddr)>,
) -> Option<SocketAddr> {
    match family.identify(peer, local).await {
        Peer::Own | Peer::Unknown => {
            // The receiver no longer exists when the environment ends.
            let _ = own.send((stream, peer)).await;
            None
        }
        Peer::Other => {
            // Whether the client reads the response does not matter.
            let _ = timeout(REFUSAL_LIMIT, refuse(stream)).await;
            Some(peer)
        }
    }
}

/// Writes the error response and reads some of the request: unread data would cause a reset, and the
/// client would lose the response.
async fn refuse(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(REFUSAL).await?;
    stream.shutdown().await?;
    let mut unread = [0; 1024];
    let mut total = 0;
    while total < REFUSAL_BYTES {
        match stream.read(&mut unread).await? {
            0 => break,
            size => total += size,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::IntoFuture;
    use std::sync::atomic::AtomicUsize;

    /// Accepts every connection, and counts the checks.
    #[derive(Default)]
    struct Everybody(AtomicUsize);

    impl Identify for Everybody {
        fn identify(self: Arc<Self>, _: SocketAddr, _: SocketAddr) -> BoxFuture<'static, Peer> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Box::pin(async { Peer::Own })
        }
    }

    /// A check takes longer than a response, so a warm function must not pay for it.
    #[tokio::test]
    async fn a_connection_is_checked_once_for_all_its_requests() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let everybody = Arc::new(Everybody::default());
        let (own, acceptor) = OwnConnections::of(listener, Arc::clone(&everybody)).unwrap();
        let address = own.address;
        let router = axum::Router::new().route("/", axum::routing::get(|| async { "own" }));
        let server = tokio::spawn(axum::serve(own, router).into_future());
        for connections in 1..=3 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            for _ in 0..10 {
                stream
                    .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                    .await
                    .unwrap();
                let mut answer = Vec::new();
                while !answer.ends_with(b"\r\n\r\nown") {
                    assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "{answer:?}");
                }
            }
            assert_eq!(everybody.0.load(Ordering::Relaxed), connections);
        }
        acceptor.abort();
        server.abort();
    }

    #[test]
    fn the_rejection_has_the_length_of_its_header() {
        let text = std::str::from_utf8(REFUSAL).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains(&format!("Content-Length: {}\r\n", body.len())),
            "{}",
            body.len()
        );
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["errorType"], "Forbidden");
    }
}
