//! Validation of requests, with Lambda's error messages.

use std::{collections::BTreeMap, ops::RangeInclusive};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use local_wire::{Fault, constraint};

use super::input::{Code, Configuration, Logging};
use crate::{
    environment::RESERVED,
    faults,
    function::{ApplicationLevel, ImageConfig, LogFormat, LogSettings, Program, Settings, Vpc},
    platform::SystemLevel,
    runtime::Runtime,
};

/// Lambda's limit for the total size of all environment variables.
const VARIABLES_LIMIT: usize = 4096;

/// Validates the settings of a new function.
pub(crate) fn create(
    name: &str,
    package: PackageType,
    mut input: Configuration,
) -> Result<Settings, Fault> {
    let required = |member: &str| faults::constraint("null", member, "Member must not be null");
    let program = match (package, input.runtime.take(), input.handler.take()) {
        (PackageType::Zip, Some(runtime), Some(handler)) => Program::Zip { runtime, handler },
        (PackageType::Zip, ..) => {
            return Err(faults::invalid(
                "Runtime and Handler are mandatory parameters for functions created with \
                 deployment packages.",
            ));
        }
        (PackageType::Image, None, None) => Program::Image(ImageConfig::default()),
        (PackageType::Image, ..) => return Err(no_program_in_image()),
    };
    let settings = Settings {
        program,
        role: input.role.take().ok_or_else(|| required("role"))?,
        description: String::new(),
        timeout: 3,
        memory_size: 128,
        variables: BTreeMap::new(),
        kms_key_arn: None,
        dead_letter: None,
        tracing_mode: "PassThrough".into(),
        vpc: None,
        ephemeral_storage: 512,
        log: LogSettings {
            format: LogFormat::Text,
            application_level: ApplicationLevel::Info,
            system_level: SystemLevel::Info,
            group: format!("/aws/lambda/{name}"),
        },
    };
    update(settings, input)
}

/// Changes settings. Members that the input omits keep their values.
pub(crate) fn update(mut settings: Settings, input: Configuration) -> Result<Settings, Fault> {
    let runtime = match (&input.runtime, &settings.program) {
        (Some(runtime), _) | (None, Program::Zip { runtime, .. }) => Some(runtime),
        (None, Program::Image(_)) => None,
    };
    let managed = runtime.is_some_and(|runtime| Runtime::managed(runtime).is_some());
    refuse_unsupported(&input, managed)?;
    match &mut settings.program {
        Program::Zip { runtime, handler } => {
            unsupported(input.image_config.is_some(), "ImageConfig of a zip")?;
            if let Some(new) = input.runtime {
                *runtime = new;
            }
            if let Some(new) = input.handler {
                *handler = new;
            }
        }
        Program::Image(config) => {
            if input.runtime.is_some() || input.handler.is_some() {
                return Err(no_program_in_image());
            }
            if let Some(new) = input.image_config {
                *config = new;
            }
        }
    }
    if let Some(role) = input.role {
        settings.role = role;
    }
    if let Some(description) = input.description {
        settings.description = description;
    }
    if let Some(timeout) = input.timeout {
        settings.timeout = within(timeout, 1..=900, "timeout")?;
    }
    if let Some(memory) = input.memory_size {
        settings.memory_size = within(memory, 128..=10_240, "memorySize")?;
    }
    if let Some(environment) = input.environment {
        settings.variables = environment.variables;
    }
    if let Some(key) = input.kms_key_arn {
        settings.kms_key_arn = Some(key).filter(|key| !key.is_empty());
    }
    if let Some(dead_letter) = input.dead_letter_config {
        settings.dead_letter = dead_letter.target_arn.filter(|arn| !arn.is_empty());
    }
    if let Some(mode) = input.tracing_config.and_then(|tracing| tracing.mode) {
        settings.tracing_mode = one_of(mode, &["Active", "PassThrough"], "tracingConfig.mode")?;
    }
    if let Some(vpc) = input.vpc_config {
        let empty = vpc.subnet_ids.is_empty() && vpc.security_group_ids.is_empty();
        settings.vpc = (!empty).then(|| Vpc {
            subnet_ids: vpc.subnet_ids,
            security_group_ids: vpc.security_group_ids,
            ipv6: vpc.ipv6_allowed_for_dual_stack.unwrap_or(false),
        });
    }
    if let Some(storage) = input.ephemeral_storage {
        settings.ephemeral_storage = within(storage.size, 512..=10_240, "ephemeralStorage.size")?;
    }
    if let Some(logging) = input.logging_config {
        settings.log = log_settings(&settings.log, logging)?;
    }
    check_settings(&settings)?;
    Ok(settings)
}

/// `PackageType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PackageType {
    /// A deployment package.
    Zip,
    /// A container image.
    Image,
}

/// The source of a request's code.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A zip in the request.
    Zip(Bytes),
    /// An object in S3.
    Object {
        bucket: String,
        key: String,
        /// The object's version; `None` for the latest.
        version: Option<String>,
    },
    /// The URI of an image in a container registry.
    Image(String),
}

/// Returns the only source of a request. `doing` is `creating` or `updating`.
pub(crate) fn source(package: PackageType, doing: &str, code: Code) -> Result<Source, Fault> {
    let zip = code.zip_file.filter(|text| !text.is_empty());
    let in_s3 =
        code.s3_bucket.is_some() || code.s3_key.is_some() || code.s3_object_version.is_some();
    match (package, zip, code.image_uri) {
        (PackageType::Image, None, Some(uri)) if !in_s3 => Ok(Source::Image(uri)),
        (PackageType::Image, ..) => Err(faults::invalid(format!(
            "Please provide ImageUri when {doing} a function with packageType Image."
        ))),
        (PackageType::Zip, _, Some(_)) => Err(faults::invalid(format!(
            "Please don't provide ImageUri when {doing} a function with packageType Zip."
        ))),
        (PackageType::Zip, Some(_), None) if in_s3 => Err(faults::invalid(
            "Please do not provide other FunctionCode parameters when providing a ZipFile.",
        )),
        (PackageType::Zip, Some(text), None) => STANDARD
            .decode(text)
            .map(|zip| Source::Zip(zip.into()))
            .map_err(|error| faults::invalid(format!("ZipFile is not valid base64: {error}"))),
        (PackageType::Zip, None, None) => match (code.s3_bucket, code.s3_key) {
            (Some(bucket), Some(key)) => Ok(Source::Object {
                bucket,
                key,
                version: code.s3_object_version,
            }),
            _ => Err(faults::invalid(
                "Please provide a source for function code.",
            )),
        },
    }
}

/// Reads `PackageType`; the default is a zip.
pub(crate) fn package_type(package_type: Option<String>) -> Result<PackageType, Fault> {
    let Some(kind) = package_type else {
        return Ok(PackageType::Zip);
    };
    match one_of(kind, &["Image", "Zip"], "packageType")?.as_str() {
        "Image" => Ok(PackageType::Image),
        _ => Ok(PackageType::Zip),
    }
}

/// Returns the only architecture of a function.
pub(crate) fn architecture(architectures: Vec<String>) -> Result<Option<String>, Fault> {
    let mut architectures = architectures.into_iter();
    match (architectures.next(), architectures.next()) {
        (None, _) => Ok(None),
        (Some(one), None) => one_of(one, &["x86_64", "arm64"], "architectures").map(Some),
        (Some(_), Some(_)) => Err(faults::constraint(
            "architectures",
            "architectures",
            "Member must have length less than or equal to 1",
        )),
    }
}

/// Rejects `PublishTo`, which belongs to managed instances.
pub(crate) fn publish_to(publish_to: Option<String>) -> Result<(), Fault> {
    unsupported(publish_to.is_some(), "PublishTo")
}

/// Validates tags: keys of 128 and values of 256 characters, and 50 tags, as in Lambda's guide.
pub(crate) fn tags(tags: &BTreeMap<String, String>) -> Result<(), Fault> {
    if let Some(key) = tags.keys().find(|key| {
        key.is_empty() || key.chars().count() > 128 || key.to_ascii_lowercase().starts_with("aws:")
    }) {
        return Err(faults::invalid(format!("Invalid tag key: {key}")));
    }
    if let Some((key, _)) = tags.iter().find(|(_, value)| value.chars().count() > 256) {
        return Err(faults::invalid(format!(
            "The value of the tag {key} has more than 256 characters."
        )));
    }
    if tags.len() > 50 {
        return Err(faults::invalid("A resource can have at most 50 tags."));
    }
    Ok(())
}

/// Rejects a feature that would have no effect here.
pub(crate) fn unsupported(used: bool, member: &str) -> Result<(), Fault> {
    if used {
        return Err(faults::invalid(format!(
            "The local account does not support {member}."
        )));
    }
    Ok(())
}

fn refuse_unsupported(input: &Configuration, managed: bool) -> Result<(), Fault> {
    unsupported(!input.layers.is_empty(), "Layers")?;
    unsupported(!input.file_system_configs.is_empty(), "FileSystemConfigs")?;
    unsupported(input.durable_config.is_some(), "DurableConfig")?;
    unsupported(
        input.capacity_provider_config.is_some(),
        "CapacityProviderConfig",
    )?;
    unsupported(input.runtime_config.is_some(), "RuntimeConfig")?;
    unsupported(input.accelerator_config.is_some(), "AcceleratorConfig")?;
    let apply_on = input
        .snap_start
        .as_ref()
        .and_then(|snap_start| snap_start.apply_on.as_deref());
    match apply_on {
        None | Some("None") => Ok(()),
        Some(_) if managed => unsupported(true, "SnapStart"),
        Some(_) => Err(faults::invalid(
            "An OS-only runtime is not supported for SnapStart enabled functions.",
        )),
    }
}

fn check_program(program: &Program) -> Result<(), Fault> {
    let Program::Zip { runtime, handler } = program else {
        return Ok(());
    };
    if Runtime::parse(runtime).is_none() {
        return Err(faults::invalid(Runtime::unsupported(runtime)));
    }
    if handler.is_empty() || handler.len() > 128 || handler.contains(char::is_whitespace) {
        return Err(faults::constraint(
            handler,
            "handler",
            "Member must satisfy regular expression pattern: [^\\s]+",
        ));
    }
    Ok(())
}

fn check_settings(settings: &Settings) -> Result<(), Fault> {
    check_program(&settings.program)?;
    if !is_role(&settings.role) {
        return Err(faults::constraint(
            &settings.role,
            "role",
            "Member must satisfy regular expression pattern: \
             arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
        ));
    }
    if settings.description.chars().count() > 256 {
        return Err(faults::constraint(
            &settings.description,
            "description",
            "Member must have length less than or equal to 256",
        ));
    }
    check_variables(&settings.variables)
}

fn is_role(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [scheme, partition, service, region, account, resource] = parts[..] else {
        return false;
    };
    scheme == "arn"
        && partition.starts_with("aws")
        && service == "iam"
        && region.is_empty()
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && resource.strip_prefix("role/").is_some_and(|name| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-/".contains(&byte))
        })
}

fn check_variables(variables: &BTreeMap<String, String>) -> Result<(), Fault> {
    for name in variables.keys() {
        let valid = name.len() > 1
            && name.as_bytes()[0].is_ascii_alphabetic()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !valid && !RESERVED.contains(&name.as_str()) {
            return Err(faults::constraint(
                name,
                "environment.variables",
                "Map keys must satisfy constraint: [Member must satisfy regular expression \
                 pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
            ));
        }
    }
    let reserved: Vec<&str> = variables
        .keys()
        .map(String::as_str)
        .filter(|name| RESERVED.contains(name))
        .collect();
    if !reserved.is_empty() {
        return Err(faults::invalid(format!(
            "Lambda was unable to configure your environment variables because the environment \
             variables you have provided contains reserved keys that are currently not supported \
             for modification. Reserved keys used in this request: {}",
            reserved.join(", ")
        )));
    }
    // Lambda measures the JSON of the variables. The message does not contain their values, which may be
    // secret.
    let size = serde_json::to_string(variables)
        .map_err(|error| faults::internal(format!("cannot measure the variables: {error}")))?
        .len();
    if size > VARIABLES_LIMIT {
        return Err(faults::invalid(format!(
            "Lambda was unable to configure your environment variables because the environment \
             variables you have provided exceeded the 4KB limit: {size} bytes"
        )));
    }
    Ok(())
}

fn log_settings(old: &LogSettings, input: Logging) -> Result<LogSettings, Fault> {
    let format = match input.log_format.as_deref() {
        None => old.format,
        Some("Text") => LogFormat::Text,
        Some("JSON") => LogFormat::Json,
        Some(other) => {
            return Err(not_in_set(other, "loggingConfig.logFormat", "[JSON, Text]"));
        }
    };
    let levels = input.application_log_level.is_some() || input.system_log_level.is_some();
    if format == LogFormat::Text && levels {
        return Err(faults::invalid(
            "ApplicationLogLevel and SystemLogLevel can only be set when LogFormat is JSON.",
        ));
    }
    let kept = old.format == format;
    let application_level = match input.application_log_level.as_deref() {
        None if kept => old.application_level,
        None => ApplicationLevel::Info,
        Some(level) => ApplicationLevel::parse(level).ok_or_else(|| {
            not_in_set(
                level,
                "loggingConfig.applicationLogLevel",
                "[TRACE, DEBUG, INFO, WARN, ERROR, FATAL]",
            )
        })?,
    };
    let system_level = match input.system_log_level.as_deref() {
        None if kept => old.system_level,
        None => SystemLevel::Info,
        Some("DEBUG") => SystemLevel::Debug,
        Some("INFO") => SystemLevel::Info,
        Some("WARN") => SystemLevel::Warn,
        Some(other) => {
            return Err(not_in_set(
                other,
                "loggingConfig.systemLogLevel",
                "[DEBUG, INFO, WARN]",
            ));
        }
    };
    let group = input.log_group.unwrap_or_else(|| old.group.clone());
    let valid = !group.is_empty()
        && group.len() <= 512
        && group
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_/#".contains(&byte));
    if !valid {
        return Err(faults::constraint(
            &group,
            "loggingConfig.logGroup",
            "Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+",
        ));
    }
    Ok(LogSettings {
        format,
        application_level,
        system_level,
        group,
    })
}

fn within(value: i64, range: RangeInclusive<u32>, member: &str) -> Result<u32, Fault> {
    let allowed = i64::from(*range.start())..=i64::from(*range.end());
    match (
        constraint::broken_bound(&value, &allowed),
        u32::try_from(value),
    ) {
        (None, Ok(value)) => Ok(value),
        (bound, _) => Err(faults::constraint(
            &value.to_string(),
            member,
            &format!("Member must have value {}", bound.unwrap_or_default()),
        )),
    }
}

/// Validates a member that has a fixed set of values.
pub(crate) fn one_of(value: String, allowed: &[&str], member: &str) -> Result<String, Fault> {
    if allowed.contains(&value.as_str()) {
        Ok(value)
    } else {
        Err(not_in_set(
            &value,
            member,
            &format!("[{}]", allowed.join(", ")),
        ))
    }
}

fn not_in_set(value: &str, member: &str, set: &str) -> Fault {
    faults::constraint(
        value,
        member,
        &format!("Member must satisfy enum value set: {set}"),
    )
}

fn no_program_in_image() -> Fault {
    faults::invalid(
        "Please don't provide Handler or Runtime or Layer when the intended function PackageType \
         is Image.",
    )
}
