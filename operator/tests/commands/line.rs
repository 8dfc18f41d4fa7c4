//! A line in a running account: a function with the variables that the module gives it, and the tables.

use std::io::{Cursor, Read, Write};
use std::net::TcpStream;
use std::process::Output;

use aws_sdk_dynamodb::types::ScalarAttributeType;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Architecture, Environment, FunctionCode, Runtime};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::account::{Account, BENEFITS, MEMBERS, stderr};

pub(crate) const LINE: &str = "campaign-line";
pub(crate) const ATTEMPTS: &str = "campaign_attempts_table";

impl Account {
    /// Starts an account with a line, whose function has these variables beside those of main.tf.
    pub(crate) async fn with_line(variables: &[(&str, &str)]) -> Self {
        let account = Self::start().await;
        let key = [("pk", ScalarAttributeType::S)];
        account.table(ATTEMPTS, &key).await;
        account.function(LINE, variables).await;
        account
    }

    pub(crate) async fn function(&self, name: &str, variables: &[(&str, &str)]) {
        let fixed = [
            ("MEMBER_TABLE_NAME", MEMBERS),
            ("BENEFITS_TABLE_NAME", BENEFITS),
            ("ATTEMPTS_TABLE_NAME", ATTEMPTS),
            ("SMS_TYPE", "Transactional"),
            ("PIN_MIN_LENGTH", "4"),
        ];
        let mut environment = Environment::builder();
        for (name, value) in fixed.iter().chain(variables) {
            environment = environment.variables(*name, *value);
        }
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let executable = SimpleFileOptions::default().unix_permissions(0o755);
        zip.start_file("bootstrap", executable).unwrap();
        zip.write_all(b"#!/bin/sh\n").unwrap();
        let zip = zip.finish().unwrap().into_inner();
        let architecture = match std::env::consts::ARCH {
            "aarch64" => Architecture::Arm64,
            _ => Architecture::X8664,
        };
        aws_sdk_lambda::Client::new(&self.config)
            .create_function()
            .function_name(name)
            .role(self.role(name))
            .runtime(Runtime::Providedal2023)
            .handler("bootstrap")
            .architectures(architecture)
            .environment(environment.build())
            .code(FunctionCode::builder().zip_file(Blob::new(zip)).build())
            .send()
            .await
            .unwrap();
    }

    /// Creates a role that Lambda can assume, by IAM's query protocol, and returns its ARN. The SDK of IAM
    /// would take longer to compile than all tests here.
    fn role(&self, name: &str) -> String {
        let trust = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C\
                     %22Action%22%3A%22sts%3AAssumeRole%22%2C%22Principal%22%3A%7B%22Service%22%3A\
                     %22lambda.amazonaws.com%22%7D%7D%5D%7D";
        let body = format!(
            "Action=CreateRole&Version=2010-05-08&RoleName={name}&AssumeRolePolicyDocument={trust}"
        );
        let host = self.endpoint_url.trim_start_matches("http://");
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
             X-Amz-Date: 20260101T000000Z\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/iam/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature={}\r\n\r\n{body}",
            body.len(),
            "0".repeat(64)
        );
        let mut stream = TcpStream::connect(host).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let arn = answer
            .split("<Arn>")
            .nth(1)
            .and_then(|rest| rest.split("</Arn>").next());
        arn.unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// Runs a command for the line.
    pub(crate) fn operate(&self, arguments: &[&str]) -> Output {
        self.operate_in_shell(&[arguments, &["--line", LINE]].concat(), &[])
    }

    /// Runs a command for the line, which must succeed, and returns its standard output.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let output = self.operate(arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            stderr(&output)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command for the line, which must fail, and returns its standard error.
    pub(crate) fn fails(&self, arguments: &[&str]) -> String {
        let output = self.operate(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        stderr(&output)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_found_by_its_name_or_by_terraforms_outputs() {
    let account = Account::with_line(&[
        ("MEMBER_TABLE_NAME", "people"),
        ("MEMBER_KEY_ATTRIBUTE", "tel"),
    ])
    .await;
    account
        .table("people", &[("tel", ScalarAttributeType::S)])
        .await;
    let printed = account.done(&["members", "add", "090-1111-2222", "--id", "7"]);
    assert_eq!(printed, "Added +81*****2222 in people, ap-northeast-1.\n");
    assert_eq!(account.rows("people").await.len(), 1);

    // The Region is that of the ARN, whatever the shell has.
    let outputs = account.file(
        "outputs.json",
        r#"{ "function_arn": { "sensitive": false, "type": "string",
             "value": "arn:aws:lambda:ap-northeast-1:123456789012:function:campaign-line" } }"#,
    );
    let arguments = ["members", "list", "--outputs", &outputs];
    let output = account.operate_in_shell(&arguments, &[("AWS_REGION", "us-east-1")]);
    assert!(output.status.success(), "{}", stderr(&output));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        printed,
        "  +81*****2222, id 7\n1 member in people, ap-northeast-1.\n"
    );

    account
        .function("other", &[("MEMBER_TABLE_NAME", "")])
        .await;
    for (name, sentences) in [
        (
            "elsewhere",
            &[
                "--line must be the name of a line's function in ap-northeast-1, was \"elsewhere\"",
                "ResourceNotFoundException",
                "give the output function_name",
            ][..],
        ),
        (
            "other",
            &[
                "the function other must have the settings of a line",
                "MEMBER_TABLE_NAME must be",
            ],
        ),
    ] {
        let output = account.operate_in_shell(&["members", "list", "--line", name], &[]);
        assert!(!output.status.success());
        let printed = stderr(&output);
        for sentence in sentences {
            assert!(printed.contains(sentence), "{printed}");
        }
    }
    account.stop().await;
}
