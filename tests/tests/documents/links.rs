//! Checks of links and paths in documents.

use std::fs;
use std::path::{Path, PathBuf};

/// Endings that make a name in backticks a file of the repository.
const EXTENSIONS: [&str; 6] = [".md", ".rs", ".tf", ".tftpl", ".toml", ".yml"];

/// Returns every Markdown file of the repository, except those in `tests/upgrades`, which belong to
/// earlier releases.
pub(crate) fn documents(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                let hidden = name.starts_with('.') && name != ".github";
                if !hidden && !["target", "dist", "upgrades"].contains(&&*name) {
                    folders.push(path);
                }
            } else if name.ends_with(".md") {
                found.push(path);
            }
        }
    }
    found
}

/// Returns a message for each link and path of a document whose target does not exist.
pub(crate) fn broken(root: &Path, document: &Path) -> Vec<String> {
    let text = fs::read_to_string(document).unwrap();
    let here = document.parent().unwrap();
    let prose = without_code_blocks(&text);
    let paths = prose
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| is_path(root, name))
        .filter(|name| !exists(root, name) && !exists(here, name));
    let mut broken = broken_links(document);
    broken.extend(paths.map(|path| format!("{} names {path}", document.display())));
    broken
}

/// Returns a message for each link of a document whose target does not exist.
pub(crate) fn broken_links(document: &Path) -> Vec<String> {
    let text = fs::read_to_string(document).unwrap();
    let here = document.parent().unwrap();
    links(&without_code_blocks(&text))
        .into_iter()
        .filter(|target| !is_external(target))
        .filter(|target| !target_exists(document, here, target))
        .map(|target| format!("{} links to {target}", document.display()))
        .collect()
}

/// Returns a document without its code blocks and diagrams.
pub(crate) fn without_code_blocks(text: &str) -> String {
    let mut in_code = false;
    text.lines()
        .filter(|line| {
            let fence = line.trim_start().starts_with("```");
            in_code ^= fence;
            !in_code && !fence
        })
        .flat_map(|line| [line, "\n"])
        .collect()
}

/// Returns the targets of `[text](target)`.
fn links(text: &str) -> Vec<&str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .collect()
}

fn is_external(target: &str) -> bool {
    ["https://", "http://", "mailto:"]
        .iter()
        .any(|scheme| target.starts_with(scheme))
}

fn target_exists(document: &Path, here: &Path, target: &str) -> bool {
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if path.is_empty() {
        document.to_path_buf()
    } else {
        here.join(path)
    };
    if anchor.is_empty() {
        return path.exists();
    }
    fs::read_to_string(path).is_ok_and(|text| {
        without_code_blocks(&text)
            .lines()
            .filter(|line| line.starts_with('#'))
            .any(|heading| slug(heading) == anchor)
    })
}

/// Returns the anchor of a heading: its words in lower case, with hyphens for spaces.
fn slug(heading: &str) -> String {
    heading
        .trim_start_matches('#')
        .trim()
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// Reports whether a name in backticks is a path of this repository: it begins with one of its
/// directories, or ends like one of its files. Paths of build results are ignored.
fn is_path(root: &Path, name: &str) -> bool {
    let plain = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_.-/*".contains(c));
    let Some((first, _)) = name.split_once('/') else {
        return plain && name.len() > 4 && EXTENSIONS.iter().any(|end| name.ends_with(end));
    };
    plain
        && !first.is_empty()
        && !matches!(first, "." | ".." | "dist" | "target")
        && (root.join(first).is_dir() || EXTENSIONS.iter().any(|end| name.ends_with(end)))
}

/// Reports whether a path exists; `*` stands for any part of one name.
fn exists(root: &Path, path: &str) -> bool {
    let mut candidates = vec![root.to_path_buf()];
    for part in path.split('/').filter(|part| !part.is_empty()) {
        candidates = candidates
            .iter()
            .flat_map(|candidate| matching(candidate, part))
            .collect();
    }
    !candidates.is_empty()
}

fn matching(folder: &Path, part: &str) -> Vec<PathBuf> {
    let Some((start, end)) = part.split_once('*') else {
        let path = folder.join(part);
        return path.exists().then_some(path).into_iter().collect();
    };
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        })
        .collect()
}
