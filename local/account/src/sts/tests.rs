//! Sessions through the account's address, whose end the test's clock decides.

use std::sync::atomic::Ordering;

use crate::test_world::{BEGIN, World, between};

/// Codes and words: "Common Error Types" in the API references of IAM and CloudWatch Logs.
#[tokio::test]
async fn a_session_is_held_to_its_role_until_it_expires() {
    let world = World::start().await;
    let role = world.create_role("reader").await;
    let assume = [
        ("Action", "AssumeRole"),
        ("RoleArn", role.as_str()),
        ("RoleSessionName", "operator"),
        ("DurationSeconds", "900"),
    ];
    let (status, session) = world.ask("local", "sts", &assume).await;
    assert_eq!(status, 200, "{session}");
    // 900 seconds after the test's time.
    assert_eq!(between(&session, "Expiration"), "2027-01-15T08:15:00Z");
    let key = between(&session, "AccessKeyId");

    let get = [("Action", "GetRole"), ("RoleName", "reader")];
    world.now.store(BEGIN + 899, Ordering::Relaxed);
    let (status, got) = world.ask(key, "iam", &get).await;
    assert_eq!(status, 200, "{got}");
    let list = [("Action", "ListRoles")];
    let (status, refused) = world.ask(key, "iam", &list).await;
    assert_eq!(status, 403, "{refused}");
    let sentence = "User: arn:aws:sts::123456789012:assumed-role/reader/operator is not authorized \
                    to perform: iam:ListRoles on resource: * because no identity-based policy allows \
                    the iam:ListRoles action";
    assert!(refused.contains(sentence), "{refused}");

    world.now.store(BEGIN + 900, Ordering::Relaxed);
    let (status, ended) = world.ask(key, "iam", &get).await;
    assert_eq!((status, between(&ended, "Code")), (403, "ExpiredToken"));
    let target = "X-Amz-Target: Logs_20140328.DescribeLogGroups\r\n";
    let (status, ended) = world.send(key, "logs", target, "{}".into()).await;
    assert_eq!(status, 400);
    assert!(ended.contains("ExpiredTokenException"), "{ended}");
    let (status, ended) = world
        .ask(key, "sts", &[("Action", "GetCallerIdentity")])
        .await;
    assert_eq!((status, between(&ended, "Code")), (403, "ExpiredToken"));
    world.account.shutdown().await;
}

/// The constraints of the API's model and the errors of its reference, "AssumeRole".
#[tokio::test]
async fn invalid_sessions_are_refused() {
    let world = World::start().await;
    let role = world.create_role("reader").await;
    let wide = "x".repeat(2_049);
    for (name, value, code, words) in [
        ("RoleSessionName", "a b", "ValidationError", r"[\w+=,.@-]*"),
        ("RoleSessionName", "a", "ValidationError", "equal to 2"),
        ("ExternalId", "a b", "ValidationError", "externalId"),
        ("DurationSeconds", "899", "ValidationError", "equal to 900"),
        (
            "DurationSeconds",
            "3601",
            "ValidationError",
            "exceeds the MaxSessionDuration set for this role",
        ),
        (
            "RoleArn",
            "reader-reader-reader-reader",
            "ValidationError",
            "is invalid",
        ),
        (
            "RoleArn",
            "arn:aws:iam::123456789012:role/absent",
            "AccessDenied",
            "is not authorized to perform: sts:AssumeRole on resource: \
             arn:aws:iam::123456789012:role/absent",
        ),
        ("Policy", "{}", "MalformedPolicyDocument", "Statement"),
        ("Policy", wide.as_str(), "PackedPolicyTooLarge", "2048"),
        ("SourceIdentity", "me", "NotImplemented", "SourceIdentity"),
    ] {
        let mut pairs = vec![
            ("Action", "AssumeRole"),
            ("RoleArn", role.as_str()),
            ("RoleSessionName", "operator"),
        ];
        pairs.retain(|(other, _)| *other != name);
        pairs.push((name, value));
        let (_, refused) = world.ask("local", "sts", &pairs).await;
        assert_eq!(between(&refused, "Code"), code, "{name} {value}: {refused}");
        assert!(refused.contains(words), "{name} {value}: {refused}");
    }
    world.account.shutdown().await;
}
