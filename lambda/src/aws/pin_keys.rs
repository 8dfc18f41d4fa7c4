//! The keys of PINs: plain, or MACs that AWS KMS computes.

use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::MacAlgorithmSpec;
use aws_types::SdkConfig;

use crate::aws::sdk;
use crate::aws::user_agent::UserAgentOnce;
use crate::rules::cause::Cause;
use crate::rules::hashing::{ATTEMPTS_MESSAGE, Pepper, pin_key_of_mac, pin_message};
use crate::rules::pin::{Pin, PinKey};
use crate::rules::ports::PinKeys;

/// The source of the benefits table's keys.
#[derive(Clone, Debug)]
pub enum PinKeySource {
    /// Keys are the PINs themselves.
    Plain,
    /// Keys are the PINs' HMAC-SHA-256 under a secret that never leaves AWS KMS.
    Kms(MacKey),
}

impl PinKeys for PinKeySource {
    fn at_hand(&self, pin: &Pin) -> Option<PinKey> {
        match self {
            Self::Plain => Some(PinKey::new(pin.expose())),
            Self::Kms(_) => None,
        }
    }

    async fn key(&self, pin: &Pin) -> Result<PinKey, Cause> {
        match self {
            Self::Plain => Ok(PinKey::new(pin.expose())),
            Self::Kms(key) => Ok(pin_key_of_mac(&key.mac(pin_message(pin)).await?)),
        }
    }
}

/// A key of AWS KMS of type `HMAC_256`.
#[derive(Clone, Debug)]
pub struct MacKey {
    client: aws_sdk_kms::Client,
    id: String,
}

impl MacKey {
    /// Refers to the key with this id, ARN or alias.
    pub fn new(client: aws_sdk_kms::Client, id: impl Into<String>) -> Self {
        Self {
            client,
            id: id.into(),
        }
    }

    /// Computes the HMAC-SHA-256 of `message`.
    ///
    /// # Errors
    /// When KMS refuses, does not answer in time, or returns something other than 32 bytes.
    pub async fn mac(&self, message: impl Into<Vec<u8>>) -> Result<[u8; 32], Cause> {
        let answer = self
            .client
            .generate_mac()
            .key_id(&self.id)
            .mac_algorithm(MacAlgorithmSpec::HmacSha256)
            .message(Blob::new(message))
            .send()
            .await
            .map_err(|error| sdk::cause(&error))?;
        let mac = answer.mac.map(Blob::into_inner).unwrap_or_default();
        mac.try_into()
            .map_err(|_| Cause::scrubbed("KMS returned no MAC of 32 bytes"))
    }

    /// Derives a secret from the key for hashes that only this function computes: with it, a hash needs no
    /// request to KMS.
    ///
    /// # Errors
    /// As [`MacKey::mac`].
    pub async fn derived(&self) -> Result<Pepper, Cause> {
        Ok(Pepper::new(self.mac(ATTEMPTS_MESSAGE).await?))
    }
}

/// Returns a client for KMS: `config` with retries, since a MAC may be computed twice.
pub fn kms_client(config: &SdkConfig) -> aws_sdk_kms::Client {
    let config = aws_sdk_kms::config::Builder::from(config)
        .retry_config(sdk::harmless_retries())
        .interceptor(UserAgentOnce::default())
        .build();
    aws_sdk_kms::Client::from_conf(config)
}
