//! How the keys of campaign rows are made: they are the PINs, or KMS computes them.

use aws_config::SdkConfig;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::MacAlgorithmSpec;
use connect_pin_sms::pin::{Pin, PinKey};
use connect_pin_sms::secret::{pin_key_of_mac, pin_message};
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

async fn kms(
    client: &aws_sdk_kms::Client,
    id: &str,
    pins: &[&Pin],
) -> Result<Vec<PinKey>, KeyError> {
    let failed = |reason| KeyError {
        key: id.to_owned(),
        reason,
    };
    let key = async |pin: &Pin| {
        let answer = client
            .generate_mac()
            .key_id(id)
            .mac_algorithm(MacAlgorithmSpec::HmacSha256)
            .message(Blob::new(pin_message(pin)))
            .send()
            .await
            .map_err(|error| failed(sdk::reason(&error, &[pin.expose()])))?;
        let mac = answer.mac.map(Blob::into_inner).unwrap_or_default();
        if mac.len() == 32 {
            Ok(pin_key_of_mac(&mac))
        } else {
            Err(failed("it answered without a MAC".to_owned()))
        }
    };
    stream::iter(pins)
        .map(|pin| key(pin))
        .buffered(KMS_REQUESTS)
        .try_collect()
        .await
}
