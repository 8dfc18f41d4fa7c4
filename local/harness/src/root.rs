//! Decides which directory module, flows and examples are taken from.
//!
//! It is a checkout, or a bundle: an unpacked release, which has the function's zips and no sources. The
//! decision is a function of what exists; [`Root::locate`] asks the machine.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::checkout::checkout_above;

/// The files and directories that identify an unpacked bundle.
const BUNDLE: [&str; 5] = [
    "VERSION.json",
    "main.tf",
    "modules/flow",
    "flows",
    "examples",
];

/// The directory of a bundle that the release's archive of programs is unpacked to.
const PROGRAMS: &str = "bin";

/// The directory with the module, flows and examples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// The directory.
    pub path: PathBuf,
    /// The kind of directory it is.
    pub kind: Kind,
    /// The reason why it was taken.
    pub chosen: Chosen,
}

/// Kinds of directories with the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The sources; the function is compiled.
    Checkout,
    /// An unpacked release; the function's zips are in `dist/`, and nothing is compiled.
    Bundle,
}

/// Reasons why a directory is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// The command line or the environment names it.
    Named,
    /// The program is in it, or in its `bin/`.
    BesideTheProgram,
    /// It is the nearest checkout above the current directory, or the one in which the program was built.
    Near,
}

/// The facts that the decision depends on.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The directory that the command line or the environment names.
    pub named: Option<PathBuf>,
    /// The running program.
    pub program: Option<PathBuf>,
    /// The current directory.
    pub current: Option<PathBuf>,
}

/// The reason why there is no root.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRoot {
    /// The named directory is neither a checkout nor a bundle.
    #[error(
        "--root must name a checkout of terraform-aws-connect-pin-sms, or an unpacked release of it with {}, but in {} \
         there was no {}. Unpack the release's zip and name the directory in it",
        listed(&BUNDLE), directory.display(), missing.join(", no ")
    )]
    Named {
        /// The named directory.
        directory: PathBuf,
        /// The parts of a bundle that it does not have.
        missing: Vec<&'static str>,
    },
    /// Nothing was named, and nothing was found.
    #[error(
        "module, flows and examples must be in the release beside this program, or in a checkout at or above the \
         current directory, but were not found from {}. Unpack the release's zip and its programs into the same \
         directory, or name its directory with --root",
        searched(from)
    )]
    Nowhere {
        /// The directory of the program, and the current one.
        from: Vec<PathBuf>,
    },
}

fn listed(names: &[&str]) -> String {
    names.join(", ")
}

fn searched(from: &[PathBuf]) -> String {
    let from = from.iter().map(|path| path.display().to_string());
    from.collect::<Vec<_>>().join(", ")
}

impl Root {
    /// Returns the root of this process.
    ///
    /// # Errors
    /// When the named directory is neither a checkout nor a bundle, or none was found.
    pub fn locate(named: Option<&Path>) -> Result<Self, NoRoot> {
        let real = |path: &Path| path.canonicalize().ok();
        let facts = Facts {
            named: named.map(|path| real(path).unwrap_or_else(|| path.to_path_buf())),
            program: std::env::current_exe().ok().as_deref().and_then(real),
            current: std::env::current_dir().ok().as_deref().and_then(real),
        };
        Self::decide(&facts, Path::exists)
    }

    /// Returns the root: the named directory, else the bundle that the program is in, else the nearest
    /// checkout at or above the current directory, else the one in which the program was built.
    ///
    /// # Errors
    /// When the named directory is neither a checkout nor a bundle, or none was found.
    pub fn decide(facts: &Facts, exists: impl Fn(&Path) -> bool) -> Result<Self, NoRoot> {
        let root = |path: &Path, kind, chosen| Self {
            path: path.to_path_buf(),
            kind,
            chosen,
        };
        if let Some(named) = facts.named.as_deref() {
            return match kind(named, &exists) {
                Ok(kind) => Ok(root(named, kind, Chosen::Named)),
                Err(missing) => Err(NoRoot::Named {
                    directory: named.to_path_buf(),
                    missing,
                }),
            };
        }
        let beside = facts.program.as_deref().and_then(Path::parent);
        let above = beside.filter(|directory| directory.ends_with(PROGRAMS));
        let bundle = [beside, above.and_then(Path::parent)]
            .into_iter()
            .flatten()
            .find(|directory| kind(directory, &exists) == Ok(Kind::Bundle));
        if let Some(bundle) = bundle {
            return Ok(root(bundle, Kind::Bundle, Chosen::BesideTheProgram));
        }
        let starts = [facts.current.as_deref(), beside];
        let checkout = starts
            .into_iter()
            .flatten()
            .find_map(|start| checkout_above(start, &exists));
        match checkout {
            Some(checkout) => Ok(root(checkout, Kind::Checkout, Chosen::Near)),
            None => Err(NoRoot::Nowhere {
                from: [beside, facts.current.as_deref()]
                    .into_iter()
                    .flatten()
                    .map(Path::to_path_buf)
                    .collect(),
            }),
        }
    }
}

/// Returns the kind of a directory, or the parts of a bundle that it does not have.
fn kind(directory: &Path, exists: impl Fn(&Path) -> bool) -> Result<Kind, Vec<&'static str>> {
    if checkout_above(directory, &exists) == Some(directory) {
        return Ok(Kind::Checkout);
    }
    let missing = BUNDLE
        .into_iter()
        .filter(|mark| !exists(&directory.join(mark)))
        .collect::<Vec<_>>();
    match missing.is_empty() {
        true => Ok(Kind::Bundle),
        false => Err(missing),
    }
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Checkout => "a checkout",
            Kind::Bundle => "a release",
        };
        write!(f, "{}, {kind}", self.path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine with a checkout in `/src`, a bundle in `/opt/line`, and another in `/home/line`.
    fn exists(path: &Path) -> bool {
        let checkout = ["main.tf", "modules/flow", "flows", "lambda/Cargo.toml"];
        let bundles = ["/opt/line", "/home/line"];
        checkout
            .iter()
            .any(|mark| path == Path::new("/src").join(mark))
            || bundles.iter().any(|bundle| {
                BUNDLE
                    .iter()
                    .any(|mark| path == Path::new(bundle).join(mark))
            })
    }

    fn decided(named: Option<&str>, program: &str, current: &str) -> Result<Root, NoRoot> {
        let facts = Facts {
            named: named.map(PathBuf::from),
            program: Some(program.into()),
            current: Some(current.into()),
        };
        Root::decide(&facts, exists)
    }

    fn root(path: &str, kind: Kind, chosen: Chosen) -> Result<Root, NoRoot> {
        Ok(Root {
            path: path.into(),
            kind,
            chosen,
        })
    }

    #[test]
    fn the_named_directory_wins_then_the_bundle_then_the_checkout() {
        let built = "/src/target/debug/connect-local";
        let released = "/opt/line/bin/connect-local";
        // Named: of either kind, wherever program and shell are.
        assert_eq!(
            decided(Some("/home/line"), released, "/src"),
            root("/home/line", Kind::Bundle, Chosen::Named)
        );
        assert_eq!(
            decided(Some("/src"), released, "/tmp"),
            root("/src", Kind::Checkout, Chosen::Named)
        );
        // Beside the program: in the bundle itself or in its `bin`, in a checkout too.
        for program in [released, "/opt/line/connect-local"] {
            assert_eq!(
                decided(None, program, "/src"),
                root("/opt/line", Kind::Bundle, Chosen::BesideTheProgram)
            );
        }
        // Otherwise the checkout of the shell, or the one that built the program.
        for (program, current) in [
            (built, "/tmp"),
            ("/usr/bin/connect-local", "/src/flows"),
            ("/opt/line/other/connect-local", "/src"),
        ] {
            assert_eq!(
                decided(None, program, current),
                root("/src", Kind::Checkout, Chosen::Near),
                "{program} in {current}"
            );
        }
    }

    #[test]
    fn a_wrong_directory_is_refused_with_what_it_lacks() {
        // Not taken silently: neither the bundle of the program nor the checkout of the shell.
        let error = decided(Some("/opt"), "/opt/line/bin/connect-local", "/src").unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("in /opt there was no VERSION.json, no main.tf, no modules/flow"),
            "{text}"
        );
        assert!(text.contains("Unpack the release's zip"), "{text}");
    }

    #[test]
    fn without_any_the_searched_directories_are_named() {
        let error = decided(None, "/usr/bin/connect-local", "/tmp").unwrap_err();
        let text = error.to_string();
        assert!(text.contains("not found from /usr/bin, /tmp."), "{text}");
        assert!(text.contains("--root"), "{text}");
    }
}
