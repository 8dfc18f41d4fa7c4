//! Builds the AWS provider from its Go module where the Terraform registry cannot be reached.
//!
//! Terraform's registry provides the compiled provider. Networks that allow only package registries do
//! not reach it, but do reach Go's module proxy and its checksum database. There, a published fork has
//! the sources of the release. Go verifies them twice: against the checksum below and, unless the user's
//! settings disable it, against the public database.

mod ec2;
mod services;
mod source;
mod stamp;

use std::fs;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::cache::Cache;
use crate::command::succeed;
use crate::error::{Error, Result};
use crate::files::{create_dir_all, io_error, remove_dir_if_present, sha256, write};
use crate::lock::Lock;
use crate::progress::Progress;
use crate::tools::Tools;
use stamp::Stamp;

pub use services::ProviderBuild;

/// The version of the provider that is built.
pub const PROVIDER_VERSION: &str = "6.34.0";

/// The published Go module with the sources of [`PROVIDER_VERSION`].
const FORK: &str = "github.com/upbound/terraform-provider-aws";
const FORK_VERSION: &str = "v0.0.0-20260305123303-f7691456b787";
const FORK_SUM: &str = "h1:dJlp2eNgY/iVKTPINdguYlHbHc9CtXBZKmQmqYq0REs=";
const FORK_MOD_SUM: &str = "h1:WOPLTXSK2ZhAuuLIh2EVZ9zWib65hkmw1XLc227hsuQ=";

/// The registry that `hashicorp/aws` refers to in Terraform, and the one in OpenTofu.
const TERRAFORM_REGISTRY: &str = "registry.terraform.io";
const OPENTOFU_REGISTRY: &str = "registry.opentofu.org";

/// The prefix of directories with a build in progress.
const BUILD_PREFIX: &str = "build-";

/// A built provider, in the layout of a file system mirror of the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderMirror {
    /// The mirror's directory, for `filesystem_mirror` of Terraform's CLI configuration.
    pub path: PathBuf,
    pub binary: PathBuf,
    /// The provider's size in bytes.
    pub size: u64,
}

impl ProviderMirror {
    /// Makes the mirror serve OpenTofu's registry as well, where the provider has the same name.
    ///
    /// # Errors
    ///
    /// When the link cannot be created.
    pub(crate) fn answer_for_opentofu(&self, platform: &str) -> Result<()> {
        let version = Path::new("hashicorp/aws").join(PROVIDER_VERSION);
        let versions = self.path.join(OPENTOFU_REGISTRY).join(&version);
        create_dir_all(&versions)?;
        // Only the last directory of a mirror's path may be a link.
        let link = versions.join(platform);
        let package = Path::new("../../../..")
            .join(TERRAFORM_REGISTRY)
            .join(&version)
            .join(platform);
        match std::os::unix::fs::symlink(package, &link) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                Err(io_error("link", &link)(error))
            }
            _ => Ok(()),
        }
    }
}

/// The directories of one recipe's build.
struct BuildDirectory {
    recipe: String,
    lock: PathBuf,
    root: PathBuf,
    mirror: PathBuf,
    stamp: PathBuf,
    package: PathBuf,
    name: String,
}

impl BuildDirectory {
    fn of(cache: &Cache, platform: &str, build: ProviderBuild) -> Self {
        let recipe = recipe(platform, build);
        // Checkouts with different recipes must not replace each other's builds.
        let root = provider_directory(cache).join(&recipe[..16]);
        let mirror = root.join("mirror");
        Self {
            lock: cache.join("provider.lock"),
            stamp: root.join("stamp.json"),
            package: mirror
                .join(TERRAFORM_REGISTRY)
                .join("hashicorp/aws")
                .join(PROVIDER_VERSION)
                .join(platform),
            name: format!("terraform-provider-aws_v{PROVIDER_VERSION}"),
            recipe,
            root,
            mirror,
        }
    }

    /// Removes the directories of builds that were killed. The lock must be held.
    fn remove_abandoned(&self) -> Result<()> {
        for entry in fs::read_dir(&self.root).map_err(io_error("read", &self.root))? {
            let entry = entry.map_err(io_error("read", &self.root))?;
            if entry
                .file_name()
                .to_string_lossy()
                .starts_with(BUILD_PREFIX)
            {
                remove_dir_if_present(&entry.path())?;
            }
        }
        Ok(())
    }

    fn verified(&self) -> Option<ProviderMirror> {
        let binary = self.package.join(&self.name);
        let stamp = Stamp::verify(&binary, &self.stamp, &self.recipe)?;
        Some(ProviderMirror {
            path: self.mirror.clone(),
            binary,
            size: stamp.size,
        })
    }
}

/// Returns the directory of all built providers.
pub(crate) fn provider_directory(cache: &Cache) -> PathBuf {
    cache.join("provider")
}

/// Returns the digest of everything that the build depends on.
fn recipe(platform: &str, build: ProviderBuild) -> String {
    let services = build.services().join(" ");
    let ldflags = ldflags();
    let mut parts = vec![platform, FORK, FORK_VERSION, FORK_SUM, &services, &ldflags];
    parts.extend(ec2::substitutes().map(|(_, text)| text));
    sha256(parts.join("\n").as_bytes())
}

fn ldflags() -> String {
    format!(
        "-s -w -X {}/version.ProviderVersion={PROVIDER_VERSION}",
        source::MODULE
    )
}

/// Returns the provider that was built on this machine, if it exists and is undamaged.
#[must_use]
pub fn ready_mirror(cache: &Cache, platform: &str, build: ProviderBuild) -> Option<ProviderMirror> {
    BuildDirectory::of(cache, platform, build).verified()
}

/// Returns the provider built on this machine. The first call takes several minutes; later ones return
/// immediately.
///
/// # Errors
///
/// When Go is missing, when the sources cannot be downloaded or have the wrong checksum, or when they do
/// not compile.
pub async fn ensure_mirror(
    tools: &Tools,
    cache: &Cache,
    build: ProviderBuild,
    progress: &dyn Progress,
) -> Result<ProviderMirror> {
    let place = BuildDirectory::of(cache, &tools.platform, build);
    if let Some(mirror) = place.verified() {
        return Ok(mirror);
    }
    let _lock = Lock::take(&place.lock, "building the AWS provider", progress).await?;
    // The previous holder of the lock has probably just built it.
    if let Some(mirror) = place.verified() {
        return Ok(mirror);
    }
    let go = &tools.need_go()?.path;
    create_dir_all(&place.root)?;
    place.remove_abandoned()?;
    // On the cache's file system, so that the result can be renamed.
    let work = tempfile::Builder::new()
        .prefix(BUILD_PREFIX)
        .tempdir_in(&place.root)
        .map_err(io_error("create a directory in", &place.root))?;

    progress.step(&format!(
        "Downloading the AWS provider's sources ({PROVIDER_VERSION})"
    ));
    let module = download(go, &work.path().join("module"), progress).await?;
    let sources = work.path().join("src");
    source::copy(&module, &sources, &build.services())?;

    progress.step(&format!(
        "Building the AWS provider{} (takes minutes, once per machine)",
        match build {
            ProviderBuild::Module => "",
            ProviderBuild::Wide => " with the services of other stacks",
        }
    ));
    let package = work.path().join("package");
    compile(
        go,
        &sources,
        &package.join(&place.name),
        &tools.platform,
        build,
        progress,
    )
    .await?;

    // Without its stamp, the new build is not used before it is complete.
    let _ = fs::remove_file(&place.stamp);
    remove_dir_if_present(&place.package)?;
    place.package.parent().map_or(Ok(()), create_dir_all)?;
    fs::rename(&package, &place.package).map_err(io_error("rename to", &place.package))?;
    let binary = place.package.join(&place.name);
    let stamp = Stamp::write(&binary, &place.stamp, &place.recipe)?;
    Ok(ProviderMirror {
        path: place.mirror.clone(),
        binary,
        size: stamp.size,
    })
}

/// Creates a Go command whose result does not depend on the directory.
fn go_command(program: &Path, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(directory)
        .env("GO111MODULE", "on")
        // A `go.work` above the cache must not apply. The user's settings for proxies and checksums do.
        .env("GOWORK", "off")
        // Tags, build modes and other flags would change the program. With an empty value, Go would use
        // its own settings file.
        .env("GOFLAGS", "-mod=readonly");
    command
}

/// Downloads the sources and returns their directory.
async fn download(go: &Path, directory: &Path, progress: &dyn Progress) -> Result<PathBuf> {
    create_dir_all(directory)?;
    let module = source::MODULE;
    let go_mod = format!(
        "module provider-build\n\ngo 1.25\n\nrequire {module} v0.0.0\n\n\
         replace {module} => {FORK} {FORK_VERSION}\n"
    );
    let go_sum =
        format!("{FORK} {FORK_VERSION} {FORK_SUM}\n{FORK} {FORK_VERSION}/go.mod {FORK_MOD_SUM}\n");
    write(&directory.join("go.mod"), go_mod.as_bytes())?;
    write(&directory.join("go.sum"), go_sum.as_bytes())?;
    let mut command = go_command(go, directory);
    command.args(["mod", "download", "-json", module]);
    let shown = crate::command::display(&command);
    let text = succeed(command, progress).await?;
    module_directory(&text, shown)
}

/// Returns the directory in the output of `go mod download -json`, after checking the checksum.
fn module_directory(text: &str, command: String) -> Result<PathBuf> {
    let unexpected = |problem: String| Error::UnexpectedOutput { command, problem };
    let module: serde_json::Value = match serde_json::from_str(text) {
        Ok(module) => module,
        Err(error) => return Err(unexpected(error.to_string())),
    };
    let field = |name: &str| module.get(name).and_then(serde_json::Value::as_str);
    if let Some(found) = field("Sum")
        && found != FORK_SUM
    {
        return Err(Error::ProviderChecksum {
            expected: FORK_SUM.to_owned(),
            found: found.to_owned(),
        });
    }
    match (field("Sum"), field("Dir")) {
        (Some(_), Some(directory)) => Ok(PathBuf::from(directory)),
        _ => Err(unexpected("no checksum or no directory".to_owned())),
    }
}

/// Compiles the provider.
async fn compile(
    go: &Path,
    sources: &Path,
    binary: &Path,
    platform: &str,
    build: ProviderBuild,
    progress: &dyn Progress,
) -> Result<()> {
    let mut command = match build {
        // The function is built at the same time, in the end on one processor only, while Go has work for all.
        // With the function first, both end together: nice(1) of POSIX sees to it.
        ProviderBuild::Module => {
            let mut nice = go_command(Path::new("nice"), sources);
            nice.args(["-n", "10"]).arg(go);
            nice
        }
        ProviderBuild::Wide => go_command(go, sources),
    };
    command
        .args([
            "build",
            "-mod=readonly",
            "-trimpath",
            "-buildvcs=false",
            // The linker leaves a debugger's notes out, so the compiler need not write them.
            "-gcflags=all=-dwarf=false",
            "-ldflags",
            &ldflags(),
        ])
        .arg("-o")
        .arg(binary)
        .arg(".")
        // As in the published provider, which therefore needs no C compiler.
        .env("CGO_ENABLED", "0");
    // The compiler's processes live for seconds, so they collect garbage only when they grow large. With
    // the flag above this takes a quarter off the build's processor time.
    for (name, value) in [("GOGC", "400"), ("GOMEMLIMIT", "3GiB")] {
        if std::env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    if let Some((os, processor)) = platform.split_once('_') {
        // Terraform's platform may differ from Go's (an emulated Terraform).
        command.env("GOOS", os).env("GOARCH", processor);
    }
    succeed(command, progress).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirror_is_laid_out_as_terraform_reads_it() {
        let place = BuildDirectory::of(&Cache::at("/c"), "linux_amd64", ProviderBuild::Module);
        let binary = place.package.join(&place.name);
        assert_eq!(
            binary.strip_prefix(&place.mirror).unwrap(),
            Path::new(
                "registry.terraform.io/hashicorp/aws/6.34.0/linux_amd64/\
                 terraform-provider-aws_v6.34.0"
            )
        );
        // Terraform computes the digest of the whole package directory.
        assert!(!place.stamp.starts_with(&place.mirror));
        assert_ne!(
            place.root,
            BuildDirectory::of(&Cache::at("/c"), "darwin_arm64", ProviderBuild::Module).root
        );
    }

    #[test]
    fn each_build_has_a_directory_of_its_own() {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::at(directory.path());
        let place = |build| BuildDirectory::of(&cache, "linux_amd64", build);
        let (module, wide) = (place(ProviderBuild::Module), place(ProviderBuild::Wide));
        assert_ne!(module.root, wide.root);
        fs::create_dir_all(&wide.package).unwrap();
        let binary = wide.package.join(&wide.name);
        fs::write(&binary, b"provider").unwrap();
        Stamp::write(&binary, &wide.stamp, &wide.recipe).unwrap();
        let ready = |build| ready_mirror(&cache, "linux_amd64", build).is_some();
        assert!(ready(ProviderBuild::Wide) && !ready(ProviderBuild::Module));
    }

    #[test]
    fn a_damaged_build_does_not_count() {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::at(directory.path());
        let place = BuildDirectory::of(&cache, "linux_amd64", ProviderBuild::Module);
        assert_eq!(
            ready_mirror(&cache, "linux_amd64", ProviderBuild::Module),
            None
        );
        fs::create_dir_all(&place.package).unwrap();
        let binary = place.package.join(&place.name);
        fs::write(&binary, b"provider").unwrap();
        assert_eq!(
            ready_mirror(&cache, "linux_amd64", ProviderBuild::Module),
            None,
            "no stamp yet"
        );
        Stamp::write(&binary, &place.stamp, &place.recipe).unwrap();
        let mirror = ready_mirror(&cache, "linux_amd64", ProviderBuild::Module).unwrap();
        assert_eq!((mirror.size, &mirror.path), (8, &place.mirror));
        std::thread::sleep(std::time::Duration::from_millis(20));
        fs::write(&binary, b"pr0vider").unwrap();
        assert_eq!(
            ready_mirror(&cache, "linux_amd64", ProviderBuild::Module),
            None
        );
    }

    #[test]
    fn opentofu_finds_the_same_provider() {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::at(directory.path());
        let place = BuildDirectory::of(&cache, "linux_amd64", ProviderBuild::Module);
        fs::create_dir_all(&place.package).unwrap();
        let binary = place.package.join(&place.name);
        fs::write(&binary, b"provider").unwrap();
        Stamp::write(&binary, &place.stamp, &place.recipe).unwrap();
        let mirror = ready_mirror(&cache, "linux_amd64", ProviderBuild::Module).unwrap();
        for _ in 0..2 {
            mirror.answer_for_opentofu("linux_amd64").unwrap();
        }
        let name = binary.strip_prefix(mirror.path.join(TERRAFORM_REGISTRY));
        let found = mirror.path.join(OPENTOFU_REGISTRY).join(name.unwrap());
        assert_eq!(fs::read(found).unwrap(), b"provider");
    }

    #[test]
    fn leftovers_of_a_killed_build_are_removed() {
        let directory = tempfile::tempdir().unwrap();
        let place = BuildDirectory::of(
            &Cache::at(directory.path()),
            "linux_amd64",
            ProviderBuild::Module,
        );
        fs::create_dir_all(place.root.join("build-abc/src")).unwrap();
        fs::create_dir_all(&place.mirror).unwrap();
        place.remove_abandoned().unwrap();
        assert!(!place.root.join("build-abc").exists());
        assert!(place.mirror.exists());
    }

    #[test]
    fn the_download_must_have_the_expected_checksum() {
        let command = || "go mod download".to_owned();
        let text = format!(r#"{{"Dir": "/go/mod/x", "Sum": "{FORK_SUM}"}}"#);
        assert_eq!(
            module_directory(&text, command()).unwrap(),
            Path::new("/go/mod/x")
        );
        let error = module_directory(r#"{"Dir": "/x", "Sum": "h1:other="}"#, command());
        let error = error.unwrap_err();
        assert!(matches!(error, Error::ProviderChecksum { .. }), "{error}");
        for text in ["{}", "", r#"{"Sum": 1}"#] {
            let error = module_directory(text, command()).unwrap_err();
            assert!(matches!(error, Error::UnexpectedOutput { .. }), "{error}");
        }
    }
}
