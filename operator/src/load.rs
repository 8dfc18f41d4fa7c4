//! Loads CSV files and workbooks into the tables of an account, in AWS or on this machine.

use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use local_terminal::{Unwritten, tell};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::end;
use crate::import::workbook::{self, Workbook};
use crate::options::{Load, LoadCampaigns, LoadMembers, Source};
use crate::rows::campaigns::Campaign;
use crate::rows::members::Member;
use crate::rows::mistake::{Mistake, Warning};
use crate::rows::numbering::METADATA;
use crate::rows::preview::{self, Preview};
use crate::rows::sdk::UsedEndpoint;
use crate::rows::sheet::Content;
use crate::rows::tables::{self, Written};
use crate::rows::target::Target;
use crate::rows::{campaigns, members, sdk};
use crate::screen::{Screen, bounded};

/// The number of mistakes or warnings that are shown; the rest is only counted. With this many it
/// is most likely the same mistake on every line.
const SHOWN: usize = 20;

/// Loads a file, or shows what loading it would do.
///
/// # Errors
/// When the file has mistakes, the table's key is another one, KMS does not compute the keys, or
/// the table refuses the rows.
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
    let content = content(&bytes, source)?;
    let sheet = members::read(content, &options.country)
        .or_else(|mistakes| refuse(&source.file, &mistakes, screen))?;
    warn(&source.file, &sheet.warnings, screen)?;
    let rows = sheet.rows;
    let config = sdk::config(source.address()?.as_ref()).await;
    let (client, endpoint) = sdk::dynamodb(&config);
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
        endpoint: &endpoint,
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
    let content = content(&bytes, source)?;
    let sheet = campaigns::read(content, options.pin_length, options.time_zone.clone())
        .or_else(|mistakes| refuse(&source.file, &mistakes, screen))?;
    warn(&source.file, &sheet.warnings, screen)?;
    let rows = sheet.rows;
    let config = sdk::config(source.address()?.as_ref()).await;
    let (client, endpoint) = sdk::dynamodb(&config);
    let target = Target {
        client: &client,
        table: &options.table,
        key: &options.key_attribute,
    };
    target.check().await?;
    // A dry run computes the keys, too, so that it finds a KMS key that cannot be used.
    let keys: Vec<_> = rows.iter().map(|campaign| &campaign.key).collect();
    let keys = key_source.row_keys(&config, &keys).await?;
    let summary = Summary {
        what: "campaign",
        table: &options.table,
        region: sdk::region(&config),
        endpoint: &endpoint,
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

/// Recognises a workbook, and reads its sheet.
fn content<'a>(bytes: &'a [u8], source: &Source) -> anyhow::Result<Content<'a>> {
    let name = || name(&source.file);
    if workbook::is_workbook(bytes).with_context(name)? {
        let workbook = Workbook::read(Cursor::new(bytes), source.sheet.as_deref());
        let Workbook { sheet, table } = workbook.with_context(name)?;
        tell(format_args!("{}: xlsx, sheet {}", name(), bounded(&sheet)));
        return Ok(Content::Table(Arc::new(table)));
    }
    if source.sheet.is_some() {
        bail!(
            "--sheet needs a workbook (xlsx), but {} is none: leave --sheet out",
            name()
        );
    }
    Ok(Content::Csv(bytes))
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

/// Lists the mistakes and fails.
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
        1 => "1 mistake".to_owned(),
        count => format!("{count} mistakes"),
    };
    match mistakes.len().saturating_sub(SHOWN) {
        0 => bail!("{file} has {all}, so nothing was written"),
        more => bail!("{file} has {all} ({more} more than shown), so nothing was written"),
    }
}

/// Lists the warnings; the load continues.
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
            "{file}: {} more not shown",
            preview::counted(more, "warning")
        ));
    }
    Ok(())
}

/// Returns a progress bar, which indicatif draws on standard error, and only on a terminal.
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
    /// The recorder of the endpoint that the rows go to, or would go to.
    endpoint: &'a UsedEndpoint,
    warnings: usize,
    details: Details,
}

/// The part of a result that is specific to one kind of rows.
struct Details {
    /// Sentences, for the text format.
    text: Vec<String>,
    /// The same figures, for the JSON format.
    json: Value,
}

impl Details {
    fn of_numbers(rows: &[Member]) -> Self {
        let without_sms = rows.iter().filter(|row| !row.phone.takes_sms()).count();
        let mut text = Vec::new();
        if without_sms > 0 {
            text.push(format!(
                "{} cannot receive an SMS: landlines, toll-free numbers and the like.",
                preview::counted(without_sms, "number")
            ));
        }
        let days = METADATA.age(OffsetDateTime::now_utc());
        text.push(format!(
            "Numbers were checked against libphonenumber's metadata {} of {}, {} old.",
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
            vec![format!("PIN lengths: {lengths}.")]
        };
        Self {
            text,
            json: json!({ "pinLengths": counts }),
        }
    }
}

impl Summary<'_> {
    /// Prints what a dry run found.
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
            "{} would be written to {}. Nothing was written.",
            self.counted(count),
            self.place()
        ))?;
        self.details(screen)?;
        self.result(true, count, Written::default(), screen)
    }

    /// Prints what was written.
    fn done(&self, written: Written, screen: Screen) -> Result<(), Unwritten> {
        screen.say(&format!(
            "Wrote {} to {} ({} of them new).",
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
        match self.endpoint.url() {
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
            "endpointUrl": self.endpoint.url(),
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
