//! The running program: one that cargo built in a checkout, or one of a release.

use std::path::{Path, PathBuf};

use clap::Command;

/// The start of a command line in a checkout, as documents and help have it.
const IN_CHECKOUT: &str = "cargo run --";

/// The start of a command line elsewhere.
const RELEASED: &str = "connect-local";

/// The file that cargo keeps in each directory of programs that it builds.
const CARGO_LOCK: &str = ".cargo-lock";

/// The running program and its directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The directory; `None` if the system does not report it.
    directory: Option<PathBuf>,
    built_by_cargo: bool,
}

impl Program {
    /// Returns the running program.
    #[must_use]
    pub fn own() -> Self {
        let path = std::env::current_exe().and_then(|path| path.canonicalize());
        Self::in_directory(path.ok().as_deref().and_then(Path::parent), Path::exists)
    }

    /// Returns a program in a directory.
    fn in_directory(directory: Option<&Path>, exists: impl Fn(&Path) -> bool) -> Self {
        Self {
            directory: directory.map(Path::to_path_buf),
            built_by_cargo: directory.is_some_and(|directory| exists(&directory.join(CARGO_LOCK))),
        }
    }

    /// Returns the start of a command line that runs it.
    #[must_use]
    pub fn invocation(&self) -> &'static str {
        match self.built_by_cargo {
            true => IN_CHECKOUT,
            false => RELEASED,
        }
    }

    /// Returns the path of another program of the same release. One in cargo's own directory may be older
    /// than its sources, so it is not taken.
    #[must_use]
    pub fn beside(&self, name: &str) -> Option<PathBuf> {
        self.beside_where(name, Path::is_file)
    }

    fn beside_where(&self, name: &str, is_file: impl Fn(&Path) -> bool) -> Option<PathBuf> {
        let directory = self.directory.as_ref().filter(|_| !self.built_by_cargo)?;
        Some(directory.join(name)).filter(|path| is_file(path))
    }

    /// Returns the command line with the examples of its help as this program is called.
    #[must_use]
    pub fn called(&self, command: Command) -> Command {
        match self.built_by_cargo {
            true => command,
            false => renamed(command),
        }
    }
}

/// Replaces the start of command lines in the help of a command and its commands.
fn renamed(command: Command) -> Command {
    let told = |help: String| help.replace(IN_CHECKOUT, RELEASED);
    let after = command.get_after_help().map(|help| told(help.to_string()));
    let long = command.get_long_about().map(|help| told(help.to_string()));
    let command = match after {
        Some(help) => command.after_help(help),
        None => command,
    };
    let command = match long {
        Some(about) => command.long_about(about),
        None => command,
    };
    command.mut_subcommands(renamed)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::options::Options;

    fn built_by_cargo() -> Program {
        Program::in_directory(Some(Path::new("/src/target/debug")), |path| {
            path == Path::new("/src/target/debug/.cargo-lock")
        })
    }

    fn released() -> Program {
        Program::in_directory(Some(Path::new("/opt/line/bin")), |_| false)
    }

    #[test]
    fn cargo_leaves_its_lock_beside_the_programs_that_it_builds() {
        // The tests are built by cargo, one directory further down.
        let here = std::env::current_exe().unwrap();
        let directory = here.ancestors().nth(2).unwrap();
        assert!(
            directory.join(CARGO_LOCK).exists(),
            "{}",
            directory.display()
        );
    }

    #[test]
    fn the_operators_program_is_beside_a_released_one_and_never_one_that_may_be_old() {
        let there = |_: &Path| true;
        assert_eq!(
            released().beside_where("operator", there),
            Some("/opt/line/bin/operator".into())
        );
        assert_eq!(released().beside_where("operator", |_| false), None);
        assert_eq!(built_by_cargo().beside_where("operator", there), None);
    }

    #[test]
    fn examples_of_help_are_called_as_the_program_is() {
        let mut command = released().called(Options::command());
        let mut shown = command.render_long_help().to_string();
        for one in command.get_subcommands_mut() {
            shown.push_str(&one.render_long_help().to_string());
        }
        assert!(shown.contains("connect-local call --from"), "{shown}");
        assert!(!shown.contains("cargo run"), "{shown}");
        assert_eq!(built_by_cargo().invocation(), "cargo run --");
    }
}
