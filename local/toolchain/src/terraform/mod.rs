//! Running Terraform.

mod child;
mod config;
mod provider_process;
mod registry;

use std::collections::BTreeMap;
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
use crate::provider::{ensure_mirror, ready_mirror};
use crate::tools::Tools;
use crate::work::WorkDirectory;
use provider_process::ProviderProcess;

pub use child::settle;
pub use config::mirror_config;
pub use registry::registry_unreachable;

/// Where the AWS provider came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderSource {
    /// From the Terraform registry: the newest version the module's constraint allows.
    Registry,
    /// From the mirror in the cache: built on this machine, always
    /// [`PROVIDER_VERSION`](crate::PROVIDER_VERSION).
    Mirror,
}

/// What a plan found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanOutcome {
    /// Reality is as the configuration says.
    Empty,
    /// Something would be created, changed or destroyed.
    Changes,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What it found.
    pub outcome: PlanOutcome,
    /// What Terraform says about it.
    pub text: String,
}

/// A resource that a plan would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedChange {
    /// Its address.
    pub address: String,
    /// Its kind, such as `aws_dynamodb_table`.
    pub kind: String,
    /// `create`, `update`, `delete`, `replace`, `move` or another word of Terraform's.
    pub action: String,
}

/// Terraform in one directory, with one environment.
///
/// The child inherits this process's environment without all that is Terraform's, its provider's or
/// AWS's: neither the user's AWS account nor their Terraform settings take part. What Terraform needs
/// to know (`AWS_ENDPOINT_URL`, `AWS_REGION`, keys) is given explicitly, and the account that is named
/// so is asked without a proxy.
///
/// Dropping the future of a call asks Terraform to stop, as Ctrl-C does, and gives it time to
/// write its state; see [`settle`]. Note that once a call was made, Ctrl-C no longer ends this
/// process by itself.
#[derive(Clone)]
pub struct Terraform {
    tools: Arc<Tools>,
    cache: Cache,
    progress: Arc<dyn Progress>,
    directory: PathBuf,
    environment: BTreeMap<String, String>,
    config: PathBuf,
    source: ProviderSource,
    /// The provider that commands attach to instead of starting one each.
    provider: Option<Arc<ProviderProcess>>,
}

impl std::fmt::Debug for Terraform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the environment, which holds keys.
        f.debug_struct("Terraform")
            .field("directory", &self.directory)
            .field("config", &self.config)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl Terraform {
    pub(crate) fn new(
        tools: Arc<Tools>,
        cache: Cache,
        progress: Arc<dyn Progress>,
        directory: PathBuf,
        environment: BTreeMap<String, String>,
    ) -> Result<Self> {
        // A provider that was built once was built because the registry is out of reach; asking
        // again would cost every run a failed attempt. Deleting the cache has it asked again.
        let (config, source) = match ready_mirror(&cache, &tools.platform) {
            Some(mirror) => {
                mirror.answer_for_opentofu(&tools.platform)?;
                (
                    config::mirror(&cache, &mirror.path)?,
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
            provider: None,
        })
    }

    /// The directory it runs in.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The CLI configuration it runs with.
    #[must_use]
    pub fn cli_config(&self) -> &Path {
        &self.config
    }

    /// `terraform init`. Where the registry cannot be reached, the provider is built (some
    /// minutes, once per machine) and the command repeated with the mirror.
    ///
    /// # Errors
    ///
    /// When the configuration is wrong, or the provider can be neither downloaded nor built.
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
        let mirror = ensure_mirror(&self.tools, &self.cache, self.progress.as_ref()).await?;
        mirror.answer_for_opentofu(&self.tools.platform)?;
        self.config = config::mirror(&self.cache, &mirror.path)?;
        self.source = ProviderSource::Mirror;
        self.progress
            .step("terraform init, with the provider built on this machine");
        self.run_init().await?.success()?;
        Ok(self.source)
    }

    /// Keeps one AWS provider running for all commands to come, which saves each of them starting and
    /// checking its own. It ends with the last clone of this value, and with the next `init`.
    ///
    /// For configurations with one provider block of AWS: a provider that serves several takes the
    /// settings of the last.
    ///
    /// # Errors
    ///
    /// When `init` has installed no AWS provider, or it does not start.
    pub async fn keep_provider(&mut self) -> Result<()> {
        let provider = provider_process::installed(&self.directory)?;
        let mut command = Command::new(provider);
        command.current_dir(&self.directory);
        environment::of_terraform(&environment::own(), &self.environment).make(&mut command);
        self.provider = Some(Arc::new(ProviderProcess::start(command).await?));
        Ok(())
    }

    async fn run_init(&self) -> Result<Output> {
        // Terraform's plugin cache is not made for several writers.
        let _lock = match self.source {
            ProviderSource::Registry => {
                let lock = self.cache.join("plugins.lock");
                Some(Lock::take(&lock, "downloading providers", self.progress.as_ref()).await?)
            }
            ProviderSource::Mirror => None,
        };
        self.output(["init", "-no-color", "-input=false"]).await
    }

    /// `terraform validate`.
    ///
    /// # Errors
    ///
    /// When the configuration is not valid.
    pub async fn validate(&self) -> Result<()> {
        self.progress.step("terraform validate");
        self.run(["validate", "-no-color"]).await.map(drop)
    }

    /// `terraform plan`; with `save`, the plan is also written to that file.
    ///
    /// # Errors
    ///
    /// When Terraform cannot make a plan.
    pub async fn plan(&self, variables: &Map<String, Value>, save: Option<&Path>) -> Result<Plan> {
        self.progress.step("terraform plan");
        let scratch = WorkDirectory::new()?;
        let file = save_variables(variables, &scratch)?;
        let mut arguments = with_variables("plan", &file);
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

    /// What a plan would change: of each resource its address, its kind and what would be done, in
    /// Terraform's words. Reading data sources is no change. With `save`, the plan is also written to
    /// that file, for [`apply_saved`](Self::apply_saved).
    ///
    /// # Errors
    ///
    /// When Terraform cannot make a plan.
    pub async fn planned_changes(
        &self,
        variables: &Map<String, Value>,
        save: Option<&Path>,
    ) -> Result<Vec<PlannedChange>> {
        self.progress.step("terraform plan");
        let scratch = WorkDirectory::new()?;
        let file = save_variables(variables, &scratch)?;
        let mut arguments = with_variables("plan", &file);
        arguments.push("-json".into());
        arguments.extend(save.map(saved_to));
        let output = self.quiet().output_in(scratch, arguments).await?;
        // What is wrong stands among the JSON, so a failure shows that.
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

    /// `terraform apply` without asking; returns what Terraform says.
    ///
    /// # Errors
    ///
    /// When a resource cannot be made. Those that were made are in the state.
    pub async fn apply(&self, variables: &Map<String, Value>) -> Result<String> {
        self.progress.step("terraform apply");
        self.apply_with(variables, &[]).await
    }

    /// `terraform apply -refresh=false` without asking: Terraform takes its state for what is there,
    /// which is right where nobody else changes anything, and faster. Returns what Terraform says.
    ///
    /// # Errors
    ///
    /// When a resource cannot be made. Those that were made are in the state.
    pub async fn apply_unrefreshed(&self, variables: &Map<String, Value>) -> Result<String> {
        self.progress.step("terraform apply -refresh=false");
        self.apply_with(variables, &["-refresh=false"]).await
    }

    /// `terraform apply` of a plan that was saved; returns what Terraform says.
    ///
    /// # Errors
    ///
    /// When the plan is out of date, or a resource cannot be made.
    pub async fn apply_saved(&self, plan: &Path) -> Result<String> {
        self.progress.step("terraform apply");
        let arguments = ["apply", "-no-color", "-input=false"].map(OsStr::new);
        self.run(arguments.into_iter().chain([plan.as_os_str()]))
            .await
    }

    async fn apply_with(&self, variables: &Map<String, Value>, more: &[&str]) -> Result<String> {
        let scratch = WorkDirectory::new()?;
        let file = save_variables(variables, &scratch)?;
        let mut arguments = with_variables("apply", &file);
        arguments.push("-auto-approve".into());
        arguments.extend(more.iter().map(Into::into));
        self.output_in(scratch, arguments).await?.success()
    }

    /// `terraform destroy` without asking; returns what Terraform says.
    ///
    /// # Errors
    ///
    /// When a resource cannot be destroyed. It then still is in the state.
    pub async fn destroy(&self, variables: &Map<String, Value>) -> Result<String> {
        self.progress.step("terraform destroy");
        let scratch = WorkDirectory::new()?;
        let file = save_variables(variables, &scratch)?;
        let mut arguments = with_variables("destroy", &file);
        arguments.push("-auto-approve".into());
        self.output_in(scratch, arguments).await?.success()
    }

    /// The values of the root module's outputs, sensitive ones included.
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

    /// `terraform show -json`: the state or, given its file, a plan.
    ///
    /// # Errors
    ///
    /// When the file is no plan, or the state cannot be read.
    pub async fn show(&self, plan: Option<&Path>) -> Result<Value> {
        let arguments = ["show", "-no-color", "-json"].map(OsStr::new);
        self.quiet()
            .json(arguments.into_iter().chain(plan.map(Path::as_os_str)))
            .await
    }

    /// Any other command, such as `["test", "-no-color"]`; returns its standard output.
    ///
    /// # Errors
    ///
    /// When it fails.
    pub async fn run(&self, arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Result<String> {
        self.output(arguments).await?.success()
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

    /// The same with nobody listening: JSON is not for people, and holds sensitive values.
    fn quiet(&self) -> Self {
        Self {
            progress: Arc::new(crate::progress::Silent),
            ..self.clone()
        }
    }

    async fn output(&self, arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Result<Output> {
        self.output_in(WorkDirectory::new()?, arguments).await
    }

    /// Runs it with this directory for its temporary files, which goes when it has ended.
    async fn output_in(
        &self,
        scratch: WorkDirectory,
        arguments: impl IntoIterator<Item: AsRef<OsStr>>,
    ) -> Result<Output> {
        let command = self.command(arguments, &environment::own());
        child::run(command, scratch, self.progress.as_ref()).await
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

/// Writes the variables of one command to a private file, so that values of any type can be given and
/// none shows in the list of processes.
fn save_variables(variables: &Map<String, Value>, scratch: &WorkDirectory) -> Result<PathBuf> {
    let path = scratch.path().join("variables.tfvars.json");
    let mut file = File::create_new(&path).map_err(io_error("create", &path))?;
    serde_json::to_writer(&mut file, variables)
        .map_err(|error| io_error("write", &path)(error.into()))?;
    Ok(path)
}

/// The argument that has a plan written to a file.
fn saved_to(path: &Path) -> OsString {
    let mut argument = OsString::from("-out=");
    argument.push(path);
    argument
}

fn with_variables(command: &str, variables: &Path) -> Vec<OsString> {
    let mut file = OsString::from("-var-file=");
    file.push(variables);
    vec![
        command.into(),
        "-no-color".into(),
        "-input=false".into(),
        file,
    ]
}

#[cfg(test)]
mod tests;
