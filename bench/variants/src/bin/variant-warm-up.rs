//! One look-up that finds nothing, before the first invocation: it opens the connection to the tables
//! while AWS still lends a whole processor.

use std::process::ExitCode;
use std::sync::OnceLock;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sns::config::SharedHttpClient;
use aws_smithy_http_client::HttpClientError;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use connect_pin_sms::environment::sdk_config;
use connect_pin_sms::{https, program};

/// The client whose connections the look-up and the function share.
static SHARED: OnceLock<SharedHttpClient> = OnceLock::new();

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match https(None) {
        Ok(client) => look_up(client).await,
        Err(_) => return ExitCode::FAILURE,
    }
    program::run(https).await
}

fn https(idle_connections: Option<usize>) -> Result<SharedHttpClient, HttpClientError> {
    if idle_connections.is_some() {
        return https::client(CryptoMode::Ring, idle_connections);
    }
    if let Some(client) = SHARED.get() {
        return Ok(client.clone());
    }
    let client = https::client(CryptoMode::Ring, None)?;
    Ok(SHARED.get_or_init(|| client).clone())
}

/// What goes wrong here goes wrong again when somebody calls.
async fn look_up(client: SharedHttpClient) {
    let config = sdk_config(|name| std::env::var(name).ok(), client);
    let table = std::env::var("MEMBER_TABLE_NAME").unwrap_or_default();
    aws_sdk_dynamodb::Client::new(&config)
        .get_item()
        .table_name(table)
        .key("phone", AttributeValue::S("+0".to_owned()))
        .send()
        .await
        .ok();
}
