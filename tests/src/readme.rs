//! The stack in README.md, as a user copies it.

use std::fs;
use std::path::Path;

use local_harness::repository;
use local_toolchain::{FunctionPackage, StagedExample, stage_example};
use tempfile::TempDir;

use crate::Failure;

/// Returns the first HCL block of README.md: a `module` block and its output.
pub fn module_block() -> Result<String, Failure> {
    let readme = fs::read_to_string(repository()?.join("README.md"))?;
    let block = readme
        .split("```hcl\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .filter(|block| block.starts_with("module \"line\" {"))
        .ok_or("the first HCL block of README.md must begin with: module \"line\" {")?;
    Ok(block.to_owned())
}

/// A directory that contains that block alone, and the module at the path of the block's `source`.
#[derive(Debug)]
pub struct Stack {
    directory: TempDir,
    _module: StagedExample,
}

impl Stack {
    /// Writes the block unchanged, next to a module that contains the function's zip.
    pub fn stage(package: &FunctionPackage) -> Result<Self, Failure> {
        let module = stage_example(&repository()?, "minimal")?;
        let dist = module.module().join("dist");
        fs::create_dir_all(&dist)?;
        fs::copy(&package.path, dist.join(package.architecture.zip_name()))?;

        let directory = tempfile::tempdir()?;
        std::os::unix::fs::symlink(
            module.module(),
            directory.path().join("terraform-aws-connect-pin-sms"),
        )?;
        let stack = Self {
            directory,
            _module: module,
        };
        stack.write(&module_block()?)?;
        Ok(stack)
    }

    /// Returns the directory in which Terraform runs.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Replaces the block with another configuration.
    pub fn write(&self, configuration: &str) -> Result<(), Failure> {
        Ok(fs::write(self.path().join("main.tf"), configuration)?)
    }
}
