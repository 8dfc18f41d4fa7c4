//! Requests without credentials, and Regions that do not exist.

use super::*;

/// "AssumeRoleWithWebIdentity … can be called without the use of AWS security credentials": the
/// response must have the form that clients of STS read.
#[tokio::test]
async fn requests_with_web_identity_are_answered_in_xml() {
    let world = TestWorld::start().await;
    for operation in ["AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"] {
        let ask = Ask::form("sts", &[("Action", operation), ("Version", "2011-06-15")]);
        let answer = world.send_with(&ask, None).await.unwrap();
        assert_eq!(answer.status, 403);
        assert!(answer.kind.contains("xml"), "{answer:?}");
        assert!(answer.body.starts_with("<ErrorResponse>"), "{answer:?}");
    }
    world.stop().await;
}

#[tokio::test]
async fn regions_that_do_not_exist_are_refused() {
    let world = TestWorld::start().await;
    for service in [
        "dynamodb",
        "monitoring",
        "logs",
        "s3",
        "ssm",
        "xray",
        "sns",
        "kms",
    ] {
        for region in ["nowhere-1", "eu-west-99", &"x".repeat(1_000)] {
            let mut ask = Ask::json(service, "Anything.ListTables", "{}");
            ask.region = region.to_owned();
            let answer = survive(&world, region, &ask).await;
            assert_eq!(answer.status, 403, "{service} {answer:?}");
            assert!(answer.body.contains("valid region"), "{answer:?}");
        }
    }
    world.stop().await;
}
