//! What a shell is set up with for AWS does not reach a local account.

use serde_json::Value;

use crate::account::{Account, MEMBERS, stderr};

#[tokio::test(flavor = "multi_thread")]
async fn settings_for_aws_do_not_reach_a_local_account() {
    let account = Account::start().await;
    let members = account.file("m.csv", "phone,id\n090-1111-2222,7\n");
    // A profile of another Region, whose requests would go elsewhere in four ways.
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
        let said = String::from_utf8(output.stdout).unwrap();
        let loaded: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
        assert_eq!(loaded["region"], "ap-northeast-1", "{variables:?}");
        assert_eq!(loaded["written"], 1, "{variables:?}");
    }
    assert_eq!(account.rows(MEMBERS).await.len(), 1);
    account.stop().await;
}
