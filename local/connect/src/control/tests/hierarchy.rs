//! The user hierarchy.

use super::*;

fn structure(account: &Account, instance: &str) -> Value {
    let path = format!("/user-hierarchy-structure/{instance}");
    account.ok(Method::GET, &path, Value::Null)["HierarchyStructure"].clone()
}

fn set_levels(account: &Account, instance: &str, names: &[&str]) {
    let path = format!("/user-hierarchy-structure/{instance}");
    account.ok(Method::POST, &path, levels(names));
}

fn levels(names: &[&str]) -> Value {
    let members = [
        "LevelOne",
        "LevelTwo",
        "LevelThree",
        "LevelFour",
        "LevelFive",
    ];
    let levels: serde_json::Map<_, _> = members
        .iter()
        .zip(names)
        .map(|(member, name)| ((*member).to_owned(), json!({"Name": name})))
        .collect();
    json!({"HierarchyStructure": levels})
}

fn group(account: &Account, instance: &str, name: &str, parent: Option<&str>) -> String {
    let mut body = json!({"Name": name});
    if let Some(parent) = parent {
        body["ParentGroupId"] = parent.into();
    }
    let path = format!("/user-hierarchy-groups/{instance}");
    text(&account.ok(Method::PUT, &path, body)["HierarchyGroupId"])
}

fn described(account: &Account, instance: &str, group: &str) -> Value {
    let path = format!("/user-hierarchy-groups/{instance}/{group}");
    account.ok(Method::GET, &path, Value::Null)["HierarchyGroup"].clone()
}

/// hashicorp/terraform-provider-aws#22835: a structure comes with every instance, has no levels at first
/// and is emptied by an update. The ARN is that of the AWS CLI's example of
/// describe-user-hierarchy-structure.
#[test]
fn levels_are_added_renamed_and_removed() {
    let account = Account::new();
    let (instance, arn) = account.instance("pin-sms");
    assert_eq!(structure(&account, &instance), json!({}));
    set_levels(&account, &instance, &["Site", "Team"]);
    let first = structure(&account, &instance);
    assert_eq!(
        first["LevelTwo"]["Arn"],
        format!("{arn}/agent-group-level/2")
    );
    assert_eq!(first["LevelTwo"]["Name"], "Team");
    set_levels(
        &account,
        &instance,
        &["Place", "Team", "Desk", "Row", "Seat"],
    );
    let renamed = structure(&account, &instance);
    assert_eq!(renamed["LevelOne"]["Name"], "Place");
    assert_eq!(renamed["LevelOne"]["Id"], first["LevelOne"]["Id"]);
    assert_eq!(renamed["LevelTwo"], first["LevelTwo"]);
    assert_eq!(renamed["LevelFive"]["Name"], "Seat");
    set_levels(&account, &instance, &[]);
    assert_eq!(structure(&account, &instance), json!({}));
}

/// API reference, UpdateUserHierarchyStructure: ResourceInUseException.
#[test]
fn a_level_with_groups_is_not_removed() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    set_levels(&account, &instance, &["Site", "Team"]);
    let site = group(&account, &instance, "Osaka", None);
    let path = format!("/user-hierarchy-structure/{instance}");
    assert_eq!(
        account.refused(Method::POST, &path, levels(&[])),
        error(409, "ResourceInUseException")
    );
    set_levels(&account, &instance, &["Site"]);
    let path_of_group = format!("/user-hierarchy-groups/{instance}/{site}");
    account.ok(Method::DELETE, &path_of_group, Value::Null);
    account.ok(Method::POST, &path, levels(&[]));
}

/// API reference, DescribeUserHierarchyGroup: the path has the groups from the first level to this one.
/// aws_connect_user_hierarchy_group reads path, level and tags after each change.
#[test]
fn a_group_has_the_path_of_its_parents() {
    let account = Account::new();
    let (instance, arn) = account.instance("pin-sms");
    set_levels(&account, &instance, &["Site", "Team"]);
    let site = group(&account, &instance, "Osaka", None);
    let team = group(&account, &instance, "Night", Some(&site));
    let found = described(&account, &instance, &team);
    assert_eq!(found["Arn"], format!("{arn}/agent-group/{team}"));
    assert_eq!(
        found["LevelId"],
        structure(&account, &instance)["LevelTwo"]["Id"]
    );
    let path = &found["HierarchyPath"];
    assert_eq!(path["LevelOne"]["Id"], site);
    assert_eq!(path["LevelTwo"]["Id"], team);
    assert_eq!(path.as_object().unwrap().len(), 2);

    let rename = format!("/user-hierarchy-groups/{instance}/{site}/name");
    account.ok(Method::POST, &rename, json!({"Name": "Kyoto"}));
    let path = &described(&account, &instance, &team)["HierarchyPath"];
    assert_eq!(path["LevelOne"]["Name"], "Kyoto");
    assert_eq!(
        account.refused(Method::POST, &rename, json!({"Name": "Night"})),
        error(409, "DuplicateResourceException")
    );
}

/// API reference, CreateUserHierarchyGroup: without a parent the group is on level one, names have at
/// most 100 characters. A group of a level that the structure lacks has no place.
#[test]
fn groups_without_a_level_or_with_a_wrong_parent_are_refused() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let path = format!("/user-hierarchy-groups/{instance}");
    let refused = |body: Value| account.refused(Method::PUT, &path, body);
    assert_eq!(
        refused(json!({"Name": "Osaka"})),
        error(400, "InvalidRequestException")
    );
    set_levels(&account, &instance, &["Site"]);
    let site = group(&account, &instance, "Osaka", None);
    for (body, expected) in [
        (
            json!({"Name": "Night", "ParentGroupId": site}),
            error(400, "InvalidRequestException"),
        ),
        (
            json!({"Name": "Night", "ParentGroupId": "none"}),
            error(404, "ResourceNotFoundException"),
        ),
        (
            json!({"Name": "n".repeat(101)}),
            error(400, "InvalidParameterException"),
        ),
    ] {
        assert_eq!(refused(body), expected);
    }
    group(&account, &instance, &"n".repeat(100), None);
    let path = format!("/user-hierarchy-structure/{instance}");
    assert_eq!(
        account.refused(Method::POST, &path, levels(&[&"n".repeat(51)])),
        error(400, "InvalidParameterException")
    );
}

/// API reference, DeleteUserHierarchyGroup: a group must not have active child groups.
#[test]
fn a_group_with_children_is_not_deleted() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    set_levels(&account, &instance, &["Site", "Team"]);
    let site = group(&account, &instance, "Osaka", None);
    let team = group(&account, &instance, "Night", Some(&site));
    let path = |id: &str| format!("/user-hierarchy-groups/{instance}/{id}");
    assert_eq!(
        account.refused(Method::DELETE, &path(&site), Value::Null),
        error(409, "ResourceInUseException")
    );
    account.ok(Method::DELETE, &path(&team), Value::Null);
    account.ok(Method::DELETE, &path(&site), Value::Null);
    let listed = format!("/user-hierarchy-groups-summary/{instance}");
    let listed = account.ok(Method::GET, &listed, Value::Null);
    assert_eq!(listed["UserHierarchyGroupSummaryList"], json!([]));
}

/// API reference, UserHierarchyGroupSearchCriteria and UserHierarchyGroupSearchFilter.
#[test]
fn groups_are_searched_by_parent_level_and_tag() {
    let account = Account::new();
    let (instance, arn) = account.instance("pin-sms");
    set_levels(&account, &instance, &["Site", "Team"]);
    let site = group(&account, &instance, "Osaka", None);
    let team = group(&account, &instance, "Night", Some(&site));
    let tags = format!("/tags/{}", encoded(&format!("{arn}/agent-group/{team}")));
    account.ok(Method::POST, &tags, json!({"tags": {"shift": "2"}}));
    let search = |member: &str, value: Value| {
        let body = json!({"InstanceId": instance, member: value});
        let found = account.ok(Method::POST, "/search-user-hierarchy-groups", body);
        let found = found["UserHierarchyGroups"].as_array().unwrap().clone();
        found
            .iter()
            .map(|one| text(&one["Name"]))
            .collect::<Vec<_>>()
    };
    let string = |field: &str, value: &str| json!({"StringCondition": {"FieldName": field, "Value": value, "ComparisonType": "EXACT"}});
    for (field, value, expected) in [
        ("name", "osaka", "Osaka"),
        ("parentId", site.as_str(), "Night"),
        ("levelId", "1", "Osaka"),
        ("resourceID", team.as_str(), "Night"),
    ] {
        assert_eq!(search("SearchCriteria", string(field, value)), [expected]);
    }
    let filter = json!({"AttributeFilter": {"AndCondition": {"TagConditions":
        [{"TagKey": "shift", "TagValue": "2"}]}}});
    assert_eq!(search("SearchFilter", filter), ["Night"]);
}
