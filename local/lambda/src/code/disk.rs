//! Unpacks packages to directories.

use std::{
    fs::{self, OpenOptions},
    io::{self, Read},
    os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink},
    path::{Path, PathBuf},
};

use super::package::Target;

/// An error of this machine on creating a file, directory or link. The package is not the cause.
#[derive(Debug, thiserror::Error)]
#[error("cannot unpack to {path}")]
pub(crate) struct DiskError {
    /// The path that was to be created.
    pub(crate) path: PathBuf,
    /// The system's error.
    #[source]
    pub(crate) source: io::Error,
}

impl DiskError {
    /// Returns the system's error without paths of this machine, for callers.
    pub(crate) fn reason(&self) -> String {
        match self.source.kind() {
            io::ErrorKind::AlreadyExists => {
                "its file system does not distinguish names that differ only in case".into()
            }
            _ => self.source.to_string(),
        }
    }
}

/// A directory that a package is unpacked to.
pub(super) struct Directory<'a>(pub(super) &'a Path);

impl Directory<'_> {
    fn make(
        &self,
        path: &str,
        make: impl FnOnce(&Path) -> io::Result<()>,
    ) -> Result<(), DiskError> {
        let path = self.0.join(path);
        make(&path).map_err(|source| DiskError { path, source })
    }
}

impl Target for Directory<'_> {
    type Error = DiskError;

    fn directory(&mut self, path: &str) -> Result<(), DiskError> {
        self.make(path, |path| fs::create_dir(path))
    }

    fn file(&mut self, path: &str, mode: u32, content: &mut dyn Read) -> Result<(), DiskError> {
        self.make(path, |path| {
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)?;
            io::copy(content, &mut file)?;
            // The umask of this process must not apply to the package.
            file.set_permissions(fs::Permissions::from_mode(mode))
        })
    }

    fn link(&mut self, path: &str, target: &str) -> Result<(), DiskError> {
        self.make(path, |path| symlink(target, path))
    }
}

/// Creates a directory and its parents.
pub(super) fn make_directory(path: &Path) -> Result<(), DiskError> {
    fs::create_dir_all(path).map_err(|source| DiskError {
        path: path.to_owned(),
        source,
    })
}

/// Removes a directory with its contents. A missing directory is not an error.
pub(crate) fn remove_directory(directory: &Path) {
    if let Err(error) = fs::remove_dir_all(directory)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(directory = %directory.display(), %error, "cannot remove function code");
    }
}
