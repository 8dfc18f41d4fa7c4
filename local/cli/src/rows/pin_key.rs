//! The keys of campaign rows: the PIN itself, or its HMAC.
//!
//! The function computes the same, or it finds nothing: HMAC-SHA-256 under the pepper over
//! `pin:v1:` and the digits, in lower-case hexadecimal. None of it may change while rows of the
//! first kind exist, hence the version in the text.

use std::fmt;

use hmac::digest::InvalidLength;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::pin::Pin;

/// A pepper with fewer bytes could be guessed; the function takes none either.
pub const SHORTEST_PEPPER_BYTES: usize = 16;

/// The text whose MAC is the key.
pub fn message(pin: &Pin) -> Vec<u8> {
    format!("pin:v1:{}", pin.expose()).into_bytes()
}

/// The key of a row: the MAC in lower-case hexadecimal.
pub fn from_mac(mac: &[u8]) -> PinKey {
    use fmt::Write;
    let mut key = String::with_capacity(2 * mac.len());
    for byte in mac {
        // Writing into a text cannot fail.
        write!(key, "{byte:02x}").ok();
    }
    PinKey(key)
}

/// The key of a row when PINs are stored as they are.
pub fn plain(pin: &Pin) -> PinKey {
    PinKey(pin.expose().to_owned())
}

/// The key of a campaign row. In plain mode it is the PIN, so it does not print itself.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PinKey(String);

impl PinKey {
    /// The key, for the table and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PinKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}

/// A secret at hand, which never prints itself.
#[derive(Clone)]
pub struct Pepper(Hmac<Sha256>);

impl Pepper {
    /// Takes the bytes as they are; nothing when there are too few of them.
    pub fn new(secret: &[u8]) -> Option<Self> {
        if secret.len() < SHORTEST_PEPPER_BYTES {
            return None;
        }
        let mac: Result<_, InvalidLength> = Hmac::new_from_slice(secret);
        mac.ok().map(Self)
    }

    /// The key of a PIN's row.
    pub fn key(&self, pin: &Pin) -> PinKey {
        let mut mac = self.0.clone();
        mac.update(&message(pin));
        from_mac(&mac.finalize().into_bytes())
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[pepper]")
    }
}

#[cfg(test)]
mod tests {
    use connect_pin_sms::keys::Keys;
    use connect_pin_sms::ports::PinKeys;

    use super::*;

    #[test]
    fn computes_what_openssl_computes() {
        // printf 'pin:v1:0042' | openssl dgst -sha256 -hmac 0123456789abcdef
        let pepper = Pepper::new(b"0123456789abcdef").unwrap();
        assert_eq!(
            pepper.key(&Pin::read("0042").unwrap()).expose(),
            "5baea0231ac04b8ffdddb3edb7a175e577322b940e2f654493d3c68026dce0bc"
        );
    }

    #[test]
    fn computes_what_the_function_computes() {
        let secret = "a pepper of many bytes, 胡椒";
        let ours = Pepper::new(secret.as_bytes()).unwrap();
        let theirs = connect_pin_sms::secret::Pepper::new(secret.as_bytes()).unwrap();
        for digits in ["0", "0042", "42", "999999", "1234567890123456"] {
            let pin = Pin::read(digits).unwrap();
            let their_pin = connect_pin_sms::pin::Pin::parse(digits).unwrap();
            for (mine, keys) in [
                (plain(&pin), Keys::Plain),
                (ours.key(&pin), Keys::Hmac(theirs.clone())),
            ] {
                let other = keys.at_hand(&their_pin).unwrap();
                assert_eq!(mine.expose(), other.expose());
            }
        }
        assert_eq!(
            SHORTEST_PEPPER_BYTES,
            connect_pin_sms::secret::SHORTEST_PEPPER_BYTES
        );
    }

    #[test]
    fn short_peppers_are_refused_and_none_prints_itself() {
        assert!(Pepper::new(b"0123456789abcde").is_none());
        let pepper = Pepper::new(b"0123456789abcdef").unwrap();
        let key = pepper.key(&Pin::read("0042").unwrap());
        assert_eq!(format!("{pepper:?} {key:?}"), "[pepper] ****");
    }
}
