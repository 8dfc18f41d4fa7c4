//! One look-up before the first invocation.

use std::process::ExitCode;

use connect_pin_sms::program::WarmUp;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    bench_variants::run(bench_variants::ring, WarmUp::Tables).await
}
