//! A copy of the module and one example, to run Terraform in.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::architecture::Architecture;
use crate::error::{Error, Result};
use crate::files::{create_dir_all, io_error};
use crate::function::FunctionPackage;
use crate::module;

/// A staged example; its directory is removed when this is dropped.
#[derive(Debug)]
pub struct StagedExample {
    root: TempDir,
    dir: PathBuf,
}

impl StagedExample {
    /// The copy of the repository's module, in which `../../` of the example is.
    #[must_use]
    pub fn module(&self) -> &Path {
        self.root.path()
    }

    /// The example: the directory to run Terraform in.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Gives the module this zip of the function, in place of one of the same processor.
    ///
    /// # Errors
    ///
    /// When the zip cannot be copied.
    pub fn carry(&self, package: &FunctionPackage) -> Result<()> {
        let dist = self.module().join("dist");
        create_dir_all(&dist)?;
        let target = dist.join(package.architecture.zip_name());
        fs::copy(&package.path, &target)
            .map(drop)
            .map_err(io_error("copy", &package.path))
    }

    /// Leaves the directory where it is, to be looked at, and returns the example in it.
    #[must_use]
    pub fn keep(self) -> PathBuf {
        let _root = self.root.keep();
        self.dir
    }
}

/// Copies the module (`*.tf`, `modules/`, `flows/`, the function's zips) and one example to a
/// temporary directory, where `source = "../../"` still means the module.
///
/// State and `.terraform` thereby never touch the checkout, and several runs do not meet.
///
/// # Errors
///
/// When there is no such example or a file cannot be copied.
pub fn stage_example(repository: &Path, name: &str) -> Result<StagedExample> {
    let example = repository.join("examples").join(name);
    let plain = !name.is_empty() && Path::new(name).components().count() == 1;
    if !plain || name.starts_with('.') || !example.is_dir() {
        return Err(Error::NoSuchExample {
            name: name.to_owned(),
            repository: repository.to_path_buf(),
        });
    }
    let root = tempfile::Builder::new()
        .prefix("connect-pin-sms-")
        .tempdir()
        .map_err(io_error("create a directory in", &std::env::temp_dir()))?;
    let mut paths = module::code(repository)?;
    paths.extend(module::example(repository, name)?);
    let zips = Architecture::ALL.map(|one| Path::new("dist").join(one.zip_name()));
    paths.extend(
        zips.into_iter()
            .filter(|zip| repository.join(zip).is_file()),
    );
    for path in paths {
        let (source, target) = (repository.join(&path), root.path().join(&path));
        if let Some(parent) = target.parent() {
            create_dir_all(parent)?;
        }
        fs::copy(&source, &target).map_err(io_error("copy", &source))?;
    }
    let dir = root.path().join("examples").join(name);
    Ok(StagedExample { root, dir })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_sources_and_leaves_the_rest() {
        let repository = tempfile::tempdir().unwrap();
        let put = |path: &str| {
            let path = repository.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        };
        let zip = format!("dist/{}", Architecture::X86_64.zip_name());
        let wanted = [
            zip.as_str(),
            "main.tf",
            "modules/lambda/main.tf",
            "modules/lambda/policies/one.json",
            "flows/main.json.tftpl",
            "flows/texts/de.json",
            "examples/complete/main.tf",
        ];
        let unwanted = [
            "README.md",
            "Cargo.toml",
            "terraform.tfstate",
            ".terraform.lock.hcl",
            "modules/lambda/.terraform/modules.json",
            "dist/.tmpABC",
            "dist/notes.txt",
            "dist/terraform-aws-connect-pin-sms-0.1.0.zip",
            "target/debug/x",
            "examples/minimal/main.tf",
            "examples/complete/.terraform/x",
            "examples/complete/terraform.tfstate.backup",
        ];
        wanted.iter().chain(&unwanted).copied().for_each(put);

        let staged = stage_example(repository.path(), "complete").unwrap();
        for path in wanted {
            assert!(staged.module().join(path).is_file(), "{path} is missing");
        }
        for path in unwanted {
            assert!(!staged.module().join(path).exists(), "{path} was copied");
        }
        assert!(staged.dir().join("../../main.tf").is_file());

        let place = staged.module().to_path_buf();
        drop(staged);
        assert!(!place.exists());
    }

    #[test]
    fn an_unknown_example_is_named() {
        let repository = tempfile::tempdir().unwrap();
        for name in ["nothing", "../modules", ""] {
            let error = stage_example(repository.path(), name).unwrap_err();
            assert!(matches!(error, Error::NoSuchExample { .. }), "{error}");
        }
    }
}
