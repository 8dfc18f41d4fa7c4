//! The function's entry point.

use std::process::ExitCode;

use aws_sdk_sns::config::SharedHttpClient;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use connect_pin_sms::program::{self, WarmUp};

/// One invocation at a time, and all it does is wait: one thread is enough.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    program::log_to_stdout();
    match program::serve(https, WarmUp::None).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(cause = %error, "the function stops");
            ExitCode::FAILURE
        }
    }
}

/// HTTPS by rustls on ring: a smaller binary than with the SDK's default, and one that any C compiler
/// can build for the other architecture.
fn https(idle_connections: Option<usize>) -> SharedHttpClient {
    let mut builder = aws_smithy_http_client::Builder::new();
    builder.set_pool_max_idle_per_host(idle_connections);
    builder
        .tls_provider(Provider::rustls(CryptoMode::Ring))
        .build_https()
}
