//! A running account with the tables of members and campaigns.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Output};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use connect_pin_sms::aws::dynamodb::{BenefitsTable, MemberTable};
use connect_pin_sms::aws::pin_keys::PinKeySource;
use connect_pin_sms::rules::pin::Pin;
use connect_pin_sms::rules::ports::{CampaignCatalogue, PinKeys};
use local_account::{AccountConfig, FaultRule};
use operator::rows::sdk;
use tempfile::TempDir;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_operator");

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) const MEMBERS: &str = "campaign_member_table";
pub(crate) const BENEFITS: &str = "campaign_benefits_table";

pub(crate) type Row = HashMap<String, AttributeValue>;

/// A running account with both tables, empty, and a folder for files.
pub(crate) struct Account {
    local: local_account::Account,
    pub(crate) endpoint_url: String,
    pub(crate) config: SdkConfig,
    client: aws_sdk_dynamodb::Client,
    folder: TempDir,
}

impl Account {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let work = folder.path().join("work");
        std::fs::create_dir(&work).unwrap();
        let local = local_account::Account::start(AccountConfig::new(
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            work,
        ));
        let local = local.await.unwrap();
        let endpoint_url = local.endpoint_url();
        let address = sdk::Address::OnCommandLine(endpoint_url.clone());
        let config = sdk::config(Some(&address)).await;
        let client = aws_sdk_dynamodb::Client::new(&config);
        let account = Self {
            local,
            endpoint_url,
            config,
            client,
            folder,
        };
        let text = ScalarAttributeType::S;
        account.table(MEMBERS, &[("phone", text.clone())]).await;
        account.table(BENEFITS, &[("pinCode", text)]).await;
        account
    }

    /// Creates another table, with a partition key and an optional sort key.
    pub(crate) async fn table(&self, name: &str, keys: &[(&str, ScalarAttributeType)]) {
        let mut request = self
            .client
            .create_table()
            .table_name(name)
            .billing_mode(BillingMode::PayPerRequest);
        for ((key, value_type), key_type) in keys.iter().zip([KeyType::Hash, KeyType::Range]) {
            let definition = AttributeDefinition::builder()
                .attribute_name(*key)
                .attribute_type(value_type.clone())
                .build();
            let element = KeySchemaElement::builder()
                .attribute_name(*key)
                .key_type(key_type)
                .build();
            request = request
                .attribute_definitions(definition.unwrap())
                .key_schema(element.unwrap());
        }
        request.send().await.unwrap();
    }

    /// Writes a file into the test's folder, and returns its path.
    pub(crate) fn file(&self, name: &str, content: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Runs `load` with these arguments.
    pub(crate) fn load(&self, arguments: &[&str]) -> Output {
        self.load_in_shell(arguments, &[])
    }

    /// Runs `load` with these variables in the environment.
    pub(crate) fn load_in_shell(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        self.operate_in_shell(&[&["load"], arguments].concat(), variables)
    }

    /// Runs the program with these arguments and variables in the environment.
    pub(crate) fn operate_in_shell(
        &self,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Output {
        Command::new(BINARY)
            .args(arguments)
            .args(["--endpoint-url", &self.endpoint_url])
            .env_remove("AWS_ENDPOINT_URL")
            .envs(variables.iter().copied())
            .output()
            .unwrap()
    }

    /// Runs `load`, which must succeed, and returns its standard output.
    pub(crate) fn loaded(&self, arguments: &[&str]) -> String {
        let output = self.load(arguments);
        assert!(output.status.success(), "{}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs `load`, which must fail, and returns its standard error.
    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        let output = self.load(arguments);
        assert!(!output.status.success());
        stderr(&output)
    }

    pub(crate) fn faults(&self, rules: &str) {
        let rules: Vec<FaultRule> = serde_json::from_str(rules).unwrap();
        self.local.faults().set(rules).unwrap();
    }

    pub(crate) async fn stop(self) {
        self.local.shutdown().await;
    }

    /// Writes a row as another program would.
    pub(crate) async fn put(&self, table: &str, row: &[(&str, AttributeValue)]) {
        let row = row
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        let request = self.client.put_item().table_name(table);
        let request = request.set_item(Some(row.collect()));
        request.send().await.unwrap();
    }

    pub(crate) async fn rows(&self, table: &str) -> Vec<Row> {
        let answer = self.client.scan().table_name(table).send().await.unwrap();
        answer.items.unwrap_or_default()
    }

    pub(crate) async fn row(&self, table: &str, key: &str, value: &str) -> Row {
        let rows = self.rows(table).await;
        let key = |row: &Row| row[key].as_s().unwrap() == value;
        rows.into_iter().find(key).unwrap()
    }

    pub(crate) fn members(&self) -> MemberTable {
        self.members_in(MEMBERS)
    }

    pub(crate) fn members_in(&self, table: &str) -> MemberTable {
        MemberTable::new(self.client.clone(), table)
    }

    pub(crate) fn campaigns(&self) -> BenefitsTable {
        self.campaigns_in(BENEFITS)
    }

    pub(crate) fn campaigns_in(&self, table: &str) -> BenefitsTable {
        BenefitsTable::new(self.client.clone(), table)
    }

    /// Returns the URL of the PIN's campaign, if the function finds one.
    pub(crate) async fn page(&self, keys: &PinKeySource, pin: &str) -> Option<String> {
        let key = keys.key(&Pin::parse(pin).unwrap()).await.unwrap();
        let campaign = self.campaigns().campaign(&key).await.unwrap();
        campaign.map(|campaign| campaign.url.expose().to_owned())
    }
}
