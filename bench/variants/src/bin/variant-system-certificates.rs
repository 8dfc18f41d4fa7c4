//! Everybody whom the system trusts may vouch for AWS.

use std::process::ExitCode;

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use connect_pin_sms::{https, program};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    program::run(|idle_connections| https::trusting_system(CryptoMode::Ring, idle_connections))
        .await
}
