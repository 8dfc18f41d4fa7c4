//! The commit of the sources.

use std::path::Path;

use tokio::process::Command;

use crate::command::succeed;
use crate::error::Result;
use crate::progress::Silent;

/// A state of the sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The commit's full hash.
    pub commit: String,
    /// Whether the checkout has uncommitted changes, apart from ignored files.
    pub dirty: bool,
}

/// Queries git. Returns `None` if the directory is not the top of a checkout.
///
/// # Errors
///
/// When it is a checkout and git fails, for example because it has no commit yet.
pub(super) async fn of(repository: &Path) -> Result<Option<Revision>> {
    // Only the directory's own checkout counts: an unpacked archive may be inside another one. `.git` is
    // a file in a linked worktree, and otherwise a directory.
    if !repository.join(".git").exists() {
        return Ok(None);
    }
    let commit = git(repository, &["rev-parse", "--verify", "HEAD"]).await?;
    let changes = git(
        repository,
        &["status", "--porcelain", "--untracked-files=normal"],
    )
    .await?;
    Ok(Some(Revision {
        commit: commit.trim().to_owned(),
        dirty: !changes.is_empty(),
    }))
}

async fn git(repository: &Path, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new("git");
    command
        // Reading must not take a lock that another process needs for a commit.
        .arg("--no-optional-locks")
        .args(arguments)
        .current_dir(repository);
    succeed(command, &Silent).await
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;

    use super::*;

    fn git_now(directory: &Path, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=x", "-c", "user.email=x@example.com"])
            .args(["-c", "commit.gpgsign=false"])
            .args(arguments)
            .current_dir(directory)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    #[tokio::test]
    async fn commits_changes_and_missing_checkouts_are_distinguished() {
        let directory = tempfile::tempdir().unwrap();
        let top = directory.path();
        assert_eq!(of(top).await.unwrap(), None);
        git_now(top, &["init", "--quiet"]);
        of(top).await.unwrap_err();

        fs::write(top.join("main.tf"), "one").unwrap();
        fs::write(top.join(".gitignore"), "/target/\n").unwrap();
        git_now(top, &["add", "."]);
        git_now(top, &["commit", "--quiet", "--message", "one"]);
        let commit = git_now(top, &["rev-parse", "HEAD"]).trim().to_owned();
        let clean = Revision {
            commit: commit.clone(),
            dirty: false,
        };
        assert_eq!(of(top).await.unwrap(), Some(clean.clone()));
        fs::create_dir(top.join("target")).unwrap();
        fs::write(top.join("target/x"), "x").unwrap();
        assert_eq!(of(top).await.unwrap(), Some(clean));

        fs::write(top.join("new.tf"), "two").unwrap();
        assert!(of(top).await.unwrap().unwrap().dirty);
        let inside = top.join("unpacked");
        fs::create_dir(&inside).unwrap();
        assert_eq!(of(&inside).await.unwrap(), None);
    }
}
