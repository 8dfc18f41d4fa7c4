//! Finds the checkout that module, flows and examples are taken from.

use std::path::{Path, PathBuf};

/// What a directory must hold to be a checkout of this product.
const MARKS: [&str; 4] = ["main.tf", "modules/flow", "flows", "lambda/Cargo.toml"];

/// There is no checkout where one is looked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a checkout of terraform-aws-connect-pin-sms must be the current directory, a directory above it, or where this \
     program was built; none of these is one: {}. Change into the checkout and try again",
    looked_in.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
)]
pub struct NoCheckout {
    looked_in: Vec<PathBuf>,
}

/// The checkout: the nearest one at or above the current directory, else the one whose `target`
/// holds this program. Nothing of it is compiled in, so a copied checkout never writes into the
/// one it was copied from.
///
/// # Errors
/// When neither is a checkout.
pub fn repository() -> Result<PathBuf, NoCheckout> {
    let starts: Vec<PathBuf> = [std::env::current_dir(), std::env::current_exe()]
        .into_iter()
        .flatten()
        .filter_map(|path| path.canonicalize().ok())
        .collect();
    match starts.iter().find_map(|start| checkout_above(start)) {
        Some(found) => Ok(found.to_path_buf()),
        None => Err(NoCheckout { looked_in: starts }),
    }
}

fn checkout_above(start: &Path) -> Option<&Path> {
    start
        .ancestors()
        .find(|directory| MARKS.iter().all(|mark| directory.join(mark).exists()))
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

    #[test]
    fn the_nearest_checkout_counts() {
        let home = tempfile::tempdir().unwrap();
        let (one, copy) = (home.path().join("one"), home.path().join("one/copy"));
        checkout(&one);
        checkout(&copy);
        assert_eq!(checkout_above(&copy.join("examples/minimal")), Some(&*copy));
        assert_eq!(checkout_above(&one.join("lambda")), Some(&*one));
        // A release that is kept for the test of upgrades has a module and no function.
        fs::remove_file(copy.join("lambda/Cargo.toml")).unwrap();
        assert_eq!(checkout_above(&copy), Some(&*one));
        assert_eq!(checkout_above(home.path()), None);
    }

    #[test]
    fn this_checkout_is_found() {
        assert!(repository().unwrap().join("local/harness").is_dir());
    }

    #[test]
    fn the_error_names_where_it_was_looked_for() {
        let error = NoCheckout {
            looked_in: vec!["/home".into(), "/usr/bin/connect-local".into()],
        };
        let text = error.to_string();
        assert!(text.contains("/home, /usr/bin/connect-local"), "{text}");
        assert!(text.contains("Change into the checkout"), "{text}");
    }
}
