//! The program `operator`.

use std::process::ExitCode;

use anyhow::Context;
use local_terminal::{fail, log_line, parse};
use operator::commands::{self, End};
use operator::options::Options;
use operator::screen::Screen;
use tokio::runtime::Runtime;
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

fn main() -> ExitCode {
    let options = match parse::<Options>() {
        Ok(options) => options,
        Err(code) => return code,
    };
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("error")),
        )
        .with_writer(log_line)
        // If a log line cannot be written, there is nowhere to report that either.
        .log_internal_errors(false)
        .finish()
        .with(filter_fn(may_be_logged))
        .init();
    match start(&options) {
        Ok(End::Done) => ExitCode::SUCCESS,
        Ok(End::Findings) => ExitCode::FAILURE,
        Err(error) => fail(&error),
    }
}

fn start(options: &Options) -> anyhow::Result<End> {
    let runtime = Runtime::new().context("cannot start the async runtime")?;
    runtime.block_on(commands::run(&options.command, Screen::new(options.format)))
}

/// Reports whether an event may be logged: everything but the SDKs' events below a warning. Those
/// contain whole phone numbers and PINs, which must not show up in a log that was turned on for
/// something else.
fn may_be_logged(event: &Metadata<'_>) -> bool {
    *event.level() <= Level::WARN || !event.target().starts_with("aws_")
}
