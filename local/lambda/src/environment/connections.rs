//! Who may connect to a Runtime API: the processes of its own environment.
//!
//! A connection is looked at once, when it is accepted, in a task of its own. Nothing of what
//! somebody else sends is looked at: the answer is a refusal, and the connection ends.

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

/// Finds out who is at the other end of a connection.
pub(super) trait Look: Send + Sync + 'static {
    /// Says who is at the address `peer`.
    fn who(self: Arc<Self>, peer: SocketAddr, local: SocketAddr) -> BoxFuture<'static, Peer>;
}

impl Look for Family {
    fn who(self: Arc<Self>, peer: SocketAddr, local: SocketAddr) -> BoxFuture<'static, Peer> {
        Box::pin(async move {
            self.begun().await;
            let looked = tokio::task::spawn_blocking(move || self.peer(peer, local)).await;
            looked.unwrap_or_else(|error| {
                tracing::warn!(%error, "finding out who is connected was interrupted");
                Peer::Other
            })
        })
    }
}

/// How many connections are looked at, or refused, at the same time.
const AT_ONCE: usize = 32;
/// How long a refusal may take, and how much of a request is read before it.
const REFUSAL_LIMIT: Duration = Duration::from_secs(2);
const REFUSAL_BYTES: usize = 64 * 1024;
/// A pause where the system has no connection to give, such as for want of files.
const PAUSE: Duration = Duration::from_millis(50);

const REFUSAL: &[u8] = b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\n\
    Content-Length: 114\r\nConnection: close\r\n\r\n\
    {\"errorType\":\"Forbidden\",\"errorMessage\":\"Only processes of the function may ask the Runtime API \
    of the function.\"}";

/// The connections of an environment's own processes.
pub(super) struct OwnConnections {
    address: SocketAddr,
    connections: mpsc::Receiver<(TcpStream, SocketAddr)>,
}

impl OwnConnections {
    /// Accepts connections until the handle is told to abort.
    pub(super) fn of(
        listener: TcpListener,
        family: Arc<impl Look>,
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
            // The environment ends, and with it whoever waits here.
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
    family: Arc<impl Look>,
    own: mpsc::Sender<(TcpStream, SocketAddr)>,
) {
    // Dropped with this task: nobody is looked at any longer than the environment lives.
    let mut looks = JoinSet::new();
    let told = Arc::new(AtomicBool::new(false));
    loop {
        while looks.try_join_next().is_some() {}
        if looks.len() >= AT_ONCE {
            looks.join_next().await;
            continue;
        }
        match listener.accept().await {
            Ok((stream, peer)) => {
                let look = look(stream, peer, local, Arc::clone(&family), own.clone());
                looks.spawn(look_and_tell(look, Arc::clone(&told), local));
            }
            Err(error) => {
                tracing::debug!(%error, "cannot accept a connection to a Runtime API");
                sleep(PAUSE).await;
            }
        }
    }
}

/// Says once what is refused: whoever tries, tries often.
async fn look_and_tell(
    look: impl Future<Output = Option<SocketAddr>>,
    told: Arc<AtomicBool>,
    local: SocketAddr,
) {
    if let Some(peer) = look.await
        && !told.swap(true, Ordering::Relaxed)
    {
        tracing::warn!(%peer, runtime_api = %local, "a function's Runtime API refused somebody else");
    }
}

/// Hands the connection on if it is the environment's own; returns whom it refused.
async fn look(
    stream: TcpStream,
    peer: SocketAddr,
    local: SocketAddr,
    family: Arc<impl Look>,
    own: mpsc::Sender<(TcpStream, SocketAddr)>,
) -> Option<SocketAddr> {
    match family.who(peer, local).await {
        Peer::Own | Peer::Unknown => {
            // Nobody takes connections any more when the environment ends.
            let _ = own.send((stream, peer)).await;
            None
        }
        Peer::Other => {
            // Whether a refusal is read is the other side's affair.
            let _ = timeout(REFUSAL_LIMIT, refuse(stream)).await;
            Some(peer)
        }
    }
}

/// Answers and ends in order: what is not read would make it a reset, and take the answer with it.
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

    /// Takes everybody, and counts whom it was asked for.
    #[derive(Default)]
    struct Everybody(AtomicUsize);

    impl Look for Everybody {
        fn who(self: Arc<Self>, _: SocketAddr, _: SocketAddr) -> BoxFuture<'static, Peer> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Box::pin(async { Peer::Own })
        }
    }

    /// The look takes longer than an answer, so a warm function must not pay for it.
    #[tokio::test]
    async fn a_connection_is_looked_at_once_however_much_is_asked_over_it() {
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
    fn the_refusal_is_as_long_as_it_says() {
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
