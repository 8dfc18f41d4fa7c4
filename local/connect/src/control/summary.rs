//! The summary that lists have of a resource.

use serde::Serialize;

use crate::state::Identity;

/// A resource in a list.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Summary<'a> {
    id: &'a str,
    arn: &'a str,
    name: &'a str,
    last_modified_time: i64,
    last_modified_region: &'a str,
}

impl<'a> Summary<'a> {
    pub(super) fn of(resource: &'a Identity, region: &'a str) -> Self {
        Self {
            id: &resource.id,
            arn: &resource.arn,
            name: &resource.name,
            last_modified_time: resource.modified,
            last_modified_region: region,
        }
    }
}
