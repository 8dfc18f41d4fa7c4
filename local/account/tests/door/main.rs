//! The account's door, tested from outside: with real AWS clients, with the requests that browsers
//! send, and with a browser.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test prints its expectation, and why it was skipped"
)]

mod browser;
mod changes;
mod clients;
mod function;
mod raw;
mod test_cases;
mod token;
mod upstream;

use std::net::SocketAddr;

use local_account::{Account, AccountConfig};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An account and the work directory of its functions.
struct DoorWorld {
    account: Account,
    _place: TempDir,
}

impl DoorWorld {
    /// Starts an account on an address, with additional host names.
    async fn start(address: [u8; 4], names: &[&str]) -> Self {
        let place = tempfile::tempdir().unwrap();
        let mut config = AccountConfig::new(SocketAddr::from((address, 0)), place.path());
        config.host_names = names.iter().map(|name| name.parse().unwrap()).collect();
        Self {
            account: Account::start(config).await.unwrap(),
            _place: place,
        }
    }

    async fn local() -> Self {
        Self::start([127, 0, 0, 1], &[]).await
    }

    fn port(&self) -> u16 {
        self.account.address().port()
    }

    /// Sends a request with `Connection: close` unchanged, except for `PORT`, and reads the
    /// response.
    async fn send(&self, request: &str) -> String {
        let request = request.replace("PORT", &self.port().to_string());
        let mut stream = TcpStream::connect(("127.0.0.1", self.port()))
            .await
            .unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Returns the operations that were requested of a service.
    fn requested_operations(&self, service: &str) -> Vec<String> {
        let requests = self.account.requests().into_iter();
        requests
            .filter(|request| request.service == service)
            .map(|request| request.operation)
            .collect()
    }
}

/// Returns the status of a response.
fn status(answer: &str) -> u16 {
    let status = answer.split(' ').nth(1).unwrap_or_default();
    status
        .parse()
        .unwrap_or_else(|_| panic!("not a response: {answer:?}"))
}
