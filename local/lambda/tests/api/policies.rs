//! Policies of functions, versions and aliases.

use super::*;

#[tokio::test]
async fn policies_are_written_as_aws_writes_them() {
    let account = Account::worker(json!({})).await;
    let uri = format!("{FUNCTIONS}/worker/policy");
    let none = account.get(&uri).await;
    assert_eq!(
        (none.status, none.error()),
        (404, "ResourceNotFoundException".into())
    );
    let instance = "arn:aws:connect:ap-northeast-1:123456789012:instance/i-1";
    let permission = json!({
        "StatementId": "AllowConnect",
        "Action": "lambda:InvokeFunction",
        "Principal": "connect.amazonaws.com",
        "SourceAccount": "123456789012",
        "SourceArn": instance,
    });
    let added = account.post(&uri, permission.clone()).await;
    assert_eq!(added.status, 201);
    let statement = json!({
        "Sid": "AllowConnect",
        "Effect": "Allow",
        "Principal": { "Service": "connect.amazonaws.com" },
        "Action": "lambda:InvokeFunction",
        "Resource": ARN,
        "Condition": {
            "StringEquals": { "AWS:SourceAccount": "123456789012" },
            "ArnLike": { "AWS:SourceArn": instance }
        }
    });
    assert_eq!(added.json()["Statement"], statement.to_string());
    let again = account.post(&uri, permission).await;
    assert_eq!(
        (again.status, again.error()),
        (409, "ResourceConflictException".into())
    );

    let principal = Principal::Service {
        name: "connect.amazonaws.com".into(),
        source_arn: instance.into(),
        source_account: "123456789012".into(),
    };
    for _ in 0..2 {
        account
            .service
            .grant_invoke(ARN, "connect-i-1", &principal)
            .unwrap();
    }
    let policy =
        |body: Value| -> Value { serde_json::from_str(body["Policy"].as_str().unwrap()).unwrap() };
    let got = account.get(&uri).await.ok().json();
    let document = policy(got.clone());
    assert_eq!(
        (&document["Version"], &document["Id"]),
        (&json!("2012-10-17"), &json!("default"))
    );
    assert_eq!(document["Statement"][0], statement);
    assert_eq!(document["Statement"][1]["Sid"], "connect-i-1");
    assert_eq!(document["Statement"].as_array().unwrap().len(), 2);

    let stale = account
        .delete(&format!("{uri}/AllowConnect?RevisionId=old"))
        .await;
    assert_eq!(stale.error(), "PreconditionFailedException");
    let revision = got["RevisionId"].as_str().unwrap();
    let removed = account
        .delete(&format!("{uri}/AllowConnect?RevisionId={revision}"))
        .await;
    assert_eq!(removed.status, 204);
    let missing = account.delete(&format!("{uri}/AllowConnect")).await;
    assert_eq!(missing.error(), "ResourceNotFoundException");
    account.service.revoke_invoke(ARN, "connect-i-1");
    account.service.revoke_invoke(ARN, "connect-i-1");
    assert_eq!(account.get(&uri).await.status, 404);
    let unknown = account
        .service
        .grant_invoke(&format!("{ARN}2"), "connect-i-1", &principal)
        .unwrap_err();
    assert_eq!(unknown.code, "ResourceNotFoundException");
}

#[tokio::test]
async fn policies_belong_to_qualifiers() {
    let account = Account::worker(json!({ "Publish": true })).await;
    let uri = format!("{FUNCTIONS}/worker/policy");
    let permission = json!({
        "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"
    });
    let added = account
        .post(&format!("{uri}?Qualifier=1"), permission)
        .await
        .ok()
        .json();
    let statement: Value = serde_json::from_str(added["Statement"].as_str().unwrap()).unwrap();
    assert_eq!(statement["Resource"], format!("{ARN}:1"));
    assert_eq!(account.get(&uri).await.status, 404);
    assert_eq!(account.get(&format!("{uri}?Qualifier=1")).await.status, 200);
    let bad = json!({
        "StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "nobody"
    });
    assert_eq!(
        account.post(&uri, bad).await.error(),
        "InvalidParameterValueException"
    );
}

/// Lambda's message, as its users quote it.
#[tokio::test]
async fn a_policy_has_twenty_kilobytes() {
    let account = Account::worker(json!({})).await;
    let uri = format!("{FUNCTIONS}/worker/policy");
    let mut added = 0;
    let refused = loop {
        let permission = json!({
            "StatementId": format!("s{added}"),
            "Action": "lambda:InvokeFunction",
            "Principal": "connect.amazonaws.com",
        });
        let answer = account.post(&uri, permission).await;
        if answer.status != 201 {
            break answer;
        }
        added += 1;
    };
    assert_eq!(
        (refused.status, refused.error()),
        (400, "PolicyLengthExceededException".into())
    );
    let message = refused.json()["message"].as_str().unwrap().to_owned();
    assert!(
        message.starts_with("The final policy size (20"),
        "{message}"
    );
    assert!(
        message.ends_with(") is bigger than the limit (20480)."),
        "{message}"
    );
    let policy = account.get(&uri).await.ok().json();
    let size = policy["Policy"].as_str().unwrap().len();
    assert!((20_000..=20_480).contains(&size), "{size}");
}
