//! Deploy the campaign line into an AWS account on this machine, and call it.

use std::process::ExitCode;

use clap::Parser;
use connect_local::commands;
use connect_local::options::{Command, Demo, Language, Options, StackCommand};
use connect_local::screen::Screen;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    // What goes wrong inside the account is for whoever looks for it: RUST_LOG=debug shows all.
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("error")),
        )
        .with_writer(std::io::stderr)
        .init();

    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("error: {}", connect_local::chain(&error));
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> anyhow::Result<()> {
    let format = options.format;
    let screen = Screen::new(format);
    let command = options.command.unwrap_or(Command::Demo(Demo {
        language: Language::Ja,
    }));
    match command {
        Command::Demo(options) => commands::demo::run(&options, screen).await,
        Command::Up(options) => commands::up::run(&options, screen).await,
        Command::Dev(options) => commands::dev::run(&options, screen).await,
        Command::Call(options) => commands::call::run(&options, screen).await,
        Command::Messages(options) => commands::messages::run(&options, screen).await,
        Command::Faults(options) => commands::faults::run(&options, screen).await,
        Command::Load(options) => commands::load::run(&options, format).await,
        Command::Package(options) => commands::package::run(&options, screen).await,
        Command::Stack(options) => match options.command {
            StackCommand::Check(options) => commands::stack::check(&options, screen),
        },
    }
}
