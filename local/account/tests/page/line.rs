//! An account with a line that asks for a PIN and sends a message: a flow, a function, and a table of members,
//! made through AWS's interfaces.

use std::io::{Cursor, Write};
use std::net::SocketAddr;

use base64::{Engine, engine::general_purpose::STANDARD};
use http::Method;
use local_account::{Account, AccountConfig, AwsCall};
use serde_json::{Value, json};
use tempfile::TempDir;
use zip::{ZipWriter, write::SimpleFileOptions};

pub(crate) const REGION: &str = "ap-northeast-1";
/// The member. The number is of a range that no provider of Japan has.
pub(crate) const MEMBER: &str = "+819000000001";
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/x-amz-json-1.0";

/// Sends the message of the campaign if the PIN is right.
const BOOTSTRAP: &str = r#"#!/bin/bash
open() { exec 3<>"/dev/tcp/${1%:*}/${1#*:}"; }
runtime() {
  open "$AWS_LAMBDA_RUNTIME_API"
  printf '%s /2018-06-01/runtime/invocation/%s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' \
    "$1" "$2" "$AWS_LAMBDA_RUNTIME_API" "${#3}" "$3" >&3
  while IFS= read -r line <&3; do
    line=${line%$'\r'}
    [ -z "$line" ] && break
    case "${line,,}" in
      lambda-runtime-aws-request-id:*) id=${line#*: } ;;
      lambda-runtime-trace-id:*) trace=${line#*: } ;;
    esac
  done
  event=$(cat <&3)
}
publish() {
  body="Action=Publish&Version=2010-03-31&PhoneNumber=%2B819000000001&Message=Campaign%20https%3A%2F%2Fcampaign.example%2Fspring%3Fm%3D1"
  open "${AWS_ENDPOINT_URL#http://}"
  printf 'POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nX-Amzn-Trace-Id: %s\r\nX-Amz-Security-Token: %s\r\nAuthorization: AWS4-HMAC-SHA256 Credential=%s/20261126/ap-northeast-1/sns/aws4_request, SignedHeaders=host, Signature=00\r\nContent-Length: %d\r\n\r\n%s' \
    "$trace" "$AWS_SESSION_TOKEN" "$AWS_ACCESS_KEY_ID" "${#body}" "$body" >&3
  answer=$(cat <&3)
  case "$answer" in *"<MessageId>"*) echo sent ;; *) echo failed ;; esac
}
while :; do
  runtime GET next ''
  case "$event" in
    *'"pin":"4242"'*) result=$(publish) ;;
    *) result=wrong ;;
  esac
  runtime POST "$id/response" "{\"result\":\"$result\"}"
done
"#;

/// An account and the work directory of its functions.
pub(crate) struct Line {
    pub(crate) account: Account,
    pub(crate) number: String,
    _place: TempDir,
}

/// An empty account.
pub(crate) async fn empty() -> (Account, TempDir) {
    let place = tempfile::tempdir().unwrap();
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let account = Account::start(AccountConfig::new(listen, place.path())).await;
    (account.unwrap(), place)
}

impl Line {
    /// Starts an account whose line asks for the PIN 4242.
    pub(crate) async fn start() -> Self {
        let (account, place) = empty().await;
        let mut line = Self {
            account,
            number: String::new(),
            _place: place,
        };
        line.make_members().await;
        let function = line.make_function().await;
        line.answer_with("campaign", &actions(&function)).await;
        line
    }

    /// Starts an account whose line has a flow of this name and these blocks.
    pub(crate) async fn of(name: &str, actions: &Value) -> Self {
        let (account, place) = empty().await;
        let mut line = Self {
            account,
            number: String::new(),
            _place: place,
        };
        line.answer_with(name, actions).await;
        line
    }

    /// Starts an account whose line says a text, which is also the name of its flow, and hangs up.
    pub(crate) async fn saying(text: &str) -> Self {
        let error = json!([{ "NextAction": "bye", "ErrorType": "NoMatchingError" }]);
        let actions = json!([
            { "Identifier": "say", "Type": "MessageParticipant", "Parameters": { "Text": text },
              "Transitions": { "NextAction": "bye", "Errors": error } },
            { "Identifier": "bye", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {} },
        ]);
        Self::of(text, &actions).await
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/_local/ui/", self.account.endpoint_url())
    }

    pub(crate) async fn rest(
        &self,
        service: &str,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Value {
        self.aws(
            service,
            method,
            path,
            None,
            "application/json",
            body.to_string(),
        )
        .await
    }

    async fn aws(
        &self,
        service: &str,
        method: Method,
        path: &str,
        target: Option<&str>,
        content_type: &str,
        body: String,
    ) -> Value {
        let client = self.account.client();
        let answer = client.aws(AwsCall {
            service,
            region: REGION,
            method,
            path,
            target,
            content_type,
            body,
        });
        let answer = answer
            .await
            .unwrap_or_else(|error| panic!("{service} {path}: {error}"));
        serde_json::from_str(&answer).unwrap_or_default()
    }

    pub(crate) async fn form(&self, service: &str, pairs: &[(&str, &str)]) {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        self.aws(service, Method::POST, "/", None, FORM, body).await;
    }

    async fn dynamodb(&self, operation: &str, body: &Value) {
        let target = format!("DynamoDB_20120810.{operation}");
        let (method, body) = (Method::POST, body.to_string());
        self.aws("dynamodb", method, "/", Some(&target), JSON, body)
            .await;
    }

    pub(crate) async fn make_members(&self) {
        let table = json!({
            "TableName": "members", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "phoneNumber", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "phoneNumber", "KeyType": "HASH" }],
        });
        self.dynamodb("CreateTable", &table).await;
        let row = json!({ "phoneNumber": { "S": MEMBER }, "memberId": { "S": "M-0001" } });
        self.dynamodb("PutItem", &json!({ "TableName": "members", "Item": row }))
            .await;
    }

    /// Makes the function, with a role that lets it send messages; returns its ARN.
    async fn make_function(&self) -> String {
        let trust = json!({
            "Version": "2012-10-17",
            "Statement": { "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" },
                           "Action": "sts:AssumeRole" },
        });
        let rights = json!({
            "Version": "2012-10-17",
            "Statement": { "Effect": "Allow", "Action": "sns:Publish", "Resource": "*" },
        });
        let (trust, rights) = (trust.to_string(), rights.to_string());
        let version = ("Version", "2010-05-08");
        self.form(
            "iam",
            &[
                ("Action", "CreateRole"),
                version,
                ("RoleName", "pin"),
                ("AssumeRolePolicyDocument", &trust),
            ],
        )
        .await;
        self.form(
            "iam",
            &[
                ("Action", "PutRolePolicy"),
                version,
                ("RoleName", "pin"),
                ("PolicyName", "send"),
                ("PolicyDocument", &rights),
            ],
        )
        .await;
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().unix_permissions(0o755);
        zip.start_file("bootstrap", options).unwrap();
        zip.write_all(BOOTSTRAP.as_bytes()).unwrap();
        let code = STANDARD.encode(zip.finish().unwrap().into_inner());
        let architecture = match std::env::consts::ARCH {
            "aarch64" => "arm64",
            other => other,
        };
        let made = json!({
            "FunctionName": "pin", "Runtime": "provided.al2023", "Handler": "bootstrap",
            "Architectures": [architecture], "Role": "arn:aws:iam::123456789012:role/pin", "Timeout": 30,
            "Code": { "ZipFile": code },
        });
        let made = self
            .rest("lambda", Method::POST, "/2015-03-31/functions", &made)
            .await;
        let grant = json!({
            "StatementId": "connect", "Action": "lambda:InvokeFunction", "Principal": "connect.amazonaws.com",
        });
        self.rest(
            "lambda",
            Method::POST,
            "/2015-03-31/functions/pin/policy",
            &grant,
        )
        .await;
        made["FunctionArn"].as_str().unwrap().to_owned()
    }

    /// Makes an instance whose number answers with a flow.
    async fn answer_with(&mut self, name: &str, actions: &Value) {
        let instance = json!({ "InstanceAlias": "spring", "IdentityManagementType": "CONNECT_MANAGED",
                               "InboundCallsEnabled": true, "OutboundCallsEnabled": false });
        let instance = self
            .rest("connect", Method::PUT, "/instance", &instance)
            .await;
        let (id, arn) = (instance["Id"].as_str().unwrap(), &instance["Arn"]);
        let wanted = json!({ "TargetArn": arn, "PhoneNumberCountryCode": "JP", "PhoneNumberType": "DID",
                             "MaxResults": 1 });
        let path = "/phone-number/search-available";
        let found = self.rest("connect", Method::POST, path, &wanted).await;
        let number = &found["AvailableNumbersList"][0]["PhoneNumber"];
        let claim = json!({ "TargetArn": arn, "PhoneNumber": number });
        let claimed = self
            .rest("connect", Method::POST, "/phone-number/claim", &claim)
            .await;
        number.as_str().unwrap().clone_into(&mut self.number);
        let content = json!({ "Version": "2019-10-30", "StartAction": actions[0]["Identifier"],
                              "Metadata": {}, "Actions": actions });
        let flow = json!({ "Name": name, "Type": "CONTACT_FLOW", "Content": content.to_string() });
        let flow = self
            .rest(
                "connect",
                Method::PUT,
                &format!("/contact-flows/{id}"),
                &flow,
            )
            .await;
        let path = format!(
            "/phone-number/{}/contact-flow",
            claimed["PhoneNumberId"].as_str().unwrap()
        );
        let joined = json!({ "InstanceId": id, "ContactFlowId": flow["ContactFlowId"] });
        self.rest("connect", Method::PUT, &path, &joined).await;
    }
}

/// The blocks of a line that asks for a PIN until it is right.
fn actions(function: &str) -> Value {
    let error = |target: &str| json!([{ "NextAction": target, "ErrorType": "NoMatchingError" }]);
    json!([
        { "Identifier": "Speak Japanese", "Type": "UpdateContactTextToSpeechVoice",
          "Parameters": { "TextToSpeechVoice": "Kazuha", "TextToSpeechEngine": "Neural" },
          "Transitions": { "NextAction": "Welcome", "Errors": error("Welcome") } },
        { "Identifier": "Welcome", "Type": "MessageParticipant",
          "Parameters": { "Text": "お電話ありがとうございます。キャンペーン窓口です。" },
          "Transitions": { "NextAction": "Ask for the PIN", "Errors": error("Hang up") } },
        { "Identifier": "Ask for the PIN", "Type": "GetParticipantInput",
          "Parameters": { "Text": "キャンペーンの暗証番号を入力し、最後にシャープを押して下さい。", "StoreInput": "True",
              "InputTimeLimitSeconds": "5", "InputValidation": { "CustomValidation": { "MaximumLength": "8" } },
              "DTMFConfiguration": { "InputTerminationSequence": "#" } },
          "Transitions": { "NextAction": "Check the PIN", "Errors": error("Say sorry") } },
        { "Identifier": "Check the PIN", "Type": "InvokeLambdaFunction",
          "Parameters": { "LambdaFunctionARN": function, "InvocationTimeLimitSeconds": "8",
              "LambdaInvocationAttributes": { "pin": "$.StoredCustomerInput" } },
          "Transitions": { "NextAction": "Is it right", "Errors": error("Say sorry") } },
        { "Identifier": "Is it right", "Type": "Compare", "Parameters": { "ComparisonValue": "$.External.result" },
          "Transitions": { "NextAction": "Say sorry",
              "Conditions": [
                  { "NextAction": "Say sent", "Condition": { "Operator": "Equals", "Operands": ["sent"] } },
                  { "NextAction": "Say wrong", "Condition": { "Operator": "Equals", "Operands": ["wrong"] } }],
              "Errors": [{ "NextAction": "Say sorry", "ErrorType": "NoMatchingCondition" }] } },
        { "Identifier": "Say wrong", "Type": "MessageParticipant",
          "Parameters": { "Text": "暗証番号が正しくありません。" },
          "Transitions": { "NextAction": "Ask for the PIN", "Errors": error("Hang up") } },
        { "Identifier": "Say sent", "Type": "MessageParticipant",
          "Parameters": { "Text": "メールをお送りしました。ご確認下さい。" },
          "Transitions": { "NextAction": "Hang up", "Errors": error("Hang up") } },
        { "Identifier": "Say sorry", "Type": "MessageParticipant",
          "Parameters": { "Text": "申し訳ございません。ただいまご案内できません。" },
          "Transitions": { "NextAction": "Hang up", "Errors": error("Hang up") } },
        { "Identifier": "Hang up", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {} },
    ])
}
