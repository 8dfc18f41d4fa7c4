//! What a deployment package contains, and where its links lead, without a disk.

use std::collections::HashMap;

use super::package::Refused;

/// How many files, directories and links a package may have: as many as a zip without extensions.
pub(super) const NODES: usize = 65_535;
/// How long the name of a file or directory may be: `NAME_MAX` of Linux.
const NAME_BYTES: usize = 255;
/// How long a path in the package may be, and how deep. Linux takes 4096 bytes, and part of them is
/// needed for the directory that a package is unpacked to.
const PATH_BYTES: usize = 2048;
const DEPTH: usize = 100;
/// How long the targets of all links may be together.
const TARGETS_BYTES: usize = 1024 * 1024;
/// How many links Linux follows to resolve a path, before it gives up.
const HOPS: usize = 40;
/// How many steps it may take to find out where all links lead.
const STEPS: usize = 4_000_000;

/// Something in a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// A directory, whether it has an entry of its own or not.
    Directory,
    /// A file.
    File {
        /// The entry that has its content.
        entry: usize,
        /// Its permissions.
        mode: u32,
    },
    /// A symbolic link.
    Link {
        /// Where it leads.
        target: String,
    },
}

type Id = usize;
const ROOT: Id = 0;

#[derive(Debug)]
struct Entry {
    parent: Id,
    name: Box<str>,
    node: Node,
}

/// The files, directories and links of a package, each at its place.
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

    /// Puts something at the place that an entry's name says, and the directories above it where
    /// they are not there yet. Of two files of one name the later one counts.
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
            // The package itself, as `./`.
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

    /// The place of a name in a directory, with this in it if it is new.
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

    /// Whether every link stays in the package, also where it leads through others.
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

    /// Whether a link in the directory leads to a place of the package, or to one that is not there
    /// but would be in it. Walks as the system does: a link is followed where it is met, so that
    /// what comes behind counts from where that one leads.
    fn stays_inside(
        &self,
        directory: Id,
        target: &str,
        steps: &mut usize,
    ) -> Result<bool, Refused> {
        let mut todo = vec![target];
        let mut at = directory;
        // How deep the walk is below `at`, in directories that are not there.
        let mut absent = 0_usize;
        let mut hops = 0;
        while let Some(path) = todo.pop() {
            *steps = steps.checked_sub(1).ok_or(Refused::TooManyLinks)?;
            let (part, rest) = match path.split_once('/') {
                // An absolute path leads to the machine's root.
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
                        // The system would go no further either.
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

    /// Everything but the package itself, with its path; what is above comes first.
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

/// The parts of an entry's name. The zip format (APPNOTE 4.4.17) has relative names with forward
/// slashes; `..` leads out, or to another name for what has one.
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
    fn directories_come_before_what_is_in_them() {
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
    fn a_file_is_no_directory() {
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
    fn names_that_repeat_are_one_and_names_in_other_case_are_others() {
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
            // Nothing is there, but it would be inside.
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
    fn links_that_lead_out_are_refused_also_through_others() {
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
            // `d/here` is `d`, so that one more `..` than there are names leads out.
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
    fn there_are_only_so_many() {
        let mut many = Tree::new();
        let refused = (0..=NODES).find_map(|n| many.insert(&format!("d/{n}"), file()).err());
        assert_eq!(refused, Some(Refused::TooManyEntries));
        let target = "x/".repeat(2000);
        let mut links = Tree::new();
        let refused =
            (0..TARGETS_BYTES).find_map(|n| links.insert(&n.to_string(), link(&target)).err());
        assert_eq!(refused, Some(Refused::TooManyLinks));
    }

    /// Links that send the walk through each other again and again cost a number of steps and no more.
    #[test]
    fn finding_out_where_links_lead_has_an_end() {
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
