//! Hashes and MACs of numbers and PINs.

use std::fmt;

use hmac::digest::{Digest, Key};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::rules::pin::{Pin, PinKey};

/// The beginning of the text whose MAC is a PIN's key; the digits follow. Programs that write the benefits
/// table compute the same, so it stays as it is.
const PIN_DOMAIN: &str = "pin:v1:";

/// The text whose MAC under the key of PINs is the secret of the hashes in the attempts table.
pub const ATTEMPTS_MESSAGE: &str = "attempts:v1";

/// HMAC-SHA-256 under a secret, which never prints itself.
#[derive(Clone)]
pub struct Pepper(Hmac<Sha256>);

impl Pepper {
    /// Creates a pepper from the secret's bytes.
    pub fn new(secret: [u8; 32]) -> Self {
        // HMAC fills a key with zeros to the length of a block.
        let mut block = Key::<Hmac<Sha256>>::default();
        block[..secret.len()].copy_from_slice(&secret);
        Self(Hmac::new(&block))
    }

    /// Computes the MAC of `message`.
    pub fn mac(&self, message: &[u8]) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(message);
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[pepper]")
    }
}

/// Returns the text whose HMAC-SHA-256 is the key of a PIN's row.
pub fn pin_message(pin: &Pin) -> Vec<u8> {
    format!("{PIN_DOMAIN}{}", pin.expose()).into_bytes()
}

/// Returns the key of a PIN's row, from the MAC of its [`pin_message`].
pub fn pin_key_of_mac(mac: &[u8]) -> PinKey {
    PinKey::new(hex(mac))
}

/// Hashes texts for keys of the attempts table.
#[derive(Clone, Debug)]
pub struct Hasher(Option<Pepper>);

impl Hasher {
    /// Creates a hasher that uses HMAC-SHA-256 under `pepper`: without the pepper a hash reveals nothing.
    pub fn keyed(pepper: Pepper) -> Self {
        Self(Some(pepper))
    }

    /// Creates a hasher that uses SHA-256. It only obscures numbers: there are few enough to try them all.
    pub fn unkeyed() -> Self {
        Self(None)
    }

    /// Returns the first `digits` hexadecimal digits of the hash of `parts` in `domain`.
    ///
    /// A zero byte precedes each part, so that different lists of parts give different texts; no part contains
    /// one.
    pub fn hex(&self, domain: &str, parts: &[&str], digits: usize) -> String {
        let mut message = domain.as_bytes().to_vec();
        for part in parts {
            message.push(0);
            message.extend_from_slice(part.as_bytes());
        }
        let hash = match &self.0 {
            Some(pepper) => pepper.mac(&message),
            None => Sha256::digest(&message).into(),
        };
        let mut text = hex(&hash);
        text.truncate(digits);
        text
    }
}

/// Writes bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| DIGITS[usize::from(digit)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computes_the_same_as_openssl_and_sha256sum() {
        // printf 'pin:v1:0042' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
        let pepper = Pepper::new(*b"0123456789abcdef0123456789abcdef");
        let pin = Pin::parse("0042").unwrap();
        assert_eq!(
            pin_key_of_mac(&pepper.mac(&pin_message(&pin))).expose(),
            "2c18941435b642906ca631a7083fed073f97ffb913e59969c570445899a94798"
        );
        // printf 'd\0a' | sha256sum
        assert_eq!(
            Hasher::unkeyed().hex("d", &["a"], 64),
            "857a9e1fbf1b654d3acb67f1a4bdf4d4f9a0fb67f30dc314e90da2320da40ae3"
        );
    }

    #[test]
    fn keeps_domains_parts_and_keys_apart() {
        let keyed = Hasher::keyed(Pepper::new(*b"0123456789abcdef0123456789abcdef"));
        let other = Hasher::keyed(Pepper::new(*b"0123456789abcdef0123456789abcdeF"));
        let hashes = [
            Hasher::unkeyed().hex("d", &["a", "b"], 32),
            Hasher::unkeyed().hex("d", &["ab"], 32),
            Hasher::unkeyed().hex("da", &["b"], 32),
            keyed.hex("d", &["a", "b"], 32),
            other.hex("d", &["a", "b"], 32),
        ];
        for (at, hash) in hashes.iter().enumerate() {
            assert_eq!(hash.len(), 32);
            assert!(!hashes[..at].contains(hash), "{hash}");
        }
    }

    #[test]
    fn a_secret_does_not_print_itself() {
        let pepper = Pepper::new(*b"0123456789abcdef0123456789abcdef");
        assert_eq!(format!("{pepper:?}"), "[pepper]");
    }
}
