//! Sessions of roles, used through the AWS SDKs.

use aws_config::SdkConfig;
use aws_sdk_iam::error::ProvideErrorMetadata;
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_sts::types::PolicyDescriptorType;
use e2e::{Failure, TestAccount};
use serde_json::{Value, json};

e2e::trials![
    a_session_acts_as_its_role_within_its_session_policies,
    a_role_is_assumed_as_its_trust_policy_allows,
    a_session_assumes_another_role_for_an_hour_at_most,
];

const ACCOUNT: &str = "arn:aws:iam::123456789012";

/// Creates a role with a trust policy and an inline policy, and returns its ARN.
async fn create_role(
    iam: &aws_sdk_iam::Client,
    name: &str,
    trust: Value,
    actions: &[&str],
) -> Result<String, Failure> {
    let trust = json!({ "Version": "2012-10-17", "Statement": trust }).to_string();
    let role = iam
        .create_role()
        .role_name(name)
        .max_session_duration(7_200);
    let role = role.assume_role_policy_document(trust).send().await?;
    let put = iam.put_role_policy().role_name(name).policy_name("inline");
    put.policy_document(policy(actions)).send().await?;
    let role = role.role().unwrap();
    Ok(role.arn().to_owned())
}

fn policy(actions: &[&str]) -> String {
    let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": "*" });
    json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
}

fn trust_in(principal: Value) -> Value {
    json!([{ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal }])
}

/// Returns the configuration of clients that sign with a session's credentials.
fn signing(config: &SdkConfig, session: &aws_sdk_sts::types::Credentials) -> SdkConfig {
    let credentials = Credentials::new(
        session.access_key_id(),
        session.secret_access_key(),
        Some(session.session_token().to_owned()),
        None,
        "test",
    );
    let provider = SharedCredentialsProvider::new(credentials);
    config.to_builder().credentials_provider(provider).build()
}

async fn a_session_acts_as_its_role_within_its_session_policies() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let config = aws.sdk_config().await;
    let iam = aws_sdk_iam::Client::new(&config);
    let sts = aws_sdk_sts::Client::new(&config);
    let actions = ["iam:GetRole", "iam:ListRoles", "kms:ListKeys"];
    let trust = trust_in(json!({ "AWS": format!("{ACCOUNT}:root") }));
    let role = create_role(&iam, "reader", trust, &actions).await?;
    let managed = iam.create_policy().policy_name("roles");
    let managed = managed.policy_document(policy(&["iam:*"])).send().await?;
    let managed = managed.policy().and_then(|policy| policy.arn()).unwrap();

    let begin = || sts.assume_role().role_arn(&role).role_session_name("one");
    let whole = begin().send().await?;
    let user = whole.assumed_role_user().unwrap();
    let arn = "arn:aws:sts::123456789012:assumed-role/reader/one";
    assert_eq!(user.arn(), arn);
    let whole = signing(&config, whole.credentials().unwrap());
    let caller = aws_sdk_sts::Client::new(&whole).get_caller_identity();
    let caller = caller.send().await?;
    assert_eq!(caller.arn(), Some(arn));
    assert_eq!(caller.user_id(), Some(user.assumed_role_id()));
    let kms = aws_sdk_kms::Client::new(&whole);
    kms.list_keys().send().await?;
    let refused = kms.create_key().send().await.unwrap_err();
    let refused = refused.into_service_error();
    assert_eq!(refused.code(), Some("AccessDeniedException"), "{refused:?}");
    aws_sdk_iam::Client::new(&whole).list_roles().send().await?;

    // The session may do what both the role and a session policy allow.
    let by_arn = PolicyDescriptorType::builder().arn(managed).build();
    let limited = begin().policy_arns(by_arn).send().await?;
    let limited = signing(&config, limited.credentials().unwrap());
    let by_text = begin().policy(policy(&["iam:GetRole"])).send().await?;
    let by_text = signing(&config, by_text.credentials().unwrap());
    aws_sdk_iam::Client::new(&limited)
        .list_roles()
        .send()
        .await?;
    let refused = aws_sdk_kms::Client::new(&limited).list_keys().send().await;
    let refused = refused.unwrap_err().into_service_error();
    let words = "because no session policy allows the kms:ListKeys action";
    assert!(refused.message().unwrap().ends_with(words), "{refused:?}");
    let iam_by_text = aws_sdk_iam::Client::new(&by_text);
    iam_by_text.get_role().role_name("reader").send().await?;
    let refused = iam_by_text.list_roles().send().await.unwrap_err();
    assert_eq!(refused.into_service_error().code(), Some("AccessDenied"));
    let created = aws_sdk_iam::Client::new(&limited)
        .create_user()
        .user_name("x");
    let refused = created.send().await.unwrap_err().into_service_error();
    let words = "because no identity-based policy allows the iam:CreateUser action";
    assert!(refused.message().unwrap().ends_with(words), "{refused:?}");

    // The role's policies are those of the moment of the request.
    let delete = iam.delete_role_policy().role_name("reader");
    delete.policy_name("inline").send().await?;
    assert!(kms.list_keys().send().await.is_err());
    aws.account.shutdown().await;
    Ok(())
}

async fn a_role_is_assumed_as_its_trust_policy_allows() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let config = aws.sdk_config().await;
    let iam = aws_sdk_iam::Client::new(&config);
    let sts = aws_sdk_sts::Client::new(&config);
    let root = json!({ "AWS": format!("{ACCOUNT}:root") });
    let mut external = trust_in(root.clone());
    external[0]["Condition"] = json!({ "StringEquals": { "sts:ExternalId": "line-7" } });
    create_role(&iam, "open", trust_in(root), &["iam:*"]).await?;
    create_role(&iam, "external", external, &["iam:*"]).await?;
    let service = trust_in(json!({ "Service": "lambda.amazonaws.com" }));
    create_role(&iam, "service", service, &["iam:*"]).await?;
    let other = trust_in(json!({ "AWS": "999999999999" }));
    create_role(&iam, "other", other, &["iam:*"]).await?;

    for (name, external_id, allowed) in [
        ("open", None, true),
        ("external", Some("line-7"), true),
        ("external", Some("line-8"), false),
        ("external", None, false),
        ("service", None, false),
        ("other", None, false),
        ("absent", None, false),
    ] {
        let role = format!("{ACCOUNT}:role/{name}");
        let assume = sts.assume_role().role_arn(&role).role_session_name("one");
        let assumed = assume.set_external_id(external_id.map(str::to_owned));
        match assumed.send().await {
            Ok(_) => assert!(allowed, "{name} {external_id:?}"),
            Err(error) => {
                let error = error.into_service_error();
                assert!(!allowed, "{name} {external_id:?}: {error:?}");
                assert_eq!(error.code(), Some("AccessDenied"));
                let words =
                    format!("is not authorized to perform: sts:AssumeRole on resource: {role}");
                assert!(error.message().unwrap().ends_with(&words), "{error:?}");
            }
        }
    }
    aws.account.shutdown().await;
    Ok(())
}

async fn a_session_assumes_another_role_for_an_hour_at_most() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let config = aws.sdk_config().await;
    let iam = aws_sdk_iam::Client::new(&config);
    let root = || trust_in(json!({ "AWS": format!("{ACCOUNT}:root") }));
    let first = create_role(&iam, "first", root(), &["sts:AssumeRole"]).await?;
    let second = create_role(&iam, "second", root(), &["iam:GetRole"]).await?;
    let to_first = trust_in(json!({ "AWS": first }));
    let third = create_role(&iam, "third", to_first, &["iam:GetRole"]).await?;
    let sts = aws_sdk_sts::Client::new(&config);
    let session = sts.assume_role().role_arn(&first).role_session_name("one");
    let session = session.duration_seconds(7_200).send().await?;
    let session = signing(&config, session.credentials().unwrap());
    let sts = aws_sdk_sts::Client::new(&session);
    let assume = |role: &str| sts.assume_role().role_arn(role).role_session_name("two");
    let chained = assume(&second).send().await?;
    assume(&third).send().await?;
    let long = assume(&second).duration_seconds(3_601).send().await;
    let long = long.unwrap_err().into_service_error();
    assert_eq!(long.code(), Some("ValidationError"), "{long:?}");

    // The second role has no policy that lets it assume a role, and none trusts it by name.
    let chained = signing(&config, chained.credentials().unwrap());
    let sts = aws_sdk_sts::Client::new(&chained);
    for role in [&first, &third] {
        let refused = sts.assume_role().role_arn(role).role_session_name("three");
        let refused = refused.send().await.unwrap_err().into_service_error();
        assert_eq!(refused.code(), Some("AccessDenied"), "{role}");
    }
    aws.account.shutdown().await;
    Ok(())
}
