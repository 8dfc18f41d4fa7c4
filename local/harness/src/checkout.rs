//! Finds the checkout that contains the module, flows and examples.

use std::path::{Path, PathBuf};

/// The files and directories that identify a checkout of this product.
const MARKS: [&str; 4] = ["main.tf", "modules/flow", "flows", "lambda/Cargo.toml"];

/// No checkout was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a checkout of terraform-aws-connect-pin-sms must be the current directory, a directory above it, or the one \
     where this program was built, but was not found from {}. Change into the checkout and try again",
    looked_in.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
)]
pub struct NoCheckout {
    looked_in: Vec<PathBuf>,
}

/// Returns the checkout: the nearest one at or above the current directory, else the one whose
/// `target` contains this program. No path is compiled in, so that a copied checkout never writes
/// to the original.
///
/// # Errors
/// When neither is a checkout.
pub fn repository() -> Result<PathBuf, NoCheckout> {
    let starts: Vec<PathBuf> = [std::env::current_dir(), std::env::current_exe()]
        .into_iter()
        .flatten()
        .filter_map(|path| path.canonicalize().ok())
        .collect();
    match starts
        .iter()
        .find_map(|start| checkout_above(start, Path::exists))
    {
        Some(found) => Ok(found.to_path_buf()),
        None => Err(NoCheckout { looked_in: starts }),
    }
}

/// Returns the nearest checkout at or above a directory.
pub(crate) fn checkout_above(start: &Path, exists: impl Fn(&Path) -> bool) -> Option<&Path> {
    start
        .ancestors()
        .find(|directory| MARKS.iter().all(|mark| exists(&directory.join(mark))))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn checkout(at: &Path) {
        for directory in ["modules/flow", "flows", "lambda", "examples/minimal"] {
            fs::create_dir_all(at.join(directory)).unwrap();
        }
        for file in ["main.tf", "lambda/Cargo.toml"] {
            fs::write(at.join(file), "").unwrap();
        }
    }

    fn above(start: &Path) -> Option<&Path> {
        checkout_above(start, Path::exists)
    }

    #[test]
    fn the_nearest_checkout_is_used() {
        let home = tempfile::tempdir().unwrap();
        let (one, copy) = (home.path().join("one"), home.path().join("one/copy"));
        checkout(&one);
        checkout(&copy);
        assert_eq!(above(&copy.join("examples/minimal")), Some(&*copy));
        assert_eq!(above(&one.join("lambda")), Some(&*one));
        // The releases kept for the test of upgrades contain a module and no function.
        fs::remove_file(copy.join("lambda/Cargo.toml")).unwrap();
        assert_eq!(above(&copy), Some(&*one));
        assert_eq!(above(home.path()), None);
    }

    #[test]
    fn this_checkout_is_found() {
        assert!(repository().unwrap().join("local/harness").is_dir());
    }

    #[test]
    fn the_error_names_the_directories_that_were_searched() {
        let error = NoCheckout {
            looked_in: vec!["/home".into(), "/usr/bin/connect-local".into()],
        };
        let text = error.to_string();
        assert!(text.contains("/home, /usr/bin/connect-local"), "{text}");
        assert!(text.contains("Change into the checkout"), "{text}");
    }
}
