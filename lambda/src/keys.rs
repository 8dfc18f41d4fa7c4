//! The keys of PINs: plain, or such as only the holder of a secret can compute.

use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::MacAlgorithmSpec;
use aws_types::SdkConfig;

use crate::cause::Cause;
use crate::pin::{Pin, PinKey};
use crate::ports::PinKeys;
use crate::sdk;
use crate::secret::{Pepper, pin_key_of_mac, pin_message};

/// How the benefits table's keys are made.
#[derive(Clone, Debug)]
pub enum Keys {
    /// The digits themselves.
    Plain,
    /// Their HMAC-SHA-256 under a secret that this function holds.
    Hmac(Pepper),
    /// The same under a secret that never leaves the key service.
    Kms(MacKey),
}

impl PinKeys for Keys {
    fn at_hand(&self, pin: &Pin) -> Option<PinKey> {
        match self {
            Self::Plain => Some(PinKey::new(pin.expose())),
            Self::Hmac(pepper) => Some(pepper.pin_key(pin)),
            Self::Kms(_) => None,
        }
    }

    async fn key(&self, pin: &Pin) -> Result<PinKey, Cause> {
        if let Self::Kms(key) = self {
            let mac = key.mac(pin_message(pin)).await?;
            return Ok(pin_key_of_mac(&mac));
        }
        self.at_hand(pin)
            .ok_or_else(|| Cause::scrubbed("there is no key"))
    }
}

/// A key of AWS KMS of type `HMAC_256`.
#[derive(Clone, Debug)]
pub struct MacKey {
    client: aws_sdk_kms::Client,
    id: String,
}

impl MacKey {
    /// The key with this id, ARN or alias.
    pub fn new(client: aws_sdk_kms::Client, id: impl Into<String>) -> Self {
        Self {
            client,
            id: id.into(),
        }
    }

    /// The HMAC-SHA-256 of `message`.
    pub async fn mac(&self, message: impl Into<Vec<u8>>) -> Result<Vec<u8>, Cause> {
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
        if mac.len() == 32 {
            Ok(mac)
        } else {
            Err(Cause::scrubbed("KMS answered without a MAC"))
        }
    }

    /// A secret of this function's own, made of the key: for hashes that no other program has to
    /// compute, and that are not worth a request each.
    pub async fn derived(&self) -> Result<Pepper, Cause> {
        let secret = self.mac("attempts:v1").await?;
        Pepper::new(&secret).ok_or_else(|| Cause::scrubbed("KMS answered without a MAC"))
    }
}

/// A client for KMS: `config` with a second try, which does no harm.
pub fn kms_client(config: &SdkConfig) -> aws_sdk_kms::Client {
    let config = aws_sdk_kms::config::Builder::from(config)
        .retry_config(sdk::harmless_retries())
        .build();
    aws_sdk_kms::Client::from_conf(config)
}

/// A client for Systems Manager, likewise.
pub fn ssm_client(config: &SdkConfig) -> aws_sdk_ssm::Client {
    let config = aws_sdk_ssm::config::Builder::from(config)
        .retry_config(sdk::harmless_retries())
        .build();
    aws_sdk_ssm::Client::from_conf(config)
}

/// The pepper in a `SecureString`: the bytes of its text, as they are.
pub async fn pepper_of_parameter(
    client: &aws_sdk_ssm::Client,
    name: &str,
) -> Result<Pepper, Cause> {
    let answer = client
        .get_parameter()
        .name(name)
        .with_decryption(true)
        .send()
        .await
        .map_err(|error| sdk::cause(&error))?;
    let value = answer.parameter.and_then(|parameter| parameter.value);
    Pepper::new(value.unwrap_or_default().as_bytes())
        .ok_or_else(|| Cause::scrubbed("the pepper has fewer than 16 bytes"))
}
