//! Amazon's DynamoDB Local, for promises that must not rest on one emulator.
//!
//! It needs Java 17 and Maven, so tests use it only with `DYNAMODB_LOCAL=1`.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use local_toolchain::Cache;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::Failure;

/// The environment variable that enables DynamoDB Local when it is `1`.
pub const SWITCH: &str = "DYNAMODB_LOCAL";

/// A JVM needs a second or two until it listens, and longer on a busy machine.
const START_LIMIT: Duration = Duration::from_secs(60);

/// A running DynamoDB Local without tables. Dropping it stops the process.
pub struct DynamoDbLocal {
    /// The address on which it listens.
    pub endpoint_url: String,
    _java: Child,
}

impl DynamoDbLocal {
    /// Starts a process if [`SWITCH`] is set; otherwise reports that the test is skipped.
    pub async fn start_if_enabled() -> Result<Option<Self>, Failure> {
        if std::env::var_os(SWITCH).is_none_or(|value| value != "1") {
            crate::report!(
                "skipped: {SWITCH}=1 runs this against Amazon's DynamoDB Local (Java, Maven)"
            );
            return Ok(None);
        }
        Self::start().await.map(Some)
    }

    async fn start() -> Result<Self, Failure> {
        let jars = jars().await?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut java = Command::new("java")
            .arg(format!("-Djava.library.path={}", jars.display()))
            .arg("-cp")
            .arg(jars.join("*"))
            .arg("com.amazonaws.services.dynamodbv2.local.main.ServerRunner")
            .args(["-inMemory", "-disableTelemetry", "-port", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let listening = async {
            while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                if let Some(status) = java.try_wait()? {
                    return Err(Failure::from(format!("DynamoDB Local ended with {status}")));
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(())
        };
        tokio::time::timeout(START_LIMIT, listening).await??;
        Ok(Self {
            endpoint_url: format!("http://127.0.0.1:{port}"),
            _java: java,
        })
    }
}

/// Returns the directory of the jars, which Maven fetches once per machine.
async fn jars() -> Result<PathBuf, Failure> {
    let directory = Cache::of_user()?.root().join("dynamodb-local-2.6.1");
    if directory.is_dir() {
        return Ok(directory);
    }
    let parent = directory.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent)?;
    let fresh = tempfile::tempdir_in(parent)?;
    let fetched = Command::new("mvn")
        .args([
            "-q",
            "-B",
            "dependency:copy-dependencies",
            "-DincludeScope=runtime",
        ])
        .arg(format!("-DoutputDirectory={}", fresh.path().display()))
        .arg("-f")
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/dynamodb-local/pom.xml"
        ))
        .output()
        .await?;
    if !fetched.status.success() {
        let printed = String::from_utf8_lossy(&fetched.stdout);
        return Err(format!("Maven could not fetch DynamoDB Local: {printed}").into());
    }
    // Another process may have created the same directory meanwhile.
    match std::fs::rename(fresh.path(), &directory) {
        Ok(()) => drop(fresh.keep()),
        Err(error) if !directory.is_dir() => return Err(error.into()),
        Err(_) => {}
    }
    Ok(directory)
}
