//! Verifies the checksums that clients send with content: `Content-MD5`, and the headers or trailers
//! `x-amz-checksum-*`, of which SDKs send one by default.
//!
//! SHA-1 is stored and returned, but not computed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};
use local_wire::Fault;
use md5::Md5;
use sha2::{Digest, Sha256};

use super::chunked::Content;

/// Computes a checksum, in the order of its bytes in the header.
type Compute = fn(&[u8]) -> Vec<u8>;

/// A header, the name of its algorithm in errors, and the algorithm if it is computed.
const CHECKSUMS: [(&str, &str, Option<Compute>); 5] = [
    (
        "x-amz-checksum-crc32",
        "CRC32",
        Some(|content| crc32fast::hash(content).to_be_bytes().to_vec()),
    ),
    (
        "x-amz-checksum-crc32c",
        "CRC32C",
        Some(|content| {
            (crc(&CRC32C, u64::from(u32::MAX), content) as u32)
                .to_be_bytes()
                .to_vec()
        }),
    ),
    (
        "x-amz-checksum-crc64nvme",
        "CRC64NVME",
        Some(|content| crc(&CRC64NVME, u64::MAX, content).to_be_bytes().to_vec()),
    ),
    (
        "x-amz-checksum-sha256",
        "SHA256",
        Some(|content| Sha256::digest(content).to_vec()),
    ),
    ("x-amz-checksum-sha1", "SHA1", None),
];

/// Verifies the checksums of content; returns the headers that repeat them in the response.
///
/// # Errors
/// `BadDigest` if one is not that of the content, `InvalidDigest` or `InvalidRequest` if it cannot be one.
pub(super) fn check(headers: &HeaderMap, content: &Content) -> Result<HeaderMap, Fault> {
    if let Some(given) = headers.get("content-md5") {
        let given = STANDARD
            .decode(given.as_bytes())
            .ok()
            .filter(|md5| md5.len() == 16);
        let given = given.ok_or_else(|| {
            Fault::new(
                400,
                "InvalidDigest",
                "The Content-MD5 you specified was invalid.",
            )
        })?;
        if given != md5(&content.bytes) {
            return Err(bad("Content-MD5", "what we received"));
        }
    }
    let mut verified = HeaderMap::new();
    for (name, algorithm, compute) in CHECKSUMS {
        let Some(given) = headers.get(name).or_else(|| content.trailers.get(name)) else {
            continue;
        };
        if let Some(compute) = compute {
            let computed = compute(&content.bytes);
            let decoded = STANDARD.decode(given.as_bytes()).ok();
            let decoded = decoded
                .filter(|sum| sum.len() == computed.len())
                .ok_or_else(|| {
                    let message = format!("Value for {name} header is invalid.");
                    Fault::new(400, "InvalidRequest", message)
                })?;
            if decoded != computed {
                return Err(bad(algorithm, "the calculated checksum"));
            }
        }
        verified.insert(HeaderName::from_static(name), HeaderValue::clone(given));
    }
    Ok(verified)
}

fn bad(given: &str, other: &str) -> Fault {
    let message = format!("The {given} you specified did not match {other}.");
    Fault::new(400, "BadDigest", message)
}

pub(super) fn md5(content: &[u8]) -> [u8; 16] {
    Md5::digest(content).into()
}

static CRC32C: [u64; 256] = table(0x82f6_3b78);
static CRC64NVME: [u64; 256] = table(0x9a6c_9329_ac4b_c9b5);

/// Returns the table of a CRC whose bits are reflected, for each value of a byte.
const fn table(polynomial: u64) -> [u64; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut value = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            let is_odd = value & 1 == 1;
            value >>= 1;
            if is_odd {
                value ^= polynomial;
            }
            bit += 1;
        }
        table[byte] = value;
        byte += 1;
    }
    table
}

/// Computes a CRC that begins with all bits set and is inverted at its end.
fn crc(table: &[u64; 256], ones: u64, content: &[u8]) -> u64 {
    let step = |value: u64, byte: &u8| (value >> 8) ^ table[usize::from(value as u8 ^ byte)];
    content.iter().fold(ones, step) ^ ones
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn checked(name: &'static str, value: &str, text: &'static str) -> Result<HeaderMap, Fault> {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        check(
            &headers,
            &Content {
                bytes: Bytes::from(text),
                trailers: HeaderMap::new(),
            },
        )
    }

    /// The check values of "123456789" in the catalogue of parametrised CRC algorithms
    /// (<https://reveng.sourceforge.io/crc-catalogue/>): CRC-32/ISO-HDLC cbf43926, CRC-32/ISCSI e3069283
    /// and CRC-64/NVME ae8b14860a799888; the digests are those of md5sum and sha256sum.
    #[test]
    fn checksums_of_clients_are_verified() {
        let text = "123456789";
        for (name, value) in [
            ("x-amz-checksum-crc32", "y/Q5Jg=="),
            ("x-amz-checksum-crc32c", "4waSgw=="),
            ("x-amz-checksum-crc64nvme", "rosUhgp5mIg="),
            (
                "x-amz-checksum-sha256",
                "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
            ),
            ("content-md5", "JfnnlDI7RTiF9RgfG2JNCw=="),
        ] {
            let verified = checked(name, value, text).unwrap();
            assert_eq!(verified.contains_key(name), name != "content-md5");
            assert_eq!(
                checked(name, value, "12345678").unwrap_err().code,
                "BadDigest",
                "{name}"
            );
            let invalid = checked(name, "AAA=", text).unwrap_err();
            assert_eq!(invalid.status, 400, "{name}");
            assert_ne!(invalid.code, "BadDigest", "{name}");
        }
    }

    #[test]
    fn a_checksum_may_be_in_the_trailer() {
        let trailers = [("x-amz-checksum-crc32", "y/Q5Jg==")];
        let trailers: HeaderMap = trailers
            .into_iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        let content = |text: &'static str| Content {
            bytes: text.into(),
            trailers: trailers.clone(),
        };
        let verified = check(&HeaderMap::new(), &content("123456789")).unwrap();
        assert_eq!(verified["x-amz-checksum-crc32"], "y/Q5Jg==");
        let refused = check(&HeaderMap::new(), &content("12345678")).unwrap_err();
        assert_eq!(
            (refused.code.as_str(), refused.message.as_str()),
            (
                "BadDigest",
                "The CRC32 you specified did not match the calculated checksum."
            )
        );
    }
}
