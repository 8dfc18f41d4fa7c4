//! Encrypts input as Connect does: as a message of the AWS Encryption SDK.
//!
//! The data key is wrapped by RSA with OAEP, SHA-512 and MGF1; the provider is `AmazonConnect`, and
//! the name of the key is its id (administrator guide, Encrypt customer input). The suite is not
//! documented. This is the SDK's default without key commitment, 0x0378, as messages that begin with
//! `AYADe` are: AES-256-GCM, HKDF with SHA-384, and a signature by ECDSA with P-384. The format is that
//! of the SDK's developer guide, version 1.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use connect_flow::PlainInput;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::error::Unspecified;
use ring::hkdf::{HKDF_SHA384, KeyType, Salt};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use rsa::pkcs8::DecodePublicKey;
use rsa::{Oaep, PublicKey, pkcs8};
use sha2::Sha512;

const PROVIDER: &[u8] = b"AmazonConnect";
const SUITE: [u8; 2] = [0x03, 0x78];
const PUBLIC_KEY: &[u8] = b"aws-crypto-public-key";
const KEY_BYTES: usize = 32;
const MESSAGE_ID_BYTES: usize = 16;
/// The least bits of an RSA key: those of the data key, of two hashes, and 16 (RFC 8017, section 7.1.1).
const MIN_KEY_BITS: usize = 8 * KEY_BYTES + 2 * 512 + 16;
const FRAME_BYTES: u32 = 4096;
/// The sequence number of the only frame, which is the final one.
const FRAME: [u8; 4] = 1_u32.to_be_bytes();
const FINAL_FRAME: &[u8] = b"AWSKMSEncryptionClient Final Frame";

/// The reason for which an input cannot be encrypted.
#[derive(Debug, thiserror::Error)]
pub(super) enum EncryptionError {
    #[error(
        "the key of the encryption must be a certificate in PEM, from BEGIN CERTIFICATE to END CERTIFICATE"
    )]
    NotPem,
    #[error("the certificate of the encryption must be an X.509 certificate")]
    NotX509,
    #[error("the certificate of the encryption must have an RSA key")]
    NotRsa(#[source] pkcs8::spki::Error),
    #[error(
        "the RSA key of the certificate must have at least {MIN_KEY_BITS} bits, so that OAEP with SHA-512 can wrap a data key"
    )]
    NotWrapped(#[source] rsa::Error),
    #[error("the input must have at most {FRAME_BYTES} characters to be encrypted")]
    TooLong,
    #[error("the input cannot be encrypted with this certificate")]
    Unspecified(#[from] Unspecified),
}

/// Returns the encrypted input as base64.
pub(super) fn encrypt(input: &PlainInput) -> Result<String, EncryptionError> {
    let wrapping_key = wrapping_key(&input.certificate)?;
    let random = SystemRandom::new();
    let mut data_key = [0; KEY_BYTES];
    random.fill(&mut data_key)?;
    let mut message_id = [0; MESSAGE_ID_BYTES];
    random.fill(&mut message_id)?;
    let signing_key = signing_key(&random)?;

    let mut message = header(input, &message_id, &data_key, &wrapping_key, &signing_key)?;
    let key = derived_key(&data_key, &message_id)?;
    // The header is authenticated by a tag over it, without content.
    let tag = seal(&key, [0; NONCE_LEN], &message, &mut [])?;
    message.extend([0; NONCE_LEN]);
    message.extend(tag);
    frame(&mut message, input, &message_id, &key)?;
    let signature = signing_key.sign(&random, &message)?;
    extend_sized(&mut message, signature.as_ref())?;
    Ok(BASE64_STANDARD.encode(message))
}

fn header(
    input: &PlainInput,
    message_id: &[u8],
    data_key: &[u8],
    wrapping_key: &PublicKey,
    signing_key: &EcdsaKeyPair,
) -> Result<Vec<u8>, EncryptionError> {
    let wrapped = wrapping_key
        .encrypt(&mut rand::rng(), Oaep::<Sha512>::new(), data_key)
        .map_err(EncryptionError::NotWrapped)?;

    let mut context = 1_u16.to_be_bytes().to_vec();
    extend_sized(&mut context, PUBLIC_KEY)?;
    let point = BASE64_STANDARD.encode(compressed(signing_key.public_key().as_ref())?);
    extend_sized(&mut context, point.as_bytes())?;

    // Version 1, customer authenticated encrypted data.
    let mut header = vec![0x01, 0x80];
    header.extend(SUITE);
    header.extend(message_id);
    extend_sized(&mut header, &context)?;
    // One encrypted data key.
    header.extend(1_u16.to_be_bytes());
    extend_sized(&mut header, PROVIDER)?;
    extend_sized(&mut header, input.key_id.as_bytes())?;
    extend_sized(&mut header, &wrapped)?;
    // Framed content, reserved bytes, and the length of the initialization vector.
    header.extend([0x02, 0, 0, 0, 0]);
    header.push(u8::try_from(NONCE_LEN).map_err(|_| Unspecified)?);
    header.extend(FRAME_BYTES.to_be_bytes());
    Ok(header)
}

/// Makes the key that signs one message.
fn signing_key(random: &SystemRandom) -> Result<EcdsaKeyPair, Unspecified> {
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_ASN1_SIGNING, random)?;
    // A key that was just made is not rejected.
    EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_ASN1_SIGNING, key.as_ref(), random)
        .map_err(|_| Unspecified)
}

/// Adds the only frame.
fn frame(
    message: &mut Vec<u8>,
    input: &PlainInput,
    message_id: &[u8],
    key: &LessSafeKey,
) -> Result<(), EncryptionError> {
    let mut content = input.text.as_bytes().to_vec();
    let length = u32::try_from(content.len()).map_err(|_| EncryptionError::TooLong)?;
    if length > FRAME_BYTES {
        return Err(EncryptionError::TooLong);
    }
    let mut nonce = [0; NONCE_LEN];
    nonce[NONCE_LEN - FRAME.len()..].copy_from_slice(&FRAME);
    let mut data = message_id.to_vec();
    data.extend(FINAL_FRAME);
    data.extend(FRAME);
    data.extend(u64::from(length).to_be_bytes());
    let tag = seal(key, nonce, &data, &mut content)?;

    message.extend(u32::MAX.to_be_bytes());
    message.extend(FRAME);
    message.extend(nonce);
    message.extend(length.to_be_bytes());
    message.extend(content);
    message.extend(tag);
    Ok(())
}

/// Encrypts the content in place, and returns the tag.
fn seal(
    key: &LessSafeKey,
    nonce: [u8; NONCE_LEN],
    data: &[u8],
    content: &mut [u8],
) -> Result<Vec<u8>, Unspecified> {
    let nonce = Nonce::assume_unique_for_key(nonce);
    let tag = key.seal_in_place_separate_tag(nonce, Aad::from(data), content)?;
    Ok(tag.as_ref().to_vec())
}

/// Derives the key of one message from the data key.
fn derived_key(data_key: &[u8], message_id: &[u8]) -> Result<LessSafeKey, Unspecified> {
    struct Length;

    impl KeyType for Length {
        fn len(&self) -> usize {
            KEY_BYTES
        }
    }

    let mut key = [0; KEY_BYTES];
    let info = [&SUITE[..], message_id];
    Salt::new(HKDF_SHA384, &[])
        .extract(data_key)
        .expand(&info, Length)?
        .fill(&mut key)?;
    Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key)?))
}

/// Returns a point of P-384 in its compressed form: 2 or 3 for the parity of y, and x.
fn compressed(uncompressed: &[u8]) -> Result<Vec<u8>, Unspecified> {
    const COORDINATE: usize = 48;
    let (Some((4, coordinates)), Some(last)) = (uncompressed.split_first(), uncompressed.last())
    else {
        return Err(Unspecified);
    };
    let x = coordinates.get(..COORDINATE).ok_or(Unspecified)?;
    Ok([&[2 + (last & 1)], x].concat())
}

/// Adds bytes, after their length in two bytes.
fn extend_sized(message: &mut Vec<u8>, bytes: &[u8]) -> Result<(), EncryptionError> {
    let length = u16::try_from(bytes.len()).map_err(|_| EncryptionError::TooLong)?;
    message.extend(length.to_be_bytes());
    message.extend(bytes);
    Ok(())
}

/// Returns the RSA key of a certificate in PEM. The signature of the certificate is not verified,
/// since the account has no keys that were uploaded.
fn wrapping_key(pem: &str) -> Result<PublicKey, EncryptionError> {
    let der = certificate(pem).ok_or(EncryptionError::NotPem)?;
    let key = public_key(&der).ok_or(EncryptionError::NotX509)?;
    PublicKey::from_public_key_der(key).map_err(EncryptionError::NotRsa)
}

fn certificate(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
    let body: String = body.split_whitespace().collect();
    BASE64_STANDARD.decode(body).ok()
}

/// Returns SubjectPublicKeyInfo of a certificate (RFC 5280, section 4.1).
fn public_key(certificate: &[u8]) -> Option<&[u8]> {
    const EXPLICIT_VERSION: u8 = 0xa0;
    let certificate = Element::sequence(certificate)?;
    let mut rest = Element::sequence(certificate.content)?.content;
    if rest.first() == Some(&EXPLICIT_VERSION) {
        rest = Element::read(rest)?.after;
    }
    // Serial number, signature, issuer, validity and subject.
    for _ in 0..5 {
        rest = Element::read(rest)?.after;
    }
    Some(Element::sequence(rest)?.whole)
}

/// An element of DER.
struct Element<'a> {
    tag: u8,
    /// The element with its tag and length.
    whole: &'a [u8],
    content: &'a [u8],
    /// The bytes after it.
    after: &'a [u8],
}

impl<'a> Element<'a> {
    fn sequence(bytes: &'a [u8]) -> Option<Self> {
        const SEQUENCE: u8 = 0x30;
        Self::read(bytes).filter(|element| element.tag == SEQUENCE)
    }

    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (&tag, rest) = bytes.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x84 => {
                let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                let length = length.iter().try_fold(0_usize, |sum, byte| {
                    sum.checked_mul(256)?.checked_add(usize::from(*byte))
                })?;
                (length, rest)
            }
            _ => return None,
        };
        let (content, after) = rest.split_at_checked(length)?;
        Some(Self {
            tag,
            whole: bytes.get(..bytes.len() - after.len())?,
            content,
            after,
        })
    }
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;
    use ring::signature::{ECDSA_P384_SHA384_ASN1, UnparsedPublicKey};
    use rsa::PrivateKey;
    use rsa::pkcs8::DecodePrivateKey;

    use super::*;

    /// A self-signed certificate of OpenSSL, and its key.
    const CERTIFICATE: &str = include_str!("tests/encryption/certificate.pem");
    const PRIVATE_KEY: &str = include_str!("tests/encryption/private-key.txt");
    /// Self-signed certificates of OpenSSL with other keys: RSA with 1,024 bits, and P-256.
    const RSA_1024: &str = include_str!("tests/encryption/certificate-rsa-1024.pem");
    const P_256: &str = include_str!("tests/encryption/certificate-p-256.pem");
    /// `0042`, encrypted by AWS's SDK for Python 3.3.1 (RawMasterKeyProvider with
    /// RSA_OAEP_SHA512_MGF1, suite AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384).
    const MESSAGE: &str = include_str!("tests/encryption/message.txt");

    fn decoded(text: &str) -> Vec<u8> {
        BASE64_STANDARD
            .decode(text.split_whitespace().collect::<String>())
            .unwrap()
    }

    struct Reader<'a>(&'a [u8]);

    impl<'a> Reader<'a> {
        fn take(&mut self, length: usize) -> &'a [u8] {
            let (taken, rest) = self.0.split_at(length);
            self.0 = rest;
            taken
        }

        fn number(&mut self, bytes: usize) -> usize {
            self.take(bytes)
                .iter()
                .fold(0, |sum, byte| sum * 256 + usize::from(*byte))
        }

        fn sized(&mut self) -> &'a [u8] {
            let length = self.number(2);
            self.take(length)
        }
    }

    /// Returns a compressed point of P-384 with both coordinates: y is a square root of x³ - 3x + b
    /// modulo p, which is a power since p is 3 modulo 4 (SEC 1, section 2.3.4; p and b from SEC 2,
    /// section 2.5.1).
    fn uncompressed(point: &[u8]) -> Vec<u8> {
        const P: &[u8] = b"fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe\
                           ffffffff0000000000000000ffffffff";
        const B: &[u8] = b"b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875a\
                           c656398d8a2ed19d2a85c8edd3ec2aef";
        let hex = |digits| BigUint::parse_bytes(digits, 16).unwrap();
        let (p, b) = (hex(P), hex(B));
        let (parity, x) = (point[0] - 2, BigUint::from_bytes_be(&point[1..]));
        // Minus 3 is p - 3 here, because numbers are not negative.
        let square = (x.pow(3) + (&p - 3_u32) * &x + b) % &p;
        let root = square.modpow(&((&p + 1_u32) / 4_u32), &p);
        assert_eq!(root.modpow(&2_u32.into(), &p), square);
        let y = if root.bit(0) == (parity == 1) {
            root
        } else {
            p - root
        };
        let y = y.to_bytes_be();
        [&[4], &point[1..], &vec![0; 48 - y.len()], &y].concat()
    }

    /// Decrypts a message as the SDK's developer guide describes it, and returns key name and text.
    fn decrypt(message: &str) -> (String, String) {
        let message = decoded(message);
        let mut reader = Reader(&message);
        assert_eq!(reader.take(4), [0x01, 0x80, 0x03, 0x78]);
        let message_id = reader.take(16);
        let mut context = Reader(reader.sized());
        assert_eq!(context.number(2), 1);
        assert_eq!(context.sized(), PUBLIC_KEY);
        let verifying_key = decoded(std::str::from_utf8(context.sized()).unwrap());
        assert_eq!(reader.number(2), 1);
        assert_eq!(reader.sized(), PROVIDER);
        let name = reader.sized();
        let wrapped = reader.sized();
        assert_eq!(reader.take(6), [2, 0, 0, 0, 0, 12]);
        assert_eq!(reader.number(4), 4096);
        let header = &message[..message.len() - reader.0.len()];

        let key = PrivateKey::from_pkcs8_der(&decoded(PRIVATE_KEY)).unwrap();
        let data_key = key.decrypt(Oaep::<Sha512>::new(), wrapped).unwrap();
        let key = derived_key(&data_key, message_id).unwrap();
        let open = |nonce: &[u8], data: &[u8], sealed: &[u8]| {
            let nonce = Nonce::try_assume_unique_for_key(nonce).unwrap();
            let mut sealed = sealed.to_vec();
            let opened = key.open_in_place(nonce, Aad::from(data), &mut sealed);
            opened.unwrap().to_vec()
        };
        let nonce = reader.take(12);
        assert_eq!(open(nonce, header, reader.take(16)), b"");
        assert_eq!(reader.number(4), 0xffff_ffff);
        let sequence = reader.take(4);
        let nonce = reader.take(12);
        let length = reader.number(4);
        let data = [
            message_id,
            FINAL_FRAME,
            sequence,
            &(length as u64).to_be_bytes(),
        ]
        .concat();
        let text = open(nonce, &data, reader.take(length + 16));
        let signed = &message[..message.len() - reader.0.len()];
        UnparsedPublicKey::new(&ECDSA_P384_SHA384_ASN1, uncompressed(&verifying_key))
            .verify(signed, reader.sized())
            .unwrap();
        assert!(reader.0.is_empty());
        (
            String::from_utf8(name.to_vec()).unwrap(),
            String::from_utf8(text).unwrap(),
        )
    }

    fn input(certificate: &str) -> PlainInput {
        PlainInput {
            text: "0042".to_owned(),
            key_id: "k-1".to_owned(),
            certificate: certificate.to_owned(),
        }
    }

    /// The reader of these tests reads what AWS's SDK writes, so that it can judge what is written
    /// here.
    #[test]
    fn an_encrypted_input_is_a_message_of_the_encryption_sdk_for_the_key() {
        assert_eq!(decrypt(MESSAGE), ("test-key".to_owned(), "0042".to_owned()));
        let encrypted = encrypt(&input(CERTIFICATE)).unwrap();
        assert_eq!(decrypt(&encrypted), ("k-1".to_owned(), "0042".to_owned()));
        assert_ne!(encrypt(&input(CERTIFICATE)).unwrap(), encrypted);
    }

    #[test]
    fn a_certificate_must_be_one_with_a_large_rsa_key() {
        let (begin, end) = ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----");
        for (certificate, expected) in [
            ("c".to_owned(), "must be a certificate in PEM"),
            (format!("{begin}\n!\n{end}"), "must be a certificate in PEM"),
            (
                format!("{begin}\nMAMCAQE=\n{end}"),
                "must be an X.509 certificate",
            ),
            (P_256.to_owned(), "must have an RSA key"),
            (RSA_1024.to_owned(), "must have at least 1296 bits"),
        ] {
            let refused = encrypt(&input(&certificate)).unwrap_err().to_string();
            assert!(refused.contains(expected), "{certificate}: {refused}");
        }
        let der = super::certificate(CERTIFICATE).unwrap();
        for length in 0..der.len() {
            assert!(public_key(&der[..length]).is_none(), "{length}");
        }
    }
}
