//! How the keys of campaign rows are made: they are the PINs, or KMS computes them.

use aws_config::SdkConfig;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::MacAlgorithmSpec;
use connect_pin_sms::rules::hashing::{
    ATTEMPTS_MESSAGE, Hasher, Pepper, pin_key_of_mac, pin_message,
};
use connect_pin_sms::rules::pin::{Pin, PinKey};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::sdk;

/// How many requests to KMS are under way at a time.
const KMS_REQUESTS: usize = 8;

/// How the keys of campaign rows are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// They are the PINs.
    Plain,
    /// KMS computes their HMACs, with a key of type `HMAC_256`: its id, ARN or alias.
    KmsKey(String),
}

/// KMS refused to compute keys.
#[derive(Debug, thiserror::Error)]
#[error("KMS computes no HMACs with key {key}: {reason}")]
pub struct KeyError {
    /// The key that was asked for.
    key: String,
    /// What KMS said.
    reason: String,
}

impl KeySource {
    /// The keys of the rows of `pins`, in their order. It reads and computes; nothing is written.
    ///
    /// # Errors
    /// When KMS does not compute them.
    pub async fn keys(&self, config: &SdkConfig, pins: &[&Pin]) -> Result<Vec<PinKey>, KeyError> {
        match self {
            Self::Plain => Ok(pins.iter().map(|pin| PinKey::new(pin.expose())).collect()),
            Self::KmsKey(id) => kms(&aws_sdk_kms::Client::new(config), id, pins).await,
        }
    }
}

/// Hashes as the function makes them for keys of the attempts table: under the line's KMS key, or without
/// a secret.
///
/// # Errors
/// When KMS does not compute the secret.
pub async fn attempts_hasher(
    config: &SdkConfig,
    kms_key: Option<&str>,
) -> Result<Hasher, KeyError> {
    let Some(id) = kms_key else {
        return Ok(Hasher::unkeyed());
    };
    let client = aws_sdk_kms::Client::new(config);
    let secret = mac(&client, id, ATTEMPTS_MESSAGE.as_bytes().to_vec(), &[]).await?;
    Ok(Hasher::keyed(Pepper::new(secret)))
}

async fn kms(
    client: &aws_sdk_kms::Client,
    id: &str,
    pins: &[&Pin],
) -> Result<Vec<PinKey>, KeyError> {
    let key = async |pin: &Pin| {
        let mac = mac(client, id, pin_message(pin), &[pin.expose()]).await?;
        Ok(pin_key_of_mac(&mac))
    };
    stream::iter(pins)
        .map(|pin| key(pin))
        .buffered(KMS_REQUESTS)
        .try_collect()
        .await
}

/// The MAC of a message, without what must stay `hidden` in the words of a refusal.
async fn mac(
    client: &aws_sdk_kms::Client,
    id: &str,
    message: Vec<u8>,
    hidden: &[&str],
) -> Result<[u8; 32], KeyError> {
    let failed = |reason| KeyError {
        key: id.to_owned(),
        reason,
    };
    let answer = client
        .generate_mac()
        .key_id(id)
        .mac_algorithm(MacAlgorithmSpec::HmacSha256)
        .message(Blob::new(message))
        .send()
        .await
        .map_err(|error| failed(sdk::reason(&error, hidden)))?;
    let mac = answer.mac.map(Blob::into_inner).unwrap_or_default();
    mac.try_into()
        .map_err(|_| failed("it answered without a MAC".to_owned()))
}
