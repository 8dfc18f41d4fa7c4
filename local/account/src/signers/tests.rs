//! Users of IAM, and an account that holds every caller to its policies.

use serde_json::json;

use crate::test_world::{BEGIN, World, between};

const ACCOUNT: &str = "123456789012";

/// Returns the code of a refusal in XML or JSON.
fn code(answer: &str) -> &str {
    match answer.contains("<Code>") {
        true => between(answer, "Code"),
        false => {
            let (_, rest) = answer.split_once("\"__type\":\"").unwrap();
            rest.split_once('"').unwrap().0
        }
    }
}

fn assert_refused(answer: &(u16, String), words: &str) {
    assert_eq!(answer.0, 403, "{answer:?}");
    assert!(answer.1.contains(words), "{words}: {answer:?}");
}

/// The sentence of a refusal and the sources of a user's permissions: "Troubleshoot access denied
/// error messages" and "Policy evaluation for requests within a single account" in the IAM User Guide.
#[tokio::test]
async fn a_user_is_held_to_the_policies_of_the_user_the_groups_and_the_boundary() {
    let world = World::start().await;
    let key = world.create_user("ann").await;
    let list = [("Action", "ListRoles")];
    let none = "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: iam:ListRoles \
                on resource: * because no identity-based policy allows the iam:ListRoles action";
    let ask = async |pairs: &[(&str, &str)]| world.ask(&key, "iam", pairs).await;
    assert_refused(&ask(&list).await, none);

    // An inline policy.
    let allow = json!({ "Effect": "Allow", "Action": "iam:List*", "Resource": "*" });
    world.put_user_policy("ann", allow.clone()).await;
    assert_eq!(ask(&list).await.0, 200);
    let delete = [
        ("Action", "DeleteUserPolicy"),
        ("UserName", "ann"),
        ("PolicyName", "inline"),
    ];
    world.iam(&delete).await;
    assert_refused(&ask(&list).await, none);

    // An attached policy.
    let document = json!({ "Version": "2012-10-17", "Statement": allow }).to_string();
    let create = [
        ("Action", "CreatePolicy"),
        ("PolicyName", "lists"),
        ("PolicyDocument", &document),
    ];
    let created = world.iam(&create).await;
    let arn = between(&created, "Arn");
    let attach = [("UserName", "ann"), ("PolicyArn", arn)];
    world
        .iam(&[&[("Action", "AttachUserPolicy")], &attach[..]].concat())
        .await;
    assert_eq!(ask(&list).await.0, 200);
    world
        .iam(&[&[("Action", "DetachUserPolicy")], &attach[..]].concat())
        .await;
    assert_refused(&ask(&list).await, none);

    // A policy of a group.
    world
        .iam(&[("Action", "CreateGroup"), ("GroupName", "readers")])
        .await;
    let put = [
        ("Action", "PutGroupPolicy"),
        ("GroupName", "readers"),
        ("PolicyName", "inline"),
        ("PolicyDocument", &document),
    ];
    world.iam(&put).await;
    assert_refused(&ask(&list).await, none);
    let member = [("GroupName", "readers"), ("UserName", "ann")];
    world
        .iam(&[&[("Action", "AddUserToGroup")], &member[..]].concat())
        .await;
    assert_eq!(ask(&list).await.0, 200);

    // A boundary limits all of them.
    let users = json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*",
    }});
    let users = users.to_string();
    let create = [
        ("Action", "CreatePolicy"),
        ("PolicyName", "boundary"),
        ("PolicyDocument", &users),
    ];
    let created = world.iam(&create).await;
    let bound = [
        ("Action", "PutUserPermissionsBoundary"),
        ("UserName", "ann"),
        ("PermissionsBoundary", between(&created, "Arn")),
    ];
    world.iam(&bound).await;
    let beyond = "because no permissions boundary allows the iam:ListRoles action";
    assert_refused(&ask(&list).await, beyond);
    assert_eq!(ask(&[("Action", "ListUsers")]).await.0, 200);

    let (_, caller) = world
        .ask(&key, "sts", &[("Action", "GetCallerIdentity")])
        .await;
    assert_eq!(
        between(&caller, "Arn"),
        "arn:aws:iam::123456789012:user/ann"
    );
    assert_eq!(between(&caller, "Account"), ACCOUNT);
    assert!(between(&caller, "UserId").starts_with("AIDA"), "{caller}");
    world.account.shutdown().await;
}

/// The documents are those of the AWS Managed Policy Reference.
#[tokio::test]
async fn aws_policies_grant_what_their_documents_say_and_unknown_ones_nothing() {
    let world = World::start().await;
    let key = world.create_user("ann").await;
    let attach = async |action: &str, name: &str| {
        let arn = format!("arn:aws:iam::aws:policy/{name}");
        let pairs = [("Action", action), ("UserName", "ann"), ("PolicyArn", &arn)];
        world.iam(&pairs).await
    };
    let ask = async |pairs: &[(&str, &str)]| world.ask(&key, "iam", pairs).await;
    let create = [("Action", "CreateGroup"), ("GroupName", "made-by-ann")];

    attach("AttachUserPolicy", "ReadOnlyAccess").await;
    let unknown = "because no identity-based policy allows the iam:ListRoles action (the local account \
                   does not have the documents of arn:aws:iam::aws:policy/ReadOnlyAccess, which grant \
                   nothing in it)";
    assert_refused(&ask(&[("Action", "ListRoles")]).await, unknown);
    let version = [
        ("Action", "GetPolicyVersion"),
        ("PolicyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        ("VersionId", "v1"),
    ];
    let (status, answer) = world.ask("local", "iam", &version).await;
    assert_eq!((status, code(&answer)), (501, "NotImplemented"));

    attach("AttachUserPolicy", "PowerUserAccess").await;
    assert_eq!(ask(&[("Action", "ListRoles")]).await.0, 200);
    assert_refused(&ask(&create).await, "iam:CreateGroup");
    attach("AttachUserPolicy", "AdministratorAccess").await;
    assert_eq!(ask(&create).await.0, 200);
    attach("AttachUserPolicy", "AWSDenyAll").await;
    let denied = "with an explicit deny in an identity-based policy";
    assert_refused(&ask(&[("Action", "ListRoles")]).await, denied);

    // A policy of AWS is in the account while it is attached.
    for name in [
        "ReadOnlyAccess",
        "PowerUserAccess",
        "AdministratorAccess",
        "AWSDenyAll",
    ] {
        attach("DetachUserPolicy", name).await;
    }
    let listed = world
        .iam(&[("Action", "ListPolicies"), ("Scope", "Local")])
        .await;
    assert!(!listed.contains("<PolicyName>"), "{listed}");
    let get = [
        ("Action", "GetPolicyVersion"),
        ("PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess"),
        ("VersionId", "v1"),
    ];
    assert!(world.iam(&get).await.contains("<Document>"));
    world.account.shutdown().await;
}

/// Codes: "Common Error Types" in the API references of IAM, Lambda, DynamoDB and Amazon Connect, and
/// "Error responses" in that of S3. For Lambda also
/// <https://github.com/iann0036/iamlive/issues/58>.
const UNKNOWN_KEY: [(&str, &str, u16, &str); 7] = [
    ("iam", "Action=ListRoles", 403, "InvalidClientTokenId"),
    (
        "sts",
        "Action=GetCallerIdentity",
        403,
        "InvalidClientTokenId",
    ),
    ("sns", "Action=ListTopics", 403, "InvalidClientTokenId"),
    ("s3", "/", 403, "InvalidAccessKeyId"),
    (
        "dynamodb",
        "DynamoDB_20120810.ListTables",
        400,
        "UnrecognizedClientException",
    ),
    (
        "lambda",
        "/2015-03-31/functions",
        403,
        "UnrecognizedClientException",
    ),
    ("connect", "/instance", 403, "UnrecognizedClientException"),
];

/// Sends the request of each service above with a key; returns status, code and answer.
async fn with_key(world: &World, key: &str) -> Vec<(&'static str, u16, String)> {
    let mut answers = Vec::new();
    for (service, what, _, _) in UNKNOWN_KEY {
        let (status, answer) = if what.starts_with('/') {
            world.send_to(what, key, service, "", String::new()).await
        } else if what.starts_with("Action") {
            let form = "Content-Type: application/x-www-form-urlencoded\r\n";
            world.send(key, service, form, what.to_owned()).await
        } else {
            let target = format!(
                "X-Amz-Target: {what}\r\nX-Amz-Date: 20260101T000000Z\r\nContent-Type: \
                 application/x-amz-json-1.0\r\n"
            );
            world.send(key, service, &target, "{}".to_owned()).await
        };
        answers.push((service, status, answer));
    }
    answers
}

async fn assert_unknown(world: &World, key: &str) {
    for ((service, status, answer), (_, _, wanted, code)) in
        with_key(world, key).await.into_iter().zip(UNKNOWN_KEY)
    {
        assert_eq!(status, wanted, "{service}: {answer}");
        // REST JSON has the code in a header.
        if !matches!(service, "lambda" | "connect") {
            assert!(answer.contains(code), "{service}: {answer}");
        }
        let sentence = match service {
            "s3" => "The AWS Access Key Id you provided does not exist in our records.",
            _ => "The security token included in the request is invalid.",
        };
        assert!(answer.contains(sentence), "{service}: {answer}");
    }
}

#[tokio::test]
async fn inactive_and_deleted_keys_are_refused_and_never_the_root_users() {
    let world = World::start().await;
    let key = world.create_user("ann").await;
    let attach = [
        ("Action", "AttachUserPolicy"),
        ("UserName", "ann"),
        ("PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess"),
    ];
    world.iam(&attach).await;
    let all_served = async || {
        let answers = with_key(&world, &key).await;
        assert!(
            answers.iter().all(|(_, status, _)| *status == 200),
            "{answers:?}"
        );
    };
    let update = async |status: &str| {
        let update = [
            ("Action", "UpdateAccessKey"),
            ("UserName", "ann"),
            ("AccessKeyId", &key),
            ("Status", status),
        ];
        world.iam(&update).await;
    };
    all_served().await;
    update("Inactive").await;
    assert_unknown(&world, &key).await;
    update("Active").await;
    all_served().await;
    let delete = [
        ("Action", "DeleteAccessKey"),
        ("UserName", "ann"),
        ("AccessKeyId", &key),
    ];
    world.iam(&delete).await;
    assert_unknown(&world, &key).await;
    world.account.shutdown().await;
}

#[tokio::test]
async fn an_enforcing_account_admits_the_root_users_key_and_keys_that_it_issued() {
    let world = World::start_with(true).await;
    let answers = with_key(&world, "local").await;
    assert!(
        answers.iter().all(|(_, status, _)| *status == 200),
        "{answers:?}"
    );
    assert_unknown(&world, "AKIAIOSFODNN7EXAMPLE").await;
    let refused = world.account.requests();
    let record = refused.last().unwrap().refused.as_ref().unwrap();
    let advice = "with --enforce-iam the access key id must be the root user's, which `up` printed, \
                  or one that CreateAccessKey or AssumeRole returned";
    assert!(record.contains(advice), "{record}");

    let key = world.create_user("ann").await;
    let list = [("Action", "ListRoles")];
    let refusal = "because no identity-based policy allows";
    assert_refused(&world.ask(&key, "iam", &list).await, refusal);
    let allow = json!({ "Effect": "Allow", "Action": "iam:ListRoles", "Resource": "*" });
    world.put_user_policy("ann", allow).await;
    assert_eq!(world.ask(&key, "iam", &list).await.0, 200);

    // Credentials that the account would not know again are not given.
    let federate = [("Action", "GetFederationToken"), ("Name", "ann")];
    let (status, answer) = world.ask("local", "sts", &federate).await;
    assert_eq!((status, code(&answer)), (501, "NotImplemented"), "{answer}");
    world.account.shutdown().await;
}

/// "Policy evaluation for requests within a single account" in the IAM User Guide.
#[tokio::test]
async fn a_user_assumes_a_role_that_trusts_the_account_as_the_users_policies_allow() {
    let world = World::start_with(true).await;
    let key = world.create_user("ann").await;
    let role = world.create_role("reader").await;
    let assume = [
        ("Action", "AssumeRole"),
        ("RoleArn", role.as_str()),
        ("RoleSessionName", "ann"),
        ("DurationSeconds", "3600"),
    ];
    let words = format!(
        "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: sts:AssumeRole on \
         resource: {role}"
    );
    assert_refused(&world.ask(&key, "sts", &assume).await, &words);
    let allow = json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role });
    world.put_user_policy("ann", allow).await;
    let (status, session) = world.ask(&key, "sts", &assume).await;
    assert_eq!(status, 200, "{session}");
    let session_key = between(&session, "AccessKeyId");
    let get = [("Action", "GetRole"), ("RoleName", "reader")];
    assert_eq!(world.ask(session_key, "iam", &get).await.0, 200);
    assert_refused(&world.ask(&key, "iam", &get).await, "iam:GetRole");
    let token = [("Action", "GetSessionToken")];
    let refusal = "Cannot call GetSessionToken with session credentials";
    assert_refused(&world.ask(session_key, "sts", &token).await, refusal);
    world.account.shutdown().await;
}

/// "GetSessionToken" in the API reference of STS: no policy is needed, and the credentials have the
/// permissions of the user until they expire, after 12 hours by default.
#[tokio::test]
async fn temporary_credentials_of_a_user_have_the_users_permissions_until_they_expire() {
    let world = World::start().await;
    let key = world.create_user("ann").await;
    let allow = json!({ "Effect": "Allow", "Action": "iam:ListRoles", "Resource": "*" });
    world.put_user_policy("ann", allow).await;
    let token = [("Action", "GetSessionToken")];
    let (status, session) = world.ask(&key, "sts", &token).await;
    assert_eq!(status, 200, "{session}");
    let session_key = between(&session, "AccessKeyId");
    let list = [("Action", "ListRoles")];
    assert_eq!(world.ask(session_key, "iam", &list).await.0, 200);
    let users = [("Action", "ListUsers")];
    assert_refused(
        &world.ask(session_key, "iam", &users).await,
        "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: iam:ListUsers",
    );
    let end = BEGIN + 43_200;
    world.now.store(end, std::sync::atomic::Ordering::Relaxed);
    let (status, ended) = world.ask(session_key, "iam", &list).await;
    assert_eq!((status, code(&ended)), (403, "ExpiredToken"));
    world.account.shutdown().await;
}

/// The descriptions of `UserName` in the API reference of IAM, and "Allows IAM users to manage their
/// own credentials" in the IAM User Guide.
#[tokio::test]
async fn a_user_that_names_no_user_means_the_own_one() {
    let world = World::start().await;
    let key = world.create_user("ann").await;
    world.create_user("bob").await;
    let own = json!({ "Effect": "Allow", "Action": ["iam:GetUser", "iam:*AccessKey*"],
        "Resource": "arn:aws:iam::*:user/${aws:username}" });
    world.put_user_policy("ann", own).await;
    let ask = async |pairs: &[(&str, &str)]| world.ask(&key, "iam", pairs).await;
    let (status, user) = ask(&[("Action", "GetUser")]).await;
    assert_eq!((status, between(&user, "UserName")), (200, "ann"));
    let (status, keys) = ask(&[("Action", "ListAccessKeys")]).await;
    assert_eq!((status, between(&keys, "AccessKeyId")), (200, key.as_str()));
    let of_bob = [("Action", "ListAccessKeys"), ("UserName", "bob")];
    let words = "iam:ListAccessKeys on resource: arn:aws:iam::123456789012:user/bob";
    assert_refused(&ask(&of_bob).await, words);
    world.account.shutdown().await;
}

/// GetUser returns both in AWS's API reference, where Terraform's provider reads them.
#[tokio::test]
async fn a_user_keeps_its_tags_and_its_boundary() {
    let world = World::start().await;
    let document = r#"{ "Version": "2012-10-17", "Statement": [] }"#;
    let create = [
        ("Action", "CreatePolicy"),
        ("PolicyName", "boundary"),
        ("PolicyDocument", document),
    ];
    let boundary = world.iam(&create).await;
    let boundary = between(&boundary, "Arn");
    let create = [
        ("Action", "CreateUser"),
        ("UserName", "ann"),
        ("PermissionsBoundary", boundary),
        ("Tags.member.1.Key", "Team"),
        ("Tags.member.1.Value", "line"),
    ];
    world.iam(&create).await;
    let user = world
        .iam(&[("Action", "GetUser"), ("UserName", "ann")])
        .await;
    assert_eq!(between(&user, "PermissionsBoundaryArn"), boundary);
    assert_eq!(
        (between(&user, "Key"), between(&user, "Value")),
        ("Team", "line")
    );
    world.account.shutdown().await;
}
