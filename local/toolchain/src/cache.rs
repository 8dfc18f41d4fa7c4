//! The per-user cache of built artefacts.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The directory below the user's cache directory.
const NAME: &str = "terraform-aws-connect-pin-sms";

/// The cache directory: the provider, the virtual environment and their locks.
///
/// Everything in it can be deleted at any time; it is built again when needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// Returns the user's cache: a directory of this product in `$XDG_CACHE_HOME`, or else in `~/.cache`.
    ///
    /// # Errors
    ///
    /// When neither `XDG_CACHE_HOME` nor `HOME` is set.
    pub fn of_user() -> Result<Self> {
        Self::from_variables(std::env::var_os("XDG_CACHE_HOME"), std::env::home_dir())
    }

    /// Returns a cache in another directory, for tests. Relative paths start at the current directory.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        // Child processes run in other directories, where a relative path would be wrong.
        Self {
            root: std::path::absolute(&root).unwrap_or(root),
        }
    }

    fn from_variables(xdg: Option<OsString>, home: Option<PathBuf>) -> Result<Self> {
        // The XDG specification requires relative values to be ignored.
        let xdg = xdg.map(PathBuf::from).filter(|path| path.is_absolute());
        let home = home
            .filter(|path| path.is_absolute())
            .map(|path| path.join(".cache"));
        let root = xdg.or(home).ok_or(Error::NoCacheDirectory)?;
        Ok(Self {
            root: root.join(NAME),
        })
    }

    /// Returns the directory, which may not exist yet.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn join(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_follows_the_variables() {
        let home = || Some(PathBuf::from("/home/x"));
        let at = |xdg: Option<&str>, home| {
            Cache::from_variables(xdg.map(OsString::from), home).map(|cache| cache.root)
        };
        assert_eq!(at(Some("/c"), home()).unwrap(), Path::new("/c").join(NAME));
        assert_eq!(
            at(Some("c"), home()).unwrap(),
            Path::new("/home/x/.cache").join(NAME)
        );
        assert_eq!(
            at(None, home()).unwrap(),
            Path::new("/home/x/.cache").join(NAME)
        );
        assert!(matches!(at(None, None), Err(Error::NoCacheDirectory)));
    }
}
