//! The contents of a deployment package, and the resolution of its links, without a disk.

use std::collections::HashMap;

use super::package::Refused;

/// The limit of files, directories and links of a package: that of a zip without extensions.
pub(super) const NODES: usize = 65_535;
/// The longest name of a file or directory: `NAME_MAX` of Linux.
const NAME_BYTES: usize = 255;
/// The longest path in a package, and the greatest depth. Linux allows 4096 bytes, of which the directory
/// that the package is unpacked to needs a part.
const PATH_BYTES: usize = 2048;
const DEPTH: usize = 100;
/// The limit for the total length of all links' targets.
const TARGETS_BYTES: usize = 1024 * 1024;
/// The number of links that Linux follows in one path before it fails.
const HOPS: usize = 40;
/// The limit of steps for resolving all links.
const STEPS: usize = 4_000_000;

/// A file, directory or link of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// A directory, with or without an entry of its own.
    Directory,
    File {
        /// The index of the entry with its content.
        entry: usize,
        /// Its permissions.
        mode: u32,
    },
    /// A symbolic link.
    Link { target: String },
}

type Id = usize;
const ROOT: Id = 0;

#[derive(Debug)]
struct Entry {
    parent: Id,
    name: Box<str>,
    node: Node,
}

/// The files, directories and links of a package, by path.
#[derive(Debug)]
pub(crate) struct Tree {
    places: Vec<Entry>,
    children: HashMap<(Id, Box<str>), Id>,
    targets_bytes: usize,
}

impl Tree {
    pub(super) fn new() -> Self {
        Self {
            places: vec![Entry {
                parent: ROOT,
                name: "".into(),
                node: Node::Directory,
            }],
            children: HashMap::new(),
            targets_bytes: 0,
        }
    }

    /// Returns the number of files, directories and links.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Inserts a node under an entry's name, and creates missing parent directories. Of two files with
    /// the same name, the later one wins.
    pub(super) fn insert(&mut self, name: &str, node: Node) -> Result<(), Refused> {
        let parts = parts(name)?;
        if let Node::Link { target } = &node {
            if target.is_empty() || target.contains('\0') {
                return Err(Refused::Link(name.to_owned()));
            }
            self.targets_bytes += target.len();
            if self.targets_bytes > TARGETS_BYTES {
                return Err(Refused::TooManyLinks);
            }
        }
        let Some((last, above)) = parts.split_last() else {
            // The root of the package, as `./`.
            return match node {
                Node::Directory => Ok(()),
                _ => Err(Refused::Name(name.to_owned())),
            };
        };
        let mut parent = ROOT;
        for part in above {
            parent = self.child(parent, part, Node::Directory)?;
            if self.places[parent].node != Node::Directory {
                return Err(Refused::NotADirectory(name.to_owned()));
            }
        }
        let id = self.child(parent, last, node.clone())?;
        let place = &mut self.places[id];
        match (place.node == Node::Directory, node == Node::Directory) {
            (true, true) => Ok(()),
            (false, false) => {
                place.node = node;
                Ok(())
            }
            _ => Err(Refused::NotADirectory(name.to_owned())),
        }
    }

    /// Returns the node with a name in a directory. A missing one is created with this content.
    fn child(&mut self, parent: Id, name: &str, node: Node) -> Result<Id, Refused> {
        let key = (parent, Box::from(name));
        if let Some(id) = self.children.get(&key) {
            return Ok(*id);
        }
        if self.places.len() > NODES {
            return Err(Refused::TooManyEntries);
        }
        let id = self.places.len();
        self.places.push(Entry {
            parent,
            name: name.into(),
            node,
        });
        self.children.insert(key, id);
        Ok(id)
    }

    /// Checks that every link stays in the package, also when it is resolved through other links.
    pub(super) fn check_links(&self) -> Result<(), Refused> {
        let mut steps = STEPS;
        for (id, place) in self.places.iter().enumerate() {
            if let Node::Link { target } = &place.node
                && !self.stays_inside(place.parent, target, &mut steps)?
            {
                return Err(Refused::Outside(self.path(id)));
            }
        }
        Ok(())
    }

    /// Reports whether a link in the directory leads to an existing path of the package, or to a missing
    /// one inside it. It resolves links as the system does: a link is followed where it occurs, and the
    /// rest of the path is relative to its target.
    fn stays_inside(
        &self,
        directory: Id,
        target: &str,
        steps: &mut usize,
    ) -> Result<bool, Refused> {
        let mut todo = vec![target];
        let mut at = directory;
        // The depth below `at` in directories that do not exist.
        let mut absent = 0_usize;
        let mut hops = 0;
        while let Some(path) = todo.pop() {
            *steps = steps.checked_sub(1).ok_or(Refused::TooManyLinks)?;
            let (part, rest) = match path.split_once('/') {
                // An absolute path starts at the machine's root.
                Some(("", _)) => return Ok(false),
                Some((part, rest)) => (part, rest.trim_start_matches('/')),
                None => (path, ""),
            };
            if !rest.is_empty() {
                todo.push(rest);
            }
            match part {
                "" | "." => {}
                ".." if absent > 0 => absent -= 1,
                ".." if at == ROOT => return Ok(false),
                ".." => at = self.places[at].parent,
                _ if absent > 0 => absent += 1,
                name => match self.children.get(&(at, Box::from(name))) {
                    None => absent = 1,
                    Some(id) => match &self.places[*id].node {
                        Node::Directory => at = *id,
                        // The system would stop here, too.
                        Node::File { .. } => return Ok(true),
                        Node::Link { target } => {
                            hops += 1;
                            if hops > HOPS {
                                return Ok(true);
                            }
                            todo.push(target);
                        }
                    },
                },
            }
        }
        Ok(true)
    }

    /// Returns everything except the root, with its path; parents come first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (String, &Node)> {
        self.places
            .iter()
            .enumerate()
            .skip(1)
            .map(|(id, place)| (self.path(id), &place.node))
    }

    fn path(&self, id: Id) -> String {
        let mut parts = Vec::new();
        let mut at = id;
        while at != ROOT {
            parts.push(&*self.places[at].name);
            at = self.places[at].parent;
        }
        parts.reverse();
        parts.join("/")
    }
}

/// Splits an entry's name. In the zip format (APPNOTE 4.4.17) names are relative and have forward
/// slashes; `..` would lead out of the package, or be a second name for an entry.
fn parts(name: &str) -> Result<Vec<&str>, Refused> {
    let parts: Vec<&str> = name
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    let is_outside = name.starts_with('/') || name.contains(['\\', '\0']) || parts.contains(&"..");
    let is_long = name.len() > PATH_BYTES
        || parts.len() > DEPTH
        || parts.iter().any(|part| part.len() > NAME_BYTES);
    match is_outside || is_long {
        true => Err(Refused::Name(name.chars().take(NAME_BYTES).collect())),
        false => Ok(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Node {
        Node::File {
            entry: 0,
            mode: 0o644,
        }
    }

    fn link(target: &str) -> Node {
        Node::Link {
            target: target.into(),
        }
    }

    fn tree(entries: &[(&str, Node)]) -> Result<Tree, Refused> {
        let mut tree = Tree::new();
        for (name, node) in entries {
            tree.insert(name, node.clone())?;
        }
        tree.check_links()?;
        Ok(tree)
    }

    #[test]
    fn directories_come_before_their_contents() {
        let tree = tree(&[
            ("a/b/c", file()),
            ("./a//d", file()),
            ("a/b/", Node::Directory),
            ("./", Node::Directory),
        ])
        .unwrap();
        let paths: Vec<String> = tree.iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["a", "a/b", "a/b/c", "a/d"]);
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let long = "x".repeat(256);
        let deep = "d/".repeat(101) + "x";
        let longest = format!("{}/x", ["y".repeat(200).as_str(); 11].join("/"));
        for name in [
            "/etc/passwd",
            "../x",
            "a/../../x",
            "a/..",
            "..",
            "a\\b",
            "..\\x",
            "C:\\x",
            "a\0b",
            &long,
            &deep,
            &longest,
            "",
            "/",
        ] {
            let refused = tree(&[(name, file())]).unwrap_err();
            assert!(matches!(refused, Refused::Name(_)), "{name:?} {refused:?}");
        }
        assert!(tree(&[("a:b/ü/…", file()), ("...", file())]).is_ok());
    }

    #[test]
    fn a_file_cannot_be_a_directory_too() {
        for entries in [
            [("a", file()), ("a/b", file())],
            [("a/b", file()), ("a", file())],
            [("a", file()), ("a/", Node::Directory)],
            [("a", link("b")), ("a/x", file())],
            [("a/x", file()), ("a", link("b"))],
            [("a/", Node::Directory), ("a", link("b"))],
        ] {
            let refused = tree(&entries).unwrap_err();
            assert!(matches!(refused, Refused::NotADirectory(_)), "{entries:?}");
        }
    }

    #[test]
    fn equal_names_are_one_entry_and_case_matters() {
        let later = Node::File {
            entry: 1,
            mode: 0o755,
        };
        let tree = tree(&[("a", file()), ("A", file()), ("./a", later.clone())]).unwrap();
        let found: Vec<(String, Node)> = tree
            .iter()
            .map(|(path, node)| (path, node.clone()))
            .collect();
        assert_eq!(found, [("a".into(), later), ("A".into(), file())]);
    }

    #[test]
    fn links_stay_inside() {
        for entries in [
            &[("a", link("b")), ("b", file())][..],
            &[("d/up", link("..")), ("d/x", link("up/d/x"))],
            &[("d/e/f", file()), ("l", link("d/e/../e/f"))],
            // The target does not exist, but would be inside.
            &[("l", link("no/such/../thing"))],
            // A circle leads nowhere.
            &[("a", link("b")), ("b", link("a"))],
            &[("a", link("a/../../../x"))],
            &[("f", file()), ("l", link("f/../../x"))],
            &[("l", link("."))],
        ] {
            assert!(tree(entries).is_ok(), "{entries:?}");
        }
        for nowhere in ["", "a\0b"] {
            let refused = tree(&[("l", link(nowhere))]).unwrap_err();
            assert_eq!(refused, Refused::Link("l".into()));
        }
    }

    #[test]
    fn links_out_of_the_package_are_rejected_also_through_other_links() {
        for entries in [
            &[("l", link("/etc/passwd"))][..],
            &[("l", link("/"))],
            &[("l", link("//x"))],
            &[("l", link(".."))],
            &[("l", link("../x"))],
            &[("d/l", link("../.."))],
            &[("l", link("no/../.."))],
            &[("l", link("d/../../x")), ("d/x", file())],
            &[("a", link("b")), ("b", link(".."))],
            // `d/here` is `d`, so one more `..` than the path has names leads out.
            &[("d/here", link(".")), ("l", link("d/here/../.."))],
            &[("d/e/f", link("../..")), ("l", link("d/e/f/.."))],
            &[("d/root", link("..")), ("l", link("d/root/../x"))],
            &[("a", link("b")), ("b", link("/tmp"))],
        ] {
            let refused = tree(entries).unwrap_err();
            assert!(
                matches!(refused, Refused::Outside(_)),
                "{entries:?} {refused:?}"
            );
        }
    }

    #[test]
    fn entries_and_links_are_limited() {
        let mut many = Tree::new();
        let refused = (0..=NODES).find_map(|n| many.insert(&format!("d/{n}"), file()).err());
        assert_eq!(refused, Some(Refused::TooManyEntries));
        let target = "x/".repeat(2000);
        let mut links = Tree::new();
        let refused =
            (0..TARGETS_BYTES).find_map(|n| links.insert(&n.to_string(), link(&target)).err());
        assert_eq!(refused, Some(Refused::TooManyLinks));
    }

    /// Links that lead through each other again and again cost a limited number of steps.
    #[test]
    fn the_resolution_of_links_is_limited() {
        let mut tree = Tree::new();
        tree.insert("d/x", file()).unwrap();
        tree.insert("long", link(&"d/../".repeat(400))).unwrap();
        for n in 0..20_000 {
            tree.insert(&format!("l{n}"), link(&"long/".repeat(7)))
                .unwrap();
        }
        assert_eq!(tree.check_links(), Err(Refused::TooManyLinks));
    }
}
