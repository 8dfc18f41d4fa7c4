//! Checks a stack that uses the module.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use connect_stack::{Finding, Interface, ModuleCall, Severity, Stack};
use local_harness::Root;
use serde::Deserialize;
use serde_json::json;

use crate::options::{RootOption, StackCheck};
use crate::screen::{Printed, Screen};

/// The module's name where it is published.
const NAME: &str = "connect-pin-sms";
/// Paths by which a directory is recognized as the module.
const MARKS: [&str; 3] = ["main.tf", "flows/line.json.tftpl", "modules/flow"];

/// Reports each field of the stack that the module does not have, and settings that work but are rarely
/// intended.
///
/// # Errors
/// When the module does not have a field, so that a hook fails; when the directory contains no Terraform
/// files, or a file is not HCL.
pub fn check(options: &StackCheck, root: &RootOption, screen: Screen) -> anyhow::Result<()> {
    let (findings, modules) = findings(&options.directory, root)?;
    for finding in &findings {
        show(finding, screen)?;
    }
    let count = |of: Severity| findings.iter().filter(|one| one.severity == of).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    screen.result(json!({
        "type": "checked",
        "modules": modules,
        "errors": errors,
        "warnings": warnings,
    }))?;
    let blocks = match modules {
        0 => "No module block here uses the module.".to_owned(),
        1 => "One module block uses the module.".to_owned(),
        many => format!("{many} module blocks use the module."),
    };
    match errors {
        0 if findings.is_empty() => screen.say(&format!("{blocks} No problems found."))?,
        0 => screen.say(&format!("{blocks} No errors found."))?,
        1 => bail!("1 name must be corrected: the module does not have it"),
        many => bail!("{many} names must be corrected: the module does not have them"),
    }
    Ok(())
}

fn show(finding: &Finding, screen: Screen) -> Printed {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    screen.say(&format!(
        "{}:{}:{}: {severity}: module.{}: {}",
        finding.file, finding.line, finding.column, finding.module, finding.message
    ))?;
    screen.result(json!({
        "type": "finding",
        "severity": severity,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "module": finding.module,
        "field": finding.field,
        "message": finding.message,
        "suggestions": finding.suggestions,
    }))
}

/// A directory that is still to be checked, and its path of `module` blocks as `terraform init` records
/// it.
struct ModuleDirectory {
    directory: PathBuf,
    key: String,
}

/// Returns the findings, and how many `module` blocks use the module, in the stack and in its local
/// modules.
fn findings(stack: &Path, root: &RootOption) -> anyhow::Result<(Vec<Finding>, usize)> {
    let installed = Installed::of(stack)?;
    let mut interfaces = Interfaces {
        root,
        read: BTreeMap::new(),
    };
    let mut seen = BTreeSet::new();
    let mut left = VecDeque::from([ModuleDirectory {
        directory: stack.to_path_buf(),
        key: String::new(),
    }]);
    let (mut findings, mut modules) = (Vec::new(), 0);
    while let Some(place) = left.pop_front() {
        if !seen.insert(
            place
                .directory
                .canonicalize()
                .unwrap_or(place.directory.clone()),
        ) {
            continue;
        }
        let read = read(&place.directory)?;
        for call in read.modules() {
            let key = match &*place.key {
                "" => call.name.to_owned(),
                above => format!("{above}.{}", call.name),
            };
            match ModuleSource::of(&call, &place.directory, installed.get(&key)) {
                ModuleSource::Module(directory) => {
                    modules += 1;
                    findings.extend(read.check(&call, interfaces.of(directory)?));
                }
                ModuleSource::Another(directory) => {
                    left.push_back(ModuleDirectory { directory, key })
                }
                ModuleSource::Foreign => {}
            }
        }
    }
    findings.sort();
    Ok((findings, modules))
}

/// The source of a `module` block.
enum ModuleSource {
    /// This module, in this directory; `None` if it is not installed yet.
    Module(Option<PathBuf>),
    /// Another module of the stack, which may use this one.
    Another(PathBuf),
    /// A module from elsewhere, which is not checked.
    Foreign,
}

impl ModuleSource {
    fn of(call: &ModuleCall<'_>, stack: &Path, installed: Option<&PathBuf>) -> Self {
        let source = call.source.unwrap_or_default();
        let local = ["./", "../", "/"]
            .iter()
            .any(|start| source.starts_with(start));
        let directory = if local {
            Some(stack.join(source.trim_start_matches("./")))
        } else {
            installed.cloned()
        };
        match directory {
            Some(directory) if is_the_module(&directory) => Self::Module(Some(directory)),
            Some(directory) if local && directory.is_dir() => Self::Another(directory),
            None if source.contains(NAME) => Self::Module(None),
            _ => Self::Foreign,
        }
    }
}

fn is_the_module(directory: &Path) -> bool {
    MARKS.iter().all(|mark| directory.join(mark).exists())
}

/// The modules' variables, each module read once.
struct Interfaces<'a> {
    root: &'a RootOption,
    read: BTreeMap<PathBuf, Interface>,
}

impl Interfaces<'_> {
    /// Returns the variables of the module in the directory, or of the root if the module is not installed
    /// yet.
    fn of(&mut self, directory: Option<PathBuf>) -> anyhow::Result<&Interface> {
        let directory = match directory {
            Some(directory) => directory,
            None => Root::locate(self.root.directory().map(PathBuf::as_path))?.path,
        };
        Ok(match self.read.entry(directory) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let interface = Interface::of(&read(place.key())?);
                place.insert(interface)
            }
        })
    }
}

/// Reads the `*.tf` files of a directory.
pub(super) fn read(directory: &Path) -> anyhow::Result<Stack> {
    let entries = fs::read_dir(directory)
        .with_context(|| format!("{} must be a readable directory", directory.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "tf") || !path.is_file() {
            continue;
        }
        let text = fs::read_to_string(&path)
            .with_context(|| format!("{} must be readable text", path.display()))?;
        let name = path.strip_prefix(".").unwrap_or(&path);
        files.push((name.display().to_string(), text));
    }
    if files.is_empty() {
        bail!(
            "{} must contain the .tf files of a stack, but contains none",
            directory.display()
        );
    }
    files.sort();
    Ok(Stack::parse(files)?)
}

/// The directories of installed modules, by their paths of `module` blocks.
struct Installed {
    directories: BTreeMap<String, PathBuf>,
}

/// The contents of `.terraform/modules/modules.json`.
#[derive(Deserialize)]
struct Manifest {
    #[serde(rename = "Modules", default)]
    modules: Vec<InstalledModule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InstalledModule {
    key: String,
    dir: PathBuf,
}

impl Installed {
    /// Reads the installed modules of a stack, if any.
    fn of(stack: &Path) -> anyhow::Result<Self> {
        let path = stack.join(".terraform/modules/modules.json");
        let Ok(text) = fs::read_to_string(&path) else {
            return Ok(Self {
                directories: BTreeMap::new(),
            });
        };
        let manifest: Manifest = serde_json::from_str(&text)
            .with_context(|| format!("{} must be what `terraform init` writes", path.display()))?;
        let modules = manifest.modules.into_iter();
        Ok(Self {
            directories: modules
                .map(|module| (module.key, stack.join(module.dir)))
                .collect(),
        })
    }

    fn get(&self, key: &str) -> Option<&PathBuf> {
        self.directories.get(key)
    }
}
