//! No setting of the shell leads requests of Terraform or its provider out of the account.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tempfile::TempDir;

use crate::support::{BINARY, stderr};

/// A fake Terraform that writes its environment to a file named like its subcommand. Only `version`
/// succeeds.
const TERRAFORM: &str = r#"#!/bin/sh
env > "$PLACE/$1"
echo '{"terraform_version": "1.11.4", "platform": "linux_amd64"}'
test "$1" = version
"#;

/// A server that closes every connection, and a shell whose settings lead there.
struct Elsewhere {
    address: String,
    heard: Arc<AtomicUsize>,
    home: TempDir,
}

impl Elsewhere {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let count = Arc::new(AtomicUsize::new(0));
        let heard = Arc::clone(&count);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                drop(stream);
            }
        });
        let home = tempfile::tempdir().unwrap();
        Self {
            address,
            heard,
            home,
        }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A file with an AWS profile.
    fn profile(&self) -> PathBuf {
        let url = self.url();
        let services = ["connect", "dynamodb", "iam", "lambda", "sts"]
            .map(|service| format!("{service} =\n  endpoint_url = {url}\n"))
            .concat();
        let text = format!(
            "[profile work]\nregion = eu-west-1\nendpoint_url = {url}\nservices = all\n\
             credential_process = /no/such/program\n[services all]\n{services}"
        );
        let path = self.home.path().join("config");
        fs::write(&path, text).unwrap();
        path
    }

    /// The demo in such a shell.
    ///
    /// The variables come from the AWS provider's guide "Custom Service Endpoint Configuration", with the
    /// older names that it still accepts, from the AWS SDKs' reference, and from Terraform's "Environment
    /// Variables" and its guide to debugging providers.
    fn demo(&self, temporary: &Path) -> Command {
        let url = self.url();
        let mut demo = Command::new(BINARY);
        demo.arg("demo").env("TMPDIR", temporary);
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
            demo.env(format!("AWS_{service}_ENDPOINT"), &url)
                .env(format!("TF_AWS_{service}_ENDPOINT"), &url)
                .env(format!("AWS_ENDPOINT_URL_{service}"), &url);
        }
        let provider = json!({
            "registry.terraform.io/hashicorp/aws": {
                "Protocol": "grpc",
                "ProtocolVersion": 5,
                "Pid": std::process::id(),
                "Test": true,
                "Addr": { "Network": "tcp", "String": self.address },
            },
        });
        demo.envs([
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.as_str()),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url),
            ("AWS_ENDPOINT_URL", &url),
            ("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", &url),
            ("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2", &url),
            ("AWS_PROFILE", "work"),
            ("AWS_USE_FIPS_ENDPOINT", "true"),
            ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
            ("TF_CLI_ARGS", "-no-such-option"),
            ("TF_CLI_ARGS_apply", "-destroy"),
            ("TF_CLI_CONFIG_FILE", "/no/such/file"),
            ("TF_DATA_DIR", "/no/such/directory"),
            ("TF_HTTP_ADDRESS", &url),
            ("TF_REATTACH_PROVIDERS", &provider.to_string()),
            ("TF_VAR_language", "xx"),
            ("TF_WORKSPACE", "another"),
        ])
        .env("AWS_CONFIG_FILE", self.profile())
        .env("AWS_SHARED_CREDENTIALS_FILE", self.profile())
        // Harmless, and common where a company has its own registry.
        .env("TF_LOG", "error")
        .env("TF_TOKEN_example_com", "token");
        demo
    }

    fn heard(&self) -> usize {
        self.heard.load(Ordering::SeqCst)
    }
}

pub(super) fn no_setting_of_the_shell_leads_a_demo_out_of_the_account() {
    let elsewhere = Elsewhere::new();
    let temporary = tempfile::tempdir().unwrap();
    let output = elsewhere.demo(temporary.path()).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(elsewhere.heard(), 0, "a request left the account");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("nothing is left in the account"), "{said}");
    assert_eq!(temporary.path().read_dir().unwrap().count(), 0);
}

/// The look-up of tools runs Terraform in the same environment as the commands, so it reports no problems
/// that they do not have.
pub(super) fn no_run_of_terraform_gets_the_settings_of_the_shell() {
    let elsewhere = Elsewhere::new();
    let (place, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let terraform = place.path().join("terraform");
    fs::write(&terraform, TERRAFORM).unwrap();
    fs::set_permissions(&terraform, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    let output = elsewhere
        .demo(temporary.path())
        .env("PATH", format!("{}:{path}", place.path().display()))
        .env("PLACE", place.path())
        .env("NO_PROXY", "example.com")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = stderr(&output);
    assert!(said.contains("terraform init"), "{said}");
    for (command, list) in [
        ("version", "example.com"),
        ("init", "example.com,127.0.0.1"),
    ] {
        let found = fs::read_to_string(place.path().join(command)).unwrap();
        assert!(!found.contains(&elsewhere.address), "{command}: {found}");
        let value = |name: &str| {
            let mut lines = found.lines();
            lines.find_map(|line| line.strip_prefix(&format!("{name}=")))
        };
        for name in [
            "AWS_PROFILE",
            "AWS_USE_FIPS_ENDPOINT",
            "TF_CLI_ARGS",
            "TF_CLI_ARGS_apply",
            "TF_DATA_DIR",
            "TF_REATTACH_PROVIDERS",
            "TF_VAR_language",
            "TF_WORKSPACE",
        ] {
            assert_eq!(value(name), None, "{command}: {name}");
        }
        assert_eq!(value("TF_LOG"), Some("error"), "{command}");
        assert_eq!(value("TF_TOKEN_example_com"), Some("token"), "{command}");
        assert_eq!(value("NO_PROXY"), Some(list), "{command}");
    }
    assert_eq!(elsewhere.heard(), 0, "a request left the account");
    assert_eq!(temporary.path().read_dir().unwrap().count(), 0);
}
