//! One round: build, apply and call. Also restores the function of `dist` at the end.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use local_account::{Account, LocalClient};
use local_harness::progress::Steps;
use local_harness::{Deployment, environment, line};
use local_toolchain::{Architecture, FunctionPackage, Progress, StackFiles, Toolchain};

use super::changes::{Apply, Work};
use super::heard::{self, Heard};
use super::sources::{self, Sources};
use super::watch::Watch;
use crate::commands::region;
use crate::options::PlannedCall;

/// The function that a line runs.
#[derive(Debug, Clone)]
pub(super) enum Function {
    /// The zip in `dist`.
    Release(FunctionPackage),
    /// A development build, for this machine only.
    Development(FunctionPackage),
}

impl Function {
    /// Describes the function, with its size, for people.
    pub(super) fn name(&self) -> String {
        let kilobytes = |package: &FunctionPackage| package.size / 1000;
        match self {
            Self::Release(package) => format!("{} ({} kB)", in_dist(package), kilobytes(package)),
            Self::Development(package) => {
                format!("a development build ({} kB)", kilobytes(package))
            }
        }
    }
}

/// Returns the zip's path relative to the checkout.
fn in_dist(package: &FunctionPackage) -> String {
    let name = package.path.file_name().unwrap_or_default();
    format!("dist/{}", name.display())
}

/// A line that is redeployed after each change.
pub(super) struct WatchedLine<'a> {
    account: &'a Account,
    calls: &'a [PlannedCall],
    region: String,
    toolchain: Toolchain,
    steps: Arc<Steps>,
    repository: PathBuf,
    stack: StackFiles,
    deployment: Deployment,
    /// The files in the deployment's directory.
    staged: Sources,
    /// Whether the line was ever applied.
    deployed: bool,
    /// The work that brings the line up to date with the files.
    work: Work,
    /// The zip in `dist`, if there is one.
    release: Option<FunctionPackage>,
    /// The function that the line should run; `None` for the one that Terraform deploys.
    function: Option<Function>,
}

impl<'a> WatchedLine<'a> {
    /// Prepares a stack for `apply`: copies it into a stage, unless it must run in place, and runs
    /// `terraform init`.
    ///
    /// # Errors
    /// When a file cannot be read or copied, or `terraform init` fails.
    pub(super) async fn prepare(
        account: &'a Account,
        calls: &'a [PlannedCall],
        repository: PathBuf,
        stack: StackFiles,
        in_place: bool,
        toolchain: Toolchain,
        steps: Arc<Steps>,
    ) -> anyhow::Result<Self> {
        let staged = Sources::read(&repository, &stack)?;
        let region = region();
        let mut environment = environment(&account.endpoint_url(), &region);
        let key = account.access_key_id().to_owned();
        environment.insert("AWS_ACCESS_KEY_ID".to_owned(), key);
        let mut deployment = match in_place {
            true => Deployment::prepare_in(&toolchain, stack.stack(), environment).await?,
            false => {
                let stage = stack.stage_with(&staged.stack)?;
                Deployment::prepare_staged(&toolchain, stage, environment).await?
            }
        };
        let architecture = Architecture::of_host()?;
        let zip = repository.join("dist").join(architecture.zip_name());
        let release = FunctionPackage::existing(&zip, architecture)?;
        if let Some(package) = &release {
            deployment.carry(package)?;
        }
        let work = Work {
            build: release.is_none(),
            apply: Some(Apply::Refreshing),
        };
        Ok(Self {
            account,
            calls,
            region,
            toolchain,
            steps,
            repository,
            stack,
            deployment,
            staged,
            deployed: false,
            work,
            function: release.clone().map(Function::Release),
            release,
        })
    }

    /// Starts to watch the line's files.
    ///
    /// # Errors
    /// When a directory cannot be watched.
    pub(super) fn watch(&self) -> anyhow::Result<Watch> {
        sources::watch(&self.repository, &self.stack)
    }

    /// Copies the files that have changed since the previous call, and returns their paths.
    ///
    /// # Errors
    /// When a file cannot be read or copied.
    pub(super) fn take_changes(&mut self) -> anyhow::Result<Vec<PathBuf>> {
        let now = Sources::read(&self.repository, &self.stack)?;
        let changed = self.staged.changed(&now, &self.stack);
        self.deployment.update(&self.staged.stack, &now.stack)?;
        self.staged = now;
        self.work = self.work.and(Work::after(&changed));
        Ok(changed)
    }

    /// Does the pending work and places the calls. Work that failed remains pending for the next round.
    ///
    /// # Errors
    /// When the function does not compile, Terraform fails, or a number does not answer.
    pub(super) async fn round(&mut self) -> anyhow::Result<Vec<Heard>> {
        let heard = self.bring_up_to_date().await;
        self.steps.end(heard.is_ok());
        heard
    }

    async fn bring_up_to_date(&mut self) -> anyhow::Result<Vec<Heard>> {
        if self.work.build {
            let colours = std::io::stderr().is_terminal();
            let package = self
                .toolchain
                .build_development_zip(&self.repository, colours)
                .await?;
            if self.release.is_none() && !self.deployed {
                // The module deploys the zip in `dist`, and there is none.
                self.deployment.carry(&package)?;
            }
            self.function = Some(Function::Development(package));
            self.work.build = false;
        }
        if let Some(apply) = self.work.apply {
            let refresh = apply == Apply::Refreshing;
            self.deployment.apply_changes(refresh).await?;
            self.deployed = true;
            self.work.apply = None;
        }
        let client = self.account.client();
        let lines = line::lines(&client, &self.region).await?;
        if let Some(Function::Development(package)) = &self.function {
            self.run_zip(&client, &lines, package).await?;
        }
        self.steps.step("Placing the calls");
        for line in &lines {
            line.forget_attempts(&client, &self.region).await?;
            line.load_samples(&client, &self.region).await?;
        }
        heard::place(self.account, self.calls).await
    }

    /// Uploads a zip to the lines that run another one. Terraform would be slower: its provider waits
    /// five seconds before it checks whether Lambda has finished the update.
    async fn run_zip(
        &self,
        client: &LocalClient,
        lines: &[line::Line],
        package: &FunctionPackage,
    ) -> anyhow::Result<()> {
        let other = lines
            .iter()
            .filter(|line| line.code_sha256 != package.sha256);
        for line in other {
            self.steps.step(&format!("Updating {}", line.function));
            let zip = tokio::fs::read(&package.path).await;
            let zip = zip.with_context(|| format!("cannot read {}", package.path.display()))?;
            line.run_zip(client, &self.region, &zip).await?;
        }
        Ok(())
    }

    /// Returns the function that the line runs or should run.
    pub(super) fn function(&self) -> Option<&Function> {
        self.function.as_ref()
    }

    /// Makes the line run the zip in `dist` again, which Terraform's state names. Returns a sentence
    /// about what the line runs now.
    ///
    /// # Errors
    /// When Lambda rejects the zip.
    pub(super) async fn go_back(&mut self) -> anyhow::Result<String> {
        if !self.deployed {
            return Ok("No line was deployed.".to_owned());
        }
        let Some(release) = &self.release else {
            return Ok(
                "The line runs a development build: there is no zip in dist/ to restore. \
                 `cargo run -- package` builds one."
                    .to_owned(),
            );
        };
        let name = in_dist(release);
        if !matches!(self.function, Some(Function::Development(_))) {
            return Ok(format!("The line runs {name}, as before."));
        }
        let client = self.account.client();
        let lines = line::lines(&client, &self.region).await?;
        let back = self.run_zip(&client, &lines, release).await;
        self.steps.end(back.is_ok());
        back.with_context(|| {
            format!("cannot make the line run {name} again; it still runs a development build")
        })?;
        Ok(format!("The line runs {name} again."))
    }
}

/// Finds an example by its name, or a stack by its directory.
///
/// # Errors
/// When neither exists.
pub(super) fn find_stack(repository: &Path, example: &str) -> local_toolchain::Result<StackFiles> {
    match StackFiles::of_example(repository, example) {
        Err(error) if !Path::new(example).is_dir() => Err(error),
        Err(_) => StackFiles::of_directory(repository, Path::new(example)),
        found => found,
    }
}
