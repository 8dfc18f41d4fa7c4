//! Tags of all resources.

use local_wire::{Declared, Fault, Outcome, delete, done, get, partition, post, reply};
use serde::{Deserialize, Serialize};

use super::Serve::Now;
use super::{ControlRequest, Serve};
use crate::ConnectService;
use crate::state::{State, Tags, no_such};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    post("TagResource", "/tags/{resourceArn}", Now(tag_resource)),
    delete("UntagResource", "/tags/{resourceArn}", Now(untag_resource)),
    get("ListTagsForResource", "/tags/{resourceArn}", Now(list_tags_for_resource)),
];

/// The maximum number of tags of a resource (service model).
const TAGS_PER_RESOURCE: usize = 50;

// Only these three shapes have members in lower case.
#[derive(Deserialize)]
struct NewTags {
    tags: Tags,
}

#[derive(Serialize)]
struct TagList<'a> {
    tags: &'a Tags,
}

impl ControlRequest<'_> {
    fn tags<'s>(&self, state: &'s mut State) -> Result<&'s mut Tags, Fault> {
        let arn = self.path("resourceArn");
        if !arn.starts_with(&format!("arn:{}:connect:", partition(self.region()))) {
            return Err(self.invalid(format!(
                "resourceArn must be an ARN of Connect, but was {arn}"
            )));
        }
        let region = state.region_mut(self.region());
        let numbers = region.numbers.iter_mut();
        let mut numbers = numbers.filter(|number| number.arn == arn);
        if let Some(number) = numbers.next() {
            return Ok(&mut number.tags);
        }
        let mut instances = region.instances.iter_mut();
        instances
            .find_map(|instance| instance.tags_mut(arn))
            .ok_or_else(|| no_such("Resource", arn))
    }
}

fn tag_resource(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let NewTags { tags: new } = request.input()?;
    let mut state = service.state();
    let tags = request.tags(&mut state)?;
    let mut merged = tags.clone();
    merged.extend(new);
    if merged.len() > TAGS_PER_RESOURCE {
        return Err(request.invalid(format!(
            "A resource must have at most {TAGS_PER_RESOURCE} tags."
        )));
    }
    *tags = merged;
    done()
}

fn untag_resource(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let keys = request.query_all("tagKeys");
    let mut state = service.state();
    request
        .tags(&mut state)?
        .retain(|key, _| !keys.contains(key));
    done()
}

fn list_tags_for_resource(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let mut state = service.state();
    reply(&TagList {
        tags: request.tags(&mut state)?,
    })
}
