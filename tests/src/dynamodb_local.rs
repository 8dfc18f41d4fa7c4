//! Amazon's own DynamoDB Local, for promises that must not rest on one emulator.
//!
//! It needs Java 17 and Maven, so it takes part only where `DYNAMODB_LOCAL=1` asks for it.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use local_toolchain::Cache;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::Failure;

/// The switch.
pub const SWITCH: &str = "DYNAMODB_LOCAL";

/// A JVM takes a second or two to listen; a machine with much to do, longer.
const START_LIMIT: Duration = Duration::from_secs(60);

/// A running DynamoDB Local with empty tables. Dropping it ends it.
pub struct DynamoDbLocal {
    /// Where it listens.
    pub endpoint_url: String,
    _java: Child,
}

impl DynamoDbLocal {
    /// Starts one if the switch asks for it; otherwise says why not.
    ///
    /// # Errors
    /// When it is asked for and cannot be had.
    #[allow(clippy::print_stdout, reason = "a test that is skipped says why")]
    pub async fn start_if_asked() -> Result<Option<Self>, Failure> {
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

/// Where the jars are; fetched once a machine.
async fn jars() -> Result<PathBuf, Failure> {
    let place = Cache::of_user()?.root().join("dynamodb-local-2.6.1");
    if place.is_dir() {
        return Ok(place);
    }
    let parent = place.parent().unwrap_or(Path::new("."));
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
        let said = String::from_utf8_lossy(&fetched.stdout);
        return Err(format!("Maven could not fetch DynamoDB Local: {said}").into());
    }
    // Whoever was faster has put the same there.
    match std::fs::rename(fresh.path(), &place) {
        Ok(()) => drop(fresh.keep()),
        Err(error) if !place.is_dir() => return Err(error.into()),
        Err(_) => {}
    }
    Ok(place)
}
