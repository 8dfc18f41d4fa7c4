//! Builds the function's binary for Lambda, so that the same sources give the same bytes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::architecture::{Architecture, RUNTIME_GLIBC};
use crate::cargo_lambda::CargoLambda;
use crate::command::succeed;
use crate::environment;
use crate::error::{Error, Result};
use crate::files::{io_error, read, sha256, write_if_changed};
use crate::lock::Lock;
use crate::package::pack_bootstrap;
use crate::progress::{Progress, Silent};
use crate::tools::{Tool, Version};

/// The profile in the workspace's `Cargo.toml` for functions.
const PROFILE: &str = "lambda";

/// A crate that is a Lambda function, and the paths of its build.
#[derive(Debug, Clone)]
pub struct FunctionCrate {
    /// The directory of the workspace. Its path does not appear in the binary.
    pub root: PathBuf,
    /// The crate's own manifest.
    pub manifest: PathBuf,
    /// The name of the package.
    pub package: String,
    /// The name of its binary.
    pub binary: String,
    /// A separate target directory, because a surrounding `cargo run` holds the lock of the usual one.
    pub target_dir: PathBuf,
    /// The path of the zip.
    pub zip: PathBuf,
    /// The processor that it is built for.
    pub architecture: Architecture,
}

impl FunctionCrate {
    /// Returns this repository's function: `<repository>/lambda`, packed into `<repository>/dist` under
    /// [`Architecture::zip_name`].
    ///
    /// # Errors
    ///
    /// When the current directory, at which a relative path starts, does not exist.
    pub fn of_repository(repository: &Path, architecture: Architecture) -> Result<Self> {
        let name = "connect-pin-sms";
        let root = std::path::absolute(repository).map_err(io_error("find", repository))?;
        Ok(Self {
            manifest: root.join("lambda/Cargo.toml"),
            package: name.to_owned(),
            binary: name.to_owned(),
            target_dir: root.join("target/function"),
            zip: root.join("dist").join(architecture.zip_name()),
            architecture,
            root,
        })
    }
}

/// The function's zip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionPackage {
    pub path: PathBuf,
    /// Its SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// The processor that it is built for.
    pub architecture: Architecture,
    /// Whether this build changed the file.
    pub changed: bool,
}

impl FunctionPackage {
    /// Returns an existing zip; `None` if the file does not exist.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn existing(path: &Path, architecture: Architecture) -> Result<Option<Self>> {
        if !path.is_file() {
            return Ok(None);
        }
        let bytes = read(path)?;
        Ok(Some(Self {
            path: path.to_path_buf(),
            sha256: sha256(&bytes),
            size: bytes.len() as u64,
            architecture,
            changed: false,
        }))
    }
}

/// Builds a function with `cargo lambda` and packs it. The zip is written only if it has changed.
///
/// # Errors
///
/// When the processor's Rust target is not installed, when the crate does not compile (the error ends
/// with the compiler's messages), when the binary would not start on `provided.al2023`, or when a file
/// cannot be written.
pub async fn build_zip(
    function: &FunctionCrate,
    cargo: &Tool,
    lambda: &CargoLambda,
    progress: &dyn Progress,
) -> Result<FunctionPackage> {
    let lock = function.target_dir.join("zip.lock");
    let _lock = Lock::take(&lock, "building the function", progress).await?;
    progress.step(&format!(
        "Building the function for {}",
        function.architecture
    ));
    if !function.architecture.is_installed(&function.root).await? {
        return Err(Error::RustTarget(function.architecture));
    }
    let locked = function.root.join("Cargo.lock").exists();
    fetch(function, cargo, locked, progress).await?;
    let lambda_dir = function.target_dir.join("lambda");
    let mut build = Command::new(&lambda.program);
    build
        .args([
            "lambda",
            "build",
            "--profile",
            PROFILE,
            "--color",
            "never",
            "--compiler",
            "cargo-zigbuild",
        ])
        // It queries rustup for the target, so it would fail for Rust from elsewhere.
        .arg("--skip-target-check")
        .args(["--target", &function.architecture.zig_target()])
        .args(["--package", &function.package, "--bin", &function.binary])
        .arg("--manifest-path")
        .arg(&function.manifest)
        .arg("--lambda-dir")
        .arg(&lambda_dir)
        .args(locked.then_some("--locked"))
        .current_dir(&function.root);
    environment::of_release_build(&environment::own()).make(&mut build);
    build
        .env("PATH", &lambda.path)
        .env("CARGO_TARGET_DIR", &function.target_dir)
        .env("CARGO_ENCODED_RUSTFLAGS", flags(&function.root).await);
    succeed(build, progress).await?;

    progress.step("Packing the function");
    let binary = read(&lambda_dir.join(&function.binary).join("bootstrap"))?;
    check_glibc(&binary)?;
    let bytes = pack_bootstrap(&binary)?;
    let changed = write_if_changed(&function.zip, &bytes)?;
    Ok(FunctionPackage {
        path: function.zip.clone(),
        sha256: sha256(&bytes),
        size: bytes.len() as u64,
        architecture: function.architecture,
        changed,
    })
}

/// Downloads the crates, so that their directories exist when the flags are determined.
async fn fetch(
    function: &FunctionCrate,
    cargo: &Tool,
    locked: bool,
    progress: &dyn Progress,
) -> Result<()> {
    let mut command = Command::new(&cargo.path);
    command
        .args(["fetch", "--color", "never"])
        .args(locked.then_some("--locked"))
        .arg("--manifest-path")
        .arg(&function.manifest)
        .current_dir(&function.root);
    succeed(command, progress).await.map(drop)
}

/// Returns the compiler flags that keep this machine's directories out of the binary.
///
/// Panic messages contain the paths of sources, so the zip would differ between checkouts and name the
/// user. As variables, these flags replace those of Cargo's configuration, including the newer processor
/// that `cargo-lambda` requests: the same zip then runs on every machine of the local account.
async fn flags(root: &Path) -> OsString {
    let mut prefixes = Vec::new();
    if let Some(home) = cargo_home() {
        prefixes.push((home.clone(), "/cargo".to_owned()));
        // The names of the directories below it depend on the registry. If several prefixes match, the
        // compiler uses the last one.
        let sources = home.join("registry/src");
        let mut registries: Vec<_> = std::fs::read_dir(sources)
            .map(|entries| {
                entries
                    .filter_map(|entry| Some(entry.ok()?.path()))
                    .collect()
            })
            .unwrap_or_default();
        registries.sort();
        prefixes.extend(
            registries
                .into_iter()
                .map(|path| (path, "/cargo/crates".to_owned())),
        );
    }
    prefixes.extend(standard_library(root).await);
    let canonical = root.canonicalize().ok().filter(|path| path != root);
    let root = Some(root.to_path_buf());
    prefixes.extend(
        [root, canonical]
            .into_iter()
            .flatten()
            .map(|path| (path, "/src".to_owned())),
    );

    let mut flags = OsString::new();
    for (from, to) in prefixes {
        if !flags.is_empty() {
            flags.push("\u{1f}");
        }
        flags.push("--remap-path-prefix=");
        flags.push(from);
        flags.push("=");
        flags.push(to);
    }
    flags
}

fn cargo_home() -> Option<PathBuf> {
    let named = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .filter(|p| p.is_absolute());
    named.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")))
}

/// Returns the path of the standard library's sources and its replacement. If the component `rust-src` is
/// installed, the paths are those of its directory; otherwise they start with `/rustc/<commit>`, which is
/// the replacement.
async fn standard_library(root: &Path) -> Option<(PathBuf, String)> {
    let ask = async |arguments: &[&str]| {
        let mut command = Command::new("rustc");
        command.args(arguments).current_dir(root);
        succeed(command, &Silent).await.ok()
    };
    let sysroot = ask(&["--print", "sysroot"]).await?;
    let version = ask(&["-vV"]).await?;
    let commit = version
        .lines()
        .find_map(|line| line.strip_prefix("commit-hash: "))?;
    Some((
        Path::new(sysroot.trim()).join("lib/rustlib/src/rust"),
        format!("/rustc/{commit}"),
    ))
}

/// Checks that the binary does not need a newer C library than the runtime has.
fn check_glibc(binary: &[u8]) -> Result<()> {
    match needed_glibc(binary) {
        Some(needed) if needed > RUNTIME_GLIBC => Err(Error::Glibc {
            needed: needed.to_string(),
            available: RUNTIME_GLIBC.to_string(),
        }),
        _ => Ok(()),
    }
}

/// Returns the newest symbol version `GLIBC_…` among a binary's strings.
fn needed_glibc(binary: &[u8]) -> Option<Version> {
    const MARK: &[u8] = b"GLIBC_";
    let versions = binary
        .windows(MARK.len())
        .enumerate()
        .filter(|(_, window)| *window == MARK);
    versions
        .filter_map(|(at, _)| {
            let rest = &binary[at + MARK.len()..];
            let end = rest
                .iter()
                .position(|&byte| !byte.is_ascii_digit() && byte != b'.')?;
            // A symbol version is a complete string.
            (rest[end] == 0).then(|| Version::find(std::str::from_utf8(&rest[..end]).ok()?))?
        })
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_needed_c_library_is_found() {
        let binary = b"\x7fELF\0GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.9\0GLIBC_PRIVATE\0GLIBC_9.9x\0";
        assert_eq!(needed_glibc(binary), Some(Version::new(2, 34, 0)));
        check_glibc(binary).unwrap();
        let error = check_glibc(b"GLIBC_2.38\0").unwrap_err().to_string();
        assert!(
            error.contains("needs glibc 2.38") && error.contains("has 2.34"),
            "{error}"
        );
        assert_eq!(needed_glibc(b"static"), None);
    }

    #[tokio::test]
    async fn every_private_directory_is_renamed() {
        let root = tempfile::tempdir().unwrap();
        let flags = flags(root.path()).await.into_string().unwrap();
        let flags: Vec<_> = flags.split('\u{1f}').collect();
        assert!(
            flags
                .iter()
                .all(|flag| flag.starts_with("--remap-path-prefix=/")),
            "{flags:?}"
        );
        let own = format!("--remap-path-prefix={}=/src", root.path().display());
        assert!(flags.contains(&own.as_str()), "{flags:?}");
        assert!(
            flags.iter().any(|flag| flag.ends_with("=/cargo")),
            "{flags:?}"
        );
    }
}
