//! TLS on aws-lc, the SDK's own choice.

use std::process::ExitCode;

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use connect_pin_sms::program::WarmUp;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let https = |idle_connections| bench_variants::by(CryptoMode::AwsLc, idle_connections);
    bench_variants::run(https, WarmUp::None).await
}
