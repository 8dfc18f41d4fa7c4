//! Deletion protection and keys of tables.

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    SseDescription, SseSpecification, SseStatus, SseType,
};
use e2e::{Failure, REGION, TestAccount};

e2e::trials![a_table_stores_its_key_and_its_deletion_protection,];

const TABLE: &str = "campaign_member_table";

fn encrypted(key: Option<&str>) -> SseSpecification {
    SseSpecification::builder()
        .enabled(true)
        .sse_type(SseType::Kms)
        .set_kms_master_key_id(key.map(str::to_owned))
        .build()
}

async fn a_table_stores_its_key_and_its_deletion_protection() -> Result<(), Failure> {
    let aws = TestAccount::start().await?;
    let dynamodb = aws_sdk_dynamodb::Client::new(&aws.sdk_config().await);
    let key = |id: &str| format!("arn:aws:kms:{REGION}:123456789012:key/{id}");
    let attribute = AttributeDefinition::builder()
        .attribute_name("phone")
        .attribute_type(ScalarAttributeType::S)
        .build()?;
    let hash = KeySchemaElement::builder()
        .attribute_name("phone")
        .key_type(KeyType::Hash)
        .build()?;
    dynamodb
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute)
        .key_schema(hash)
        .sse_specification(encrypted(Some(&key("one"))))
        .deletion_protection_enabled(true)
        .send()
        .await?;
    let shown = || async {
        let described = dynamodb.describe_table().table_name(TABLE).send().await?;
        let table = described.table().ok_or("the table must exist")?;
        Ok::<_, Failure>(table.sse_description().cloned())
    };
    let of_key = |found: Option<SseDescription>| {
        let found = found.unwrap();
        assert_eq!(found.status(), Some(&SseStatus::Enabled));
        assert_eq!(found.sse_type(), Some(&SseType::Kms));
        found.kms_master_key_arn().unwrap_or_default().to_owned()
    };
    assert_eq!(of_key(shown().await?), key("one"));
    let change = |specification: SseSpecification| {
        let update = dynamodb.update_table().table_name(TABLE);
        update.sse_specification(specification).send()
    };
    let changed = change(encrypted(Some("two"))).await?;
    let table = changed
        .table_description()
        .ok_or("the answer must have a table")?;
    assert_eq!(of_key(table.sse_description().cloned()), key("two"));
    assert_eq!(of_key(shown().await?), key("two"));
    change(encrypted(None)).await?;
    assert!(of_key(shown().await?).contains(":key/"));
    change(SseSpecification::builder().enabled(false).build()).await?;
    assert_eq!(shown().await?, None);

    let delete = || dynamodb.delete_table().table_name(TABLE).send();
    let refused = delete().await.unwrap_err().into_service_error();
    assert_eq!(refused.code(), Some("ValidationException"));
    assert_eq!(
        refused.message(),
        Some(
            "Resource cannot be deleted as it is currently protected against deletion. Disable \
             deletion protection first."
        )
    );
    let update = dynamodb.update_table().table_name(TABLE);
    update.deletion_protection_enabled(false).send().await?;
    delete().await?;
    aws.account.shutdown().await;
    Ok(())
}
