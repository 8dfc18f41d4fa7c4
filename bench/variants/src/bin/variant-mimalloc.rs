//! Another allocator.

use std::process::ExitCode;

use connect_pin_sms::program::WarmUp;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    bench_variants::run(bench_variants::ring, WarmUp::None).await
}
