//! An example of the module, applied to a local account by real Terraform.

use std::collections::BTreeMap;
use std::path::Path;

use local_toolchain::{
    Files, FunctionPackage, Plan, StagedExample, Terraform, Toolchain, stage_example,
};
use serde_json::{Map, Value};

use crate::root::{Kind, Root};

/// The default region of deployments: Tokyo.
pub const DEFAULT_REGION: &str = "ap-northeast-1";

/// The reason why an example was not applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A Terraform command failed.
    #[error(transparent)]
    Terraform(#[from] local_toolchain::Error),
    /// The example's outputs are not those of a line.
    #[error("the example must have every output that `Outputs` in local/harness lists: {0}")]
    Outputs(#[from] serde_json::Error),
}

/// The outputs of an example.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Outputs {
    /// The name of the campaigns' table.
    pub benefits_table_name: String,
    pub contact_flow_id: String,
    /// The log group of the flow.
    pub flow_log_group_name: String,
    /// The log group of the function.
    pub function_log_group_name: String,
    pub function_name: String,
    pub instance_id: String,
    /// The name of the members' table.
    pub member_table_name: String,
    /// The number to dial, in E.164.
    pub phone_number: String,
}

/// Returns the environment in which Terraform's AWS provider uses a local account.
pub fn environment(endpoint_url: &str, region: &str) -> BTreeMap<String, String> {
    BTreeMap::from(
        [
            ("AWS_ENDPOINT_URL", endpoint_url),
            ("AWS_REGION", region),
            // The key of the account's root user, unless other machines can reach the account.
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            // There is no instance role, and looking for one takes seconds.
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    )
}

/// An example and the Terraform that runs in it. Dropping it removes the staged copy with its
/// state; the account keeps what was not destroyed.
pub struct Deployment {
    terraform: Terraform,
    variables: Map<String, Value>,
    /// The staged copy of the checkout; `None` if the directory is the caller's own.
    stage: Option<StagedExample>,
}

impl Deployment {
    /// Stages `examples/<example>` and runs `terraform init` for the account at `endpoint_url`.
    ///
    /// # Errors
    /// When the example does not exist, or the provider can be neither downloaded nor built.
    pub async fn prepare(
        toolchain: &Toolchain,
        repository: &Path,
        example: &str,
        endpoint_url: &str,
        region: &str,
    ) -> local_toolchain::Result<Self> {
        let stage = stage_example(repository, example)?;
        Self::prepare_staged(toolchain, stage, environment(endpoint_url, region)).await
    }

    /// Runs `terraform init` in a stage; for the variables see [`Deployment::prepare_in`].
    ///
    /// # Errors
    /// When the provider can be neither downloaded nor built.
    pub async fn prepare_staged(
        toolchain: &Toolchain,
        stage: StagedExample,
        environment: BTreeMap<String, String>,
    ) -> local_toolchain::Result<Self> {
        let deployment = Self::prepare_in(toolchain, stage.dir(), environment).await?;
        Ok(Self {
            stage: Some(stage),
            ..deployment
        })
    }

    /// Runs `terraform init` in a directory as it is, such as an example of an unpacked bundle.
    /// [`environment`] returns the variables for a local account; a `PATH` among the variables
    /// replaces this process's for Terraform.
    ///
    /// # Errors
    /// When the provider can be neither downloaded nor built.
    pub async fn prepare_in(
        toolchain: &Toolchain,
        directory: &Path,
        environment: BTreeMap<String, String>,
    ) -> local_toolchain::Result<Self> {
        let mut terraform = toolchain.terraform(directory, environment)?;
        terraform.init().await?;
        Ok(Self {
            terraform,
            variables: Map::new(),
            stage: None,
        })
    }

    /// Stages an example as [`Deployment::prepare`] does, with the function: that of a bundle as it is;
    /// that of a checkout is built at the same time, so that building the provider and the function share
    /// the machine's processors.
    ///
    /// # Errors
    /// The first error of the two, which also ends the other.
    pub async fn of_root(
        toolchain: &Toolchain,
        root: &Root,
        example: &str,
        endpoint_url: &str,
        region: &str,
    ) -> local_toolchain::Result<(Self, FunctionPackage)> {
        let path = &root.path;
        if root.kind == Kind::Checkout {
            return Self::with_function(toolchain, path, example, endpoint_url, region).await;
        }
        let package = toolchain.bundled_function_zip(path)?;
        let mut deployment = Self::prepare(toolchain, path, example, endpoint_url, region).await?;
        deployment.carry(&package)?;
        Ok((deployment, package))
    }

    /// Stages an example as [`Deployment::prepare`] does, and builds the function at the same time,
    /// so that building the provider and the function share the machine's processors. The
    /// deployment includes the function.
    ///
    /// # Errors
    /// The first error of the two, which also ends the other.
    pub async fn with_function(
        toolchain: &Toolchain,
        repository: &Path,
        example: &str,
        endpoint_url: &str,
        region: &str,
    ) -> local_toolchain::Result<(Self, FunctionPackage)> {
        let beside = toolchain.beside();
        let function = async {
            let built = beside.build_function_zip(repository).await;
            beside.progress().end(built.is_ok());
            built
        };
        let deployment = Self::prepare(toolchain, repository, example, endpoint_url, region);
        let (mut deployment, package) = tokio::try_join!(deployment, function)?;
        deployment.carry(&package)?;
        Ok((deployment, package))
    }

    /// Copies this zip into the staged module, and sets the example's architecture. A directory
    /// that was not staged contains its own zip, so only the architecture is set.
    ///
    /// # Errors
    /// When the zip cannot be copied.
    pub fn carry(&mut self, package: &FunctionPackage) -> local_toolchain::Result<()> {
        if let Some(stage) = &self.stage {
            stage.carry(package)?;
        }
        self.set("architecture", package.architecture.name());
        Ok(())
    }

    /// Keeps one provider running for all following commands; see [`Terraform::keep_provider`].
    ///
    /// # Errors
    /// When the provider does not start.
    pub async fn keep_provider(&mut self) -> local_toolchain::Result<()> {
        self.terraform.keep_provider().await
    }

    /// Updates the stage from its originals; see [`StagedExample::update`]. A directory that was
    /// not staged is its own original.
    ///
    /// # Errors
    /// When a file cannot be written or removed.
    pub fn update(&self, before: &Files, after: &Files) -> local_toolchain::Result<()> {
        match &self.stage {
            Some(stage) => stage.update(before, after),
            None => Ok(()),
        }
    }

    /// Sets a variable of the example for all following commands.
    pub fn set(&mut self, variable: &str, value: impl Into<Value>) {
        self.variables.insert(variable.to_owned(), value.into());
    }

    /// Runs `terraform apply` and returns the outputs.
    ///
    /// # Errors
    /// When a resource cannot be created, or an output is missing.
    pub async fn apply(&self) -> Result<Outputs, ApplyError> {
        self.terraform.apply(&self.variables).await?;
        self.outputs().await
    }

    /// Returns the outputs of the last `terraform apply`.
    ///
    /// # Errors
    /// When there is no state, or an output is missing.
    pub async fn outputs(&self) -> Result<Outputs, ApplyError> {
        let outputs = self.terraform.outputs().await?;
        Ok(serde_json::from_value(Value::Object(outputs))?)
    }

    /// Runs `terraform apply` and returns all outputs, whatever they are.
    ///
    /// # Errors
    /// When a resource cannot be created.
    pub async fn apply_any(&self) -> local_toolchain::Result<Map<String, Value>> {
        self.terraform.apply(&self.variables).await?;
        self.terraform.outputs().await
    }

    /// Runs `terraform apply`, preceded by `terraform init` if Terraform requires it because a
    /// module or a provider has changed.
    ///
    /// With `refresh`, Terraform reads all existing resources. Without it, Terraform relies on its
    /// state, which is faster, and correct if only files have changed.
    ///
    /// # Errors
    /// When a resource cannot be created.
    pub async fn apply_changes(&mut self, refresh: bool) -> local_toolchain::Result<()> {
        let wants_init = |error: &local_toolchain::Error| {
            error
                .child_output()
                .is_some_and(|output| output.contains("terraform init"))
        };
        match self.apply_once(refresh).await {
            Err(error) if wants_init(&error) => {
                self.terraform.init().await?;
                self.apply_once(refresh).await
            }
            applied => applied,
        }
    }

    async fn apply_once(&self, refresh: bool) -> local_toolchain::Result<()> {
        let applied = match refresh {
            true => self.terraform.apply(&self.variables).await,
            false => {
                let terraform = self.terraform.without_refresh();
                terraform.apply(&self.variables).await
            }
        };
        applied.map(drop)
    }

    /// Runs `terraform plan`.
    ///
    /// # Errors
    /// When Terraform cannot create a plan, for instance because a variable is not valid.
    pub async fn plan(&self) -> local_toolchain::Result<Plan> {
        self.terraform.plan(&self.variables, None).await
    }

    /// Runs `terraform destroy`.
    ///
    /// # Errors
    /// When a resource cannot be destroyed.
    pub async fn destroy(&self) -> local_toolchain::Result<()> {
        self.terraform.destroy(&self.variables).await.map(drop)
    }

    /// Runs `terraform destroy -refresh=false`. Terraform relies on its state, which saves the plan that
    /// otherwise precedes, and is correct if nothing else has changed the resources.
    ///
    /// # Errors
    /// When a resource cannot be destroyed.
    pub async fn destroy_unrefreshed(&self) -> local_toolchain::Result<()> {
        let terraform = self.terraform.without_refresh();
        terraform.destroy(&self.variables).await.map(drop)
    }

    /// Returns Terraform itself, for commands that have no method here.
    pub fn terraform(&self) -> &Terraform {
        &self.terraform
    }
}
