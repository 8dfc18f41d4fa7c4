//! KMS keys, used by a function itself and by services on its behalf.

use aws_sdk_dynamodb::types::{AttributeValue, SseSpecification, SseType};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{KeySpec, KeyUsageType, MacAlgorithmSpec};
use e2e::{Failure, REGION};
use local_account::{AwsCall, ClientError};
use serde_json::{Value, json};

use crate::permissions::role::{PermissionsSetup, Refused, SESSION, refused};

e2e::trials![
    macs_need_the_right_to_their_key_and_algorithm,
    a_parameter_is_decrypted_with_the_callers_rights,
    an_encrypted_table_is_read_with_the_callers_rights,
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

/// Returns a statement with a condition.
fn on_condition(action: &str, resource: &str, key: &str, value: &str) -> Value {
    json!({
        "Effect": "Allow", "Action": action, "Resource": resource,
        "Condition": { "StringEquals": { key: value } },
    })
}

async fn encryption_key(setup: &PermissionsSetup) -> Result<String, Failure> {
    let created = aws_sdk_kms::Client::new(&setup.root)
        .create_key()
        .send()
        .await?;
    let arn = created.key_metadata().and_then(|key| key.arn());
    Ok(arn.expect("a key has an ARN").to_owned())
}

async fn macs_need_the_right_to_their_key_and_algorithm() -> Result<(), Failure> {
    let setup = PermissionsSetup::new().await?;
    let root = aws_sdk_kms::Client::new(&setup.root);
    let created = root
        .create_key()
        .key_spec(KeySpec::Hmac256)
        .key_usage(KeyUsageType::GenerateVerifyMac)
        .send()
        .await?;
    let key = created.key_metadata().expect("the answer has the key");
    let (id, arn) = (key.key_id().to_owned(), key.arn().unwrap().to_owned());
    root.create_alias()
        .alias_name("alias/pepper")
        .target_key_id(&id)
        .send()
        .await?;

    let kms = aws_sdk_kms::Client::new(&setup.function);
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
    setup.write(algorithm("HMAC_SHA_512")).await?;
    assert_eq!(refused(mac(&id).await), denied("", "kms:GenerateMac", &arn));
    setup.write(algorithm("HMAC_SHA_256")).await?;
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
    setup.aws.account.shutdown().await;
    Ok(())
}

/// Sends an operation to the parameter store, signed with this access key.
async fn ssm(
    setup: &PermissionsSetup,
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
    setup.aws.client.aws_as(access_key, call).await
}

/// Reads the parameter store's refusal.
fn refusal(answer: Result<String, ClientError>) -> Refused {
    let Err(ClientError::Refused(text)) = answer else {
        panic!("the parameter store must refuse, but answered {answer:?}");
    };
    let (status, body) = text
        .split_once(": ")
        .expect("the text is a status, a colon and the body");
    let body: Value = serde_json::from_str(body).expect("the body is JSON");
    let code = body["__type"].as_str().unwrap_or_default();
    Refused {
        status: status[..3].parse().expect("the status is a number"),
        code: code.rsplit('#').next().unwrap_or_default().to_owned(),
        // SDKs accept both spellings.
        message: ["message", "Message"]
            .iter()
            .find_map(|name| body[name].as_str())
            .unwrap_or_default()
            .to_owned(),
    }
}

async fn a_parameter_is_decrypted_with_the_callers_rights() -> Result<(), Failure> {
    let setup = PermissionsSetup::new().await?;
    let key = encryption_key(&setup).await?;
    for more in [
        json!({ "Name": "/line/pepper", "KeyId": key }),
        json!({ "Name": "/line/plain" }),
    ] {
        let mut parameter = json!({ "Type": "SecureString", "Value": "secret" });
        let more = more.as_object().unwrap().clone();
        parameter.as_object_mut().unwrap().extend(more);
        ssm(&setup, "operator", "PutParameter", parameter).await?;
    }
    let described = ssm(&setup, "operator", "DescribeParameters", json!({})).await?;
    let described: Value = serde_json::from_str(&described)?;
    let keys: Vec<_> = described["Parameters"]
        .as_array()
        .expect("Parameters is a list")
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
        ssm(&setup, &setup.key, "GetParameter", input)
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
    setup.write(json!([reading])).await?;
    // Every role of the account can use the key alias/aws/ssm.
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
    setup.write(json!([reading, via("dynamodb")])).await?;
    assert_eq!(
        refusal(get("/line/pepper", true).await),
        denied("", "kms:Decrypt", &key)
    );
    setup.write(json!([reading, via("ssm")])).await?;
    get("/line/pepper", true).await?;
    // The function itself cannot use the key.
    let decrypt = aws_sdk_kms::Client::new(&setup.function)
        .decrypt()
        .key_id(&key)
        .ciphertext_blob(Blob::new("text"));
    assert_eq!(
        refused(decrypt.send().await),
        denied("", "kms:Decrypt", &key)
    );
    setup.aws.account.shutdown().await;
    Ok(())
}

async fn an_encrypted_table_is_read_with_the_callers_rights() -> Result<(), Failure> {
    let setup = PermissionsSetup::new().await?;
    let key = encryption_key(&setup).await?;
    let root = aws_sdk_dynamodb::Client::new(&setup.root);
    e2e::create_table(&root, "locked", "k").await?;
    let function = aws_sdk_dynamodb::Client::new(&setup.function);
    let get = || {
        function
            .get_item()
            .table_name("locked")
            .key("k", AttributeValue::S("1".into()))
            .send()
    };
    let reading = json!({ "Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*" });
    setup.write(json!([reading])).await?;
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
    let stored = description
        .table_description()
        .and_then(|table| table.sse_description())
        .and_then(|sse| sse.kms_master_key_arn());
    assert_eq!(stored, Some(key.as_str()));
    assert_eq!(
        refused(get().await),
        denied("KMS key access denied error: ", "kms:Decrypt", &key)
    );
    let via = format!("dynamodb.{REGION}.amazonaws.com");
    let decrypting = on_condition("kms:Decrypt", &key, "kms:ViaService", &via);
    setup.write(json!([reading, decrypting])).await?;
    get().await?;
    setup.aws.account.shutdown().await;
    Ok(())
}
