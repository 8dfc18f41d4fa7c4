//! Permissions that KMS's operations require.

use local_iam::Context;
use local_wire::ACCOUNT_ID;
use serde_json::Value;

use super::{RequiredAction, Unmapped, arn, text, unknown};
use crate::authorization::resources::Resources;

pub(super) async fn required(
    region: &str,
    operation: &str,
    body: &Value,
    resources: &Resources,
) -> Result<Vec<RequiredAction>, Unmapped> {
    // "Actions, resources, and condition keys for AWS Key Management Service" in the Service
    // Authorization Reference.
    if ["CreateKey", "ListAliases", "ListKeys"].contains(&operation) {
        let action = format!("kms:{operation}");
        return Ok(vec![RequiredAction::new(action, "*")]);
    }
    let on_key = [
        "CancelKeyDeletion",
        "Decrypt",
        "DescribeKey",
        "DisableKey",
        "DisableKeyRotation",
        "EnableKey",
        "EnableKeyRotation",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateMac",
        "GetKeyPolicy",
        "GetKeyRotationStatus",
        "GetPublicKey",
        "ListResourceTags",
        "PutKeyPolicy",
        "ScheduleKeyDeletion",
        "Sign",
        "TagResource",
        "UntagResource",
        "UpdateKeyDescription",
        "Verify",
        "VerifyMac",
    ];
    if !on_key.contains(&operation) {
        return Err(unknown("kms", operation));
    }
    // Decrypt requests may leave the key out, since the ciphertext names it; only KMS can read
    // that.
    let name = text(body, "KeyId")?;
    let resource = match resources.key(region, name).await {
        Some(key) => key.arn,
        None if name.starts_with("arn:") => name.to_owned(),
        None if name.starts_with("alias/") => arn("kms", region, name),
        None => arn("kms", region, &format!("key/{name}")),
    };
    let mut context = common(Context::new()).without("kms:ViaService");
    if name.contains("alias/") {
        let alias = name.rsplit_once(':').map_or(name, |(_, alias)| alias);
        context = context.with("kms:RequestAlias", alias);
    }
    for (member, key) in [
        ("MacAlgorithm", "kms:MacAlgorithm"),
        ("SigningAlgorithm", "kms:SigningAlgorithm"),
        ("EncryptionAlgorithm", "kms:EncryptionAlgorithm"),
    ] {
        context = match body[member].as_str() {
            Some(value) => context.with(key, value),
            None => context.without(key),
        };
    }
    if let Some(pairs) = body["EncryptionContext"].as_object() {
        context = context.with_all("kms:EncryptionContextKeys", pairs.keys().cloned());
        for (name, value) in pairs {
            let value = value.as_str().unwrap_or_default();
            context = context.with(&format!("kms:EncryptionContext:{name}"), value);
        }
    }
    Ok(vec![
        RequiredAction::new(format!("kms:{operation}"), resource).given(context),
    ])
}

/// Returns the context of a decryption that a service requests on behalf of its caller.
pub(super) fn via(service: &str, region: &str, encryption: Context) -> Context {
    common(encryption).with(
        "kms:ViaService",
        format!("{service}.{region}.amazonaws.com"),
    )
}

fn common(context: Context) -> Context {
    context
        .with("kms:CallerAccount", ACCOUNT_ID)
        .without("kms:EncryptionContext:")
        .without("kms:EncryptionContextKeys")
        .without("kms:GrantIsForAWSResource")
        .without("kms:RequestAlias")
}
