//! What a user would write instead, installed and compiled into the user's cache.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, ensure};
use local_toolchain::{Progress, Toolchain, Version, pack_bootstrap};
use tokio::process::Command;

use super::packages::{Package, Packages};
use super::{Peers, Subject};

impl Packages {
    /// Adds the functions that ours is compared with. Where something is missing they are absent,
    /// with a sentence.
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
            Peers::QuicklyBuilt => Err(anyhow!("only a run without --quick compiles it")),
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

/// A program of Go, compiled as AWS documents it for functions.
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
    run(&mut build).await.context(
        "Go compiles it from modules of its proxy; install Go from https://go.dev/dl/ and let the \
         network through to the proxy",
    )?;
    Package::of_zip(pack_bootstrap(&fs::read(program)?)?)
}

/// Rust as tutorials write it, with the profile of ours.
async fn tutorial(toolchain: &Toolchain, repository: &Path) -> anyhow::Result<Package> {
    Package::of_crate(toolchain, repository, "tutorial").await
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
