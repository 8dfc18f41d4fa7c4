//! TLS on aws-lc, the SDK's own choice.

use std::process::ExitCode;

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use connect_pin_sms::{https, program};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    program::run(|idle_connections| https::client(CryptoMode::AwsLc, idle_connections)).await
}
