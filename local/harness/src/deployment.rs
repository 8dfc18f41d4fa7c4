//! An example of the module, applied to a local account with real Terraform.

use std::collections::BTreeMap;
use std::path::Path;

use local_toolchain::{
    Files, FunctionPackage, Plan, StagedExample, Terraform, Toolchain, stage_example,
};
use serde_json::{Map, Value};

/// The region that deployments are made in when nothing else is said: Tokyo.
pub const DEFAULT_REGION: &str = "ap-northeast-1";

/// Why an example was not applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Terraform failed.
    #[error(transparent)]
    Terraform(#[from] local_toolchain::Error),
    /// The example has other outputs than a line's.
    #[error("the example must output all that `Outputs` of local/harness names; {0}")]
    Outputs(#[from] serde_json::Error),
}

/// What the examples output.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Outputs {
    /// Table of campaigns.
    pub benefits_table_name: String,
    /// Id of the flow in the instance.
    pub contact_flow_id: String,
    /// Where the flow's log lines go.
    pub flow_log_group_name: String,
    /// Where the function's log lines go.
    pub function_log_group_name: String,
    /// The function.
    pub function_name: String,
    /// The instance.
    pub instance_id: String,
    /// Table of members.
    pub member_table_name: String,
    /// The number to dial, E.164.
    pub phone_number: String,
}

/// What Terraform's AWS provider needs to know of a local account.
pub fn environment(endpoint_url: &str, region: &str) -> BTreeMap<String, String> {
    BTreeMap::from(
        [
            ("AWS_ENDPOINT_URL", endpoint_url),
            ("AWS_REGION", region),
            // The local account accepts every key.
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            // There is no machine role to ask for; asking costs seconds.
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    )
}

/// An example and the Terraform that runs in it. Dropping it removes the copy that was staged for
/// it, state and all; the account keeps what was not destroyed.
pub struct Deployment {
    terraform: Terraform,
    variables: Map<String, Value>,
    /// The copy of the checkout; none when the directory is the caller's own.
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

    /// Runs `terraform init` in a stage; see [`Deployment::prepare_in`] for the variables.
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
    /// What Terraform needs to know of an account is in [`environment`]; a `PATH` among the
    /// variables is Terraform's in place of this process's.
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

    /// Stages an example as [`Deployment::prepare`] does and builds the function beside it, so that
    /// a provider that has to be built and the function share the machine's processors. The
    /// deployment carries the function.
    ///
    /// # Errors
    /// The first of both to fail, which ends the other.
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

    /// Gives the staged module this zip to deploy, and the example its architecture. A directory
    /// that was not staged carries its own zip already and only learns the architecture.
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

    /// Keeps one provider running for all commands to come; see [`Terraform::keep_provider`].
    ///
    /// # Errors
    /// When it does not start.
    pub async fn keep_provider(&mut self) -> local_toolchain::Result<()> {
        self.terraform.keep_provider().await
    }

    /// Makes the stage follow its originals; see [`StagedExample::update`]. A directory that was not
    /// staged is its own original.
    ///
    /// # Errors
    /// When a file cannot be written or removed.
    pub fn update(&self, before: &Files, after: &Files) -> local_toolchain::Result<()> {
        match &self.stage {
            Some(stage) => stage.update(before, after),
            None => Ok(()),
        }
    }

    /// Sets a variable of the example for every command to come.
    pub fn set(&mut self, variable: &str, value: impl Into<Value>) {
        self.variables.insert(variable.to_owned(), value.into());
    }

    /// `terraform apply`, and what it output.
    ///
    /// # Errors
    /// When a resource cannot be made, or an output is missing.
    pub async fn apply(&self) -> Result<Outputs, ApplyError> {
        self.terraform.apply(&self.variables).await?;
        self.outputs().await
    }

    /// What the last `terraform apply` output.
    ///
    /// # Errors
    /// When there is no state, or an output is missing.
    pub async fn outputs(&self) -> Result<Outputs, ApplyError> {
        let outputs = self.terraform.outputs().await?;
        Ok(serde_json::from_value(Value::Object(outputs))?)
    }

    /// `terraform apply`, and what it output, whatever that is.
    ///
    /// # Errors
    /// When a resource cannot be made.
    pub async fn apply_any(&self) -> local_toolchain::Result<Map<String, Value>> {
        self.terraform.apply(&self.variables).await?;
        self.terraform.outputs().await
    }

    /// `terraform apply`, after `terraform init` where Terraform asks for one because a module or a
    /// provider has changed.
    ///
    /// With `refresh`, Terraform looks at everything that is there. Without it, it trusts its state:
    /// right where nothing but files has changed, and faster.
    ///
    /// # Errors
    /// When a resource cannot be made.
    pub async fn apply_changes(&mut self, refresh: bool) -> local_toolchain::Result<()> {
        let wants_init = |error: &local_toolchain::Error| {
            error
                .child_output()
                .is_some_and(|said| said.contains("terraform init"))
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
            false => self.terraform.apply_unrefreshed(&self.variables).await,
        };
        applied.map(drop)
    }

    /// `terraform plan`.
    ///
    /// # Errors
    /// When Terraform cannot make one, for instance because a variable is not valid.
    pub async fn plan(&self) -> local_toolchain::Result<Plan> {
        self.terraform.plan(&self.variables, None).await
    }

    /// `terraform destroy`.
    ///
    /// # Errors
    /// When a resource cannot be destroyed.
    pub async fn destroy(&self) -> local_toolchain::Result<()> {
        self.terraform.destroy(&self.variables).await.map(drop)
    }

    /// Terraform itself, for what is not wrapped here.
    pub fn terraform(&self) -> &Terraform {
        &self.terraform
    }
}
