//! Where the pepper is, and the keys that come out of it.

use std::path::{Path, PathBuf};

use aws_config::SdkConfig;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::MacAlgorithmSpec;
use connect_pin_sms::pin::{Pin, PinKey};
use connect_pin_sms::secret::{Pepper, SHORTEST_PEPPER_BYTES, pin_key_of_mac, pin_message};
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
    /// Under a pepper in a `SecureString` parameter: the bytes of its text, as they are.
    SsmParameter(String),
    /// Under a pepper in a file: its bytes, without a line break at the end, which editors add.
    File(PathBuf),
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// KMS refused.
    #[error("KMS computes no HMACs with key {key}: {reason}")]
    Kms {
        /// The key that was asked for.
        key: String,
        /// What KMS said.
        reason: String,
    },
    /// Systems Manager refused.
    #[error("cannot read parameter {name}: {reason}")]
    Parameter {
        /// The parameter that was asked for.
        name: String,
        /// What Systems Manager said.
        reason: String,
    },
    /// The file cannot be read.
    #[error("cannot read the pepper in {path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// It could be guessed.
    #[error("the pepper has fewer than {} bytes", SHORTEST_PEPPER_BYTES)]
    Short,
}

impl KeySource {
    /// The keys of the rows of `pins`, in their order. It reads and computes; nothing is written.
    ///
    /// # Errors
    /// When the pepper is out of reach.
    pub async fn keys(&self, config: &SdkConfig, pins: &[&Pin]) -> Result<Vec<PinKey>, KeyError> {
        let pepper = match self {
            Self::Plain => {
                let plain = |pin: &&Pin| PinKey::new(pin.expose());
                return Ok(pins.iter().map(plain).collect());
            }
            Self::KmsKey(id) => return kms(&aws_sdk_kms::Client::new(config), id, pins).await,
            Self::SsmParameter(name) => parameter(&aws_sdk_ssm::Client::new(config), name).await?,
            Self::File(path) => file(path)?,
        };
        let pepper = Pepper::new(&pepper).ok_or(KeyError::Short)?;
        Ok(pins.iter().map(|pin| pepper.pin_key(pin)).collect())
    }
}

async fn kms(
    client: &aws_sdk_kms::Client,
    id: &str,
    pins: &[&Pin],
) -> Result<Vec<PinKey>, KeyError> {
    let failed = |reason| KeyError::Kms {
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

async fn parameter(client: &aws_sdk_ssm::Client, name: &str) -> Result<Vec<u8>, KeyError> {
    let answer = client
        .get_parameter()
        .name(name)
        .with_decryption(true)
        .send()
        .await
        .map_err(|error| KeyError::Parameter {
            name: name.to_owned(),
            reason: sdk::reason(&error, &[]),
        })?;
    let value = answer.parameter.and_then(|parameter| parameter.value);
    Ok(value.unwrap_or_default().into_bytes())
}

fn file(path: &Path) -> Result<Vec<u8>, KeyError> {
    let mut bytes = std::fs::read(path).map_err(|error| KeyError::File {
        path: path.to_path_buf(),
        error,
    })?;
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_holds_its_pepper_with_or_without_a_line_break() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pepper");
        for (content, pepper) in [
            ("0123456789abcdef", "0123456789abcdef"),
            ("0123456789abcdef\n", "0123456789abcdef"),
            ("0123456789abcdef\r\n", "0123456789abcdef"),
            ("0123456789abcdef \n\n", "0123456789abcdef \n"),
            ("", ""),
        ] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(file(&path).unwrap(), pepper.as_bytes(), "{content:?}");
        }
        let missing = file(&folder.path().join("missing")).unwrap_err();
        assert!(missing.to_string().contains("missing"), "{missing}");
    }
}
