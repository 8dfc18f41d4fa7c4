//! Shared parts of the end-to-end tests: a runner ([`trials`]), a local account for each test with its SDK
//! clients, and a line that real Terraform deploys into that account.

pub mod bundle;
pub mod call_picture;
pub mod cargo;
pub mod deployer;
pub mod dynamodb_local;
pub mod generated;
pub mod interface;
pub mod outcomes;
pub mod readme;
pub mod trials;
pub mod unit_tests;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::operation::create_table::CreateTableOutput;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use local_account::{Account, AccountConfig, LocalClient, SentMessage};
use local_connect::{Call, CallerId};
use local_harness::{Deployment, Outputs, environment, repository, telephone};
use local_toolchain::{
    Cache, FunctionPackage, PlannedChange, ProviderBuild, Silent, StagedExample, Terraform,
    Toolchain, stage_example,
};
use serde_json::{Map, Value};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// The Region of the tests.
pub const REGION: &str = "ap-northeast-1";

/// The error of a test.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Returns the machine's tools, which are detected once.
///
/// # Errors
/// When a tool is missing.
pub async fn toolchain() -> Result<&'static Toolchain, Failure> {
    static TOOLCHAIN: OnceCell<Toolchain> = OnceCell::const_new();
    let detect = async || Toolchain::detect(Cache::of_user()?, Arc::new(Silent)).await;
    Ok(TOOLCHAIN.get_or_try_init(detect).await?)
}

/// Returns the machine's tools, with an AWS provider that also has the services of stacks around a line.
/// The first `terraform init` builds the provider if the registry cannot be reached.
///
/// # Errors
/// When a tool is missing.
pub async fn wide_toolchain() -> Result<Toolchain, Failure> {
    Ok(toolchain().await?.with_provider(ProviderBuild::Wide))
}

/// Returns the function's zip, which is built once.
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
    pub account: Account,
    /// A client of the account's interface below `/_local/`.
    pub client: LocalClient,
    _work_dir: TempDir,
}

impl TestAccount {
    /// Starts an account.
    pub async fn start() -> Result<Self, Failure> {
        Self::start_with(false).await
    }

    /// Starts an account that holds every caller to its IAM policies. The key of the tests' own clients is
    /// its root user's.
    ///
    /// # Errors
    /// When the account does not start.
    pub async fn start_enforcing_iam() -> Result<Self, Failure> {
        Self::start_with(true).await
    }

    async fn start_with(enforce_iam: bool) -> Result<Self, Failure> {
        let work_dir = tempfile::tempdir()?;
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let account = Account::start(AccountConfig {
            enforce_iam,
            ..AccountConfig::new(listen, work_dir.path())
        })
        .await?;
        let client = LocalClient::new(account.endpoint_url());
        Ok(Self {
            account,
            client,
            _work_dir: work_dir,
        })
    }

    /// Returns the configuration with which SDK clients reach the account.
    pub async fn sdk_config(&self) -> SdkConfig {
        let keys = aws_sdk_dynamodb::config::Credentials::new("local", "local", None, None, "test");
        aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .endpoint_url(self.account.endpoint_url())
            .credentials_provider(keys)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .load()
            .await
    }

    /// Places a call and presses one of `entries` each time the line waits for keys.
    ///
    /// # Errors
    /// When no line answers at the number.
    pub async fn call(&self, to: &str, from: CallerId, entries: &[&str]) -> Result<Call, Failure> {
        Ok(telephone::place(self.account.connect(), to, from, entries).await?)
    }

    /// Returns the messages sent so far.
    pub fn messages(&self) -> Vec<SentMessage> {
        self.account.outbox().messages()
    }

    /// Asserts that the account has no resources in [`REGION`], as after `terraform destroy`.
    ///
    /// # Panics
    /// When a resource is left behind.
    pub async fn assert_empty(&self) -> Result<(), Failure> {
        let left = self.client.inventory(REGION).await?;
        assert!(left.is_empty(), "left behind: {left:?}");
        Ok(())
    }
}

/// An example of the module in an account of its own.
pub struct TestLine {
    pub aws: TestAccount,
    pub deployment: Deployment,
}

impl TestLine {
    /// Starts an account and runs `terraform init` for the example, without applying it.
    ///
    /// # Errors
    /// When a tool is missing, the function does not compile or `terraform init` fails.
    pub async fn prepare(example: &str) -> Result<Self, Failure> {
        let mut line = Self::prepare_with(toolchain().await?, example).await?;
        line.deployment.keep_provider().await?;
        Ok(line)
    }

    /// Prepares the example with given tools, such as another version of Terraform. Terraform starts the
    /// provider for each command, as it does for users.
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
    pub async fn apply(&self) -> Result<Outputs, Failure> {
        Ok(self.deployment.apply().await?)
    }

    /// Calls the line without pressing keys.
    pub async fn dial(&self, line: &Outputs, from: CallerId) -> Result<Call, Failure> {
        self.aws.call(&line.phone_number, from, &[]).await
    }
}

/// The module itself, without an example around it, so that a test can set every variable.
pub struct TestModule {
    pub aws: TestAccount,
    /// Terraform in the module's directory.
    pub terraform: Terraform,
    _stage: StagedExample,
}

impl TestModule {
    /// Starts an account and runs `terraform init` in a copy of the module.
    ///
    /// # Errors
    /// When a tool is missing, the function does not compile or `terraform init` fails.
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

/// Plans, and returns type and address of the resources on which the plan performs `action`: `create`,
/// `update` or `delete`. A replaced resource is both deleted and created.
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

/// Plans and applies, and returns the plan's changes and the stack's outputs after it.
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

/// Creates an on-demand table whose key is one attribute of type string.
pub async fn create_table(
    tables: &aws_sdk_dynamodb::Client,
    name: &str,
    key: &str,
) -> Result<CreateTableOutput, Failure> {
    let attribute = AttributeDefinition::builder()
        .attribute_name(key)
        .attribute_type(ScalarAttributeType::S);
    let schema = KeySchemaElement::builder()
        .attribute_name(key)
        .key_type(KeyType::Hash);
    let created = tables
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute.build()?)
        .key_schema(schema.build()?)
        .send()
        .await?;
    Ok(created)
}

/// Presses the keys of a phone, such as `0042#`.
///
/// # Panics
/// On a symbol that is not a key of a phone.
pub async fn press(call: &mut Call, symbols: &str) {
    if let Err(unknown) = telephone::press(call, symbols).await {
        panic!("{unknown}");
    }
}
