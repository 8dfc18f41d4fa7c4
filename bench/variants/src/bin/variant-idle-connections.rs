//! Messages may go over a connection that has been used before.

use std::process::ExitCode;

use connect_pin_sms::program::WarmUp;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    bench_variants::run(|_| bench_variants::ring(None), WarmUp::None).await
}
