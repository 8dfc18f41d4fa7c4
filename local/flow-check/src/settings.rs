//! The settings of a project.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use connect_flow::FlowKind;
use serde::Deserialize;

use crate::file::{TYPES, kind_of};
use crate::printable::printable;
use crate::rules::{self, Rule};

/// The time after which a message counts as long, without a setting.
const LONGEST_MESSAGE: Duration = Duration::from_secs(60);

/// The settings under which flows are checked.
#[derive(Debug, Clone)]
pub struct Settings {
    allowed: BTreeSet<&'static str>,
    allowed_in: Vec<(String, BTreeSet<&'static str>)>,
    types: Vec<(String, FlowKind)>,
    functions: BTreeMap<String, FunctionSettings>,
    /// The longest time that a message may take to be spoken.
    pub longest_message: Duration,
}

/// The settings of a function that flows invoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FunctionSettings {
    /// The function's own timeout.
    pub timeout_seconds: u64,
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The text is not JSON with the members of settings.
    #[error(
        "the settings must be a JSON object of the members that docs/flow-check.md lists, but: {0}"
    )]
    Json(#[from] serde_json::Error),
    /// A rule does not exist.
    #[error("a rule's id must be one that `flow rule` lists, but was {0}")]
    UnknownRule(String),
    /// A kind of flow does not exist.
    #[error("the type of {path} must be one of {known}, but was {given}")]
    UnknownType {
        /// The path whose type it is.
        path: String,
        /// The names of all types.
        known: String,
        /// The given name.
        given: String,
    },
    /// The longest message takes no time.
    #[error("longestMessageSeconds must be a whole number from 1 to 3600, but was {0}")]
    LongestMessage(u64),
}

/// The settings as a file has them.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    allow: Vec<String>,
    allow_in: BTreeMap<String, Vec<String>>,
    types: BTreeMap<String, String>,
    functions: BTreeMap<String, FunctionSettings>,
    longest_message_seconds: Option<u64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allowed: BTreeSet::new(),
            allowed_in: Vec::new(),
            types: Vec::new(),
            functions: BTreeMap::new(),
            longest_message: LONGEST_MESSAGE,
        }
    }
}

impl Settings {
    /// Reads the settings of a JSON file. Its members, all optional:
    ///
    /// * `allow`: ids of rules whose findings are not reported;
    /// * `allowIn`: the same for files and directories, by their paths;
    /// * `types`: the kinds of flow in files and directories, by their paths;
    /// * `functions`: by ARN or name, `timeoutSeconds` of a function;
    /// * `longestMessageSeconds`: the longest time that a message may take to be spoken.
    ///
    /// # Errors
    /// When the text is not JSON, or has a member, a rule or a type that does not exist.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let written: Written = serde_json::from_str(text)?;
        let mut settings = Self {
            allowed: known(&written.allow)?,
            functions: written.functions,
            ..Self::default()
        };
        for (path, ids) in written.allow_in {
            settings.allowed_in.push((path, known(&ids)?));
        }
        for (path, given) in written.types {
            let Some(kind) = kind_of(&given) else {
                return Err(SettingsError::UnknownType {
                    path: printable(&path),
                    known: TYPES.map(|(name, _)| name).join(", "),
                    given: printable(&given),
                });
            };
            settings.types.push((path, kind));
        }
        // The longest path is the most specific one.
        settings
            .types
            .sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        match written.longest_message_seconds {
            None => {}
            Some(seconds @ 1..=3600) => settings.longest_message = Duration::from_secs(seconds),
            Some(seconds) => return Err(SettingsError::LongestMessage(seconds)),
        }
        Ok(settings)
    }

    /// Allows the findings of a rule in every file.
    ///
    /// # Errors
    /// When the rule does not exist.
    pub fn allow(&mut self, id: &str) -> Result<(), SettingsError> {
        self.allowed.extend(known(&[id.to_owned()])?);
        Ok(())
    }

    /// Returns the kind of the flow in a file; `None` if the settings do not say it.
    pub fn kind(&self, file: &str) -> Option<FlowKind> {
        let (_, kind) = self.types.iter().find(|(path, _)| contains(path, file))?;
        Some(*kind)
    }

    /// Reports whether findings of the rule are not reported for a file.
    pub(crate) fn allows(&self, rule: &Rule, file: &str) -> bool {
        let here = self
            .allowed_in
            .iter()
            .filter(|(path, _)| contains(path, file));
        self.allowed.contains(rule.id) || here.into_iter().any(|(_, ids)| ids.contains(rule.id))
    }

    /// Returns the settings of a function, by the ARN with which a flow invokes it.
    pub(crate) fn function(&self, arn: &str) -> Option<FunctionSettings> {
        // arn:partition:lambda:region:account:function:name[:qualifier]
        let parts: Vec<&str> = arn.split(':').collect();
        let name = parts.get(6).copied().unwrap_or(arn);
        let unqualified = parts.get(..7).map(|parts| parts.join(":"));
        [Some(arn), unqualified.as_deref(), Some(name)]
            .into_iter()
            .flatten()
            .find_map(|key| self.functions.get(key))
            .copied()
    }
}

/// Returns the ids of rules, each of which must exist.
fn known(ids: &[String]) -> Result<BTreeSet<&'static str>, SettingsError> {
    ids.iter()
        .map(|id| match rules::find(id) {
            Some(rule) => Ok(rule.id),
            None => Err(SettingsError::UnknownRule(printable(id))),
        })
        .collect()
}

/// Reports whether a path of the settings is the file or a directory above it.
fn contains(path: &str, file: &str) -> bool {
    let parts = |path: &str| -> Vec<String> {
        path.split(['/', '\\'])
            .filter(|part| !part.is_empty() && *part != ".")
            .map(str::to_owned)
            .collect()
    };
    parts(file).starts_with(&parts(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Settings {
        Settings::parse(text).unwrap()
    }

    #[test]
    fn paths_are_files_or_directories_above() {
        let settings = parse(
            r#"{"allowIn": {"flows/old": ["lint/long-message"]},
                "types": {"flows": "MODULE", "flows/queue.json": "CUSTOMER_QUEUE"}}"#,
        );
        let long = rules::find("lint/long-message").unwrap();
        assert!(settings.allows(long, "./flows/old/a.json"));
        assert!(!settings.allows(long, "flows/older.json"));
        assert_eq!(
            settings.kind("flows/queue.json"),
            Some(FlowKind::CustomerQueue)
        );
        assert_eq!(settings.kind("flows/x/y.json"), Some(FlowKind::Module));
        assert_eq!(settings.kind("other.json"), None);
    }

    /// The parts of a function's ARN: AWS's "Service authorization reference", AWS Lambda.
    #[test]
    fn a_function_is_known_by_arn_or_name() {
        let settings = parse(r#"{"functions": {"f": {"timeoutSeconds": 30}}}"#);
        let arn = "arn:aws:lambda:eu-west-1:111122223333:function:f:live";
        let found = settings.function(arn).unwrap();
        assert_eq!(found.timeout_seconds, 30);
        let by_arn = parse(
            r#"{"functions": {"arn:aws:lambda:eu-west-1:111122223333:function:f": {"timeoutSeconds": 3}}}"#,
        );
        assert_eq!(by_arn.function(arn).unwrap().timeout_seconds, 3);
        assert!(by_arn.function("$.Attributes.f").is_none());
    }

    #[test]
    fn what_does_not_exist_is_refused_by_name() {
        for (text, said) in [
            (r#"{"alow": []}"#, "alow"),
            (r#"{"allow": ["lint/x"]}"#, "lint/x"),
            (r#"{"allowIn": {"a": ["x"]}}"#, "but was x"),
            (r#"{"types": {"a": "FLOW"}}"#, "but was FLOW"),
            (r#"{"functions": {"f": {"seconds": 1}}}"#, "seconds"),
            (r#"{"longestMessageSeconds": 0}"#, "but was 0"),
            ("[", "must be a JSON object"),
        ] {
            let error = Settings::parse(text).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
        assert!(Settings::default().allow("lint/unknown").is_err());
    }
}
