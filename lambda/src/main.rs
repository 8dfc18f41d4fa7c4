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

use connect_pin_sms::config::Settings;
use connect_pin_sms::dynamodb::{self, BenefitsTable, MemberTable};
use connect_pin_sms::handler::handle;
use connect_pin_sms::line::Line;
use connect_pin_sms::sdk;
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
    // The connection for an SMS is never an idle one. It may have died while the function was
    // frozen, and since a message is tried only once, its caller would be told of a failure.
    let sns_config = config.to_builder().http_client(https(Some(0))).build();

    let tables = dynamodb::client(&config);
    let line = Line {
        members: MemberTable::new(tables.clone(), settings.member_table),
        campaigns: BenefitsTable::new(tables, settings.benefits_table),
        sms: SnsSender::new(
            sns::client(&sns_config),
            settings.sms_type,
            settings.sender_id.as_ref(),
        )?,
        template: settings.template,
    };
    let line = &line;
    lambda_runtime::run(service_fn(move |event| handle(line, event))).await
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
