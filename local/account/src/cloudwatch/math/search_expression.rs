//! Parses the search expressions of SEARCH.

/// A search expression such as `{Namespace,Dimension} MetricName="Name" Dimension="value"`.
///
/// Only exact matches, all of which must hold, are supported; CloudWatch also supports partial
/// matches, OR and NOT.
#[derive(Debug, PartialEq)]
pub(super) struct Search {
    pub(super) namespace: String,
    /// The exact set of dimensions that a metric must have.
    pub(super) dimensions: Vec<String>,
    /// `MetricName` or a dimension, and the value that it must have.
    pub(super) terms: Vec<(String, String)>,
}

impl Search {
    /// Parses a search; returns `None` if it is not supported.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (schema, mut rest) = text.trim().strip_prefix('{')?.split_once('}')?;
        let mut schema = schema
            .split(',')
            .map(|name| name.trim().trim_matches('"').to_owned());
        let namespace = schema.next()?;
        let dimensions: Vec<String> = schema.collect();
        let mut terms = Vec::new();
        loop {
            rest = rest.trim_start();
            rest = rest.strip_prefix("AND ").unwrap_or(rest).trim_start();
            if rest.is_empty() {
                break;
            }
            let (name, value) = rest.split_once("=\"")?;
            let (value, after) = value.split_once('"')?;
            let known = name == "MetricName" || dimensions.iter().any(|of| of == name);
            if !known {
                return None;
            }
            terms.push((name.to_owned(), value.to_owned()));
            rest = after;
        }
        Some(Self {
            namespace,
            dimensions,
            terms,
        })
    }
}
