//! Counts the instructions of the function's rules, and compares them with the table.
//!
//! ```sh
//! cargo run -p bench-instructions --profile lambda             # fails if a count grew
//! cargo run -p bench-instructions --profile lambda -- --write  # after a change that justifies the growth
//! ```
//!
//! Times differ between runs, but the instructions of the same work hardly do. The program runs itself under
//! callgrind, and repeats each work a few times and then many times; the difference is the work alone. It is
//! built like the function, without an SDK.

mod table;
mod works;

use std::collections::BTreeMap;
use std::env;
use std::io::Write;
use std::process::{Command, ExitCode};

use anyhow::{Context, bail, ensure};

use crate::table::Table;
use crate::works::Work;

/// The repetitions of each work. The difference excludes the start and the first repetition.
const FEW: u64 = 20;
const MANY: u64 = 220;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        [] => check(),
        ["--write"] => write(),
        ["--work", name, times] => work(name, times),
        _ => Err(anyhow::anyhow!(
            "usage: bench-instructions [--write]; without it the counts are compared with the table"
        )),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn work(name: &str, times: &str) -> anyhow::Result<()> {
    let work = Work::ALL.into_iter().find(|work| work.name() == name);
    work.with_context(|| format!("the work must be one of the table, but was '{name}'"))?
        .run(times.parse()?)
}

fn check() -> anyhow::Result<()> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        print("NOT CHECKED: valgrind was not found; install it to count instructions.");
        return Ok(());
    }
    let expected = Table::read()?;
    let found = count()?;
    let mut grown = Vec::new();
    print(&format!(
        "{:<28} {:>10} {:>10} {:>8}",
        "instructions", "table", "now", ""
    ));
    for (name, now) in &found {
        let was = expected.counts.get(name);
        let was = *was.with_context(|| {
            format!("the table must have {name}; count with --write and commit the table")
        })?;
        let change = *now as f64 / was as f64 - 1.0;
        print(&format!(
            "{name:<28} {was:>10} {now:>10} {:>+7.1}%",
            change * 100.0
        ));
        if table::has_grown(was, *now) {
            grown.push(name.as_str());
        }
    }
    ensure!(
        grown.is_empty(),
        "{} grew by more than {} % since {}. Find the cause; if the growth is justified, or the compiler \
         has changed, count with --write and commit the table",
        grown.join(", "),
        table::MOST_GROWTH_PERCENT,
        expected.rustc,
    );
    Ok(())
}

fn write() -> anyhow::Result<()> {
    let rustc = Command::new("rustc").arg("--version").output()?;
    Table {
        rustc: String::from_utf8(rustc.stdout)?.trim().to_owned(),
        counts: count()?,
    }
    .write()
}

fn count() -> anyhow::Result<BTreeMap<String, u64>> {
    let mut counts = BTreeMap::new();
    for work in Work::ALL {
        let (few, many) = (under_callgrind(work, FEW)?, under_callgrind(work, MANY)?);
        let one = many.saturating_sub(few) / (MANY - FEW);
        ensure!(
            one > 0,
            "{} must take at least one instruction",
            work.name()
        );
        counts.insert(work.name().to_owned(), one);
    }
    Ok(counts)
}

/// Counts the instructions of a process that repeats the work.
fn under_callgrind(work: Work, times: u64) -> anyhow::Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe()?)
        .args(["--work", work.name(), &times.to_string()])
        .output()
        .context("cannot run valgrind")?;
    let log = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("{} failed under valgrind:\n{log}", work.name());
    }
    log.lines()
        .find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
        .with_context(|| format!("callgrind must print a count, but printed:\n{log}"))
}

fn print(line: &str) {
    // A closed output needs no more lines.
    writeln!(std::io::stdout(), "{line}").ok();
}
