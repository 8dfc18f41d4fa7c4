//! Filters of lists of parameters.

use serde::Deserialize;

use super::parameters::Parameter;

/// A filter: a property, a comparison and values, any of which may match.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Filter {
    key: String,
    option: Option<String>,
    #[serde(default)]
    values: Vec<String>,
}

impl Filter {
    /// Reports whether a parameter matches all of the filters.
    pub(super) fn all(filters: &[Self], name: &str, parameter: &Parameter) -> bool {
        filters.iter().all(|filter| filter.fits(name, parameter))
    }

    fn fits(&self, name: &str, parameter: &Parameter) -> bool {
        let Some(latest) = parameter.latest() else {
            return false;
        };
        match self.key.as_str() {
            "Name" => self.fits_text(name),
            "Type" => self.fits_text(&latest.kind),
            "DataType" => self.fits_text(&latest.data_type),
            "Tier" => self.fits_text(&latest.tier),
            "KeyId" => latest.key.as_deref().is_some_and(|key| self.fits_text(key)),
            "Label" => latest.labels.iter().any(|label| self.fits_text(label)),
            "Path" => self.values.iter().any(|path| self.fits_path(name, path)),
            key => key.strip_prefix("tag:").is_some_and(|key| {
                let tag = parameter.tags.get(key);
                tag.is_some_and(|value| self.values.is_empty() || self.fits_text(value))
            }),
        }
    }

    fn fits_text(&self, text: &str) -> bool {
        let fits = |value: &String| match self.option.as_deref() {
            Some("BeginsWith") => text.starts_with(value.as_str()),
            Some("Contains") => text.contains(value.as_str()),
            _ => text == value,
        };
        self.values.iter().any(fits)
    }

    fn fits_path(&self, name: &str, path: &str) -> bool {
        let below = name
            .strip_prefix(path.trim_end_matches('/'))
            .and_then(|rest| rest.strip_prefix('/'));
        match self.option.as_deref() {
            Some("Recursive") => below.is_some(),
            _ => below.is_some_and(|rest| !rest.contains('/')),
        }
    }
}
