//! Rows for the tables of an account, in AWS or on this machine.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use local_terminal::{Unwritten, tell};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::end;
use crate::options::{Load, LoadCampaigns, LoadMembers};
use crate::rows::campaigns::Campaign;
use crate::rows::members::Member;
use crate::rows::mistake::{Mistake, Warning};
use crate::rows::numbering::METADATA;
use crate::rows::preview::{self, Preview};
use crate::rows::sdk::Asked;
use crate::rows::tables::{self, Written};
use crate::rows::target::Target;
use crate::rows::{campaigns, members, sdk};
use crate::screen::Screen;

/// More mistakes or warnings than this are counted only: by then it is one mistake, made in every line.
const SHOWN: usize = 20;

/// Loads a file, or shows what that would do.
///
/// # Errors
/// When anything is wrong with the file or the table's key, KMS does not compute the keys, or the
/// table does not take the rows.
pub async fn run(options: &Load, screen: Screen) -> anyhow::Result<()> {
    match options {
        Load::Members(options) => load_members(options, screen).await,
        Load::Campaigns(options) => load_campaigns(options, screen).await,
        Load::EndCampaign(options) => end::run(options, screen).await,
    }
}

async fn load_members(options: &LoadMembers, screen: Screen) -> anyhow::Result<()> {
    let source = &options.source;
    let bytes = read(&source.file)?;
    let sheet = members::read(&bytes, &options.country)
        .or_else(|mistakes| refuse(&source.file, &mistakes, screen))?;
    warn(&source.file, &sheet.warnings, screen)?;
    let rows = sheet.rows;
    let config = sdk::config(source.address()?.as_ref()).await;
    let (client, asked) = sdk::dynamodb(&config);
    let target = Target {
        client: &client,
        table: &options.table,
        key: &options.key_attribute,
    };
    target.check().await?;
    let summary = Summary {
        what: "member",
        table: &options.table,
        region: sdk::region(&config),
        asked: &asked,
        warnings: sheet.warnings.len(),
        details: Details::of_numbers(&rows),
    };
    if source.dry_run {
        summary.planned(rows.iter().map(preview::member), screen)?;
        return Ok(());
    }
    let bar = bar(rows.len());
    let outcome = tables::update_members(target, &rows, |some| {
        bar.inc(some as u64);
    })
    .await;
    bar.finish_and_clear();
    summary.done(outcome?, screen)?;
    Ok(())
}

async fn load_campaigns(options: &LoadCampaigns, screen: Screen) -> anyhow::Result<()> {
    let source = &options.source;
    let key_source = options.key_source()?;
    let bytes = read(&source.file)?;
    let sheet = campaigns::read(&bytes, options.pin_length)
        .or_else(|mistakes| refuse(&source.file, &mistakes, screen))?;
    warn(&source.file, &sheet.warnings, screen)?;
    let rows = sheet.rows;
    let config = sdk::config(source.address()?.as_ref()).await;
    let (client, asked) = sdk::dynamodb(&config);
    let target = Target {
        client: &client,
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
        region: sdk::region(&config),
        asked: &asked,
        warnings: sheet.warnings.len(),
        details: Details::of_pins(&rows),
    };
    if source.dry_run {
        summary.planned(rows.iter().map(preview::campaign), screen)?;
        return Ok(());
    }
    let rows: Vec<_> = keys.into_iter().zip(rows).collect();
    let bar = bar(rows.len());
    let outcome = tables::update_campaigns(target, &rows, |some| {
        bar.inc(some as u64);
    })
    .await;
    bar.finish_and_clear();
    summary.done(outcome?, screen)?;
    Ok(())
}

pub(crate) fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
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
    for mistake in mistakes.iter().take(SHOWN) {
        tell(format_args!("{file}:{mistake}"));
        screen.result(json!({
            "type": "mistake",
            "file": file,
            "line": mistake.line,
            "column": mistake.column,
            "message": mistake.sentence,
        }))?;
    }
    let all = match mistakes.len() {
        1 => "a mistake".to_owned(),
        count => format!("{count} mistakes"),
    };
    match mistakes.len().saturating_sub(SHOWN) {
        0 => bail!("{file} has {all}, so nothing was written"),
        more => bail!("{file} has {all} ({more} more than shown), so nothing was written"),
    }
}

/// Lists the warnings; the load goes on.
fn warn(file: &Path, warnings: &[Warning], screen: Screen) -> Result<(), Unwritten> {
    let file = name(file);
    for warning in warnings.iter().take(SHOWN) {
        tell(format_args!("{file}:{warning}"));
        screen.result(json!({
            "type": "warning",
            "file": file,
            "line": warning.line,
            "column": warning.column,
            "message": warning.sentence,
        }))?;
    }
    if let more @ 1.. = warnings.len().saturating_sub(SHOWN) {
        tell(format_args!(
            "{file}: {} more than shown",
            preview::counted(more, "warning")
        ));
    }
    Ok(())
}

/// On standard error, and only on a terminal.
fn bar(rows: usize) -> ProgressBar {
    let bar = ProgressBar::new(rows as u64);
    if let Ok(style) = ProgressStyle::with_template("  {bar:30} {pos} of {len} rows, {eta} left") {
        bar.set_style(style);
    }
    bar
}

/// The result of a load, as it is printed.
struct Summary<'a> {
    what: &'static str,
    table: &'a str,
    region: &'a str,
    /// Where the rows go, or would go.
    asked: &'a Asked,
    warnings: usize,
    details: Details,
}

/// What is said about rows of one kind only.
struct Details {
    /// Sentences.
    text: Vec<String>,
    /// The same.
    json: Value,
}

impl Details {
    fn of_numbers(rows: &[Member]) -> Self {
        let without_sms = rows.iter().filter(|row| !row.phone.takes_sms()).count();
        let mut text = Vec::new();
        if without_sms > 0 {
            text.push(format!(
                "{} cannot receive an SMS: land lines, toll-free numbers and the like.",
                preview::counted(without_sms, "number")
            ));
        }
        let days = METADATA.age(OffsetDateTime::now_utc());
        text.push(format!(
            "Numbers are judged by libphonenumber's metadata {} of {}, {} old.",
            METADATA.version,
            METADATA.date,
            preview::counted(days, "day")
        ));
        let json = json!({
            "numbersWithoutSms": without_sms,
            "metadata": METADATA.version,
            "metadataDate": METADATA.date.to_string(),
            "metadataAgeDays": days,
        });
        Self { text, json }
    }

    fn of_pins(rows: &[Campaign]) -> Self {
        let lengths = campaigns::pin_lengths(rows);
        let counts: Map<_, _> = lengths
            .iter()
            .map(|(digits, pins)| (digits.to_string(), json!(pins)))
            .collect();
        let text = if rows.is_empty() {
            Vec::new()
        } else {
            vec![format!("Lengths of the PINs: {lengths}.")]
        };
        Self {
            text,
            json: json!({ "pinLengths": counts }),
        }
    }
}

impl Summary<'_> {
    /// Shows what a dry run found.
    fn planned(
        &self,
        rows: impl ExactSizeIterator<Item = Preview>,
        screen: Screen,
    ) -> Result<(), Unwritten> {
        let count = rows.len();
        for row in rows {
            screen.say(&format!("  {}", row.text))?;
            screen.result(row.json)?;
        }
        screen.say(&format!(
            "{} would go into {}. Nothing was written.",
            self.counted(count),
            self.place()
        ))?;
        self.details(screen)?;
        self.result(true, count, Written::default(), screen)
    }

    /// Says what was written.
    fn done(&self, written: Written, screen: Screen) -> Result<(), Unwritten> {
        screen.say(&format!(
            "Wrote {} into {} ({} of them new).",
            self.counted(written.rows),
            self.place(),
            written.new
        ))?;
        self.details(screen)?;
        self.result(false, written.rows, written, screen)
    }

    fn details(&self, screen: Screen) -> Result<(), Unwritten> {
        let mut sentences = self.details.text.iter();
        sentences.try_for_each(|sentence| screen.say(sentence))
    }

    fn counted(&self, rows: usize) -> String {
        preview::counted(rows, self.what)
    }

    fn place(&self) -> String {
        let place = format!("{}, {}", self.table, self.region);
        match self.asked.url() {
            Some(url) => format!("{place} at {url}"),
            None => place,
        }
    }

    fn result(
        &self,
        dry_run: bool,
        rows: usize,
        written: Written,
        screen: Screen,
    ) -> Result<(), Unwritten> {
        let mut result = json!({
            "type": "loaded",
            "what": format!("{}s", self.what),
            "table": self.table,
            "region": self.region,
            "endpointUrl": self.asked.url(),
            "dryRun": dry_run,
            "rows": rows,
            "written": written.rows,
            "new": (!dry_run).then_some(written.new),
            "warnings": self.warnings,
        });
        if let (Some(result), Value::Object(details)) =
            (result.as_object_mut(), self.details.json.clone())
        {
            result.extend(details);
        }
        screen.result(result)
    }
}
