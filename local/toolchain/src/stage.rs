//! A copy of the module and one example, to run Terraform in.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::{Error, Result};
use crate::files::{copy_tree, create_dir_all, io_error};

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

    /// Leaves the directory where it is, to be looked at, and returns the example in it.
    #[must_use]
    pub fn keep(self) -> PathBuf {
        let _root = self.root.keep();
        self.dir
    }
}

/// Copies the module (`*.tf`, `modules/`, `flows/`, the zips of `dist/`) and one example to a
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
    let target = root.path();
    copy_files(repository, target, "tf")?;
    for directory in ["modules", "flows"] {
        let source = repository.join(directory);
        if source.is_dir() {
            copy_tree(&source, &target.join(directory), is_source)?;
        }
    }
    let dist = repository.join("dist");
    if dist.is_dir() {
        copy_files(&dist, &target.join("dist"), "zip")?;
    }
    let dir = target.join("examples").join(name);
    copy_tree(&example, &dir, is_source)?;
    Ok(StagedExample { root, dir })
}

/// True for what a person wrote, false for what Terraform left behind.
fn is_source(name: &str) -> bool {
    !name.starts_with('.') && !name.contains(".tfstate") && name != "crash.log"
}

fn copy_files(from: &Path, to: &Path, extension: &str) -> Result<()> {
    create_dir_all(to)?;
    for entry in fs::read_dir(from).map_err(io_error("read", from))? {
        let path = entry.map_err(io_error("read", from))?.path();
        if let Some(name) = path.file_name()
            && path.is_file()
            && path.extension().is_some_and(|found| found == extension)
            // Half-written zips are hidden files.
            && is_source(&name.to_string_lossy())
        {
            fs::copy(&path, to.join(name)).map_err(io_error("copy", &path))?;
        }
    }
    Ok(())
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
        let wanted = [
            "main.tf",
            "modules/lambda/main.tf",
            "modules/lambda/policies/one.json",
            "flows/main.json.tftpl",
            "flows/texts/de.json",
            "dist/connect-pin-sms.zip",
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
