//! The local account with the functions, their tables and their role.

use std::collections::HashMap;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::Credentials;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, PutRequest,
    ScalarAttributeType, WriteRequest,
};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode, Runtime};
use local_account::{Account, AccountConfig};
use tempfile::TempDir;

use super::invocation::number;
use super::packages::PROCESSES_FILE;
use super::tls::TlsListener;
use super::{CpuShare, Packages, Subject, Transport};

/// The PIN of the campaign.
pub(super) const PIN: &str = "123456";

const REGION: &str = "ap-northeast-1";
const MEMBERS: &str = "campaign_member_table";
const BENEFITS: &str = "campaign_benefits_table";
const ATTEMPTS: &str = "campaign_attempts_table";
const ROLE: &str = "bench";
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["dynamodb:GetItem","dynamodb:UpdateItem","dynamodb:DeleteItem","sns:Publish","logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}"#;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// The authorities that the line's function trusts.
const AMAZON: &str = include_str!("../../../lambda/src/aws/https/amazon.pem");

/// An account with the tables of all functions.
pub(super) struct BenchSetup {
    pub(super) account: Account,
    pub(super) lambda: aws_sdk_lambda::Client,
    tls: TlsListener,
    role: String,
    authority_file: String,
    bundle_file: String,
    few_file: String,
    /// The next caller. Each member calls once, because the number of messages a day is limited.
    next_caller: u32,
    callers: u32,
    _directory: TempDir,
}

impl BenchSetup {
    /// Starts an account with this number of members.
    pub(super) async fn start(callers: u32) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let account = Account::start(AccountConfig::new(
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            directory.path().join("functions"),
        ))
        .await?;
        let tls = TlsListener::start(account.address()).await?;
        // One certificate for the functions that have a list in their program, a list as long as a system's for
        // those that read a list, and for ours as many as it trusts on AWS.
        let authority = directory.path().join("authority.pem");
        fs::write(&authority, tls.authority())?;
        let bundle = directory.path().join("bundle.pem");
        let system = system_certificates();
        fs::write(&bundle, format!("{system}\n{}", tls.authority()))?;
        let few = directory.path().join("few.pem");
        fs::write(&few, format!("{AMAZON}\n{}", tls.authority()))?;
        let config = sdk_config(&account.endpoint_url()).await;
        let mut setup = Self {
            role: String::new(),
            lambda: aws_sdk_lambda::Client::new(&config),
            authority_file: authority.display().to_string(),
            bundle_file: bundle.display().to_string(),
            few_file: few.display().to_string(),
            next_caller: 0,
            callers,
            account,
            tls,
            _directory: directory,
        };
        setup
            .fill(&config)
            .await
            .context("cannot create the tables")?;
        setup.role = role(&config).await.context("cannot create the role")?;
        Ok(setup)
    }

    async fn fill(&self, config: &SdkConfig) -> anyhow::Result<()> {
        let tables = aws_sdk_dynamodb::Client::new(config);
        for (name, key) in [(MEMBERS, "phone"), (BENEFITS, "pinCode"), (ATTEMPTS, "pk")] {
            let attribute = AttributeDefinition::builder()
                .attribute_name(key)
                .attribute_type(ScalarAttributeType::S);
            let schema = KeySchemaElement::builder()
                .attribute_name(key)
                .key_type(KeyType::Hash);
            tables
                .create_table()
                .table_name(name)
                .billing_mode(BillingMode::PayPerRequest)
                .attribute_definitions(attribute.build()?)
                .key_schema(schema.build()?)
                .send()
                .await?;
        }
        let text = |value: &str| AttributeValue::S(value.to_owned());
        tables
            .put_item()
            .table_name(BENEFITS)
            .item("pinCode", text(PIN))
            .item("campaignUrl", text("https://example.com/campaign"))
            .send()
            .await?;
        let callers: Vec<u32> = (0..self.callers).collect();
        for batch in callers.chunks(25) {
            let rows = batch.iter().map(|caller| {
                let put = PutRequest::builder()
                    .item("phone", text(&number(*caller)))
                    .item("id", text("1"));
                Ok(WriteRequest::builder().put_request(put.build()?).build())
            });
            let rows = rows.collect::<anyhow::Result<Vec<_>>>()?;
            tables
                .batch_write_item()
                .request_items(MEMBERS, rows)
                .send()
                .await?;
        }
        Ok(())
    }

    /// Returns a member who has not called yet.
    pub(super) fn caller(&mut self) -> anyhow::Result<u32> {
        anyhow::ensure!(
            self.next_caller < self.callers,
            "there must be a member who has not called, but all {} have",
            self.callers
        );
        self.next_caller += 1;
        Ok(self.next_caller - 1)
    }

    /// Creates the function of a subject, and returns its name; `None` if the subject is absent.
    pub(super) async fn deploy(
        &self,
        packages: &Packages,
        subject: Subject,
        transport: Transport,
        share: Option<&CpuShare>,
    ) -> anyhow::Result<Option<String>> {
        let Some(package) = packages.of(subject) else {
            return Ok(None);
        };
        let name = match share {
            None => format!("{}-{}", subject.slug(), transport.slug()),
            Some(_) => format!("{}-{}-throttled", subject.slug(), transport.slug()),
        };
        let zip = match share {
            None => &package.zip,
            Some(_) => &package.throttled,
        };
        let code = FunctionCode::builder().zip_file(Blob::new(zip.clone()));
        let variables = self.variables(subject, transport, share);
        self.lambda
            .create_function()
            .function_name(&name)
            .runtime(Runtime::Providedal2023)
            .role(&self.role)
            .handler("index.handler")
            .code(code.build())
            .environment(
                Environment::builder()
                    .set_variables(Some(variables))
                    .build(),
            )
            // Longer than any invocation takes, so that no function is stopped.
            .timeout(60)
            .memory_size(1024)
            .send()
            .await
            .with_context(|| format!("cannot create the function {name}"))?;
        Ok(Some(name))
    }

    fn variables(
        &self,
        subject: Subject,
        transport: Transport,
        share: Option<&CpuShare>,
    ) -> HashMap<String, String> {
        let mut variables = vec![
            ("MEMBER_TABLE_NAME", MEMBERS.to_owned()),
            ("BENEFITS_TABLE_NAME", BENEFITS.to_owned()),
            ("SMS_TYPE", "Promotional".to_owned()),
        ];
        if subject.is_protected() {
            variables.push(("ATTEMPTS_TABLE_NAME", ATTEMPTS.to_owned()));
        }
        if transport == Transport::Https {
            variables.extend([
                ("AWS_ENDPOINT_URL_DYNAMODB", self.tls.endpoint_url()),
                ("AWS_ENDPOINT_URL_SNS", self.tls.endpoint_url()),
            ]);
            variables.push(match subject {
                Subject::Ours | Subject::OursUnprotected => {
                    ("SSL_CERT_FILE", self.few_file.clone())
                }
                Subject::Floor | Subject::FloorUnprotected => {
                    ("FLOOR_CA_FILE", self.authority_file.clone())
                }
                Subject::Node => ("NODE_EXTRA_CA_CERTS", self.authority_file.clone()),
                Subject::Python => ("AWS_CA_BUNDLE", self.bundle_file.clone()),
                // Replaces the system's list, which both read on AWS.
                Subject::Go | Subject::Tutorial => ("SSL_CERT_FILE", self.bundle_file.clone()),
            });
        }
        if let Some(share) = share {
            let file = share.processes_file().display().to_string();
            variables.push((PROCESSES_FILE, file));
        }
        variables
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// Changes the function, so that the next invocation starts a new process.
    pub(super) async fn make_cold(&self, function: &str, turn: usize) -> anyhow::Result<()> {
        self.lambda
            .update_function_configuration()
            .function_name(function)
            .description(format!("turn {turn}"))
            .send()
            .await
            .with_context(|| format!("cannot change {function}"))?;
        Ok(())
    }

    pub(super) async fn delete(&self, function: &str) -> anyhow::Result<()> {
        self.lambda
            .delete_function()
            .function_name(function)
            .send()
            .await
            .with_context(|| format!("cannot delete {function}"))?;
        Ok(())
    }
}

/// Creates the functions' role, and returns its ARN.
async fn role(config: &SdkConfig) -> anyhow::Result<String> {
    let iam = aws_sdk_iam::Client::new(config);
    let created = iam
        .create_role()
        .role_name(ROLE)
        .assume_role_policy_document(TRUST)
        .send()
        .await?;
    iam.put_role_policy()
        .role_name(ROLE)
        .policy_name("line")
        .policy_document(POLICY)
        .send()
        .await?;
    let role = created.role().context("IAM's answer must have a role")?;
    Ok(role.arn().to_owned())
}

async fn sdk_config(endpoint_url: &str) -> SdkConfig {
    let keys = Credentials::new("local", "local", None, None, "bench");
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .region(Region::new(REGION))
        .endpoint_url(endpoint_url)
        .credentials_provider(keys)
        .load()
        .await
}

/// Returns the certificates that this system trusts, in PEM; empty if there is no such file.
fn system_certificates() -> String {
    [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
    ]
    .into_iter()
    .find_map(|path| fs::read_to_string(path).ok())
    .unwrap_or_default()
}
