//! The keys of campaign rows: the PINs themselves, or HMACs that KMS computes.

use aws_config::SdkConfig;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::MacAlgorithmSpec;
use connect_pin_sms::rules::hashing::{
    ATTEMPTS_MESSAGE, Hasher, Pepper, pin_key_of_mac, pin_message,
};
use connect_pin_sms::rules::pin::{Pin, PinKey};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::campaigns::RowKey;
use super::sdk;

/// The number of requests to KMS that run at the same time.
const KMS_REQUESTS: usize = 8;

/// The source of the keys of campaign rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// The PINs are the keys.
    Plain,
    /// KMS computes the HMACs of the PINs, with a key of type `HMAC_256`: its id, ARN or alias.
    KmsKey(String),
}

/// A refusal by KMS to compute a key.
#[derive(Debug, thiserror::Error)]
#[error("KMS cannot compute HMACs with key {key}: {reason}")]
pub struct KeyError {
    /// The id, ARN or alias of the KMS key.
    key: String,
    /// The answer of KMS.
    reason: String,
}

impl KeySource {
    /// Returns the keys of rows, in the same order. Those that are MACs already stay as they are.
    ///
    /// # Errors
    /// When KMS does not compute the others.
    pub async fn row_keys(
        &self,
        config: &SdkConfig,
        rows: &[&RowKey],
    ) -> Result<Vec<PinKey>, KeyError> {
        let pins: Vec<_> = rows.iter().filter_map(|row| row.pin()).collect();
        let mut computed = self.keys(config, &pins).await?.into_iter();
        let keys = rows.iter().filter_map(|row| match row {
            RowKey::Pin(_) => computed.next(),
            RowKey::Mac(key) => Some(key.clone()),
        });
        Ok(keys.collect())
    }

    /// Returns the keys of the rows of `pins`, in the same order. Nothing is written.
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

/// Returns the hasher that the function uses for keys of the attempts table: with a secret under
/// the line's KMS key, or without a secret.
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

/// Computes the MAC of a message. An error does not contain the texts in `hidden`.
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
    let length = mac.len();
    mac.try_into().map_err(|_| {
        failed(format!(
            "the response must contain a MAC of 32 bytes, but has {length}"
        ))
    })
}
