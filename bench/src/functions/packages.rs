//! The zips that are measured.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use local_toolchain::{Architecture, Cache, FunctionCrate, Progress, Toolchain, Version};
use tokio::process::Command;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::Subject;

/// The variable with the file to which a throttled `bootstrap` writes its id.
pub(super) const PROCESSES_FILE: &str = "BENCH_PROCESSES_FILE";

/// A function's zip.
#[derive(Debug, Clone)]
pub struct Package {
    /// What Lambda unpacks.
    pub zip: Vec<u8>,
    /// The same with a `bootstrap` that enters a control group first.
    pub throttled: Vec<u8>,
}

/// The zips of one run.
#[derive(Debug, Clone)]
pub struct Packages {
    /// By subject; both versions of ours and of the floor have the same zip.
    pub packages: Vec<(Subject, Package)>,
    /// Who cannot be measured here, and why.
    pub absent: Vec<(Subject, String)>,
}

impl Packages {
    /// Builds ours and the floor.
    ///
    /// # Errors
    /// When one of them cannot be built.
    pub async fn build(toolchain: &Toolchain, repository: &Path) -> anyhow::Result<Self> {
        let ours = toolchain.build_function_zip(repository).await?;
        let ours = Package::of_binary(&fs::read(&ours.path)?)?;
        let floor = toolchain
            .build_zip(&FunctionCrate {
                root: repository.to_path_buf(),
                manifest: repository.join("bench/floor/Cargo.toml"),
                package: "bench-floor".to_owned(),
                binary: "bench-floor".to_owned(),
                features: Vec::new(),
                variables: Vec::new(),
                target_dir: repository.join("target/function"),
                zip: repository.join("target/bench/floor.zip"),
                architecture: Architecture::of_host()?,
            })
            .await?;
        let floor = Package::of_binary(&fs::read(&floor.path)?)?;
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

    /// Adds the others; what they need is installed into the user's cache. Where something is
    /// missing they are absent, with a sentence.
    pub async fn add_others(&mut self, cache: &Cache, repository: &Path, progress: &dyn Progress) {
        let cache = cache.root().join("bench");
        let sources = repository.join("bench/subjects");
        progress.step("Installing the AWS SDK for Node.js");
        self.add(Subject::Node, node(&sources.join("node"), &cache).await);
        progress.step("Installing boto3");
        self.add(
            Subject::Python,
            python(&sources.join("python"), &cache).await,
        );
    }

    fn add(&mut self, subject: Subject, package: anyhow::Result<Package>) {
        match package {
            Ok(package) => self.packages.push((subject, package)),
            Err(error) => self.absent.push((subject, format!("{error:#}"))),
        }
    }

    /// The zip of one.
    pub fn of(&self, subject: Subject) -> Option<&Package> {
        self.packages
            .iter()
            .find_map(|(of, package)| (*of == subject).then_some(package))
    }
}

impl Package {
    /// Of a zip with one `bootstrap`, a program.
    pub(crate) fn of_binary(zip: &[u8]) -> anyhow::Result<Self> {
        let mut binary = Vec::new();
        let mut archive = zip::ZipArchive::new(Cursor::new(zip))?;
        std::io::copy(&mut archive.by_name("bootstrap")?, &mut binary)?;
        let throttled = pack(vec![
            File::new(
                "bootstrap",
                0o755,
                bootstrap("\"$LAMBDA_TASK_ROOT/function\""),
            ),
            File::new("function", 0o755, binary),
        ])?;
        Ok(Self {
            zip: zip.to_vec(),
            throttled,
        })
    }

    /// Of a directory and the command that runs what is in it.
    fn of_directory(directory: &Path, source: &Path, command: &str) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        collect(directory, directory, &mut files)?;
        let name = source
            .file_name()
            .context("a source has a name")?
            .to_string_lossy();
        files.push(File::new(&name, 0o644, fs::read(source)?));
        // Outside of a control group the variable is empty, and the line costs nothing.
        files.push(File::new("bootstrap", 0o755, bootstrap(command)));
        let zip = pack(files)?;
        Ok(Self {
            throttled: zip.clone(),
            zip,
        })
    }
}

/// A script that enters the control group, if there is one, and becomes the command.
fn bootstrap(command: &str) -> Vec<u8> {
    format!(
        "#!/bin/sh\n[ -z \"${PROCESSES_FILE}\" ] || echo $$ >\"${PROCESSES_FILE}\"\nexec {command}\n"
    )
    .into_bytes()
}

/// The SDK as npm installs it, with AWS's runtime interface client.
async fn node(sources: &Path, cache: &Path) -> anyhow::Result<Package> {
    let program = program("node", "process.execPath", "-p").await?;
    let version = run(Command::new(&program).arg("--version")).await?;
    ensure!(
        Version::find(&version) >= Some(Version::new(20, 0, 0)),
        "Node.js 20 or newer is needed, and this is {}",
        version.trim()
    );
    let lock = fs::read(sources.join("package-lock.json"))?;
    let directory = installed(cache, "node", &[&lock, version.as_bytes()], async |into| {
        for file in ["package.json", "package-lock.json"] {
            fs::copy(sources.join(file), into.join(file))?;
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--omit=dev", "--no-audit", "--no-fund"])
            .current_dir(into);
        run(&mut npm).await.map(drop).context(
            "aws-lambda-ric is compiled when it is installed, which takes a C++ compiler, make, \
             cmake, autoconf, automake and libtool",
        )
    })
    .await?;
    let command = format!(
        "'{program}' \"$LAMBDA_TASK_ROOT/node_modules/aws-lambda-ric/bin/index.mjs\" \"$_HANDLER\""
    );
    Package::of_directory(&directory, &sources.join("index.mjs"), &command)
}

/// boto3 as pip installs it, with AWS's runtime interface client, compiled ahead.
async fn python(sources: &Path, cache: &Path) -> anyhow::Result<Package> {
    let program = program("python3", "import sys; print(sys.executable)", "-c").await?;
    let version = run(Command::new(&program).arg("--version")).await?;
    ensure!(
        Version::find(&version) >= Some(Version::new(3, 10, 0)),
        "Python 3.10 or newer is needed, and this is {}",
        version.trim()
    );
    let requirements = sources.join("requirements.txt");
    let pins = fs::read(&requirements)?;
    let directory = installed(
        cache,
        "python",
        &[&pins, version.as_bytes()],
        async |into| {
            let mut pip = Command::new(&program);
            pip.args(["-m", "pip", "install", "--quiet", "--no-input"])
                .args([
                    "--disable-pip-version-check",
                    "--no-deps",
                    "--require-hashes",
                ])
                .args(["--root-user-action", "ignore", "--no-compile", "--target"])
                .arg(into)
                .arg("--requirement")
                .arg(&requirements);
            run(&mut pip).await?;
            // The managed runtime has its SDK compiled; a zip forgets the times that tell whether
            // what is compiled is up to date.
            let mut compile = Command::new(&program);
            compile
                .args([
                    "-m",
                    "compileall",
                    "-q",
                    "--invalidation-mode",
                    "unchecked-hash",
                ])
                .arg(into);
            run(&mut compile).await.map(drop)
        },
    )
    .await?;
    let command = format!("'{program}' -m awslambdaric \"$_HANDLER\"");
    Package::of_directory(&directory, &sources.join("index.py"), &command)
}

/// The interpreter itself: a function's search path leads to no version manager.
async fn program(name: &str, question: &str, flag: &str) -> anyhow::Result<String> {
    let path = run(Command::new(name).args([flag, question]))
        .await
        .with_context(|| format!("{name} does not run here"))?;
    Ok(path.trim().to_owned())
}

/// A directory of the cache that was filled for the same pins, or is now.
async fn installed(
    cache: &Path,
    name: &str,
    pins: &[&[u8]],
    fill: impl AsyncFnOnce(&Path) -> anyhow::Result<()>,
) -> anyhow::Result<PathBuf> {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut digest = DefaultHasher::new();
    pins.hash(&mut digest);
    let place = cache.join(format!("{name}-{:016x}", digest.finish()));
    if place.is_dir() {
        return Ok(place);
    }
    fs::create_dir_all(cache)?;
    let work = tempfile::tempdir_in(cache)?;
    fill(work.path()).await?;
    // Only whole installations get the name.
    fs::rename(work.keep(), &place)?;
    Ok(place)
}

async fn run(command: &mut Command) -> anyhow::Result<String> {
    let output = command.kill_on_drop(true).output().await?;
    ensure!(
        output.status.success(),
        "{:?} failed:\n{}",
        command.as_std().get_program(),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
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
        // Links, such as those of npm's `.bin`, are of no use to a function.
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
