//! The function's zip: one file, and the same bytes for the same binary.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::error::Result;

/// The name under which `provided.al2023` starts a function.
const ENTRY: &str = "bootstrap";

/// Packs a binary as `bootstrap`.
///
/// Time (1 January 1980, the earliest a zip can hold), mode (0755) and compression are fixed:
/// Terraform sees a change exactly when the binary has changed.
///
/// # Errors
///
/// When the binary is larger than a zip entry may be.
pub fn pack_bootstrap(binary: &[u8]) -> Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(0o755);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(ENTRY, options)?;
    zip.write_all(binary).map_err(zip::result::ZipError::from)?;
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn the_zip_is_what_lambda_wants_and_always_the_same() {
        let binary: Vec<u8> = (0..100_000_u32)
            .flat_map(|n| (n / 7).to_le_bytes())
            .collect();
        let bytes = pack_bootstrap(&binary).unwrap();
        assert!(bytes.len() < binary.len() / 2, "{}", bytes.len());
        std::thread::sleep(std::time::Duration::from_millis(20));
        assert_eq!(bytes, pack_bootstrap(&binary).unwrap());

        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        assert_eq!(archive.len(), 1);
        let mut entry = archive.by_index(0).unwrap();
        assert_eq!(entry.name().unwrap(), "bootstrap");
        assert_eq!(entry.unix_mode(), Some(0o100_755));
        let time = entry.last_modified().unwrap();
        let date = (time.year(), time.month(), time.day());
        assert_eq!(
            (date, time.hour(), time.minute(), time.second()),
            ((1980, 1, 1), 0, 0, 0)
        );
        let mut unpacked = Vec::new();
        entry.read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, binary);
    }
}
