//! Permissions that the parameter store's operations require.

use local_iam::Context;
use serde_json::Value;

use super::{RequiredAction, Unmapped, arn, kms, text, unknown};
use crate::authorization::resources::Resources;

pub(super) async fn required(
    region: &str,
    operation: &str,
    body: &Value,
    resources: &Resources,
) -> Result<Vec<RequiredAction>, Unmapped> {
    let names: Vec<&str> = match operation {
        "DeleteParameter" | "GetParameter" | "GetParameterHistory" | "PutParameter" => {
            vec![text(body, "Name")?]
        }
        "GetParameters" => body["Names"]
            .as_array()
            .ok_or("the request has no Names")?
            .iter()
            .map(|name| name.as_str().ok_or("a name is not a string"))
            .collect::<Result<_, _>>()?,
        _ => return Err(unknown("ssm", operation)),
    };
    let decrypted = body["WithDecryption"] == true;
    if operation == "GetParameterHistory" && decrypted {
        return Err(unknown("ssm", "GetParameterHistory with decryption"));
    }
    let mut required = Vec::new();
    for name in names {
        let parameter = parameter_arn(region, name);
        required.push(RequiredAction::new(format!("ssm:{operation}"), &parameter));
        if !decrypted {
            continue;
        }
        // SSM decrypts with the permissions of its caller.
        if let Some(key) = resources.key_of_parameter(region, name).await {
            let encryption = Context::new().with("kms:EncryptionContext:PARAMETER_ARN", &parameter);
            let via = kms::via("ssm", region, encryption);
            required.push(RequiredAction::new("kms:Decrypt", key.arn).given(via));
        }
    }
    Ok(required)
}

/// Returns the ARN of a parameter. A name may be an ARN, and may end with a version or label. The
/// leading slash of a path is not repeated.
fn parameter_arn(region: &str, name: &str) -> String {
    if name.starts_with("arn:") {
        return name.to_owned();
    }
    let name = name.split(':').next().unwrap_or(name);
    arn(
        "ssm",
        region,
        &format!("parameter/{}", name.trim_start_matches('/')),
    )
}
