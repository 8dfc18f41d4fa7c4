//! Development builds of the function: built in seconds, and only for this machine.
//!
//! Cargo and this machine's linker build them without the optimisation of a release. They run in the
//! local account and never go into `dist`: they may need a newer C library than Lambda has, and their
//! bytes differ between machines.

use tokio::process::Command;

use crate::command::{Keep, run_keeping};
use crate::environment::forget_outer_crate;
use crate::error::{Error, Result};
use crate::files::{read, sha256, write_if_changed};
use crate::function::{FunctionCrate, FunctionPackage};
use crate::lock::Lock;
use crate::package::{Effort, pack_bootstrap_with};
use crate::progress::Progress;
use crate::tools::Tool;

/// The profile in the workspace's `Cargo.toml`.
const PROFILE: &str = "lambda-dev";

/// Builds a function as a development build and packs it below the target directory, never at
/// [`FunctionCrate::zip`]. The function must be for this machine's processor.
///
/// # Errors
///
/// [`Error::Compile`] with all messages of the compiler, coloured if `colours`; other errors when Cargo
/// cannot be started or a file cannot be written.
pub(crate) async fn build_development_zip(
    function: &FunctionCrate,
    cargo: &Tool,
    colours: bool,
    progress: &dyn Progress,
) -> Result<FunctionPackage> {
    let lock = function.target_dir.join("development.lock");
    let _lock = Lock::take(&lock, "building the function", progress).await?;
    progress.step("Building the function (development build)");
    let mut build = Command::new(&cargo.path);
    build
        .args(["build", "--profile", PROFILE])
        .args(["--color", if colours { "always" } else { "never" }])
        .args(["--package", &function.package, "--bin", &function.binary])
        .arg("--manifest-path")
        .arg(&function.manifest)
        .current_dir(&function.root)
        .env("CARGO_TARGET_DIR", &function.target_dir)
        // It would change the output directory.
        .env_remove("CARGO_BUILD_TARGET");
    forget_outer_crate(&mut build);
    // The cause of an error may be printed long before the last line.
    let built = run_keeping(build, Keep::Everything, progress).await?;
    if !built.status.success() {
        return Err(Error::Compile { said: built.tail });
    }

    let binary = read(&function.target_dir.join(PROFILE).join(&function.binary))?;
    let bytes = pack_bootstrap_with(&binary, Effort::Least)?;
    let path = function
        .target_dir
        .join("development")
        .join(function.architecture.zip_name());
    let changed = write_if_changed(&path, &bytes)?;
    Ok(FunctionPackage {
        path,
        sha256: sha256(&bytes),
        size: bytes.len() as u64,
        architecture: function.architecture,
        changed,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::architecture::Architecture;
    use crate::progress::Silent;
    use crate::tools::Version;

    /// Creates a checkout whose Cargo is this shell script.
    fn checkout(root: &Path, script: &str) -> (FunctionCrate, Tool) {
        let path = root.join("cargo");
        crate::testing::script(&path, script);
        std::fs::create_dir(root.join("lambda")).unwrap();
        let cargo = Tool {
            path,
            version: Version::new(1, 95, 0),
        };
        let host = Architecture::of_host().unwrap();
        (FunctionCrate::of_repository(root, host).unwrap(), cargo)
    }

    #[tokio::test]
    async fn the_zip_in_dist_is_unchanged() {
        let root = tempfile::tempdir().unwrap();
        let script = "cd \"$CARGO_TARGET_DIR\" && mkdir -p lambda-dev && echo $1 > lambda-dev/connect-pin-sms";
        let (function, cargo) = checkout(root.path(), script);
        let dist = function.zip.clone();
        std::fs::create_dir(dist.parent().unwrap()).unwrap();
        std::fs::write(&dist, "released").unwrap();

        let built = build_development_zip(&function, &cargo, false, &Silent);
        let built = built.await.unwrap();
        assert!(built.changed && built.path.starts_with(&function.target_dir));
        assert_eq!(std::fs::read_to_string(&dist).unwrap(), "released");
        let zip = std::fs::File::open(&built.path).unwrap();
        let mut zip = zip::ZipArchive::new(zip).unwrap();
        let bootstrap = zip.by_name("bootstrap").unwrap();
        assert_eq!(std::io::read_to_string(bootstrap).unwrap(), "build\n");

        let again = build_development_zip(&function, &cargo, false, &Silent);
        assert!(!again.await.unwrap().changed);
    }

    #[tokio::test]
    async fn all_messages_of_the_compiler_are_shown() {
        let root = tempfile::tempdir().unwrap();
        let script = "for i in $(seq 100); do echo error $i, color $5 >&2; done; exit 101";
        let (function, cargo) = checkout(root.path(), script);
        let failed = build_development_zip(&function, &cargo, true, &Silent).await;
        let said = failed.unwrap_err().to_string();
        assert!(
            said.starts_with("the function does not compile:\nerror 1, color always\n"),
            "{said}"
        );
        assert!(said.ends_with("error 100, color always"), "{said}");
    }
}
