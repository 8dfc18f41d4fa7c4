//! The toolchain: everything that a command line needs of this crate.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::architecture::Architecture;
use crate::bundle::{Bundle, build_bundle};
use crate::cache::Cache;
use crate::cargo_lambda::{self, CargoLambda};
use crate::development::build_development_zip;
use crate::error::{Error, MissingTools, Result};
use crate::function::{FunctionCrate, FunctionPackage, build_zip};
use crate::progress::Progress;
use crate::provider::{ProviderBuild, ProviderMirror, ensure_mirror};
use crate::terraform::Terraform;
use crate::tools::{Purpose, Tools, preflight, terraform_at};

/// The tools of this machine, the cache, and the receiver of progress reports.
#[derive(Clone)]
pub struct Toolchain {
    tools: Arc<Tools>,
    cache: Cache,
    provider: ProviderBuild,
    progress: Arc<dyn Progress>,
}

impl std::fmt::Debug for Toolchain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Toolchain")
            .field("tools", &self.tools)
            .field("cache", &self.cache)
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

impl Toolchain {
    /// Looks for the tools to build and deploy; see [`preflight`].
    ///
    /// # Errors
    ///
    /// [`Error::MissingTools`](crate::Error::MissingTools) with a sentence for every tool that is missing
    /// or too old.
    pub async fn detect(cache: Cache, progress: Arc<dyn Progress>) -> Result<Self> {
        Self::detect_for(Purpose::Build, cache, progress).await
    }

    /// Looks for the tools of a purpose; see [`preflight`].
    ///
    /// # Errors
    ///
    /// [`Error::MissingTools`](crate::Error::MissingTools) with a sentence for every tool that is missing
    /// or too old.
    pub async fn detect_for(
        purpose: Purpose,
        cache: Cache,
        progress: Arc<dyn Progress>,
    ) -> Result<Self> {
        progress.step("Looking for the tools");
        let tools = Arc::new(preflight(&cache, purpose).await?);
        Ok(Self {
            tools,
            cache,
            provider: ProviderBuild::Module,
            progress,
        })
    }

    /// Returns a copy with another Terraform than the one on the path: another version, or OpenTofu.
    ///
    /// # Errors
    ///
    /// [`Error::MissingTools`](crate::Error::MissingTools) when it does not work or is too old.
    pub async fn with_terraform(&self, path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        // It runs in other directories, where a relative path would be wrong.
        let path = std::path::absolute(&path).unwrap_or(path);
        let (terraform, platform) = terraform_at(path)
            .await
            .map_err(|missing| MissingTools(vec![missing]))?;
        let tools = Tools {
            terraform,
            platform,
            ..self.tools().clone()
        };
        Ok(Self {
            tools: Arc::new(tools),
            ..self.clone()
        })
    }

    /// Returns a copy that builds the AWS provider with these services where the registry cannot be
    /// reached.
    #[must_use]
    pub fn with_provider(&self, provider: ProviderBuild) -> Self {
        Self {
            provider,
            ..self.clone()
        }
    }

    /// Returns a copy for concurrent work; see [`Progress::beside`].
    #[must_use]
    pub fn beside(&self) -> Self {
        Self {
            progress: self.progress.beside(),
            ..self.clone()
        }
    }

    /// Returns the receiver of progress reports.
    #[must_use]
    pub fn progress(&self) -> &dyn Progress {
        self.progress.as_ref()
    }

    /// Returns the tools that were found.
    #[must_use]
    pub fn tools(&self) -> &Tools {
        &self.tools
    }

    /// Returns the cache.
    #[must_use]
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Returns a usable `cargo-lambda`, which is installed into the cache if there is none.
    ///
    /// # Errors
    ///
    /// When it cannot be installed or does not run on this machine.
    pub async fn cargo_lambda(&self) -> Result<CargoLambda> {
        cargo_lambda::ensure(&self.tools, &self.cache, self.progress.as_ref()).await
    }

    /// Builds this repository's function for this machine's processor into `<repository>/dist`.
    ///
    /// # Errors
    ///
    /// When Lambda does not run on this machine's processor; see also [`build_zip`].
    pub async fn build_function_zip(&self, repository: &Path) -> Result<FunctionPackage> {
        let function = FunctionCrate::of_repository(repository, Architecture::of_host()?)?;
        self.build_zip(&function).await
    }

    /// Returns the zip of the function that a bundle has for this machine's processor.
    ///
    /// # Errors
    ///
    /// [`Error::NotBundled`](crate::Error::NotBundled) when the bundle has none; an error when Lambda does
    /// not run on this machine's processor, or the zip cannot be read.
    pub fn bundled_function_zip(&self, bundle: &Path) -> Result<FunctionPackage> {
        let architecture = Architecture::of_host()?;
        let path = bundle.join("dist").join(architecture.zip_name());
        FunctionPackage::existing(&path, architecture)?.ok_or(Error::NotBundled { path })
    }

    /// Builds this repository's function as a development build: in seconds once its dependencies are
    /// compiled, only for this machine's local account, and never into `dist`. The compiler's messages
    /// are coloured if `colours`.
    ///
    /// # Errors
    ///
    /// [`Error::Compile`](crate::Error::Compile) when the function does not compile; an error when Lambda
    /// does not run on this machine's processor.
    pub async fn build_development_zip(
        &self,
        repository: &Path,
        colours: bool,
    ) -> Result<FunctionPackage> {
        let function = FunctionCrate::of_repository(repository, Architecture::of_host()?)?;
        let progress = self.progress.as_ref();
        build_development_zip(&function, self.tools.need_cargo()?, colours, progress).await
    }

    /// Packs the module and these packages of its function into a bundle; see [`build_bundle`].
    ///
    /// # Errors
    ///
    /// See [`build_bundle`].
    pub async fn build_bundle(
        &self,
        repository: &Path,
        functions: &[FunctionPackage],
        directory: &Path,
    ) -> Result<Bundle> {
        let lambda = self.cargo_lambda().await?;
        build_bundle(
            repository,
            functions,
            directory,
            self.tools.need_cargo()?,
            &lambda,
            self.progress.as_ref(),
        )
        .await
    }

    /// Builds the zip of any function.
    ///
    /// # Errors
    ///
    /// See [`build_zip`].
    pub async fn build_zip(&self, function: &FunctionCrate) -> Result<FunctionPackage> {
        let lambda = self.cargo_lambda().await?;
        let cargo = self.tools.need_cargo()?;
        build_zip(function, cargo, &lambda, self.progress.as_ref()).await
    }

    /// Returns the AWS provider built on this machine; see [`ensure_mirror`]. [`Terraform::init`] calls
    /// it if the registry cannot be reached.
    ///
    /// # Errors
    ///
    /// See [`ensure_mirror`].
    pub async fn provider_mirror(&self) -> Result<ProviderMirror> {
        ensure_mirror(
            &self.tools,
            &self.cache,
            self.provider,
            self.progress.as_ref(),
        )
        .await
    }

    /// Returns Terraform in a directory; see [`Terraform`] for its environment.
    ///
    /// # Errors
    ///
    /// When its CLI configuration cannot be written to the cache.
    pub fn terraform(
        &self,
        directory: impl Into<PathBuf>,
        environment: BTreeMap<String, String>,
    ) -> Result<Terraform> {
        Terraform::new(
            Arc::clone(&self.tools),
            self.cache.clone(),
            self.provider,
            Arc::clone(&self.progress),
            directory.into(),
            environment,
        )
    }
}
