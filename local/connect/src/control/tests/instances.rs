//! Instances, their attributes, and behavior of all operations.

use super::*;

#[test]
fn an_instance_is_described_by_id_and_by_arn() {
    let account = Account::new();
    let (id, arn) = account.instance("pin-sms");
    assert_eq!(
        arn,
        format!("arn:aws:connect:{REGION}:123456789012:instance/{id}")
    );
    for name in [id.clone(), encoded(&arn)] {
        let found = account.ok(Method::GET, &format!("/instance/{name}"), Value::Null);
        let instance = &found["Instance"];
        assert_eq!(instance["InstanceStatus"], "ACTIVE");
        assert_eq!(instance["InboundCallsEnabled"], true);
        assert_eq!(instance["OutboundCallsEnabled"], false);
        assert!(instance["CreatedTime"].is_i64());
        assert!(
            text(&instance["ServiceRole"]).contains("AWSServiceRoleForAmazonConnect_"),
            "{instance}"
        );
    }
    let listed = account.ok(Method::GET, "/instance?maxResults=10", Value::Null);
    assert_eq!(listed["InstanceSummaryList"][0]["InstanceAlias"], "pin-sms");
    account.ok(Method::DELETE, &format!("/instance/{id}"), Value::Null);
    assert_eq!(
        account.refused(Method::GET, &format!("/instance/{id}"), Value::Null),
        error(404, "ResourceNotFoundException")
    );
}

#[test]
fn aliases_are_unique_and_valid_and_instances_limited() {
    let account = Account::new();
    let refused = |alias: &str| account.refused(Method::PUT, "/instance", new_instance(alias));
    let invalid = error(400, "InvalidRequestException");
    assert_eq!(refused("d-0123456789"), invalid);
    assert_eq!(refused("-x"), invalid);
    assert_eq!(refused("under_score"), invalid);
    assert_eq!(refused(&"a".repeat(46)), invalid);
    account.instance("one");
    assert_eq!(refused("ONE"), invalid);
    // hashicorp/terraform-provider-aws#38115.
    let (_, _, taken) = account.send(Method::PUT, "/instance", new_instance("one"));
    assert_eq!(
        taken["Message"],
        "Invalid Input. Instance alias is already used."
    );
    account.instance("two");
    assert_eq!(
        refused("three"),
        error(402, "ServiceQuotaExceededException")
    );
    let mut missing = new_instance("x");
    missing
        .as_object_mut()
        .unwrap()
        .remove("InboundCallsEnabled");
    assert_eq!(account.refused(Method::PUT, "/instance", missing), invalid);
}

/// Terraform's acceptance test of an instance with a directory. API reference of Directory Service,
/// DirectoryDescription: "If no alias has been created for the directory, the alias is the directory
/// identifier". CloudFormation, AWS::Connect::Instance: DirectoryId belongs to EXISTING_DIRECTORY, and
/// InstanceAlias is for the others.
#[test]
fn an_instance_takes_its_identities_from_an_existing_directory() {
    let account = Account::new();
    let mut body = new_instance("pin-sms");
    body["IdentityManagementType"] = "EXISTING_DIRECTORY".into();
    let invalid = error(400, "InvalidRequestException");
    let refused = |body: &Value| account.refused(Method::PUT, "/instance", body.clone());
    assert_eq!(refused(&body), invalid, "no directory");
    body["DirectoryId"] = "d-906752246".into();
    assert_eq!(refused(&body), invalid, "nine digits");
    body["DirectoryId"] = "d-9067522461".into();
    let alias_of = |created: &Value| {
        let path = format!("/instance/{}", text(&created["Id"]));
        let found = account.ok(Method::GET, &path, Value::Null)["Instance"].clone();
        assert_eq!(found["IdentityManagementType"], "EXISTING_DIRECTORY");
        text(&found["InstanceAlias"])
    };
    let created = account.ok(Method::PUT, "/instance", body.clone());
    assert_eq!(alias_of(&created), "pin-sms");
    body.as_object_mut().unwrap().remove("InstanceAlias");
    let created = account.ok(Method::PUT, "/instance", body);
    assert_eq!(alias_of(&created), "d-9067522461");
}

/// The administrator guide has the quota as one that can be raised.
#[test]
fn the_quota_of_instances_can_be_raised() {
    let account = Account::with(3, Duration::ZERO);
    for alias in ["one", "two", "three"] {
        account.instance(alias);
    }
    assert_eq!(
        account.refused(Method::PUT, "/instance", new_instance("four")),
        error(402, "ServiceQuotaExceededException")
    );
}

/// hashicorp/terraform-provider-aws#38115: the words, also for some minutes after the deletion.
#[test]
fn the_alias_of_a_deleted_instance_stays_taken_where_aliases_are_held() {
    for (hold, status) in [(Duration::ZERO, 200), (Duration::from_mins(5), 400)] {
        let account = Account::with(2, hold);
        let (id, _) = account.instance("pin-sms");
        account.ok(Method::DELETE, &format!("/instance/{id}"), Value::Null);
        let request = new_instance("PIN-sms");
        let (answered, _, body) = account.send(Method::PUT, "/instance", request);
        assert_eq!(answered, status);
        if status == 400 {
            assert_eq!(
                body["Message"],
                "Invalid Input. Instance alias is already used."
            );
        }
        account.instance("other");
    }
}

#[test]
fn a_repeated_client_token_creates_one_instance() {
    let account = Account::new();
    let mut request = new_instance("one");
    request["ClientToken"] = "t".into();
    let first = account.ok(Method::PUT, "/instance", request.clone());
    let second = account.ok(Method::PUT, "/instance", request.clone());
    assert_eq!(first, second);
    request["InstanceAlias"] = "other".into();
    assert_eq!(
        account.refused(Method::PUT, "/instance", request),
        error(400, "InvalidRequestException")
    );
}

#[test]
fn switching_flow_logs_on_creates_their_group() {
    let account = Account::new();
    let (id, _) = account.instance("pin-sms");
    let path = format!("/instance/{id}/attribute/CONTACTFLOW_LOGS");
    let value = |account: &Account| {
        account.ok(Method::GET, &path, Value::Null)["Attribute"]["Value"].clone()
    };
    assert_eq!(value(&account), "false");
    account.ok(Method::POST, &path, json!({"Value": "false"}));
    assert!(account.neighbours.groups.lock().unwrap().is_empty());
    account.ok(Method::POST, &path, json!({"Value": "true"}));
    assert_eq!(value(&account), "true");
    assert_eq!(
        *account.neighbours.groups.lock().unwrap(),
        ["/aws/connect/pin-sms"]
    );
    assert!(account.facts(&id).flow_logs);
    assert_eq!(account.facts(&id).log_group(), "/aws/connect/pin-sms");
    assert_eq!(
        account.refused(Method::POST, &path, json!({"Value": "on"})),
        error(400, "InvalidParameterException")
    );
    let unknown = format!("/instance/{id}/attribute/NONSENSE");
    assert_eq!(
        account.refused(Method::GET, &unknown, Value::Null),
        error(400, "InvalidParameterException")
    );
}

#[test]
fn lists_are_paged_with_tokens_of_one_list() {
    let account = Account::new();
    let (id, _) = account.instance("pin-sms");
    let path = format!("/instance/{id}/attributes");
    let mut names = Vec::new();
    let mut query = String::new();
    loop {
        let page = account.ok(
            Method::GET,
            &format!("{path}?maxResults=5{query}"),
            Value::Null,
        );
        for attribute in page["Attributes"].as_array().unwrap() {
            names.push(text(&attribute["AttributeType"]));
        }
        match page["NextToken"].as_str() {
            Some(token) => query = format!("&nextToken={token}"),
            None => break,
        }
    }
    assert_eq!(names.len(), 14);
    let invalid = error(400, "InvalidParameterException");
    for query in ["maxResults=8", "nextToken=bm9uZQ"] {
        let path = format!("{path}?{query}");
        assert_eq!(account.refused(Method::GET, &path, Value::Null), invalid);
    }
    // The code is that of restJson1 for a text in place of a number (Smithy's protocol tests).
    let path = format!("{path}?maxResults=x");
    assert_eq!(
        account.refused(Method::GET, &path, Value::Null),
        error(400, "SerializationException")
    );
    // The token of another list.
    let other = format!("/contact-flows-summary/{id}?{}", &query[1..]);
    assert_eq!(account.refused(Method::GET, &other, Value::Null), invalid);
}

/// Tokens of one list are not those of another one, whatever the kind.
#[test]
fn lists_of_all_kinds_are_paged() {
    let account = Account::new();
    let (id, _) = account.instance("pin-sms");
    for (name, number) in [("a", "+819012345678"), ("b", "+819012345679")] {
        let config =
            json!({"QuickConnectType": "PHONE_NUMBER", "PhoneConfig": {"PhoneNumber": number}});
        let body = json!({"Name": name, "QuickConnectConfig": config});
        account.ok(Method::PUT, &format!("/quick-connects/{id}"), body);
        let body = json!({"LexBot": {"Name": name, "LexRegion": "us-east-1"}});
        account.ok(Method::PUT, &format!("/instance/{id}/bot"), body);
        let body = json!({"VocabularyName": name, "LanguageCode": "ja-JP", "Content": "Phrase"});
        account.ok(Method::POST, &format!("/vocabulary/{id}"), body);
    }
    for (path, list) in [
        (format!("/quick-connects/{id}?"), "QuickConnectSummaryList"),
        (format!("/prompts-summary/{id}?"), "PromptSummaryList"),
        (
            format!("/contact-flows-summary/{id}?"),
            "ContactFlowSummaryList",
        ),
        (format!("/instance/{id}/bots?lexVersion=V1&"), "LexBots"),
        (format!("/instance/{id}/lex-bots?"), "LexBots"),
    ] {
        let path = format!("{path}maxResults=1");
        let first = account.ok(Method::GET, &path, Value::Null);
        let token = text(&first["NextToken"]);
        let second = account.ok(
            Method::GET,
            &format!("{path}&nextToken={token}"),
            Value::Null,
        );
        assert_eq!(first[list].as_array().unwrap().len(), 1, "{path}");
        assert_eq!(second[list].as_array().unwrap().len(), 1, "{path}");
        assert_ne!(first[list], second[list], "{path}");
    }
    let path = format!("/vocabulary-summary/{id}");
    let first = account.ok(Method::POST, &path, json!({"MaxResults": 1}));
    let next = json!({"MaxResults": 1, "NextToken": first["NextToken"]});
    let second = account.ok(Method::POST, &path, next);
    assert_eq!(second["VocabularySummaryList"][0]["Name"], "b");
}

#[test]
fn a_new_instance_has_the_default_resources() {
    let account = Account::new();
    let (id, _) = account.instance("pin-sms");
    let list = |what: &str, list: &str| {
        account.ok(Method::GET, &format!("/{what}-summary/{id}"), Value::Null)[list][0].clone()
    };
    let hours = list("hours-of-operations", "HoursOfOperationSummaryList");
    assert_eq!(hours["Name"], "Basic Hours");
    let queue = list("queues", "QueueSummaryList");
    assert_eq!(queue["Name"], "BasicQueue");
    let flow = list("contact-flows", "ContactFlowSummaryList");
    assert_eq!(flow["ContactFlowType"], "CUSTOMER_QUEUE");
    // flow-as-code/flow-as-code, tasks/A06-export-and-simulate.md.
    let module = list("contact-flow-modules", "ContactFlowModulesSummaryList");
    assert_eq!(module, Value::Null);

    let facts = account.facts(&id);
    let found = account.service.find_queue(&facts, &text(&queue["Arn"]));
    let found = found.unwrap();
    assert_eq!(found.queue.name, "BasicQueue");
    assert_eq!(found.hours_of_operation_id, text(&hours["Id"]));
    let now = time::OffsetDateTime::now_utc();
    let open = |hours: &str| account.service.hours_open(&facts, hours, now);
    assert_eq!(open(&text(&hours["Arn"])), Ok(Some(true)));
    assert_eq!(open("nothing"), Ok(None));
}

#[test]
fn everything_can_be_tagged() {
    let account = Account::new();
    let (instance, instance_arn) = account.instance("pin-sms");
    let (_, flow_arn) = account.flow(&instance, "main");
    let (_, number_arn, _) = account.claim(&instance_arn);
    let mut arns = vec![instance_arn.clone(), flow_arn, number_arn];
    for (path, list) in [
        ("routing-profiles-summary", "RoutingProfileSummaryList"),
        ("security-profiles-summary", "SecurityProfileSummaryList"),
        ("agent-status", "AgentStatusSummaryList"),
    ] {
        let listed = account.ok(Method::GET, &format!("/{path}/{instance}"), Value::Null);
        arns.push(text(&listed[list][0]["Arn"]));
    }
    let summaries = |path: &str, list: &str| {
        let listed = account.ok(Method::GET, &format!("{path}/{instance}"), Value::Null);
        text(&listed[list][0]["Arn"])
    };
    let quick_connect = account.ok(
        Method::PUT,
        &format!("/quick-connects/{instance}"),
        json!({"Name": "boss", "QuickConnectConfig": {"QuickConnectType": "PHONE_NUMBER",
               "PhoneConfig": {"PhoneNumber": "+819012345678"}}}),
    );
    let vocabulary = account.ok(
        Method::POST,
        &format!("/vocabulary/{instance}"),
        json!({"VocabularyName": "names", "LanguageCode": "ja-JP", "Content": "Phrase\nPIN"}),
    );
    arns.extend([
        summaries("/queues-summary", "QueueSummaryList"),
        summaries(
            "/hours-of-operations-summary",
            "HoursOfOperationSummaryList",
        ),
        summaries("/prompts-summary", "PromptSummaryList"),
        text(&quick_connect["QuickConnectARN"]),
        text(&vocabulary["VocabularyArn"]),
    ]);
    for arn in &arns {
        let path = format!("/tags/{}", encoded(arn));
        account.ok(Method::POST, &path, json!({"tags": {"a": "1", "b": "2"}}));
        account.ok(Method::DELETE, &format!("{path}?tagKeys=a"), Value::Null);
        let listed = account.ok(Method::GET, &path, Value::Null);
        assert_eq!(listed["tags"], json!({"b": "2"}));
        assert_eq!(
            account.refused(Method::POST, &path, json!({"tags": {"aws:x": "1"}})),
            error(400, "InvalidParameterException")
        );
    }
    let path = format!("/tags/{}", encoded(&format!("{instance_arn}/queue/none")));
    assert_eq!(
        account.refused(Method::GET, &path, Value::Null),
        error(404, "ResourceNotFoundException")
    );
}

#[test]
fn refusals_name_operations_that_are_not_implemented() {
    let account = Account::new();
    let (status, code, body) = account.send(Method::PUT, "/workspaces/some-instance", json!({}));
    assert_eq!(
        (status.as_u16(), code.as_str()),
        (501, "NotImplementedException")
    );
    assert!(
        text(&body["Message"]).contains("connect:CreateWorkspace"),
        "{body}"
    );
    assert_eq!(
        account.refused(Method::GET, "/no/such/route", Value::Null),
        error(404, "UnknownOperationException")
    );
}

#[test]
fn regions_are_separate() {
    let account = Account::new();
    let (id, _) = account.instance("pin-sms");
    assert!(account.service.instance("us-east-1", &id).is_none());
}
