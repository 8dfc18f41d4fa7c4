//! Installs and compiles the functions that a user would write instead, in the user's cache.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, ensure};
use local_toolchain::{Progress, Toolchain, Version, pack_bootstrap};
use tokio::process::Command;

use super::packages::{Package, Packages};
use super::{Peers, Subject};

impl Packages {
    /// Adds the functions with which ours is compared. If a tool is missing, the function is absent, with the
    /// reason.
    pub async fn add_peers(
        &mut self,
        peers: Peers,
        toolchain: &Toolchain,
        repository: &Path,
        progress: &dyn Progress,
    ) {
        let cache = toolchain.cache().root().join("bench");
        let sources = repository.join("bench/subjects");
        progress.step("Installing the AWS SDK for Node.js");
        self.add(Subject::Node, node(&sources.join("node"), &cache).await);
        progress.step("Installing boto3");
        let python = python(&sources.join("python"), &cache).await;
        self.add(Subject::Python, python);
        progress.step("Compiling the function in Go");
        let program = repository.join("target/bench/go");
        self.add(Subject::Go, go(&sources.join("go"), &program).await);
        let tutorial = match peers {
            Peers::All => tutorial(toolchain, repository).await,
            Peers::QuicklyBuilt => Err(anyhow!("a run with --quick does not compile it")),
        };
        self.add(Subject::Tutorial, tutorial);
    }

    fn add(&mut self, subject: Subject, package: anyhow::Result<Package>) {
        match package {
            Ok(package) => self.packages.push((subject, package)),
            Err(error) => self.absent.push((subject, format!("{error:#}"))),
        }
    }
}

/// Installs the SDK and AWS's runtime interface client with npm.
async fn node(sources: &Path, cache: &Path) -> anyhow::Result<Package> {
    let program = program("node", "process.execPath", "-p").await?;
    let version = run(Command::new(&program).arg("--version")).await?;
    ensure!(
        Version::find(&version) >= Some(Version::new(20, 0, 0)),
        "Node.js must be 20 or newer, but was {}",
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
            "npm compiles aws-lambda-ric; install a C++ compiler, make, cmake, autoconf, automake and \
             libtool",
        )
    })
    .await?;
    let command = format!(
        "'{program}' \"$LAMBDA_TASK_ROOT/node_modules/aws-lambda-ric/bin/index.mjs\" \"$_HANDLER\""
    );
    Package::of_directory(&directory, &sources.join("index.mjs"), &command)
}

/// Installs boto3 and AWS's runtime interface client with pip, and compiles them to bytecode.
async fn python(sources: &Path, cache: &Path) -> anyhow::Result<Package> {
    let program = program("python3", "import sys; print(sys.executable)", "-c").await?;
    let version = run(Command::new(&program).arg("--version")).await?;
    ensure!(
        Version::find(&version) >= Some(Version::new(3, 10, 0)),
        "Python must be 3.10 or newer, but was {}",
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
            // The SDK of the managed runtime is compiled to bytecode. A zip loses the times by which
            // Python would detect outdated bytecode, hence unchecked hashes.
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

/// Compiles the Go program as AWS documents it for functions.
async fn go(sources: &Path, program: &Path) -> anyhow::Result<Package> {
    let mut build = Command::new("go");
    build
        .args(["build", "-trimpath", "-tags", "lambda.norpc"])
        .args(["-ldflags", "-s -w", "-o"])
        .arg(program)
        .arg(".")
        .current_dir(sources)
        .env("CGO_ENABLED", "0")
        .env("GOWORK", "off")
        .env("GOFLAGS", "-mod=readonly -buildvcs=false");
    run(&mut build)
        .await
        .context("Go must be installed (https://go.dev/dl/) and reach its module proxy")?;
    Package::of_zip(pack_bootstrap(&fs::read(program)?)?)
}

/// Builds the tutorial-style Rust function with the profile of the line's function.
async fn tutorial(toolchain: &Toolchain, repository: &Path) -> anyhow::Result<Package> {
    Package::of_crate(toolchain, repository, "tutorial").await
}

/// Returns the path of the interpreter itself, because a function's search path has no version manager.
async fn program(name: &str, question: &str, flag: &str) -> anyhow::Result<String> {
    let path = run(Command::new(name).args([flag, question]))
        .await
        .with_context(|| format!("cannot run {name}"))?;
    Ok(path.trim().to_owned())
}

/// Returns the cache's directory for these pins, and fills it if it does not exist.
async fn installed(
    cache: &Path,
    name: &str,
    pins: &[&[u8]],
    fill: impl AsyncFnOnce(&Path) -> anyhow::Result<()>,
) -> anyhow::Result<PathBuf> {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut digest = DefaultHasher::new();
    pins.hash(&mut digest);
    let directory = cache.join(format!("{name}-{:016x}", digest.finish()));
    if directory.is_dir() {
        return Ok(directory);
    }
    fs::create_dir_all(cache)?;
    let work = tempfile::tempdir_in(cache)?;
    fill(work.path()).await?;
    // Only a complete installation gets the name.
    fs::rename(work.keep(), &directory)?;
    Ok(directory)
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
