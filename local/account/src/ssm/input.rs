//! Inputs of the operations on parameters.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use local_wire::{Fault, constraint, page};
use serde::Deserialize;
use serde_json::{Value, json};

use super::filter::Filter;
use super::invalid;

/// The most names of a request.
const MAX_NAMES: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Put {
    pub(super) name: String,
    pub(super) value: String,
    #[serde(rename = "Type")]
    pub(super) kind: Option<String>,
    pub(super) key_id: Option<String>,
    pub(super) description: Option<String>,
    pub(super) data_type: Option<String>,
    pub(super) tier: Option<String>,
    #[serde(default)]
    pub(super) overwrite: bool,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    pub(super) key: String,
    pub(super) value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NameInput {
    pub(super) name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NamesInput {
    pub(super) names: Vec<String>,
}

/// The part of a list that a request selects. The token is the index of the next element.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Page {
    pub(super) max_results: Option<i64>,
    pub(super) next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ByPath {
    pub(super) path: String,
    #[serde(default)]
    pub(super) recursive: bool,
    #[serde(default)]
    pub(super) parameter_filters: Vec<Filter>,
    #[serde(flatten)]
    pub(super) page: Page,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct History {
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) page: Page,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Describe {
    #[serde(default)]
    pub(super) parameter_filters: Vec<Filter>,
    #[serde(default)]
    pub(super) filters: Vec<Filter>,
    #[serde(flatten)]
    pub(super) page: Page,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Labels {
    pub(super) name: String,
    pub(super) parameter_version: Option<u64>,
    pub(super) labels: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Resource {
    pub(super) resource_type: String,
    pub(super) resource_id: String,
    #[serde(default)]
    pub(super) tags: Vec<Tag>,
    #[serde(default)]
    pub(super) tag_keys: Vec<String>,
}

impl Page {
    /// Returns the selected part of a list, with each element in its shape.
    pub(super) fn of<T>(
        &self,
        member: &str,
        all: &[T],
        sizes: RangeInclusive<usize>,
        shape: impl Fn(&T) -> Value,
    ) -> Result<Value, Fault> {
        let usual = *sizes.end();
        let size = page::size(self.max_results, usual, sizes).map_err(|bound| {
            let requested = self.max_results.unwrap_or_default();
            let broken = format!("Member must have value {bound}");
            invalid(constraint::sentence(requested, "maxResults", &broken))
        })?;
        let from: usize = match &self.next_token {
            None => 0,
            Some(token) => token
                .parse()
                .ok()
                .filter(|from| *from <= all.len())
                .ok_or_else(|| {
                    Fault::new(400, "InvalidNextToken", "The specified token isn't valid.")
                })?,
        };
        let page = page::from(all, from, size);
        let shapes: Vec<Value> = page.items.into_iter().map(shape).collect();
        let mut answer = json!({ member: shapes });
        if let Some(next) = page.next {
            answer["NextToken"] = next.to_string().into();
        }
        Ok(answer)
    }
}

pub(super) fn check_names(names: &[String]) -> Result<(), Fault> {
    match (1..=MAX_NAMES).contains(&names.len()) {
        true => Ok(()),
        false => Err(invalid(format!(
            "1 validation error detected: Value at 'names' failed to satisfy constraint: Member \
             must have length between 1 and {MAX_NAMES}, not {}",
            names.len()
        ))),
    }
}

pub(super) fn pairs(tags: Vec<Tag>) -> BTreeMap<String, String> {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}
