//! Keys: used by a function itself, and by services on its behalf.

use aws_sdk_dynamodb::types::{AttributeValue, SseSpecification, SseType};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{KeySpec, KeyUsageType, MacAlgorithmSpec};
use aws_sdk_ssm::types::ParameterType;
use e2e::{Failure, REGION};
use serde_json::{Value, json};

use crate::permissions::refusals::make_table;
use crate::permissions::role::{Refused, SESSION, World, refused};

e2e::trials![
    macs_are_made_with_one_key_and_algorithm,
    a_parameter_is_decrypted_with_the_rights_of_who_asks,
    a_table_is_opened_with_the_rights_of_who_asks,
];

fn denied(prefix: &str, action: &str, resource: &str) -> Refused {
    Refused {
        status: 400,
        code: "AccessDeniedException".into(),
        message: format!(
            "{prefix}User: {SESSION} is not authorized to perform: {action} on resource: \
             {resource} because no identity-based policy allows the {action} action"
        ),
    }
}

/// A statement with a condition.
fn on_condition(action: &str, resource: &str, key: &str, value: &str) -> Value {
    json!({
        "Effect": "Allow", "Action": action, "Resource": resource,
        "Condition": { "StringEquals": { key: value } },
    })
}

async fn encryption_key(world: &World) -> Result<String, Failure> {
    let made = aws_sdk_kms::Client::new(&world.root)
        .create_key()
        .send()
        .await?;
    let arn = made.key_metadata().and_then(|key| key.arn());
    Ok(arn.expect("an ARN").to_owned())
}

async fn macs_are_made_with_one_key_and_algorithm() -> Result<(), Failure> {
    let world = World::new().await?;
    let root = aws_sdk_kms::Client::new(&world.root);
    let made = root
        .create_key()
        .key_spec(KeySpec::Hmac256)
        .key_usage(KeyUsageType::GenerateVerifyMac)
        .send()
        .await?;
    let key = made.key_metadata().expect("a key");
    let (id, arn) = (key.key_id().to_owned(), key.arn().unwrap().to_owned());
    root.create_alias()
        .alias_name("alias/pepper")
        .target_key_id(&id)
        .send()
        .await?;

    let kms = aws_sdk_kms::Client::new(&world.function);
    let mac = |name: &str| {
        kms.generate_mac()
            .key_id(name)
            .mac_algorithm(MacAlgorithmSpec::HmacSha256)
            .message(Blob::new("text"))
            .send()
    };
    assert_eq!(refused(mac(&id).await), denied("", "kms:GenerateMac", &arn));
    let algorithm = |value: &str| {
        json!([on_condition(
            "kms:GenerateMac",
            &arn,
            "kms:MacAlgorithm",
            value
        )])
    };
    world.write(algorithm("HMAC_SHA_512")).await?;
    assert_eq!(refused(mac(&id).await), denied("", "kms:GenerateMac", &arn));
    world.write(algorithm("HMAC_SHA_256")).await?;
    for name in [id.as_str(), arn.as_str(), "alias/pepper"] {
        mac(name).await?;
    }
    let verify = kms
        .verify_mac()
        .key_id(&id)
        .mac_algorithm(MacAlgorithmSpec::HmacSha256)
        .message(Blob::new("text"))
        .mac(Blob::new("mac"));
    assert_eq!(
        refused(verify.send().await),
        denied("", "kms:VerifyMac", &arn)
    );
    world.aws.account.shutdown().await;
    Ok(())
}

async fn a_parameter_is_decrypted_with_the_rights_of_who_asks() -> Result<(), Failure> {
    let world = World::new().await?;
    let key = encryption_key(&world).await?;
    let root = aws_sdk_ssm::Client::new(&world.root);
    for (name, key) in [("/line/pepper", Some(key.as_str())), ("/line/plain", None)] {
        root.put_parameter()
            .name(name)
            .r#type(ParameterType::SecureString)
            .value("secret")
            .set_key_id(key.map(str::to_owned))
            .send()
            .await?;
    }
    let described = root.describe_parameters().send().await?;
    let keys: Vec<_> = described
        .parameters()
        .iter()
        .map(|parameter| (parameter.name(), parameter.key_id()))
        .collect();
    assert!(
        keys.contains(&(Some("/line/pepper"), Some(key.as_str()))),
        "{keys:?}"
    );
    assert!(
        keys.contains(&(Some("/line/plain"), Some("alias/aws/ssm"))),
        "{keys:?}"
    );

    let ssm = aws_sdk_ssm::Client::new(&world.function);
    let get = |name: &str, decrypted: bool| {
        ssm.get_parameter()
            .name(name)
            .with_decryption(decrypted)
            .send()
    };
    let pepper = format!("arn:aws:ssm:{REGION}:123456789012:parameter/line/pepper");
    assert_eq!(
        refused(get("/line/pepper", true).await),
        denied("", "ssm:GetParameter", &pepper)
    );
    let reading = json!({
        "Effect": "Allow", "Action": "ssm:GetParameter",
        "Resource": format!("arn:aws:ssm:{REGION}:123456789012:parameter/line/*"),
    });
    world.write(json!([reading])).await?;
    // The account's own key is open to everybody in it.
    get("/line/plain", true).await?;
    get("/line/pepper", false).await?;
    assert_eq!(
        refused(get("/line/pepper", true).await),
        denied("", "kms:Decrypt", &key)
    );
    let via = |service: &str| {
        let service = format!("{service}.{REGION}.amazonaws.com");
        on_condition("kms:Decrypt", &key, "kms:ViaService", &service)
    };
    world.write(json!([reading, via("dynamodb")])).await?;
    assert_eq!(
        refused(get("/line/pepper", true).await),
        denied("", "kms:Decrypt", &key)
    );
    world.write(json!([reading, via("ssm")])).await?;
    get("/line/pepper", true).await?;
    // Not by itself, though.
    let decrypt = aws_sdk_kms::Client::new(&world.function)
        .decrypt()
        .key_id(&key)
        .ciphertext_blob(Blob::new("text"));
    assert_eq!(
        refused(decrypt.send().await),
        denied("", "kms:Decrypt", &key)
    );
    world.aws.account.shutdown().await;
    Ok(())
}

async fn a_table_is_opened_with_the_rights_of_who_asks() -> Result<(), Failure> {
    let world = World::new().await?;
    let key = encryption_key(&world).await?;
    let root = aws_sdk_dynamodb::Client::new(&world.root);
    make_table(&root, "locked").await?;
    let function = aws_sdk_dynamodb::Client::new(&world.function);
    let get = || {
        function
            .get_item()
            .table_name("locked")
            .key("k", AttributeValue::S("1".into()))
            .send()
    };
    let reading = json!({ "Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*" });
    world.write(json!([reading])).await?;
    get().await?;

    root.delete_table().table_name("locked").send().await?;
    let description = root
        .create_table()
        .table_name("locked")
        .billing_mode(aws_sdk_dynamodb::types::BillingMode::PayPerRequest)
        .attribute_definitions(
            aws_sdk_dynamodb::types::AttributeDefinition::builder()
                .attribute_name("k")
                .attribute_type(aws_sdk_dynamodb::types::ScalarAttributeType::S)
                .build()?,
        )
        .key_schema(
            aws_sdk_dynamodb::types::KeySchemaElement::builder()
                .attribute_name("k")
                .key_type(aws_sdk_dynamodb::types::KeyType::Hash)
                .build()?,
        )
        .sse_specification(
            SseSpecification::builder()
                .enabled(true)
                .sse_type(SseType::Kms)
                .kms_master_key_id(&key)
                .build(),
        )
        .send()
        .await?;
    let told = description
        .table_description()
        .and_then(|table| table.sse_description())
        .and_then(|sse| sse.kms_master_key_arn());
    assert_eq!(told, Some(key.as_str()));
    assert_eq!(
        refused(get().await),
        denied("KMS key access denied error: ", "kms:Decrypt", &key)
    );
    let via = format!("dynamodb.{REGION}.amazonaws.com");
    let opening = on_condition("kms:Decrypt", &key, "kms:ViaService", &via);
    world.write(json!([reading, opening])).await?;
    get().await?;
    world.aws.account.shutdown().await;
    Ok(())
}
