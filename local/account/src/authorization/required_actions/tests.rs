//! The actions and resources of requests, from the tables of AWS's Service Authorization Reference.

use http::{HeaderMap, Method};
use serde_json::json;

use super::*;
use crate::authorization::resources::TableKeys;
use crate::dynamodb::DynamoDb;
use crate::iam::Iam;
use crate::kms::Kms;
use crate::services;
use crate::ssm::Ssm;
use crate::sts::Session;
use std::sync::Arc;

const REGION: &str = "eu-west-1";

fn resources() -> Resources {
    Resources::new(
        Arc::new(Iam::new()),
        Arc::new(Kms::new()),
        Arc::new(Ssm::new()),
        Arc::new(TableKeys::new(Arc::new(DynamoDb::new()))),
    )
}

fn session() -> Signer {
    Signer::Session(Arc::new(Session {
        role_arn: "arn:aws:iam::123456789012:role/any".into(),
        role_id: "AROA".into(),
        name: "session".into(),
        policies: Vec::new(),
    }))
}

/// Creates a request; a body of a Query service is a form.
fn request(service: &str, method: Method, uri: &str, target: &str, body: &str) -> ApiRequest {
    let target = format!("x.{target}");
    let headers: &[(&str, &str)] = match target.as_str() {
        "x." => &[],
        target => &[("x-amz-target", target)],
    };
    with_headers(service, method, uri, headers, body)
}

fn with_headers(
    service: &str,
    method: Method,
    uri: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> ApiRequest {
    let headers = headers
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect::<HeaderMap>();
    let request = Request {
        region: REGION.into(),
        service: service.into(),
        access_key_id: "ASIA".into(),
        method,
        uri: uri.parse().unwrap(),
        headers,
        body: body.to_owned().into(),
    };
    ApiRequest::new(services::find(service).unwrap(), request)
}

fn rest(service: &str, method: Method, uri: &str, body: &str) -> ApiRequest {
    request(service, method, uri, "", body)
}

fn form(service: &str, body: &str) -> ApiRequest {
    request(service, Method::POST, "/", "", body)
}

fn target(service: &str, operation: &str, body: &Value) -> ApiRequest {
    request(service, Method::POST, "/", operation, &body.to_string())
}

async fn actions(request: &ApiRequest, signer: &Signer) -> Vec<(String, String)> {
    let required = of(request, signer, &resources()).await.unwrap();
    let parts = |action: RequiredAction| (action.action, action.resource);
    required.into_iter().map(parts).collect()
}

#[tokio::test]
async fn requests_require_the_actions_of_the_reference_on_their_resources() {
    let (get, post, put, delete) = (Method::GET, Method::POST, Method::PUT, Method::DELETE);
    let flow = "arn:aws:connect:eu-west-1:123456789012:instance/i/contact-flow/f";
    let function = "arn:aws:lambda:eu-west-1:123456789012:function:line";
    let tags = "/tags/arn%3Aaws%3Aconnect%3Aeu-west-1%3A123456789012%3Ainstance%2Fi";
    let association = json!({ "FunctionArn": function }).to_string();
    for (request, wanted) in [
        (
            rest("connect", get.clone(), "/contact-flows/i/f", ""),
            &[("connect:DescribeContactFlow", flow)][..],
        ),
        (
            rest("connect", get.clone(), tags, ""),
            &[(
                "connect:ListTagsForResource",
                "arn:aws:connect:eu-west-1:123456789012:instance/i",
            )],
        ),
        (
            rest("connect", delete.clone(), "/instance/i", ""),
            &[(
                "connect:DeleteInstance",
                "arn:aws:connect:eu-west-1:123456789012:instance/i",
            )],
        ),
        (
            rest("connect", get.clone(), "/phone-number/p", ""),
            &[(
                "connect:DescribePhoneNumber",
                "arn:aws:connect:eu-west-1:123456789012:phone-number/p",
            )],
        ),
        (
            rest(
                "connect",
                put.clone(),
                "/queues/i",
                r#"{"HoursOfOperationId":"h"}"#,
            ),
            &[
                (
                    "connect:CreateQueue",
                    "arn:aws:connect:eu-west-1:123456789012:instance/i/queue/*",
                ),
                (
                    "connect:CreateQueue",
                    "arn:aws:connect:eu-west-1:123456789012:instance/i/operating-hours/h",
                ),
            ],
        ),
        (
            rest("connect", put.clone(), "/test-cases/i", "{}"),
            &[(
                "connect:CreateTestCase",
                "arn:aws:connect:eu-west-1:123456789012:instance/i/test-case/*",
            )],
        ),
        (
            rest(
                "connect",
                put.clone(),
                "/test-cases/i/t/start-execution",
                "{}",
            ),
            &[(
                "connect:StartTestCaseExecution",
                "arn:aws:connect:eu-west-1:123456789012:instance/i/test-case/t",
            )],
        ),
        (
            rest(
                "connect",
                put.clone(),
                "/instance/i/lambda-function",
                &association,
            ),
            &[
                (
                    "connect:AssociateLambdaFunction",
                    "arn:aws:connect:eu-west-1:123456789012:instance/i",
                ),
                ("lambda:AddPermission", function),
            ],
        ),
        (
            rest(
                "lambda",
                post.clone(),
                "/2015-03-31/functions/line/invocations?Qualifier=live",
                "{}",
            ),
            &[(
                "lambda:InvokeFunction",
                "arn:aws:lambda:eu-west-1:123456789012:function:line:live",
            )],
        ),
        (
            rest("lambda", get.clone(), "/2015-03-31/functions", ""),
            &[("lambda:ListFunctions", "*")],
        ),
        (
            rest(
                "lambda",
                post.clone(),
                "/2015-03-31/functions",
                r#"{"FunctionName":"line","Role":"arn:aws:iam::123456789012:role/r","Tags":{"a":"b"}}"#,
            ),
            &[
                ("lambda:CreateFunction", function),
                ("lambda:TagResource", function),
                ("iam:PassRole", "arn:aws:iam::123456789012:role/r"),
            ],
        ),
        (
            form(
                "iam",
                "Action=CreateRole&RoleName=r&Path=/a/&Tags.member.1.Key=k&Tags.member.1.Value=v",
            ),
            &[
                ("iam:CreateRole", "arn:aws:iam::123456789012:role/a/r"),
                ("iam:TagRole", "arn:aws:iam::123456789012:role/a/r"),
            ],
        ),
        (
            form(
                "iam",
                "Action=AttachUserPolicy&UserName=u&PolicyArn=arn:aws:iam::aws:policy/X",
            ),
            &[("iam:AttachUserPolicy", "arn:aws:iam::123456789012:user/u")],
        ),
        (
            form(
                "iam",
                "Action=CreateServiceLinkedRole&AWSServiceName=connect.amazonaws.com",
            ),
            &[(
                "iam:CreateServiceLinkedRole",
                "arn:aws:iam::123456789012:role/aws-service-role/connect.amazonaws.com/*",
            )],
        ),
        (
            form("iam", "Action=AddUserToGroup&UserName=u&GroupName=g"),
            &[("iam:AddUserToGroup", "arn:aws:iam::123456789012:group/g")],
        ),
        (
            form(
                "iam",
                "Action=DeletePolicy&PolicyArn=arn:aws:iam::123456789012:policy/p",
            ),
            &[("iam:DeletePolicy", "arn:aws:iam::123456789012:policy/p")],
        ),
        (
            form(
                "monitoring",
                "Action=DeleteAlarms&AlarmNames.member.1=a&AlarmNames.member.2=b",
            ),
            &[
                (
                    "cloudwatch:DeleteAlarms",
                    "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a",
                ),
                (
                    "cloudwatch:DeleteAlarms",
                    "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:b",
                ),
            ],
        ),
        (
            form("monitoring", "Action=GetDashboard&DashboardName=d"),
            &[(
                "cloudwatch:GetDashboard",
                "arn:aws:cloudwatch::123456789012:dashboard/d",
            )],
        ),
        (
            target(
                "logs",
                "CreateLogGroup",
                &json!({ "logGroupName": "/g", "tags": { "a": "b" } }),
            ),
            &[
                (
                    "logs:CreateLogGroup",
                    "arn:aws:logs:eu-west-1:123456789012:log-group:/g:log-stream:",
                ),
                (
                    "logs:TagResource",
                    "arn:aws:logs:eu-west-1:123456789012:log-group:/g:log-stream:",
                ),
            ],
        ),
        (
            target("kms", "EnableKeyRotation", &json!({ "KeyId": "k" })),
            &[(
                "kms:EnableKeyRotation",
                "arn:aws:kms:eu-west-1:123456789012:key/k",
            )],
        ),
        (
            target(
                "kms",
                "CreateKey",
                &json!({ "Tags": [{ "TagKey": "a", "TagValue": "b" }] }),
            ),
            &[("kms:CreateKey", "*"), ("kms:TagResource", "*")],
        ),
        (
            form(
                "sns",
                "Action=TagResource&ResourceArn=arn:aws:sns:eu-west-1:123456789012:t",
            ),
            &[("SNS:TagResource", "arn:aws:sns:eu-west-1:123456789012:t")],
        ),
        (
            rest("s3", get.clone(), "/", ""),
            &[("s3:ListAllMyBuckets", "*")],
        ),
        (
            rest("s3", get.clone(), "/b?encryption", ""),
            &[("s3:GetEncryptionConfiguration", "arn:aws:s3:::b")],
        ),
        (
            rest("s3", get.clone(), "/b?list-type=2", ""),
            &[("s3:ListBucket", "arn:aws:s3:::b")],
        ),
        (
            rest("s3", get, "/b/a/k?versionId=1", ""),
            &[("s3:GetObjectVersion", "arn:aws:s3:::b/a/k")],
        ),
        (
            rest("s3", delete.clone(), "/b/k", ""),
            &[("s3:DeleteObject", "arn:aws:s3:::b/k")],
        ),
        (
            rest("s3", delete, "/b/k?uploadId=u", ""),
            &[("s3:AbortMultipartUpload", "arn:aws:s3:::b/k")],
        ),
        (
            with_headers(
                "s3",
                Method::PUT,
                "/b/k",
                &[("x-amz-copy-source", "/from/a%20b?versionId=1")],
                "",
            ),
            &[
                ("s3:PutObject", "arn:aws:s3:::b/k"),
                ("s3:GetObjectVersion", "arn:aws:s3:::from/a b"),
            ],
        ),
        (
            target(
                "dynamodb",
                "TagResource",
                &json!({ "ResourceArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/t" }),
            ),
            &[(
                "dynamodb:TagResource",
                "arn:aws:dynamodb:eu-west-1:123456789012:table/t",
            )],
        ),
    ] {
        let found = actions(&request, &session()).await;
        let found: Vec<_> = found
            .iter()
            .map(|(action, resource)| (action.as_str(), resource.as_str()))
            .collect();
        assert_eq!(found, wanted, "{:?}", request.operation);
    }
}

/// The S3 User Guide has an action for each operation, so none may lack one.
#[tokio::test]
async fn every_operation_of_s3_and_lambda_that_is_served_has_actions() {
    for service in ["s3", "lambda"] {
        let operations = services::find(service).unwrap().operations.unwrap()();
        for name in operations.names() {
            let mut request = rest(service, Method::GET, "/b/k", "");
            request.operation.name = name.to_owned();
            request.operation.is_routed = true;
            if operations.check(&request.operation).is_err() {
                continue;
            }
            request.operation.path = vec![("FunctionName", "line".to_owned())];
            let body = r#"{ "FunctionName": "line" }"#;
            let request = request.instead(name, body);
            let required = of(&request, &session(), &resources()).await;
            assert!(required.is_ok(), "{service}:{name}: {required:?}");
        }
    }
}

#[tokio::test]
async fn operations_without_a_known_resource_require_it_of_all() {
    let search = rest(
        "connect",
        Method::POST,
        "/phone-number/search-available",
        "{}",
    );
    let required = of(&search, &session(), &resources()).await.unwrap();
    assert_eq!(required.len(), 1);
    assert_eq!(required[0].action, "connect:SearchAvailablePhoneNumbers");
    assert_eq!(required[0].resource, "*");
    assert!(!required[0].is_resource_known);
}
