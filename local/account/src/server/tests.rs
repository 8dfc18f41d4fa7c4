//! The server over real connections, with short time limits.

use super::*;
use axum::routing::{any, get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::body;

const SHORT: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(3600);

/// Holds the responses of a test's routes until it is opened.
type Gate = Arc<Semaphore>;

struct Server {
    address: SocketAddr,
    /// Has a permit for each request that `/slow` received.
    arrived: Gate,
    /// Lets `/slow` respond.
    gate: Gate,
    stop: oneshot::Sender<()>,
    serving: tokio::task::JoinHandle<()>,
}

impl Server {
    fn start(timeouts: ClientTimeouts) -> Self {
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let (arrived, gate) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let slow = {
            let (arrived, gate) = (Arc::clone(&arrived), Arc::clone(&gate));
            move || async move {
                arrived.add_permits(1);
                gate.acquire().await.unwrap().forget();
                "slow"
            }
        };
        let app = Router::new()
            .route("/", get(|| async { "quick" }))
            .route("/slow", any(slow))
            .route(
                "/read",
                post(|request: axum::extract::Request| async move {
                    match body::read(&Default::default(), request.into_body(), 1024, SHORT).await {
                        Ok(body) => body.len().to_string(),
                        Err(body_error) => body_error.to_string(),
                    }
                }),
            );
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(serve(listener, app, timeouts, stopped));
        Self {
            address,
            arrived,
            gate,
            stop,
            serving,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

/// Sends a text, then reads until the server closes the connection.
async fn send_and_read_to_end(stream: &mut TcpStream, text: &str) -> String {
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Sends a text, then reads until the response contains `until`.
async fn exchange(stream: &mut TcpStream, text: &str, until: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !String::from_utf8_lossy(&answer).ends_with(until) {
        let read = stream.read_buf(&mut answer).await.unwrap();
        assert!(read > 0, "{}", String::from_utf8_lossy(&answer));
    }
}

#[tokio::test]
async fn a_connection_whose_header_does_not_end_is_closed() {
    let server = Server::start(ClientTimeouts {
        header: SHORT,
        body: LONG,
        idle: LONG,
    });
    for begun in ["", "G", "GET / HTTP/1.1\r\nHost: localhost\r\n"] {
        let mut stream = server.connect().await;
        assert_eq!(
            send_and_read_to_end(&mut stream, begun).await,
            "",
            "{begun:?}"
        );
    }
    // The same after a complete request.
    let mut stream = server.connect().await;
    exchange(&mut stream, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "quick").await;
    assert_eq!(send_and_read_to_end(&mut stream, "GET / HT").await, "");
}

/// A client may send its next request before it has received the response to the one before. Here
/// only the beginning of the second one arrives.
#[tokio::test]
async fn a_connection_whose_pipelined_header_does_not_end_is_closed() {
    let server = Server::start(ClientTimeouts {
        header: SHORT,
        body: LONG,
        idle: LONG,
    });
    let request = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n";
    let posted = "POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n12";
    let chunked = "POST /slow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
                   2\r\n12\r\n0\r\n\r\n";
    for (before, request, after) in [
        ("", request, "GET / HT"),
        ("GET / HT", request, ""),
        ("GET / HT", posted, ""),
        ("GET / HT", chunked, ""),
    ] {
        let mut stream = server.connect().await;
        let together = format!("{request}{before}");
        stream.write_all(together.as_bytes()).await.unwrap();
        server.arrived.acquire().await.unwrap().forget();
        stream.write_all(after.as_bytes()).await.unwrap();
        // This takes longer than the limit for a header: a client that waits for a response is not
        // disconnected.
        send_and_read_to_end(&mut server.connect().await, "G").await;
        server.gate.add_permits(1);
        let end = Duration::from_secs(60);
        let ended = tokio::time::timeout(end, send_and_read_to_end(&mut stream, ""));
        let answer = ended.await.expect("it is closed");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.ends_with("slow"), "{answer}");
    }
}

#[tokio::test]
async fn connections_between_requests_and_answers_under_way_stay() {
    let server = Server::start(ClientTimeouts {
        header: SHORT,
        body: SHORT,
        idle: LONG,
    });
    let mut idle = server.connect().await;
    exchange(&mut idle, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "quick").await;
    let mut waiting = server.connect().await;
    waiting
        .write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    // Each header that does not end takes longer than both limits that would close these.
    for _ in 0..2 {
        let mut stream = server.connect().await;
        send_and_read_to_end(&mut stream, "G").await;
    }
    exchange(&mut idle, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "quick").await;
    server.gate.add_permits(1);
    exchange(&mut waiting, "", "slow").await;
}

#[tokio::test]
async fn idle_connections_are_closed() {
    let server = Server::start(ClientTimeouts {
        header: LONG,
        body: LONG,
        idle: SHORT,
    });
    let mut stream = server.connect().await;
    let answer = send_and_read_to_end(&mut stream, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(answer.ends_with("quick"), "{answer}");
}

#[tokio::test]
async fn a_body_that_pauses_too_long_is_answered() {
    let server = Server::start(ClientTimeouts::default());
    let mut stream = server.connect().await;
    let head = "POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n123";
    exchange(&mut stream, head, "send the request again").await;
}

#[tokio::test]
async fn headers_have_limits() {
    let server = Server::start(ClientTimeouts::default());
    for (request, status) in [
        (
            format!(
                "GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n",
                "x".repeat(70_000)
            ),
            "431",
        ),
        (
            format!(
                "GET / HTTP/1.1\r\nHost: a\r\n{}\r\n",
                "X: x\r\n".repeat(101)
            ),
            "431",
        ),
        (
            format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(70_000)),
            "4",
        ),
        ("nonsense\r\n\r\n".to_owned(), "400"),
    ] {
        let mut stream = server.connect().await;
        let answer = send_and_read_to_end(&mut stream, &request).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_thousand_connections_at_once_are_accepted() {
    crate::open_files::allow_many();
    let server = Server::start(ClientTimeouts::default());
    let requests = (0..1000).map(|_| async {
        let mut stream = server.connect().await;
        exchange(&mut stream, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "quick").await;
        stream
    });
    let all = futures_util::future::join_all(requests).await;
    assert_eq!(all.len(), 1000);
}

#[tokio::test]
async fn a_stopped_server_completes_requests_and_accepts_no_more() {
    let server = Server::start(ClientTimeouts::default());
    let mut idle = server.connect().await;
    exchange(&mut idle, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "quick").await;
    let mut waiting = server.connect().await;
    waiting
        .write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    server.arrived.acquire().await.unwrap().forget();
    server.stop.send(()).unwrap();
    server.serving.await.unwrap();
    assert_eq!(send_and_read_to_end(&mut idle, "").await, "");
    server.gate.add_permits(1);
    exchange(&mut waiting, "", "slow").await;
    assert!(TcpStream::connect(server.address).await.is_err());
}
