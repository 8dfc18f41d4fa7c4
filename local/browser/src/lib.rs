//! A browser with its driver, for tests of the account's page. It needs `chromium` (or `google-chrome`) and
//! `chromedriver`; where they are absent, a test says that it is skipped.
//!
//! Only tests use this crate: what it cannot do ends the test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why it was skipped"
)]

use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::{Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use thirtyfour::prelude::*;
use thirtyfour::session::http::{Body as DriverBody, HttpClient};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The time after which something that a page must show counts as missing. Other tests use the machine, too.
pub const SHOWN: Duration = Duration::from_secs(60);
/// The pause between two looks at the page.
pub const LOOK: Duration = Duration::from_millis(50);
/// The largest answer of the driver: a picture of a whole page.
const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// The HTTP client of this workspace, for the driver.
#[derive(Clone)]
struct Http(Client<HttpConnector, Body>);

impl Http {
    fn fresh() -> Self {
        Self(Client::builder(TokioExecutor::new()).build_http())
    }

    async fn ask(&self, request: Request<Body>) -> Response<Bytes> {
        let (head, body) = self.0.request(request).await.unwrap().into_parts();
        let body = to_bytes(Body::new(body), MAX_ANSWER).await.unwrap();
        Response::from_parts(head, body)
    }
}

#[async_trait::async_trait]
impl HttpClient for Http {
    async fn send(&self, request: Request<DriverBody<'_>>) -> WebDriverResult<Response<Bytes>> {
        let (head, body) = request.into_parts();
        let body = match body {
            DriverBody::Empty => Body::empty(),
            DriverBody::Json(value) => Body::from(value.to_string()),
        };
        Ok(self.ask(Request::from_parts(head, body)).await)
    }

    async fn new(&self) -> Arc<dyn HttpClient> {
        Arc::new(Self::fresh())
    }
}

/// A browser that resolves no name, so that nothing leaves this machine.
pub struct Browser {
    /// The session with the driver.
    pub driver: WebDriver,
    http: Http,
    session: String,
    /// Ended when dropped.
    _process: Child,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts a browser; if there is none, prints that the test is skipped and returns `None`.
    pub async fn start() -> Option<Self> {
        let mut names = ["chromium", "chromium-browser", "google-chrome", "chrome"].into_iter();
        let browser = names.find_map(program);
        let (Some(browser), Some(driver)) = (browser, program("chromedriver")) else {
            eprintln!("skipped: this machine has no chromium (or google-chrome) and chromedriver");
            return None;
        };
        let mut process = Command::new(driver)
            .arg("--port=0")
            // The page speaks the language of the browser until the user chooses one.
            .env("LANGUAGE", "en_US")
            .env("LANG", "en_US.UTF-8")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next_line().await.unwrap();
            let line = line.expect("the driver must say on which port it listens");
            if let Some((_, port)) = line.split_once("successfully on port ") {
                break port.trim_end_matches('.').to_owned();
            }
        };
        // A pipe that nobody reads would block the driver.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });

        let profile = tempfile::tempdir().unwrap();
        let mut capabilities = DesiredCapabilities::chrome();
        capabilities.set_binary(&browser).unwrap();
        for argument in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--no-proxy-server",
            "--disable-background-networking",
            "--hide-scrollbars",
            "--lang=en-US",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            "--window-size=1440,1000",
            &format!("--user-data-dir={}", profile.path().display()),
        ] {
            capabilities.add_arg(argument).unwrap();
        }
        let log = json!({ "performance": "ALL", "browser": "ALL" });
        capabilities.set("goog:loggingPrefs", log).unwrap();
        let http = Http::fresh();
        let address = format!("http://127.0.0.1:{port}");
        let driver = WebDriver::builder(&address, capabilities).client(http.clone());
        let driver = driver.await.unwrap();
        let session = format!("{address}/session/{}", driver.handle().session_id());
        Some(Self {
            driver,
            http,
            session,
            _process: process,
            _profile: profile,
        })
    }

    /// Sends the driver a command that is Chrome's own.
    async fn command(&self, path: &str, body: &Value) -> Value {
        let request = Request::post(format!("{}/{path}", self.session))
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        let answer = self.http.ask(request).await;
        let mut value: Value = serde_json::from_slice(answer.body()).unwrap();
        assert!(answer.status().is_success(), "{path}: {value}");
        value["value"].take()
    }

    /// Sends a command of the protocol of Chrome's developer tools.
    pub async fn tools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.command("goog/cdp/execute", &body).await
    }

    /// Takes the entries of a log since the last time.
    pub async fn log(&self, kind: &str) -> Vec<Value> {
        let entries = self.command("se/log", &json!({ "type": kind })).await;
        entries.as_array().unwrap().clone()
    }

    /// Makes the screen as wide as that of a telephone or a desk.
    pub async fn resize(&self, width: u32, height: u32) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.tools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Selects the colours that the user prefers, `light` or `dark`, without motion.
    pub async fn prefer(&self, scheme: &str) {
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        let media = json!({ "features": features });
        self.tools("Emulation.setEmulatedMedia", media).await;
    }

    /// Returns the first element of a selector once it is there.
    pub async fn find(&self, selector: &str) -> WebElement {
        let found = self.driver.query(By::Css(selector)).wait(SHOWN, LOOK);
        match found.first().await {
            Ok(found) => found,
            Err(error) => panic!("{selector}: {error}\n{}", self.shown().await),
        }
    }

    /// Returns the element of a selector that has this text once it is there.
    pub async fn find_text(&self, selector: &str, text: &str) -> WebElement {
        let wanted = text.to_owned();
        let found = self.driver.query(By::Css(selector)).wait(SHOWN, LOOK);
        let found = found.with_filter(move |element: WebElement| {
            let wanted = wanted.clone();
            // An element that the page has replaced meanwhile is looked for again.
            async move {
                Ok(element
                    .text()
                    .await
                    .is_ok_and(|text| text.contains(&wanted)))
            }
        });
        match found.first().await {
            Ok(found) => found,
            Err(error) => panic!("{selector} '{text}': {error}\n{}", self.shown().await),
        }
    }

    /// Clicks the element of a selector.
    pub async fn click(&self, selector: &str) {
        self.click_text(selector, "").await;
    }

    /// Clicks the element of a selector that has this text.
    pub async fn click_text(&self, selector: &str, text: &str) {
        let until = Instant::now() + SHOWN;
        while let Err(error) = self.find_text(selector, text).await.click().await {
            // The page may have replaced the element since it was found, or not show it yet.
            assert!(Instant::now() < until, "{selector} '{text}': {error}");
        }
    }

    /// Returns the value of an expression of JavaScript.
    pub async fn eval(&self, expression: &str) -> Value {
        let script = format!("return ({expression});");
        let value = self.driver.execute(&script, Vec::new()).await;
        let value = value.unwrap_or_else(|error| panic!("{expression}: {error}"));
        value.json().clone()
    }

    /// Returns the value of a promise of JavaScript.
    pub async fn eval_async(&self, promise: &str) -> Value {
        let script =
            format!("const done = arguments[arguments.length - 1]; ({promise}).then(done, done);");
        let value = self.driver.execute_async(&script, Vec::new()).await;
        let value = value.unwrap_or_else(|error| panic!("{promise}: {error}"));
        value.json().clone()
    }

    /// Waits until an expression of JavaScript is true.
    pub async fn until(&self, expression: &str) {
        let script = format!(
            "const done = arguments[arguments.length - 1]; \
             const look = () => ({expression}) ? done(true) : setTimeout(look, 50); look();"
        );
        let waited = self.driver.execute_async(&script, Vec::new());
        match tokio::time::timeout(SHOWN, waited).await {
            Ok(Ok(_)) => {}
            other => panic!("{expression}: {other:?}\n{}", self.shown().await),
        }
    }

    /// Returns the text of the page and its log, for a test that fails.
    async fn shown(&self) -> String {
        let text = self.eval("document.body.innerText").await;
        let log = self.log("browser").await;
        format!("{}\n{log:?}", text.as_str().unwrap_or_default())
    }

    /// Takes a picture of what is shown.
    pub async fn screenshot(&self) -> Vec<u8> {
        self.driver.screenshot_as_png().await.unwrap()
    }

    /// Ends the session, and with it the browser.
    pub async fn quit(self) {
        self.driver.quit().await.unwrap();
    }
}

/// Returns a program if the machine has it.
fn program(name: &str) -> Option<String> {
    let found = std::process::Command::new(name)
        .arg("--version")
        .stdin(Stdio::null())
        .output();
    let found = found.is_ok_and(|output| output.status.success());
    found.then(|| resolved(name)).flatten()
}

/// Returns the path of a program, which the driver needs.
fn resolved(name: &str) -> Option<String> {
    let paths = std::env::var_os("PATH")?;
    let mut places = std::env::split_paths(&paths).map(|place| place.join(name));
    let found = places.find(|place| place.is_file())?;
    Some(found.to_string_lossy().into_owned())
}
