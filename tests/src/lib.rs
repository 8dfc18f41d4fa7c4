//! What the end-to-end tests share: a runner for them ([`trials`]), an account of their own, SDK
//! clients for it, and a line deployed into it by real Terraform.

pub mod bundle;
pub mod call_picture;
pub mod cargo;
pub mod deployer;
pub mod dynamodb_local;
pub mod interface;
pub mod outcomes;
pub mod readme;
pub mod trials;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use local_account::{Account, AccountConfig, LocalClient, SentMessage};
use local_connect::{Call, CallerId};
use local_harness::{Deployment, Outputs, environment, repository, telephone};
use local_toolchain::{
    Cache, FunctionPackage, PlannedChange, Silent, StagedExample, Terraform, Toolchain,
    stage_example,
};
use serde_json::{Map, Value};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// Region of every test.
pub const REGION: &str = "ap-northeast-1";

/// What a test fails with when it cannot even begin.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The machine's tools, looked for once.
///
/// # Errors
/// When a tool is missing.
pub async fn toolchain() -> Result<&'static Toolchain, Failure> {
    static TOOLCHAIN: OnceCell<Toolchain> = OnceCell::const_new();
    let detect = async || Toolchain::detect(Cache::of_user()?, Arc::new(Silent)).await;
    Ok(TOOLCHAIN.get_or_try_init(detect).await?)
}

/// The function's zip, built once.
///
/// # Errors
/// When a tool is missing or the function does not compile.
pub async fn function() -> Result<&'static FunctionPackage, Failure> {
    static FUNCTION: OnceCell<FunctionPackage> = OnceCell::const_new();
    let build = async || {
        let repository = repository()?;
        Ok::<_, Failure>(toolchain().await?.build_function_zip(&repository).await?)
    };
    FUNCTION.get_or_try_init(build).await
}

/// An empty account on a free port.
pub struct TestAccount {
    /// The account.
    pub account: Account,
    /// Its own interface.
    pub client: LocalClient,
    _work_dir: TempDir,
}

impl TestAccount {
    /// Starts one.
    ///
    /// # Errors
    /// When there is no port or no temporary directory.
    pub async fn start() -> Result<Self, Failure> {
        let work_dir = tempfile::tempdir()?;
        let account = Account::start(AccountConfig::new(
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            work_dir.path(),
        ))
        .await?;
        let client = LocalClient::new(account.endpoint_url());
        Ok(Self {
            account,
            client,
            _work_dir: work_dir,
        })
    }

    /// What SDK clients need to reach it.
    pub async fn sdk_config(&self) -> SdkConfig {
        let keys = aws_sdk_dynamodb::config::Credentials::new("local", "local", None, None, "test");
        aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .endpoint_url(self.account.endpoint_url())
            .credentials_provider(keys)
            .load()
            .await
    }

    /// Places a call and presses these keys, an entry each time the line waits.
    ///
    /// # Errors
    /// When the number is not answered.
    pub async fn call(&self, to: &str, from: CallerId, entries: &[&str]) -> Result<Call, Failure> {
        Ok(telephone::place(self.account.connect(), to, from, entries).await?)
    }

    /// The messages sent so far.
    pub fn messages(&self) -> Vec<SentMessage> {
        self.account.outbox().messages()
    }
}

/// An example of the module, live in an account of its own.
pub struct TestLine {
    /// Where it lives.
    pub aws: TestAccount,
    /// How it got there.
    pub deployment: Deployment,
}

impl TestLine {
    /// Starts an account and prepares the example for it; nothing is applied yet.
    ///
    /// # Errors
    /// When a tool is missing, the function does not compile or Terraform cannot begin.
    pub async fn prepare(example: &str) -> Result<Self, Failure> {
        let mut line = Self::prepare_with(toolchain().await?, example).await?;
        line.deployment.keep_provider().await?;
        Ok(line)
    }

    /// The same with tools of the caller's choice, such as another Terraform, which starts its provider
    /// for each command, as it does for users.
    ///
    /// # Errors
    /// As [`TestLine::prepare`].
    pub async fn prepare_with(toolchain: &Toolchain, example: &str) -> Result<Self, Failure> {
        let repository = repository()?;
        let aws = TestAccount::start().await?;
        let endpoint_url = aws.account.endpoint_url();
        let prepare = async {
            let prepared =
                Deployment::prepare(toolchain, &repository, example, &endpoint_url, REGION);
            Ok::<_, Failure>(prepared.await?)
        };
        let (mut deployment, package) = tokio::try_join!(prepare, function())?;
        deployment.carry(package)?;
        Ok(Self { aws, deployment })
    }

    /// Applies the example.
    ///
    /// # Errors
    /// What Terraform says.
    pub async fn apply(&self) -> Result<Outputs, Failure> {
        Ok(self.deployment.apply().await?)
    }

    /// Places a call.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn dial(&self, line: &Outputs, from: CallerId) -> Result<Call, Failure> {
        self.aws.call(&line.phone_number, from, &[]).await
    }
}

/// The module itself, without an example around it, so that every variable can be set.
pub struct TestModule {
    /// The account it would be applied to.
    pub aws: TestAccount,
    /// Terraform in the module's directory.
    pub terraform: Terraform,
    _stage: StagedExample,
}

impl TestModule {
    /// Starts an account and runs `terraform init` in a copy of the module.
    ///
    /// # Errors
    /// When a tool is missing, the function does not compile or Terraform cannot begin.
    pub async fn prepare() -> Result<Self, Failure> {
        let package = function().await?;
        let aws = TestAccount::start().await?;
        let stage = stage_example(&repository()?, "minimal")?;
        stage.carry(package)?;
        let mut terraform = toolchain().await?.terraform(
            stage.module(),
            environment(&aws.account.endpoint_url(), REGION),
        )?;
        terraform.init().await?;
        terraform.keep_provider().await?;
        Ok(Self {
            aws,
            terraform,
            _stage: stage,
        })
    }
}

/// What a plan would do to which resources: kind and address of those that would be created, updated
/// or deleted, as `action` says. Replacing is both deleting and creating.
///
/// # Errors
/// When Terraform cannot make the plan.
pub async fn planned(
    terraform: &Terraform,
    variables: &Map<String, Value>,
    action: &str,
) -> Result<Vec<(String, String)>, Failure> {
    let changes = terraform.planned_changes(variables, None).await?;
    Ok(of_action(changes, action))
}

fn of_action(changes: Vec<PlannedChange>, action: &str) -> Vec<(String, String)> {
    changes
        .into_iter()
        .filter(|change| {
            change.action == action || (change.action == "replace" && action != "update")
        })
        .map(|change| (change.kind, change.address))
        .collect()
}

/// Applies what a plan says, which destroys nothing: its changes, and what the stack then outputs.
///
/// # Errors
/// When Terraform can make no plan or cannot apply it.
///
/// # Panics
/// When the plan destroys something.
pub async fn apply_without_loss(
    terraform: &Terraform,
    variables: &Map<String, Value>,
) -> Result<(Vec<PlannedChange>, Map<String, Value>), Failure> {
    let directory = tempfile::tempdir()?;
    let saved = directory.path().join("saved-plan");
    let changes = terraform.planned_changes(variables, Some(&saved)).await?;
    let going = of_action(changes.clone(), "delete");
    assert!(going.is_empty(), "the plan destroys {going:?}");
    terraform.apply_saved(&saved).await?;
    Ok((changes, terraform.outputs().await?))
}

/// Presses keys as a test writes them.
///
/// # Panics
/// On a symbol that is on no telephone.
pub async fn press(call: &mut Call, symbols: &str) {
    if let Err(unknown) = telephone::press(call, symbols).await {
        panic!("{unknown}");
    }
}
