//! Reading deployment packages, without a disk: what is in a zip, whether Lambda would take it, and
//! whether this machine should.

use std::io::{self, Cursor, Read};

use zip::{CompressionMethod, ZipArchive, result::ZipError};

use super::tree::{NODES, Node, Tree};

/// Lambda's limit for the unpacked size of a package.
pub(crate) const UNPACKED_LIMIT: u64 = 262_144_000;

/// `PATH_MAX` of Linux, with the zero at the end: how long the target of a link may be.
const TARGET_BYTES: u64 = 4096;

/// Where zip64's directory ends, and the pointer to there: it is before the end of every zip, which
/// has 22 bytes and a comment of up to 65,535.
const ZIP64_END: &[u8] = b"PK\x06\x06";
const ZIP64_LOCATOR: &[u8] = b"PK\x06\x07";
const END_BYTES: usize = 20 + 22 + 65_535;

const KIND: u32 = 0o170_000;
const KIND_FILE: u32 = 0o100_000;
const KIND_DIRECTORY: u32 = 0o040_000;
const KIND_LINK: u32 = 0o120_000;

/// Why a package is not taken. All of it is the package's own fault.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// Not a zip, or one that is damaged.
    #[error("it is no readable zip: {0}")]
    Unreadable(String),
    /// A zip without entries; Lambda's sentence.
    #[error("Uploaded file must be a non-empty zip")]
    Empty,
    /// More than [`UNPACKED_LIMIT`] bytes; Lambda's sentence.
    #[error("Unzipped size must be smaller than {UNPACKED_LIMIT} bytes")]
    TooLarge,
    /// More files, directories and links than may be.
    #[error("it has too many entries")]
    TooManyEntries,
    /// More links than may be, longer ones, or such as take too long to follow.
    #[error("its links are too many or too long")]
    TooManyLinks,
    /// An entry's name is not a relative one with forward slashes, or too long.
    #[error("{0:?} is no name of a file in a package")]
    Name(String),
    /// Something is a file as well as a directory.
    #[error("{0:?} is, or needs, a directory that is a file as well")]
    NotADirectory(String),
    /// A link without a target that a system could take.
    #[error("the link {0:?} has no target that a path could be")]
    Link(String),
    /// A link that leads out of the package.
    #[error("the link {0:?} leads out of the package")]
    Outside(String),
    /// Neither file nor directory nor link.
    #[error("{0:?} is neither a file nor a directory nor a link")]
    Kind(String),
    /// Packed in a way that Lambda's zips are not, or with a password.
    #[error("{0:?} is encrypted, or compressed by another method than deflate")]
    Packed(String),
    /// An entry is not as long as it says.
    #[error("{0:?} is not as long as it says")]
    Length(String),
}

/// Where a package is unpacked to.
pub(crate) trait Target {
    /// Why something could not be made.
    type Error;

    /// Makes a directory; those above it are there.
    fn directory(&mut self, path: &str) -> Result<(), Self::Error>;

    /// Makes a file. What `content` says of itself when it fails is for whoever asked for this, so it
    /// is passed on as it came.
    fn file(&mut self, path: &str, mode: u32, content: &mut dyn Read) -> Result<(), Self::Error>;

    /// Makes a symbolic link.
    fn link(&mut self, path: &str, target: &str) -> Result<(), Self::Error>;
}

/// Why a package was not unpacked.
#[derive(Debug)]
pub(crate) enum Failed<E> {
    /// The package's fault.
    Refused(Refused),
    /// The target's.
    Target(E),
}

/// A package that has been looked through: nothing in it leads elsewhere.
#[derive(Debug)]
pub(crate) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    tree: Tree,
}

impl<'a> Package<'a> {
    /// Looks through a zip. Of its contents, only the targets of links are read.
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
                    // Only the zip decides what can be executed: a bootstrap without the bit fails
                    // in Lambda, so it must fail here.
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
        Ok(Self { archive, tree })
    }

    /// Unpacks everything: directories before what is in them, and links last, so that nothing is
    /// written through one.
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

/// Whether a zip says that it has more entries than may be. It can only where its directory ends as
/// zip64 has it (APPNOTE 4.3.14 and 4.3.15); elsewhere the number has two bytes. Looked at first,
/// because the reader makes room for as many as are claimed.
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
    // More than it says is not read: that much was looked at before.
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

/// The content of an entry, which remembers what was wrong with it: to whoever writes it, a broken
/// zip and a broken disk look alike.
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

/// Reads where a link leads: no more than a path can be.
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
