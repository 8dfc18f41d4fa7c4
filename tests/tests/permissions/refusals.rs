//! Every service refuses in its own protocol, with AWS's codes and messages.

use aws_sdk_dynamodb::types::{
    AttributeValue, Delete, Get, KeysAndAttributes, Put, TransactGetItem, TransactWriteItem,
};
use e2e::{Failure, REGION};
use local_account::Granted;
use serde_json::json;

use crate::permissions::role::{
    FUNCTION, PermissionsSetup, ROLE, Refused, SESSION, create_function, create_role, document,
    refused,
};

e2e::trials![
    a_function_may_do_what_its_role_allows_and_nothing_else,
    operations_on_several_tables_need_the_rights_of_their_parts,
    all_policies_of_a_role_count,
    a_function_sees_its_own_identity_and_cannot_bypass_its_role,
    lambda_refuses_a_role_that_does_not_trust_it,
    the_account_reports_which_rights_are_used,
];

const TABLE: &str = "members";
pub(crate) const PHONE: &str = "+819012345678";

pub(crate) fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:123456789012:{resource}")
}

/// Returns the refusal of a request that no policy allows.
pub(crate) fn implicit(status: u16, code: &str, action: &str, resource: &str) -> Refused {
    Refused {
        status,
        code: code.into(),
        message: format!(
            "User: {SESSION} is not authorized to perform: {action} on resource: {resource} \
             because no identity-based policy allows the {action} action"
        ),
    }
}

fn key() -> AttributeValue {
    AttributeValue::S("1".into())
}

async fn a_function_may_do_what_its_role_allows_and_nothing_else() -> Result<(), Failure> {
    let setup = PermissionsSetup::new().await?;
    let root = aws_sdk_dynamodb::Client::new(&setup.root);
    let function = aws_sdk_dynamodb::Client::new(&setup.function);
    e2e::create_table(&root, TABLE, "k").await?;
    e2e::create_table(&root, "other", "k").await?;
    let get = |table: &str| function.get_item().table_name(table).key("k", key());
    let table = arn("dynamodb", &format!("table/{TABLE}"));
    let denied =
        |action: &str, resource: &str| implicit(400, "AccessDeniedException", action, resource);

    assert_eq!(
        refused(get(TABLE).send().await),
        denied("dynamodb:GetItem", &table)
    );
    setup.allow("dynamodb:GetItem", &table).await?;
    get(TABLE).send().await?;
    assert_eq!(
        refused(get("other").send().await),
        denied("dynamodb:GetItem", &arn("dynamodb", "table/other"))
    );
    let put = function.put_item().table_name(TABLE).item("k", key());
    assert_eq!(
        refused(put.send().await),
        denied("dynamodb:PutItem", &table)
    );
    assert_eq!(
        refused(function.list_tables().send().await),
        denied("dynamodb:ListTables", &arn("dynamodb", "table/*"))
    );
    // The role's policy does not limit the operator.
    root.put_item()
        .table_name(TABLE)
        .item("k", key())
        .send()
        .await?;

    setup
        .write(json!([
            { "Effect": "Allow", "Action": "dynamodb:*", "Resource": "*" },
            { "Sid": "NoReading", "Effect": "Deny", "Action": "dynamodb:Get*", "Resource": table },
        ]))
        .await?;
    assert_eq!(
        refused(get(TABLE).send().await).message,
        format!(
            "User: {SESSION} is not authorized to perform: dynamodb:GetItem on resource: {table} \
             with an explicit deny in an identity-based policy"
        )
    );
    get("other").send().await?;
    setup.aws.account.shutdown().await;
    Ok(())
}

async fn operations_on_several_tables_need_the_rights_of_their_parts() -> Result<(), Failure> {
    let setup = PermissionsSetup::new().await?;
    let root = aws_sdk_dynamodb::Client::new(&setup.root);
    let function = aws_sdk_dynamodb::Client::new(&setup.function);
    e2e::create_table(&root, TABLE, "k").await?;
    e2e::create_table(&root, "other", "k").await?;
    let delete = |table: &str| -> Result<TransactWriteItem, Failure> {
        let delete = Delete::builder()
            .table_name(table)
            .key("k", key())
            .build()?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    };
    let put = TransactWriteItem::builder()
        .put(Put::builder().table_name(TABLE).item("k", key()).build()?)
        .build();
    let transaction = function
        .transact_write_items()
        .transact_items(put)
        .transact_items(delete("other")?);
    for (statements, missing) in [
        (
            json!([{ "Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "*" }]),
            "dynamodb:DeleteItem",
        ),
        (
            json!([{ "Effect": "Allow", "Action": "dynamodb:DeleteItem", "Resource": "*" }]),
            "dynamodb:PutItem",
        ),
        // An action of the transaction's own name does not exist.
        (
            json!([{ "Effect": "Allow", "Action": "dynamodb:Transact*", "Resource": "*" }]),
            "dynamodb:PutItem",
        ),
    ] {
        setup.write(statements).await?;
        let message = refused(transaction.clone().send().await).message;
        assert!(
            message.contains(&format!("perform: {missing} on")),
            "{message}"
        );
    }
    setup
        .write(json!([{ "Effect": "Allow", "Action": ["dynamodb:PutItem", "dynamodb:DeleteItem"], "Resource": "*" }]))
        .await?;
    transaction.send().await?;

    let get = Get::builder().table_name(TABLE).key("k", key()).build()?;
    let reading = function
        .transact_get_items()
        .transact_items(TransactGetItem::builder().get(get).build());
    assert!(
        refused(reading.clone().send().await)
            .message
            .contains("dynamodb:GetItem")
    );
    setup.allow("dynamodb:GetItem", "*").await?;
    reading.send().await?;

    let keys = KeysAndAttributes::builder()
        .keys([("k".to_owned(), key())].into())
        .build()?;
    let batch = function
        .batch_get_item()
        .request_items(TABLE, keys.clone())
        .request_items("other", keys);
    setup
        .allow("dynamodb:BatchGetItem", &arn("dynamodb", "table/members"))
        .await?;
    assert!(
        refused(batch.clone().send().await)
            .message
            .contains("table/other")
    );
    setup.allow("dynamodb:BatchGetItem", "*").await?;
    batch.send().await?;

    // The account does not parse PartiQL, and refuses its requests.
    setup.allow("*", "*").await?;
    let statement = function
        .execute_statement()
        .statement("SELECT * FROM members");
    assert_eq!(
        refused(statement.send().await).message,
        format!(
            "User: {SESSION} is not authorized to perform: dynamodb:ExecuteStatement because the \
             local account does not know which permissions dynamodb:ExecuteStatement requires"
        )
    );
    setup.aws.account.shutdown().await;
    Ok(())
}

/// Inline and attached policies, the permissions boundary, and policies that cannot be read.
async fn all_policies_of_a_role_count() -> Result<(), Failure> {
    let setup = PermissionsSetup::new().await?;
    let sns = aws_sdk_sns::Client::new(&setup.function);
    let publish = || sns.publish().phone_number(PHONE).message("text").send();
    let policy = |name: &'static str, statements| {
        setup
            .iam
            .create_policy()
            .policy_name(name)
            .policy_document(document(statements))
    };
    let managed = policy(
        "publishing",
        json!([{ "Effect": "Allow", "Action": "sns:*", "Resource": "*" }]),
    )
    .send()
    .await?;
    let managed = managed.policy().and_then(|policy| policy.arn()).unwrap();
    setup
        .iam
        .attach_role_policy()
        .role_name(ROLE)
        .policy_arn(managed)
        .send()
        .await?;
    publish().await?;

    let boundary = policy(
        "boundary",
        json!([{ "Effect": "Allow", "Action": "kms:*", "Resource": "*" }]),
    )
    .send()
    .await?;
    let boundary = boundary.policy().and_then(|policy| policy.arn()).unwrap();
    setup
        .iam
        .put_role_permissions_boundary()
        .role_name(ROLE)
        .permissions_boundary(boundary)
        .send()
        .await?;
    let message = refused(publish().await).message;
    assert!(
        message.ends_with("because no permissions boundary allows the SNS:Publish action"),
        "{message}"
    );
    let role = setup.iam.get_role().role_name(ROLE).send().await?;
    let stored = role.role().and_then(|role| role.permissions_boundary());
    assert_eq!(
        stored.and_then(|stored| stored.permissions_boundary_arn()),
        Some(boundary)
    );
    setup
        .iam
        .delete_role_permissions_boundary()
        .role_name(ROLE)
        .send()
        .await?;
    publish().await?;

    for (statement, sentence) in [
        (
            json!({ "Sid": "Odd", "Effect": "Allow", "Action": "sns:Publish", "Resource": "*",
                "Condition": { "StringEquals": { "sns:Endpoint": "x" } } }),
            "because the local account cannot decide it: Odd of function needs sns:Endpoint, whose \
             value is unknown for SNS:Publish on +819012345678",
        ),
        (
            json!({ "Effect": "Allow", "Action": "sns:Publish", "Resources": "*" }),
            "because the local account cannot decide it: the role's policy function cannot be \
             read: statement 1: it must not have the element Resources",
        ),
    ] {
        setup.write(json!([statement])).await?;
        let message = refused(publish().await).message;
        assert!(message.ends_with(sentence), "{message}");
    }
    setup.aws.account.shutdown().await;
    Ok(())
}

async fn a_function_sees_its_own_identity_and_cannot_bypass_its_role() -> Result<(), Failure> {
    let setup = PermissionsSetup::new().await?;
    let sts = aws_sdk_sts::Client::new(&setup.function);
    let identity = sts.get_caller_identity().send().await?;
    assert_eq!(identity.arn(), Some(SESSION));
    assert_eq!(identity.account(), Some("123456789012"));
    let root = aws_sdk_sts::Client::new(&setup.root);
    assert_ne!(
        root.get_caller_identity().send().await?.arn(),
        Some(SESSION)
    );

    let functions = aws_sdk_lambda::Client::new(&setup.function);
    let roles = aws_sdk_iam::Client::new(&setup.function);
    setup.forbid_all().await?;
    let refusal = refused(functions.list_functions().send().await);
    assert_eq!(
        (refusal.status, refusal.code.as_str()),
        (403, "AccessDeniedException")
    );
    assert_eq!(
        refused(roles.list_roles().send().await).code,
        "AccessDenied"
    );

    // A role that allows everything lets the function do what the operations of the account are for, but
    // not assume a role that trusts the service alone.
    setup.allow("*", "*").await?;
    functions.list_functions().send().await?;
    roles.list_roles().send().await?;
    let assume = sts
        .assume_role()
        .role_arn(&setup.role_arn)
        .role_session_name("bypass");
    let refusal = refused(assume.send().await);
    assert_eq!(
        (refusal.status, refusal.code.as_str()),
        (403, "AccessDenied")
    );

    // A deleted role has no rights.
    let dynamodb = aws_sdk_dynamodb::Client::new(&setup.function);
    dynamodb.list_tables().send().await?;
    setup
        .iam
        .delete_role_policy()
        .role_name(ROLE)
        .policy_name("function")
        .send()
        .await?;
    setup.iam.delete_role().role_name(ROLE).send().await?;
    let message = refused(dynamodb.list_tables().send().await).message;
    assert!(message.contains("does not exist"), "{message}");
    setup.aws.account.shutdown().await;
    Ok(())
}

async fn lambda_refuses_a_role_that_does_not_trust_it() -> Result<(), Failure> {
    let setup = PermissionsSetup::new().await?;
    let elsewhere = create_role(&setup.iam, "elsewhere", "ec2.amazonaws.com").await?;
    aws_sdk_lambda::Client::new(&setup.root)
        .delete_function()
        .function_name(FUNCTION)
        .send()
        .await?;
    for role in [elsewhere.as_str(), "arn:aws:iam::123456789012:role/absent"] {
        let error = create_function(&setup.root, role).await.unwrap_err();
        assert_eq!(
            aws_sdk_sns::error::ProvideErrorMetadata::message(&error),
            Some("The role defined for the function cannot be assumed by Lambda."),
            "{role}"
        );
    }
    create_function(&setup.root, &setup.role_arn).await?;
    setup.aws.account.shutdown().await;
    Ok(())
}

async fn the_account_reports_which_rights_are_used() -> Result<(), Failure> {
    let setup = PermissionsSetup::new().await?;
    let sns = aws_sdk_sns::Client::new(&setup.function);
    let publish = |phone: &str| sns.publish().phone_number(phone).message("text").send();
    publish(PHONE).await.unwrap_err();
    setup
        .write(json!([
            { "Sid": "Unused", "Effect": "Allow", "Action": "sns:Publish", "Resource": "arn:aws:sns:*:*:*" },
            { "Sid": "Send", "Effect": "Allow", "Action": ["sns:Subscribe", "sns:Pub*"], "NotResource": "arn:aws:sns:*:*:*" },
        ]))
        .await?;
    publish(PHONE).await?;
    publish("+819012345679").await?;

    let records = setup.aws.client.authorizations(Some(ROLE)).await?;
    assert_eq!(
        records,
        setup.aws.account.authorizations(Some(&setup.role_arn))
    );
    let counted: Vec<_> = records
        .iter()
        .map(|record| {
            (
                record.action.as_str(),
                record.resource.as_str(),
                record.count,
            )
        })
        .collect();
    assert_eq!(
        counted,
        [("SNS:Publish", "+*", 1), ("SNS:Publish", "+*", 2)]
    );
    let denied = records
        .iter()
        .find(|record| record.denied.is_some())
        .unwrap();
    assert_eq!(
        denied.denied.as_deref(),
        Some("because no identity-based policy allows the SNS:Publish action")
    );
    let allowed = records
        .iter()
        .find(|record| record.denied.is_none())
        .unwrap();
    assert_eq!(
        allowed.allowed_by,
        [Granted {
            policy: "function".into(),
            statement: "Send".into(),
            action: Some("sns:Pub*".into()),
            resource: None,
        }]
    );
    setup.aws.client.clear_authorizations().await?;
    assert!(setup.aws.client.authorizations(None).await?.is_empty());
    setup.aws.account.shutdown().await;
    Ok(())
}
