//! Stamps of built files, so that damaged ones are not used.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::files::{io_error, read, sha256_file, write_if_changed};

/// The stamp of a built file, stored next to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    /// The digest of everything that the build depends on.
    recipe: String,
    /// The file's own digest.
    sha256: String,
    /// The file's size in bytes.
    pub(super) size: u64,
    /// The file's metadata when the digest was computed.
    seen: FileState,
}

/// Any change of a file's bytes changes one of these fields, so that a hundred megabytes need not be read
/// every time. If they differ, as after restoring a cache, the digest decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct FileState {
    inode: u64,
    changed: (i64, i64),
    modified: (i64, i64),
}

impl FileState {
    fn of(file: &Metadata) -> Self {
        Self {
            inode: file.ino(),
            changed: (file.ctime(), file.ctime_nsec()),
            modified: (file.mtime(), file.mtime_nsec()),
        }
    }
}

impl Stamp {
    /// Computes the digest of a file and writes its stamp.
    pub(super) fn write(file: &Path, stamp: &Path, recipe: &str) -> Result<Self> {
        let metadata = std::fs::metadata(file).map_err(io_error("read", file))?;
        let new = Self {
            recipe: recipe.to_owned(),
            sha256: sha256_file(file)?,
            size: metadata.len(),
            seen: FileState::of(&metadata),
        };
        new.save(stamp)?;
        Ok(new)
    }

    /// Returns the stamp of a file that is undamaged and of this recipe, and otherwise `None`.
    pub(super) fn verify(file: &Path, stamp: &Path, recipe: &str) -> Option<Self> {
        let mut known: Self = serde_json::from_slice(&read(stamp).ok()?).ok()?;
        let metadata = std::fs::metadata(file).ok()?;
        if known.recipe != recipe || known.size != metadata.len() {
            return None;
        }
        let seen = FileState::of(&metadata);
        if known.seen != seen {
            if known.sha256 != sha256_file(file).ok()? {
                return None;
            }
            known.seen = seen;
            // A failure only costs time in the next run.
            let _ = known.save(stamp);
        }
        Some(known)
    }

    fn save(&self, stamp: &Path) -> Result<()> {
        let text = serde_json::json!(self).to_string();
        write_if_changed(stamp, text.as_bytes()).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_damaged_or_foreign_file_is_rejected() {
        let directory = tempfile::tempdir().unwrap();
        let (file, stamp) = (
            directory.path().join("file"),
            directory.path().join("stamp.json"),
        );
        assert_eq!(Stamp::verify(&file, &stamp, "r"), None);
        fs::write(&file, b"built").unwrap();
        assert_eq!(Stamp::verify(&file, &stamp, "r"), None);

        let written = Stamp::write(&file, &stamp, "r").unwrap();
        assert_eq!(written.size, 5);
        assert_eq!(Stamp::verify(&file, &stamp, "r"), Some(written.clone()));
        assert_eq!(Stamp::verify(&file, &stamp, "another"), None);

        // The same bytes in another file: the digest decides, and the stamp is updated.
        let copy = directory.path().join("copy");
        fs::copy(&file, &copy).unwrap();
        fs::rename(&copy, &file).unwrap();
        let renewed = Stamp::verify(&file, &stamp, "r").unwrap();
        assert_eq!(renewed.sha256, written.sha256);
        assert_ne!(renewed.seen, written.seen);

        std::thread::sleep(std::time::Duration::from_millis(20));
        fs::write(&file, b"bu1lt").unwrap();
        assert_eq!(
            Stamp::verify(&file, &stamp, "r"),
            None,
            "same size, other bytes"
        );
        fs::write(&file, b"bui").unwrap();
        assert_eq!(Stamp::verify(&file, &stamp, "r"), None, "cut off");
        fs::remove_file(&file).unwrap();
        assert_eq!(Stamp::verify(&file, &stamp, "r"), None);
    }
}
