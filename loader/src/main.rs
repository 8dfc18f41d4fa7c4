//! The program `loader`.

use std::process::ExitCode;

use clap::Parser;
use loader::load;
use loader::options::Options;
use loader::screen::Screen;
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("error")),
        )
        .with_writer(std::io::stderr)
        .finish()
        .with(filter_fn(may_be_logged))
        .init();
    match load::run(&options.load, Screen::new(options.format)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("error: {}", chain(&error));
            ExitCode::FAILURE
        }
    }
}

/// All but the requests of SDKs: below a warning they write down whole numbers and PINs, and nobody
/// who looks for something else should come by those.
fn may_be_logged(event: &Metadata<'_>) -> bool {
    *event.level() <= Level::WARN || !event.target().starts_with("aws_")
}

/// The error and its causes, each once: some messages already hold their cause.
fn chain(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str("\n  because: ");
            text.push_str(&cause);
        }
    }
    text
}
