//! Request bodies, with the members of the service model.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::function::ImageConfig;

/// `CreateFunction`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateFunction {
    pub(crate) function_name: String,
    pub(crate) code: Code,
    #[serde(default)]
    pub(crate) architectures: Vec<String>,
    #[serde(default)]
    pub(crate) publish: bool,
    pub(crate) publish_to: Option<String>,
    pub(crate) package_type: Option<String>,
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) code_signing_config_arn: Option<String>,
    pub(crate) tenancy_config: Option<Value>,
    #[serde(flatten)]
    pub(crate) configuration: Configuration,
}

/// The members that `CreateFunction` and `UpdateFunctionConfiguration` share.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Configuration {
    pub(crate) runtime: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) handler: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) timeout: Option<i64>,
    pub(crate) memory_size: Option<i64>,
    pub(crate) environment: Option<Environment>,
    #[serde(rename = "KMSKeyArn")]
    pub(crate) kms_key_arn: Option<String>,
    pub(crate) dead_letter_config: Option<DeadLetter>,
    pub(crate) tracing_config: Option<Tracing>,
    pub(crate) vpc_config: Option<VpcInput>,
    pub(crate) ephemeral_storage: Option<EphemeralStorage>,
    pub(crate) logging_config: Option<Logging>,
    pub(crate) snap_start: Option<SnapStart>,
    #[serde(default)]
    pub(crate) layers: Vec<String>,
    #[serde(default)]
    pub(crate) file_system_configs: Vec<Value>,
    pub(crate) image_config: Option<ImageConfig>,
    pub(crate) durable_config: Option<Value>,
    pub(crate) capacity_provider_config: Option<Value>,
    pub(crate) runtime_config: Option<Value>,
    pub(crate) accelerator_config: Option<Value>,
    pub(crate) revision_id: Option<String>,
}

/// `FunctionCode`, and the code of `UpdateFunctionCode`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Code {
    /// Base64.
    pub(crate) zip_file: Option<String>,
    pub(crate) s3_bucket: Option<String>,
    pub(crate) s3_key: Option<String>,
    pub(crate) s3_object_version: Option<String>,
    pub(crate) image_uri: Option<String>,
    #[serde(rename = "SourceKMSKeyArn")]
    pub(crate) source_kms_key_arn: Option<String>,
}

/// `UpdateFunctionCode`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateCode {
    #[serde(flatten)]
    pub(crate) code: Code,
    #[serde(default)]
    pub(crate) architectures: Vec<String>,
    #[serde(default)]
    pub(crate) publish: bool,
    pub(crate) publish_to: Option<String>,
    #[serde(default)]
    pub(crate) dry_run: bool,
    pub(crate) revision_id: Option<String>,
}

/// `Environment`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Environment {
    #[serde(default)]
    pub(crate) variables: BTreeMap<String, String>,
}

/// `DeadLetterConfig`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeadLetter {
    pub(crate) target_arn: Option<String>,
}

/// `TracingConfig`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tracing {
    pub(crate) mode: Option<String>,
}

/// `VpcConfig`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct VpcInput {
    #[serde(default)]
    pub(crate) subnet_ids: Vec<String>,
    #[serde(default)]
    pub(crate) security_group_ids: Vec<String>,
    pub(crate) ipv6_allowed_for_dual_stack: Option<bool>,
}

/// `EphemeralStorage`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EphemeralStorage {
    pub(crate) size: i64,
}

/// `LoggingConfig`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Logging {
    pub(crate) log_format: Option<String>,
    pub(crate) application_log_level: Option<String>,
    pub(crate) system_log_level: Option<String>,
    pub(crate) log_group: Option<String>,
}

/// `SnapStart`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SnapStart {
    pub(crate) apply_on: Option<String>,
}

/// `PublishVersion`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PublishVersion {
    #[serde(rename = "CodeSha256")]
    pub(crate) code_sha256: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) revision_id: Option<String>,
    pub(crate) publish_to: Option<String>,
}

/// `CreateAlias` and `UpdateAlias`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AliasInput {
    pub(crate) name: Option<String>,
    pub(crate) function_version: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) routing_config: Option<Routing>,
    pub(crate) revision_id: Option<String>,
}

/// `AliasRoutingConfiguration`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Routing {
    #[serde(default)]
    pub(crate) additional_version_weights: BTreeMap<String, f64>,
}

/// `AddPermission`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AddPermission {
    pub(crate) statement_id: String,
    pub(crate) action: String,
    pub(crate) principal: String,
    pub(crate) source_arn: Option<String>,
    pub(crate) source_account: Option<String>,
    pub(crate) event_source_token: Option<String>,
    pub(crate) function_url_auth_type: Option<String>,
    pub(crate) invoked_via_function_url: Option<bool>,
    #[serde(rename = "PrincipalOrgID")]
    pub(crate) principal_org_id: Option<String>,
    pub(crate) revision_id: Option<String>,
}

/// `TagResource`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tags {
    pub(crate) tags: BTreeMap<String, String>,
}

/// `PutFunctionConcurrency`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutConcurrency {
    pub(crate) reserved_concurrent_executions: i64,
}

/// `PutFunctionRecursionConfig`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct PutRecursion {
    pub(crate) recursive_loop: String,
}
