//! A real browser, with a page that sends every kind of request.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::sync::watch;

use crate::DoorWorld;

/// The time after which a hanging browser fails the test.
const HUNG: Duration = Duration::from_secs(240);

/// A page that sends requests in every possible way; `ACCOUNT` is replaced. When each request has
/// ended, the image that delays the page's `load` event is released.
const PAGE: &str = r#"<!doctype html><title>page</title>
<iframe name="answer"></iframe><iframe id="frame"></iframe>
<form method="post" target="answer" action="ACCOUNTQUERY"><input name="Action" value="GetCallerIdentity"></form>
<img src="/hold">
<script>
const account = "ACCOUNT", query = "QUERY";
const ends = (thing, start) => new Promise(done => { thing.onload = thing.onerror = thing.onclose = done; start(); });
const body = "Action=GetCallerIdentity&Version=2011-06-15";
(async () => {
  const answer = document.querySelector("iframe[name=answer]");
  await ends(answer, () => document.querySelector("form").submit());
  await ends(document.getElementById("frame"), () => { document.getElementById("frame").src = account + "/_local/messages"; });
  const picture = new Image();
  await ends(picture, () => { picture.src = account + query + "&Action=GetCallerIdentity"; });
  await fetch(account + query, { method: "POST", mode: "no-cors", body }).catch(() => {});
  await fetch(account + "/_local/messages").then(() => fetch("/read"), () => {});
  await fetch(account + "/_local/faults", { method: "PUT", body: "[]" }).then(() => fetch("/written"), () => {});
  const socket = new WebSocket(account.replace("http", "ws") + "/_local/messages");
  await ends(socket, () => {});
  fetch("/done");
})();
</script>"#;
const QUERY: &str = "/?X-Amz-Credential=local%2F20261126%2Feu-west-1%2Fsts%2Faws4_request";

/// The page's requests to the account, in this order. Of the PUT only the preflight is sent.
const TRIED: [&str; 7] = [
    "POST /?",
    "GET /_local/messages",
    "GET /?",
    "POST /?",
    "GET /_local/messages",
    "OPTIONS /_local/faults",
    "GET /_local/messages",
];

struct Browser {
    program: String,
    profile: tempfile::TempDir,
}

impl Browser {
    /// Finds a browser; if there is none, prints that the test is skipped and returns `None`.
    async fn find() -> Option<Self> {
        for program in ["chromium", "chromium-browser", "google-chrome", "chrome"] {
            let version = Command::new(program)
                .arg("--version")
                .stdin(Stdio::null())
                .output()
                .await;
            if version.is_ok_and(|output| output.status.success()) {
                return Some(Self {
                    program: program.to_owned(),
                    profile: tempfile::tempdir().unwrap(),
                });
            }
        }
        eprintln!("skipped: this machine has no chromium or google-chrome");
        None
    }

    /// Opens an address as if it had been typed; returns the page's document after loading.
    async fn open(&self, url: &str) -> String {
        let output = Command::new(&self.program)
            .args([
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
            ])
            .args([
                "--no-first-run",
                "--no-proxy-server",
                "--disable-background-networking",
            ])
            .arg("--host-resolver-rules=MAP evil.example 127.0.0.1")
            .arg(format!("--user-data-dir={}", self.profile.path().display()))
            .args(["--dump-dom", url])
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(HUNG, output).await;
        let output = output.expect("the browser must not hang").unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// Reads the head of a request.
async fn head(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    while !read.windows(4).any(|four| four == b"\r\n\r\n") {
        if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
            break;
        }
    }
    String::from_utf8_lossy(&read).into_owned()
}

/// Serves a page; returns the address, and the paths that were requested.
async fn serve_page(page: String) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let requested: Arc<Mutex<Vec<String>>> = Arc::default();
    let paths = Arc::clone(&requested);
    let done = Arc::new(watch::Sender::new(false));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (page, paths, done) = (page.clone(), Arc::clone(&paths), Arc::clone(&done));
            tokio::spawn(async move {
                let head = head(&mut stream).await;
                let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                let body = match path.as_str() {
                    "/" => page,
                    "/hold" => {
                        done.subscribe().wait_for(|done| *done).await.unwrap();
                        String::new()
                    }
                    _ => String::new(),
                };
                if path == "/done" {
                    done.send_replace(true);
                }
                paths.lock().unwrap().push(path);
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\
                     Connection: close\r\n\r\n{body}",
                    body.len()
                );
                stream.write_all(answer.as_bytes()).await.ok();
            });
        }
    });
    (address, requested)
}

/// A request's first line, and the status of the response.
type Exchange = (String, String);

/// A proxy in front of the account that records requests and responses. It adds `Connection:
/// close`, so that each connection has one request.
async fn serve_witness(account: SocketAddr) -> (SocketAddr, Arc<Mutex<Vec<Exchange>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen: Arc<Mutex<Vec<Exchange>>> = Arc::default();
    let exchanges = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut browser, _)) = listener.accept().await {
            let exchanges = Arc::clone(&exchanges);
            tokio::spawn(async move {
                let requested = head(&mut browser).await;
                if requested.is_empty() {
                    // Browsers open connections in advance.
                    return;
                }
                let mut account = TcpStream::connect(account).await.unwrap();
                let once = requested
                    .replacen("\r\n", "\r\nConnection: close\r\n", 1)
                    .replace("Connection: keep-alive\r\n", "");
                account.write_all(once.as_bytes()).await.unwrap();
                let (mut from_browser, mut to_browser) = browser.split();
                let (mut from_account, mut to_account) = account.split();
                let mut answer = Vec::new();
                tokio::select! {
                    _ = from_account.read_to_end(&mut answer) => {}
                    () = async {
                        tokio::io::copy(&mut from_browser, &mut to_account).await.ok();
                        std::future::pending().await
                    } => {}
                }
                let line = requested.lines().next().unwrap_or_default().to_owned();
                let text = String::from_utf8_lossy(&answer).into_owned();
                let status = text.split(' ').nth(1).unwrap_or_default().to_owned();
                exchanges.lock().unwrap().push((line, status));
                to_browser.write_all(&answer).await.ok();
            });
        }
    });
    (address, seen)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_shows_the_account_but_no_page_can_use_it() {
    let Some(browser) = Browser::find().await else {
        return;
    };
    let world = DoorWorld::local().await;
    let (witness, seen) = serve_witness(world.account.address()).await;
    let page = PAGE
        .replace("ACCOUNT", &format!("http://{witness}"))
        .replace("QUERY", QUERY);

    // Another port of this machine, which is the same site; and another site.
    for host in ["127.0.0.1", "localhost"] {
        let (server, requested) = serve_page(page.clone()).await;
        browser
            .open(&format!("http://{host}:{}/", server.port()))
            .await;
        let seen: Vec<Exchange> = seen.lock().unwrap().drain(..).collect();
        let tried: Vec<_> = seen
            .iter()
            .filter(|(line, _)| !line.contains("favicon"))
            .collect();
        assert_eq!(tried.len(), TRIED.len(), "{host}: {seen:?}");
        for ((line, status), begin) in tried.into_iter().zip(TRIED) {
            assert!(line.starts_with(begin), "{host}: {line}");
            assert_eq!(status, "403", "{host}: {line}");
        }
        let requested: Vec<_> = requested.lock().unwrap().drain(..).collect();
        assert!(requested.contains(&"/done".to_owned()), "{requested:?}");
        for wrong in ["/read", "/written"] {
            assert!(!requested.contains(&wrong.to_owned()), "{requested:?}");
        }
    }
    assert_eq!(world.requested_operations("sts"), [""; 0]);

    // A user who types the address sees the account; a page that leads there by another name does
    // not.
    let own = format!("http://{}/_local/messages", world.account.address());
    let shown = browser.open(&own).await;
    assert!(shown.contains("[]"), "{shown}");
    let rebound = format!("http://evil.example:{}/_local/messages", world.port());
    let shown = browser.open(&rebound).await;
    assert!(shown.contains("--allow-host"), "{shown}");
    world.account.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_keeps_the_token_in_a_cookie() {
    let Some(browser) = Browser::find().await else {
        return;
    };
    let world = DoorWorld::start([0, 0, 0, 0], &[]).await;
    let url = format!("{}/_local/messages", world.account.endpoint_url());
    let shown = browser.open(&url).await;
    assert!(shown.contains("must carry the token"), "{shown}");
    let token = world.account.token().unwrap();
    let shown = browser.open(&format!("{url}?token={token}")).await;
    assert!(shown.contains("[]"), "{shown}");
    world.account.shutdown().await;
}
