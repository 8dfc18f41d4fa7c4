//! The SDK's configuration from the environment variables that Lambda sets.
//!
//! `aws-config` would also look for files, profiles and a metadata service. Lambda has none of them, and
//! the code that looks for them would be in every zip.

use std::fmt;

use aws_sdk_dynamodb::config::{
    BehaviorVersion, Credentials, IdentityCache, Region, SharedCredentialsProvider,
    StalledStreamProtectionConfig,
};
use aws_sdk_sns::config::SharedHttpClient;
use aws_types::SdkConfig;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::aws::sdk;

/// Reads an environment variable. An empty value counts as absent.
pub type Variable = fn(&str) -> Option<String>;

/// Returns the configuration of every client: Region, credentials, endpoints and time-outs.
pub fn sdk_config(variable: Variable, http_client: SharedHttpClient) -> SdkConfig {
    let variable = SdkEnvironment(variable);
    let region = variable
        .text("AWS_REGION")
        .or_else(|| variable.text("AWS_DEFAULT_REGION"));
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(region.map(Region::new))
        .http_client(http_client)
        // The credentials are in memory: a cache would be slower than reading them.
        .identity_cache(IdentityCache::no_cache())
        // A request times out long before a stream counts as stalled.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .timeout_config(sdk::timeouts());
    config.set_credentials_provider(variable.credentials());
    config.set_use_fips(variable.flag("AWS_USE_FIPS_ENDPOINT"));
    config.set_use_dual_stack(variable.flag("AWS_USE_DUALSTACK_ENDPOINT"));
    if variable.flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") != Some(true) {
        config.set_endpoint_url(variable.text("AWS_ENDPOINT_URL"));
        config = config.service_config(variable);
    }
    config.build()
}

struct SdkEnvironment(Variable);

impl SdkEnvironment {
    fn text(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|text| !text.is_empty())
    }

    fn flag(&self, name: &str) -> Option<bool> {
        match self.text(name)?.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The role's credentials, which last as long as the process.
    fn credentials(&self) -> Option<SharedCredentialsProvider> {
        let id = self.text("AWS_ACCESS_KEY_ID")?;
        let secret = self.text("AWS_SECRET_ACCESS_KEY")?;
        let token = self.text("AWS_SESSION_TOKEN");
        let credentials = Credentials::new(id, secret, token, None, "environment");
        Some(SharedCredentialsProvider::new(credentials))
    }
}

/// Endpoints of single services, such as `AWS_ENDPOINT_URL_DYNAMODB`.
impl LoadServiceConfig for SdkEnvironment {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key
            .service_id()
            .to_ascii_uppercase()
            .replace([' ', '-'], "_");
        self.text(&format!("{}_{service}", key.env()))
    }
}

impl fmt::Debug for SdkEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SdkEnvironment")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(variable: Variable) -> SdkConfig {
        sdk_config(
            variable,
            aws_smithy_http_client::Builder::new().build_http(),
        )
    }

    fn endpoint(config: &SdkConfig, service: &str) -> Option<String> {
        let key = ServiceConfigKey::builder()
            .service_id(service)
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build()
            .unwrap();
        config.service_config()?.load_config(key)
    }

    #[test]
    fn reads_the_variables_that_lambda_sets() {
        let config = config(|name| {
            let value = match name {
                "AWS_REGION" => "ap-northeast-1",
                "AWS_ACCESS_KEY_ID" => "id",
                "AWS_SECRET_ACCESS_KEY" => "secret",
                "AWS_SESSION_TOKEN" => "token",
                "AWS_ENDPOINT_URL" => "http://services",
                "AWS_ENDPOINT_URL_DYNAMODB" => "http://tables",
                "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2" => "http://messages",
                "AWS_ENDPOINT_URL_KMS" => "",
                "AWS_USE_FIPS_ENDPOINT" => "True",
                _ => return None,
            };
            Some(value.to_owned())
        });
        assert_eq!(config.region().unwrap().as_ref(), "ap-northeast-1");
        assert!(config.credentials_provider().is_some());
        assert_eq!(config.endpoint_url(), Some("http://services"));
        let of = |service| endpoint(&config, service);
        assert_eq!(of("DynamoDB").as_deref(), Some("http://tables"));
        assert_eq!(
            of("Pinpoint SMS Voice V2").as_deref(),
            Some("http://messages")
        );
        assert_eq!((of("SNS"), of("KMS")), (None, None));
        assert_eq!(
            (config.use_fips(), config.use_dual_stack()),
            (Some(true), None)
        );
    }

    #[test]
    fn leaves_out_what_is_not_set() {
        let config = config(|_| None);
        assert!(config.region().is_none() && config.credentials_provider().is_none());
        assert_eq!(config.endpoint_url(), None);
    }

    #[test]
    fn ignores_endpoints_if_configured_to() {
        let config = config(|name| {
            Some(match name {
                "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" => "true".to_owned(),
                _ => "http://elsewhere".to_owned(),
            })
        });
        assert_eq!(config.endpoint_url(), None);
        assert_eq!(endpoint(&config, "SNS"), None);
    }
}
