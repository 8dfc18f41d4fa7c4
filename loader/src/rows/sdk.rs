//! How AWS is reached, and what is said when it refuses.

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

/// The region when nothing names one: Tokyo.
const DEFAULT_REGION: &str = "ap-northeast-1";

/// The variable that every SDK reads.
pub(crate) const ENDPOINT_VARIABLE: &str = "AWS_ENDPOINT_URL";

/// The address of an account, and who gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// The command line: it is meant for every service, whatever else is set.
    InWords(String),
    /// The variable `AWS_ENDPOINT_URL`: settings of a single service go before it.
    OfEnvironment(String),
}

impl Address {
    fn url(&self) -> &str {
        match self {
            Self::InWords(url) | Self::OfEnvironment(url) => url,
        }
    }
}

/// How to reach AWS, or the account at an address.
///
/// AWS is reached as its own tools reach it: by environment, profiles, single sign-on and roles. The
/// region is that of the environment, else that of the profile, else Tokyo, as for the other commands.
///
/// An account on this machine is asked with nothing that was set up for AWS: it has one address and no
/// variants of it, so a profile, an address of a single service (`AWS_ENDPOINT_URL_DYNAMODB` and the
/// like), FIPS and dual-stack would lead past it. Keys of the environment are used, or made-up ones.
pub async fn config(address: Option<&Address>) -> SdkConfig {
    match address {
        Some(address) if on_this_machine(address.url()) => config_of_local_account(address.url()),
        address => config_of_aws(address).await,
    }
}

/// A client of DynamoDB, and what it has asked.
pub fn dynamodb(config: &SdkConfig) -> (Client, Asked) {
    let asked = Asked::default();
    let config = aws_sdk_dynamodb::config::Builder::from(config)
        .interceptor(asked.clone())
        .build();
    (Client::from_conf(config), asked)
}

/// The region that is asked.
pub(crate) fn region(config: &SdkConfig) -> &str {
    config.region().map_or("no region", AsRef::as_ref)
}

/// Remembers where the requests of a client went, which no setting tells for certain.
#[derive(Debug, Clone, Default)]
pub struct Asked(Arc<OnceLock<String>>);

impl Asked {
    /// The address of the first request; none before it.
    pub fn url(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }
}

impl Intercept for Asked {
    fn name(&self) -> &'static str {
        "Asked"
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
    // What the variable says is the SDK's to read, with all that goes before it.
    if let Some(Address::InWords(url)) = address {
        // An address has no variants: the SDK would refuse it, or ask another one.
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

/// A table that is throttled is worth some patience: no caller waits for it.
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

/// The service's code and message, or else the chain of reasons why there was no answer, without
/// the numbers in `hidden`: services may repeat what they were asked.
///
/// Not the SDK's `DisplayErrorContext`: it prints the whole answer.
pub(crate) fn reason<E, R>(error: &SdkError<E, R>, hidden: &[&str]) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
    R: std::fmt::Debug,
{
    let text = match error {
        SdkError::ServiceError(answer) => {
            let answer = answer.err();
            let code = answer.code().unwrap_or("an error without a code");
            let message = answer.message().unwrap_or("nothing else was said");
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

/// `text` with stars in place of each run of digits that is one of the `hidden` numbers. Others, as
/// that of an account in an ARN, are there to help.
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
    fn numbers_that_were_sent_are_hidden_and_no_others() {
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
    fn only_this_machine_has_local_accounts() {
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
