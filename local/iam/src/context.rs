//! What is known about a request beyond action and resource.

use std::collections::BTreeMap;

/// Condition keys of a request and their values.
///
/// A key is present with its values, known to be absent, or unknown to whoever made the context.
/// Absent keys follow IAM's rules for missing keys; unknown ones decide nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// By lower-case key.
    present: BTreeMap<String, Vec<String>>,
    /// Lower case; an entry that ends with a slash or a colon stands for all keys that begin so.
    absent: Vec<String>,
}

/// What a context says of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookup<'a> {
    Present(&'a [String]),
    Absent,
    Unknown,
}

impl Context {
    /// A context that knows of no key.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a key its only value.
    #[must_use]
    pub fn with(self, key: &str, value: impl Into<String>) -> Self {
        self.with_all(key, [value.into()])
    }

    /// Gives a key all of its values. None at all make it absent.
    #[must_use]
    pub fn with_all(mut self, key: &str, values: impl IntoIterator<Item = String>) -> Self {
        let values: Vec<String> = values.into_iter().collect();
        if values.is_empty() {
            return self.without(key);
        }
        self.present.insert(key.to_ascii_lowercase(), values);
        self
    }

    /// Notes that the request does not have this key; `aws:RequestTag/`, with its slash, notes it
    /// of every key that begins so. Present keys stay present.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        self.absent.push(key.to_ascii_lowercase());
        self
    }

    pub(crate) fn get(&self, key: &str) -> Lookup<'_> {
        let key = key.to_ascii_lowercase();
        if let Some(values) = self.present.get(&key) {
            return Lookup::Present(values);
        }
        let absent = self.absent.iter().any(|known| {
            *known == key || (known.ends_with(['/', ':']) && key.starts_with(known.as_str()))
        });
        if absent {
            Lookup::Absent
        } else {
            Lookup::Unknown
        }
    }
}

/// A condition key or policy variable that a context does not know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UnknownKey(pub(crate) String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_in_any_case_and_unknown_ones_are_not_absent() {
        let context = Context::new()
            .with("kms:ViaService", "ssm.eu-west-1.amazonaws.com")
            .without("aws:PrincipalTag/")
            .without("kms:MacAlgorithm");
        assert!(matches!(context.get("KMS:viaservice"), Lookup::Present(_)));
        assert_eq!(context.get("kms:macalgorithm"), Lookup::Absent);
        assert_eq!(context.get("aws:PrincipalTag/team"), Lookup::Absent);
        assert_eq!(context.get("kms:MacAlgorithms"), Lookup::Unknown);
        assert_eq!(
            Context::new()
                .with_all("aws:TagKeys", [])
                .get("aws:TagKeys"),
            Lookup::Absent
        );
    }
}
