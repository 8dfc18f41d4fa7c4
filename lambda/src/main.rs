//! The function's entry point.

use std::process::ExitCode;

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use connect_pin_sms::aws::https;
use connect_pin_sms::aws::program;

/// Runs the function on one thread: Lambda sends it one invocation at a time, and most of that time it
/// waits.
///
/// TLS uses ring: the binary is smaller than with the SDK's default, and any C compiler can build it for
/// the other architecture.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    program::run(|idle_connections| https::client(CryptoMode::Ring, idle_connections)).await
}
