//! The directory that a command takes module, flows and examples from.

use std::path::PathBuf;

use anyhow::bail;
use local_harness::Root;
use local_harness::root::{Chosen, Kind};
use local_terminal::tell;

use crate::options::{Format, RootOption};

/// Finds the directory from which a command takes module, flows and examples, and prints its path, since a
/// machine may have several. The usual checkout is a line of the progress; anything else is a sentence, which
/// programs that read JSON do not get.
///
/// # Errors
/// When the named directory is neither a checkout nor a release, or none was found.
pub(crate) fn root(option: &RootOption, format: Format) -> anyhow::Result<Root> {
    let root = Root::locate(option.directory().map(PathBuf::as_path))?;
    if let Some(line) = told(&root, format) {
        tell(line);
    }
    Ok(root)
}

/// Returns the line about a root.
fn told(root: &Root, format: Format) -> Option<String> {
    match (root.chosen, format) {
        (Chosen::Near, _) => Some(format!("  in    {}", root.path.display())),
        (_, Format::Json) => None,
        (_, Format::Text) => Some(format!("Taking module, flows and examples from {root}")),
    }
}

/// Finds the checkout for a command that needs the sources, and prints its path.
///
/// # Errors
/// When there is none, or a release was named or is beside the program.
pub(crate) fn checkout(
    command: &str,
    option: &RootOption,
    format: Format,
) -> anyhow::Result<PathBuf> {
    let root = root(option, format)?;
    match root.kind {
        Kind::Checkout => Ok(root.path),
        Kind::Bundle => bail!(
            "`{command}` compiles the function, so it must have a checkout with lambda/, but {} is a release \
             without sources. Clone the repository, and run `cargo run -- {command}` there or name it with \
             --root",
            root.path.display()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_or_a_named_directory_is_told_in_a_sentence_and_not_in_json() {
        let root = |kind, chosen| Root {
            path: "/opt/line".into(),
            kind,
            chosen,
        };
        let sentence = "Taking module, flows and examples from /opt/line, a release";
        let bundle = root(Kind::Bundle, Chosen::BesideTheProgram);
        assert_eq!(told(&bundle, Format::Text).as_deref(), Some(sentence));
        assert_eq!(told(&bundle, Format::Json), None);
        let named = root(Kind::Checkout, Chosen::Named);
        assert_eq!(
            told(&named, Format::Text).as_deref(),
            Some("Taking module, flows and examples from /opt/line, a checkout")
        );
        // The usual run, whose progress begins with the checkout.
        let near = root(Kind::Checkout, Chosen::Near);
        assert_eq!(
            told(&near, Format::Text).as_deref(),
            Some("  in    /opt/line")
        );
    }
}
