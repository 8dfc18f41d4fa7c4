//! Test cases: their versions, names, tags and refusals.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use local_wire::Request;
use sha2::{Digest, Sha256};

use super::*;

/// The shortest content that public projects saw pass on the service: the test ends at its start.
pub(super) const CONTENT: &str = r#"{"Version":"2019-10-30","Metadata":{},"Observations":[
 {"Identifier":"start","Event":{"Identifier":"e0","Type":"TestInitiated","Actor":"System","Properties":{}},
  "Actions":[{"Identifier":"end","Type":"TestControl","Parameters":{"ActionType":"TestControl","Command":{"Type":"EndTest"}}}],
  "Transitions":{"NextObservations":[]}}]}"#;

/// Returns an entry point with a flow.
pub(super) fn calls(flow: &str) -> Value {
    json!({"Type": "VOICE_CALL", "VoiceCallEntryPointParameters": {"FlowId": flow}})
}

pub(super) fn test_case(name: &str, entry_point: &Value) -> Value {
    json!({"Name": name, "Content": CONTENT, "EntryPoint": entry_point})
}

fn refusal(account: &Account, method: Method, path: &str, body: Value) -> (u16, String, String) {
    let (status, code, body) = account.send(method, path, body);
    let message = body["Message"].as_str().unwrap_or_default().to_owned();
    (status.as_u16(), code, message)
}

/// API reference, CreateTestCase and DescribeTestCase; the ARN is that of the CloudFormation schema, and
/// `TestCaseSha256` the hash of the content.
#[test]
fn a_test_case_reads_back_as_it_was_created_and_is_deleted() {
    let account = Account::new();
    let (instance, instance_arn) = account.instance("pin-sms");
    let (flow, _) = account.flow(&instance, "main");
    let entry_point = json!({"Type": "VOICE_CALL", "VoiceCallEntryPointParameters": {
        "FlowId": flow, "SourcePhoneNumber": "+819012345678"}});
    let mut body = test_case("smoke", &entry_point);
    let data = r#"{"Attributes":{"tier":"gold"},"SegmentAttributes":{}}"#;
    body["InitializationData"] = data.into();
    body["Description"] = "d".into();
    body["Tags"] = json!({"team": "a"});
    let created = account.ok(Method::PUT, &format!("/test-cases/{instance}"), body);
    let id = text(&created["TestCaseId"]);
    let arn = format!("{instance_arn}/test-case/{id}");
    assert_eq!(created, json!({"TestCaseId": id, "TestCaseArn": arn}));
    let hash: String = Sha256::digest(CONTENT)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    // The instance by id and by ARN.
    for instance in [&instance, &encoded(&instance_arn)] {
        let path = format!("/test-cases/{instance}/{id}");
        let mut read = account.ok(Method::GET, &path, Value::Null)["TestCase"].take();
        assert!(read["LastModifiedTime"].take().as_i64() > Some(1_700_000_000));
        assert_eq!(
            read,
            json!({"Arn": arn, "Id": id, "Name": "smoke", "Content": CONTENT,
                   "EntryPoint": entry_point, "InitializationData": data, "Description": "d",
                   "Status": "PUBLISHED", "LastModifiedTime": null, "LastModifiedRegion": REGION,
                   "Tags": {"team": "a"}, "TestCaseSha256": hash})
        );
    }
    let path = format!("/test-cases/{instance}/{id}");
    assert_eq!(account.ok(Method::DELETE, &path, Value::Null), json!({}));
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(
            account.refused(method, &path, Value::Null),
            error(404, "ResourceNotFoundException")
        );
    }
}

/// Service model: a description without a status has the published version if there is one, else the saved
/// one; the content of `SAVED` is not validated.
#[test]
fn a_test_case_has_a_published_and_a_saved_version() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let create = format!("/test-cases/{instance}");
    let body = json!({"Name": "draft", "Content": "not yet", "Status": "SAVED"});
    let id = text(&account.ok(Method::PUT, &create, body)["TestCaseId"]);
    let path = format!("{create}/{id}");
    let read = |query: &str| {
        let read = account.ok(Method::GET, &format!("{path}{query}"), Value::Null);
        let read = &read["TestCase"];
        (text(&read["Status"]), text(&read["Content"]))
    };
    let update = |body: Value| account.ok(Method::POST, &path, body);
    let saved = |content: &str| ("SAVED".to_owned(), content.to_owned());
    let published = || ("PUBLISHED".to_owned(), CONTENT.to_owned());
    let missing = error(404, "ResourceNotFoundException");
    assert_eq!(read(""), saved("not yet"));
    let no_published = account.refused(
        Method::GET,
        &format!("{path}?status=PUBLISHED"),
        Value::Null,
    );
    assert_eq!(no_published, missing);
    // Publishing checks the draft, and a refused change changes nothing.
    assert_eq!(
        account.refused(
            Method::POST,
            &path,
            json!({"Name": "n", "Status": "PUBLISHED"})
        ),
        error(400, "InvalidTestCaseException")
    );
    assert_eq!(read(""), saved("not yet"));
    update(json!({"Content": CONTENT}));
    assert_eq!(read(""), saved(CONTENT));
    update(json!({"Status": "PUBLISHED"}));
    assert_eq!(read(""), published());
    let no_saved = account.refused(Method::GET, &format!("{path}?status=SAVED"), Value::Null);
    assert_eq!(no_saved, missing);
    update(json!({"Content": "next", "Status": "SAVED"}));
    assert_eq!(read(""), published());
    assert_eq!(read("?status=SAVED"), saved("next"));
    assert_eq!(read("?status=PUBLISHED"), published());
    // Without a status, the version changes that is described.
    update(json!({"Name": "renamed", "Description": "d"}));
    assert_eq!(read("?status=SAVED"), saved("next"));
    assert_eq!(
        account.refused(Method::POST, &path, json!({"Content": "next"})),
        error(400, "InvalidTestCaseException")
    );
    update(json!({"EntryPoint": calls("f")}));
    assert_eq!(read(""), published());
    let read = account.ok(Method::GET, &path, Value::Null)["TestCase"].clone();
    assert_eq!(read["Name"], "renamed");
    assert_eq!(read["Description"], "d");
}

/// API reference: DuplicateResourceException, 409, of CreateTestCase and UpdateTestCase.
#[test]
fn names_of_test_cases_are_unique() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let path = format!("/test-cases/{instance}");
    let body = |name: &str| json!({"Name": name, "Content": CONTENT});
    account.ok(Method::PUT, &path, body("one"));
    let duplicate = error(409, "DuplicateResourceException");
    assert_eq!(account.refused(Method::PUT, &path, body("one")), duplicate);
    let other = account.ok(Method::PUT, &path, body("other"));
    let other = format!("{path}/{}", text(&other["TestCaseId"]));
    assert_eq!(
        account.refused(Method::POST, &other, json!({"Name": "one"})),
        duplicate
    );
    account.ok(Method::POST, &other, json!({"Name": "other"}));
    // The content of a refused test case leaves its name free.
    let refused = json!({"Name": "free", "Content": "{}"});
    assert_eq!(
        account.refused(Method::PUT, &path, refused),
        error(400, "InvalidTestCaseException")
    );
    account.ok(Method::PUT, &path, body("free"));
}

/// Recorded by public projects: an observation with `Usage`, keys on a chat, and content of another version
/// are refused in these words, which `Problems` has.
#[test]
fn refused_content_has_its_problems() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let path = format!("/test-cases/{instance}");
    let press = CONTENT.replace(
        r#""Type":"TestControl","Parameters":{"ActionType":"TestControl","Command":{"Type":"EndTest"}}"#,
        r#""Type":"SendInstruction","Parameters":{"ActionType":"SendInstruction","Actor":"Customer",
            "Instruction":{"Type":"DtmfInput","Properties":{"Value":"1"}}}"#,
    );
    let usage = CONTENT.replace(r#""Actions""#, r#""Usage":"EXACTLY","Actions""#);
    let chat = json!({"Type": "CHAT", "ChatEntryPointParameters": {"FlowId": "f"}});
    for (content, entry_point, words) in [
        (usage, calls("f"), "Invalid usage type"),
        (
            press,
            chat,
            "DTMF input is not supported for Chat entry point",
        ),
        (
            CONTENT.replace("2019-10-30", "2025-06-21"),
            calls("f"),
            "Invalid test case content",
        ),
    ] {
        let body = json!({"Name": "n", "Content": content, "EntryPoint": entry_point});
        let (status, code, body) = account.send(Method::PUT, &path, body);
        assert_eq!(
            (status.as_u16(), code),
            error(400, "InvalidTestCaseException")
        );
        let problems = body["Problems"].as_array().unwrap();
        let mut messages = problems.iter().map(|one| text(&one["message"]));
        assert!(messages.any(|message| message.contains(words)), "{body}");
    }
}

/// Recorded by public projects, of published test cases. A number that is not E.164 breaks the model.
#[test]
fn an_entry_point_has_a_flow_or_numbers() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let path = format!("/test-cases/{instance}");
    let (source, destination) = ("+819012345678", "+815000000001");
    let body = |parameters: Value, status: &str| {
        json!({"Name": "n", "Content": CONTENT, "Status": status, "EntryPoint": {
            "Type": "VOICE_CALL", "VoiceCallEntryPointParameters": parameters}})
    };
    for (parameters, words) in [
        (
            json!({"FlowId": "f", "DestinationPhoneNumber": destination}),
            "Must specify either FlowId or phone numbers",
        ),
        (
            json!({"DestinationPhoneNumber": destination}),
            "Missing mandatory parameter",
        ),
    ] {
        let body = body(parameters, "PUBLISHED");
        let (status, code, message) = refusal(&account, Method::PUT, &path, body);
        assert_eq!((status, code), error(400, "InvalidRequestException"));
        assert!(message.contains(words), "{message}");
    }
    let broken = json!({"FlowId": "f", "SourcePhoneNumber": "09012345678"});
    assert_eq!(
        account.refused(Method::PUT, &path, body(broken, "SAVED")),
        error(400, "InvalidParameterException")
    );
    let numbers = json!({"SourcePhoneNumber": source, "DestinationPhoneNumber": destination});
    account.ok(Method::PUT, &path, body(numbers, "PUBLISHED"));
    let mut other = test_case("data", &calls("f"));
    other["InitializationData"] = "{".into();
    assert_eq!(
        account.refused(Method::PUT, &path, other),
        error(400, "InvalidRequestException")
    );
}

/// CloudFormation schema of AWS::Connect::TestCase.
#[test]
fn texts_of_test_cases_have_the_sizes_of_the_schema() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let path = format!("/test-cases/{instance}");
    let body = |member: &str, text: String| {
        let mut body = json!({"Name": "n", "Content": "c", "Status": "SAVED"});
        body[member] = text.into();
        body
    };
    for (member, most) in [
        ("Name", 127),
        ("Description", 500),
        ("Content", 256_000),
        ("InitializationData", 256_000),
    ] {
        assert_eq!(
            account.refused(Method::PUT, &path, body(member, "x".repeat(most + 1))),
            error(400, "InvalidParameterException"),
            "{member}"
        );
        let created = account.ok(Method::PUT, &path, body(member, "x".repeat(most)));
        let id = text(&created["TestCaseId"]);
        account.ok(Method::DELETE, &format!("{path}/{id}"), Value::Null);
    }
    for member in ["Name", "Description"] {
        assert_eq!(
            account.refused(Method::PUT, &path, body(member, " ".to_owned())),
            error(400, "InvalidParameterException")
        );
    }
}

/// CloudFormation schema: tags go through TagResource and UntagResource on the ARN.
#[test]
fn a_test_case_is_tagged_by_its_arn() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let path = format!("/test-cases/{instance}");
    let created = account.ok(Method::PUT, &path, json!({"Name": "n", "Content": CONTENT}));
    let tags = format!("/tags/{}", encoded(&text(&created["TestCaseArn"])));
    account.ok(
        Method::POST,
        &tags,
        json!({"tags": {"team": "a", "tier": "b"}}),
    );
    account.ok(Method::DELETE, &format!("{tags}?tagKeys=tier"), Value::Null);
    let one = format!("{path}/{}", text(&created["TestCaseId"]));
    let read = account.ok(Method::GET, &one, Value::Null);
    assert_eq!(read["TestCase"]["Tags"], json!({"team": "a"}));
    let listed = account.ok(Method::GET, &tags, Value::Null);
    assert_eq!(listed["tags"], json!({"team": "a"}));
}

/// API reference, ListTestCases and SearchTestCases.
#[test]
fn test_cases_are_listed_in_pages_and_searched() {
    let account = Account::new();
    let (instance, instance_arn) = account.instance("pin-sms");
    let path = format!("/test-cases/{instance}");
    for (name, status, team) in [
        ("line one", "PUBLISHED", "a"),
        ("line two", "SAVED", "a"),
        ("other", "PUBLISHED", "b"),
    ] {
        let body = json!({"Name": name, "Content": CONTENT, "Status": status,
                          "Description": format!("of {name}"), "Tags": {"team": team}});
        account.ok(Method::PUT, &path, body);
    }
    let names = |list: &Value| -> Vec<String> {
        let list = list.as_array().unwrap().iter();
        list.map(|one| text(&one["Name"])).collect()
    };
    let list = format!("/test-cases-summary/{instance}");
    let first = account.ok(Method::GET, &format!("{list}?maxResults=2"), Value::Null);
    assert_eq!(
        names(&first["TestCaseSummaryList"]),
        ["line one", "line two"]
    );
    assert_eq!(first["TestCaseSummaryList"][1]["Status"], "SAVED");
    let token = encoded(&text(&first["NextToken"]));
    let next = format!("{list}?maxResults=2&nextToken={token}");
    let second = account.ok(Method::GET, &next, Value::Null);
    assert_eq!(names(&second["TestCaseSummaryList"]), ["other"]);
    assert_eq!(second.get("NextToken"), None);
    let search = |members: Value| {
        let mut body = json!({"InstanceId": instance_arn});
        body.as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        let found = account.ok(Method::POST, "/search-test-cases", body);
        (
            names(&found["TestCases"]),
            found["ApproximateTotalCount"].clone(),
        )
    };
    let string = |field: &str, value: &str, comparison: &str| {
        json!({"StringCondition": {"FieldName": field, "Value": value,
                                   "ComparisonType": comparison}})
    };
    let saved = json!({"StatusCondition": "SAVED"});
    for (members, wanted) in [
        (json!({}), &["line one", "line two", "other"][..]),
        (json!({"SearchCriteria": saved}), &["line two"]),
        (
            json!({"SearchCriteria": string("name", "line", "STARTS_WITH")}),
            &["line one", "line two"],
        ),
        (
            json!({"SearchCriteria": {"OrConditions": [
                string("description", "of other", "EXACT"), saved]}}),
            &["line two", "other"],
        ),
        (
            json!({"SearchCriteria": {"AndConditions": [
                string("name", "one", "CONTAINS"), saved]}}),
            &[],
        ),
        (
            json!({"SearchFilter": {"TagFilter": {"TagCondition": {
                "TagKey": "team", "TagValue": "b"}}}}),
            &["other"],
        ),
    ] {
        let (found, total) = search(members.clone());
        assert_eq!(found, wanted, "{members}");
        assert_eq!(total, wanted.len(), "{members}");
    }
    let (found, total) = search(json!({"MaxResults": 1}));
    assert_eq!((found.len(), total), (1, json!(3)));
    // `TestCases` has whole test cases.
    let body = json!({"InstanceId": instance, "SearchCriteria": saved});
    let found = account.ok(Method::POST, "/search-test-cases", body);
    assert_eq!(found["TestCases"][0]["Content"], CONTENT);
    let field = json!({"InstanceId": instance, "SearchCriteria": string("content", "x", "EXACT")});
    assert_eq!(
        account.refused(Method::POST, "/search-test-cases", field),
        error(400, "InvalidParameterException")
    );
}

/// Service model: the headers of CreateTestCase and UpdateTestCase carry the id of a replica, and the time
/// and the Region of the change.
#[test]
fn a_replica_keeps_its_id_and_the_time_of_its_change() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let send = |method: Method, path: &str, headers: &[(&'static str, &str)], body: &Value| {
        let headers = headers.iter().map(|(name, value)| {
            let name = http::HeaderName::from_static(name);
            (name, HeaderValue::from_str(value).unwrap())
        });
        let request = Request {
            region: REGION.into(),
            service: "connect".into(),
            access_key_id: "test".into(),
            method,
            uri: path.parse().unwrap(),
            headers: headers.collect::<HeaderMap>(),
            body: Bytes::from(body.to_string()),
        };
        let answer = test_requests::handle(&account.service, request);
        let body: Value = serde_json::from_slice(answer.body()).unwrap();
        (answer.status().as_u16(), body)
    };
    let id = "11111111-2222-3333-4444-555555555555";
    // 1398796238 is this moment in seconds since the epoch (example of the Smithy documentation).
    let modified = ("x-amz-last-modified-time", "Tue, 29 Apr 2014 18:30:38 GMT");
    let region = ("x-amz-last-modified-region", "eu-west-1");
    let create = format!("/test-cases/{instance}");
    let body = json!({"Name": "n", "Content": CONTENT});
    let headers = [("x-amz-resource-id", id), modified, region];
    let (status, created) = send(Method::PUT, &create, &headers, &body);
    assert_eq!((status, &created["TestCaseId"]), (200, &json!(id)));
    let path = format!("{create}/{id}");
    let marks = || {
        let read = account.ok(Method::GET, &path, Value::Null)["TestCase"].clone();
        (
            read["LastModifiedTime"].as_i64().unwrap(),
            text(&read["LastModifiedRegion"]),
        )
    };
    let replicated = (1_398_796_238, "eu-west-1".to_owned());
    assert_eq!(marks(), replicated);
    account.ok(Method::POST, &path, json!({"Description": "d"}));
    assert_eq!(marks().1, REGION);
    assert!(marks().0 > 1_700_000_000);
    send(Method::POST, &path, &[modified, region], &json!({}));
    assert_eq!(marks(), replicated);
    let mut other = body.clone();
    other["Name"] = "other".into();
    for (header, wanted) in [
        (("x-amz-resource-id", id), 409),
        (("x-amz-resource-id", "a/b"), 400),
        (("x-amz-last-modified-time", "yesterday"), 400),
        (("x-amz-last-modified-region", "EU"), 400),
    ] {
        let (status, answer) = send(Method::PUT, &create, &[header], &other);
        assert_eq!(status, wanted, "{header:?}: {answer}");
    }
}

/// The number is this account's.
#[test]
fn the_number_of_test_cases_is_limited() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let path = format!("/test-cases/{instance}");
    let body = |number: usize| json!({"Name": format!("t{number}"), "Content": CONTENT});
    for number in 0..1_000 {
        account.ok(Method::PUT, &path, body(number));
    }
    assert_eq!(
        account.refused(Method::PUT, &path, body(1_000)),
        error(429, "LimitExceededException")
    );
}
