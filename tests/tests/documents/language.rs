//! The rules of language in CONTRIBUTING.md, as far as a test can look for them.

use std::path::PathBuf;

use super::{links, read, root};

e2e::checks![titles_name_their_subject, documents_name_who_acts];

/// The documents that people read first, and the guides. Decisions stay as they were taken. The words of
/// `docs/reference.md` are those of the variables.
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
    let mut riddles = Vec::new();
    for (path, text) in documents() {
        for title in text.lines().filter(|line| line.starts_with('#')) {
            let first = title.trim_start_matches(['#', ' ']);
            let asks = ["What ", "Who ", "How ", "Where "];
            if asks.iter().any(|word| first.starts_with(word)) && !first.ends_with('?') {
                riddles.push(format!("{}: {title}", path.display()));
            }
        }
    }
    assert!(
        riddles.is_empty(),
        "a title must name its subject: {riddles:#?}"
    );
}

/// Caller, deployer, function: a document says who acts. Names of tests are what they are, and a word in
/// asterisks is spoken of, not used.
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
