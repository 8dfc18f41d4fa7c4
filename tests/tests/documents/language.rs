//! The language rules of CONTRIBUTING.md that a test can check.

use std::path::PathBuf;

use super::{links, read, root};

e2e::checks![titles_name_their_subject, documents_name_who_acts];

/// Returns the top documents and the guides. Decision records are not changed later, and the text of
/// `docs/reference.md` comes from the variables.
fn documents() -> Vec<(PathBuf, String)> {
    let root = root();
    let found: Vec<_> = links::documents(&root)
        .into_iter()
        .filter_map(|path| Some(path.strip_prefix(&root).ok()?.to_owned()))
        .filter(|path| {
            let parent = path.parent().unwrap();
            parent.as_os_str().is_empty() || parent.ends_with("docs") || path.starts_with(".github")
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
