//! Reads deployment packages without a disk: the contents of a zip, whether Lambda would accept it, and
//! whether this machine should.

use std::io::{self, Cursor, Read};

use zip::{CompressionMethod, ZipArchive, result::ZipError};

use super::tree::{NODES, Node, Tree};

/// Lambda's limit for the unpacked size of a package.
pub(crate) const UNPACKED_LIMIT: u64 = 262_144_000;

/// The longest target of a link: `PATH_MAX` of Linux, with the terminating zero.
const TARGET_BYTES: u64 = 4096;

/// The signatures of zip64's end of the directory and of its locator, and the range in which the locator
/// is: directly before the end record of a zip, which has 22 bytes and a comment of up to 65,535.
const ZIP64_END: &[u8] = b"PK\x06\x06";
const ZIP64_LOCATOR: &[u8] = b"PK\x06\x07";
const END_BYTES: usize = 20 + 22 + 65_535;

const KIND: u32 = 0o170_000;
const KIND_FILE: u32 = 0o100_000;
const KIND_DIRECTORY: u32 = 0o040_000;
const KIND_LINK: u32 = 0o120_000;

/// Why a package is rejected. In every case the package is at fault.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// Not a zip, or a damaged one.
    #[error("the zip cannot be read: {0}")]
    Unreadable(String),
    /// A zip without entries; Lambda's message.
    #[error("Uploaded file must be a non-empty zip")]
    Empty,
    /// More than [`UNPACKED_LIMIT`] bytes; Lambda's message.
    #[error("Unzipped size must be smaller than {UNPACKED_LIMIT} bytes")]
    TooLarge,
    /// More files, directories and links than allowed.
    #[error("the package has too many entries")]
    TooManyEntries,
    /// Links that are too many, too long, or take too long to resolve.
    #[error("the package has too many links, or too long ones")]
    TooManyLinks,
    /// An entry's name is too long, or not a relative path with forward slashes.
    #[error("entry names must be relative paths with forward slashes, but one is {0:?}")]
    Name(String),
    /// A path is both a file and a directory.
    #[error("{0:?} is both a file and a directory, or is inside a file")]
    NotADirectory(String),
    /// A link whose target cannot be a path.
    #[error("the link {0:?} must have a path as its target")]
    Link(String),
    /// A link that leads out of the package.
    #[error("the link {0:?} leads out of the package")]
    Outside(String),
    /// An entry that is not a file, directory or link.
    #[error("{0:?} is neither a file nor a directory nor a link")]
    Kind(String),
    /// An entry that is encrypted or uses another compression method than Lambda's zips.
    #[error("{0:?} must be stored or deflated and not encrypted")]
    Packed(String),
    /// An entry whose size differs from its header.
    #[error("{0:?} does not have the size that its header states")]
    Length(String),
}

/// The destination that a package is unpacked to.
pub(crate) trait Target {
    /// The error of the destination.
    type Error;

    /// Creates a directory, whose parents exist.
    fn directory(&mut self, path: &str) -> Result<(), Self::Error>;

    /// Creates a file. An error of reading `content` must be returned unchanged.
    fn file(&mut self, path: &str, mode: u32, content: &mut dyn Read) -> Result<(), Self::Error>;

    /// Creates a symbolic link.
    fn link(&mut self, path: &str, target: &str) -> Result<(), Self::Error>;
}

/// Why a package was not unpacked.
#[derive(Debug)]
pub(crate) enum Failed<E> {
    /// The package is invalid.
    Refused(Refused),
    /// The destination failed.
    Target(E),
}

/// A validated package, in which nothing leads out of its directory.
#[derive(Debug)]
pub(crate) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    tree: Tree,
    /// The bytes of all files.
    bytes: u64,
}

impl<'a> Package<'a> {
    /// Validates a zip. Of its contents, it reads only the targets of links.
    pub(crate) fn read(zip: &'a [u8]) -> Result<Self, Refused> {
        if claims_too_many(zip) {
            return Err(Refused::TooManyEntries);
        }
        let mut archive = ZipArchive::new(Cursor::new(zip)).map_err(unreadable)?;
        if archive.is_empty() {
            return Err(Refused::Empty);
        }
        let mut tree = Tree::new();
        let mut total = 0_u64;
        for index in 0..archive.len() {
            let entry = archive.by_index_data(index).map_err(unreadable)?;
            let name = entry.name().map_err(unreadable)?.into_owned();
            let mode = entry.unix_mode();
            let kind = match mode.map(|mode| mode & KIND) {
                _ if entry.is_dir() => KIND_DIRECTORY,
                None | Some(0) => KIND_FILE,
                Some(kind) => kind,
            };
            if kind == KIND_DIRECTORY {
                tree.insert(&name, Node::Directory)?;
                continue;
            }
            let known = [CompressionMethod::Stored, CompressionMethod::Deflated];
            if entry.encrypted() || !known.contains(&entry.compression()) {
                return Err(Refused::Packed(name));
            }
            total = total.checked_add(entry.size()).ok_or(Refused::TooLarge)?;
            if total > UNPACKED_LIMIT {
                return Err(Refused::TooLarge);
            }
            let node = match kind {
                KIND_FILE => Node::File {
                    entry: index,
                    // Only the zip decides what is executable: a bootstrap without the bit fails in
                    // Lambda, so it must fail here.
                    mode: mode.unwrap_or(0o644) & 0o777,
                },
                KIND_LINK => Node::Link {
                    target: target(&mut archive, index, &name)?,
                },
                _ => return Err(Refused::Kind(name)),
            };
            tree.insert(&name, node)?;
        }
        tree.check_links()?;
        Ok(Self {
            archive,
            tree,
            bytes: total,
        })
    }

    /// Returns the bytes that it takes on a disk on which each entry takes `entry` bytes beside its
    /// content.
    pub(crate) fn disk_bytes(&self, entry: u64) -> u64 {
        self.bytes + entry * self.tree.len() as u64
    }

    /// Unpacks everything. Directories come before their contents and links last, so that nothing is
    /// written through a link.
    pub(crate) fn unpack<T: Target>(mut self, to: &mut T) -> Result<(), Failed<T::Error>> {
        for (path, node) in self.tree.iter() {
            match node {
                Node::Directory => to.directory(&path).map_err(Failed::Target)?,
                Node::File { entry, mode } => file(&mut self.archive, *entry, &path, *mode, to)?,
                Node::Link { .. } => {}
            }
        }
        for (path, node) in self.tree.iter() {
            if let Node::Link { target } = node {
                to.link(&path, target).map_err(Failed::Target)?;
            }
        }
        Ok(())
    }
}

/// Reports whether a zip claims more entries than allowed. Only the directory of zip64 can (APPNOTE
/// 4.3.14 and 4.3.15); otherwise the count has two bytes. Checked first, because the zip reader allocates
/// memory for all claimed entries.
fn claims_too_many(zip: &[u8]) -> bool {
    let tail = &zip[zip.len().saturating_sub(END_BYTES)..];
    if !tail.windows(4).any(|window| window == ZIP64_LOCATOR) {
        return false;
    }
    let number = |at: usize| -> Option<u64> {
        let bytes = zip.get(at..at.checked_add(8)?)?;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    };
    zip.windows(4)
        .enumerate()
        .filter(|(_, window)| *window == ZIP64_END)
        .any(|(at, _)| {
            let size = number(at + 4).unwrap_or(u64::MAX);
            let entries = number(at + 32).unwrap_or_default();
            size <= zip.len() as u64 && entries > NODES as u64
        })
}

fn file<T: Target>(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    entry: usize,
    path: &str,
    mode: u32,
    to: &mut T,
) -> Result<(), Failed<T::Error>> {
    let refused = |refused: Refused| Failed::Refused(refused);
    let packed = archive
        .by_index(entry)
        .map_err(|error| refused(unreadable(error)))?;
    let size = packed.size();
    // No more is read than the header states, which was checked before.
    let mut content = Content {
        packed: packed.take(size + 1),
        read: 0,
        broken: None,
    };
    let made = to.file(path, mode, &mut content);
    if let Some(broken) = content.broken {
        return Err(refused(Refused::Unreadable(broken)));
    }
    made.map_err(Failed::Target)?;
    match content.read == size {
        true => Ok(()),
        false => Err(refused(Refused::Length(path.to_owned()))),
    }
}

/// The content of an entry. It records errors of its own, because the code that writes it cannot
/// distinguish a damaged zip from a failing disk.
struct Content<R> {
    packed: R,
    read: u64,
    broken: Option<String>,
}

impl<R: Read> Read for Content<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.packed.read(buffer) {
            Ok(size) => {
                self.read += size as u64;
                Ok(size)
            }
            Err(error) => {
                self.broken = Some(error.to_string());
                Err(error)
            }
        }
    }
}

/// Reads the target of a link, up to the length of the longest path.
fn target(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    index: usize,
    name: &str,
) -> Result<String, Refused> {
    let mut target = Vec::new();
    archive
        .by_index(index)
        .map_err(unreadable)?
        .take(TARGET_BYTES)
        .read_to_end(&mut target)
        .map_err(|error| Refused::Unreadable(error.to_string()))?;
    if target.len() as u64 == TARGET_BYTES {
        return Err(Refused::Link(name.to_owned()));
    }
    String::from_utf8(target).map_err(|_| Refused::Link(name.to_owned()))
}

fn unreadable(error: ZipError) -> Refused {
    Refused::Unreadable(error.to_string())
}
