//! The properties of a request beyond action and resource.

use std::collections::BTreeMap;

/// The condition keys of a request with their values.
///
/// A key is present with its values, known to be absent, or unknown to the code that created the
/// context. IAM's rules for missing keys apply to absent keys; an unknown key leaves the request
/// undecided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// Values by lower-case key.
    present: BTreeMap<String, Vec<String>>,
    /// Absent keys in lower case; an entry that ends with a slash or a colon stands for all keys
    /// with this prefix.
    absent: Vec<String>,
}

/// The result of looking up a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookup<'a> {
    Present(&'a [String]),
    Absent,
    Unknown,
}

impl Context {
    /// Creates a context without keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the only value of a key.
    #[must_use]
    pub fn with(self, key: &str, value: impl Into<String>) -> Self {
        self.with_all(key, [value.into()])
    }

    /// Sets all values of a key. Without values, the key is absent.
    #[must_use]
    pub fn with_all(mut self, key: &str, values: impl IntoIterator<Item = String>) -> Self {
        let values: Vec<String> = values.into_iter().collect();
        if values.is_empty() {
            return self.without(key);
        }
        self.present.insert(key.to_ascii_lowercase(), values);
        self
    }

    /// Marks a key as absent. With a trailing slash, as in `aws:RequestTag/`, all keys with this
    /// prefix are absent. Present keys stay present.
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

/// A condition key or policy variable that the context does not know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UnknownKey(pub(crate) String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_ignore_case_and_unknown_ones_are_not_absent() {
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
