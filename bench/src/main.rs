//! Measures, prints and writes down.

use std::process::ExitCode;
use std::sync::Arc;

use bench::functions::{self, Effort, Packages};
use bench::options::Options;
use clap::Parser;
use connect_local::deployment::repository;
use connect_local::progress::Steps;
use local_toolchain::{Cache, Progress, Toolchain};

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> anyhow::Result<()> {
    let steps = Arc::new(Steps::new());
    let repository = repository()?;
    let toolchain = Toolchain::detect(
        Cache::of_user()?,
        Arc::clone(&steps) as Arc<dyn Progress>,
    )
    .await?;
    let packages = Packages::make(&toolchain, &repository, steps.as_ref()).await?;
    let effort = if options.quick { Effort::QUICK } else { Effort::FULL };
    let found = functions::run(&packages, effort, steps.as_ref()).await?;
    steps.done();
    anstream::println!("{}", serde_json::to_string_pretty(&found)?);
    Ok(())
}
