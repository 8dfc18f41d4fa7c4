//! The shipped tests against a deployed line.

use std::fs;
use std::path::PathBuf;

use e2e::trials::Shared;
use e2e::{Failure, REGION};
use http::Method;
use local_account::AwsCall;
use local_connect::TestOutcome;
use serde_json::{Value, json};

use super::{Complete, OTHER_MEMBERS, PIN, STRANGER};
use crate::flow::shipped;
use crate::flow::shipped::cases::{LANGUAGES, cases};

/// With the answers that they replace, all tests pass and nothing is sent. The files name the function that
/// the complete example deploys.
pub(super) async fn every_shipped_test_passes_against_the_line(
    complete: &Complete,
) -> Result<(), Failure> {
    let before = complete.line.aws.messages().len();
    for case in cases() {
        let request = shipped::shipped("ja", &case.file_name());
        let outcome = run(complete, request.clone()).await;
        shipped::assert_passed(&outcome, &request);
    }
    assert_eq!(complete.line.aws.messages().len(), before);
    Ok(())
}

/// The same over HTTP: the file, with the line's instance and flow, is the request of CreateTestCase.
pub(super) async fn every_shipped_test_passes_through_the_api_of_the_line(
    complete: &Complete,
) -> Result<(), Failure> {
    let outputs = &complete.outputs;
    let client = &complete.line.aws.client;
    let send = async |method: Method, path: String, body: Value| {
        let call = AwsCall {
            service: "connect",
            region: REGION,
            method,
            path: &path,
            target: None,
            content_type: "application/json",
            body: match body {
                Value::Null => String::new(),
                body => body.to_string(),
            },
        };
        Ok(serde_json::from_str(&client.aws(call).await?)?)
    };
    for case in cases() {
        let mut request = shipped::shipped("ja", &case.file_name());
        shipped::enter(&mut request, &outputs.contact_flow_id);
        shipped::api::passes(&send, &outputs.instance_id, &request).await?;
    }
    Ok(())
}

/// The function answers by the rows of the tables, and the caller hears the same.
pub(super) async fn the_function_passes_the_shipped_tests(
    complete: &Complete,
) -> Result<(), Failure> {
    let messages = || complete.line.aws.messages();
    let before = messages().len();
    let member = OTHER_MEMBERS[6];
    for (name, caller) in [
        ("not-a-member", STRANGER),
        ("sent", member),
        ("wrong-pin", member),
    ] {
        let mut request = shipped::shipped("ja", name);
        let mut content: Value = serde_json::from_str(request["Content"].as_str().unwrap())?;
        let observations = content["Observations"].as_array_mut().unwrap();
        assert_eq!(observations[0]["Event"]["Type"], "TestInitiated");
        observations[0]["Actions"] = json!([]);
        let mut content = content.to_string();
        if name == "sent" {
            content = content.replace("0042#", &format!("{PIN}#"));
        }
        request["Content"] = json!(content);
        request["EntryPoint"]["VoiceCallEntryPointParameters"]["SourcePhoneNumber"] = json!(caller);
        let outcome = run(complete, request.clone()).await;
        shipped::assert_passed(&outcome, &request);
    }
    let sent = &messages()[before..];
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!(sent[0].phone_number, member);
    Ok(())
}

/// The settings of the example with both languages, in a file that Terraform merges with the others.
const SEVERAL_LANGUAGES: &str = r#"module "line" {
  languages = ["ja", "en"]
}
"#;

/// Returns the path of a file whose settings replace those of the example.
pub(super) fn override_file(complete: &Complete) -> PathBuf {
    let directory = complete.line.deployment.terraform().directory();
    directory.join("languages_override.tf")
}

/// The line offers its languages, and each test chooses its own.
pub(super) async fn the_tests_of_the_menu_pass_against_a_line_with_two_languages(
    complete: &mut Complete,
) -> Result<(), Failure> {
    fs::write(override_file(complete), SEVERAL_LANGUAGES)?;
    complete.line.apply().await?;
    for language in LANGUAGES {
        let request = shipped::shipped(language, "choose-language");
        let outcome = run(complete, request.clone()).await;
        shipped::assert_passed(&outcome, &request);
    }
    complete.reset().await
}

async fn run(complete: &Complete, mut request: Value) -> TestOutcome {
    let outputs = &complete.outputs;
    shipped::enter(&mut request, &outputs.contact_flow_id);
    let connect = complete.line.aws.account.connect();
    shipped::run(connect, &outputs.instance_id, &request).await
}
