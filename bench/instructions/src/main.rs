//! Counts instructions, and compares them with the table.
//!
//! ```sh
//! cargo run -p bench-instructions --profile lambda             # fails when one grew
//! cargo run -p bench-instructions --profile lambda -- --write  # after a change that is worth it
//! ```
//!
//! Time differs from run to run, the instructions of the same work hardly do. The program runs
//! itself under callgrind, each work so often and then so often again; the difference is the
//! work alone. It is built as the function is, without an SDK.

mod table;
mod works;

use std::collections::BTreeMap;
use std::env;
use std::io::Write;
use std::process::{Command, ExitCode};

use anyhow::{Context, bail, ensure};

use crate::table::Table;
use crate::works::Work;

/// How often each work is done. The first time does what later ones need not.
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
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn work(name: &str, times: &str) -> anyhow::Result<()> {
    let work = Work::ALL.into_iter().find(|work| work.name() == name);
    work.context("there is no such work")?.run(times.parse()?)
}

fn check() -> anyhow::Result<()> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        say("NOT CHECKED: valgrind was not found; install it to count instructions.");
        return Ok(());
    }
    let expected = Table::read()?;
    let found = count()?;
    let mut grown = Vec::new();
    say(&format!(
        "{:<28} {:>10} {:>10} {:>8}",
        "instructions", "table", "now", ""
    ));
    for (name, now) in &found {
        let was = expected.counts.get(name);
        let was = *was.with_context(|| {
            format!("{name} is not in the table; count with --write and commit it")
        })?;
        let change = *now as f64 / was as f64 - 1.0;
        say(&format!(
            "{name:<28} {was:>10} {now:>10} {:>+7.1}%",
            change * 100.0
        ));
        if table::has_grown(was, *now) {
            grown.push(name.as_str());
        }
    }
    ensure!(
        grown.is_empty(),
        "{} grew by more than {} % since {}. Find out why; if it is worth it, or the compiler is \
         another one, count with --write and commit the table",
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
        ensure!(one > 0, "{} takes no instruction", work.name());
        counts.insert(work.name().to_owned(), one);
    }
    Ok(counts)
}

/// All instructions of a process that does the work so often.
fn under_callgrind(work: Work, times: u64) -> anyhow::Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe()?)
        .args(["--work", work.name(), &times.to_string()])
        .output()
        .context("valgrind does not run")?;
    let log = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("{} failed under valgrind:\n{log}", work.name());
    }
    log.lines()
        .find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
        .with_context(|| format!("callgrind gave no count:\n{log}"))
}

fn say(line: &str) {
    // Whoever closed the output wants no more of it.
    writeln!(std::io::stdout(), "{line}").ok();
}
