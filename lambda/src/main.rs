//! The function's entry point.

use std::process::ExitCode;

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use connect_pin_sms::aws::https;
use connect_pin_sms::aws::program;

/// One invocation at a time, and all it does is wait: one thread is enough.
///
/// TLS is on ring: a smaller binary than with the SDK's default, and one that any C compiler can build
/// for the other architecture.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    program::run(|idle_connections| https::client(CryptoMode::Ring, idle_connections)).await
}
