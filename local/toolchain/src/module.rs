//! The files of the module: the single list for releases and tests.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::files::io_error;

/// Files at the top, besides `*.tf`, that are part of a release. Documents about the code are not.
const DOCUMENTS: [&str; 4] = ["CHANGELOG.md", "Containerfile", "LICENSE", "README.md"];

/// Directories that Terraform reads, besides `*.tf` at the top.
const CODE: [&str; 3] = ["flows", "mocks", "modules"];

/// Directories for readers. A repository need not have all of them.
const GUIDES: [&str; 2] = ["docs", "examples"];

/// File name extensions in these directories that are part of a release. Listing what belongs to it, and
/// not what does not, keeps out variable files, plans and keys, which are often next to a configuration.
const EXTENSIONS: [&str; 8] = ["csv", "hcl", "json", "md", "png", "svg", "tf", "tftpl"];

/// Returns the files of a release: sorted paths, relative to the repository.
///
/// # Errors
///
/// When a directory cannot be read.
pub(crate) fn release(repository: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = code(repository)?;
    for directory in GUIDES {
        collect(repository, Path::new(directory), &mut paths)?;
    }
    paths.extend(
        DOCUMENTS
            .iter()
            .map(PathBuf::from)
            .filter(|path| repository.join(path).is_file()),
    );
    paths.sort();
    Ok(paths)
}

/// Returns the files that Terraform reads for the module.
///
/// # Errors
///
/// When a directory cannot be read.
pub(crate) fn code(repository: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for (name, path) in entries(repository)? {
        if path.is_file() && is_source(&name) && name.ends_with(".tf") {
            paths.push(PathBuf::from(name));
        }
    }
    for directory in CODE {
        collect(repository, Path::new(directory), &mut paths)?;
    }
    Ok(paths)
}

/// Returns the sources below a directory, such as an example's; the paths are relative to `root`.
///
/// # Errors
///
/// When a directory cannot be read.
pub(crate) fn below(root: &Path, directory: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    collect(root, directory, &mut paths)?;
    Ok(paths)
}

/// Returns the files of another author's stack: every file that may belong to it, of any kind, except
/// those below `repository`. The paths are relative to `root`.
///
/// # Errors
///
/// When a directory cannot be read.
pub(crate) fn stack(root: &Path, directory: &Path, repository: &Path) -> Result<Vec<PathBuf>> {
    let here = root.join(directory);
    let mut paths = Vec::new();
    if here == repository {
        return Ok(paths);
    }
    for (name, path) in entries(&here)? {
        if is_left_behind(&name) {
            continue;
        }
        if path.is_dir() {
            paths.extend(stack(root, &directory.join(&name), repository)?);
        } else {
            paths.push(directory.join(name));
        }
    }
    Ok(paths)
}

/// Returns the names of the `*.tf` files directly in a directory.
///
/// # Errors
///
/// When the directory cannot be read.
pub(crate) fn terraform_files(directory: &Path) -> Result<Vec<String>> {
    let names = entries(directory)?.into_iter().map(|(name, _)| name);
    Ok(names
        .filter(|name| !is_left_behind(name) && name.ends_with(".tf"))
        .collect())
}

/// Reports whether a file is a leftover of editors, Terraform or builds.
fn is_left_behind(name: &str) -> bool {
    const BUILT: [&str; 3] = ["crash.log", "node_modules", "target"];
    const PASSING: [&str; 5] = ["~", ".bak", ".orig", ".swp", ".tmp"];
    name.starts_with(['.', '#'])
        || name.contains(".tfstate")
        || BUILT.contains(&name)
        || PASSING.iter().any(|end| name.ends_with(end))
        // Vim creates a file with such a name to check whether it may write.
        || name.bytes().all(|byte| byte.is_ascii_digit())
}

/// Adds the files below a directory, if it exists. Symbolic links are followed, because a copy must not
/// depend on its location.
fn collect(repository: &Path, directory: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    let here = repository.join(directory);
    if !here.is_dir() {
        return Ok(());
    }
    for (name, path) in entries(&here)? {
        let relative = directory.join(&name);
        if name.starts_with('.') || name.contains(".tfstate") {
            continue;
        }
        if path.is_dir() {
            collect(repository, &relative, paths)?;
        } else if is_source(&name) {
            paths.push(relative);
        }
    }
    Ok(())
}

/// Reports whether an author wrote the file, and not Terraform or an editor.
fn is_source(name: &str) -> bool {
    let extension = Path::new(name).extension();
    !name.starts_with('.')
        && !name.contains(".tfstate")
        && extension.is_some_and(|found| EXTENSIONS.iter().any(|wanted| found == *wanted))
}

/// Returns the entries of a directory, sorted by name.
fn entries(directory: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(io_error("read", directory))? {
        let entry = entry.map_err(io_error("read", directory))?;
        found.push((
            entry.file_name().to_string_lossy().into_owned(),
            entry.path(),
        ));
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_modules_own_files_are_listed() {
        let repository = tempfile::tempdir().unwrap();
        let own = [
            "CHANGELOG.md",
            "Containerfile",
            "LICENSE",
            "README.md",
            "docs/aws.md",
            "examples/minimal/README.md",
            "examples/minimal/main.tf",
            "flows/texts/ja.json",
            "main.tf",
            "mocks/aws.tfmock.hcl",
            "modules/flow/main.tf",
            "modules/flow/tests/flow.tftest.hcl",
        ];
        let foreign = [
            ".github/SECURITY.md",
            "ARCHITECTURE.md",
            ".github/CONTRIBUTING.md",
            "Cargo.toml",
            "NOTES.md",
            "dist/connect-pin-sms-x86_64.zip",
            "examples/minimal/.terraform.lock.hcl",
            "examples/minimal/.terraform/modules/modules.json",
            "examples/minimal/crash.log",
            "examples/minimal/plan.out",
            "examples/minimal/secret.pem",
            "examples/minimal/terraform.tfstate",
            "examples/minimal/terraform.tfstate.d/blue/errored.json",
            "examples/minimal/terraform.tfvars",
            "lambda/src/main.rs",
            "modules/flow/main.tf.orig",
            "target/debug/main.tf",
            "terraform.tfvars",
        ];
        for path in own.iter().chain(&foreign) {
            let path = repository.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        let found = release(repository.path()).unwrap();
        assert_eq!(found, own.map(PathBuf::from));
    }
}
