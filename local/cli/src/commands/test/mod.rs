//! Runs, checks and records test cases of Amazon Connect.

mod alone;
mod check;
mod coverage;
mod files;
mod junit;
mod record;
mod report;
mod suite;
mod words;

pub use files::Unreadable;
pub(crate) use suite::{coverage_of_account, coverage_of_flow};
pub(crate) use words::shown;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::bail;
use local_terminal::{chain, tell};

use crate::commands::dev::watch::Watch;
use crate::interrupt::{interrupted, listen};
use crate::options::{Reach, Test, TestCommand, TestRun};
use crate::screen::Screen;
use suite::Totals;

/// Runs test cases, or the command that was given instead.
///
/// # Errors
/// When a test failed; [`Unreadable`] when a file cannot be read; when no account answers.
pub async fn run(options: &Test, screen: Screen) -> anyhow::Result<()> {
    match &options.command {
        None if options.run.watch => watch(&options.run, &options.reach, screen).await,
        None => verdict(suite::run(&options.run, &options.reach, screen).await?),
        Some(TestCommand::Check(options)) => check::run(options, screen),
        Some(TestCommand::Record(record)) => record::run(record, &options.reach, screen).await,
    }
}

/// Makes a failed test an error, so that the exit code tells.
fn verdict(totals: Totals) -> anyhow::Result<()> {
    match totals.failed {
        0 => Ok(()),
        1 => bail!("1 test failed"),
        many => bail!("{many} tests failed"),
    }
}

/// Runs the tests again after each change, until Ctrl-C.
async fn watch(options: &TestRun, reach: &Reach, screen: Screen) -> anyhow::Result<()> {
    listen()?;
    let mut watch = Watch::new()?;
    for path in options.files.iter().chain(&options.flow) {
        match path.is_dir() {
            true => watch.add(path, true)?,
            // Editors replace a file, so its directory is watched.
            false => watch.add(directory_of(path), false)?,
        }
    }
    loop {
        let before = contents(options);
        if let Err(error) = suite::run(options, reach, screen).await {
            tell(format_args!("error: {}", chain(&error)));
        }
        screen.say("watching for changes; Ctrl-C ends")?;
        loop {
            tokio::select! {
                heard = interrupted() => return heard,
                changed = watch.next() => { changed?; }
            }
            // A report may be written into a watched directory, and other files may be there.
            if contents(options) != before {
                break;
            }
        }
    }
}

fn directory_of(file: &Path) -> &Path {
    match file.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    }
}

/// Reads the files that are watched. An unreadable one has no content.
fn contents(options: &TestRun) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let found = files::find(&options.files).unwrap_or_default();
    let all = found.into_iter().chain(options.flow.clone());
    all.map(|path| {
        let content = fs::read(&path).ok();
        (path, content)
    })
    .collect()
}
