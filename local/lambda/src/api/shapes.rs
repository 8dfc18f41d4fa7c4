//! Responses, with the members of the service model.

use serde_json::{Map, Value, json};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::functions::runtime_version_arn;
use crate::{
    function::{Alias, FunctionVersion, ImageConfig, LogFormat, LogSettings, Program},
    platform::SystemLevel,
};

/// Lambda's format of a time.
const TIME: &[BorrowedFormatItem<'static>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]+0000");

/// Returns a `FunctionConfiguration`; `qualifier` is the last part of its ARN.
pub(crate) fn configuration(version: &FunctionVersion, qualifier: Option<&str>) -> Value {
    let settings = &version.settings;
    let arn = qualified(&version.name.arn(), qualifier);
    let mut shape = json!({
        "FunctionName": version.name.name,
        "FunctionArn": arn,
        "Role": settings.role,
        "CodeSize": version.code.size(),
        "Description": settings.description,
        "Timeout": settings.timeout,
        "MemorySize": settings.memory_size,
        "LastModified": time(version.last_modified),
        "CodeSha256": version.code.sha256(),
        "Version": version.version,
        "TracingConfig": { "Mode": settings.tracing_mode },
        "RevisionId": version.revision_id,
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "Architectures": [version.architecture],
        "EphemeralStorage": { "Size": settings.ephemeral_storage },
        "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" },
        "LoggingConfig": logging(&settings.log),
    });
    match &settings.program {
        Program::Zip { runtime, handler } => {
            shape["PackageType"] = "Zip".into();
            shape["Runtime"] = runtime.as_str().into();
            shape["Handler"] = handler.as_str().into();
            shape["RuntimeVersionConfig"] = json!({
                "RuntimeVersionArn": runtime_version_arn(&version.name.region, runtime),
            });
        }
        Program::Image(config) => {
            shape["PackageType"] = "Image".into();
            if *config != ImageConfig::default() {
                shape["ImageConfigResponse"] = json!({ "ImageConfig": config });
            }
        }
    }
    let mut optional = Map::new();
    if !settings.variables.is_empty() {
        optional.insert(
            "Environment".into(),
            json!({ "Variables": settings.variables }),
        );
    }
    if let Some(key) = &settings.kms_key_arn {
        optional.insert("KMSKeyArn".into(), json!(key));
    }
    if let Some(target) = &settings.dead_letter {
        optional.insert("DeadLetterConfig".into(), json!({ "TargetArn": target }));
    }
    if let Some(vpc) = &settings.vpc {
        optional.insert(
            "VpcConfig".into(),
            json!({
                "SubnetIds": vpc.subnet_ids,
                "SecurityGroupIds": vpc.security_group_ids,
                // The account has no networks in which to look up the subnets.
                "VpcId": "vpc-00000000000000000",
                "Ipv6AllowedForDualStack": vpc.ipv6,
            }),
        );
    }
    if let Value::Object(shape) = &mut shape {
        shape.append(&mut optional);
    }
    shape
}

/// Returns an `AliasConfiguration`.
pub(crate) fn alias(function_arn: &str, name: &str, alias: &Alias) -> Value {
    let mut shape = json!({
        "AliasArn": qualified(function_arn, Some(name)),
        "Name": name,
        "FunctionVersion": alias.version,
        "Description": alias.description,
        "RevisionId": alias.revision_id,
    });
    if !alias.routing.is_empty() {
        shape["RoutingConfig"] = json!({ "AdditionalVersionWeights": alias.routing });
    }
    shape
}

/// Returns a list and its `NextMarker`.
pub(crate) fn list(member: &str, items: Vec<Value>, next: Option<String>) -> Value {
    let mut shape = json!({ member: items });
    if let Some(next) = next {
        shape["NextMarker"] = next.into();
    }
    shape
}

fn logging(log: &LogSettings) -> Value {
    let mut shape = json!({ "LogFormat": log.format.name() });
    if log.format == LogFormat::Json {
        shape["ApplicationLogLevel"] = log.application_level.name().into();
        shape["SystemLogLevel"] = match log.system_level {
            SystemLevel::Debug => "DEBUG",
            SystemLevel::Info => "INFO",
            SystemLevel::Warn => "WARN",
        }
        .into();
    }
    shape["LogGroup"] = log.group.as_str().into();
    shape
}

fn qualified(arn: &str, qualifier: Option<&str>) -> String {
    match qualifier {
        Some(qualifier) => format!("{arn}:{qualifier}"),
        None => arn.to_owned(),
    }
}

fn time(at: OffsetDateTime) -> String {
    // The format cannot fail for a date of this millennium.
    at.format(TIME).unwrap_or_else(|_| at.to_string())
}
