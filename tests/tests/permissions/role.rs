//! An account with a function. The test uses the function's credentials and writes its role's policy.

use std::io::{Cursor, Write};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Architecture, FunctionCode, Runtime};
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use e2e::{Failure, TestAccount};
use serde_json::{Value, json};
use zip::{ZipWriter, write::SimpleFileOptions};

pub(crate) const ROLE: &str = "line-function";
pub(crate) const FUNCTION: &str = "line";
/// The function's identity in refusals.
pub(crate) const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/line-function/line";

/// A function that answers every event with the id of its access key.
const RETURN_KEY: &str = r#"#!/bin/bash
call() {
  exec 3<>"/dev/tcp/${AWS_LAMBDA_RUNTIME_API%:*}/${AWS_LAMBDA_RUNTIME_API#*:}"
  printf '%s /2018-06-01/runtime/invocation/%s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' \
    "$1" "$2" "$AWS_LAMBDA_RUNTIME_API" "${#3}" "$3" >&3
  while IFS= read -r line <&3; do
    line=${line%$'\r'}
    [ -z "$line" ] && break
    case "$line" in lambda-runtime-aws-request-id:*) id=${line#*: } ;; esac
  done
  cat <&3 >/dev/null
  exec 3>&-
}
while :; do
  call GET next ''
  call POST "$id/response" "\"$AWS_ACCESS_KEY_ID\""
done
"#;

pub(crate) struct PermissionsSetup {
    pub(crate) aws: TestAccount,
    /// The configuration with the operator's credentials.
    pub(crate) root: SdkConfig,
    /// The configuration with the function's credentials.
    pub(crate) function: SdkConfig,
    /// The function's access key.
    pub(crate) key: String,
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) role_arn: String,
}

impl PermissionsSetup {
    /// Creates a function whose role has no rights.
    pub(crate) async fn new() -> Result<Self, Failure> {
        let aws = TestAccount::start().await?;
        let root = aws.sdk_config().await;
        let iam = aws_sdk_iam::Client::new(&root);
        let role_arn = create_role(&iam, ROLE, "lambda.amazonaws.com").await?;
        create_function(&root, &role_arn).await?;
        let answer = aws_sdk_lambda::Client::new(&root)
            .invoke()
            .function_name(FUNCTION)
            .send()
            .await?;
        let key: String = serde_json::from_slice(answer.payload().unwrap().as_ref())?;
        let keys = Credentials::new(
            key.clone(),
            "secret",
            Some("token".into()),
            None,
            "function",
        );
        let function = root
            .to_builder()
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .build();
        aws.account.clear_authorizations();
        Ok(Self {
            aws,
            root,
            function,
            key,
            iam,
            role_arn,
        })
    }

    /// Replaces the role's policy with these statements.
    pub(crate) async fn write(&self, statements: Value) -> Result<(), Failure> {
        self.iam
            .put_role_policy()
            .role_name(ROLE)
            .policy_name("function")
            .policy_document(document(statements))
            .send()
            .await?;
        Ok(())
    }

    /// Replaces the role's policy with one that allows this action on this resource.
    pub(crate) async fn allow(&self, action: &str, resource: &str) -> Result<(), Failure> {
        self.write(json!([{ "Effect": "Allow", "Action": action, "Resource": resource }]))
            .await
    }

    pub(crate) async fn forbid_all(&self) -> Result<(), Failure> {
        self.write(json!([{ "Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::none" }]))
            .await
    }
}

pub(crate) fn document(statements: Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// Creates a role that a service can assume, and returns its ARN.
pub(crate) async fn create_role(
    iam: &aws_sdk_iam::Client,
    name: &str,
    service: &str,
) -> Result<String, Failure> {
    let trust = json!([{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": service },
    }]);
    let created = iam
        .create_role()
        .role_name(name)
        .assume_role_policy_document(document(trust))
        .send()
        .await?;
    Ok(created
        .role()
        .expect("the answer has the role")
        .arn()
        .to_owned())
}

/// Creates the function with a role.
pub(crate) async fn create_function(
    config: &SdkConfig,
    role_arn: &str,
) -> Result<(), aws_sdk_lambda::Error> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let executable = SimpleFileOptions::default().unix_permissions(0o755);
    zip.start_file("bootstrap", executable).unwrap();
    zip.write_all(RETURN_KEY.as_bytes()).unwrap();
    let zip = zip.finish().unwrap().into_inner();
    let architecture = match std::env::consts::ARCH {
        "aarch64" => Architecture::Arm64,
        _ => Architecture::X8664,
    };
    aws_sdk_lambda::Client::new(config)
        .create_function()
        .function_name(FUNCTION)
        .role(role_arn)
        .runtime(Runtime::Providedal2023)
        .handler("bootstrap")
        .architectures(architecture)
        .timeout(20)
        .code(FunctionCode::builder().zip_file(Blob::new(zip)).build())
        .send()
        .await?;
    Ok(())
}

/// A refusal as an SDK reports it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

/// Returns the refusal in an SDK's result.
pub(crate) fn refused<T: std::fmt::Debug, E>(answer: Result<T, SdkError<E>>) -> Refused
where
    E: ProvideErrorMetadata + std::fmt::Debug,
{
    let error = answer.expect_err("the request must be refused");
    let status = error
        .raw_response()
        .expect("the error has the response")
        .status()
        .as_u16();
    Refused {
        status,
        code: error.code().unwrap_or_default().to_owned(),
        message: error.message().unwrap_or_default().to_owned(),
    }
}
