//! The command of the bench: measures, prints the figures and writes the document.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use bench::calls;
use bench::cargo_run;
use bench::functions::{self, Packages, Peers};
use bench::options::{Command, Format, Options};
use bench::report::{self, Results, Section};
use clap::Parser;
use local_harness::progress::Steps;
use local_harness::repository;
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

/// A part of the bench.
#[derive(Clone, Copy)]
enum Measurement {
    Functions,
    Calls,
    CargoRun,
}

async fn run(options: Options) -> anyhow::Result<()> {
    let repository = repository()?;
    let measurements: &[Measurement] = match options.command {
        Some(Command::HoldOpen { calls }) => return calls::hold_open(calls).await,
        Some(Command::Document) => return report::write(&repository, &report::read(&repository)?),
        Some(Command::Functions) => &[Measurement::Functions],
        Some(Command::Calls) => &[Measurement::Calls],
        Some(Command::CargoRun) => &[Measurement::CargoRun],
        None => &[Measurement::Functions, Measurement::Calls],
    };
    let steps = Arc::new(Steps::new());
    let found = measure(measurements, options.quick, &repository, &steps).await;
    match &found {
        Ok(_) => steps.done(),
        Err(_) => steps.failed(),
    }
    let found = found?;
    print(&found, options.format)?;
    if options.write {
        let mut results = report::read(&repository)?;
        results.update(found);
        report::write(&repository, &results)?;
    }
    Ok(())
}

async fn measure(
    measurements: &[Measurement],
    quick: bool,
    repository: &Path,
    steps: &Arc<Steps>,
) -> anyhow::Result<Results> {
    let progress = Arc::clone(steps) as Arc<dyn Progress>;
    let toolchain = Toolchain::detect(Cache::of_user()?, progress).await?;
    let mut results = Results::default();
    for measurement in measurements {
        let run = measurement.run(quick, repository, &toolchain, steps.as_ref(), &mut results);
        run.await?;
    }
    Ok(results)
}

impl Measurement {
    /// Measures, and adds the figures to `results`.
    async fn run(
        self,
        quick: bool,
        repository: &Path,
        toolchain: &Toolchain,
        progress: &dyn Progress,
        results: &mut Results,
    ) -> anyhow::Result<()> {
        match self {
            Self::Functions => {
                let (effort, peers) = if quick {
                    (functions::Effort::QUICK, Peers::QuicklyBuilt)
                } else {
                    (functions::Effort::FULL, Peers::All)
                };
                let mut packages = Packages::build(toolchain, repository).await?;
                packages
                    .add_peers(peers, toolchain, repository, progress)
                    .await;
                let figures = functions::run(&packages, effort, progress);
                results.functions = Some(Section::of_this_run(figures.await?));
            }
            Self::Calls => {
                let effort = if quick {
                    calls::Effort::quick()
                } else {
                    calls::Effort::full()
                };
                let figures = calls::run(toolchain, repository, &effort, progress);
                results.calls = Some(Section::of_this_run(figures.await?));
            }
            Self::CargoRun => {
                let warm_runs = if quick { 1 } else { 3 };
                let figures = cargo_run::run(repository, warm_runs, progress);
                results.cargo_run = Some(Section::of_this_run(figures.await?));
            }
        }
        Ok(())
    }
}

fn print(results: &Results, format: Format) -> anyhow::Result<()> {
    match format {
        Format::Json => anstream::println!("{}", serde_json::to_string(results)?),
        Format::Text => {
            for (name, table) in results.tables()? {
                anstream::println!("\n{name}\n\n{table}");
            }
            for why in results.absent() {
                anstream::println!("NOT MEASURED: {why}");
            }
        }
    }
    Ok(())
}
