//! Configuration of AWS clients, and the reasons of their errors.

use std::error::Error;
use std::net::Ipv4Addr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::{
    ConfigBag, Credentials, Intercept, RuntimeComponents, SharedCredentialsProvider,
    SharedHttpClient,
};
use aws_sdk_dynamodb::error::{BoxError, ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

/// The default region: Tokyo.
const DEFAULT_REGION: &str = "ap-northeast-1";

/// The variable that every SDK reads.
pub(crate) const ENDPOINT_VARIABLE: &str = "AWS_ENDPOINT_URL";

/// The address of an account, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// The command line: it applies to every service and overrides all other settings.
    OnCommandLine(String),
    /// The variable `AWS_ENDPOINT_URL`, which the settings of a single service override.
    InEnvironment(String),
}

impl Address {
    fn url(&self) -> &str {
        match self {
            Self::OnCommandLine(url) | Self::InEnvironment(url) => url,
        }
    }
}

/// Returns the configuration for AWS, or for the account at an address.
///
/// For AWS it is that of AWS's own tools: environment, profiles, single sign-on and roles. The
/// region comes from the environment, else from the profile, else it is Tokyo, as for the other
/// commands.
///
/// For an account on this machine, no settings for AWS apply. The account has one address without
/// variants, so a profile, an address of a single service (such as `AWS_ENDPOINT_URL_DYNAMODB`),
/// FIPS or dual-stack would send requests elsewhere. Access keys come from the environment, or are
/// placeholders.
pub async fn config(address: Option<&Address>) -> SdkConfig {
    match address {
        Some(address) if on_this_machine(address.url()) => config_of_local_account(address.url()),
        address => config_of_aws(address).await,
    }
}

/// Returns a client of DynamoDB, with a recorder of the endpoint that it uses.
pub fn dynamodb(config: &SdkConfig) -> (Client, UsedEndpoint) {
    let endpoint = UsedEndpoint::default();
    let config = aws_sdk_dynamodb::config::Builder::from(config)
        .interceptor(endpoint.clone())
        .build();
    (Client::from_conf(config), endpoint)
}

/// Returns the region of a configuration.
pub(crate) fn region(config: &SdkConfig) -> &str {
    config.region().map_or("no region", AsRef::as_ref)
}

/// Records the endpoint that a client sends requests to. The settings alone do not determine it.
#[derive(Debug, Clone, Default)]
pub struct UsedEndpoint(Arc<OnceLock<String>>);

impl UsedEndpoint {
    /// Returns the address of the first request, or `None` before it.
    pub fn url(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }
}

impl Intercept for UsedEndpoint {
    fn name(&self) -> &'static str {
        "UsedEndpoint"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _settings: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.get_or_init(|| {
            let url = context.request().uri();
            url.strip_suffix('/').unwrap_or(url).to_owned()
        });
        Ok(())
    }
}

fn config_of_local_account(url: &str) -> SdkConfig {
    let region = variable("AWS_REGION")
        .or_else(|| variable("AWS_DEFAULT_REGION"))
        .unwrap_or_else(|| DEFAULT_REGION.to_owned());
    let keys = variable("AWS_ACCESS_KEY_ID").zip(variable("AWS_SECRET_ACCESS_KEY"));
    let credentials = match keys {
        Some((id, secret)) => Credentials::new(
            id,
            secret,
            variable("AWS_SESSION_TOKEN"),
            None,
            "environment",
        ),
        None => Credentials::new("local", "local", None, None, "local account"),
    };
    SdkConfig::builder()
        .behavior_version(behavior_version())
        .region(Region::new(region))
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client())
        .retry_config(retries())
        .timeout_config(timeouts())
        .build()
}

async fn config_of_aws(address: Option<&Address>) -> SdkConfig {
    let profile = || ProfileFileRegionProvider::builder().build();
    let region = RegionProviderChain::first_try(variable("AWS_REGION").map(Region::new))
        .or_else(variable("AWS_DEFAULT_REGION").map(Region::new))
        .or_else(profile())
        .or_else(DEFAULT_REGION);
    let mut loader = aws_config::defaults(behavior_version())
        .region(region)
        .http_client(http_client())
        .retry_config(retries())
        .timeout_config(timeouts());
    // The SDK itself reads the variable, along with the settings that override it.
    if let Some(Address::OnCommandLine(url)) = address {
        // Given with FIPS or dual-stack, an address is refused by the SDK, or replaced.
        loader = loader
            .endpoint_url(url)
            .use_fips(false)
            .use_dual_stack(false);
    }
    loader.load().await
}

fn behavior_version() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::rustls(CryptoMode::Ring))
        .build_https()
}

/// Retries a throttled table for longer than usual: no caller is waiting.
fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(8)
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(10))
        .operation_timeout(Duration::from_secs(60))
        .build()
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn on_this_machine(url: &str) -> bool {
    let authority = url
        .strip_prefix("http://")
        .and_then(|rest| rest.split('/').next())
        .unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    host.eq_ignore_ascii_case("localhost")
        || host == "[::1]"
        || host.parse().is_ok_and(|host: Ipv4Addr| host.is_loopback())
}

/// Returns the service's code and message, or the chain of causes if there was no response. The
/// numbers in `hidden` are masked, since services may repeat the request.
///
/// The SDK's `DisplayErrorContext` is no alternative: it prints the whole response.
pub(crate) fn reason<E, R>(error: &SdkError<E, R>, hidden: &[&str]) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug,
{
    let text = match error {
        SdkError::ServiceError(answer) => {
            let answer = answer.err();
            let code = answer.code().unwrap_or("error without a code");
            let message = answer.message().unwrap_or("no message");
            format!("{code}: {message}")
        }
        _ => {
            let mut text = error.to_string();
            let mut source = error.source();
            while let Some(reason) = source {
                text.push_str(": ");
                text.push_str(&reason.to_string());
                source = reason.source();
            }
            text
        }
    };
    hide(&text, hidden)
}

/// Replaces each run of digits in `text` that is one of the `hidden` numbers by stars. Other
/// numbers, such as the account's in an ARN, help the reader.
fn hide(text: &str, hidden: &[&str]) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from_digits) = rest.split_at(start);
        let end = from_digits
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(from_digits.len());
        let (digits, after) = from_digits.split_at(end);
        let secret = hidden
            .iter()
            .any(|number| number.trim_start_matches('+') == digits);
        shown.push_str(before);
        shown.push_str(if secret { "****" } else { digits });
        rest = after;
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_numbers_of_the_request_are_masked() {
        let hidden = ["+819011112222", "0042"];
        for (text, shown) in [
            ("no digits: 日本", "no digits: 日本"),
            ("key S(\"+819011112222\")", "key S(\"+****\")"),
            ("0042 and 42 and 00421", "**** and 42 and 00421"),
            (
                "arn:aws:kms:ap-northeast-1:123456789012:key/0042",
                "arn:aws:kms:ap-northeast-1:123456789012:key/****",
            ),
        ] {
            assert_eq!(hide(text, &hidden), shown);
        }
    }

    #[test]
    fn an_address_of_this_machine_is_a_local_account() {
        for url in [
            "http://127.0.0.1:4566",
            "http://localhost:1/",
            "http://[::1]:1",
            "http://localhost",
            "http://[::1]",
            "http://127.0.0.2:4566",
            "http://LocalHost:4566",
        ] {
            assert!(on_this_machine(url), "{url}");
        }
        for url in [
            "https://127.0.0.1:4566",
            "http://127.0.0.1.example:80",
            "http://localhost:1@example.com",
            "http://example.com",
            "",
        ] {
            assert!(!on_this_machine(url), "{url}");
        }
    }
}
