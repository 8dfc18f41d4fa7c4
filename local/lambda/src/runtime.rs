//! The runtimes of functions in zips, by their identifiers.

use std::fmt;

/// OS-only runtimes: their functions are programs of their own.
const OS_ONLY: [&str; 2] = ["provided.al2023", "provided.al2"];
/// The minor versions of Python 3 that have a managed runtime.
const PYTHON: [u16; 7] = [8, 9, 10, 11, 12, 13, 14];
/// The major versions of Node.js that have a managed runtime.
const NODE: [u16; 4] = [18, 20, 22, 24];

/// A supported runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runtime {
    /// The package contains the program.
    OsOnly,
    /// The package contains modules for an interpreter.
    Managed(Managed),
}

/// A runtime with an interpreter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Managed {
    pub(crate) language: Language,
    /// The version by which AWS names the runtime: of Python the minor one, of Node.js the major one.
    version: u16,
}

/// The language of a managed runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Language {
    Python,
    Node,
}

impl Runtime {
    /// Parses an identifier such as `python3.12`. Returns `None` if the local account does not support it.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        if OS_ONLY.contains(&name) {
            return Some(Self::OsOnly);
        }
        let python = PYTHON.map(|version| (Language::Python, version));
        let node = NODE.map(|version| (Language::Node, version));
        python
            .into_iter()
            .chain(node)
            .map(|(language, version)| Managed { language, version })
            .find(|managed| managed.to_string() == name)
            .map(Self::Managed)
    }

    /// Returns the interpreter's runtime, if it has one.
    pub(crate) fn managed(name: &str) -> Option<Managed> {
        match Self::parse(name) {
            Some(Self::Managed(managed)) => Some(managed),
            Some(Self::OsOnly) | None => None,
        }
    }

    /// Returns the sentence for a runtime that is not supported.
    pub(crate) fn unsupported(name: &str) -> String {
        let list = |language: Language, versions: &[u16]| {
            let name = |version: &u16| {
                let version = *version;
                Managed { language, version }.to_string()
            };
            versions.iter().map(name).collect::<Vec<_>>().join(", ")
        };
        format!(
            "The local account runs functions as programs of this machine: the runtime must be {}, {} or \
             {}, but was {name}. Choose one of these.",
            OS_ONLY.join(", "),
            list(Language::Python, &PYTHON),
            list(Language::Node, &NODE),
        )
    }

    /// Returns the version of a runtime in the words of `INIT_START`, such as `python:3.12.v1`.
    pub(crate) fn version_text(name: &str) -> String {
        match Self::managed(name) {
            Some(managed) => format!("{}:{}.v1", managed.language.id(), managed.number()),
            None => format!("{}.v1", name.replacen('.', ":", 1)),
        }
    }
}

impl Language {
    fn id(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Node => "nodejs",
        }
    }

    /// Returns the name that people use.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::Node => "Node.js",
        }
    }
}

impl fmt::Display for Managed {
    /// Writes the identifier in the API.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = match self.language {
            Language::Python => "",
            Language::Node => ".x",
        };
        write!(f, "{}{}{suffix}", self.language.id(), self.number())
    }
}

impl Managed {
    /// Returns the version that the interpreter must have, such as `3.12` or `20`.
    fn number(self) -> String {
        match self.language {
            Language::Python => format!("3.{}", self.version),
            Language::Node => self.version.to_string(),
        }
    }

    /// Returns the file names of possible interpreters, in the order in which they are tried.
    pub(crate) fn programs(self) -> Vec<String> {
        match self.language {
            Language::Python => vec![format!("python{}", self.number()), "python3".into()],
            Language::Node => vec!["node".into()],
        }
    }

    /// Reports whether an interpreter of this full version, such as `3.12.1`, runs the functions.
    pub(crate) fn is_run_by(self, version: &str) -> bool {
        version
            .strip_prefix(&self.number())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// Returns the sentence for an interpreter that is missing. `found` are the versions of the language's
    /// interpreters that the machine has.
    pub(crate) fn missing(self, found: &[String]) -> String {
        let language = self.language.name();
        let number = self.number();
        let found = match found {
            [] => format!("was not found. Install {language} {number}"),
            found => format!(
                "was found as {} only. Install {language} {number}",
                found.join(" and ")
            ),
        };
        format!(
            "The local account runs {self} functions with the machine's own {language}: {} must be \
             {language} {number} in a directory of its PATH, but {language} {found} there, choose the \
             runtime of an installed interpreter, or choose provided.al2023 for a program of your own.",
            self.programs().join(" or "),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The identifiers are those of `Runtime` in Lambda's service model.
    #[test]
    fn runtimes_are_named_as_by_lambda() {
        for name in ["python3.8", "python3.14", "nodejs18.x", "nodejs24.x"] {
            assert_eq!(Runtime::managed(name).unwrap().to_string(), name);
        }
        assert_eq!(Runtime::parse("provided.al2"), Some(Runtime::OsOnly));
        for name in [
            "python3.1",
            "python2.7",
            "python3.7",
            "nodejs20",
            "nodejs19.x",
            "ruby3.4",
            "",
        ] {
            assert_eq!(Runtime::parse(name), None, "{name}");
        }
    }

    #[test]
    fn an_interpreter_must_have_the_version_of_the_runtime() {
        let python = Runtime::managed("python3.11").unwrap();
        assert!(python.is_run_by("3.11.7"));
        for other in ["3.1.1", "3.12.0", "3.110.1", "2.7.18", ""] {
            assert!(!python.is_run_by(other), "{other}");
        }
        let node = Runtime::managed("nodejs20.x").unwrap();
        assert!(node.is_run_by("20.20.2"));
        assert!(
            !node.is_run_by("2.0.0") && !node.is_run_by("200.1.0") && !node.is_run_by("22.1.0")
        );
    }

    /// The runtimes' versions as CloudWatch Logs shows them, `python:3.12.v38` and `nodejs:20.v39`, with
    /// the first revision.
    #[test]
    fn versions_are_written_as_by_lambda() {
        assert_eq!(Runtime::version_text("python3.12"), "python:3.12.v1");
        assert_eq!(Runtime::version_text("nodejs20.x"), "nodejs:20.v1");
        assert_eq!(
            Runtime::version_text("provided.al2023"),
            "provided:al2023.v1"
        );
    }
}
