//! The identity of a metric: namespace, name and dimensions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The most dimensions of a metric.
pub(super) const MAX_DIMENSIONS: usize = 30;
/// The most characters in names of metrics, namespaces and dimensions, and in dimensions' values.
pub(super) const MAX_NAME_LENGTH: usize = 255;
pub(super) const MAX_VALUE_LENGTH: usize = 1_024;

/// A dimension's name and value, as requests have them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Dimension {
    pub(super) name: String,
    #[serde(default)]
    pub(super) value: Option<String>,
}

/// The identity of a metric.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct MetricKey {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) dimensions: BTreeMap<String, String>,
}

impl MetricKey {
    pub(super) fn new(namespace: &str, name: &str, dimensions: &[Dimension]) -> Self {
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            dimensions: dimensions
                .iter()
                .map(|dimension| {
                    (
                        dimension.name.clone(),
                        dimension.value.clone().unwrap_or_default(),
                    )
                })
                .collect(),
        }
    }

    /// Reports whether its names have lengths that CloudWatch accepts.
    pub(super) fn fits(&self) -> bool {
        let short = |text: &str, longest| (1..=longest).contains(&text.chars().count());
        let dimensions = &self.dimensions;
        [&self.namespace, &self.name]
            .into_iter()
            .all(|name| short(name, MAX_NAME_LENGTH))
            && dimensions.len() <= MAX_DIMENSIONS
            && dimensions
                .iter()
                .all(|(name, value)| short(name, MAX_NAME_LENGTH) && short(value, MAX_VALUE_LENGTH))
    }

    pub(super) fn shape(&self) -> Value {
        let dimensions: Vec<Value> = self
            .dimensions
            .iter()
            .map(|(name, value)| json!({ "Name": name, "Value": value }))
            .collect();
        json!({
            "Namespace": self.namespace,
            "MetricName": self.name,
            "Dimensions": dimensions,
        })
    }
}
