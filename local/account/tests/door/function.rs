//! A function that requests paths below `/_local/`, using the account's address.

use std::io::{Cursor, Write};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::Method;
use local_account::AwsCall;
use serde_json::{Value, json};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::upstream::account_with;
use crate::{DoorWorld, status};

/// Answers each event with the statuses of its requests to the account: for a service, below
/// `/_local/` with its key and without, from a child, and for a service of the upstream.
const BOOTSTRAP: &str = r#"#!/bin/bash
open() { exec 3<>"/dev/tcp/${1%:*}/${1#*:}"; }
runtime() {
  open "$AWS_LAMBDA_RUNTIME_API"
  printf '%s /2018-06-01/runtime/invocation/%s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' \
    "$1" "$2" "$AWS_LAMBDA_RUNTIME_API" "${#3}" "$3" >&3
  while IFS= read -r line <&3; do
    line=${line%$'\r'}
    [ -z "$line" ] && break
    case "${line,,}" in lambda-runtime-aws-request-id:*) id=${line#*: } ;; esac
  done
  cat <&3 > /dev/null
}
ask() {
  open "${AWS_ENDPOINT_URL#http://}"
  printf '%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n' "$1" "$2" >&3
  read -r _ status _ <&3
  echo "$status"
}
export -f open ask
key="Authorization: AWS4-HMAC-SHA256 Credential=$AWS_ACCESS_KEY_ID/20261126/eu-west-1/sts/aws4_request, SignedHeaders=host, Signature=00"$'\r\n'
while :; do
  runtime GET next ''
  service=$(ask 'GET /?Action=GetCallerIdentity&Version=2011-06-15' "$key")
  signed=$(ask 'DELETE /_local/requests' "$key")
  plain=$(ask 'GET /_local/messages' '')
  beyond=$(ask 'GET /?Action=ListQueues' "${key/\/sts\//\/sqs\/}")
  child=$(setsid bash -c "ask 'GET /_local/messages' ''")
  runtime POST "$id/response" "[$service,$signed,$plain,$child,$beyond]"
done
"#;

fn package() -> String {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().unix_permissions(0o755);
    zip.start_file("bootstrap", options).unwrap();
    zip.write_all(BOOTSTRAP.as_bytes()).unwrap();
    STANDARD.encode(zip.finish().unwrap().into_inner())
}

async fn lambda(world: &DoorWorld, path: &str, body: Value) -> Value {
    let client = world.account.client();
    let answer = client.aws(AwsCall {
        service: "lambda",
        region: "eu-west-1",
        method: Method::POST,
        path,
        target: None,
        content_type: "application/json",
        body: body.to_string(),
    });
    serde_json::from_str(&answer.await.unwrap()).unwrap()
}

/// Creates a role that Lambda can assume.
async fn role(world: &DoorWorld) {
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": { "Service": "lambda.amazonaws.com" },
            "Action": "sts:AssumeRole",
        },
    });
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("Action", "CreateRole")
        .append_pair("Version", "2010-05-08")
        .append_pair("RoleName", "guest")
        .append_pair("AssumeRolePolicyDocument", &trust.to_string())
        .finish();
    let client = world.account.client();
    let created = client.aws(AwsCall {
        service: "iam",
        region: "us-east-1",
        method: Method::POST,
        path: "/",
        target: None,
        content_type: "application/x-www-form-urlencoded",
        body,
    });
    created.await.unwrap();
}

#[tokio::test]
async fn a_function_can_use_services_but_not_the_own_interface() {
    // Nothing listens at the upstream: a request that went on would be answered with 502.
    let world = account_with("http://127.0.0.1:9").await;
    role(&world).await;
    let architecture = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        other => other,
    };
    lambda(
        &world,
        "/2015-03-31/functions",
        json!({
            "FunctionName": "guest",
            "Runtime": "provided.al2023",
            "Handler": "bootstrap",
            "Architectures": [architecture],
            "Role": "arn:aws:iam::123456789012:role/guest",
            "Timeout": 60,
            "Code": { "ZipFile": package() },
        }),
    )
    .await;
    let statuses = lambda(&world, "/2015-03-31/functions/guest/invocations", json!({})).await;
    // Only Linux reports which process holds a connection.
    let plain = if cfg!(target_os = "linux") { 403 } else { 200 };
    assert_eq!(statuses, json!([200, 403, plain, plain, 403]));

    // The user of the account is not mistaken for a function meanwhile.
    let own = world
        .send("GET /_local/messages HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await;
    assert_eq!(status(&own), 200, "{own}");
    world.account.shutdown().await;
}
