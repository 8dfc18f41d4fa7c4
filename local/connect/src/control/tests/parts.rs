//! Functions, hours and queues.

use super::*;

#[test]
fn associating_a_function_allows_connect_to_invoke_it() {
    let account = Account::new();
    let (id, arn) = account.instance("pin-sms");
    let path = format!("/instance/{id}/lambda-function");
    let associate = |function: &str| json!({"FunctionArn": function});
    assert_eq!(
        account.refused(Method::PUT, &path, associate(&format!("{FUNCTION}x"))),
        error(404, "ResourceNotFoundException")
    );
    account.ok(Method::PUT, &path, associate(FUNCTION));
    let grants = || account.neighbours.grants.lock().unwrap().clone();
    assert_eq!(grants(), [format!("connect-{id} {arn}")]);
    assert_eq!(
        account.refused(Method::PUT, &path, associate(FUNCTION)),
        error(409, "ResourceConflictException")
    );
    let facts = account.facts(&id);
    let associated = |function: &str| account.service.function_associated(&facts, function);
    assert!(associated(FUNCTION));
    assert!(associated(&format!("{FUNCTION}:live")));
    assert!(!associated(&format!("{FUNCTION}x")));
    let listed = account.ok(
        Method::GET,
        &format!("/instance/{id}/lambda-functions?maxResults=25"),
        Value::Null,
    );
    assert_eq!(listed["LambdaFunctions"], json!([FUNCTION]));
    let path = format!("{path}?functionArn={}", encoded(FUNCTION));
    account.ok(Method::DELETE, &path, Value::Null);
    assert!(grants().is_empty());
    assert_eq!(
        account.refused(Method::DELETE, &path, Value::Null),
        error(404, "ResourceNotFoundException")
    );
}

/// Recorded on the service in two projects: hours until the next morning are refused in these words, and
/// from midnight to midnight or twice a day is accepted.
#[test]
fn hours_may_not_wrap_midnight() {
    let account = Account::new();
    let (id, _) = account.instance("pin-sms");
    let hours = |name: &str, periods: &[(u8, u8)]| {
        let period = |(start, end): &(u8, u8)| {
            json!({"Day": "MONDAY", "StartTime": {"Hours": start, "Minutes": 0},
                   "EndTime": {"Hours": end, "Minutes": 0}})
        };
        let config: Vec<_> = periods.iter().map(period).collect();
        json!({"Name": name, "TimeZone": "Asia/Tokyo", "Config": config})
    };
    let path = format!("/hours-of-operations/{id}");
    let (status, code, body) = account.send(Method::PUT, &path, hours("night", &[(16, 6)]));
    assert_eq!(
        (status.as_u16(), code.as_str()),
        (400, "InvalidRequestException")
    );
    assert_eq!(
        body["Message"],
        "Start time: 16:0 cannot be greater than end time: 6:0"
    );
    account.ok(Method::PUT, &path, hours("always", &[(0, 0)]));
    account.ok(Method::PUT, &path, hours("twice", &[(9, 12), (13, 17)]));
}

/// flow-as-code/hollow-hour-example-typescript, VERIFY.md, H1: midnight to midnight on each day reads back
/// unchanged. flow-as-code/flow-as-code, tasks/A06-export-and-simulate.md: hours without a period are
/// accepted and never open, and ARNs of hours have the word `operating-hours`.
#[test]
fn hours_may_be_the_whole_day_or_empty() {
    let account = Account::new();
    let (id, instance_arn) = account.instance("pin-sms");
    let facts = account.facts(&id);
    let midnight = json!({"Hours": 0, "Minutes": 0});
    let week: Vec<_> = [
        "MONDAY",
        "TUESDAY",
        "WEDNESDAY",
        "THURSDAY",
        "FRIDAY",
        "SATURDAY",
        "SUNDAY",
    ]
    .map(|day| json!({"Day": day, "StartTime": midnight, "EndTime": midnight}))
    .into();
    let path = format!("/hours-of-operations/{id}");
    let monday = time::macros::datetime!(2026-11-23 00:00 UTC);
    for (name, config, open) in [("always", json!(week), true), ("never", json!([]), false)] {
        let hours = json!({"Name": name, "TimeZone": "UTC", "Config": config});
        let created = account.ok(Method::PUT, &path, hours);
        let (hours, arn) = (
            text(&created["HoursOfOperationId"]),
            text(&created["HoursOfOperationArn"]),
        );
        assert_eq!(arn, format!("{instance_arn}/operating-hours/{hours}"));
        let found = account.ok(Method::GET, &format!("{path}/{hours}"), Value::Null);
        assert_eq!(found["HoursOfOperation"]["Config"], config, "{name}");
        for hour in 0..7 * 24 {
            let at = monday + time::Duration::hours(hour);
            let answer = account.service.hours_open(&facts, &arn, at);
            assert_eq!(answer, Ok(Some(open)), "{name} {at}");
        }
    }
}

/// Administrator guide, "Amazon Connect service quotas": 50 functions per instance.
#[test]
fn an_instance_has_at_most_fifty_functions() {
    let account = Account::new();
    let (id, _) = account.instance("pin-sms");
    let path = format!("/instance/{id}/lambda-function");
    let associate = |version: usize| json!({"FunctionArn": format!("{FUNCTION}:{version}")});
    for version in 1..=50 {
        account.ok(Method::PUT, &path, associate(version));
    }
    assert_eq!(
        account.refused(Method::PUT, &path, associate(51)),
        error(402, "ServiceQuotaExceededException")
    );
}

#[test]
fn hours_and_queues_are_created_changed_and_deleted() {
    let account = Account::new();
    let (id, _) = account.instance("pin-sms");
    let created = account.ok(
        Method::PUT,
        &format!("/hours-of-operations/{id}"),
        json!({"Name": "office", "TimeZone": "Asia/Tokyo", "Config": [{"Day": "MONDAY",
            "StartTime": {"Hours": 9, "Minutes": 0}, "EndTime": {"Hours": 17, "Minutes": 30}}]}),
    );
    let hours = text(&created["HoursOfOperationId"]);
    let hours_path = format!("/hours-of-operations/{id}/{hours}");
    let found = account.ok(Method::GET, &hours_path, Value::Null);
    assert_eq!(
        found["HoursOfOperation"]["Config"][0]["EndTime"],
        json!({"Hours": 17, "Minutes": 30})
    );
    let created = account.ok(
        Method::PUT,
        &format!("/queues/{id}"),
        json!({"Name": "support", "HoursOfOperationId": hours, "MaxContacts": 3}),
    );
    let queue = format!("/queues/{id}/{}", text(&created["QueueId"]));
    assert_eq!(
        account.refused(Method::DELETE, &hours_path, Value::Null),
        error(400, "InvalidRequestException")
    );
    account.ok(
        Method::POST,
        &format!("{queue}/status"),
        json!({"Status": "DISABLED"}),
    );
    account.ok(
        Method::POST,
        &format!("{queue}/name"),
        json!({"Name": "help"}),
    );
    assert_eq!(
        account.refused(
            Method::POST,
            &format!("{queue}/name"),
            json!({"Name": "BasicQueue"})
        ),
        error(409, "DuplicateResourceException")
    );
    let found = account.ok(Method::GET, &queue, Value::Null);
    assert_eq!(found["Queue"]["Status"], "DISABLED");
    assert_eq!(found["Queue"]["Name"], "help");
    assert_eq!(found["Queue"]["MaxContacts"], 3);
    account.ok(Method::GET, &format!("{queue}/quick-connects"), Value::Null);
    account.ok(Method::DELETE, &queue, Value::Null);
    account.ok(Method::DELETE, &hours_path, Value::Null);
}

/// API_UpdateHoursOfOperation and API_DescribeHoursOfOperation: members that are not given stay.
#[test]
fn hours_are_updated_in_the_members_that_are_given() {
    let account = Account::new();
    let (id, _) = account.instance("pin-sms");
    let of = |day: &str| {
        json!([{"Day": day, "StartTime": {"Hours": 9, "Minutes": 0},
                "EndTime": {"Hours": 17, "Minutes": 30}}])
    };
    let created = account.ok(
        Method::PUT,
        &format!("/hours-of-operations/{id}"),
        json!({"Name": "office", "Description": "before", "TimeZone": "Asia/Tokyo",
            "Config": of("MONDAY")}),
    );
    let path = format!(
        "/hours-of-operations/{id}/{}",
        text(&created["HoursOfOperationId"])
    );
    account.ok(Method::POST, &path, json!({"Config": of("TUESDAY")}));
    account.ok(Method::POST, &path, json!({"TimeZone": "Europe/Berlin"}));
    let found = &account.ok(Method::GET, &path, Value::Null)["HoursOfOperation"];
    assert_eq!(found["Config"], of("TUESDAY"));
    assert_eq!(found["TimeZone"], "Europe/Berlin");
    assert_eq!(found["Name"], "office");
    assert_eq!(found["Description"], "before");
    account.ok(
        Method::POST,
        &path,
        json!({"Name": "night", "Description": ""}),
    );
    let found = &account.ok(Method::GET, &path, Value::Null)["HoursOfOperation"];
    assert_eq!(found["Name"], "night");
    assert!(found.get("Description").is_none(), "{found}");
    assert_eq!(
        account.refused(Method::POST, &path, json!({"Name": "Basic Hours"})),
        error(409, "DuplicateResourceException")
    );
    let unknown = format!("/hours-of-operations/{id}/11111111-2222-3333-4444-555555555555");
    assert_eq!(
        account.refused(Method::POST, &unknown, json!({"Name": "x"})),
        error(404, "ResourceNotFoundException")
    );
}

/// API_UpdateQueueHoursOfOperation; API_UpdateQueueMaxContacts, whose limit is optional: a queue without
/// one has as many contacts as the instance's quota allows.
#[test]
fn hours_and_limit_of_a_queue_are_updated() {
    let account = Account::new();
    let (id, _) = account.instance("pin-sms");
    let hours = |name: &str| {
        let created = account.ok(
            Method::PUT,
            &format!("/hours-of-operations/{id}"),
            json!({"Name": name, "TimeZone": "Asia/Tokyo", "Config": []}),
        );
        text(&created["HoursOfOperationId"])
    };
    let (before, after) = (hours("before"), hours("after"));
    let created = account.ok(
        Method::PUT,
        &format!("/queues/{id}"),
        json!({"Name": "support", "HoursOfOperationId": before, "MaxContacts": 3}),
    );
    let queue = format!("/queues/{id}/{}", text(&created["QueueId"]));
    let set = |part: &str, body: Value| {
        account.ok(Method::POST, &format!("{queue}/{part}"), body);
        account.ok(Method::GET, &queue, Value::Null)["Queue"].clone()
    };
    let found = set("hours-of-operation", json!({"HoursOfOperationId": after}));
    assert_eq!(found["HoursOfOperationId"], after);
    assert_eq!(found["MaxContacts"], 3);
    assert_eq!(
        set("max-contacts", json!({"MaxContacts": 0}))["MaxContacts"],
        0
    );
    let found = set("max-contacts", json!({}));
    assert!(found.get("MaxContacts").is_none(), "{found}");
    assert_eq!(
        account.refused(
            Method::POST,
            &format!("{queue}/hours-of-operation"),
            json!({"HoursOfOperationId": "11111111-2222-3333-4444-555555555555"})
        ),
        error(404, "ResourceNotFoundException")
    );
    // Hours that a queue no longer uses can be deleted.
    let before = format!("/hours-of-operations/{id}/{before}");
    account.ok(Method::DELETE, &before, Value::Null);
}
