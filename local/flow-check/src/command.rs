//! The commands `check` and `rule`: they read files, print, and end with an exit code.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser, ValueParser};
use connect_flow::FlowKind;
use local_terminal::{Unwritten, fail, print, tell};
use serde_json::json;

use crate::file::{FlowFile, TYPES, kind_of, looks_like_flow};
use crate::finding::check as findings_of;
use crate::page::describe;
use crate::printable::printable;
use crate::render::{CheckedFile, Format, render};
use crate::rules::{RULES, find};
use crate::settings::Settings;

/// The settings that apply without `--config`.
const SETTINGS: &str = "flow-check.json";
/// The argument that stands for standard input.
const STDIN: &str = "-";
/// The largest file that is read. The content of a flow has at most 256,000 characters.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;
/// Directories in which no flows of a project are looked for, beside hidden ones.
const SKIPPED: [&str; 2] = ["node_modules", "target"];

/// The exit code if every file was read and nothing was found.
const CLEAN: u8 = 0;
/// The exit code if something was found.
const FOUND: u8 = 1;
/// The exit code if a file, the settings or the command line cannot be read.
const UNREADABLE: u8 = 2;

/// Arguments of the check.
#[derive(Debug, Clone, Args)]
pub struct CheckOptions {
    /// Flow, exported or rendered; directory, of which every *.json that looks like a flow is checked; or
    /// - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Kind of the flows: Type of CreateContactFlow, or MODULE. Default: as the file says, or else
    /// CONTACT_FLOW
    #[arg(long = "type", value_name = "TYPE", value_parser = kinds())]
    pub kind: Option<FlowKind>,

    /// Rule whose findings are not reported; can be repeated
    #[arg(long = "allow", value_name = "ID")]
    pub allowed: Vec<String>,

    /// Settings of the project. Default: flow-check.json in the working directory, if there is one
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Arguments of the description of rules.
#[derive(Debug, Clone, Args)]
pub struct RuleOptions {
    /// Rule to describe. Default: a list of all rules
    #[arg(value_name = "ID")]
    pub id: Option<String>,
}

fn kinds() -> ValueParser {
    let unknown = || "the type must be one of the listed names";
    PossibleValuesParser::new(TYPES.map(|(name, _)| name))
        .try_map(move |name| kind_of(&name).ok_or_else(unknown))
        .into()
}

/// Checks files and prints the findings. Returns 0 if there is none, 1 if there is one, and 2 if something
/// cannot be read, which is reported on standard error.
#[must_use]
pub fn check(options: &CheckOptions, format: Format) -> ExitCode {
    ended(check_files(options, format))
}

/// Prints the description of a rule, or a line for each. Returns 2 if the rule does not exist.
#[must_use]
pub fn rule(options: &RuleOptions, format: Format) -> ExitCode {
    ended(describe_rules(options, format))
}

fn ended(done: anyhow::Result<u8>) -> ExitCode {
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let code = fail(&error);
            let unwritten = error
                .chain()
                .find_map(|cause| cause.downcast_ref::<Unwritten>());
            match unwritten.is_some_and(Unwritten::reader_has_ended) {
                true => code,
                false => ExitCode::from(UNREADABLE),
            }
        }
    }
}

fn check_files(options: &CheckOptions, format: Format) -> anyhow::Result<u8> {
    let settings = settings(options)?;
    let mut checked = Vec::new();
    let mut unread = Vec::new();
    for path in &options.files {
        match files(path) {
            Ok(files) => {
                for text in files {
                    match text.and_then(|text| text.flow(options, &settings)) {
                        Ok(file) => {
                            let findings = findings_of(&file, &settings);
                            checked.push(CheckedFile { file, findings });
                        }
                        Err(error) => unread.push(error),
                    }
                }
            }
            Err(error) => unread.push(error),
        }
    }
    let shown = render(format, &checked);
    if !shown.is_empty() {
        print(shown.trim_end_matches('\n'))?;
    }
    for error in &unread {
        tell(format_args!("error: {}", local_terminal::chain(error)));
    }
    let found = checked.iter().any(|checked| !checked.findings.is_empty());
    Ok(match (unread.is_empty(), found) {
        (false, _) => UNREADABLE,
        (true, true) => FOUND,
        (true, false) => CLEAN,
    })
}

/// Reads the settings, and adds those of the command line.
fn settings(options: &CheckOptions) -> anyhow::Result<Settings> {
    let default = Path::new(SETTINGS);
    let path = match &options.config {
        Some(path) => Some(path.as_path()),
        None if default
            .try_exists()
            .context("cannot look for flow-check.json")? =>
        {
            Some(default)
        }
        None => None,
    };
    let mut settings = match path {
        Some(path) => {
            let name = printable(&path.display().to_string());
            let text = fs::read_to_string(path)
                .with_context(|| format!("{name} must be readable text"))?;
            Settings::parse(&text)
                .with_context(|| format!("{name} must have settings that exist"))?
        }
        None => Settings::default(),
    };
    for id in &options.allowed {
        settings.allow(id)?;
    }
    Ok(settings)
}

/// A file that has been read.
struct FileText {
    name: String,
    text: String,
}

impl FileText {
    fn flow(&self, options: &CheckOptions, settings: &Settings) -> anyhow::Result<FlowFile> {
        let kind = options.kind.or_else(|| settings.kind(&self.name));
        Ok(FlowFile::read(&self.name, &self.text, kind)?)
    }
}

/// Reads an argument: a file, standard input, or the flows of a directory.
fn files(path: &Path) -> anyhow::Result<Vec<anyhow::Result<FileText>>> {
    if path == Path::new(STDIN) {
        let text = read(io::stdin().lock(), "standard input");
        return Ok(vec![text.map(|text| FileText {
            name: "<stdin>".to_owned(),
            text,
        })]);
    }
    if !path.is_dir() {
        return Ok(vec![read_file(path)]);
    }
    let mut found = Vec::new();
    walk(path, &mut found)?;
    let texts: Vec<_> = found
        .iter()
        .map(|path| read_file(path))
        .filter(|text| {
            text.as_ref()
                .map_or(true, |text| looks_like_flow(&text.text))
        })
        .collect();
    if texts.is_empty() {
        bail!(
            "{} must contain a *.json file with a flow, but contains none",
            shown(path)
        );
    }
    Ok(texts)
}

/// Collects the *.json files below a directory in order. Links are not followed.
fn walk(directory: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let unreadable = || format!("{} must be a readable directory", shown(directory));
    let mut entries = fs::read_dir(directory)
        .with_context(unreadable)?
        .collect::<io::Result<Vec<_>>>()
        .with_context(unreadable)?;
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries {
        let (path, kind) = (entry.path(), entry.file_type().with_context(unreadable)?);
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let skipped = name.starts_with('.') || SKIPPED.contains(&&*name);
        if kind.is_dir() && !skipped {
            walk(&path, found)?;
        } else if kind.is_file()
            && path
                .extension()
                .is_some_and(|extension| extension == "json")
        {
            found.push(path);
        }
    }
    Ok(())
}

fn read_file(path: &Path) -> anyhow::Result<FileText> {
    let name = shown(path);
    let file = File::open(path).with_context(|| format!("{name} must be a readable file"))?;
    let text = read(file, &name)?;
    Ok(FileText {
        name: relative(path),
        text,
    })
}

fn read(from: impl Read, name: &str) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    from.take(LARGEST_FILE + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("{name} must be readable"))?;
    if bytes.len() as u64 > LARGEST_FILE {
        bail!("{name} must have at most {LARGEST_FILE} bytes, but has more");
    }
    String::from_utf8(bytes).with_context(|| format!("{name} must be text in UTF-8"))
}

fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
}

/// Returns the path from the working directory, as settings have it, if the file is below.
fn relative(path: &Path) -> String {
    let below = std::env::current_dir()
        .ok()
        .and_then(|here| path.strip_prefix(here).ok());
    below.unwrap_or(path).display().to_string()
}

fn describe_rules(options: &RuleOptions, format: Format) -> anyhow::Result<u8> {
    let rules = match &options.id {
        None => RULES.to_vec(),
        Some(id) => match find(id) {
            Some(rule) => vec![rule],
            None => bail!(
                "a rule's id must be one that `flow rule` lists, but was {}",
                printable(id)
            ),
        },
    };
    for rule in rules {
        match (format, &options.id) {
            (Format::Json, _) => print(json!({
                "type": "rule",
                "id": rule.id,
                "severity": rule.severity.name(),
                "summary": rule.summary,
                "explanation": rule.explanation,
                "remedy": rule.remedy,
                "bad": rule.bad.text,
                "good": rule.good.text,
            }))?,
            (_, None) => print(format_args!(
                "{:<36} {:<8} {}",
                rule.id,
                rule.severity.name(),
                rule.summary
            ))?,
            (_, Some(_)) => print(describe(rule, "#").trim_end())?,
        }
    }
    Ok(CLEAN)
}
