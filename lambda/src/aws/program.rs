//! The function as a program: reads the environment, builds the clients, serves invocations.
//!
//! `main` brings the one thing that can be chosen: how HTTP is spoken.

use std::env;
use std::process::ExitCode;

use aws_sdk_sns::config::SharedHttpClient;
use aws_smithy_http_client::HttpClientError;
use aws_types::SdkConfig;
use lambda_runtime::{Error, service_fn};

use crate::aws::dynamodb::{self, AttemptsTable, BenefitsTable, MemberTable};
use crate::aws::end_user_messaging::{self, EndUserMessagingSender};
use crate::aws::pin_keys::{self, Keys, MacKey};
use crate::aws::sdk_config::sdk_config;
use crate::aws::sms_sender::Sender;
use crate::aws::sns::{self, SnsSender};
use crate::config::{PinKeyMode, Settings, SmsBackend};
use crate::handler::handle;
use crate::metrics::Metrics;
use crate::rules::attempts::Tags;
use crate::rules::counter::Lanes;
use crate::rules::hashing::Hasher;
use crate::rules::line::{Line, Protection};
use crate::rules::undo_queue::Unsettled;
use crate::telemetry;

/// How HTTP is spoken: a client that keeps so many idle connections a host; none is as many as
/// there are.
pub type HttpClients =
    fn(idle_connections: Option<usize>) -> Result<SharedHttpClient, HttpClientError>;

/// The whole program: logs to standard output, as much as `LOG_LEVEL` says, and serves invocations
/// until Lambda ends the process.
pub async fn run(http_clients: HttpClients) -> ExitCode {
    let level = telemetry::level(variable);
    let log = telemetry::subscriber(level, std::io::stdout);
    // This fails when there is a subscriber already, and nobody was here before.
    tracing::subscriber::set_global_default(log).ok();
    match serve(http_clients).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(cause = %error, "the function stops");
            ExitCode::FAILURE
        }
    }
}

/// `Err` when a setting cannot be used, a secret cannot be had, or the Runtime API cannot be reached.
async fn serve(http_clients: HttpClients) -> Result<(), Error> {
    let settings = Settings::read(variable)?;
    let config = sdk_config(variable, http_clients(None)?);
    let tables = dynamodb::client(&config);
    let (keys, hasher) = secrets(&settings, &config).await?;
    let line = Line {
        members: MemberTable::new(tables.clone(), &settings.member_table)
            .keyed_by(settings.member_key.clone()),
        keys,
        campaigns: BenefitsTable::new(tables.clone(), &settings.benefits_table)
            .keyed_by(settings.benefits_key.clone()),
        sms: sender(&settings, &config, http_clients(Some(0))?)?,
        protection: settings.attempts_table.map(|name| Protection {
            ledger: AttemptsTable::new(tables, name),
            limits: settings.limits,
            tags: Tags::new(hasher),
            lanes: Lanes::default(),
            unsettled: Unsettled::default(),
        }),
        policy: settings.policy,
    };
    let name =
        variable("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|| env!("CARGO_PKG_NAME").into());
    let metrics = Metrics::on_stdout(name);
    let (line, metrics) = (&line, &metrics);
    lambda_runtime::run(service_fn(move |event| handle(line, metrics, event))).await
}

/// How PINs become keys, and callers hashes. Whatever has to be asked for is asked for here, once,
/// and not while somebody waits on the line.
async fn secrets(settings: &Settings, config: &SdkConfig) -> Result<(Keys, Hasher), Error> {
    let Some(id) = &settings.pepper_kms_key else {
        return Ok((Keys::Plain, Hasher::unkeyed()));
    };
    let key = MacKey::new(keys::kms_client(config), id);
    let hasher = Hasher::keyed(key.derived().await?);
    let keys = match settings.pin_keys {
        PinKeyMode::Plain => Keys::Plain,
        PinKeyMode::Hmac => Keys::Kms(key),
    };
    Ok((keys, hasher))
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

fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}
