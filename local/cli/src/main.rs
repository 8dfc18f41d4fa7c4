//! Deploy the campaign line into an AWS account on this machine, and call it.

use std::process::ExitCode;

use anyhow::Context;
use clap::CommandFactory;
use connect_local::commands;
use connect_local::commands::test::Unreadable;
use connect_local::interrupt::wait_if_ending;
use connect_local::options::{Command, Demo, Language, Options, StackCommand};
use connect_local::program::Program;
use connect_local::screen::Screen;
use local_process::{end_everything_below, serve_subcommand, start_through_itself};
use local_terminal::{fail, log_line, parse_as, tell};
use local_toolchain::remove_work_directories;
use tokio::runtime::Runtime;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    // First of all: this process may have been started to become another program.
    if let Some(code) = serve_subcommand() {
        return code;
    }
    let options = match parse_as(Program::own().called(Options::command())) {
        Ok(options) => options,
        Err(code) => return code,
    };
    // Errors inside the account are logged, and what a published flow cannot do here; RUST_LOG=debug
    // logs everything.
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| {
            EnvFilter::new(
                "error,local_account::door=warn,local_account::signers=warn,\
                 local_connect::control=warn",
            )
        }))
        .with_writer(log_line)
        // If the log cannot be written, there is nowhere to report it.
        .log_internal_errors(false)
        .init();
    match start(options) {
        Ok(code) => code,
        // As for a wrong command line: the tests did not fail, they could not be read.
        Err(error) if error.is::<Unreadable>() => {
            tell(format_args!("error: {error}"));
            ExitCode::from(2)
        }
        Err(error) => fail(&error),
    }
}

fn start(options: Options) -> anyhow::Result<ExitCode> {
    start_through_itself().context("cannot set up programs to end with this one")?;
    let runtime = Runtime::new().context("cannot start the worker threads")?;
    let done = runtime.block_on(run(options));
    wait_if_ending();
    // Everything that was started has ended by now, unless something failed; this ends what is left.
    end_everything_below();
    remove_work_directories();
    // The account may still be working on requests whose clients have gone; that work ends with the
    // process.
    runtime.shutdown_background();
    done
}

async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let format = || options.format.of_results();
    let screen = || format().map(Screen::new);
    let root = options.root;
    let command = options.command.unwrap_or(Command::Demo(Demo {
        language: Language::Ja,
        keep: false,
        page: false,
    }));
    match command {
        Command::Demo(options) => commands::demo::run(&options, &root, screen()?).await,
        Command::Up(options) => commands::up::run(&options, &root, screen()?).await,
        Command::Dev(options) => commands::dev::run(&options, &root, screen()?).await,
        Command::Call(options) => commands::call::run(&options, screen()?).await,
        Command::Messages(options) => commands::messages::run(&options, screen()?).await,
        Command::Numbers(options) => commands::numbers::run(&options, screen()?).await,
        Command::Faults(options) => commands::faults::run(&options, screen()?).await,
        Command::Exec(options) => commands::exec::run(&options).await,
        Command::Completions(options) => {
            commands::completions::run(&options).map_err(anyhow::Error::from)
        }
        Command::Load(options) => commands::operator::run("load", &options, &root, format()?).await,
        Command::Members(options) => {
            commands::operator::run("members", &options, &root, format()?).await
        }
        Command::Campaigns(options) => {
            commands::operator::run("campaigns", &options, &root, format()?).await
        }
        Command::Pins(options) => commands::operator::run("pins", &options, &root, format()?).await,
        Command::Rows(options) => commands::operator::run("rows", &options, &root, format()?).await,
        Command::Explain(options) => {
            commands::operator::run("explain", &options, &root, format()?).await
        }
        Command::Forget(options) => {
            commands::operator::run("forget", &options, &root, format()?).await
        }
        Command::Package(options) => commands::package::run(&options, &root, screen()?).await,
        Command::Test(options) => commands::test::run(&options, screen()?).await,
        Command::Stack(options) => match options.command {
            StackCommand::Check(options) => commands::stack::check(&options, &root, screen()?),
        },
        Command::Flow(flow) => {
            return Ok(commands::flow::run(&flow, options.format).await);
        }
    }?;
    Ok(ExitCode::SUCCESS)
}
