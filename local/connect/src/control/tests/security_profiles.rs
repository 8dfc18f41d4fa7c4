//! Security profiles.

use super::*;

fn created(account: &Account, instance: &str, body: Value) -> String {
    let path = format!("/security-profiles/{instance}");
    text(&account.ok(Method::PUT, &path, body)["SecurityProfileId"])
}

fn described(account: &Account, instance: &str, profile: &str) -> Value {
    let path = format!("/security-profiles/{instance}/{profile}");
    account.ok(Method::GET, &path, Value::Null)["SecurityProfile"].clone()
}

fn permissions(account: &Account, instance: &str, profile: &str) -> Value {
    let path = format!("/security-profiles-permissions/{instance}/{profile}");
    account.ok(Method::GET, &path, Value::Null)["Permissions"].clone()
}

/// Administrator guide, "Default security profiles". An output of DescribeSecurityProfile has the
/// description of Admin, and the id of the instance as OrganizationResourceId (comment in
/// `lib/blergy/aws/security_profile.rb` of the gem blergy).
#[test]
fn a_new_instance_has_four_security_profiles() {
    let account = Account::new();
    let (instance, arn) = account.instance("pin-sms");
    let path = format!("/security-profiles-summary/{instance}");
    let listed = account.ok(Method::GET, &path, Value::Null);
    let listed = listed["SecurityProfileSummaryList"].as_array().unwrap();
    let mut names: Vec<_> = listed.iter().map(|one| text(&one["Name"])).collect();
    names.sort();
    assert_eq!(
        names,
        ["Admin", "Agent", "CallCenterManager", "QualityAnalyst"]
    );
    let admin = listed.iter().find(|one| one["Name"] == "Admin").unwrap();
    let id = text(&admin["Id"]);
    assert_eq!(admin["Arn"], format!("{arn}/security-profile/{id}"));
    let admin = described(&account, &instance, &id);
    assert_eq!(
        admin["Description"],
        "An administrator can perform all actions available."
    );
    assert_eq!(admin["OrganizationResourceId"], instance);
    assert_eq!(admin["Tags"], json!({}));
}

/// aws_connect_security_profile of Terraform's provider: it creates with these members, reads the
/// permissions with ListSecurityProfilePermissions, changes description and permissions, and ignores
/// only ResourceNotFoundException when it deletes.
#[test]
fn a_security_profile_is_created_changed_and_deleted() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let id = created(
        &account,
        &instance,
        json!({"SecurityProfileName": "desk", "Description": "first", "Tags": {"team": "a"},
               "Permissions": ["OutboundCallAccess", "BasicAgentAccess", "BasicAgentAccess"]}),
    );
    let found = described(&account, &instance, &id);
    assert_eq!(found["SecurityProfileName"], "desk");
    assert_eq!(found["Description"], "first");
    assert_eq!(found["Tags"], json!({"team": "a"}));
    assert_eq!(found["Type"], "CUSTOMER_MANAGED");
    let both = json!(["BasicAgentAccess", "OutboundCallAccess"]);
    assert_eq!(permissions(&account, &instance, &id), both);

    let path = format!("/security-profiles/{instance}/{id}");
    account.ok(Method::POST, &path, json!({"Description": "second"}));
    assert_eq!(described(&account, &instance, &id)["Description"], "second");
    assert_eq!(permissions(&account, &instance, &id), both);
    account.ok(
        Method::POST,
        &path,
        json!({"Description": "", "Permissions": []}),
    );
    assert_eq!(
        described(&account, &instance, &id)["Description"],
        Value::Null
    );
    assert_eq!(permissions(&account, &instance, &id), json!([]));

    account.ok(Method::DELETE, &path, Value::Null);
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(
            account.refused(method, &path, Value::Null),
            error(404, "ResourceNotFoundException")
        );
    }
}

#[test]
fn names_of_security_profiles_are_unique() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    assert_eq!(
        account.refused(
            Method::PUT,
            &format!("/security-profiles/{instance}"),
            json!({"SecurityProfileName": "Agent"})
        ),
        error(409, "DuplicateResourceException")
    );
}

/// API reference, CreateSecurityProfile: tags, resources and the hierarchy group that restrict a
/// profile; `User` is the only resource that a hierarchy restricts; applications and modules have
/// lists of their own.
#[test]
fn a_security_profile_restricts_access_by_tags_and_hierarchy() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    account.ok(
        Method::POST,
        &format!("/user-hierarchy-structure/{instance}"),
        json!({"HierarchyStructure": {"LevelOne": {"Name": "Site"}}}),
    );
    let group = account.ok(
        Method::PUT,
        &format!("/user-hierarchy-groups/{instance}"),
        json!({"Name": "Osaka"}),
    );
    let group = text(&group["HierarchyGroupId"]);
    let module = account.ok(
        Method::PUT,
        &format!("/contact-flow-modules/{instance}"),
        json!({"Name": "m", "Content": MODULE}),
    );
    let restricted = json!({
        "AllowedAccessControlTags": {"bpo": "123"},
        "TagRestrictedResources": ["User", "Queue"],
        "HierarchyRestrictedResources": ["User"],
        "AllowedAccessControlHierarchyGroupId": group,
    });
    let applications = json!([{"Namespace": "crm", "ApplicationPermissions": ["ACCESS"],
                               "Type": "THIRD_PARTY_APPLICATION"}]);
    let modules = json!([{"Type": "MCP", "FlowModuleId": module["Id"]}]);
    let mut body = restricted.clone();
    body["SecurityProfileName"] = "site".into();
    body["Applications"] = applications.clone();
    body["AllowedFlowModules"] = modules.clone();
    let id = created(&account, &instance, body);
    let found = described(&account, &instance, &id);
    for (member, value) in restricted.as_object().unwrap() {
        assert_eq!(found[member], *value, "{member}");
    }
    for (list, member, value) in [
        ("applications", "Applications", applications),
        ("flow-modules", "AllowedFlowModules", modules),
    ] {
        let path = format!("/security-profiles-{list}/{instance}/{id}");
        let listed = account.ok(Method::GET, &path, Value::Null);
        assert_eq!(listed[member], value);
    }

    let path = format!("/security-profiles/{instance}/{id}");
    for (body, refused) in [
        (
            json!({"HierarchyRestrictedResources": ["Queue"]}),
            error(400, "InvalidParameterException"),
        ),
        (
            json!({"AllowedAccessControlHierarchyGroupId": "none"}),
            error(404, "ResourceNotFoundException"),
        ),
        (
            json!({"AllowedFlowModules": [{"Type": "MCP", "FlowModuleId": "none"}]}),
            error(404, "ResourceNotFoundException"),
        ),
    ] {
        assert_eq!(account.refused(Method::POST, &path, body), refused);
    }
    assert_eq!(
        described(&account, &instance, &id)["AllowedAccessControlHierarchyGroupId"],
        group
    );
}

/// The service model bounds a page of permissions; Terraform's provider requests 60.
#[test]
fn permissions_are_listed_in_pages() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let all: Vec<_> = (0..130)
        .map(|number| format!("Queues.{number:03}"))
        .collect();
    let id = created(
        &account,
        &instance,
        json!({"SecurityProfileName": "all", "Permissions": all}),
    );
    let path = format!("/security-profiles-permissions/{instance}/{id}?maxResults=60");
    let (mut listed, mut sizes, mut query) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = account.ok(Method::GET, &format!("{path}{query}"), Value::Null);
        let names = page["Permissions"].as_array().unwrap();
        sizes.push(names.len());
        listed.extend(names.iter().map(text));
        match page["NextToken"].as_str() {
            Some(token) => query = format!("&nextToken={token}"),
            None => break,
        }
    }
    assert_eq!(sizes, [60, 60, 10]);
    assert_eq!(listed, all);
}

/// API reference, SearchSecurityProfiles: `name` is the only field, and tags filter.
#[test]
fn security_profiles_are_searched_by_name_and_tag() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let id = created(
        &account,
        &instance,
        json!({"SecurityProfileName": "desk", "Tags": {"team": "a"}}),
    );
    let search = |member: &str, value: Value| {
        let body = json!({"InstanceId": instance, member: value});
        let found = account.ok(Method::POST, "/search-security-profiles", body);
        let found = found["SecurityProfiles"].as_array().unwrap().clone();
        found
            .iter()
            .map(|one| text(&one["SecurityProfileName"]))
            .collect::<Vec<_>>()
    };
    let condition = json!({"StringCondition": {"FieldName": "name", "Value": "AG",
                                               "ComparisonType": "STARTS_WITH"}});
    assert_eq!(search("SearchCriteria", condition), ["Agent"]);
    let filter = json!({"TagFilter": {"TagCondition": {"TagKey": "team", "TagValue": "a"}}});
    assert_eq!(search("SearchFilter", filter), ["desk"]);
    let body = json!({"InstanceId": instance, "SearchCriteria": {"StringCondition":
        {"FieldName": "description", "Value": "x", "ComparisonType": "EXACT"}}});
    assert_eq!(
        account.refused(Method::POST, "/search-security-profiles", body),
        error(400, "InvalidParameterException")
    );
    let arn = text(&described(&account, &instance, &id)["Arn"]);
    let path = format!("/tags/{}", encoded(&arn));
    let listed = account.ok(Method::GET, &path, Value::Null);
    assert_eq!(listed["tags"], json!({"team": "a"}));
}

/// The account's own limit: the service model bounds neither ids nor the values of data tables.
#[test]
fn the_size_of_a_security_profile_is_limited() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let body = |bytes: usize| {
        json!({"SecurityProfileName": format!("p{bytes}"),
               "AllowedAIAgents": [{"Arn": "a".repeat(bytes), "Type": "THIRD_PARTY"}]})
    };
    created(&account, &instance, body(200 * 1024));
    assert_eq!(
        account.refused(
            Method::PUT,
            &format!("/security-profiles/{instance}"),
            body(300 * 1024)
        ),
        error(400, "InvalidParameterException")
    );
}
