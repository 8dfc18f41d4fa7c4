//! The function's entry point: reads the environment, builds the clients, serves invocations.

use std::env;
use std::process::ExitCode;

use aws_config::environment::{
    EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider,
};
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_sns::config::SharedHttpClient;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use lambda_runtime::{Error, service_fn};

use connect_pin_sms::attempts::Tags;
use connect_pin_sms::config::{PepperSource, PinKeyMode, Settings, SmsBackend};
use connect_pin_sms::dynamodb::{self, AttemptsTable, BenefitsTable, MemberTable};
use connect_pin_sms::end_user_messaging::{self, EndUserMessagingSender};
use connect_pin_sms::handler::handle;
use connect_pin_sms::keys::{self, Keys, MacKey};
use connect_pin_sms::line::{Line, Protection};
use connect_pin_sms::metrics::Metrics;
use connect_pin_sms::sdk;
use connect_pin_sms::secret::Hasher;
use connect_pin_sms::sender::Sender;
use connect_pin_sms::sns::{self, SnsSender};
use connect_pin_sms::telemetry;

/// One invocation at a time, and all it does is wait: one thread is enough.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let level = telemetry::level(variable("AWS_LAMBDA_LOG_LEVEL").as_deref());
    let log = telemetry::subscriber(level, std::io::stdout);
    // This fails when there is a subscriber already, and nobody was here before.
    tracing::subscriber::set_global_default(log).ok();
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(cause = %error, "the function stops");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Error> {
    let settings = Settings::read(variable)?;
    let config = sdk_config().await;
    let tables = dynamodb::client(&config);
    let (keys, hasher) = secrets(&settings, &config).await?;
    let line = Line {
        members: MemberTable::new(tables.clone(), &settings.member_table)
            .keyed_by(settings.member_key.clone()),
        keys,
        campaigns: BenefitsTable::new(tables.clone(), &settings.benefits_table)
            .keyed_by(settings.benefits_key.clone()),
        sms: sender(&settings, &config)?,
        protection: settings.attempts_table.map(|name| Protection {
            ledger: AttemptsTable::new(tables, name),
            limits: settings.limits,
            tags: Tags::new(hasher),
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
fn sender(settings: &Settings, config: &SdkConfig) -> Result<Sender, Error> {
    let config = config.to_builder().http_client(https(Some(0))).build();
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
async fn sdk_config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(EnvironmentVariableRegionProvider::new())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .http_client(https(None))
        .timeout_config(sdk::timeouts())
        .load()
        .await
}

/// HTTPS by rustls on ring: a smaller binary than with the SDK's default, and one that any C compiler
/// can build for the other architecture.
fn https(idle_connections: Option<usize>) -> SharedHttpClient {
    let mut builder = aws_smithy_http_client::Builder::new();
    builder.set_pool_max_idle_per_host(idle_connections);
    builder
        .tls_provider(Provider::rustls(CryptoMode::Ring))
        .build_https()
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}
