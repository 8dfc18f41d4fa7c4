//! What a shell is set up with leads no request of Terraform or its provider out of the account.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what it expects"
)]

mod support;

use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use support::{BINARY, stderr};

/// Hangs up on everybody, and counts them.
fn hanging_up() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let count = Arc::new(AtomicUsize::new(0));
    let heard = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            heard.fetch_add(1, Ordering::SeqCst);
            drop(stream);
        }
    });
    (address, count)
}

/// The names of addresses are those of the AWS provider's guide "Custom Service Endpoint Configuration"
/// with the older ones that it still takes, of the AWS SDKs' reference, and of Terraform's "Environment
/// Variables" and its guide to debugging providers.
#[test]
fn nothing_of_the_shell_leads_a_demo_out_of_the_account() {
    let (address, heard) = hanging_up();
    let elsewhere = format!("http://{address}");
    let home = tempfile::tempdir().unwrap();
    let profile = home.path().join("config");
    let services = [
        "dynamodb",
        "iam",
        "sts",
        "lambda",
        "connect",
        "cloudwatch_logs",
    ]
    .map(|service| format!("{service} =\n  endpoint_url = {elsewhere}\n"))
    .concat();
    let text = format!(
        "[profile work]\nregion = eu-west-1\nendpoint_url = {elsewhere}\nservices = all\n\
         credential_process = /no/such/program\n[services all]\n{services}"
    );
    std::fs::write(&profile, text).unwrap();
    let temporary = home.path().join("temporary");
    std::fs::create_dir(&temporary).unwrap();

    let mut demo = Command::new(BINARY);
    demo.arg("demo").env("TMPDIR", &temporary);
    for service in [
        "CLOUDWATCH",
        "CLOUDWATCHLOGS",
        "CONNECT",
        "DYNAMODB",
        "IAM",
        "KMS",
        "LAMBDA",
        "LOGS",
        "PINPOINTSMSVOICEV2",
        "S3",
        "SNS",
        "SSM",
        "STS",
    ] {
        for name in [
            format!("AWS_{service}_ENDPOINT"),
            format!("TF_AWS_{service}_ENDPOINT"),
            format!("AWS_ENDPOINT_URL_{service}"),
        ] {
            demo.env(name, &elsewhere);
        }
    }
    let provider = json!({
        "registry.terraform.io/hashicorp/aws": {
            "Protocol": "grpc",
            "ProtocolVersion": 5,
            "Pid": std::process::id(),
            "Test": true,
            "Addr": { "Network": "tcp", "String": address },
        },
    });
    demo.envs([
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", elsewhere.as_str()),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &elsewhere),
        ("AWS_ENDPOINT_URL", &elsewhere),
        ("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", &elsewhere),
        ("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2", &elsewhere),
        ("AWS_PROFILE", "work"),
        ("AWS_USE_FIPS_ENDPOINT", "true"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
        ("TF_CLI_ARGS", "-no-such-option"),
        ("TF_CLI_ARGS_apply", "-destroy"),
        ("TF_CLI_CONFIG_FILE", "/no/such/file"),
        ("TF_DATA_DIR", "/no/such/directory"),
        ("TF_HTTP_ADDRESS", &elsewhere),
        ("TF_REATTACH_PROVIDERS", &provider.to_string()),
        ("TF_VAR_language", "xx"),
        ("TF_WORKSPACE", "another"),
    ]);
    demo.env("AWS_CONFIG_FILE", &profile);
    demo.env("AWS_SHARED_CREDENTIALS_FILE", &profile);
    let output = demo.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(
        heard.load(Ordering::SeqCst),
        0,
        "somebody was led elsewhere"
    );
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("nothing is left in the account"), "{said}");
    assert_eq!(temporary.read_dir().unwrap().count(), 0);
}
