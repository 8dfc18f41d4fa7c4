//! Deployment packages: a zip, its hash, and the directory that it is unpacked to.

mod disk;
mod package;
mod tree;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use local_wire::dns_suffix;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use disk::{Directory, make_directory};
use package::{Failed, Package};

use crate::storage::{self, CodeStorage, StoredBytes};

pub(crate) use disk::{DiskError, remove_directory};
pub(crate) use package::{Refused, UNPACKED_LIMIT};

/// Why code could not be unpacked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CodeError {
    /// The package is invalid.
    #[error("the function's package was rejected")]
    Refused(#[source] Refused),
    /// The account has no room for it.
    #[error("the account has no room for the function's package")]
    NoRoom,
    /// This machine failed.
    #[error("this machine cannot unpack the function's package")]
    Disk(#[from] DiskError),
}

impl From<Failed<DiskError>> for CodeError {
    fn from(failed: Failed<DiskError>) -> Self {
        match failed {
            Failed::Refused(refused) => Self::Refused(refused),
            Failed::Target(error) => Self::Disk(error),
        }
    }
}

/// The code of a version.
#[derive(Debug, Clone)]
pub(crate) enum Code {
    /// A zip, which can be run.
    Zip {
        package: Arc<CodePackage>,
        /// ARN of the key that the stored zip is encrypted with.
        source_kms_key_arn: Option<String>,
    },
    /// A container image. Only its name is kept.
    Image(Image),
}

impl Code {
    /// Returns `CodeSha256`.
    pub(crate) fn sha256(&self) -> &str {
        match self {
            Self::Zip { package, .. } => &package.sha256,
            Self::Image(image) => &image.digest,
        }
    }

    /// Returns `CodeSize`, which is 0 for images.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Zip { package, .. } => package.size,
            Self::Image(_) => 0,
        }
    }
}

/// A container image in a registry.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    /// The URI as given: repository and tag or digest.
    pub(crate) uri: String,
    /// Repository and digest.
    pub(crate) resolved_uri: String,
    /// Hexadecimal SHA-256, as in `CodeSha256`.
    pub(crate) digest: String,
}

impl Image {
    /// Parses the name of an Amazon ECR image in `region`. Returns `None` if it is not one.
    ///
    /// There is no registry that could resolve a tag, so a hash of the name stands in for the image's
    /// digest.
    pub(crate) fn parse(uri: &str, region: &str) -> Option<Self> {
        let (registry, path) = uri.split_once('/')?;
        let account =
            registry.strip_suffix(&format!(".dkr.ecr.{region}.{}", dns_suffix(region)))?;
        let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        let (repository, digest) = match path.split_once("@sha256:") {
            Some((repository, digest)) => (repository, Some(digest)),
            None => (path.split_once(':').map_or(path, |(name, _)| name), None),
        };
        let is_digest =
            |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_account || repository.is_empty() || !digest.is_none_or(is_digest) {
            return None;
        }
        let digest = digest.map_or_else(|| hexadecimal(uri), str::to_owned);
        Some(Self {
            uri: uri.to_owned(),
            resolved_uri: format!("{registry}/{repository}@sha256:{digest}"),
            digest,
        })
    }
}

fn hexadecimal(text: &str) -> String {
    Sha256::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// An unpacked deployment package. Its directory is removed with the last version and the last
/// environment that use it.
#[derive(Debug)]
pub(crate) struct CodePackage {
    /// The directory that it was unpacked to.
    pub(crate) directory: PathBuf,
    /// Base64 of the zip's SHA-256, as in `CodeSha256`.
    pub(crate) sha256: String,
    /// Size of the zip in bytes.
    pub(crate) size: usize,
    /// The room that it takes.
    _stored: StoredBytes,
}

impl CodePackage {
    /// Unpacks a zip to a new directory below `root`.
    pub(crate) fn unpack(
        zip: &Bytes,
        root: &Path,
        storage: &Arc<CodeStorage>,
    ) -> Result<Self, CodeError> {
        let content = Package::read(zip).map_err(CodeError::Refused)?;
        let stored = storage.take(content.disk_bytes(storage::ENTRY));
        let package = Self {
            directory: root.join(Uuid::new_v4().simple().to_string()),
            sha256: STANDARD.encode(Sha256::digest(zip)),
            size: zip.len(),
            _stored: stored.ok_or(CodeError::NoRoom)?,
        };
        make_directory(&package.directory)?;
        // On an error, dropping the package removes what was unpacked so far.
        content.unpack(&mut Directory(&package.directory))?;
        Ok(package)
    }
}

impl Drop for CodePackage {
    fn drop(&mut self) {
        let directory = std::mem::take(&mut self.directory);
        let remove = move || remove_directory(&directory);
        // The last owner may be an asynchronous task, whose thread must not wait for the disk.
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_) => remove(),
        }
    }
}

#[cfg(test)]
mod tests;
