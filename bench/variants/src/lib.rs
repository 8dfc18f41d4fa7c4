//! What the variants share: they are the line's function but for what their names say.

use std::process::ExitCode;

use aws_sdk_sns::config::SharedHttpClient;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use connect_pin_sms::program::{self, HttpClients, WarmUp};

/// Runs the function.
pub async fn run(http_clients: HttpClients, warm_up: WarmUp) -> ExitCode {
    program::log_to_stdout();
    match program::serve(http_clients, warm_up).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(cause = %error, "the function stops");
            ExitCode::FAILURE
        }
    }
}

/// As the line's function speaks HTTPS: by rustls, on ring.
pub fn ring(idle_connections: Option<usize>) -> SharedHttpClient {
    by(CryptoMode::Ring, idle_connections)
}

/// By rustls, on something else.
pub fn by(crypto: CryptoMode, idle_connections: Option<usize>) -> SharedHttpClient {
    let mut builder = aws_smithy_http_client::Builder::new();
    builder.set_pool_max_idle_per_host(idle_connections);
    builder.tls_provider(Provider::rustls(crypto)).build_https()
}
