//! Keys: used by a function itself, and by services on its behalf.

use aws_sdk_dynamodb::types::{AttributeValue, SseSpecification, SseType};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{KeySpec, KeyUsageType, MacAlgorithmSpec};
use e2e::{Failure, REGION};
use local_account::{AwsCall, ClientError};
use serde_json::{Value, json};

use crate::permissions::refusals::make_table;
use crate::permissions::role::{PermissionsWorld, Refused, SESSION, refused};

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

async fn encryption_key(world: &PermissionsWorld) -> Result<String, Failure> {
    let made = aws_sdk_kms::Client::new(&world.root)
        .create_key()
        .send()
        .await?;
    let arn = made.key_metadata().and_then(|key| key.arn());
    Ok(arn.expect("an ARN").to_owned())
}

async fn macs_are_made_with_one_key_and_algorithm() -> Result<(), Failure> {
    let world = PermissionsWorld::new().await?;
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

/// An operation of the parameter store, with this access key.
async fn ssm(
    world: &PermissionsWorld,
    access_key: &str,
    operation: &str,
    input: Value,
) -> Result<String, ClientError> {
    let call = AwsCall {
        service: "ssm",
        region: REGION,
        method: http::Method::POST,
        path: "/",
        target: Some(&format!("AmazonSSM.{operation}")),
        content_type: "application/x-amz-json-1.1",
        body: input.to_string(),
    };
    world.aws.client.aws_as(access_key, call).await
}

/// What the parameter store refused with.
fn refusal(answer: Result<String, ClientError>) -> Refused {
    let Err(ClientError::Refused(text)) = answer else {
        panic!("a refusal was expected, not {answer:?}");
    };
    let (status, body) = text.split_once(": ").expect("status: body");
    let body: Value = serde_json::from_str(body).expect("JSON");
    let code = body["__type"].as_str().unwrap_or_default();
    Refused {
        status: status[..3].parse().expect("a status"),
        code: code.rsplit('#').next().unwrap_or_default().to_owned(),
        // SDKs take either spelling.
        message: ["message", "Message"]
            .iter()
            .find_map(|name| body[name].as_str())
            .unwrap_or_default()
            .to_owned(),
    }
}

async fn a_parameter_is_decrypted_with_the_rights_of_who_asks() -> Result<(), Failure> {
    let world = PermissionsWorld::new().await?;
    let key = encryption_key(&world).await?;
    for more in [
        json!({ "Name": "/line/pepper", "KeyId": key }),
        json!({ "Name": "/line/plain" }),
    ] {
        let mut parameter = json!({ "Type": "SecureString", "Value": "secret" });
        let more = more.as_object().unwrap().clone();
        parameter.as_object_mut().unwrap().extend(more);
        ssm(&world, "operator", "PutParameter", parameter).await?;
    }
    let described = ssm(&world, "operator", "DescribeParameters", json!({})).await?;
    let described: Value = serde_json::from_str(&described)?;
    let keys: Vec<_> = described["Parameters"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|parameter| (parameter["Name"].as_str(), parameter["KeyId"].as_str()))
        .collect();
    assert!(
        keys.contains(&(Some("/line/pepper"), Some(key.as_str()))),
        "{keys:?}"
    );
    assert!(
        keys.contains(&(Some("/line/plain"), Some("alias/aws/ssm"))),
        "{keys:?}"
    );

    let get = |name: &str, decrypted: bool| {
        let input = json!({ "Name": name, "WithDecryption": decrypted });
        ssm(&world, &world.key, "GetParameter", input)
    };
    let pepper = format!("arn:aws:ssm:{REGION}:123456789012:parameter/line/pepper");
    assert_eq!(
        refusal(get("/line/pepper", true).await),
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
        refusal(get("/line/pepper", true).await),
        denied("", "kms:Decrypt", &key)
    );
    let via = |service: &str| {
        let service = format!("{service}.{REGION}.amazonaws.com");
        on_condition("kms:Decrypt", &key, "kms:ViaService", &service)
    };
    world.write(json!([reading, via("dynamodb")])).await?;
    assert_eq!(
        refusal(get("/line/pepper", true).await),
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
    let world = PermissionsWorld::new().await?;
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
