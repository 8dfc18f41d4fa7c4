//! The stack that README.md shows, as people copy it.

use std::fs;
use std::path::Path;

use local_harness::repository;
use local_toolchain::{FunctionPackage, StagedExample, stage_example};
use tempfile::TempDir;

use crate::Failure;

/// The first HCL of README.md: a `module` block and its output.
///
/// # Errors
/// When README.md cannot be read or shows no such block.
pub fn module_block() -> Result<String, Failure> {
    let readme = fs::read_to_string(repository()?.join("README.md"))?;
    let block = readme
        .split("```hcl\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .filter(|block| block.starts_with("module \"line\" {"))
        .ok_or("README.md shows no module block")?;
    Ok(block.to_owned())
}

/// A directory with nothing but that block, and the module where the block looks for it.
#[derive(Debug)]
pub struct Stack {
    directory: TempDir,
    _module: StagedExample,
}

impl Stack {
    /// Writes the block as it is, next to a module that carries this function.
    ///
    /// # Errors
    /// When files cannot be written, or the block's source is another directory.
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

    /// The directory to run Terraform in.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Puts another configuration in the place of the block.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, configuration: &str) -> Result<(), Failure> {
        Ok(fs::write(self.path().join("main.tf"), configuration)?)
    }
}
