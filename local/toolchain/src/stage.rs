//! A copy of the module and of a stack that uses it, to run Terraform in.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::architecture::Architecture;
use crate::error::{Error, Result};
use crate::files::{create_dir_all, io_error, read_to_string};
use crate::function::FunctionPackage;
use crate::module;
use crate::work::WorkDirectory;

/// Files with their contents; the paths are relative to the stage.
pub type Files = BTreeMap<PathBuf, Vec<u8>>;

/// A staged example. Its directory is removed when this is dropped.
#[derive(Debug)]
pub struct StagedExample {
    root: WorkDirectory,
    module: PathBuf,
    dir: PathBuf,
}

impl StagedExample {
    /// Returns the copy of the module, to which `../../` of an example leads.
    #[must_use]
    pub fn module(&self) -> &Path {
        &self.module
    }

    /// Returns the copy of the example, which is the directory to run Terraform in.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Replaces the module's zip of the function for this processor.
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

    /// Updates the files of a stage from `before` to `after`: writes those that differ and removes those
    /// that no longer exist. Other files, such as Terraform's state, are not changed.
    ///
    /// # Errors
    ///
    /// When a file cannot be written or removed.
    pub fn update(&self, before: &Files, after: &Files) -> Result<()> {
        for path in before.keys().filter(|path| !after.contains_key(*path)) {
            let target = self.root.path().join(path);
            fs::remove_file(&target).map_err(io_error("remove", &target))?;
        }
        for (path, bytes) in after {
            if before.get(path) != Some(bytes) {
                let target = self.root.path().join(path);
                if let Some(parent) = target.parent() {
                    create_dir_all(parent)?;
                }
                crate::files::write(&target, bytes)?;
            }
        }
        Ok(())
    }

    /// Leaves the directory for inspection, and returns the example in it.
    #[must_use]
    pub fn keep(self) -> PathBuf {
        let _root = self.root.keep();
        self.dir
    }
}

/// The directories of a stack and the module, and their places in a stage, in which relative paths
/// between them stay valid.
#[derive(Debug, Clone)]
pub struct StackFiles {
    repository: PathBuf,
    stack: PathBuf,
    /// The directory that a stage copies: the nearest one above both.
    base: PathBuf,
    /// Whether the stack is one of the repository's examples. Of those, a stage has only the files that
    /// are released.
    example: bool,
}

impl StackFiles {
    /// Returns the example with this name in `<repository>/examples`.
    ///
    /// # Errors
    ///
    /// When there is no such example.
    pub fn of_example(repository: &Path, name: &str) -> Result<Self> {
        let stack = repository.join("examples").join(name);
        let plain = !name.is_empty() && Path::new(name).components().count() == 1;
        if !plain || name.starts_with('.') || !stack.is_dir() {
            return Err(Error::NoSuchExample {
                name: name.to_owned(),
                repository: repository.to_path_buf(),
            });
        }
        Ok(Self {
            base: repository.to_path_buf(),
            repository: repository.to_path_buf(),
            stack,
            example: true,
        })
    }

    /// Returns a stack in a directory of its author.
    ///
    /// # Errors
    ///
    /// When the directory contains no `*.tf` files.
    pub fn of_directory(repository: &Path, stack: &Path) -> Result<Self> {
        let none = || Error::NoStack {
            path: stack.to_path_buf(),
        };
        let there = stack.canonicalize().map_err(|_| none())?;
        let repository = repository
            .canonicalize()
            .map_err(io_error("find", repository))?;
        if module::terraform_files(&there)
            .map_err(|_| none())?
            .is_empty()
        {
            return Err(none());
        }
        let same = repository.components().zip(there.components());
        let base = same
            .take_while(|(one, other)| one == other)
            .map(|(one, _)| one)
            .collect();
        Ok(Self {
            repository,
            stack: there,
            base,
            example: false,
        })
    }

    /// Returns the directory of the stack.
    #[must_use]
    pub fn stack(&self) -> &Path {
        &self.stack
    }

    /// Returns the source of the first module of the stack that is a relative path outside the repository
    /// and the stack, as written. A stage does not contain it, so such a stack must run in place.
    ///
    /// # Errors
    ///
    /// When a file of the stack cannot be read.
    pub fn source_elsewhere(&self) -> Result<Option<String>> {
        for path in self.stack_paths()? {
            let file = self.base.join(path);
            if file.extension().is_none_or(|extension| extension != "tf") {
                continue;
            }
            let here = file.parent().unwrap_or(&self.stack);
            let text = read_to_string(&file)?;
            let elsewhere = text.lines().filter_map(relative_source).find(|source| {
                let meant = normal(&here.join(source));
                !meant.starts_with(&self.repository) && !meant.starts_with(&self.stack)
            });
            if let Some(source) = elsewhere {
                return Ok(Some(source.to_owned()));
            }
        }
        Ok(None)
    }

    /// Reads the current files of the module and the stack.
    ///
    /// # Errors
    ///
    /// When a file cannot be read.
    pub fn read(&self) -> Result<Files> {
        let mut files = Files::new();
        for path in self.paths()? {
            let source = self.base.join(&path);
            match fs::read(&source) {
                Ok(bytes) => drop(files.insert(path, bytes)),
                // An editor is replacing the file; the next read will find it.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(io_error("read", &source)(error)),
            }
        }
        Ok(files)
    }

    /// Returns the origin of a file of a stage: its path in the repository, or an absolute path outside
    /// it.
    #[must_use]
    pub fn origin(&self, path: &Path) -> PathBuf {
        let whole = self.base.join(path);
        match whole.strip_prefix(&self.repository) {
            Ok(inside) => inside.to_path_buf(),
            Err(_) => whole,
        }
    }

    /// Copies module, stack and the function's zips to a temporary directory.
    ///
    /// So state and `.terraform` are never written next to the originals, and several runs do not
    /// conflict.
    ///
    /// # Errors
    ///
    /// When a file cannot be copied.
    pub fn stage(&self) -> Result<StagedExample> {
        self.stage_with(&self.read()?)
    }

    /// Does the same with the given files of module and stack.
    ///
    /// # Errors
    ///
    /// When a file cannot be copied.
    pub fn stage_with(&self, files: &Files) -> Result<StagedExample> {
        let root = WorkDirectory::new()?;
        let there = |path: &Path| {
            root.path()
                .join(path.strip_prefix(&self.base).unwrap_or(path))
        };
        let staged = StagedExample {
            module: there(&self.repository),
            dir: there(&self.stack),
            root,
        };
        staged.update(&Files::new(), files)?;
        for zip in Architecture::ALL.map(|one| Path::new("dist").join(one.zip_name())) {
            let source = self.repository.join(&zip);
            if source.is_file() {
                create_dir_all(&staged.module().join("dist"))?;
                fs::copy(&source, staged.module().join(&zip)).map_err(io_error("copy", &source))?;
            }
        }
        Ok(staged)
    }

    /// Returns the paths of all files, relative to the base.
    fn paths(&self) -> Result<Vec<PathBuf>> {
        let repository = self.repository.strip_prefix(&self.base);
        let repository = repository.unwrap_or(&self.repository);
        let mut paths: Vec<_> = module::code(&self.repository)?
            .into_iter()
            .map(|path| repository.join(path))
            .collect();
        paths.extend(self.stack_paths()?);
        Ok(paths)
    }

    fn stack_paths(&self) -> Result<Vec<PathBuf>> {
        let stack = self.stack.strip_prefix(&self.base).unwrap_or(&self.stack);
        match self.example {
            true => module::below(&self.base, stack),
            false => module::stack(&self.base, stack, &self.repository),
        }
    }
}

/// Returns the source in a line of a module block, if it is a relative path.
fn relative_source(line: &str) -> Option<&str> {
    let value = line.trim_start().strip_prefix("source")?.trim_start();
    let value = value.strip_prefix('=')?.trim_start().strip_prefix('"')?;
    let (source, _) = value.split_once('"')?;
    (source.starts_with("./") || source.starts_with("../")).then_some(source)
}

/// Returns the path without `.` and `..`, as Terraform resolves it.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(normal.pop()),
            part => normal.push(part),
        }
    }
    normal
}

/// Stages `examples/<name>`; see [`StackFiles::stage`].
///
/// # Errors
///
/// When the example does not exist or a file cannot be copied.
pub fn stage_example(repository: &Path, name: &str) -> Result<StagedExample> {
    StackFiles::of_example(repository, name)?.stage()
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn only_sources_are_copied() {
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

    fn put(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Creates a checkout and a stack next to it.
    fn neighbours(stack: &str) -> (TempDir, StackFiles) {
        let home = tempfile::tempdir().unwrap();
        put(home.path(), "checkout/main.tf", "module");
        put(home.path(), "checkout/flows/texts/ja.json", "{}");
        put(home.path(), "checkout/target/debug/x", "x");
        put(home.path(), "stack/main.tf", stack);
        put(home.path(), "stack/parts/one.tf", "part");
        put(home.path(), "stack/terraform.tfvars", "a = 1");
        for left in [
            "terraform.tfstate",
            ".terraform/x",
            "main.tf~",
            "4913",
            ".main.tf.swp",
        ] {
            put(home.path(), &format!("stack/{left}"), "x");
        }
        let (checkout, own) = (home.path().join("checkout"), home.path().join("stack"));
        let files = StackFiles::of_directory(&checkout, &own).unwrap();
        (home, files)
    }

    #[test]
    fn a_stack_elsewhere_finds_the_module_by_its_path() {
        let source = "module \"line\" {\n  source = \"../checkout\"\n}";
        let (_home, files) = neighbours(source);
        assert_eq!(files.source_elsewhere().unwrap(), None);
        let names: Vec<_> = files.read().unwrap().into_keys().collect();
        let expected = [
            "checkout/flows/texts/ja.json",
            "checkout/main.tf",
            "stack/main.tf",
            "stack/parts/one.tf",
            "stack/terraform.tfvars",
        ];
        assert_eq!(names, expected.map(PathBuf::from));
        assert_eq!(files.origin(&names[0]), Path::new("flows/texts/ja.json"));

        let staged = files.stage().unwrap();
        let module = fs::read_to_string(staged.dir().join("../checkout/main.tf"));
        assert_eq!(module.unwrap(), "module");
    }

    #[test]
    fn a_module_that_a_stage_would_not_contain_is_named() {
        let (_home, files) = neighbours("  source=\"../common/tags\" # ours\n");
        assert_eq!(
            files.source_elsewhere().unwrap().as_deref(),
            Some("../common/tags")
        );
        for there in [
            "./parts",
            "hashicorp/x/aws",
            "/srv/x",
            "git::https://x/../y",
        ] {
            let (_home, files) = neighbours(&format!("source = \"{there}\""));
            assert_eq!(files.source_elsewhere().unwrap(), None, "{there}");
        }
    }

    #[test]
    fn a_directory_without_terraform_files_is_no_stack() {
        let home = tempfile::tempdir().unwrap();
        for place in [home.path().to_path_buf(), home.path().join("nowhere")] {
            let error = StackFiles::of_directory(home.path(), &place).unwrap_err();
            assert!(matches!(error, Error::NoStack { .. }), "{error}");
        }
    }

    #[test]
    fn a_stage_follows_its_originals_and_keeps_its_state() {
        let (home, files) = neighbours("source = \"../checkout\"");
        let before = files.read().unwrap();
        let staged = files.stage_with(&before).unwrap();
        fs::write(staged.dir().join("terraform.tfstate"), "state").unwrap();
        put(home.path(), "checkout/flows/texts/ja.json", "{ }");
        put(home.path(), "checkout/flows/texts/de.json", "{}");
        fs::remove_file(home.path().join("stack/parts/one.tf")).unwrap();
        staged.update(&before, &files.read().unwrap()).unwrap();

        let text = |path: &str| fs::read_to_string(staged.module().join(path)).ok();
        assert_eq!(text("flows/texts/ja.json").as_deref(), Some("{ }"));
        assert_eq!(text("flows/texts/de.json").as_deref(), Some("{}"));
        assert_eq!(text("../stack/parts/one.tf"), None);
        assert_eq!(text("../stack/terraform.tfstate").as_deref(), Some("state"));
    }
}
