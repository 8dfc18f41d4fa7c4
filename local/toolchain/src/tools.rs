//! Finds the tools that a machine needs, before anything long starts.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::cache::Cache;
use crate::cargo_lambda;
use crate::command::succeed;
use crate::environment;
use crate::error::{Error, MissingTool, MissingTools, Result};
use crate::progress::Silent;

const TERRAFORM: Version = Version::new(1, 9, 0);
const GO: Version = Version::new(1, 25, 0);
const PYTHON: Version = Version::new(3, 8, 0);

/// A tool's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    pub major: u32,
    pub minor: u32,
    /// 0 if the version has only two numbers.
    pub patch: u32,
}

impl Version {
    /// Creates a version of three numbers.
    #[must_use]
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self {
            major,
            minor,
            patch,
        }
    }

    /// Finds the first version in a text, as in `go version go1.26.8 linux`.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(|word| {
            let digits = word.trim_start_matches(|c: char| !c.is_ascii_digit());
            let end = digits.find(|c: char| !c.is_ascii_digit() && c != '.');
            let mut numbers = digits[..end.unwrap_or(digits.len())].split('.');
            let mut next = || numbers.next().and_then(|number| number.parse().ok());
            let (major, minor) = (next()?, next()?);
            Some(Self {
                major,
                minor,
                patch: next().unwrap_or(0),
            })
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        if self.patch > 0 {
            write!(f, ".{}", self.patch)
        } else {
            Ok(())
        }
    }
}

/// A tool that was found and is recent enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// Path of the program.
    pub path: PathBuf,
    /// Its version.
    pub version: Version,
}

/// The work for which a machine needs tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To compile the function and deploy it: Terraform, Cargo, a C compiler, and Python unless there is
    /// `cargo-lambda`.
    Build,
    /// To deploy a function that is built: Terraform alone.
    Deploy,
}

/// The tools of this machine.
#[derive(Debug, Clone)]
pub struct Tools {
    pub terraform: Tool,
    /// Terraform's name for this machine, such as `linux_amd64`.
    pub platform: String,
    /// Cargo, or the message to show if something must be compiled.
    pub cargo: Result<Tool, MissingTool>,
    /// Go, or the message to show if the provider must be built.
    pub go: Result<Tool, MissingTool>,
    /// Python with `venv`, or the message to show. It is an error only if Python is not needed.
    pub python: Result<Tool, MissingTool>,
    /// A usable `cargo-lambda`, if one was found.
    pub cargo_lambda: Option<cargo_lambda::CargoLambda>,
}

impl Tools {
    /// Returns Cargo.
    ///
    /// # Errors
    ///
    /// [`Error::MissingTools`] when the machine has none. A release that compiles nothing never meets it.
    pub fn need_cargo(&self) -> Result<&Tool> {
        need(&self.cargo)
    }

    pub(crate) fn need_go(&self) -> Result<&Tool> {
        need(&self.go)
    }

    pub(crate) fn need_python(&self) -> Result<&Tool> {
        need(&self.python)
    }
}

fn need(tool: &Result<Tool, MissingTool>) -> Result<&Tool> {
    tool.as_ref()
        .map_err(|missing| Error::from(MissingTools(vec![missing.clone()])))
}

/// Looks for the tools. This takes about a second and changes nothing.
///
/// Terraform is always required. To build, Cargo and a C compiler are required too, and Python unless a
/// usable `cargo-lambda` with zig is on the path or in the cache. Go is needed only if the Terraform
/// registry cannot be reached, so its absence is recorded and not reported.
///
/// # Errors
///
/// One sentence for every tool that is missing or too old.
pub async fn preflight(cache: &Cache, purpose: Purpose) -> Result<Tools, MissingTools> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    preflight_on(&path, cache, purpose).await
}

async fn preflight_on(
    path: &OsStr,
    cache: &Cache,
    purpose: Purpose,
) -> Result<Tools, MissingTools> {
    let search = Search {
        path: path.to_owned(),
    };
    let (terraform, cargo, go, python, lambda) = tokio::join!(
        search.terraform(),
        search.tool("cargo", &["--version"], Version::new(1, 95, 0), RUST),
        search.tool("go", &["version"], GO, INSTALL_GO),
        search.python(),
        cargo_lambda::find(path, cache),
    );
    let mut missing = Vec::new();
    let mut keep =
        |tool: Result<Tool, MissingTool>| tool.map_err(|sentence| missing.push(sentence)).ok();
    let (terraform, platform) = match terraform {
        Ok((tool, platform)) => (keep(Ok(tool)), platform),
        Err(sentence) => (keep(Err(sentence)), String::new()),
    };
    if purpose == Purpose::Build {
        keep(cargo.clone());
        if lambda.is_none() {
            keep(python.clone());
        }
        if find_program(path, "cc").is_none() {
            keep(Err(MissingTool {
                name: "cc",
                sentence: INSTALL_CC.to_owned(),
            }));
        }
    }
    match terraform {
        Some(terraform) if missing.is_empty() => Ok(Tools {
            terraform,
            platform,
            cargo,
            go,
            python,
            cargo_lambda: lambda,
        }),
        _ => Err(MissingTools(missing)),
    }
}

/// Checks the Terraform at a path, or a replacement such as OpenTofu. Returns it with its name for this
/// machine's platform.
pub(crate) async fn terraform_at(path: PathBuf) -> Result<(Tool, String), MissingTool> {
    let search = Search {
        path: std::env::var_os("PATH").unwrap_or_default(),
    };
    let tool = search
        .check(
            TERRAFORM_NAME,
            path,
            &["version"],
            TERRAFORM,
            INSTALL_TERRAFORM,
        )
        .await?;
    search.with_platform(tool).await
}

const TERRAFORM_NAME: &str = "terraform";
const INSTALL_TERRAFORM: &str = "install it from \
    https://developer.hashicorp.com/terraform/install and put it on the PATH";
const INSTALL_GO: &str = "the Terraform registry cannot be reached, so the AWS provider is built \
    from its Go module; install Go from https://go.dev/dl/, or allow access to \
    registry.terraform.io and releases.hashicorp.com";
const INSTALL_PYTHON: &str = "cargo-lambda and zig are installed into a private virtual environment with it; \
    install Python 3 with the venv module (Debian and Ubuntu: apt install python3-venv), or \
    install cargo-lambda and zig yourself";
const RUST: &str = "install Rust with https://rustup.rs";
const INSTALL_CC: &str = "cc, a C compiler, was not found: Rust links build scripts with it; \
    install one (Debian and Ubuntu: apt install build-essential; macOS: xcode-select --install).";

struct Search {
    path: OsString,
}

impl Search {
    async fn terraform(&self) -> Result<(Tool, String), MissingTool> {
        let tool = self
            .tool(TERRAFORM_NAME, &["version"], TERRAFORM, INSTALL_TERRAFORM)
            .await?;
        self.with_platform(tool).await
    }

    async fn with_platform(&self, tool: Tool) -> Result<(Tool, String), MissingTool> {
        let text = self
            .ask(TERRAFORM_NAME, &tool.path, &["version", "-json"])
            .await
            .unwrap_or_default();
        let platform = serde_json::from_str::<serde_json::Value>(&text)
            .ok()
            .and_then(|version| version.get("platform")?.as_str().map(str::to_owned))
            .ok_or_else(|| MissingTool {
                name: TERRAFORM_NAME,
                sentence: format!(
                    "`{} version -json` prints no platform: {INSTALL_TERRAFORM}.",
                    tool.path.display()
                ),
            })?;
        Ok((tool, platform))
    }

    async fn python(&self) -> Result<Tool, MissingTool> {
        // Debian's python3 has the module `venv` without `ensurepip`, so it would fail later.
        const ASK: &str = "import venv, ensurepip, platform; print(platform.python_version())";
        self.tool("python3", &["-c", ASK], PYTHON, INSTALL_PYTHON)
            .await
    }

    async fn tool(
        &self,
        name: &'static str,
        arguments: &[&str],
        least: Version,
        install: &str,
    ) -> Result<Tool, MissingTool> {
        let Some(path) = find_program(&self.path, name) else {
            return Err(MissingTool {
                name,
                sentence: format!(
                    "{name} was not found; version {least} or later is required: {install}."
                ),
            });
        };
        self.check(name, path, arguments, least, install).await
    }

    /// Returns the program at a path, if it works and is recent enough.
    async fn check(
        &self,
        name: &'static str,
        path: PathBuf,
        arguments: &[&str],
        least: Version,
        install: &str,
    ) -> Result<Tool, MissingTool> {
        let missing = |sentence: String| MissingTool { name, sentence };
        let text = self.ask(name, &path, arguments).await.ok();
        match text.as_deref().and_then(Version::find) {
            Some(version) if version >= least => Ok(Tool { path, version }),
            Some(version) => Err(missing(format!(
                "{name} {version} at {} is too old; version {least} or later is required: {install}.",
                path.display()
            ))),
            None => Err(missing(format!(
                "{name} at {} does not work; version {least} or later is required: {install}.",
                path.display()
            ))),
        }
    }

    /// Returns a tool's output in the environment of its later use: Terraform without the user's
    /// settings, other tools with all of them.
    async fn ask(&self, name: &str, program: &Path, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(program);
        if name == TERRAFORM_NAME {
            environment::of_terraform(&environment::own(), &BTreeMap::new()).make(&mut command);
        }
        command.args(arguments).env("PATH", &self.path);
        succeed(command, &Silent).await
    }
}

/// Returns the first program with this name on a search path.
pub(crate) fn find_program(path: &OsStr, name: &str) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt;

    std::env::split_paths(path)
        .map(|directory| directory.join(name))
        .find(|candidate| {
            std::fs::metadata(candidate)
                .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
        })
}

/// Returns a search path with a directory in front.
pub(crate) fn prepend_path(directory: &Path, path: &OsStr) -> OsString {
    let mut joined = directory.as_os_str().to_owned();
    if !path.is_empty() {
        joined.push(":");
        joined.push(path);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_texts() {
        let find = |text| Version::find(text).map(|version| version.to_string());
        assert_eq!(find("Terraform v1.11.4\non linux_amd64").unwrap(), "1.11.4");
        assert_eq!(find("go version go1.26.8 linux/amd64").unwrap(), "1.26.8");
        assert_eq!(find("go version go1.26rc1 linux/amd64").unwrap(), "1.26");
        assert_eq!(find("cargo 1.95.0 (f2d3ce0bd 2026-03-21)").unwrap(), "1.95");
        assert_eq!(find("3.11.7\n").unwrap(), "3.11.7");
        assert_eq!(find("no numbers, 7 apart"), None);
    }

    #[tokio::test]
    async fn all_missing_tools_are_reported_together() {
        let empty = tempfile::tempdir().unwrap();
        let cache = Cache::at(empty.path().join("cache"));
        let missing = preflight_on(empty.path().as_os_str(), &cache, Purpose::Build)
            .await
            .unwrap_err();
        let names: Vec<_> = missing.0.iter().map(|tool| tool.name).collect();
        assert_eq!(names, ["terraform", "cargo", "python3", "cc"]);
        let text = missing.to_string();
        assert_eq!(text.lines().count(), 4);
        assert!(
            text.starts_with("terraform was not found; version 1.9 or later is required: install")
        );
        assert!(!cache.root().exists(), "the check must not create anything");
    }

    #[tokio::test]
    async fn a_function_that_is_built_is_deployed_with_terraform_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().as_os_str();
        let cache = Cache::at(directory.path().join("cache"));
        let preflight = || preflight_on(path, &cache, Purpose::Deploy);
        let missing = preflight().await.unwrap_err();
        let names: Vec<_> = missing.0.iter().map(|tool| tool.name).collect();
        assert_eq!(names, ["terraform"]);
        crate::testing::script(
            &directory.path().join("terraform"),
            r#"[ -z $2 ] && echo Terraform v1.11.4 || echo '{"platform":"linux_amd64"}'"#,
        );
        let tools = preflight().await.unwrap();
        assert_eq!(tools.terraform.version, Version::new(1, 11, 4));
        // Compiling must fail with the sentence about Cargo.
        let error = tools.need_cargo().unwrap_err().to_string();
        assert!(error.starts_with("cargo was not found"), "{error}");
    }

    #[tokio::test]
    async fn another_terraform_is_checked_like_the_first() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str, script: &str| {
            let path = directory.path().join(name);
            crate::testing::script(&path, script);
            terraform_at(path)
        };
        let script = r#"[ -z $2 ] && echo OpenTofu v1.12.6 || echo '{"platform":"linux_arm64"}'"#;
        let (tool, platform) = at("tofu", script).await.unwrap();
        assert_eq!(tool.version, Version::new(1, 12, 6));
        assert_eq!(tool.path, directory.path().join("tofu"));
        assert_eq!(platform, "linux_arm64");

        let old = at("old", "echo Terraform v1.5.7").await.unwrap_err();
        assert!(old.sentence.contains("1.5.7 at "), "{old}");
        assert!(
            old.sentence.contains("is too old; version 1.9 or later"),
            "{old}"
        );
        let absent = directory.path().join("absent");
        let absent = terraform_at(absent).await.unwrap_err();
        assert!(absent.sentence.contains("does not work"), "{absent}");
    }

    #[tokio::test]
    async fn old_tools_are_reported_and_missing_go_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let fake = |name: &str, text: &str| {
            crate::testing::script(&directory.path().join(name), text);
        };
        let platform = r#"echo '{"platform":"linux_amd64"}'"#;
        fake("terraform", "echo Terraform v1.5.7");
        fake("cargo", "echo cargo 1.95.0");
        fake("python3", "echo 3.12.1");
        fake("cc", "exit 0");
        let cache = Cache::at(directory.path().join("cache"));
        let path = directory.path().as_os_str();
        let missing = preflight_on(path, &cache, Purpose::Build)
            .await
            .unwrap_err()
            .to_string();
        assert!(missing.starts_with("terraform 1.5.7 at "), "{missing}");
        assert!(
            missing.contains("is too old; version 1.9 or later is required"),
            "{missing}"
        );

        fake(
            "terraform",
            &format!("[ -z $2 ] && echo Terraform v1.9.0 || {platform}"),
        );
        let tools = preflight_on(path, &cache, Purpose::Build).await.unwrap();
        assert_eq!(tools.platform, "linux_amd64");
        assert_eq!(tools.terraform.version, Version::new(1, 9, 0));
        let error = tools.need_go().unwrap_err().to_string();
        assert!(
            error.starts_with("go was not found; version 1.25 or later is required"),
            "{error}"
        );

        fake("python3", "echo No module named ensurepip >&2; exit 1");
        let missing = preflight_on(path, &cache, Purpose::Build)
            .await
            .unwrap_err()
            .to_string();
        assert!(
            missing.contains("python3 at ") && missing.contains("does not work"),
            "{missing}"
        );
    }
}
