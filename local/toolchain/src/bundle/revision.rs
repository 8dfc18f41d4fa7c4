//! Which commit the sources are.

use std::path::Path;

use tokio::process::Command;

use crate::command::succeed;
use crate::error::Result;
use crate::progress::Silent;

/// A state of the sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The commit's full name.
    pub commit: String,
    /// True when the checkout has changes that are not in it. What git ignores does not count.
    pub dirty: bool,
}

/// Asks git; none when the directory is not the top of a checkout.
///
/// # Errors
///
/// When it is one and git cannot tell, for instance because nothing was committed yet.
pub(super) async fn of(repository: &Path) -> Result<Option<Revision>> {
    // Only the top's own: an unpacked archive may lie in a checkout of something else. A file in a
    // linked worktree, a directory elsewhere.
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
        // Looking must not take a lock that somebody's commit needs.
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
    async fn tells_commits_changes_and_no_checkout_apart() {
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
