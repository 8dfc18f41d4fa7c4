//! Measures, prints and writes down.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use bench::calls;
use bench::cargo_run;
use bench::functions::{self, Packages};
use bench::machine::Machine;
use bench::options::{Command, Options};
use bench::report::{self, Results, Section};
use bench::variants;
use clap::Parser;
use connect_local::deployment::repository;
use connect_local::options::Format;
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
    let repository = repository()?;
    match options.command {
        Some(Command::HoldOpen { calls }) => return calls::hold_open(calls).await,
        Some(Command::Document) => return report::write(&repository, &report::read(&repository)?),
        _ => {}
    }
    let steps = Arc::new(Steps::new());
    let found = measure(&options, &repository, &steps).await;
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
    options: &Options,
    repository: &Path,
    steps: &Arc<Steps>,
) -> anyhow::Result<Results> {
    let mut results = Results::default();
    if options.command == Some(Command::CargoRun) {
        let warm_runs = if options.quick { 1 } else { 3 };
        results.cargo_run = Some(Section {
            machine: Machine::of_this_run(),
            figures: cargo_run::run(repository, warm_runs, steps.as_ref()).await?,
        });
        return Ok(results);
    }
    let progress = Arc::clone(steps) as Arc<dyn Progress>;
    let toolchain = Toolchain::detect(Cache::of_user()?, progress).await?;
    let functions_effort = if options.quick {
        functions::Effort::QUICK
    } else {
        functions::Effort::FULL
    };
    if options.command == Some(Command::Variants) {
        let found = variants::run(&toolchain, repository, functions_effort, steps.as_ref());
        results.variants = Some(Section {
            machine: Machine::of_this_run(),
            figures: found.await?,
        });
        return Ok(results);
    }
    let wants = |command| options.command.is_none_or(|only| only == command);
    if wants(Command::Functions) {
        let mut packages = Packages::build(&toolchain, repository).await?;
        packages
            .add_others(toolchain.cache(), repository, steps.as_ref())
            .await;
        results.functions = Some(Section {
            machine: Machine::of_this_run(),
            figures: functions::run(&packages, functions_effort, steps.as_ref()).await?,
        });
    }
    if wants(Command::Calls) {
        let effort = if options.quick {
            calls::Effort::quick()
        } else {
            calls::Effort::full()
        };
        results.calls = Some(Section {
            machine: Machine::of_this_run(),
            figures: calls::run(&toolchain, repository, &effort, steps.as_ref()).await?,
        });
    }
    Ok(results)
}

fn print(results: &Results, format: Format) -> anyhow::Result<()> {
    match format {
        Format::Json => anstream::println!("{}", serde_json::to_string(results)?),
        Format::Text => {
            for (name, table) in results.tables()? {
                anstream::println!("\n{name}\n\n{table}");
            }
            let absent = results
                .functions
                .as_ref()
                .map(|section| &section.figures.absent);
            for why in absent.into_iter().flatten() {
                anstream::println!("NOT MEASURED: {why}");
            }
        }
    }
    Ok(())
}
