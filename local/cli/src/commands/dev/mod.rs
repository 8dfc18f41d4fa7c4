//! A line that is redeployed and called again after each change of its files.
//!
//! [`changes`] and [`diff`] decide without IO: what a changed file requires, and what differs between two
//! rounds of calls. `sources` reads the files, `watch` waits for changes, `round` builds and applies, and
//! `heard` places the calls.

mod changes;
pub mod diff;
mod heard;
mod round;
mod sources;
pub(crate) mod watch;

use std::convert::Infallible;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use local_harness::progress::{Steps, seconds};
use local_harness::root::Kind;
use local_terminal::{chain, tell};
use local_toolchain::{Progress, StackFiles};
use serde_json::{Value, json};

use self::diff::{Difference, diff};
use self::heard::Heard;
use self::round::{Function, WatchedLine};
use super::{checkout, toolchain, up};
use crate::interrupt::interrupted;
use crate::options::{Dev, PlannedCall, RootOption};
use crate::screen::{Printed, Screen};

/// The limit for an interrupted Terraform to stop; it waits for nothing but its own disk.
const SETTLING_TIME: Duration = Duration::from_secs(10);

/// Runs a line until Ctrl-C.
///
/// # Errors
/// When a tool is missing, the stack does not exist, or the address is in use. An error in a changed file
/// is shown and does not end the command.
pub async fn run(options: &Dev, root: &RootOption, screen: Screen) -> anyhow::Result<()> {
    let repository = checkout("dev", root, screen.format())?;
    let stack = round::find_stack(&repository, &options.example)?;
    let steps = Arc::new(Steps::new());
    let running = up::start(&options.account, screen).await?;
    let mut stop = pin!(interrupted());
    let mut line = None;
    let worked = tokio::select! {
        // Checked first: after Ctrl-C, nothing but this may interrupt Terraform.
        biased;
        pressed = &mut stop => pressed,
        failed = work(&options.calls, (repository, stack), &running, &steps, screen, &mut line) => {
            failed.map(|never| match never {})
        }
    };
    steps.end(false);
    // An interrupted Terraform sends requests to the account until it has stopped.
    local_toolchain::settle(SETTLING_TIME).await;
    let back = match &mut line {
        Some(line) => go_back(line, screen).await,
        None => Ok(()),
    };
    local_toolchain::settle(SETTLING_TIME).await;
    drop(line);
    let gone = running.end(screen).await;
    worked.and(back).and(gone)
}

/// Deploys the line, then follows its files. Returns only errors.
async fn work<'a>(
    calls: &'a [PlannedCall],
    (repository, stack): (PathBuf, StackFiles),
    running: &'a up::Running,
    steps: &Arc<Steps>,
    screen: Screen,
    line: &mut Option<WatchedLine<'a>>,
) -> anyhow::Result<Infallible> {
    let account = &running.account;
    screen.say(&format!(
        "Call the line in a browser, and see where each call is: {}

An AWS account listens on {}. Press Ctrl-C to stop it and delete everything in it.

To use it from another terminal, with `cargo run -- call`, `cargo run -- messages` and so on:

{}
",
        running.page_address(),
        account.endpoint_url(),
        running.how_to_reach()
    ))?;
    running.announce(screen)?;
    let toolchain = toolchain(Kind::Checkout, Arc::clone(steps) as Arc<dyn Progress>).await?;
    let steps = Arc::clone(steps);
    let elsewhere = stack.source_elsewhere()?;
    if let Some(source) = &elsewhere {
        screen.say(&format!(
            "The module {source} is outside this checkout and the stack, so Terraform runs in {} \
             and keeps its state there.",
            stack.stack().display()
        ))?;
    }
    let in_place = elsewhere.is_some();
    let prepared = WatchedLine::prepare(
        account, calls, repository, stack, in_place, toolchain, steps,
    )
    .await?;
    let line = line.insert(prepared);
    // Before the first round, so that no change is missed.
    let mut watch = line.watch()?;
    let mut rounds = Rounds::new(screen);
    let began = Instant::now();
    let result = line.round().await;
    rounds.show(&[], began, line.function(), result)?;
    loop {
        screen.say("Waiting for changes.")?;
        let began = watch.next().await?;
        let changed = line.take_changes()?;
        if !changed.is_empty() {
            let result = line.round().await;
            rounds.show(&changed, began, line.function(), result)?;
        }
    }
}

/// Makes the line run the zip in `dist` again, and prints what it runs now.
async fn go_back(line: &mut WatchedLine<'_>, screen: Screen) -> anyhow::Result<()> {
    let said = line.go_back().await?;
    screen.say(&format!("\n{said}"))?;
    screen.result(json!({ "type": "restored", "sentence": said }))?;
    Ok(())
}

/// The rounds so far, of which the last successful one is kept.
struct Rounds {
    screen: Screen,
    number: usize,
    heard: Vec<Heard>,
}

impl Rounds {
    fn new(screen: Screen) -> Self {
        Self {
            screen,
            number: 0,
            heard: Vec::new(),
        }
    }

    /// Shows the result of a round that the change of these files has caused.
    fn show(
        &mut self,
        changed: &[PathBuf],
        began: Instant,
        function: Option<&Function>,
        result: anyhow::Result<Vec<Heard>>,
    ) -> Printed {
        self.number += 1;
        let took = began.elapsed();
        let cause = cause(changed);
        let function = function.map(Function::name);
        let mut report = json!({
            "type": "round",
            "round": self.number,
            "changed": changed,
            "seconds": took.as_secs_f64(),
            "function": function,
        });
        match result {
            Ok(heard) => {
                for (index, now) in heard.iter().enumerate() {
                    self.show_call(now, now.before(&self.heard, index))?;
                }
                report["calls"] = self.calls(&heard);
                let function = function.unwrap_or_default();
                self.screen.say(&format!(
                    "\nRound {}: {cause}, called after {}; the function is {function}.",
                    self.number,
                    seconds(took)
                ))?;
                self.heard = heard;
            }
            Err(error) => {
                report["error"] = chain(&error).into();
                tell(format_args!("error: {}", chain(&error)));
                self.screen.say(&format!(
                    "\nRound {}: {cause}, failed after {}. The line keeps answering as before.",
                    self.number,
                    seconds(took)
                ))?;
            }
        }
        self.screen.result(report)
    }

    fn show_call(&self, now: &Heard, before: Option<&Heard>) -> Printed {
        self.screen.heading(now.from.as_deref(), &now.to)?;
        match before {
            None => self.screen.lines(&now.lines),
            Some(before) => self.screen.differences(&diff(&before.lines, &now.lines)),
        }
    }

    /// Returns every line of every call with its change, for the JSON output.
    fn calls(&self, heard: &[Heard]) -> Value {
        let call = |(index, now): (usize, &Heard)| {
            let before = now.before(&self.heard, index);
            let before = before.map_or(&[][..], |before| &before.lines);
            let lines: Vec<Difference<'_>> = diff(before, &now.lines);
            json!({ "from": now.from, "to": now.to, "lines": lines })
        };
        heard.iter().enumerate().map(call).collect()
    }
}

/// Describes the cause of a round.
fn cause(changed: &[PathBuf]) -> String {
    match changed {
        [] => "first deployment".to_owned(),
        [one] => format!("{} changed", one.display()),
        [first, more @ ..] => format!("{} and {} more changed", first.display(), more.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_names_one_file_and_counts_the_rest() {
        let cause = |paths: &[&str]| cause(&paths.iter().map(PathBuf::from).collect::<Vec<_>>());
        assert_eq!(cause(&["main.tf"]), "main.tf changed");
        assert_eq!(cause(&["a.tf", "b.tf", "c.tf"]), "a.tf and 2 more changed");
    }
}
