//! The parameter store, tested by its requests.

use super::*;
use crate::test_requests;

async fn ask(ssm: &Ssm, operation: &str, body: Value) -> (u16, Value) {
    test_requests::ask(
        ssm,
        "eu-west-1",
        "ssm",
        &format!("AmazonSSM.{operation}"),
        body,
    )
    .await
}

async fn done(ssm: &Ssm, operation: &str, body: Value) -> Value {
    let (status, answer) = ask(ssm, operation, body).await;
    assert_eq!(status, 200, "{operation}: {answer}");
    answer
}

async fn refused(ssm: &Ssm, operation: &str, body: Value) -> String {
    let (status, answer) = ask(ssm, operation, body).await;
    assert_eq!(status, 400, "{operation}: {answer}");
    answer["__type"].as_str().unwrap().to_owned()
}

async fn put(ssm: &Ssm, name: &str, value: &str) {
    let parameter = json!({ "Name": name, "Value": value, "Type": "String", "Overwrite": true });
    done(ssm, "PutParameter", parameter).await;
}

fn names(answer: &Value) -> Vec<&str> {
    let parameters = answer["Parameters"].as_array().unwrap().iter();
    parameters
        .map(|parameter| parameter["Name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_parameter_is_found_by_name_version_label_and_arn() {
    let ssm = Ssm::new();
    put(&ssm, "/line/key", "one").await;
    put(&ssm, "/line/key", "two").await;
    let label = json!({ "Name": "/line/key", "ParameterVersion": 1, "Labels": ["live", "1x"] });
    let labelled = done(&ssm, "LabelParameterVersion", label).await;
    assert_eq!(
        labelled,
        json!({ "ParameterVersion": 1, "InvalidLabels": ["1x"] })
    );
    for (name, value) in [
        ("/line/key", "two"),
        ("/line/key:1", "one"),
        ("/line/key:live", "one"),
        (
            "arn:aws:ssm:eu-west-1:123456789012:parameter/line/key",
            "two",
        ),
    ] {
        let answer = done(&ssm, "GetParameter", json!({ "Name": name })).await;
        assert_eq!(answer["Parameter"]["Value"], value, "{name}");
        assert_eq!(
            answer["Parameter"]["ARN"],
            "arn:aws:ssm:eu-west-1:123456789012:parameter/line/key"
        );
    }
    let history = done(&ssm, "GetParameterHistory", json!({ "Name": "/line/key" })).await;
    assert_eq!(history["Parameters"][0]["Labels"], json!(["live"]));
    assert_eq!(history["Parameters"][1]["Value"], "two");

    let several = json!({ "Names": ["/line/key:2", "/line/none"] });
    let answer = done(&ssm, "GetParameters", several.clone()).await;
    assert_eq!(names(&answer), ["/line/key"]);
    assert_eq!(answer["InvalidParameters"], json!(["/line/none"]));
    done(&ssm, "DeleteParameters", json!({ "Names": ["/line/key"] })).await;
    let code = refused(&ssm, "GetParameter", json!({ "Name": "/line/key" })).await;
    assert_eq!(code, "ParameterNotFound");
}

#[tokio::test]
async fn a_secret_has_its_key() {
    let ssm = Ssm::new();
    let secret = |key: Value| json!({ "Name": "pin", "Value": "s", "Type": "SecureString", "KeyId": key, "Overwrite": true });
    done(&ssm, "PutParameter", secret(Value::Null)).await;
    assert_eq!(
        ssm.key_of("eu-west-1", "pin").as_deref(),
        Some("alias/aws/ssm")
    );
    done(&ssm, "PutParameter", secret(json!("alias/pins"))).await;
    // A new value may leave out its type and key.
    let again = json!({ "Name": "pin", "Value": "t", "Overwrite": true });
    done(&ssm, "PutParameter", again).await;
    let arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/pin";
    for name in ["pin", "pin:2", arn] {
        assert_eq!(ssm.key_of("eu-west-1", name).as_deref(), Some("alias/pins"));
    }
    assert_eq!(ssm.key_of("eu-west-2", "pin"), None);
    let described = done(&ssm, "DescribeParameters", json!({})).await;
    assert_eq!(described["Parameters"][0]["KeyId"], "alias/pins");
    assert_eq!(described["Parameters"][0]["Type"], "SecureString");
}

#[tokio::test]
async fn lists_have_pages_and_filters() {
    let ssm = Ssm::new();
    for n in 0..12 {
        put(&ssm, &format!("/line/{n:02}"), "v").await;
    }
    put(&ssm, "/line/deep/er", "v").await;
    put(&ssm, "/other", "v").await;
    let first = done(&ssm, "GetParametersByPath", json!({ "Path": "/line" })).await;
    assert_eq!(names(&first).len(), 10);
    let input = json!({ "Path": "/line/", "NextToken": first["NextToken"] });
    let second = done(&ssm, "GetParametersByPath", input).await;
    assert_eq!(names(&second), ["/line/10", "/line/11"]);
    assert_eq!(second["NextToken"], Value::Null);
    let deep = json!({ "Path": "/line/deep", "Recursive": true });
    assert_eq!(
        names(&done(&ssm, "GetParametersByPath", deep).await),
        ["/line/deep/er"]
    );

    for (filter, found) in [
        (
            json!({ "Key": "Name", "Option": "Equals", "Values": ["/other"] }),
            1,
        ),
        (
            json!({ "Key": "Name", "Option": "BeginsWith", "Values": ["/line/1"] }),
            2,
        ),
        (
            json!({ "Key": "Name", "Option": "Contains", "Values": ["deep", "other"] }),
            2,
        ),
        (json!({ "Key": "Type", "Values": ["SecureString"] }), 0),
        (
            json!({ "Key": "Path", "Option": "OneLevel", "Values": ["/line"] }),
            12,
        ),
        (
            json!({ "Key": "Path", "Option": "Recursive", "Values": ["/line"] }),
            13,
        ),
        (json!({ "Key": "tag:Team", "Values": ["a"] }), 0),
    ] {
        let input = json!({ "ParameterFilters": [filter] });
        let answer = done(&ssm, "DescribeParameters", input).await;
        assert_eq!(names(&answer).len(), found, "{filter}");
    }
}

#[tokio::test]
async fn tags_belong_to_the_parameter() {
    let ssm = Ssm::new();
    put(&ssm, "p", "v").await;
    let of = |members: Value| {
        let mut input = json!({ "ResourceType": "Parameter", "ResourceId": "p" });
        input
            .as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        input
    };
    let tags = json!({ "Tags": [{ "Key": "a", "Value": "1" }, { "Key": "b", "Value": "2" }] });
    done(&ssm, "AddTagsToResource", of(tags)).await;
    done(
        &ssm,
        "RemoveTagsFromResource",
        of(json!({ "TagKeys": ["a"] })),
    )
    .await;
    let listed = done(&ssm, "ListTagsForResource", of(json!({}))).await;
    assert_eq!(listed["TagList"], json!([{ "Key": "b", "Value": "2" }]));
    let absent = json!({ "ResourceType": "Parameter", "ResourceId": "q" });
    assert_eq!(
        refused(&ssm, "ListTagsForResource", absent).await,
        "InvalidResourceId"
    );
}

#[tokio::test]
async fn requests_that_aws_refuses_are_refused() {
    let ssm = Ssm::new();
    put(&ssm, "p", "v").await;
    for (operation, input, code) in [
        (
            "PutParameter",
            json!({ "Name": "p", "Value": "w", "Type": "String" }),
            "ParameterAlreadyExists",
        ),
        (
            "PutParameter",
            json!({ "Name": "q", "Value": "" }),
            "ValidationException",
        ),
        (
            "PutParameter",
            json!({ "Name": "q", "Value": "v".repeat(4_097) }),
            "ValidationException",
        ),
        (
            "PutParameter",
            json!({ "Name": "a b", "Value": "v" }),
            "ValidationException",
        ),
        (
            "PutParameter",
            json!({ "Name": "n".repeat(1_012), "Value": "v" }),
            "ValidationException",
        ),
        (
            "PutParameter",
            json!({ "Name": "q", "Value": "v", "Type": "Int" }),
            "ValidationException",
        ),
        (
            "PutParameter",
            json!({ "Name": "q", "Value": 7 }),
            "ValidationException",
        ),
        (
            "GetParameters",
            json!({ "Names": vec!["p"; 11] }),
            "ValidationException",
        ),
        (
            "GetParameters",
            json!({ "Names": [] }),
            "ValidationException",
        ),
        (
            "GetParameterHistory",
            json!({ "Name": "p", "MaxResults": 0 }),
            "ValidationException",
        ),
        (
            "GetParameterHistory",
            json!({ "Name": "p", "MaxResults": -1 }),
            "ValidationException",
        ),
        (
            "DescribeParameters",
            json!({ "MaxResults": i64::MAX }),
            "ValidationException",
        ),
        (
            "DescribeParameters",
            json!({ "NextToken": "2" }),
            "InvalidNextToken",
        ),
        (
            "DescribeParameters",
            json!({ "NextToken": "-1" }),
            "InvalidNextToken",
        ),
        (
            "GetParametersByPath",
            json!({ "Path": "line" }),
            "ValidationException",
        ),
        (
            "GetParameter",
            json!({ "Name": "p:7" }),
            "ParameterVersionNotFound",
        ),
        (
            "DeleteParameter",
            json!({ "Name": "q" }),
            "ParameterNotFound",
        ),
    ] {
        assert_eq!(
            refused(&ssm, operation, input.clone()).await,
            code,
            "{operation} {input}"
        );
    }
    let large = json!({ "Name": "q", "Value": "v".repeat(8_192), "Tier": "Advanced" });
    done(&ssm, "PutParameter", large).await;
}

// The kinds are the values of `ResourceTypeForTagging`, and the codes the errors of the operations, in
// the service model of 2014-11-06.
#[tokio::test]
async fn only_parameters_have_tags() {
    let ssm = Ssm::new();
    put(&ssm, "/line/key", "one").await;
    for (kind, code) in [
        ("Document", "InvalidResourceId"),
        ("parameter", "InvalidResourceType"),
    ] {
        let resource = json!({ "ResourceType": kind, "ResourceId": "/line/key" });
        let tagged = json!({
            "ResourceType": kind, "ResourceId": "/line/key",
            "Tags": [{ "Key": "Service", "Value": "Campaign" }],
        });
        let untagged = json!({
            "ResourceType": kind, "ResourceId": "/line/key", "TagKeys": ["Service"],
        });
        assert_eq!(refused(&ssm, "AddTagsToResource", tagged).await, code);
        assert_eq!(refused(&ssm, "ListTagsForResource", resource).await, code);
        assert_eq!(
            refused(&ssm, "RemoveTagsFromResource", untagged).await,
            code
        );
    }
}

#[tokio::test]
async fn what_is_not_of_the_parameter_store_is_refused_by_its_name() {
    let (status, answer) = ask(&Ssm::new(), "CreateDocument", json!({})).await;
    assert_eq!(status, 501, "{answer}");
    assert!(answer.to_string().contains("CreateDocument"), "{answer}");
}
