//! `cargo-lambda` and the zig compiler that it links with.
//!
//! Both are published as Python packages with precompiled programs. A private virtual environment works
//! on every machine without changing the user's Python.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::cache::Cache;
use crate::command::succeed;
use crate::error::{Error, Result};
use crate::files::{create_dir_all, read_to_string, remove_dir_if_present, write_if_changed};
use crate::lock::Lock;
use crate::progress::{Progress, Silent};
use crate::tools::{Tools, Version, find_program, prepend_path};

/// The version of `cargo-lambda` that is installed, and the oldest that is accepted.
pub const CARGO_LAMBDA_VERSION: &str = "1.9.2";

/// The version of zig that is installed.
pub const ZIG_VERSION: &str = "0.17.1";

/// The requirements of both for pip, with the digest of every file that it may install: the linker is as
/// much a part of the function as its sources.
const REQUIREMENTS: &str = include_str!("cargo_lambda/requirements.txt");

/// A working `cargo-lambda`, and the search path on which it finds zig.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CargoLambda {
    /// The program.
    pub program: PathBuf,
    /// Its version.
    pub version: Version,
    /// The version of zig.
    pub zig: Version,
    /// The search path for its child processes.
    pub path: OsString,
}

/// Finds a usable `cargo-lambda` on the search path or, from an earlier run, in the cache.
pub(crate) async fn find(path: &OsStr, cache: &Cache) -> Option<CargoLambda> {
    if let Some(found) = on_path(path).await {
        return Some(found);
    }
    Venv::of(cache).ready(path).await
}

/// Finds `cargo-lambda`, or installs it into the cache.
pub(crate) async fn ensure(
    tools: &Tools,
    cache: &Cache,
    progress: &dyn Progress,
) -> Result<CargoLambda> {
    if let Some(found) = &tools.cargo_lambda {
        return Ok(found.clone());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let venv = Venv::of(cache);
    // Complete environments are only read, so this needs no lock.
    if let Some(found) = venv.ready(&path).await {
        return Ok(found);
    }
    let _lock = Lock::take(&venv.lock, "installing cargo-lambda", progress).await?;
    // The previous holder of the lock has probably just installed it.
    if let Some(found) = venv.ready(&path).await {
        return Ok(found);
    }
    progress.step("Installing cargo-lambda and zig");
    let python = tools.need_python()?;
    venv.install(&python.path, progress).await?;
    let found = venv.check(&path).await?;
    venv.mark_complete()?;
    Ok(found)
}

async fn on_path(path: &OsStr) -> Option<CargoLambda> {
    let program = find_program(path, "cargo-lambda")?;
    // `cargo-lambda` itself looks for zig in these two places.
    let zig = match find_program(path, "zig") {
        Some(zig) => version(&zig, &["version"], path).await.ok(),
        None => None,
    };
    let zig = match (zig, find_program(path, "python3")) {
        (Some(zig), _) => zig,
        (None, Some(python)) => version(&python, ZIG_OF_PYTHON, path).await.ok()?,
        (None, None) => return None,
    };
    let found = check(&program, zig, path.to_owned()).await.ok()?;
    (Version::find(CARGO_LAMBDA_VERSION) <= Some(found.version)).then_some(found)
}

/// The arguments that print zig's version if it is a Python module.
const ZIG_OF_PYTHON: &[&str] = &["-m", "ziglang", "version"];

async fn ask(program: &Path, arguments: &[&str], path: &OsStr) -> Result<String> {
    let mut command = Command::new(program);
    command.args(arguments).env("PATH", path);
    succeed(command, &Silent).await
}

/// Returns the version that a program prints.
async fn version(program: &Path, arguments: &[&str], path: &OsStr) -> Result<Version> {
    let text = ask(program, arguments, path).await?;
    Version::find(&text).ok_or_else(|| Error::UnexpectedOutput {
        command: format!("{} {}", program.display(), arguments.join(" ")),
        problem: format!("no version in {text:?}"),
    })
}

async fn check(program: &Path, zig: Version, path: OsString) -> Result<CargoLambda> {
    // The program is a cargo subcommand, so its own name comes first.
    let version = version(program, &["lambda", "--version"], &path).await?;
    Ok(CargoLambda {
        program: program.to_owned(),
        version,
        zig,
        path,
    })
}

/// The virtual environment in the cache.
struct Venv {
    root: PathBuf,
    stamp: PathBuf,
    lock: PathBuf,
}

impl Venv {
    fn of(cache: &Cache) -> Self {
        let name = format!("cargo-lambda-{CARGO_LAMBDA_VERSION}-zig-{ZIG_VERSION}");
        let root = cache.join(&name);
        Self {
            stamp: root.join("complete"),
            root,
            lock: cache.join(format!("{name}.lock")),
        }
    }

    fn program(&self, name: &str) -> PathBuf {
        self.root.join("bin").join(name)
    }

    /// Reports whether an installation was completed. Incomplete ones are repeated.
    fn is_complete(&self) -> bool {
        // The environment contains its own path, so it is unusable after it was moved.
        read_to_string(&self.stamp).is_ok_and(|place| place == self.root.to_string_lossy())
    }

    /// Returns the `cargo-lambda` of a complete environment if it works.
    async fn ready(&self, path: &OsStr) -> Option<CargoLambda> {
        if self.is_complete() {
            self.check(path).await.ok()
        } else {
            None
        }
    }

    fn mark_complete(&self) -> Result<()> {
        write_if_changed(&self.stamp, self.root.to_string_lossy().as_bytes()).map(drop)
    }

    async fn install(&self, python: &Path, progress: &dyn Progress) -> Result<()> {
        remove_dir_if_present(&self.root)?;
        create_dir_all(&self.root)?;
        let mut create = Command::new(python);
        create.args(["-m", "venv"]).arg(&self.root);
        succeed(create, progress).await?;
        progress.detail(&format!(
            "cargo-lambda {CARGO_LAMBDA_VERSION}, zig {ZIG_VERSION}"
        ));
        let requirements = self.root.join("requirements.txt");
        write_if_changed(&requirements, REQUIREMENTS.as_bytes())?;
        let mut install = Command::new(self.program("python3"));
        install
            .args([
                "-m",
                "pip",
                "install",
                "--no-input",
                "--disable-pip-version-check",
            ])
            // A package without a precompiled program for this machine would be compiled for minutes.
            .args(["--only-binary", ":all:", "--no-deps"])
            .args(["--require-hashes", "--requirement"])
            .arg(&requirements);
        succeed(install, progress).await.map(drop)
    }

    /// Starts both programs, because an existing file may not run on this machine.
    async fn check(&self, path: &OsStr) -> Result<CargoLambda> {
        // With the environment's `python3` first, `cargo-lambda` finds zig as its module.
        let path = prepend_path(&self.root.join("bin"), path);
        let (python, program) = (self.program("python3"), self.program("cargo-lambda"));
        let zig = version(&python, ZIG_OF_PYTHON, &path).await?;
        check(&program, zig, path).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installed_packages_are_pinned_by_digests() {
        let pinned: Vec<&str> = REQUIREMENTS
            .lines()
            .filter(|line| !line.starts_with(['#', ' ']))
            .collect();
        let wanted = [
            ("cargo-lambda", CARGO_LAMBDA_VERSION),
            ("ziglang", ZIG_VERSION),
        ];
        assert_eq!(
            pinned,
            wanted.map(|(name, version)| format!("{name}=={version} \\"))
        );
        // One for each program and processor.
        assert_eq!(REQUIREMENTS.matches("--hash=sha256:").count(), 4);
    }

    #[test]
    fn an_incomplete_installation_is_not_used() {
        let directory = tempfile::tempdir().unwrap();
        let venv = Venv::of(&Cache::at(directory.path()));
        assert!(!venv.is_complete());
        std::fs::create_dir_all(venv.root.join("bin")).unwrap();
        assert!(!venv.is_complete());
        venv.mark_complete().unwrap();
        assert!(venv.is_complete());

        let moved = directory.path().join("elsewhere");
        let there = Venv::of(&Cache::at(&moved));
        std::fs::create_dir_all(&moved).unwrap();
        std::fs::rename(&venv.root, &there.root).unwrap();
        assert!(
            !there.is_complete(),
            "an environment that was moved must not be used"
        );
    }
}
