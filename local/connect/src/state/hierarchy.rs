//! The user hierarchy: its levels and groups.

use local_wire::Fault;

use super::{Collection, Identity, Instance, Kind, Resource, identified, now};

/// The members of the levels in structures and paths.
pub(crate) const LEVELS: [&str; 5] = [
    "LevelOne",
    "LevelTwo",
    "LevelThree",
    "LevelFour",
    "LevelFive",
];

/// The levels of the hierarchy. A new instance has none.
pub(crate) type Levels = [Option<HierarchyLevel>; LEVELS.len()];

/// A level of the hierarchy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HierarchyLevel {
    pub(crate) name: String,
    /// The time of the last change, in seconds since the epoch.
    pub(crate) modified: i64,
}

/// A group of users.
#[derive(Debug, Clone)]
pub(crate) struct HierarchyGroupRecord {
    pub(crate) identity: Identity,
    /// The index of its level.
    pub(crate) level: usize,
    /// The id of its parent, on all levels but the first.
    pub(crate) parent: Option<String>,
}

identified!(HierarchyGroupRecord);

impl Resource for HierarchyGroupRecord {
    const KIND: Kind = Kind {
        arn: "agent-group",
        title: "Hierarchy group",
        one: "A hierarchy group",
        many: "user hierarchy groups",
        // The default (administrator guide, "Amazon Connect service quotas").
        quota: 500,
    };
}

/// Returns the id of a level, which ends its ARN as well: `1` to `5` (AWS CLI's example of
/// describe-user-hierarchy-group, and the pattern of `HierarchyLevelArn` in CloudFormation).
pub(crate) fn level_id(index: usize) -> String {
    (index + 1).to_string()
}

impl Collection<HierarchyGroupRecord> {
    /// Returns a group after its parents, that of the first level first.
    pub(crate) fn path(&self, id: &str) -> Result<Vec<&HierarchyGroupRecord>, Fault> {
        let mut path = vec![self.get(id)?];
        while let Some(parent) = path.last().and_then(|group| group.parent.as_deref()) {
            path.push(self.get(parent)?);
        }
        path.reverse();
        Ok(path)
    }
}

impl Instance {
    /// Returns the ARN of a level.
    pub(crate) fn level_arn(&self, index: usize) -> String {
        format!("{}/agent-group-level/{}", self.arn, level_id(index))
    }

    /// Sets the names of the levels. A level that keeps its place keeps its id.
    pub(crate) fn set_levels(&mut self, names: [Option<String>; LEVELS.len()]) {
        for (level, name) in self.levels.iter_mut().zip(names) {
            let unchanged = level.as_ref().map(|level| &level.name) == name.as_ref();
            if !unchanged {
                *level = name.map(|name| HierarchyLevel {
                    name,
                    modified: now(),
                });
            }
        }
    }
}
