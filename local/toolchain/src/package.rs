//! Zips, with the same bytes for the same files.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::error::Result;

/// The name of the executable that `provided.al2023` starts.
const ENTRY: &str = "bootstrap";

/// The compression of a zip.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Effort {
    /// As small as possible, for files that are transferred.
    Most,
    /// As fast as possible, for files that stay on this machine.
    Least,
}

impl Effort {
    fn level(self) -> i64 {
        match self {
            Self::Most => 9,
            Self::Least => 1,
        }
    }
}

/// A file in a zip.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    /// Its path in the zip, with `/` as separator.
    pub(crate) name: &'a str,
    /// Its permissions, such as `0o644`.
    pub(crate) mode: u32,
    /// Its contents.
    pub(crate) bytes: &'a [u8],
}

/// Packs a binary as `bootstrap` with mode 0755. Terraform sees a change only when the binary has
/// changed.
///
/// # Errors
///
/// When the binary is larger than a zip entry may be.
pub fn pack_bootstrap(binary: &[u8]) -> Result<Vec<u8>> {
    pack_bootstrap_with(binary, Effort::Most)
}

/// Packs a binary as [`pack_bootstrap`] does, with this compression.
pub(crate) fn pack_bootstrap_with(binary: &[u8], effort: Effort) -> Result<Vec<u8>> {
    let bootstrap = Entry {
        name: ENTRY,
        mode: 0o755,
        bytes: binary,
    };
    pack_with([bootstrap], effort)
}

/// Packs files in the given order.
///
/// The time (1 January 1980, the earliest in a zip) and the compression are fixed, so the same files give
/// the same bytes.
///
/// # Errors
///
/// When a name is repeated, or a file is larger than a zip entry may be.
pub(crate) fn pack<'a>(entries: impl IntoIterator<Item = Entry<'a>>) -> Result<Vec<u8>> {
    pack_with(entries, Effort::Most)
}

fn pack_with<'a>(entries: impl IntoIterator<Item = Entry<'a>>, effort: Effort) -> Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for Entry { name, mode, bytes } in entries {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(effort.level()))
            .last_modified_time(DateTime::DEFAULT)
            .unix_permissions(mode);
        zip.start_file(name, options)?;
        zip.write_all(bytes).map_err(zip::result::ZipError::from)?;
    }
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
