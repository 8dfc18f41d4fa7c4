//! Runs Terraform.

mod child;
mod config;
mod provider_process;
mod registry;
mod unsupported;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::process::Command;

use crate::cache::Cache;
use crate::command::Output;
use crate::environment;
use crate::error::{Error, Result};
use crate::files::io_error;
use crate::lock::Lock;
use crate::progress::Progress;
use crate::provider::{ProviderBuild, ensure_mirror, provider_directory, ready_mirror};
use crate::tools::Tools;
use crate::work::WorkDirectory;
use provider_process::ProviderProcess;

pub use child::settle;
pub use config::mirror_config;
pub use registry::registry_unreachable;

/// The source of the AWS provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderSource {
    /// The Terraform registry: the newest version that the module's constraint allows.
    Registry,
    /// The mirror in the cache, built on this machine, always in
    /// [`PROVIDER_VERSION`](crate::PROVIDER_VERSION).
    Mirror,
}

/// The result of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanOutcome {
    /// The resources match the configuration.
    Empty,
    /// Resources would be created, changed or destroyed.
    Changes,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub outcome: PlanOutcome,
    /// Terraform's output.
    pub text: String,
}

/// A resource that a plan would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedChange {
    pub address: String,
    /// Its type, such as `aws_dynamodb_table`.
    pub kind: String,
    /// `create`, `update`, `delete`, `replace`, `move` or another action of Terraform.
    pub action: String,
}

/// Terraform in one directory, with one environment.
///
/// The child process inherits this process's environment except the variables of Terraform, its provider
/// and AWS, so that the user's AWS account and Terraform settings have no effect. The variables that
/// Terraform needs (`AWS_ENDPOINT_URL`, `AWS_REGION`, keys) are given explicitly, and requests to that
/// endpoint bypass proxies.
///
/// Dropping the future of a call asks Terraform to stop, as Ctrl-C does, and gives it time to write its
/// state; see [`settle`]. After the first call, Ctrl-C no longer ends this process by itself.
#[derive(Clone)]
pub struct Terraform {
    tools: Arc<Tools>,
    cache: Cache,
    progress: Arc<dyn Progress>,
    directory: PathBuf,
    environment: BTreeMap<String, String>,
    config: PathBuf,
    source: ProviderSource,
    /// The services of the provider if it comes from the mirror.
    build: ProviderBuild,
    /// The provider that commands attach to, instead of each starting one.
    provider: Option<Arc<ProviderProcess>>,
    /// Whether plan, apply and destroy read the existing resources first.
    refresh: bool,
}

impl std::fmt::Debug for Terraform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the environment, which contains keys.
        f.debug_struct("Terraform")
            .field("directory", &self.directory)
            .field("config", &self.config)
            .field("source", &self.source)
            .field("build", &self.build)
            .finish_non_exhaustive()
    }
}

impl Terraform {
    pub(crate) fn new(
        tools: Arc<Tools>,
        cache: Cache,
        build: ProviderBuild,
        progress: Arc<dyn Progress>,
        directory: PathBuf,
        environment: BTreeMap<String, String>,
    ) -> Result<Self> {
        // A provider exists if the registry could not be reached before. Trying the registry again would
        // cost every run a failed attempt; deleting the cache makes Terraform try it again.
        let (config, source) = match ready_mirror(&cache, &tools.platform, build) {
            Some(mirror) => {
                mirror.answer_for_opentofu(&tools.platform)?;
                (
                    config::mirror(&cache, build, &mirror.path)?,
                    ProviderSource::Mirror,
                )
            }
            None => (config::direct(&cache)?, ProviderSource::Registry),
        };
        Ok(Self {
            tools,
            cache,
            progress,
            directory,
            environment,
            config,
            source,
            build,
            provider: None,
            refresh: true,
        })
    }

    /// Returns a copy whose plan, apply and destroy rely on Terraform's state and do not read the existing
    /// resources (`-refresh=false`). This is faster, and correct if nothing else changes the resources.
    #[must_use]
    pub fn without_refresh(&self) -> Self {
        Self {
            refresh: false,
            ..self.clone()
        }
    }

    /// Returns the directory that it runs in.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Returns its CLI configuration.
    #[must_use]
    pub fn cli_config(&self) -> &Path {
        &self.config
    }

    /// Runs `terraform init`. If the registry cannot be reached, the provider is built (which takes
    /// minutes, once per machine) and the command is repeated with the mirror.
    ///
    /// # Errors
    ///
    /// When the configuration is invalid, or the provider can be neither downloaded nor built.
    pub async fn init(&mut self) -> Result<ProviderSource> {
        self.progress.step("terraform init");
        self.provider = None;
        let output = self.run_init().await?;
        if output.status.success() {
            return Ok(self.source);
        }
        let said = format!("{}\n{}", output.stdout, output.tail);
        if self.source == ProviderSource::Mirror || !registry_unreachable(&said) {
            return Err(output.failure());
        }
        self.progress
            .detail("the Terraform registry cannot be reached");
        let mirror =
            ensure_mirror(&self.tools, &self.cache, self.build, self.progress.as_ref()).await?;
        mirror.answer_for_opentofu(&self.tools.platform)?;
        self.config = config::mirror(&self.cache, self.build, &mirror.path)?;
        self.source = ProviderSource::Mirror;
        self.progress
            .step("terraform init, with the provider built on this machine");
        self.run_init().await?.success()?;
        Ok(self.source)
    }

    /// Keeps one AWS provider running for all further commands, which then need not start and verify
    /// their own. It ends with the last clone of this value, and with the next `init`.
    ///
    /// Only for configurations with a single provider block for AWS: a provider that serves several
    /// blocks uses the settings of the last.
    ///
    /// # Errors
    ///
    /// When `init` has not installed an AWS provider, or it does not start.
    pub async fn keep_provider(&mut self) -> Result<()> {
        let provider = provider_process::installed(&self.directory)?;
        let mut command = Command::new(provider);
        command.current_dir(&self.directory);
        environment::of_terraform(&environment::own(), &self.environment).make(&mut command);
        self.provider = Some(Arc::new(ProviderProcess::start(command).await?));
        Ok(())
    }

    async fn run_init(&self) -> Result<Output> {
        // Terraform's plugin cache does not support concurrent writers.
        let _lock = match self.source {
            ProviderSource::Registry => {
                let lock = self.cache.join("plugins.lock");
                Some(Lock::take(&lock, "downloading providers", self.progress.as_ref()).await?)
            }
            ProviderSource::Mirror => None,
        };
        self.output(["init", "-no-color", "-input=false"]).await
    }

    /// Runs `terraform validate`.
    ///
    /// # Errors
    ///
    /// When the configuration is not valid.
    pub async fn validate(&self) -> Result<()> {
        self.progress.step("terraform validate");
        self.run(["validate", "-no-color"]).await.map(drop)
    }

    /// Runs `terraform plan`; with `save`, also writes the plan to that file.
    ///
    /// # Errors
    ///
    /// When Terraform cannot create a plan.
    pub async fn plan(&self, variables: &Map<String, Value>, save: Option<&Path>) -> Result<Plan> {
        let (scratch, mut arguments) = self.begin("plan", variables)?;
        arguments.push("-detailed-exitcode".into());
        arguments.extend(save.map(saved_to));
        let output = self.output_in(scratch, arguments).await?;
        let outcome = match output.status.code() {
            Some(0) => PlanOutcome::Empty,
            Some(2) => PlanOutcome::Changes,
            _ => return Err(output.failure()),
        };
        Ok(Plan {
            outcome,
            text: output.stdout,
        })
    }

    /// Returns the changes of a plan: address, type and action of each resource, in Terraform's words.
    /// Reading a data source is not a change. With `save`, also writes the plan to that file, for
    /// [`apply_saved`](Self::apply_saved).
    ///
    /// # Errors
    ///
    /// When Terraform cannot create a plan.
    pub async fn planned_changes(
        &self,
        variables: &Map<String, Value>,
        save: Option<&Path>,
    ) -> Result<Vec<PlannedChange>> {
        let (scratch, mut arguments) = self.begin("plan", variables)?;
        arguments.push("-json".into());
        arguments.extend(save.map(saved_to));
        let output = self.quiet().output_in(scratch, arguments).await?;
        // The error messages are in the JSON output, so a failure shows that.
        let said = output.success()?;
        let changes = said
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|message| message["type"] == "planned_change");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(changes
            .map(|message| PlannedChange {
                address: text(&message["change"]["resource"]["addr"]),
                kind: text(&message["change"]["resource"]["resource_type"]),
                action: text(&message["change"]["action"]),
            })
            .filter(|change| change.action != "read" && change.action != "noop")
            .collect())
    }

    /// Runs `terraform apply` without confirmation, and returns its output.
    ///
    /// # Errors
    ///
    /// When a resource cannot be created. The created ones are in the state.
    pub async fn apply(&self, variables: &Map<String, Value>) -> Result<String> {
        let (scratch, mut arguments) = self.begin("apply", variables)?;
        arguments.push("-auto-approve".into());
        self.output_in(scratch, arguments).await?.success()
    }

    /// Runs `terraform apply` with a saved plan, and returns its output.
    ///
    /// # Errors
    ///
    /// When the plan is outdated, or a resource cannot be created.
    pub async fn apply_saved(&self, plan: &Path) -> Result<String> {
        self.progress.step("terraform apply");
        let arguments = ["apply", "-no-color", "-input=false"].map(OsStr::new);
        self.run(arguments.into_iter().chain([plan.as_os_str()]))
            .await
    }

    /// Runs `terraform destroy` without confirmation, and returns its output.
    ///
    /// # Errors
    ///
    /// When a resource cannot be destroyed. It is still in the state.
    pub async fn destroy(&self, variables: &Map<String, Value>) -> Result<String> {
        let (scratch, mut arguments) = self.begin("destroy", variables)?;
        arguments.push("-auto-approve".into());
        self.output_in(scratch, arguments).await?.success()
    }

    /// Returns the values of the root module's outputs, including sensitive ones.
    ///
    /// # Errors
    ///
    /// When there is no state, or it cannot be read.
    pub async fn outputs(&self) -> Result<Map<String, Value>> {
        let json = self.quiet().json(["output", "-no-color", "-json"]).await?;
        let Value::Object(outputs) = json else {
            return Ok(Map::new());
        };
        let value = |mut output: Value| output.get_mut("value").map(Value::take);
        Ok(outputs
            .into_iter()
            .map(|(name, output)| (name, value(output).unwrap_or_default()))
            .collect())
    }

    /// Runs `terraform show -json` for the state or, with a file, a plan.
    ///
    /// # Errors
    ///
    /// When the file is not a plan, or the state cannot be read.
    pub async fn show(&self, plan: Option<&Path>) -> Result<Value> {
        let arguments = ["show", "-no-color", "-json"].map(OsStr::new);
        self.quiet()
            .json(arguments.into_iter().chain(plan.map(Path::as_os_str)))
            .await
    }

    /// Runs any other command, such as `["test", "-no-color"]`, and returns its standard output.
    ///
    /// # Errors
    ///
    /// When the command fails.
    pub async fn run(&self, arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Result<String> {
        self.output(arguments).await?.success()
    }

    /// Reports the step, and returns the directory for the temporary files of a plan, apply or destroy,
    /// and the arguments that these commands share.
    fn begin(
        &self,
        command: &str,
        variables: &Map<String, Value>,
    ) -> Result<(WorkDirectory, Vec<OsString>)> {
        const UNREFRESHED: &str = "-refresh=false";
        let step = format!("terraform {command}");
        match self.refresh {
            true => self.progress.step(&step),
            false => self.progress.step(&format!("{step} {UNREFRESHED}")),
        }
        let scratch = WorkDirectory::new()?;
        let mut file = OsString::from("-var-file=");
        file.push(save_variables(variables, &scratch)?);
        let mut arguments = vec![
            command.into(),
            "-no-color".into(),
            "-input=false".into(),
            file,
        ];
        if !self.refresh {
            arguments.push(UNREFRESHED.into());
        }
        Ok((scratch, arguments))
    }

    async fn json(&self, arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Result<Value> {
        let Output {
            command,
            status,
            stdout,
            tail,
        } = self.output(arguments).await?;
        if !status.success() {
            return Err(Output {
                command,
                status,
                stdout,
                tail,
            }
            .failure());
        }
        serde_json::from_str(&stdout).map_err(|error| Error::UnexpectedOutput {
            command,
            problem: error.to_string(),
        })
    }

    /// Returns a copy without progress: JSON is not for people, and contains sensitive values.
    fn quiet(&self) -> Self {
        Self {
            progress: Arc::new(crate::progress::Silent),
            ..self.clone()
        }
    }

    async fn output(&self, arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Result<Output> {
        self.output_in(WorkDirectory::new()?, arguments).await
    }

    /// Runs Terraform with a directory for its temporary files, which is removed when it has ended.
    async fn output_in(
        &self,
        scratch: WorkDirectory,
        arguments: impl IntoIterator<Item: AsRef<OsStr>>,
    ) -> Result<Output> {
        let command = self.command(arguments, &environment::own());
        let output = child::run(command, scratch, self.progress.as_ref()).await?;
        if self.source == ProviderSource::Mirror && !output.status.success() {
            let unsupported = unsupported::types(&format!("{}\n{}", output.stdout, output.tail));
            if !unsupported.is_empty() {
                return Err(self.unsupported(unsupported, output));
            }
        }
        Ok(output)
    }

    /// Returns the error of a command that needs types which the provider was built without.
    fn unsupported(&self, types: BTreeSet<String>, output: Output) -> Error {
        Error::UnsupportedTypes {
            types: types.into_iter().collect::<Vec<_>>().join(", "),
            families: self.build.families().join(", "),
            provider: provider_directory(&self.cache),
            failure: output.command_error(),
        }
    }

    fn command(
        &self,
        arguments: impl IntoIterator<Item: AsRef<OsStr>>,
        inherited: &[(OsString, OsString)],
    ) -> Command {
        let mut command = Command::new(&self.tools.terraform.path);
        command.args(arguments).current_dir(&self.directory);
        let mut changes = environment::of_terraform(inherited, &self.environment);
        changes.set("TF_CLI_CONFIG_FILE", &self.config);
        if let Some(provider) = &self.provider {
            changes.set(provider_process::ATTACH, provider.address());
        }
        changes.make(&mut command);
        command
    }
}

/// Writes the variables of one command to a private file, so that values may have any type and do not
/// appear in the list of processes.
fn save_variables(variables: &Map<String, Value>, scratch: &WorkDirectory) -> Result<PathBuf> {
    let path = scratch.path().join("variables.tfvars.json");
    let mut file = File::create_new(&path).map_err(io_error("create", &path))?;
    serde_json::to_writer(&mut file, variables)
        .map_err(|error| io_error("write", &path)(error.into()))?;
    Ok(path)
}

/// Returns the argument that writes a plan to a file.
fn saved_to(path: &Path) -> OsString {
    let mut argument = OsString::from("-out=");
    argument.push(path);
    argument
}

#[cfg(test)]
mod tests;
