//! Messages may go over a connection that has been used before.

use std::process::ExitCode;

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use connect_pin_sms::{https, program};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    program::run(|_| https::client(CryptoMode::Ring, None)).await
}
