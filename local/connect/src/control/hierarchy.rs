//! The user hierarchy: its levels and groups.

use local_wire::{Declared, Fault, Outcome, delete, done, get, post, put, reply};
use serde::{Deserialize, Serialize};

use super::Serve::Now;
use super::search::{NoConditions, Search, Searchable};
use super::summary::Summary;
use super::{ControlRequest, Serve};
use crate::ConnectService;
use crate::state::{HierarchyGroupRecord, Instance, LEVELS, Tags, in_use, level_id};

/// The operations that are served, one per line.
#[rustfmt::skip]
pub(super) const OPERATIONS: &[Declared<Serve>] = &[
    get("DescribeUserHierarchyStructure", "/user-hierarchy-structure/{InstanceId}", Now(describe_user_hierarchy_structure)),
    post("UpdateUserHierarchyStructure", "/user-hierarchy-structure/{InstanceId}", Now(update_user_hierarchy_structure)),
    put("CreateUserHierarchyGroup", "/user-hierarchy-groups/{InstanceId}", Now(create_user_hierarchy_group)),
    get("DescribeUserHierarchyGroup", "/user-hierarchy-groups/{InstanceId}/{HierarchyGroupId}", Now(describe_user_hierarchy_group)),
    post("UpdateUserHierarchyGroupName", "/user-hierarchy-groups/{InstanceId}/{HierarchyGroupId}/name", Now(update_user_hierarchy_group_name)),
    delete("DeleteUserHierarchyGroup", "/user-hierarchy-groups/{InstanceId}/{HierarchyGroupId}", Now(delete_user_hierarchy_group)),
    post("SearchUserHierarchyGroups", "/search-user-hierarchy-groups", Now(search_user_hierarchy_groups)),
    get("ListUserHierarchyGroups", "/user-hierarchy-groups-summary/{InstanceId}", Now(list_user_hierarchy_groups)),
];

/// The most characters of names, which the API reference has and the service model lacks.
const LEVEL_NAME_LENGTH: usize = 50;
const GROUP_NAME_LENGTH: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewStructure {
    hierarchy_structure: StructureUpdate,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StructureUpdate {
    level_one: Option<LevelUpdate>,
    level_two: Option<LevelUpdate>,
    level_three: Option<LevelUpdate>,
    level_four: Option<LevelUpdate>,
    level_five: Option<LevelUpdate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LevelUpdate {
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct LevelShape<'a> {
    id: String,
    arn: String,
    name: &'a str,
    last_modified_time: i64,
    last_modified_region: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedStructure<'a> {
    hierarchy_structure: ByLevel<LevelShape<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateGroup {
    name: String,
    parent_group_id: Option<String>,
    tags: Option<Tags>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreatedGroup<'a> {
    hierarchy_group_id: &'a str,
    hierarchy_group_arn: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GroupShape<'a> {
    id: &'a str,
    arn: &'a str,
    name: &'a str,
    level_id: String,
    hierarchy_path: ByLevel<Summary<'a>>,
    tags: &'a Tags,
    last_modified_time: i64,
    last_modified_region: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedGroup<'a> {
    hierarchy_group: GroupShape<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NewName {
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GroupList<'a> {
    user_hierarchy_group_summary_list: Vec<Summary<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// Values with the names of their levels, the first level first.
struct ByLevel<T>(Vec<Option<T>>);

impl<T: Serialize> Serialize for ByLevel<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let named = LEVELS.iter().zip(&self.0);
        serializer.collect_map(named.filter_map(|(name, value)| Some((name, value.as_ref()?))))
    }
}

impl Searchable for HierarchyGroupRecord {
    // UserHierarchyGroupSearchCriteria.
    const FIELDS: &'static [&'static str] = &["name", "parentId", "levelId", "resourceID"];
    type Conditions = NoConditions;
    type Attributes = NoConditions;

    fn has(&self, field: &str, matches: &dyn Fn(&str) -> bool) -> bool {
        match field {
            "name" => matches(&self.name),
            "parentid" => self.parent.as_deref().is_some_and(matches),
            "levelid" => matches(&level_id(self.level)),
            _ => matches(&self.id),
        }
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }
}

impl StructureUpdate {
    fn names(self) -> [Option<String>; LEVELS.len()] {
        [
            self.level_one,
            self.level_two,
            self.level_three,
            self.level_four,
            self.level_five,
        ]
        .map(|level| level.map(|level| level.name))
    }
}

impl ControlRequest<'_> {
    /// Checks the length of a name.
    fn name_length(&self, name: &str, most: usize) -> Result<(), Fault> {
        let length = name.chars().count();
        if (1..=most).contains(&length) {
            return Ok(());
        }
        Err(self.invalid(format!(
            "Name must have 1 to {most} characters, but has {length}."
        )))
    }
}

impl<'a> GroupShape<'a> {
    fn of(
        group: &'a HierarchyGroupRecord,
        instance: &'a Instance,
        region: &'a str,
    ) -> Result<Self, Fault> {
        let path = instance.hierarchy_groups.path(&group.id)?;
        let path = path.into_iter().map(|one| Some(Summary::of(one, region)));
        Ok(Self {
            id: &group.id,
            arn: &group.arn,
            name: &group.name,
            level_id: level_id(group.level),
            hierarchy_path: ByLevel(path.collect()),
            tags: &group.tags,
            last_modified_time: group.modified,
            last_modified_region: region,
        })
    }
}

fn describe_user_hierarchy_structure(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let state = service.state();
    let instance = request.instance(&state)?;
    let levels = instance.levels.iter().enumerate();
    let levels = levels.map(|(index, level)| {
        level.as_ref().map(|level| LevelShape {
            id: level_id(index),
            arn: instance.level_arn(index),
            name: &level.name,
            last_modified_time: level.modified,
            last_modified_region: request.region(),
        })
    });
    reply(&DescribedStructure {
        hierarchy_structure: ByLevel(levels.collect()),
    })
}

/// Sets all levels: one that is absent is removed. Terraform's provider removes the structure with an
/// update that has none.
fn update_user_hierarchy_structure(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let input: NewStructure = request.input()?;
    let names = input.hierarchy_structure.names();
    for name in names.iter().flatten() {
        request.name_length(name, LEVEL_NAME_LENGTH)?;
    }
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    let mut groups = instance.hierarchy_groups.iter();
    if let Some(group) = groups.find(|group| names[group.level].is_none()) {
        let level = LEVELS[group.level];
        return Err(in_use(
            level,
            &format!("the hierarchy group {}", group.name),
        ));
    }
    instance.set_levels(names);
    done()
}

fn create_user_hierarchy_group(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let input: CreateGroup = request.input()?;
    request.name_length(&input.name, GROUP_NAME_LENGTH)?;
    let tags = input.tags.unwrap_or_default();
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    let (level, parent) = match input.parent_group_id {
        None => (0, None),
        Some(parent) => {
            let parent = instance.hierarchy_groups.get(&parent)?;
            (parent.level + 1, Some(parent.id.clone()))
        }
    };
    if instance.levels.get(level).is_none_or(Option::is_none) {
        return Err(Fault::new(
            400,
            "InvalidRequestException",
            format!(
                "The hierarchy must have a level {}, on which the group would be.",
                level_id(level)
            ),
        ));
    }
    let groups = &mut instance.hierarchy_groups;
    let group = groups.create(&instance.arn, input.name, tags, |identity| {
        HierarchyGroupRecord {
            identity,
            level,
            parent,
        }
    })?;
    reply(&CreatedGroup {
        hierarchy_group_id: &group.id,
        hierarchy_group_arn: &group.arn,
    })
}

fn describe_user_hierarchy_group(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let state = service.state();
    let instance = request.instance(&state)?;
    let groups = &instance.hierarchy_groups;
    let group = groups.get(request.path("HierarchyGroupId"))?;
    reply(&DescribedGroup {
        hierarchy_group: GroupShape::of(group, instance, request.region())?,
    })
}

fn update_user_hierarchy_group_name(
    service: &ConnectService,
    request: &ControlRequest<'_>,
) -> Outcome {
    let NewName { name } = request.input()?;
    request.name_length(&name, GROUP_NAME_LENGTH)?;
    let mut state = service.state();
    let groups = &mut request.instance_mut(&mut state)?.hierarchy_groups;
    groups.change(request.path("HierarchyGroupId"), Some(name), |_| ())?;
    done()
}

fn delete_user_hierarchy_group(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let mut state = service.state();
    let instance = request.instance_mut(&mut state)?;
    let groups = &instance.hierarchy_groups;
    let group = groups.get(request.path("HierarchyGroupId"))?;
    let mut others = groups.iter();
    if let Some(child) = others.find(|other| other.parent.as_deref() == Some(&group.id)) {
        return Err(in_use(
            &group.name,
            &format!("its child group {}", child.name),
        ));
    }
    instance.unused_by_users(&group.name, |user| {
        user.hierarchy_group_id.as_deref() == Some(&group.id)
    })?;
    let id = group.id.clone();
    instance.hierarchy_groups.remove(&id)?;
    done()
}

fn list_user_hierarchy_groups(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let page = request.query_page(100)?;
    let state = service.state();
    let groups = request.instance(&state)?.hierarchy_groups.iter();
    let summaries = groups.map(|group| Summary::of(group, request.region()));
    let (user_hierarchy_group_summary_list, next_token) = page.cut(summaries);
    reply(&GroupList {
        user_hierarchy_group_summary_list,
        next_token,
    })
}

fn search_user_hierarchy_groups(service: &ConnectService, request: &ControlRequest<'_>) -> Outcome {
    let search: Search<HierarchyGroupRecord> = Search::of(request)?;
    let state = service.state();
    let instance = search.instance(request, &state)?;
    let groups = instance.hierarchy_groups.iter();
    search.reply(
        request,
        ("UserHierarchyGroups", instance),
        groups,
        |group| GroupShape::of(group, instance, request.region()),
    )
}
