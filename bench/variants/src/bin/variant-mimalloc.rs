//! Another allocator.

use std::process::ExitCode;

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use connect_pin_sms::{https, program};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    program::run(|idle_connections| https::client(CryptoMode::Ring, idle_connections)).await
}
