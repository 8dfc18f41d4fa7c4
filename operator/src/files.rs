//! Files with numbers or PINs: new ones only, which their owner alone can read.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// A file that did not exist before. Dropped before it is closed, it is removed: half a file must not
/// pass for a whole one.
#[derive(Debug)]
pub struct NewFile {
    path: PathBuf,
    writer: BufWriter<File>,
    is_complete: bool,
}

impl NewFile {
    /// Creates the file, readable by its owner alone.
    ///
    /// # Errors
    /// When there is a file of that name, or none can be created.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        match file {
            Ok(file) => Ok(Self {
                path: path.to_owned(),
                writer: BufWriter::new(file),
                is_complete: false,
            }),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => bail!(
                "{} must be a new file, but exists: give another name, or move it away",
                path.display()
            ),
            Err(error) => Err(error).with_context(|| format!("cannot create {}", path.display())),
        }
    }

    /// Returns the file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.writer
            .write_all(bytes)
            .with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// Appends a record of a CSV file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn record<T: AsRef<[u8]>>(
        &mut self,
        cells: impl IntoIterator<Item = T>,
    ) -> anyhow::Result<()> {
        let mut writer = csv::WriterBuilder::new()
            .flexible(true)
            .from_writer(&mut self.writer);
        writer
            .write_record(cells)
            .map_err(anyhow::Error::from)
            .and_then(|()| writer.flush().map_err(anyhow::Error::from))
            .with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// Writes everything to the disk and keeps the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn close(mut self) -> anyhow::Result<()> {
        self.writer
            .flush()
            .and_then(|()| self.writer.get_ref().sync_all())
            .with_context(|| format!("cannot write {}", self.path.display()))?;
        self.is_complete = true;
        Ok(())
    }

    /// Removes the file.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(mut self) -> anyhow::Result<()> {
        self.is_complete = true;
        std::fs::remove_file(&self.path)
            .with_context(|| format!("cannot remove {}", self.path.display()))
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.is_complete {
            // The command reports an error already, and a second one would hide it.
            drop(std::fs::remove_file(&self.path));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_its_owners_alone_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pins.csv");
        let mut file = NewFile::create(&path).unwrap();
        file.record(["pinCode", "a, b"]).unwrap();
        file.close().unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "pinCode,\"a, b\"\n"
        );
        let refused = NewFile::create(&path).unwrap_err().to_string();
        assert!(
            refused.contains("must be a new file, but exists"),
            "{refused}"
        );
    }

    #[test]
    fn half_a_file_does_not_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("half.csv");
        let mut file = NewFile::create(&path).unwrap();
        file.write(b"half").unwrap();
        drop(file);
        assert!(!path.exists());
    }
}
