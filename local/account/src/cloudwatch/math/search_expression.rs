//! What SEARCH is asked for.

/// What a search looks for, such as `{Namespace,Dimension} MetricName="Name" Dimension="value"`.
///
/// Only exact matches, which have to hold all together, are known here; CloudWatch also knows parts
/// of words, OR and NOT.
#[derive(Debug, PartialEq)]
pub(super) struct Search {
    pub(super) namespace: String,
    /// The metric has exactly these.
    pub(super) dimensions: Vec<String>,
    /// `MetricName` or a dimension, and its value.
    pub(super) terms: Vec<(String, String)>,
}

impl Search {
    /// `None` where it is none that is known here.
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
