//! The files that a line is deployed from, and how they differ from an earlier state.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;
use local_toolchain::{Files, StackFiles};

use super::changes::changed;
use super::watch::Watch;

/// The function's own sources, without its dependencies.
const FUNCTION_SOURCES: &str = "lambda/src";
const FUNCTION_MANIFEST: &str = "lambda/Cargo.toml";

/// The contents of the files of module, stack and function at one moment.
#[derive(Debug, Clone)]
pub(super) struct Sources {
    /// Files of the module and the stack, by their paths in a stage.
    pub(super) stack: Files,
    /// Files of the function, by their paths in the repository.
    function: Files,
}

impl Sources {
    /// Reads all files.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub(super) fn read(repository: &Path, stack: &StackFiles) -> anyhow::Result<Self> {
        let mut function = Files::new();
        collect(repository, Path::new(FUNCTION_SOURCES), &mut function)?;
        take(repository, Path::new(FUNCTION_MANIFEST), &mut function)?;
        Ok(Self {
            stack: stack.read()?,
            function,
        })
    }

    /// Returns the files that differ now, sorted, by the paths under which their authors know them.
    pub(super) fn changed(&self, now: &Self, stack: &StackFiles) -> Vec<PathBuf> {
        let of_stack = changed(&self.stack, &now.stack).map(|path| stack.origin(path));
        let of_function = changed(&self.function, &now.function).map(Path::to_path_buf);
        let mut paths: Vec<_> = of_stack.chain(of_function).collect();
        paths.sort();
        paths
    }
}

/// Watches every directory in which a relevant file may be added, changed or removed.
///
/// # Errors
/// When a directory cannot be watched.
pub(super) fn watch(repository: &Path, stack: &StackFiles) -> anyhow::Result<Watch> {
    let mut watch = Watch::new()?;
    // Not their subdirectories, which builds write to.
    for directory in ["", "lambda"] {
        watch.add(&repository.join(directory), false)?;
    }
    for directory in [FUNCTION_SOURCES, "flows", "modules"] {
        watch.add(&repository.join(directory), true)?;
    }
    let around = repository.starts_with(stack.stack());
    watch.add(stack.stack(), !around)?;
    Ok(watch)
}

/// Reads the files below a directory.
fn collect(root: &Path, directory: &Path, files: &mut Files) -> anyhow::Result<()> {
    let here = root.join(directory);
    let unreadable = || format!("cannot read {}", here.display());
    for entry in std::fs::read_dir(&here).with_context(unreadable)? {
        let entry = entry.with_context(unreadable)?;
        let path = directory.join(entry.file_name());
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.path().is_dir() {
            collect(root, &path, files)?;
        } else if is_source(&path) {
            take(root, &path, files)?;
        }
    }
    Ok(())
}

/// Reports whether the compiler may read the file. Temporary files of editors have other names.
fn is_source(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("rs" | "json" | "pem" | "txt"))
}

fn take(root: &Path, path: &Path, files: &mut Files) -> anyhow::Result<()> {
    let whole = root.join(path);
    match std::fs::read(&whole) {
        Ok(bytes) => drop(files.insert(path.to_path_buf(), bytes)),
        // The file is being replaced, which is a change of its own.
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", whole.display()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn put(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn files_that_are_not_sources_are_ignored() {
        let checkout = tempfile::tempdir().unwrap();
        let root = checkout.path();
        let put = |path: &str, text: &str| put(root, path, text);
        for path in [
            "main.tf",
            "flows/texts/ja.json",
            "lambda/Cargo.toml",
            "lambda/src/main.rs",
            "lambda/src/config/mod.rs",
            "examples/complete/main.tf",
        ] {
            put(path, "one");
        }
        let stack = StackFiles::of_example(root, "complete").unwrap();
        let before = Sources::read(root, &stack).unwrap();
        for path in [
            "dist/connect-pin-sms-x86_64.zip",
            "examples/complete/.terraform/modules/modules.json",
            "examples/complete/terraform.tfstate",
            "examples/minimal/main.tf",
            "flows/texts/.ja.json.swp",
            "flows/texts/4913",
            "lambda/src/.#main.rs",
            "lambda/src/main.rs~",
            "lambda/tests/x.rs",
            "target/debug/main.rs",
            "terraform.tfstate",
        ] {
            put(path, "left behind");
        }
        let now = Sources::read(root, &stack).unwrap();
        assert_eq!(before.changed(&now, &stack), Vec::<PathBuf>::new());

        put("flows/texts/ja.json", "two");
        put("lambda/src/config/new.rs", "two");
        put("main.tf", "two");
        fs::remove_file(root.join("lambda/src/main.rs")).unwrap();
        let later = Sources::read(root, &stack).unwrap();
        let expected = [
            "flows/texts/ja.json",
            "lambda/src/config/new.rs",
            "lambda/src/main.rs",
            "main.tf",
        ];
        assert_eq!(now.changed(&later, &stack), expected.map(PathBuf::from));
    }
}
