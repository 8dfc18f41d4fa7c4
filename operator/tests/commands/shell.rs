//! The shell's settings for AWS do not apply to a local account.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use serde_json::Value;

use crate::account::{Account, BINARY, MEMBERS, stderr};

#[tokio::test(flavor = "multi_thread")]
async fn settings_for_aws_do_not_reach_a_local_account() {
    let account = Account::start().await;
    let members = account.file("m.csv", "phone,id\n090-1111-2222,7\n");
    // A profile of another Region, with four settings that would send requests elsewhere.
    let config = account.file(
        "config",
        "[profile work]\nregion = eu-west-1\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\n\
         endpoint_url = http://127.0.0.1:9\nservices = elsewhere\nsso_session = none\n\
         [services elsewhere]\ndynamodb =\n  endpoint_url = http://127.0.0.1:9\n",
    );
    for variables in [
        &[("AWS_USE_FIPS_ENDPOINT", "true")][..],
        &[("AWS_USE_DUALSTACK_ENDPOINT", "true")],
        &[("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")],
        &[
            ("AWS_ENDPOINT_URL", &account.endpoint_url),
            ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9"),
        ],
        &[("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")],
        &[("AWS_PROFILE", "not-there")],
        &[("AWS_PROFILE", "work"), ("AWS_CONFIG_FILE", &config)],
    ] {
        let arguments = ["members", &members, "--format", "json"];
        let output = account.load_in_shell(&arguments, variables);
        assert!(
            output.status.success(),
            "{variables:?}: {}",
            stderr(&output)
        );
        let printed = String::from_utf8(output.stdout).unwrap();
        let loaded: Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
        assert_eq!(loaded["region"], "ap-northeast-1", "{variables:?}");
        assert_eq!(loaded["written"], 1, "{variables:?}");
    }
    assert_eq!(account.rows(MEMBERS).await.len(), 1);
    account.stop().await;
}

/// Starts a server that refuses every request, one at a time. Returns its URL, the first lines of
/// the requests, and the switch that ends it.
fn refusing(host: &str) -> (String, JoinHandle<Vec<String>>, Arc<AtomicBool>) {
    let listener = TcpListener::bind((host, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let over = Arc::new(AtomicBool::new(false));
    let ends = Arc::clone(&over);
    let heard = std::thread::spawn(move || {
        let mut heard = Vec::new();
        for stream in listener.incoming() {
            if ends.load(Ordering::SeqCst) {
                break;
            }
            let mut stream = stream.unwrap();
            let mut line = String::new();
            let mut request = BufReader::new(stream.try_clone().unwrap());
            request.read_line(&mut line).unwrap();
            heard.push(line.trim().to_owned());
            let body = r#"{"__type":"com.amazon.coral.service#UnrecognizedClientException"}"#;
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 400 Bad Request\r\ncontent-type: application/x-amz-json-1.0\r\n\
                 content-length: {length}\r\nconnection: close\r\n\r\n{body}"
            )
            .unwrap();
        }
        heard
    });
    (format!("http://{address}"), heard, over)
}

/// The precedence is that of the AWS SDKs' reference, "Service-specific endpoints": an endpoint set
/// in code overrides every variable and profile. None of the addresses here counts as this
/// machine's.
#[test]
fn an_address_on_the_command_line_overrides_all_settings() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let members = put("m.csv", "phone,id\n090-1111-2222,7\n");
    let (meant, heard, over) = refusing("0.0.0.0");
    let (elsewhere, nothing, elsewhere_over) = refusing("127.0.0.1");
    let config = put(
        "config",
        &format!(
            "[profile work]\nregion = eu-west-1\nendpoint_url = {elsewhere}\nservices = s\n\
             use_fips_endpoint = true\nuse_dualstack_endpoint = true\n\
             [services s]\ndynamodb =\n  endpoint_url = {elsewhere}\nkms =\n  endpoint_url = {elsewhere}\n"
        ),
    );
    let settings: [&[(&str, &str)]; 6] = [
        &[("AWS_ENDPOINT_URL", &elsewhere)],
        // The same URL as on the command line.
        &[
            ("AWS_ENDPOINT_URL", &meant),
            ("AWS_ENDPOINT_URL_DYNAMODB", &elsewhere),
        ],
        &[("AWS_ENDPOINT_URL_DYNAMODB", &elsewhere)],
        &[("AWS_USE_FIPS_ENDPOINT", "true")],
        &[("AWS_USE_DUALSTACK_ENDPOINT", "true")],
        &[("AWS_PROFILE", "work"), ("AWS_CONFIG_FILE", &config)],
    ];
    let load = |arguments: &[&str], variables: &[(&str, &str)]| {
        let output = Command::new(BINARY)
            .arg("load")
            .args(arguments)
            .args(["--endpoint-url", &meant])
            .envs([
                ("AWS_ACCESS_KEY_ID", "key"),
                ("AWS_SECRET_ACCESS_KEY", "secret"),
            ])
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let printed = stderr(&output);
        assert!(
            printed.contains("UnrecognizedClient"),
            "{variables:?}: {printed}"
        );
    };
    let kms = ["end-campaign", "summer", "--pepper-kms-key-id", "key"];
    let kms_elsewhere = [
        ("AWS_ENDPOINT_URL_KMS", elsewhere.as_str()),
        ("AWS_ENDPOINT_URL", &meant),
    ];
    for variables in settings {
        load(&["members", &members], variables);
    }
    load(&kms, &kms_elsewhere);
    load(
        &kms,
        &[("AWS_PROFILE", "work"), ("AWS_CONFIG_FILE", &config)],
    );
    for (url, over) in [(&meant, over), (&elsewhere, elsewhere_over)] {
        over.store(true, Ordering::SeqCst);
        TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    }
    assert_eq!(heard.join().unwrap().len(), settings.len() + 2);
    assert_eq!(nothing.join().unwrap(), [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reported_endpoint_is_the_one_that_was_used() {
    let account = Account::start().await;
    let members = account.file("m.csv", "phone,id\n090-1111-2222,7\n");
    for dry_run in [&["--dry-run"][..], &[]] {
        // No server listens at the first address, and the second one overrides it.
        let output = Command::new(BINARY)
            .args(["--format", "json", "load", "members", &members])
            .args(dry_run)
            .envs([
                ("AWS_ENDPOINT_URL", "http://0.0.0.0:9"),
                ("AWS_ENDPOINT_URL_DYNAMODB", &account.endpoint_url),
                ("AWS_ACCESS_KEY_ID", "key"),
                ("AWS_SECRET_ACCESS_KEY", "secret"),
                ("AWS_REGION", "ap-northeast-1"),
            ])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        let printed = String::from_utf8(output.stdout).unwrap();
        let loaded: Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
        assert_eq!(loaded["endpointUrl"], account.endpoint_url.as_str());
    }
    account.stop().await;
}

#[test]
fn an_invalid_endpoint_url_is_refused() {
    let load = |words: &[&str], variable: &str| {
        let output = Command::new(BINARY)
            .args(["load", "members", "/dev/null"])
            .args(words)
            .env("AWS_ENDPOINT_URL", variable)
            .output()
            .unwrap();
        assert!(!output.status.success());
        stderr(&output)
    };
    for wrong in ["127.0.0.1:4566", ""] {
        let printed = load(&["--endpoint-url", wrong], "");
        assert!(printed.contains("write http://ADDRESS:PORT"), "{printed}");
    }
}
