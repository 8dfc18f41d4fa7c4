//! The environment variables of a function's process, as Lambda documents them.

use super::{FunctionSpec, interpreters::Interpreter};

/// Names that a function's configuration must not set.
pub(crate) const RESERVED: [&str; 19] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

/// Returns all environment variables of the process, which `interpreter` runs if it is given. The user's
/// variables override the others.
pub(super) fn variables(
    spec: &FunctionSpec,
    interpreter: Option<&Interpreter>,
    runtime_api: &str,
    log_stream: &str,
) -> Vec<(String, String)> {
    let task_root = spec.code.directory.display().to_string();
    let memory = spec.memory_mb.to_string();
    let mut variables: Vec<(&str, &str)> = vec![
        ("_HANDLER", &spec.handler),
        ("AWS_ACCESS_KEY_ID", &spec.credentials.access_key_id),
        ("AWS_DEFAULT_REGION", &spec.region),
        ("AWS_ENDPOINT_URL", &spec.endpoint_url),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
        ("AWS_LAMBDA_FUNCTION_NAME", &spec.name),
        ("AWS_LAMBDA_FUNCTION_VERSION", &spec.version),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_FORMAT", spec.log.format.name()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &spec.log.group),
        ("AWS_LAMBDA_LOG_STREAM_NAME", log_stream),
        ("AWS_LAMBDA_RUNTIME_API", runtime_api),
        ("AWS_REGION", &spec.region),
        ("AWS_SECRET_ACCESS_KEY", &spec.credentials.secret_access_key),
        ("AWS_SESSION_TOKEN", &spec.credentials.session_token),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("LAMBDA_TASK_ROOT", &task_root),
        ("LANG", "en_US.UTF-8"),
        ("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin"),
        ("TZ", ":UTC"),
    ];
    // Text logs have no levels.
    if spec.log.format == crate::function::LogFormat::Json {
        variables.push(("AWS_LAMBDA_LOG_LEVEL", spec.log.application_level.name()));
    }
    let of_runtime = interpreter.map(Interpreter::variables).unwrap_or_default();
    variables
        .into_iter()
        .map(|(name, value)| (name, value.to_owned()))
        .chain(of_runtime)
        .map(|(name, value)| (name.to_owned(), value))
        .chain(spec.variables.clone())
        .collect()
}
