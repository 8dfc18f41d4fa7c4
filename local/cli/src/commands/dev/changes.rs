//! What changed in the files, and what is to be done about it.

use std::path::{Path, PathBuf};

use local_toolchain::Files;

/// How Terraform applies; the later one does all that the earlier one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Apply {
    /// It trusts its state: files that resources are made of changed, and nothing else.
    Quick,
    /// It looks at everything that is there: the configuration itself changed.
    Refreshing,
}

/// What is to be done until the line is as the files say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Work {
    /// Build the function.
    pub(super) build: bool,
    /// Apply.
    pub(super) apply: Option<Apply>,
}

impl Work {
    /// What changed files ask for. Their paths are those of the repository; files of a stack
    /// elsewhere have absolute ones.
    pub(super) fn after(changed: &[PathBuf]) -> Self {
        changed
            .iter()
            .map(|path| Self::for_file(path))
            .fold(Self::default(), Self::and)
    }

    fn for_file(path: &Path) -> Self {
        match path {
            path if path.starts_with("lambda") => Self {
                build: true,
                apply: None,
            },
            path if path.starts_with("flows") => Self {
                build: false,
                apply: Some(Apply::Quick),
            },
            _ => Self {
                build: false,
                apply: Some(Apply::Refreshing),
            },
        }
    }

    /// Both.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            build: self.build || other.build,
            apply: self.apply.max(other.apply),
        }
    }
}

/// The paths of the files that came, went or have other content.
pub(super) fn changed<'a>(before: &'a Files, now: &'a Files) -> impl Iterator<Item = &'a Path> {
    let gone = before.keys().filter(|path| !now.contains_key(*path));
    let other = now
        .iter()
        .filter(|(path, bytes)| before.get(*path) != Some(bytes))
        .map(|(path, _)| path);
    gone.chain(other).map(PathBuf::as_path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn work(paths: &[&str]) -> Work {
        Work::after(&paths.iter().map(PathBuf::from).collect::<Vec<_>>())
    }

    #[test]
    fn each_file_asks_for_what_it_is_part_of() {
        let (quick, refreshing) = (Some(Apply::Quick), Some(Apply::Refreshing));
        for (paths, build, apply) in [
            (&["flows/texts/ja.json"][..], false, quick),
            (&["flows/line.json.tftpl"], false, quick),
            (&["lambda/src/handler.rs"], true, None),
            (&["lambda/Cargo.toml"], true, None),
            (&["main.tf"], false, refreshing),
            (&["modules/lambda/main.tf"], false, refreshing),
            (&["examples/complete/main.tf"], false, refreshing),
            (&["/home/me/stack/main.tf"], false, refreshing),
            (&["/home/me/stack/flows/x.json"], false, refreshing),
            (&["flows/line.json.tftpl", "main.tf"], false, refreshing),
            (
                &["main.tf", "flows/line.json.tftpl", "lambda/src/a.rs"],
                true,
                refreshing,
            ),
            (&[], false, None),
        ] {
            assert_eq!(work(paths), Work { build, apply }, "{paths:?}");
        }
    }

    #[test]
    fn what_failed_is_done_with_the_next_change() {
        let failed = work(&["lambda/src/handler.rs", "main.tf"]);
        assert_eq!(failed.and(work(&["flows/texts/ja.json"])), failed);
    }

    #[test]
    fn only_content_counts() {
        let files = |list: &[(&str, &str)]| -> Files {
            let file = |&(path, text): &(&str, &str)| (path.into(), text.as_bytes().to_vec());
            list.iter().map(file).collect()
        };
        let before = files(&[("gone", "x"), ("other", "x"), ("same", "x")]);
        let now = files(&[("came", "x"), ("other", "y"), ("same", "x")]);
        let mut paths: Vec<_> = changed(&before, &now).collect();
        paths.sort();
        assert_eq!(paths, ["came", "gone", "other"].map(Path::new));
        assert_eq!(changed(&now, &now).count(), 0);
    }
}
