//! AWS clients that are installed on this machine.

use std::process::Stdio;

use tokio::process::Command;

use crate::{DoorWorld, status};

/// Returns a program configured for the account; `None`, with a printed line, if it is not
/// installed.
pub(crate) async fn client(world: &DoorWorld, program: &str, look: &[&str]) -> Option<Command> {
    let found = Command::new(program)
        .args(look)
        .stdin(Stdio::null())
        .output()
        .await;
    if !found.is_ok_and(|output| output.status.success()) {
        eprintln!(
            "skipped: {program} {} does not work on this machine",
            look.join(" ")
        );
        return None;
    }
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command
        .envs([
            ("AWS_ENDPOINT_URL", world.account.endpoint_url().as_str()),
            ("AWS_ACCESS_KEY_ID", "local"),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_DEFAULT_REGION", "eu-west-1"),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("NO_PROXY", "*"),
        ])
        .stdin(Stdio::null());
    Some(command)
}

/// Returns the output of a command that must succeed.
pub(crate) async fn output_of(command: &mut Command) -> String {
    let output = command.output().await.unwrap();
    let output_of = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{command:?}: {output_of}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output_of
}

/// The second S3 client uses AWS's own host name with the account as a proxy, so that the bucket is
/// part of the host and the request has an absolute address.
const BOTO3: &str = "
import boto3, os
from botocore.config import Config
assert boto3.client('sts').get_caller_identity()['Account'] == '123456789012'
assert boto3.client('dynamodb').list_tables()['TableNames'] == []
assert boto3.client('logs').describe_log_groups()['logGroups'] == []
s3 = boto3.client('s3')
s3.create_bucket(Bucket='packages', CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})
s3.put_object(Bucket='packages', Key='a/b', Body=b'x' * 300000)
virtual = boto3.client('s3', endpoint_url='http://s3.eu-west-1.amazonaws.com', config=Config(
    proxies={'http': os.environ['AWS_ENDPOINT_URL']}, s3={'addressing_style': 'virtual'}))
assert virtual.get_object(Bucket='packages', Key='a/b')['Body'].read() == b'x' * 300000
print('done')
";

#[tokio::test]
async fn boto3_is_admitted() {
    let world = DoorWorld::local().await;
    if let Some(mut python) = client(&world, "python3", &["-c", "import boto3"]).await {
        assert_eq!(output_of(python.args(["-c", BOTO3])).await, "done\n");
        assert_eq!(
            world.requested_operations("s3"),
            ["CreateBucket", "PutObject", "GetObject"]
        );
    }
    world.account.shutdown().await;
}

#[tokio::test]
async fn the_aws_cli_is_admitted() {
    let world = DoorWorld::local().await;
    if let Some(mut aws) = client(&world, "aws", &["--version"]).await {
        let identity = output_of(aws.args(["sts", "get-caller-identity"])).await;
        assert!(identity.contains("\"123456789012\""), "{identity}");
    }
    world.account.shutdown().await;
}

const CURL: [&str; 6] = [
    "--silent",
    "--show-error",
    "--include",
    "--noproxy",
    "*",
    "--user",
];

#[tokio::test]
async fn curl_is_admitted_under_every_name_of_the_account() {
    let world = DoorWorld::start([127, 0, 0, 1], &["box.example"]).await;
    let port = world.port();
    for (host, let_in) in [
        ("127.0.0.1", true),
        ("localhost", true),
        ("sts.localhost", true),
        ("box.example", true),
        ("sts.eu-west-1.box.example", true),
        ("evil.example", false),
    ] {
        let Some(mut curl) = client(&world, "curl", &["--version"]).await else {
            return;
        };
        let answer = output_of(curl.args(CURL).args([
            "local:local",
            "--aws-sigv4",
            "aws:amz:eu-west-1:sts",
            "--resolve",
            &format!("{host}:{port}:127.0.0.1"),
            "--data",
            "Action=GetCallerIdentity&Version=2011-06-15",
            &format!("http://{host}:{port}/"),
        ]))
        .await;
        assert_eq!(
            status(&answer),
            if let_in { 200 } else { 403 },
            "{host}: {answer}"
        );
    }
    world.account.shutdown().await;
}

/// Stores an object in a bucket of the host name, with a body that curl declares a form and that
/// has more dots than any parameter name.
#[tokio::test]
async fn curl_reaches_a_bucket_by_its_host() {
    let world = DoorWorld::local().await;
    let port = world.port();
    let host = format!("packages.localhost:{port}");
    let object = "a.".repeat(1000);
    for (arguments, code, body) in [
        (&["--request", "PUT"][..], 200, ""),
        (&["--request", "PUT", "--data-binary", &object], 200, ""),
        (&[], 200, object.as_str()),
    ] {
        let path = if arguments.len() == 2 { "" } else { "key" };
        let Some(mut curl) = client(&world, "curl", &["--version"]).await else {
            return;
        };
        let answer = output_of(
            curl.args(CURL)
                .args([
                    "local:local",
                    "--aws-sigv4",
                    "aws:amz:eu-west-1:s3",
                    "--resolve",
                    &format!("{host}:127.0.0.1"),
                    &format!("http://{host}/{path}"),
                ])
                .args(arguments),
        )
        .await;
        assert_eq!(status(&answer), code, "{answer}");
        assert!(answer.ends_with(body), "{answer}");
    }
    assert_eq!(
        world.requested_operations("s3"),
        ["CreateBucket", "PutObject", "GetObject"]
    );
    world.account.shutdown().await;
}
