//! The zips of the measured functions.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use anyhow::Context;
use local_toolchain::{Architecture, FunctionCrate, Toolchain};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::Subject;

/// The environment variable with the file to which a throttled `bootstrap` writes its process id.
pub(super) const PROCESSES_FILE: &str = "BENCH_PROCESSES_FILE";

/// A function's zip.
#[derive(Debug, Clone)]
pub struct Package {
    pub zip: Vec<u8>,
    /// The same with a `bootstrap` that first enters a control group.
    pub throttled: Vec<u8>,
}

/// The zips of a run.
#[derive(Debug, Clone)]
pub struct Packages {
    /// The zips by subject. Both variants of ours have the same zip, and both variants of the floor.
    pub packages: Vec<(Subject, Package)>,
    /// The subjects that cannot be measured here, with the reasons.
    pub absent: Vec<(Subject, String)>,
}

impl Packages {
    /// Builds the line's function and the floor.
    pub async fn build(toolchain: &Toolchain, repository: &Path) -> anyhow::Result<Self> {
        let ours = toolchain.build_function_zip(repository).await?;
        let ours = Package::of_zip(fs::read(&ours.path)?)?;
        let floor = Package::of_crate(toolchain, repository, "floor").await?;
        let packages = vec![
            (Subject::Ours, ours.clone()),
            (Subject::OursUnprotected, ours),
            (Subject::Floor, floor.clone()),
            (Subject::FloorUnprotected, floor),
        ];
        Ok(Self {
            packages,
            absent: Vec::new(),
        })
    }

    /// Returns the package of a subject.
    pub fn of(&self, subject: Subject) -> Option<&Package> {
        self.packages
            .iter()
            .find_map(|(of, package)| (*of == subject).then_some(package))
    }
}

impl Package {
    /// Creates a package from a zip whose `bootstrap` is a program.
    pub(super) fn of_zip(zip: Vec<u8>) -> anyhow::Result<Self> {
        let mut binary = Vec::new();
        let mut archive = zip::ZipArchive::new(Cursor::new(&zip))?;
        std::io::copy(&mut archive.by_name("bootstrap")?, &mut binary)?;
        let throttled = pack(vec![
            File::new(
                "bootstrap",
                0o755,
                bootstrap("\"$LAMBDA_TASK_ROOT/function\""),
            ),
            File::new("function", 0o755, binary),
        ])?;
        Ok(Self { zip, throttled })
    }

    /// Builds the crate `bench-<name>` in `bench/<name>` like the line's function.
    pub(super) async fn of_crate(
        toolchain: &Toolchain,
        repository: &Path,
        name: &str,
    ) -> anyhow::Result<Self> {
        let package = format!("bench-{name}");
        let zip = toolchain
            .build_zip(&FunctionCrate {
                // The compiler's flags contain this path, and other flags would compile everything again.
                root: repository.to_path_buf(),
                manifest: repository.join("bench").join(name).join("Cargo.toml"),
                binary: package.clone(),
                package,
                target_dir: repository.join("target/function"),
                zip: repository.join(format!("target/bench/{name}.zip")),
                architecture: Architecture::of_host()?,
            })
            .await?;
        Self::of_zip(fs::read(&zip.path)?)
    }

    /// Packs a directory and a source file, with a `bootstrap` that runs a command.
    pub(super) fn of_directory(
        directory: &Path,
        source: &Path,
        command: &str,
    ) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        collect(directory, directory, &mut files)?;
        let name = source
            .file_name()
            .context("the source must have a file name")?
            .to_string_lossy();
        files.push(File::new(&name, 0o644, fs::read(source)?));
        // Without a control group the variable is empty, and the script's check costs nothing.
        files.push(File::new("bootstrap", 0o755, bootstrap(command)));
        let zip = pack(files)?;
        Ok(Self {
            throttled: zip.clone(),
            zip,
        })
    }
}

/// Returns a script that enters the control group, if there is one, and executes the command.
fn bootstrap(command: &str) -> Vec<u8> {
    format!(
        "#!/bin/sh\n[ -z \"${PROCESSES_FILE}\" ] || echo $$ >\"${PROCESSES_FILE}\"\nexec {command}\n"
    )
    .into_bytes()
}

struct File {
    name: String,
    mode: u32,
    bytes: Vec<u8>,
}

impl File {
    fn new(name: &str, mode: u32, bytes: Vec<u8>) -> Self {
        Self {
            name: name.to_owned(),
            mode,
            bytes,
        }
    }
}

fn collect(root: &Path, directory: &Path, files: &mut Vec<File>) -> anyhow::Result<()> {
    let mut entries: Vec<_> = fs::read_dir(directory)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        // A function does not need links, such as those in npm's `.bin`.
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect(root, &path, files)?;
        } else if kind.is_file() {
            let name = path.strip_prefix(root)?.to_string_lossy().into_owned();
            let bytes = fs::read(&path).with_context(|| format!("cannot read {name}"))?;
            files.push(File {
                name,
                mode: 0o755,
                bytes,
            });
        }
    }
    Ok(())
}

fn pack(files: Vec<File>) -> anyhow::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for File { name, mode, bytes } in files {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::DEFAULT)
            .unix_permissions(mode);
        zip.start_file(name, options)?;
        zip.write_all(&bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}
