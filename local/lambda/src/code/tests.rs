use super::package::{Target, UNPACKED_LIMIT};
use super::*;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::os::unix::fs::PermissionsExt;
use zip::{ZipWriter, write::SimpleFileOptions};

type Writer = ZipWriter<Cursor<Vec<u8>>>;

fn zip(build: impl FnOnce(&mut Writer)) -> Bytes {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    build(&mut writer);
    Bytes::from(writer.finish().unwrap().into_inner())
}

fn file(writer: &mut Writer, name: &str, content: &[u8]) {
    writer
        .start_file(name, SimpleFileOptions::default())
        .unwrap();
    writer.write_all(content).unwrap();
}

fn link(writer: &mut Writer, name: &str, target: &str) {
    writer
        .add_symlink(name, target, SimpleFileOptions::default())
        .unwrap();
}

/// Replaces the bytes at an offset from each header with the signature.
fn patch(zip: &Bytes, signature: &[u8; 4], offset: usize, bytes: &[u8]) -> Bytes {
    let mut patched = zip.to_vec();
    let mut found = 0;
    for start in 0..patched.len() - 4 {
        if patched[start..start + 4] == signature[..] {
            let at = start + offset;
            patched[at..at + bytes.len()].copy_from_slice(bytes);
            found += 1;
        }
    }
    assert!(found > 0);
    patched.into()
}

fn room() -> Arc<CodeStorage> {
    CodeStorage::new(u64::MAX)
}

/// Signatures of headers in the zip format (APPNOTE 4.3.7 and 4.3.12).
const LOCAL: &[u8; 4] = b"PK\x03\x04";
const CENTRAL: &[u8; 4] = b"PK\x01\x02";

fn refused(zip: &Bytes) -> Refused {
    let root = tempfile::tempdir().unwrap();
    let code = root.path().join("code");
    let error = CodePackage::unpack(zip, &code, &room()).unwrap_err();
    let CodeError::Refused(refused) = error else {
        panic!("{error:?}");
    };
    // Nothing is left, neither in its place nor next to it.
    let left = |path: &Path| fs::read_dir(path).map_or(0, Iterator::count);
    assert!(left(&code) == 0 && left(root.path()) <= 1, "{refused}");
    refused
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
        link(writer, "link", "data/table.txt");
        writer
            .add_directory("empty", SimpleFileOptions::default())
            .unwrap();
    });
    let package = CodePackage::unpack(&bytes, root.path(), &room()).unwrap();
    let mode = |name: &str| {
        let path = package.directory.join(name);
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    };
    assert_eq!((mode("bootstrap"), mode("data/table.txt")), (0o755, 0o640));
    let linked = fs::read_to_string(package.directory.join("link")).unwrap();
    assert_eq!(linked, "text");
    assert!(package.directory.join("empty").is_dir());
    assert_eq!(package.size, bytes.len());
    drop(package);
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
}

#[test]
fn nothing_is_written_outside() {
    for bytes in [
        zip(|writer| file(writer, "../escaped", b"")),
        zip(|writer| file(writer, "a/../../escaped", b"")),
        zip(|writer| file(writer, "..\\escaped", b"")),
        zip(|writer| link(writer, "link", "../../etc/passwd")),
        zip(|writer| link(writer, "link", "/etc/passwd")),
        zip(|writer| {
            link(writer, "a", "b");
            link(writer, "b", "..");
            file(writer, "a/escaped", b"");
        }),
        zip(|writer| {
            link(writer, "d/here", ".");
            link(writer, "out", "d/here/../../escaped");
        }),
        zip(|writer| {
            link(writer, "a", "b");
            link(writer, "b", "..");
        }),
    ] {
        let refused = refused(&bytes);
        assert!(
            matches!(
                refused,
                Refused::Name(_) | Refused::Outside(_) | Refused::NotADirectory(_)
            ),
            "{refused:?}"
        );
    }
}

#[test]
fn what_is_not_a_zip_is_refused() {
    let whole = zip(|writer| file(writer, "bootstrap", &[7; 1000]));
    for bytes in [
        Bytes::from_static(b"not a zip"),
        Bytes::new(),
        whole.slice(..whole.len() / 2),
        whole.slice(whole.len() / 2..),
        // A checksum that differs from that of the content.
        patch(&whole, CENTRAL, 16, b"\0\0\0\0"),
    ] {
        let refused = refused(&bytes);
        assert!(matches!(refused, Refused::Unreadable(_)), "{refused:?}");
    }
    assert_eq!(refused(&zip(|_| {})), Refused::Empty);
}

#[test]
fn entries_that_are_encrypted_or_not_deflated_are_refused() {
    let whole = zip(|writer| file(writer, "bootstrap", b"text"));
    // Bit 0 of the flags: encrypted. Methods 9, 12 and 99: deflate64, bzip2 and AES.
    let encrypted = patch(&patch(&whole, CENTRAL, 8, b"\x01"), LOCAL, 6, b"\x01");
    let mut others = vec![encrypted];
    others.extend([9, 12, 99].map(|method| {
        patch(
            &patch(&whole, CENTRAL, 10, &[method, 0]),
            LOCAL,
            8,
            &[method, 0],
        )
    }));
    for bytes in others {
        let refused = refused(&bytes);
        assert!(
            matches!(refused, Refused::Packed(_) | Refused::Unreadable(_)),
            "{refused:?}"
        );
    }
}

#[test]
fn an_entry_of_a_special_file_is_refused() {
    let whole = zip(|writer| file(writer, "bootstrap", b""));
    // Unix modes are in the upper half of the external attributes.
    for kind in [0o010_644_u16, 0o020_644, 0o060_644, 0o140_644] {
        let bytes = patch(&whole, CENTRAL, 40, &kind.to_le_bytes());
        assert_eq!(
            refused(&bytes),
            Refused::Kind("bootstrap".into()),
            "{kind:o}"
        );
    }
}

/// A destination that counts bytes and accepts a limited number.
struct Counter {
    bytes: u64,
    full_at: u64,
}

impl Target for Counter {
    type Error = &'static str;

    fn directory(&mut self, _path: &str) -> Result<(), Self::Error> {
        Ok(())
    }

    fn file(&mut self, _: &str, _: u32, content: &mut dyn Read) -> Result<(), Self::Error> {
        let read = std::io::copy(content, &mut std::io::sink()).map_err(|_| "broken")?;
        self.bytes += read;
        match self.bytes > self.full_at {
            true => Err("full"),
            false => Ok(()),
        }
    }

    fn link(&mut self, _path: &str, _target: &str) -> Result<(), Self::Error> {
        Ok(())
    }
}

fn count(zip: &Bytes) -> (u64, Result<(), Failed<&'static str>>) {
    let mut counter = Counter {
        bytes: 0,
        full_at: UNPACKED_LIMIT,
    };
    let result = match Package::read(zip) {
        Ok(package) => package.unpack(&mut counter),
        Err(refused) => Err(Failed::Refused(refused)),
    };
    (counter.bytes, result)
}

#[test]
fn wrong_sizes_are_detected() {
    let whole = zip(|writer| file(writer, "bootstrap", &vec![0; 1_000_000]));
    // The size is at offset 24 of the central header.
    for (says, most) in [(1_u32, 2), (999_999, 1_000_000), (1_000_001, 1_000_000)] {
        let lying = patch(&whole, CENTRAL, 24, &says.to_le_bytes());
        let (read, result) = count(&lying);
        assert!(read <= most, "{says}: {read}");
        assert!(
            matches!(
                result,
                Err(Failed::Refused(Refused::Length(_) | Refused::Unreadable(_)))
            ),
            "{says}: {result:?}"
        );
    }
    // A package that states too large a size is rejected before it is read.
    let half = u32::try_from(UNPACKED_LIMIT / 2 + 1).unwrap();
    let two = zip(|writer| {
        file(writer, "a", b"text");
        file(writer, "b", b"text");
    });
    let (read, result) = count(&patch(&two, CENTRAL, 24, &half.to_le_bytes()));
    assert_eq!(read, 0);
    assert!(
        matches!(result, Err(Failed::Refused(Refused::TooLarge))),
        "{result:?}"
    );
}

#[test]
fn wrong_zip64_sizes_are_detected() {
    let large = zip(|writer| {
        let options = SimpleFileOptions::default().large_file(true);
        writer.start_file("bootstrap", options).unwrap();
        writer.write_all(b"text").unwrap();
    });
    let mut patched = 0;
    let mut lying = large.to_vec();
    // The extra field 0x0001 has the size in eight bytes, after its id and its length of two bytes each.
    for at in 0..lying.len() - 12 {
        if lying[at..at + 2] == [1, 0] && lying[at + 4..at + 12] == 4_u64.to_le_bytes() {
            lying[at + 4..at + 12].copy_from_slice(&(1_u64 << 62).to_le_bytes());
            patched += 1;
        }
    }
    let (read, result) = count(&lying.into());
    assert!(patched > 0);
    assert!(result.is_err() && read <= 5, "{read} {result:?}");
}

/// APPNOTE 4.3.14: the count of entries has eight bytes, and a reader allocates memory for as many.
#[test]
fn entries_that_are_only_claimed_get_no_memory() {
    let whole = zip(|writer| file(writer, "bootstrap", b"text"));
    let end = whole.len() - 22;
    for claimed in [1 << 17, 1 << 40, u64::MAX] {
        let mut lying = whole[..end].to_vec();
        let zip64_end = lying.len() as u64;
        lying.extend_from_slice(b"PK\x06\x06");
        lying.extend_from_slice(&44_u64.to_le_bytes());
        // Versions and disk numbers.
        lying.extend_from_slice(&[45, 3, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        // Entries on this disk and in total, size and offset of the directory.
        for number in [claimed, claimed, claimed.saturating_mul(46), claimed] {
            lying.extend_from_slice(&number.to_le_bytes());
        }
        lying.extend_from_slice(b"PK\x06\x07\0\0\0\0");
        lying.extend_from_slice(&zip64_end.to_le_bytes());
        lying.extend_from_slice(&1_u32.to_le_bytes());
        lying.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        lying.extend_from_slice(&[0xff; 12]);
        lying.extend_from_slice(&[0, 0]);
        assert_eq!(refused(&lying.into()), Refused::TooManyEntries, "{claimed}");
    }
}

/// A third of a megabyte of links once took 640 MB.
#[test]
fn links_cannot_be_larger_than_paths() {
    let bytes = zip(|writer| link(writer, "link", &"x".repeat(4096)));
    assert_eq!(refused(&bytes), Refused::Link("link".into()));
    let bytes = zip(|writer| link(writer, "link", &"/x".repeat(2_500_000)));
    assert_eq!(refused(&bytes), Refused::Link("link".into()));
    let many = zip(|writer| {
        for n in 0..1000 {
            link(writer, &format!("link{n}"), &"x/".repeat(2000));
        }
    });
    assert_eq!(refused(&many), Refused::TooManyLinks);
}

#[test]
fn a_full_disk_is_not_the_packages_fault_and_a_broken_package_not_the_disks() {
    let whole = zip(|writer| file(writer, "bootstrap", &[7; 1000]));
    let mut full = Counter {
        bytes: 0,
        full_at: 10,
    };
    let failed = Package::read(&whole).unwrap().unpack(&mut full);
    assert!(matches!(failed, Err(Failed::Target("full"))), "{failed:?}");
    let (_, failed) = count(&patch(&whole, CENTRAL, 16, b"\0\0\0\0"));
    assert!(
        matches!(failed, Err(Failed::Refused(Refused::Unreadable(_)))),
        "{failed:?}"
    );

    let root = tempfile::tempdir().unwrap();
    let no_directory = root.path().join("file");
    fs::write(&no_directory, "").unwrap();
    let Err(CodeError::Disk(disk)) = CodePackage::unpack(&whole, &no_directory, &room()) else {
        panic!("unpacked to a file");
    };
    assert!(disk.path.starts_with(root.path()));
    let said = disk.reason();
    assert!(!said.contains(&*root.path().to_string_lossy()), "{said}");
}

#[test]
fn an_entry_that_repeats_is_unpacked_once() {
    let root = tempfile::tempdir().unwrap();
    let bytes = zip(|writer| {
        file(writer, "./a", b"first");
        file(writer, "a", b"second");
        file(writer, "d//b", b"text");
        file(writer, "d/b/", b"");
    });
    assert!(matches!(refused(&bytes), Refused::NotADirectory(_)));
    let bytes = zip(|writer| {
        file(writer, "./a", b"first");
        file(writer, "a", b"second");
        file(writer, "d//b", b"text");
    });
    let package = CodePackage::unpack(&bytes, root.path(), &room()).unwrap();
    let read = |name: &str| fs::read_to_string(package.directory.join(name)).unwrap();
    assert_eq!((read("a"), read("d/b")), ("second".into(), "text".into()));
}

#[test]
fn a_package_takes_room_for_its_unpacked_files_until_it_is_dropped() {
    let root = tempfile::tempdir().unwrap();
    // Zeros, of which the zip has few bytes, in two files and the directory of the package.
    let bytes = zip(|writer| {
        file(writer, "a", &[0; 100_000]);
        file(writer, "b", &[0; 100_000]);
    });
    assert!(bytes.len() < 10_000);
    let storage = CodeStorage::new(200_000 + 3 * 4_096 + 1_000);
    let package = CodePackage::unpack(&bytes, root.path(), &storage).unwrap();
    let second = CodePackage::unpack(&bytes, root.path(), &storage);
    assert!(matches!(second, Err(CodeError::NoRoom)), "{second:?}");
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    drop(package);
    CodePackage::unpack(&bytes, root.path(), &storage).unwrap();
    // An entry without content takes a block as well.
    let empty = zip(|writer| {
        for number in 0..60 {
            file(writer, &number.to_string(), b"");
        }
    });
    let many = CodePackage::unpack(&empty, root.path(), &storage);
    assert!(matches!(many, Err(CodeError::NoRoom)), "{many:?}");
}
