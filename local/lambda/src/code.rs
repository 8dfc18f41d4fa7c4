//! Deployment packages: a zip, its hash, and the directory it is unpacked to.

use std::{
    fs,
    io::{self, Cursor, Read},
    os::unix::fs::{PermissionsExt, symlink},
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use zip::ZipArchive;

/// Lambda's limit for the unpacked size of a package.
pub(crate) const UNPACKED_LIMIT: u64 = 262_144_000;

/// Why a zip was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CodeError {
    /// Not a zip, or one with entries that cannot be unpacked.
    #[error("not a readable zip file")]
    Zip(#[from] zip::result::ZipError),
    /// A zip without entries; Lambda's sentence.
    #[error("Uploaded file must be a non-empty zip")]
    Empty,
    /// An entry that would be written outside of the package's directory.
    #[error("zip entry {0:?} points outside of the package")]
    Traversal(String),
    /// More than [`UNPACKED_LIMIT`] bytes.
    #[error("Unzipped size must be smaller than {UNPACKED_LIMIT} bytes")]
    TooLarge,
    /// The local disk refused.
    #[error("cannot unpack to {path}")]
    Disk {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// The code of a version.
#[derive(Debug, Clone)]
pub(crate) enum Code {
    /// A zip, which can be run.
    Zip {
        /// Its content.
        package: Arc<CodePackage>,
        /// Key that the stored zip is encrypted with.
        source_kms_key_arn: Option<String>,
    },
    /// A container image, which is kept by its name only.
    Image(Image),
}

impl Code {
    /// As in `CodeSha256`.
    pub(crate) fn sha256(&self) -> &str {
        match self {
            Self::Zip { package, .. } => &package.sha256,
            Self::Image(image) => &image.digest,
        }
    }

    /// As in `CodeSize`; Lambda does not count images.
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
    /// As it was given: repository and tag or digest.
    pub(crate) uri: String,
    /// Repository and digest.
    pub(crate) resolved_uri: String,
    /// Hexadecimal SHA-256, as in `CodeSha256`.
    pub(crate) digest: String,
}

impl Image {
    /// An image of Amazon ECR in `region`; `None` when the name leads to none.
    ///
    /// There is no registry here that knows what a tag stands for, so a hash of the name stands
    /// in for the image's digest.
    pub(crate) fn parse(uri: &str, region: &str) -> Option<Self> {
        let (registry, path) = uri.split_once('/')?;
        let account = registry.strip_suffix(&format!(".dkr.ecr.{region}.amazonaws.com"))?;
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

/// An unpacked deployment package. Its directory goes when the last version and the last
/// environment that use it are gone.
#[derive(Debug)]
pub(crate) struct CodePackage {
    /// Where it was unpacked.
    pub(crate) directory: PathBuf,
    /// Base64 of the zip's SHA-256, as in `CodeSha256`.
    pub(crate) sha256: String,
    /// Size of the zip.
    pub(crate) size: usize,
}

impl CodePackage {
    /// Unpacks a zip to a new directory below `root`.
    pub(crate) fn unpack(zip: &Bytes, root: &Path) -> Result<Self, CodeError> {
        let mut archive = ZipArchive::new(Cursor::new(zip))?;
        if archive.is_empty() {
            return Err(CodeError::Empty);
        }
        let package = Self {
            directory: root.join(Uuid::new_v4().simple().to_string()),
            sha256: STANDARD.encode(Sha256::digest(zip)),
            size: zip.len(),
        };
        make_directory(&package.directory)?;
        // Dropping the package on the way out removes what was unpacked until then.
        package.extract(&mut archive)?;
        Ok(package)
    }

    fn extract(&self, archive: &mut ZipArchive<Cursor<&Bytes>>) -> Result<(), CodeError> {
        let mut left = UNPACKED_LIMIT;
        let mut links = Vec::new();
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index)?;
            let Some(relative) = entry.enclosed_name() else {
                return Err(CodeError::Traversal(entry.name()?.into_owned()));
            };
            let path = self.directory.join(&relative);
            if entry.is_dir() {
                make_directory(&path)?;
                continue;
            }
            if let Some(parent) = path.parent() {
                make_directory(parent)?;
            }
            if entry.is_symlink() {
                let mut target = String::new();
                entry.read_to_string(&mut target).map_err(disk(&path))?;
                links.push((relative, target));
                continue;
            }
            let mut file = fs::File::create(&path).map_err(disk(&path))?;
            let written = io::copy(&mut (&mut entry).take(left + 1), &mut file)
                // A broken entry shows as an I/O error of the reader: that is the zip's fault.
                .map_err(|source| CodeError::Zip(source.into()))?;
            left = left.checked_sub(written).ok_or(CodeError::TooLarge)?;
            // Only the zip decides what can be executed: a bootstrap without the bit fails in
            // Lambda, so it must fail here.
            let mode = entry.unix_mode().unwrap_or(0o644) & 0o777;
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).map_err(disk(&path))?;
        }
        // Links come last, so that no entry can be written through one.
        for (relative, target) in links {
            if !stays_inside(&relative, &target) {
                return Err(CodeError::Traversal(relative.display().to_string()));
            }
            let path = self.directory.join(&relative);
            symlink(&target, &path).map_err(disk(&path))?;
        }
        Ok(())
    }
}

impl Drop for CodePackage {
    fn drop(&mut self) {
        let directory = std::mem::take(&mut self.directory);
        let remove = move || remove_directory(&directory);
        // The last owner may be a task: its thread must not wait for the disk.
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_) => remove(),
        }
    }
}

/// Removes a directory and all below it; absence is fine.
pub(crate) fn remove_directory(directory: &Path) {
    if let Err(error) = fs::remove_dir_all(directory)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(directory = %directory.display(), %error, "cannot remove function code");
    }
}

fn make_directory(path: &Path) -> Result<(), CodeError> {
    fs::create_dir_all(path).map_err(disk(path))
}

fn disk(path: &Path) -> impl FnOnce(io::Error) -> CodeError {
    let path = path.to_owned();
    move |source| CodeError::Disk { path, source }
}

/// Whether a link at `link` (relative to the package) to `target` points into the package.
fn stays_inside(link: &Path, target: &str) -> bool {
    let mut depth = link.components().count() as i64 - 1;
    for component in Path::new(target).components() {
        match component {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir => depth -= 1,
            Component::RootDir | Component::Prefix(_) => return false,
        }
        if depth < 0 {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::{ZipWriter, write::SimpleFileOptions};

    fn zip(build: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>)) -> Bytes {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        build(&mut writer);
        Bytes::from(writer.finish().unwrap().into_inner())
    }

    #[test]
    fn mode_bits_and_directories_survive_and_dropping_removes_them() {
        let root = tempfile::tempdir().unwrap();
        let bytes = zip(|writer| {
            for (name, mode) in [("bootstrap", 0o755), ("data/table.txt", 0o640)] {
                let options = SimpleFileOptions::default().unix_permissions(mode);
                writer.start_file(name, options).unwrap();
                writer.write_all(b"text").unwrap();
            }
            writer
                .add_symlink("link", "data/table.txt", SimpleFileOptions::default())
                .unwrap();
        });
        let package = CodePackage::unpack(&bytes, root.path()).unwrap();
        let mode = |name: &str| {
            let path = package.directory.join(name);
            fs::metadata(path).unwrap().permissions().mode() & 0o777
        };
        assert_eq!((mode("bootstrap"), mode("data/table.txt")), (0o755, 0o640));
        let linked = fs::read_to_string(package.directory.join("link")).unwrap();
        assert_eq!(linked, "text");
        assert_eq!(package.size, bytes.len());
        drop(package);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }

    #[test]
    fn nothing_is_written_outside() {
        let root = tempfile::tempdir().unwrap();
        let inside = root.path().join("code");
        let escapes = [
            zip(|writer| {
                writer
                    .start_file("../escaped", SimpleFileOptions::default())
                    .unwrap();
            }),
            zip(|writer| {
                writer
                    .add_symlink("link", "../../etc/passwd", SimpleFileOptions::default())
                    .unwrap();
            }),
        ];
        for bytes in escapes {
            let error = CodePackage::unpack(&bytes, &inside).unwrap_err();
            assert!(matches!(error, CodeError::Traversal(_)), "{error:?}");
            assert!(!root.path().join("escaped").exists());
            assert_eq!(fs::read_dir(&inside).unwrap().count(), 0);
        }
    }

    #[test]
    fn what_is_not_a_zip_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let error = CodePackage::unpack(&Bytes::from_static(b"not a zip"), root.path());
        assert!(matches!(error, Err(CodeError::Zip(_))));
        let error = CodePackage::unpack(&zip(|_| {}), root.path());
        assert!(matches!(error, Err(CodeError::Empty)));
    }
}
