//! The README of a release, without the parts that need a checkout.

use crate::error::{Error, Result};

/// The README's path in the repository and in a release.
pub(super) const PATH: &str = "README.md";

const BEGIN: &str = "<!-- checkout -->";
const END: &str = "<!-- /checkout -->";

/// Removes the text between the marks, and the marks, each of which is a line.
pub(super) fn for_release(readme: &str) -> Result<String> {
    let mut kept = String::new();
    let mut inside = false;
    for line in readme.split_inclusive('\n') {
        match line.trim_end() {
            BEGIN if inside => return Err(unbalanced("begins twice")),
            END if !inside => return Err(unbalanced("ends before it begins")),
            BEGIN => inside = true,
            END => inside = false,
            // Otherwise the empty lines around a part would become two.
            "" if kept.ends_with("\n\n") => {}
            _ if inside => {}
            _ => kept.push_str(line),
        }
    }
    match inside {
        true => Err(unbalanced("does not end")),
        false => Ok(kept),
    }
}

fn unbalanced(problem: &str) -> Error {
    Error::Readme(format!("a part between {BEGIN} and {END} {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_for_a_checkout_are_left_out() {
        let readme = "# Line\n\n<!-- checkout -->\n## Try it\n<!-- /checkout -->\n\n## Use it\n\
                      \n<!-- checkout -->\nmore\n<!-- /checkout -->\nEnd\n";
        let release = for_release(readme).unwrap();
        assert_eq!(release, "# Line\n\n## Use it\n\nEnd\n");
        assert_eq!(for_release("# Line\n").unwrap(), "# Line\n");
    }

    #[test]
    fn unpaired_marks_are_rejected() {
        for (readme, problem) in [
            ("<!-- checkout -->\n", "does not end"),
            ("<!-- /checkout -->\n", "ends before"),
            ("<!-- checkout -->\n<!-- checkout -->\n", "begins twice"),
        ] {
            let said = for_release(readme).unwrap_err().to_string();
            assert!(said.contains(problem), "{said}");
        }
    }
}
