//! The crates a function is compiled from, as Cargo resolves them for it.
//!
//! They come from `cargo tree` and not from `cargo metadata`, which unites the features that all members
//! of a workspace request, including tests, and so names crates that no build of the function compiles.

use std::collections::{BTreeMap, BTreeSet};

use tokio::process::Command;

use crate::architecture::Architecture;
use crate::command::{display, succeed};
use crate::error::{Error, Result};
use crate::function::FunctionCrate;
use crate::progress::Silent;
use crate::tools::Tool;

/// A crate in one version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Crate {
    pub(super) name: String,
    pub(super) version: String,
}

/// The dependencies between crates.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Graph {
    pub(super) root: Crate,
    /// The licence in each crate's manifest; empty if there is none.
    pub(super) licences: BTreeMap<Crate, String>,
    /// The direct dependencies of each crate.
    pub(super) needs: BTreeMap<Crate, BTreeSet<Crate>>,
}

/// Returns everything that is compiled for the function on these processors: the crates in the binary,
/// and the macros and build scripts that take part in the build. Tests are not included.
pub(super) async fn compiled(
    function: &FunctionCrate,
    architectures: &[Architecture],
    cargo: &Tool,
) -> Result<Graph> {
    tree(function, architectures, "normal,build", cargo).await
}

/// Returns the crates that are linked into the binary.
pub(super) async fn linked(
    function: &FunctionCrate,
    architectures: &[Architecture],
    cargo: &Tool,
) -> Result<Graph> {
    tree(function, architectures, "normal,no-proc-macro", cargo).await
}

async fn tree(
    function: &FunctionCrate,
    architectures: &[Architecture],
    edges: &str,
    cargo: &Tool,
) -> Result<Graph> {
    let mut command = Command::new(&cargo.path);
    command
        .args(["tree", "--color", "never", "--locked", "--edges", edges])
        .args(["--prefix", "depth", "--format", "\t{p}\t{l}\t"])
        .arg("--manifest-path")
        .arg(&function.manifest)
        .args(["--package", &function.package])
        .current_dir(&function.root);
    for architecture in architectures {
        command.args(["--target", architecture.rust_target()]);
    }
    let text = display(&command);
    parse(&succeed(command, &Silent).await?).map_err(|line| Error::UnexpectedOutput {
        command: text,
        problem: format!("the line {line:?}"),
    })
}

/// Parses lines of depth, package and licence. The error is the line that cannot be parsed.
fn parse(text: &str) -> Result<Graph, String> {
    let mut licences = BTreeMap::new();
    let mut needs: BTreeMap<Crate, BTreeSet<Crate>> = BTreeMap::new();
    // The path from the root to the crate of the previous line.
    let mut above: Vec<Crate> = Vec::new();
    for line in text.lines() {
        let unreadable = || line.to_owned();
        let (depth, found, licence) = fields(line).ok_or_else(unreadable)?;
        if depth > above.len() || (depth == 0) != above.is_empty() {
            return Err(unreadable());
        }
        above.truncate(depth);
        if let Some(parent) = above.last() {
            needs
                .entry(parent.clone())
                .or_default()
                .insert(found.clone());
        }
        needs.entry(found.clone()).or_default();
        licences.insert(found.clone(), licence.to_owned());
        above.push(found);
    }
    let root = above.into_iter().next().ok_or_else(String::new)?;
    Ok(Graph {
        root,
        licences,
        needs,
    })
}

/// Splits a line into the depth, the package (`name vX.Y.Z`, then its kind and source) and the licence.
/// The last column contains the mark with which `cargo tree` shortens repetitions.
fn fields(line: &str) -> Option<(usize, Crate, &str)> {
    let mut fields = line.split('\t');
    let (depth, package, licence) = (fields.next()?, fields.next()?, fields.next()?);
    fields.next()?;
    let mut words = package.split(' ');
    let found = Crate {
        name: words.next()?.to_owned(),
        version: words.next()?.strip_prefix('v')?.to_owned(),
    };
    Some((depth.parse().ok()?, found, licence))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str, version: &str) -> Crate {
        Crate {
            name: name.to_owned(),
            version: version.to_owned(),
        }
    }

    #[test]
    fn repeated_crates_of_a_tree_are_read_once() {
        let graph = parse(
            "0\tfunction v0.1.0 (/src/lambda)\tApache-2.0\t\n\
             1\tserde v1.0.0\tMIT OR Apache-2.0\t\n\
             2\tserde_derive v1.0.0 (proc-macro)\tMIT\t\n\
             1\tring v0.17.0\t\t\n\
             2\tserde v1.0.0\tMIT OR Apache-2.0\t (*)\n",
        )
        .unwrap();
        let (function, serde) = (one("function", "0.1.0"), one("serde", "1.0.0"));
        let (derive, ring) = (one("serde_derive", "1.0.0"), one("ring", "0.17.0"));
        assert_eq!(graph.root, function);
        assert_eq!(graph.licences[&serde], "MIT OR Apache-2.0");
        assert_eq!(graph.licences[&ring], "");
        let needs = |of: &Crate| graph.needs[of].iter().cloned().collect::<Vec<_>>();
        assert_eq!(needs(&function), [ring.clone(), serde.clone()]);
        assert_eq!(needs(&serde), std::slice::from_ref(&derive));
        assert_eq!(needs(&ring), [serde]);
        assert_eq!(needs(&derive), []);
    }

    #[test]
    fn a_line_that_cannot_be_parsed_is_named() {
        for text in [
            "",
            "serde v1.0.0",
            "0\tserde\tMIT\t",
            "1\tserde v1.0.0\tMIT\t",
            "0\ta v1.0.0\tMIT\t\n2\tb v1.0.0\tMIT\t",
            "0\ta v1.0.0\tMIT\t\n0\tb v1.0.0\tMIT\t",
        ] {
            let line = parse(text).unwrap_err();
            assert_eq!(line, text.lines().last().unwrap_or_default());
        }
    }
}
