//! A line: its function, and the tables, keys and log groups that the function's configuration names.
//!
//! Nothing but the function's configuration says which tables it reads and how their keys are made, so
//! that is where the tools look. [`facts`] reads it without IO; [`outputs`] reads what Terraform wrote.

pub mod facts;
pub mod outputs;

use std::path::Path;

use anyhow::Context;
use aws_config::{Region, SdkConfig};
use aws_sdk_dynamodb::Client;
use connect_pin_sms::config::PinKeyMode;
use connect_pin_sms::rules::hashing::Hasher;
use connect_pin_sms::rules::row_schema::KeyAttribute;
use connect_pin_sms::rules::tags::Tags;

use crate::load;
use crate::options::LineOptions;
use crate::rows::sdk::{self, UsedEndpoint};
use crate::rows::secret::{KeySource, attempts_hasher};
use crate::rows::target::Target;
use facts::{Configuration, Facts};
use outputs::Outputs;

/// A line, with the clients that reach its account.
#[derive(Debug)]
pub struct Line {
    /// The facts that the configuration of its function has.
    pub facts: Facts,
    /// The log groups that only Terraform's outputs name.
    pub outputs: Option<Outputs>,
    /// The configuration of further clients, in the Region of the line.
    pub config: SdkConfig,
    /// The client of its tables.
    pub client: Client,
    /// The recorder of the endpoint that the tables are reached at.
    pub endpoint: UsedEndpoint,
    attempts_key: KeyAttribute,
}

impl Line {
    /// Finds the line that the options name.
    ///
    /// # Errors
    /// When the outputs cannot be read, Lambda does not answer, or the function is not a line's.
    pub async fn find(options: &LineOptions) -> anyhow::Result<Self> {
        let outputs = options.outputs.as_deref().map(read_outputs).transpose()?;
        let name = match (&options.line, &outputs) {
            (Some(name), _) => name.clone(),
            (None, Some(outputs)) => outputs.function.clone(),
            (None, None) => anyhow::bail!("the line must be named: give --line or --outputs"),
        };
        let mut config = sdk::config(options.address()?.as_ref()).await;
        if let Some(outputs) = &outputs {
            let region = Region::new(outputs.region.clone());
            config = config.into_builder().region(region).build();
        }
        let configuration = configuration(&config, &name).await?;
        let facts = Facts::of(configuration)?;
        let (client, endpoint) = sdk::dynamodb(&config);
        Ok(Self {
            facts,
            outputs,
            config,
            client,
            endpoint,
            attempts_key: KeyAttribute::of_attempts(),
        })
    }

    /// Returns the member table.
    pub fn members(&self) -> Target<'_> {
        self.target(
            &self.facts.settings.member_table,
            &self.facts.settings.member_key,
        )
    }

    /// Returns the benefits table.
    pub fn benefits(&self) -> Target<'_> {
        self.target(
            &self.facts.settings.benefits_table,
            &self.facts.settings.benefits_key,
        )
    }

    fn target<'a>(&'a self, table: &'a str, key: &'a KeyAttribute) -> Target<'a> {
        Target {
            client: &self.client,
            table,
            key,
        }
    }

    /// Returns the attempts table.
    ///
    /// # Errors
    /// When the line has none.
    pub fn attempts(&self) -> anyhow::Result<&str> {
        let table = self.facts.settings.attempts_table.as_deref();
        table.with_context(|| {
            format!(
                "the line {} must have an attempts table (guessing.enabled), but has none",
                self.facts.function
            )
        })
    }

    /// Returns the attempts table for reading and deleting its rows.
    ///
    /// # Errors
    /// When the line has none.
    pub fn attempts_target(&self) -> anyhow::Result<Target<'_>> {
        Ok(self.target(self.attempts()?, &self.attempts_key))
    }

    /// Returns the source of the benefits table's keys.
    ///
    /// # Errors
    /// When the function's settings contradict each other.
    pub fn pin_keys(&self) -> anyhow::Result<KeySource> {
        match (
            self.facts.settings.pin_keys,
            &self.facts.settings.pepper_kms_key,
        ) {
            (PinKeyMode::Plain, _) => Ok(KeySource::Plain),
            (PinKeyMode::Hmac, Some(key)) => Ok(KeySource::KmsKey(key.clone())),
            (PinKeyMode::Hmac, None) => {
                anyhow::bail!("PIN_KEY_MODE must be plain without PIN_PEPPER_KMS_KEY_ID, was hmac")
            }
        }
    }

    /// Returns the hashes of the attempts table.
    ///
    /// # Errors
    /// When KMS does not compute their secret.
    pub async fn tags(&self) -> anyhow::Result<Tags> {
        let key = self.facts.settings.pepper_kms_key.as_deref();
        let hasher: Hasher = attempts_hasher(&self.config, key).await?;
        Ok(Tags::new(hasher))
    }

    /// Returns the Region of the line.
    pub fn region(&self) -> &str {
        sdk::region(&self.config)
    }
}

fn read_outputs(file: &Path) -> anyhow::Result<Outputs> {
    let bytes = load::read(file)?;
    Outputs::read(&bytes).with_context(|| format!("cannot use {}", file.display()))
}

/// Asks Lambda for the configuration of a function (`GetFunctionConfiguration`).
async fn configuration(config: &SdkConfig, name: &str) -> anyhow::Result<Configuration> {
    let region = sdk::region(config);
    let answer = aws_sdk_lambda::Client::new(config)
        .get_function_configuration()
        .function_name(name)
        .send()
        .await
        .map_err(|error| {
            anyhow::anyhow!(
                "--line must be the name of a line's function in {region}, was {name:?} ({}): give \
                 the output function_name, and the Region of the line with AWS_REGION",
                sdk::reason(&error, &[])
            )
        })?;
    let variables = answer
        .environment
        .and_then(|environment| environment.variables);
    Ok(Configuration {
        name: answer.function_name.unwrap_or_else(|| name.to_owned()),
        arn: answer.function_arn,
        log_group: answer.logging_config.and_then(|logging| logging.log_group),
        variables: variables.unwrap_or_default(),
    })
}
