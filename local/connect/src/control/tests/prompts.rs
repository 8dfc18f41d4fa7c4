//! Prompts.

use super::*;

fn names(account: &Account, instance: &str) -> Vec<String> {
    let path = format!("/prompts-summary/{instance}?maxResults=60");
    let listed = account.ok(Method::GET, &path, Value::Null);
    let listed = listed["PromptSummaryList"].as_array().unwrap();
    listed.iter().map(|prompt| text(&prompt["Name"])).collect()
}

/// The prompts of an instance on the service, as two public projects list them; the provider's
/// acceptance test of the data source aws_connect_prompt reads Beep.wav and its ARN.
#[test]
fn a_new_instance_has_the_prompts_of_aws() {
    let account = Account::new();
    let (instance, instance_arn) = account.instance("pin-sms");
    assert_eq!(
        names(&account, &instance),
        [
            "Beep.wav",
            "CustomerHold.wav",
            "CustomerQueue.wav",
            "Music_Jazz_MyTimetoFly_Inst.wav",
            "Music_Pop_ThisAndThatIsLife_Inst.wav",
            "Music_Pop_ThrowYourselfInFrontOfIt_Inst.wav",
            "Music_Rock_EverywhereTheSunShines_Inst.wav",
        ]
    );
    let path = format!("/prompts-summary/{instance}");
    let listed = account.ok(Method::GET, &path, Value::Null);
    let beep = &listed["PromptSummaryList"][0];
    let (id, arn) = (text(&beep["Id"]), text(&beep["Arn"]));
    assert_eq!(arn, format!("{instance_arn}/prompt/{id}"));
}

#[test]
fn a_prompt_is_created_described_changed_searched_and_deleted() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let path = format!("/prompts/{instance}");
    let body = json!({"Name": "hello", "Description": "old", "S3Uri": "s3://bucket/hello.wav",
                      "Tags": {"team": "a"}});
    let created = account.ok(Method::PUT, &path, body.clone());
    assert_eq!(
        account.refused(Method::PUT, &path, body),
        error(409, "DuplicateResourceException")
    );
    let one = format!("{path}/{}", text(&created["PromptId"]));
    let updated = account.ok(Method::POST, &one, json!({"Name": "good day"}));
    assert_eq!(updated, created);
    let prompt = account.ok(Method::GET, &one, Value::Null)["Prompt"].clone();
    assert_eq!(prompt["PromptARN"], created["PromptARN"]);
    assert_eq!(prompt["Name"], "good day");
    assert_eq!(prompt["Description"], "old");
    assert_eq!(prompt["Tags"], json!({"team": "a"}));
    let found = account.ok(
        Method::POST,
        "/search-prompts",
        json!({"InstanceId": instance, "SearchFilter": {"TagFilter":
            {"TagCondition": {"TagKey": "team", "TagValue": "a"}}}}),
    );
    assert_eq!(found["Prompts"][0]["Name"], "good day");
    account.ok(Method::DELETE, &one, Value::Null);
    assert_eq!(
        account.refused(Method::GET, &one, Value::Null),
        error(404, "ResourceNotFoundException")
    );
}

/// API reference, CreatePrompt: S3Uri matches `s3://\S+/.+|https://\S+\.s3\.\S+\.amazonaws\.com/\S+`.
#[test]
fn the_address_of_a_recording_is_an_object_in_s3() {
    let account = Account::new();
    let (instance, _) = account.instance("pin-sms");
    let path = format!("/prompts/{instance}");
    for uri in [
        "bucket/hello.wav",
        "s3://bucket",
        "s3://bucket/",
        "https://example.com/hello.wav",
    ] {
        assert_eq!(
            account.refused(Method::PUT, &path, json!({"Name": "hello", "S3Uri": uri})),
            error(400, "InvalidParameterException"),
            "{uri}"
        );
    }
    let presigned = "https://prompts.s3.ap-northeast-1.amazonaws.com/hello.wav?X-Amz-Expires=60";
    account.ok(
        Method::PUT,
        &path,
        json!({"Name": "hello", "S3Uri": presigned}),
    );
}
