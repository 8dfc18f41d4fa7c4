//! Decides what to do after a change of files.

use std::path::{Path, PathBuf};

use local_toolchain::Files;

/// A mode of `terraform apply`. `Refreshing` includes all that `Quick` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Apply {
    /// Without a refresh: only files changed that resources are created from.
    Quick,
    /// With a refresh of every resource: the configuration itself changed.
    Refreshing,
}

/// The work that brings the line up to date with the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Work {
    pub(super) build: bool,
    pub(super) apply: Option<Apply>,
}

impl Work {
    /// Returns the work that changed files require. Paths are relative to the repository; those of a
    /// stack outside it are absolute.
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

    /// Combines two pieces of work.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            build: self.build || other.build,
            apply: self.apply.max(other.apply),
        }
    }
}

/// Returns the paths of files that were added, removed or modified.
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
    fn each_file_requires_the_work_of_its_part() {
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
    fn failed_work_is_repeated_after_the_next_change() {
        let failed = work(&["lambda/src/handler.rs", "main.tf"]);
        assert_eq!(failed.and(work(&["flows/texts/ja.json"])), failed);
    }

    #[test]
    fn only_changed_content_is_a_change() {
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
