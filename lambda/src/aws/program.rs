//! The program: reads the environment, builds the clients, serves invocations.
//!
//! `main` chooses the HTTP client, with its cryptography.

use std::env;
use std::process::ExitCode;

use aws_sdk_sns::config::SharedHttpClient;
use aws_smithy_http_client::HttpClientError;
use aws_types::SdkConfig;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};

use super::AwsPorts;
use super::dynamodb::{self, AttemptsTable, BenefitsTable, MemberTable};
use super::end_user_messaging::{self, EndUserMessagingSender};
use super::pin_keys::{self, MacKey, PinKeySource};
use super::sdk_config::sdk_config;
use super::sms_sender::AwsSmsSender;
use super::sns::{self, SnsSender};
use crate::answer::Answer;
use crate::config::{PinKeyMode, Settings, SmsBackend};
use crate::event::Event;
use crate::handler::handle;
use crate::metrics::Metrics;
use crate::rules::counter::Lanes;
use crate::rules::failure::Failure;
use crate::rules::hashing::Hasher;
use crate::rules::invocation::Invocation;
use crate::rules::line::{Line, Protection};
use crate::rules::tags::Tags;
use crate::rules::undo_queue::UndoQueue;
use crate::telemetry;

/// Creates an HTTP client that keeps at most this many idle connections per host; `None` means no limit.
pub type HttpClients =
    fn(idle_connections: Option<usize>) -> Result<SharedHttpClient, HttpClientError>;

/// Runs the program: logs to standard output at the level of `LOG_LEVEL`, and serves invocations until
/// Lambda ends the process.
pub async fn run(http_clients: HttpClients) -> ExitCode {
    let level = telemetry::level(variable);
    let log = telemetry::subscriber(level, std::io::stdout);
    // This fails only if a subscriber has been set before, and the program has just started.
    tracing::subscriber::set_global_default(log).ok();
    match serve(http_clients).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(cause = %error, "the function stops");
            ExitCode::FAILURE
        }
    }
}

/// Serves invocations. Fails when a setting cannot be used, a secret cannot be derived, or the Runtime
/// API cannot be reached.
async fn serve(http_clients: HttpClients) -> Result<(), Error> {
    let settings = Settings::read(variable)?;
    let config = sdk_config(variable, http_clients(None)?);
    let tables = dynamodb::client(&config);
    let (pin_keys, hasher) = secrets(&settings, &config).await?;
    let line = Line::<AwsPorts> {
        members: MemberTable::new(tables.clone(), &settings.member_table)
            .keyed_by(settings.member_key.clone()),
        pin_keys,
        campaigns: BenefitsTable::new(tables.clone(), &settings.benefits_table)
            .keyed_by(settings.benefits_key.clone()),
        sms: sender(&settings, &config, http_clients(Some(0))?)?,
        protection: settings.attempts_table.map(|name| Protection {
            ledger: AttemptsTable::new(tables, name),
            limits: settings.limits,
            tags: Tags::new(hasher),
            lanes: Lanes::default(),
            undo_queue: UndoQueue::default(),
        }),
        policy: settings.policy,
    };
    let name =
        variable("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|| env!("CARGO_PKG_NAME").into());
    let metrics = Metrics::on_stdout(name);
    let (line, metrics) = (&line, &metrics);
    lambda_runtime::run(service_fn(move |event| serve_one(line, metrics, event))).await
}

async fn serve_one(
    line: &Line<AwsPorts>,
    metrics: &Metrics,
    event: LambdaEvent<Event>,
) -> Result<Answer, Failure> {
    let LambdaEvent { payload, context } = event;
    let invocation = Invocation::new(&context.request_id, context.deadline);
    handle(line, metrics, &payload, &invocation).await
}

/// Lambda returns the failure's message to the invoker. Its causes are in the log only.
impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self {
            error_type: failure.error_type().to_owned(),
            error_message: failure.to_string(),
        }
    }
}

/// Returns the source of PIN keys, and the hasher of the attempts table. The hasher's secret is derived once,
/// here, and not while a caller waits.
async fn secrets(settings: &Settings, config: &SdkConfig) -> Result<(PinKeySource, Hasher), Error> {
    let Some(id) = &settings.pepper_kms_key else {
        return Ok((PinKeySource::Plain, Hasher::unkeyed()));
    };
    let key = MacKey::new(pin_keys::kms_client(config), id);
    let hasher = Hasher::keyed(key.derived().await?);
    let source = match settings.pin_keys {
        PinKeyMode::Plain => PinKeySource::Plain,
        PinKeyMode::Hmac => PinKeySource::Kms(key),
    };
    Ok((source, hasher))
}

/// Returns the service that sends messages. Its client keeps no idle connections: one may have died while the
/// function was frozen, and since a message is never retried, the caller would hear that it failed.
fn sender(
    settings: &Settings,
    config: &SdkConfig,
    http_client: SharedHttpClient,
) -> Result<AwsSmsSender, Error> {
    let config = config.to_builder().http_client(http_client).build();
    Ok(match settings.sms_backend {
        SmsBackend::Sns => AwsSmsSender::Sns(SnsSender::new(sns::client(&config), &settings.sms)?),
        SmsBackend::EndUserMessaging => AwsSmsSender::EndUserMessaging(
            EndUserMessagingSender::new(end_user_messaging::client(&config), settings.sms.clone()),
        ),
    })
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}
