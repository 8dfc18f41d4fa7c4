//! Users. The password of all requests is that of the acceptance tests of Terraform's provider.

use std::collections::BTreeMap;

use super::*;

const PASSWORD: &str = "Password123";

/// An instance with the ids of its profiles, by name.
struct Center {
    account: Account,
    instance: String,
    arn: String,
    profiles: BTreeMap<String, String>,
}

impl Center {
    fn new() -> Self {
        Self::managed_by("CONNECT_MANAGED")
    }

    fn managed_by(identity_management: &str) -> Self {
        let account = Account::new();
        let mut body = new_instance("pin-sms");
        body["IdentityManagementType"] = identity_management.into();
        if identity_management == "EXISTING_DIRECTORY" {
            body["DirectoryId"] = "d-9067522461".into();
        }
        let created = account.ok(Method::PUT, "/instance", body);
        let instance = text(&created["Id"]);
        let mut profiles = BTreeMap::new();
        for (list, member) in [
            ("routing-profiles", "RoutingProfileSummaryList"),
            ("security-profiles", "SecurityProfileSummaryList"),
        ] {
            let path = format!("/{list}-summary/{instance}");
            let listed = account.ok(Method::GET, &path, Value::Null);
            for one in listed[member].as_array().unwrap() {
                profiles.insert(text(&one["Name"]), text(&one["Id"]));
            }
        }
        Self {
            arn: text(&created["Arn"]),
            account,
            instance,
            profiles,
        }
    }

    /// Returns a request for a user, with these members instead of or in addition to the usual ones;
    /// null removes one.
    fn request(&self, members: Value) -> Value {
        let mut body = json!({
            "Username": "mary",
            "Password": PASSWORD,
            "IdentityInfo": {"FirstName": "Mary", "LastName": "Major"},
            "PhoneConfig": {"PhoneType": "SOFT_PHONE"},
            "SecurityProfileIds": [self.profiles["Agent"]],
            "RoutingProfileId": self.profiles["Basic Routing Profile"],
        });
        for (member, value) in members.as_object().unwrap() {
            match value {
                Value::Null => body.as_object_mut().unwrap().remove(member),
                value => body
                    .as_object_mut()
                    .unwrap()
                    .insert(member.clone(), value.clone()),
            };
        }
        body
    }

    fn user(&self, members: Value) -> String {
        let path = format!("/users/{}", self.instance);
        let created = self.account.ok(Method::PUT, &path, self.request(members));
        text(&created["UserId"])
    }

    fn refused(&self, members: Value) -> (u16, String) {
        let path = format!("/users/{}", self.instance);
        self.account
            .refused(Method::PUT, &path, self.request(members))
    }

    fn described(&self, user: &str) -> Value {
        let path = format!("/users/{}/{user}", self.instance);
        self.account.ok(Method::GET, &path, Value::Null)["User"].clone()
    }

    fn change(&self, user: &str, what: &str, body: Value) {
        let path = format!("/users/{}/{user}/{what}", self.instance);
        self.account.ok(Method::POST, &path, body);
    }

    fn change_refused(&self, user: &str, what: &str, body: Value) -> (u16, String) {
        let path = format!("/users/{}/{user}/{what}", self.instance);
        self.account.refused(Method::POST, &path, body)
    }

    /// Creates a group below another one, and the levels with the first group.
    fn group(&self, name: &str, parent: Option<&str>) -> String {
        if parent.is_none() {
            let levels = json!({"LevelOne": {"Name": "Site"}, "LevelTwo": {"Name": "Team"}});
            let path = format!("/user-hierarchy-structure/{}", self.instance);
            let body = json!({"HierarchyStructure": levels});
            self.account.ok(Method::POST, &path, body);
        }
        let mut body = json!({"Name": name});
        if let Some(parent) = parent {
            body["ParentGroupId"] = parent.into();
        }
        let path = format!("/user-hierarchy-groups/{}", self.instance);
        text(&self.account.ok(Method::PUT, &path, body)["HierarchyGroupId"])
    }

    fn found(&self, member: &str, value: Value) -> Vec<String> {
        let body = json!({"InstanceId": self.instance, member: value});
        let found = self.account.ok(Method::POST, "/search-users", body);
        let found = found["Users"].as_array().unwrap().iter();
        found.map(|user| text(&user["Username"])).collect()
    }
}

fn invalid() -> (u16, String) {
    error(400, "InvalidParameterException")
}

/// AWS CLI's examples of create-user and describe-user: the ARN has the word `agent`, and a user of an
/// instance that manages identities itself has an id in its directory.
#[test]
fn a_user_is_read_back_as_it_was_created() {
    let center = Center::new();
    let group = center.group("Osaka", None);
    let identity = json!({"FirstName": "Mary", "LastName": "Major", "Email": "mary@example.com",
                          "SecondaryEmail": "major@example.com", "Mobile": "+819012345678"});
    let phone = json!({"PhoneType": "DESK_PHONE", "AutoAccept": true,
                       "AfterContactWorkTimeLimit": 60, "DeskPhoneNumber": "+815012345678"});
    let id = center.user(json!({
        "IdentityInfo": identity,
        "PhoneConfig": phone,
        "HierarchyGroupId": group,
        "SecurityProfileIds": [center.profiles["Agent"], center.profiles["Admin"]],
        "Tags": {"team": "a"},
    }));
    let user = center.described(&id);
    assert_eq!(user["Arn"], format!("{}/agent/{id}", center.arn));
    assert_eq!(user["Username"], "mary");
    assert_eq!(user["IdentityInfo"], identity);
    assert_eq!(user["PhoneConfig"], phone);
    assert_eq!(user["HierarchyGroupId"], group);
    assert_eq!(
        user["SecurityProfileIds"],
        json!([center.profiles["Agent"], center.profiles["Admin"]])
    );
    assert_eq!(
        user["RoutingProfileId"],
        center.profiles["Basic Routing Profile"]
    );
    assert_eq!(user["Tags"], json!({"team": "a"}));
    assert!(!text(&user["DirectoryUserId"]).is_empty());
    let path = format!("/users-summary/{}", center.instance);
    let listed = center.account.ok(Method::GET, &path, Value::Null);
    assert_eq!(listed["UserSummaryList"][0]["Username"], "mary");

    let path = format!("/users/{}/{id}", center.instance);
    center.account.ok(Method::DELETE, &path, Value::Null);
    assert_eq!(
        center.account.refused(Method::GET, &path, Value::Null),
        error(404, "ResourceNotFoundException")
    );
}

/// AWS CLI's example of describe-user has both members, also without their being given; Terraform's
/// provider omits them when they are false and 0.
#[test]
fn auto_accept_and_after_contact_work_are_always_returned() {
    let center = Center::new();
    let id = center.user(json!({}));
    assert_eq!(
        center.described(&id)["PhoneConfig"],
        json!({"PhoneType": "SOFT_PHONE", "AutoAccept": false, "AfterContactWorkTimeLimit": 0})
    );
}

/// aws_connect_user of Terraform's provider has an operation for each of these; it removes the
/// hierarchy group with UpdateUserHierarchy without a group.
#[test]
fn each_part_of_a_user_is_changed_by_itself() {
    let center = Center::new();
    let id = center.user(json!({}));
    let group = center.group("Osaka", None);
    let identity = json!({"FirstName": "M", "LastName": "M", "Email": "m@example.com"});
    let phone = json!({"PhoneType": "DESK_PHONE", "AutoAccept": true,
                       "AfterContactWorkTimeLimit": 30, "DeskPhoneNumber": "+815012345678"});
    let several: Vec<_> = ["Admin", "QualityAnalyst", "CallCenterManager"]
        .map(|name| center.profiles[name].clone())
        .into();
    center.change(&id, "hierarchy", json!({"HierarchyGroupId": group}));
    center.change(&id, "identity-info", json!({"IdentityInfo": identity}));
    center.change(&id, "phone-config", json!({"PhoneConfig": phone}));
    center.change(
        &id,
        "security-profiles",
        json!({"SecurityProfileIds": several}),
    );
    let user = center.described(&id);
    assert_eq!(user["HierarchyGroupId"], group);
    assert_eq!(user["IdentityInfo"], identity);
    assert_eq!(user["PhoneConfig"], phone);
    assert_eq!(user["SecurityProfileIds"], json!(several));
    center.change(&id, "hierarchy", json!({}));
    assert_eq!(center.described(&id)["HierarchyGroupId"], Value::Null);

    let path = format!("/queues-summary/{}", center.instance);
    let queues = center.account.ok(Method::GET, &path, Value::Null);
    let body = json!({"Name": "desk", "Description": "d",
                      "DefaultOutboundQueueId": queues["QueueSummaryList"][0]["Id"],
                      "MediaConcurrencies": [{"Channel": "VOICE", "Concurrency": 1}]});
    let path = format!("/routing-profiles/{}", center.instance);
    let desk = text(&center.account.ok(Method::PUT, &path, body)["RoutingProfileId"]);
    center.change(&id, "routing-profile", json!({"RoutingProfileId": desk}));
    assert_eq!(center.described(&id)["RoutingProfileId"], desk);
    let path = format!("{path}/{desk}");
    let found = center.account.ok(Method::GET, &path, Value::Null);
    assert_eq!(found["RoutingProfile"]["NumberOfAssociatedUsers"], 1);
}

#[test]
fn what_a_user_refers_to_must_exist() {
    let center = Center::new();
    let id = center.user(json!({}));
    let missing = error(404, "ResourceNotFoundException");
    for (what, member, value) in [
        ("hierarchy", "HierarchyGroupId", json!("none")),
        ("routing-profile", "RoutingProfileId", json!("none")),
        ("security-profiles", "SecurityProfileIds", json!(["none"])),
    ] {
        assert_eq!(
            center.change_refused(&id, what, json!({member: value})),
            missing
        );
        let members = json!({"Username": "jane", member: value});
        assert_eq!(center.refused(members), missing, "{member}");
    }
    assert_eq!(
        center.refused(json!({})),
        error(409, "DuplicateResourceException")
    );
}

/// API reference, CreateUser: a password is required where Connect manages identities, "otherwise, it
/// is an error to include a password"; its pattern. No answer and no record has it.
#[test]
fn only_an_instance_that_manages_identities_takes_passwords() {
    let center = Center::new();
    assert_eq!(center.refused(json!({"Password": null})), invalid());
    for password in [
        "Passw1",
        "password123",
        "PASSWORD123",
        "Passwordxyz",
        "Pass word123",
        &format!("P1{}", "p".repeat(63)),
    ] {
        let path = format!("/users/{}", center.instance);
        let body = center.request(json!({"Password": password}));
        let (status, code, body) = center.account.send(Method::PUT, &path, body);
        assert_eq!((status.as_u16(), code), invalid(), "{password}");
        assert!(!body.to_string().contains(password), "{body}");
    }
    center.user(json!({}));
    center.user(json!({"Username": "jane", "Password": format!("P1{}", "p".repeat(62))}));
    let records = {
        let state = center.account.service.state();
        format!("{:?}", state.region(REGION).unwrap().instances[0].users)
    };
    assert!(records.contains("Major"), "{records}");
    assert!(!records.contains(PASSWORD), "{records}");

    let center = Center::managed_by("SAML");
    assert_eq!(center.refused(json!({})), invalid());
    center.user(json!({"Password": null}));
}

/// API reference, CreateUser and UserIdentityInfo: names are required with Connect or SAML; with SAML an
/// e-mail address and an id of the directory are errors; user names have 64 characters there. An
/// address is an e-mail address. The acceptance tests of Terraform's provider have users without an
/// e-mail address, and with longer names than the documented 20 characters.
#[test]
fn identities_follow_the_identity_management() {
    let center = Center::new();
    for members in [
        json!({"IdentityInfo": null}),
        json!({"IdentityInfo": {"FirstName": "Mary"}}),
        json!({"IdentityInfo": {"FirstName": "", "LastName": "Major"}}),
        json!({"IdentityInfo": {"FirstName": "Mary", "LastName": "m".repeat(257)}}),
        json!({"Username": "mary@example"}),
    ] {
        assert_eq!(center.refused(members.clone()), invalid(), "{members}");
    }
    center.user(json!({"Username": "mary@example.com"}));
    center.user(json!({"Username": "resource-test-terraform-1234567890123456789"}));

    let center = Center::managed_by("SAML");
    let email = json!({"FirstName": "Mary", "LastName": "Major", "Email": "mary@example.com"});
    for members in [
        json!({"IdentityInfo": email}),
        json!({"IdentityInfo": {"LastName": "Major"}}),
        json!({"DirectoryUserId": "S-1-5-21"}),
        json!({"Username": "mary major"}),
        json!({"Username": "m".repeat(65)}),
    ] {
        let mut without_password = members.clone();
        without_password["Password"] = Value::Null;
        assert_eq!(center.refused(without_password), invalid(), "{members}");
    }
    let id = center.user(json!({"Password": null, "Username": "m".repeat(64)}));
    assert_eq!(
        center.change_refused(&id, "identity-info", json!({"IdentityInfo": email})),
        invalid()
    );

    // API reference, UserIdentityInfo: names are required "if you are using Amazon Connect or SAML".
    let center = Center::managed_by("EXISTING_DIRECTORY");
    center.user(json!({"Password": null, "IdentityInfo": null, "DirectoryUserId": "S-1-5-21"}));
    assert_eq!(center.refused(json!({})), invalid(), "a password");
}

/// API reference, CreateUser: settings of PhoneConfig conflict with those of channels; 2,000,000
/// seconds of after-contact work at most; three lists have VOICE only.
#[test]
fn settings_of_channels_are_kept_and_conflict_with_the_phone() {
    let center = Center::new();
    let channels = json!({
        "AutoAcceptConfigs": [{"Channel": "VOICE", "AutoAccept": true},
                              {"Channel": "CHAT", "AutoAccept": false}],
        "AfterContactWorkConfigs": [{"Channel": "TASK", "AfterContactWorkConfig":
            {"AfterContactWorkTimeLimit": 2_000_000}}],
        "PhoneNumberConfigs": [{"Channel": "VOICE", "PhoneType": "SOFT_PHONE"}],
        "PersistentConnectionConfigs": [{"Channel": "VOICE", "PersistentConnection": true}],
        "VoiceEnhancementConfigs": [{"Channel": "VOICE", "VoiceEnhancementMode": "NONE"}],
    });
    let mut members = channels.clone();
    members["PhoneConfig"] = Value::Null;
    let id = center.user(members);
    let user = center.described(&id);
    for (list, value) in channels.as_object().unwrap() {
        assert_eq!(user[list], *value, "{list}");
    }
    assert_eq!(user["PhoneConfig"], Value::Null);
    let enhanced = json!([{"Channel": "VOICE", "VoiceEnhancementMode": "NOISE_SUPPRESSION"}]);
    center.change(&id, "config", json!({"VoiceEnhancementConfigs": enhanced}));
    let user = center.described(&id);
    assert_eq!(user["VoiceEnhancementConfigs"], enhanced);
    assert_eq!(user["AutoAcceptConfigs"], channels["AutoAcceptConfigs"]);

    let twice = [&enhanced[0], &enhanced[0]];
    for members in [
        json!({"PhoneNumberConfigs": channels["PhoneNumberConfigs"]}),
        json!({"PhoneConfig": {"AutoAccept": true},
               "AutoAcceptConfigs": channels["AutoAcceptConfigs"]}),
        json!({"PhoneConfig": {"PhoneType": "SOFT_PHONE",
                               "AfterContactWorkTimeLimit": 2_000_001}}),
        json!({"VoiceEnhancementConfigs": twice}),
        json!({"VoiceEnhancementConfigs":
            [{"Channel": "CHAT", "VoiceEnhancementMode": "NONE"}]}),
    ] {
        let mut body = members.clone();
        body["Username"] = "jane".into();
        assert_eq!(center.refused(body), invalid(), "{members}");
    }
}

/// API reference: DeleteSecurityProfile, DeleteRoutingProfile and DeleteUserHierarchyGroup have
/// ResourceInUseException; a group "must not be associated with any agents".
#[test]
fn what_a_user_has_is_not_deleted() {
    let center = Center::new();
    let group = center.group("Osaka", None);
    let id = center.user(json!({"HierarchyGroupId": group}));
    let used = [
        ("security-profiles", center.profiles["Agent"].clone()),
        (
            "routing-profiles",
            center.profiles["Basic Routing Profile"].clone(),
        ),
        ("user-hierarchy-groups", group),
    ];
    for (kind, resource) in &used {
        let path = format!("/{kind}/{}/{resource}", center.instance);
        let (status, code, body) = center.account.send(Method::DELETE, &path, Value::Null);
        assert_eq!(
            (status.as_u16(), code.as_str()),
            (409, "ResourceInUseException")
        );
        assert!(text(&body["Message"]).contains("mary"), "{body}");
    }
    let path = format!("/users/{}/{id}", center.instance);
    center.account.ok(Method::DELETE, &path, Value::Null);
    for (kind, resource) in &used {
        let path = format!("/{kind}/{}/{resource}", center.instance);
        center.account.ok(Method::DELETE, &path, Value::Null);
    }
}

/// API reference, UserQuickConnectConfig, and DeleteUser: quick connects of a deleted user stay until
/// DeleteQuickConnect.
#[test]
fn a_quick_connect_leads_to_a_user() {
    let center = Center::new();
    let id = center.user(json!({}));
    let (flow, _) = center.account.flow(&center.instance, "main");
    let config = json!({"QuickConnectType": "USER",
                        "UserConfig": {"UserId": id, "ContactFlowId": flow}});
    let path = format!("/quick-connects/{}", center.instance);
    let body = json!({"Name": "mary", "QuickConnectConfig": config});
    let created = center.account.ok(Method::PUT, &path, body);
    let user = format!("/users/{}/{id}", center.instance);
    center.account.ok(Method::DELETE, &user, Value::Null);
    let path = format!("{path}/{}", text(&created["QuickConnectId"]));
    let found = center.account.ok(Method::GET, &path, Value::Null);
    assert_eq!(found["QuickConnect"]["QuickConnectConfig"], config);
}

/// API reference, UserSearchCriteria: these fields; a condition on the hierarchy matches the group or
/// also its child groups.
#[test]
fn users_are_searched_by_field_hierarchy_and_tag() {
    let center = Center::new();
    let site = center.group("Osaka", None);
    let team = center.group("Night", Some(&site));
    let agent = &center.profiles["Agent"];
    center.user(json!({"HierarchyGroupId": site, "Tags": {"team": "a"}}));
    let jane = center.user(json!({
        "Username": "jane",
        "IdentityInfo": {"FirstName": "Jane", "LastName": "Doe"},
        "HierarchyGroupId": team,
        "SecurityProfileIds": [center.profiles["Admin"]],
    }));
    let string = |field: &str, value: &str| json!({"StringCondition": {"FieldName": field, "Value": value, "ComparisonType": "EXACT"}});
    for (field, value, expected) in [
        ("Username", "JANE", "jane"),
        ("FirstName", "Mary", "mary"),
        ("LastName", "doe", "jane"),
        ("SecurityProfileId", agent.as_str(), "mary"),
        ("resourceId", jane.as_str(), "jane"),
    ] {
        assert_eq!(
            center.found("SearchCriteria", string(field, value)),
            [expected]
        );
    }
    let basic = &center.profiles["Basic Routing Profile"];
    let both = center.found("SearchCriteria", string("RoutingProfileId", basic));
    assert_eq!(both.len(), 2);
    let below = |kind: &str| json!({"HierarchyGroupCondition": {"Value": site, "HierarchyGroupMatchType": kind}});
    assert_eq!(center.found("SearchCriteria", below("EXACT")), ["mary"]);
    let both = center.found("SearchCriteria", below("WITH_CHILD_GROUPS"));
    assert_eq!(both.len(), 2);
    let mut conditions = below("WITH_CHILD_GROUPS");
    conditions["TagConditions"] = json!([{"TagKey": "team", "TagValue": "a"}]);
    let filter = json!({"UserAttributeFilter": {"AndCondition": conditions}});
    assert_eq!(center.found("SearchFilter", filter), ["mary"]);
    let proficient =
        json!({"ListCondition": {"TargetListType": "PROFICIENCIES", "Conditions": []}});
    assert!(center.found("SearchCriteria", proficient).is_empty());
}

/// API reference, SearchUsers: "AfterContactWorkTimeLimit is returned in milliseconds".
#[test]
fn a_search_returns_after_contact_work_in_milliseconds() {
    let center = Center::new();
    center.user(json!({"PhoneConfig": {"PhoneType": "SOFT_PHONE",
                                       "AfterContactWorkTimeLimit": 2_000_000}}));
    let body = json!({"InstanceId": center.instance});
    let found = center.account.ok(Method::POST, "/search-users", body);
    let phone = &found["Users"][0]["PhoneConfig"];
    assert_eq!(phone["AfterContactWorkTimeLimit"], 2_000_000_000);
}
