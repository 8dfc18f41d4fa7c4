//! The function as a program: reads the environment, builds the clients, serves invocations.
//!
//! `main` brings the one thing that can be chosen: how HTTP is spoken.

use std::env;

use aws_config::environment::{
    EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider,
};
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_sns::config::SharedHttpClient;
use lambda_runtime::{Error, service_fn};

use crate::attempts::Tags;
use crate::config::{PepperSource, PinKeyMode, Settings, SmsBackend};
use crate::dynamodb::{self, AttemptsTable, BenefitsTable, MemberTable};
use crate::end_user_messaging::{self, EndUserMessagingSender};
use crate::handler::handle;
use crate::keys::{self, Keys, MacKey};
use crate::line::{Line, Protection};
use crate::metrics::Metrics;
use crate::sdk;
use crate::secret::Hasher;
use crate::sender::Sender;
use crate::sns::{self, SnsSender};
use crate::telemetry;

/// How HTTP is spoken: a client that keeps so many idle connections a host; none is as many as
/// there are.
pub type HttpClients = fn(idle_connections: Option<usize>) -> SharedHttpClient;

/// What a function can do before its first invocation, when AWS lends it a whole processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarmUp {
    /// Nothing: the first caller waits for the first connection.
    None,
    /// One look-up that finds nothing opens the connection to the tables.
    Tables,
}

/// Sends the log to standard output, as much of it as Lambda is told to want.
pub fn log_to_stdout() {
    let level = telemetry::level(variable("AWS_LAMBDA_LOG_LEVEL").as_deref());
    let log = telemetry::subscriber(level, std::io::stdout);
    // This fails when there is a subscriber already, and nobody was here before.
    tracing::subscriber::set_global_default(log).ok();
}

/// Serves invocations until Lambda ends the process.
///
/// # Errors
/// When a setting cannot be used, a secret cannot be had, or the Runtime API cannot be reached.
pub async fn serve(http_clients: HttpClients, warm_up: WarmUp) -> Result<(), Error> {
    let settings = Settings::read(variable)?;
    let config = sdk_config(http_clients(None)).await;
    let tables = dynamodb::client(&config);
    let (keys, hasher) = secrets(&settings, &config).await?;
    let line = Line {
        members: MemberTable::new(tables.clone(), &settings.member_table)
            .keyed_by(settings.member_key.clone()),
        keys,
        campaigns: BenefitsTable::new(tables.clone(), &settings.benefits_table)
            .keyed_by(settings.benefits_key.clone()),
        sms: sender(&settings, &config, http_clients(Some(0)))?,
        protection: settings.attempts_table.map(|name| Protection {
            ledger: AttemptsTable::new(tables, name),
            limits: settings.limits,
            tags: Tags::new(hasher),
        }),
        policy: settings.policy,
    };
    if warm_up == WarmUp::Tables {
        line.members.warm_up().await;
    }
    let name =
        variable("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|| env!("CARGO_PKG_NAME").into());
    let metrics = Metrics::on_stdout(name);
    let (line, metrics) = (&line, &metrics);
    lambda_runtime::run(service_fn(move |event| handle(line, metrics, event))).await
}

/// How PINs become keys, and callers hashes. Whatever has to be asked for is asked for here, once,
/// and not while somebody waits on the line.
async fn secrets(settings: &Settings, config: &SdkConfig) -> Result<(Keys, Hasher), Error> {
    let hmac = settings.pin_keys == PinKeyMode::Hmac;
    Ok(match &settings.pepper {
        None => (Keys::Plain, Hasher::unkeyed()),
        Some(PepperSource::SsmParameter(name)) => {
            let pepper = keys::pepper_of_parameter(&keys::ssm_client(config), name).await?;
            let hasher = Hasher::keyed(pepper.clone());
            (
                if hmac {
                    Keys::Hmac(pepper)
                } else {
                    Keys::Plain
                },
                hasher,
            )
        }
        Some(PepperSource::KmsKey(id)) => {
            let key = MacKey::new(keys::kms_client(config), id);
            let hasher = Hasher::keyed(key.derived().await?);
            (if hmac { Keys::Kms(key) } else { Keys::Plain }, hasher)
        }
    })
}

/// The connection for an SMS is never an idle one. It may have died while the function was frozen,
/// and since a message is tried only once, its caller would be told of a failure.
fn sender(
    settings: &Settings,
    config: &SdkConfig,
    http_client: SharedHttpClient,
) -> Result<Sender, Error> {
    let config = config.to_builder().http_client(http_client).build();
    Ok(match settings.sms_backend {
        SmsBackend::Sns => Sender::Sns(SnsSender::new(sns::client(&config), &settings.sms)?),
        SmsBackend::EndUserMessaging => Sender::EndUserMessaging(EndUserMessagingSender::new(
            end_user_messaging::client(&config),
            settings.sms.clone(),
        )),
    })
}

/// What Lambda puts into the environment, and nothing that would need a look around: no files, no
/// metadata service. `AWS_ENDPOINT_URL` and its variants per service are honoured by the loader.
async fn sdk_config(http_client: SharedHttpClient) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(EnvironmentVariableRegionProvider::new())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .http_client(http_client)
        .timeout_config(sdk::timeouts())
        .load()
        .await
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}
