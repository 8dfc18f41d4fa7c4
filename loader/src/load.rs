//! Rows for the tables of an account, in AWS or on this machine.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::options::{Load, LoadCampaigns, LoadMembers};
use crate::rows::mistake::Mistake;
use crate::rows::preview::{self, Preview};
use crate::rows::tables::{self, Written};
use crate::rows::target::Target;
use crate::rows::{campaigns, members, sdk};
use crate::screen::Screen;

/// More mistakes than this are counted only: by then it is one mistake, made in every line.
const MISTAKES_SHOWN: usize = 20;

/// Loads a file, or shows what that would do.
///
/// # Errors
/// When anything is wrong with the file or the table's key, KMS does not compute the keys, or the
/// table does not take the rows.
pub async fn run(options: &Load, screen: Screen) -> anyhow::Result<()> {
    match options {
        Load::Members(options) => load_members(options, screen).await,
        Load::Campaigns(options) => load_campaigns(options, screen).await,
    }
}

async fn load_members(options: &LoadMembers, screen: Screen) -> anyhow::Result<()> {
    let source = &options.source;
    let bytes = read(&source.file)?;
    let rows = members::read(&bytes, options.country)
        .or_else(|mistakes| refuse(&source.file, &mistakes, screen))?;
    let config = sdk::config(source.endpoint_url()).await;
    let target = Target {
        client: &Client::new(&config),
        table: &options.table,
        key: &options.key_attribute,
    };
    target.check().await?;
    let summary = Summary {
        what: "member",
        table: &options.table,
        config: &config,
    };
    if source.dry_run {
        summary.planned(rows.iter().map(preview::member), screen);
        return Ok(());
    }
    let bar = bar(rows.len());
    let outcome = tables::put_members(target, &rows, |some| {
        bar.inc(some as u64);
    })
    .await;
    bar.finish_and_clear();
    summary.done(outcome?, screen);
    Ok(())
}

async fn load_campaigns(options: &LoadCampaigns, screen: Screen) -> anyhow::Result<()> {
    let source = &options.source;
    let key_source = options.key_source()?;
    let bytes = read(&source.file)?;
    let rows =
        campaigns::read(&bytes).or_else(|mistakes| refuse(&source.file, &mistakes, screen))?;
    let config = sdk::config(source.endpoint_url()).await;
    let target = Target {
        client: &Client::new(&config),
        table: &options.table,
        key: &options.key_attribute,
    };
    target.check().await?;
    // A dry run makes the keys too: a pepper out of reach is what it is there to find.
    let pins: Vec<_> = rows.iter().map(|campaign| &campaign.pin).collect();
    let keys = key_source.keys(&config, &pins).await?;
    let summary = Summary {
        what: "campaign",
        table: &options.table,
        config: &config,
    };
    if source.dry_run {
        summary.planned(rows.iter().map(preview::campaign), screen);
        return Ok(());
    }
    let rows: Vec<_> = keys.into_iter().zip(rows).collect();
    let bar = bar(rows.len());
    let outcome = tables::update_campaigns(target, &rows, |some| {
        bar.inc(some as u64);
    })
    .await;
    bar.finish_and_clear();
    summary.done(outcome?, screen);
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if is_standard_input(file) {
        std::io::stdin()
            .read_to_end(&mut bytes)
            .context("cannot read standard input")?;
        return Ok(bytes);
    }
    std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

fn is_standard_input(file: &Path) -> bool {
    file.as_os_str() == "-"
}

fn name(file: &Path) -> String {
    if is_standard_input(file) {
        "<stdin>".to_owned()
    } else {
        file.display().to_string()
    }
}

/// Lists the mistakes, which is the only thing left to do.
fn refuse<T>(file: &Path, mistakes: &[Mistake], screen: Screen) -> anyhow::Result<T> {
    let file = name(file);
    for mistake in mistakes.iter().take(MISTAKES_SHOWN) {
        anstream::eprintln!("{file}:{mistake}");
        screen.result(json!({
            "type": "mistake",
            "file": file,
            "line": mistake.line,
            "column": mistake.column,
            "message": mistake.sentence,
        }));
    }
    let all = match mistakes.len() {
        1 => "a mistake".to_owned(),
        count => format!("{count} mistakes"),
    };
    match mistakes.len().saturating_sub(MISTAKES_SHOWN) {
        0 => bail!("{file} has {all}, so nothing was written"),
        more => bail!("{file} has {all} ({more} more than shown), so nothing was written"),
    }
}

/// On standard error, and only on a terminal.
fn bar(rows: usize) -> ProgressBar {
    let bar = ProgressBar::new(rows as u64);
    if let Ok(style) = ProgressStyle::with_template("  {bar:30} {pos} of {len} rows, {eta} left") {
        bar.set_style(style);
    }
    bar
}

/// What a load was about.
struct Summary<'a> {
    what: &'static str,
    table: &'a str,
    config: &'a SdkConfig,
}

impl Summary<'_> {
    /// Shows what a dry run found.
    fn planned(&self, rows: impl ExactSizeIterator<Item = Preview>, screen: Screen) {
        let count = rows.len();
        for row in rows {
            screen.say(&format!("  {}", row.text));
            screen.result(row.json);
        }
        screen.say(&format!(
            "{} would go into {}. Nothing was written.",
            self.counted(count),
            self.place()
        ));
        self.result(true, count, Written::default(), screen);
    }

    /// Says what was written.
    fn done(&self, written: Written, screen: Screen) {
        let new = match written.new {
            Some(new) => format!(" ({new} of them new)"),
            None => String::new(),
        };
        screen.say(&format!(
            "Wrote {} into {}{new}.",
            self.counted(written.rows),
            self.place()
        ));
        self.result(false, written.rows, written, screen);
    }

    fn counted(&self, rows: usize) -> String {
        preview::counted(rows, self.what)
    }

    fn place(&self) -> String {
        let place = format!("{}, {}", self.table, self.region());
        match self.config.endpoint_url() {
            Some(url) => format!("{place} at {url}"),
            None => place,
        }
    }

    fn region(&self) -> &str {
        self.config.region().map_or("no region", AsRef::as_ref)
    }

    fn result(&self, dry_run: bool, rows: usize, written: Written, screen: Screen) {
        screen.result(json!({
            "type": "loaded",
            "what": format!("{}s", self.what),
            "table": self.table,
            "region": self.region(),
            "endpointUrl": self.config.endpoint_url(),
            "dryRun": dry_run,
            "rows": rows,
            "written": written.rows,
            "new": written.new,
        }));
    }
}
