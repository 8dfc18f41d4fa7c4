//! The flows of this repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use connect_flow_picture::{Graph, Marks, Options, Positions};

use crate::drawn::Drawn;
use crate::properties::hold;

/// Directories that have other people's files, or builds.
const SKIPPED: [&str; 3] = ["target", "node_modules", "dist"];

static FLOWS: LazyLock<Vec<(PathBuf, String)>> = LazyLock::new(find);

/// Returns the files with flows.
pub(crate) fn flows() -> &'static [(PathBuf, String)] {
    &FLOWS
}

/// Finds the files with flows, which have these two members.
fn find() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    walk(&root, &mut found);
    found.sort();
    assert!(found.len() > 90, "{}", found.len());
    found
}

fn walk(directory: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let (entry, path) = entry
            .map(|entry| (entry.file_name(), entry.path()))
            .unwrap();
        let name = entry.to_string_lossy();
        if path.is_symlink() || name.starts_with('.') || SKIPPED.contains(&&*name) {
            continue;
        }
        if path.is_dir() {
            walk(&path, found);
        } else if name.ends_with(".json") {
            let text = fs::read_to_string(&path).unwrap();
            if text.contains("\"StartAction\"") && text.contains("\"Actions\"") {
                found.push((path, text));
            }
        }
    }
}

#[test]
fn every_flow_of_the_repository_has_a_picture() {
    let mut drawn = 0;
    for (path, text) in flows() {
        let graph = match Graph::read(text) {
            Ok(graph) => graph,
            // Examples of broken flows, and files that contain a flow among other things.
            Err(error) => {
                let said = error.to_string();
                assert!(said.contains(" must be "), "{}: {said}", path.display());
                continue;
            }
        };
        for positions in [Positions::Computed, Positions::Console] {
            let options = Options {
                positions,
                ..Options::default()
            };
            hold(&graph, &Drawn::of(&graph, &Marks::default(), &options));
        }
        drawn += 1;
    }
    assert!(drawn > 80, "{drawn}");
}
