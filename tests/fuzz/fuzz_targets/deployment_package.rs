//! Fuzzes zips: any zip is unpacked or refused. Unpacking writes nothing outside the package, creates no link
//! that leads out, and takes no more space than Lambda allows.
#![no_main]

use std::collections::HashMap;
use std::io::{self, Read};

use libfuzzer_sys::fuzz_target;

/// These files of `local/lambda` compile without the crate, which would add processes and servers.
#[path = "../../../local/lambda/src/code"]
mod code {
    pub mod package;
    mod tree;
}
use code::package::{Failed, Package, Refused, Target, UNPACKED_LIMIT};

/// The most links that Linux follows for a path (path_resolution(7)).
const HOPS: usize = 40;

/// The created entries by path, with the targets of links.
#[derive(Default)]
struct Unpacked {
    entries: HashMap<String, Option<String>>,
    bytes: u64,
    links: bool,
}

impl Unpacked {
    fn add(&mut self, path: &str, link: Option<&str>) {
        let parts: Vec<&str> = path.split('/').collect();
        for part in &parts {
            assert!(!matches!(*part, "" | "." | ".."), "{path:?}");
            assert!(!part.contains(['\\', '\0']), "{path:?}");
        }
        // The parent directory exists and is not a link.
        if let Some((above, _)) = path.rsplit_once('/') {
            assert_eq!(self.entries.get(above), Some(&None), "{path:?}");
        }
        let before = self.entries.insert(path.to_owned(), link.map(str::to_owned));
        assert_eq!(before, None, "{path:?} is created twice");
    }

    /// Follows a link like the operating system, and fails if it leads out of the package.
    fn follow(&self, link: &str) {
        let mut at: Vec<&str> = link.split('/').collect();
        let mut todo = vec![at.pop().unwrap_or_default()];
        let mut hops = 0;
        while let Some(part) = todo.pop() {
            match part {
                "" | "." => {}
                ".." => assert!(at.pop().is_some(), "{link:?} leads out"),
                name => {
                    at.push(name);
                    let Some(Some(target)) = self.entries.get(&at.join("/")) else {
                        continue;
                    };
                    at.pop();
                    hops += 1;
                    if hops > HOPS {
                        return;
                    }
                    assert!(!target.starts_with('/'), "{link:?} leads out");
                    todo.extend(target.split('/').rev());
                }
            }
        }
    }
}

impl Target for Unpacked {
    type Error = io::Error;

    fn directory(&mut self, path: &str) -> io::Result<()> {
        self.add(path, None);
        Ok(())
    }

    fn file(&mut self, path: &str, mode: u32, content: &mut dyn Read) -> io::Result<()> {
        assert!(!self.links, "{path:?} is written after a link was created");
        assert!(mode <= 0o777);
        self.add(path, None);
        self.bytes += io::copy(content, &mut io::sink())?;
        assert!(self.bytes <= UNPACKED_LIMIT + 1);
        Ok(())
    }

    fn link(&mut self, path: &str, target: &str) -> io::Result<()> {
        self.links = true;
        self.add(path, Some(target));
        Ok(())
    }
}

fuzz_target!(|zip: &[u8]| {
    let Ok(package) = Package::read(zip) else {
        return;
    };
    let counted = package.disk_bytes(0);
    let mut unpacked = Unpacked::default();
    // A broken entry is noticed during unpacking; the entries before it must be correct too.
    match package.unpack(&mut unpacked) {
        Ok(()) | Err(Failed::Refused(Refused::Unreadable(_) | Refused::Length(_))) => {}
        Err(failed) => panic!("{failed:?}"),
    }
    // The room for it is taken before. A broken entry may be one byte longer than its header states.
    assert!(unpacked.bytes <= counted + 1);
    for (path, target) in &unpacked.entries {
        if target.is_some() {
            unpacked.follow(path);
        }
    }
});
