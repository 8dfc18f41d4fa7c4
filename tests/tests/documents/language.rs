//! The language rules of CONTRIBUTING.md that a test can check.

use std::fs;
use std::path::{Path, PathBuf};

use super::{links, read, root};

e2e::checks![
    titles_name_their_subject,
    documents_name_who_acts,
    doc_comments_name_their_subject,
];

/// Returns the top documents, the guides and the decision records. The text of `docs/reference.md` comes from
/// the variables.
fn documents() -> Vec<(PathBuf, String)> {
    let root = root();
    let found: Vec<_> = links::documents(&root)
        .into_iter()
        .filter_map(|path| Some(path.strip_prefix(&root).ok()?.to_owned()))
        .filter(|path| {
            let parent = path.parent().unwrap();
            parent.as_os_str().is_empty() || path.starts_with("docs") || path.starts_with(".github")
        })
        .filter(|path| !path.ends_with("reference.md") && !path.ends_with("CHANGELOG.md"))
        .map(|path| {
            let text = links::without_code_blocks(&read(path.to_str().unwrap()));
            (path, text)
        })
        .collect();
    assert!(found.len() > 15, "{found:?}");
    found
}

/// A title begins with What, Who, How or Where only as a question.
fn titles_name_their_subject() {
    let mut vague = Vec::new();
    for (path, text) in documents() {
        for title in text.lines().filter(|line| line.starts_with('#')) {
            let first = title.trim_start_matches(['#', ' ']);
            let question_words = ["What ", "Who ", "How ", "Where "];
            if question_words.iter().any(|word| first.starts_with(word)) && !first.ends_with('?') {
                vague.push(format!("{}: {title}", path.display()));
            }
        }
    }
    assert!(
        vague.is_empty(),
        "a title must name its subject: {vague:#?}"
    );
}

/// A document names who acts: the caller, the deployer, the function. Names in backticks are exempt, and so
/// is a word in asterisks, which is quoted rather than used.
fn documents_name_who_acts() {
    let unnamed = ["somebody", "nobody", "whoever", "anybody", "everybody"];
    let mut found = Vec::new();
    for (path, text) in documents() {
        for line in text.lines() {
            let used = line
                .split('`')
                .step_by(2)
                .flat_map(|prose| prose.split(|c: char| !c.is_alphanumeric() && c != '*'))
                .any(|word| unnamed.contains(&word.to_lowercase().as_str()));
            if used {
                found.push(format!("{}: {line}", path.display()));
            }
        }
    }
    assert!(
        found.is_empty(),
        "a sentence must name who acts, such as the caller or the deployer: {found:#?}"
    );
}

/// Returns every Rust file below a directory, without what builds write there.
fn rust_files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy();
        if path.is_dir() && name != "target" && name != "node_modules" {
            rust_files(&path, found);
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
}

/// A doc comment begins with the thing or with what a function does, not with a riddle.
fn doc_comments_name_their_subject() {
    let mut files = Vec::new();
    for directory in ["bench", "lambda", "local", "operator", "tests"] {
        rust_files(&root().join(directory), &mut files);
    }
    assert!(files.len() > 500, "{}", files.len());
    let riddles = [
        "What ",
        "Who ",
        "How ",
        "Where ",
        "Somebody ",
        "Nobody ",
        "Whoever ",
    ];
    let mut vague = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let mut before = "";
        for line in text.lines().map(str::trim_start) {
            for mark in ["/// ", "//! "] {
                let starts = line.starts_with(mark) && !before.starts_with(mark.trim_end());
                let first = line.strip_prefix(mark).unwrap_or_default();
                if starts && riddles.iter().any(|word| first.starts_with(word)) {
                    vague.push(format!("{}: {line}", file.display()));
                }
            }
            before = line;
        }
    }
    assert!(
        vague.is_empty(),
        "a doc comment must begin with its subject: {vague:#?}"
    );
}
