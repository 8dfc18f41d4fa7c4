//! Whatever a zip holds, it is unpacked or refused: nothing of it is outside, no link leads there, and
//! it takes no more room than Lambda gives.
#![no_main]

use std::collections::HashMap;
use std::io::{self, Read};

use libfuzzer_sys::fuzz_target;

/// The local account's Lambda brings processes and servers with it; these files of it stand alone.
#[path = "../../../local/lambda/src/code"]
mod code {
    pub mod package;
    mod tree;
}
use code::package::{Failed, Package, Refused, Target, UNPACKED_LIMIT};

/// Linux follows at most so many links for one path (path_resolution(7)).
const HOPS: usize = 40;

/// The entries that were made, by their paths; of a link, its target.
#[derive(Default)]
struct Made {
    places: HashMap<String, Option<String>>,
    bytes: u64,
    links: bool,
}

impl Made {
    fn add(&mut self, path: &str, link: Option<&str>) {
        let parts: Vec<&str> = path.split('/').collect();
        for part in &parts {
            assert!(!matches!(*part, "" | "." | ".."), "{path:?}");
            assert!(!part.contains(['\\', '\0']), "{path:?}");
        }
        // Its parent directory exists and is no link.
        if let Some((above, _)) = path.rsplit_once('/') {
            assert_eq!(self.places.get(above), Some(&None), "{path:?}");
        }
        let before = self.places.insert(path.to_owned(), link.map(str::to_owned));
        assert_eq!(before, None, "{path:?} is made twice");
    }

    /// Follows a link as a system does, and fails where that leads out.
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
                    let Some(Some(target)) = self.places.get(&at.join("/")) else {
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

impl Target for Made {
    type Error = io::Error;

    fn directory(&mut self, path: &str) -> io::Result<()> {
        self.add(path, None);
        Ok(())
    }

    fn file(&mut self, path: &str, mode: u32, content: &mut dyn Read) -> io::Result<()> {
        assert!(!self.links, "{path:?} is written when there are links");
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
    let mut made = Made::default();
    // A broken entry is found out in the middle; what was made until then must be as good.
    match package.unpack(&mut made) {
        Ok(()) | Err(Failed::Refused(Refused::Unreadable(_) | Refused::Length(_))) => {}
        Err(failed) => panic!("{failed:?}"),
    }
    for (path, target) in &made.places {
        if target.is_some() {
            made.follow(path);
        }
    }
});
