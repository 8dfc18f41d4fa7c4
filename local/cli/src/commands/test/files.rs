//! Reads the files of test cases and of the flow.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use connect_test_cases::TestFile;

use super::words::shown;

/// The files that cannot be read, one line each. The exit code is then 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub(super) String);

/// A file with its test case.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) path: PathBuf,
    pub(super) file: TestFile,
}

impl Case {
    /// Returns the name of the test case, or that of its file.
    pub(super) fn name(&self) -> String {
        let stem = || self.path.file_stem().unwrap_or_default().to_string_lossy();
        let name = self.file.name.clone();
        name.unwrap_or_else(|| stem().into_owned())
    }
}

/// Returns a path, safe to print.
pub(super) fn named(path: &Path) -> String {
    shown(&path.display().to_string())
}

/// Finds the files: those that are named, and all `.json` files below a directory, in order of name.
pub(super) fn find(given: &[PathBuf]) -> Result<Vec<PathBuf>, Unreadable> {
    let mut found = Vec::new();
    let mut problems = Vec::new();
    for path in given {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let before = found.len();
        if let Err(error) = below(path, &mut found) {
            problems.push(format!("{} must be readable: {error}", named(path)));
        } else if found.len() == before {
            let path = named(path);
            problems.push(format!(
                "{path} must contain .json files, but contains none"
            ));
        }
    }
    match problems.is_empty() {
        true => Ok(found),
        false => Err(Unreadable(problems.join("\n"))),
    }
}

fn below(directory: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let entries = fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.path()));
    let mut entries = entries.collect::<Result<Vec<_>, _>>()?;
    entries.sort();
    for path in entries {
        // A link to a directory may lead in a circle.
        if path.is_dir() && !path.is_symlink() {
            below(&path, found)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            found.push(path);
        }
    }
    Ok(())
}

/// Reads the test cases.
///
/// # Errors
/// When a file cannot be read, or does not hold a test case; all such files are named.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<Case>, Unreadable> {
    let mut cases = Vec::new();
    let mut problems = Vec::new();
    for path in paths {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                problems.push(format!("{} must be readable text: {error}", named(path)));
                continue;
            }
        };
        match TestFile::read(&text) {
            Ok(file) => cases.push(Case {
                path: path.clone(),
                file,
            }),
            Err(error) => problems.push(format!("{}: {error}", named(path))),
        }
    }
    match problems.is_empty() {
        true => Ok(cases),
        false => Err(Unreadable(problems.join("\n"))),
    }
}

/// The flow file, with the lines of its blocks.
#[derive(Debug)]
pub(super) struct FlowSource {
    pub(super) path: PathBuf,
    pub(super) content: String,
    lines: BTreeMap<String, usize>,
}

impl FlowSource {
    /// Reads the flow file.
    pub(super) fn read(path: &Path) -> Result<Self, Unreadable> {
        let content = fs::read_to_string(path).map_err(|error| {
            Unreadable(format!("{} must be readable text: {error}", named(path)))
        })?;
        Ok(Self {
            path: path.to_path_buf(),
            lines: lines_of_blocks(&content),
            content,
        })
    }

    /// Returns the line of a block's `Identifier`, from 1.
    pub(super) fn line_of(&self, block: &str) -> Option<usize> {
        self.lines.get(block).copied()
    }
}

/// Finds the line of each `"Identifier": "…"`. The first one of a name counts.
fn lines_of_blocks(content: &str) -> BTreeMap<String, usize> {
    const MEMBER: &str = "\"Identifier\"";
    let mut lines = BTreeMap::new();
    for (at, _) in content.match_indices(MEMBER) {
        let rest = content[at + MEMBER.len()..].trim_start();
        let Some(rest) = rest.strip_prefix(':') else {
            continue;
        };
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<String>();
        if let Some(Ok(name)) = values.next() {
            let line = content[..at].matches('\n').count() + 1;
            lines.entry(name).or_insert(line);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_found_by_its_line() {
        let content = "{ \"Actions\": [\n  { \"Identifier\": \"one\" },\n  {\n    \"Identifier\"\n    : \
                       \"t\\u0077o\" } ] }";
        let lines = lines_of_blocks(content);
        assert_eq!(lines.get("one"), Some(&2));
        assert_eq!(lines.get("two"), Some(&4));
    }

    #[test]
    fn directories_are_read_below_and_in_order() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("sub")).unwrap();
        for name in ["b.json", "sub/c.json", "a.json", "notes.txt"] {
            fs::write(directory.path().join(name), "{}").unwrap();
        }
        let found = find(&[directory.path().to_path_buf()]).unwrap();
        let names: Vec<_> = found
            .iter()
            .map(|path| {
                path.strip_prefix(directory.path())
                    .unwrap()
                    .to_str()
                    .unwrap()
            })
            .collect();
        assert_eq!(names, ["a.json", "b.json", "sub/c.json"]);
        let said = read(&found).unwrap_err().to_string();
        assert_eq!(said.lines().count(), 3, "{said}");
    }
}
