//! Everything that is needed to run a version of a function.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use local_wire::FunctionIdentity;
use uuid::Uuid;

use crate::{code::CodePackage, function::LogSettings, runtime::Runtime};

/// The credentials in a function's environment variables.
#[derive(Clone)]
pub(crate) struct Credentials {
    /// Held while the credentials can be used.
    pub(crate) _identity: Arc<FunctionIdentity>,
    /// Identifies the role.
    pub(crate) access_key_id: String,
    /// Random: the account does not verify signatures.
    pub(crate) secret_access_key: String,
    /// Random as well.
    pub(crate) session_token: String,
}

/// An immutable version of a function: each change of code or configuration creates a new one.
pub(crate) struct FunctionSpec {
    /// Identifies the environments that can run it.
    pub(crate) id: Uuid,
    pub(crate) region: String,
    pub(crate) name: String,
    /// `$LATEST` or a number.
    pub(crate) version: String,
    /// The function's ARN, unqualified.
    pub(crate) arn: String,
    /// The runtime's identifier.
    pub(crate) runtime: String,
    /// ARN of the runtime's version.
    pub(crate) runtime_version_arn: String,
    /// The handler, for `_HANDLER`.
    pub(crate) handler: String,
    /// The time limit of an invocation.
    pub(crate) timeout: Duration,
    /// The memory limit of all processes together.
    pub(crate) memory_mb: u32,
    /// `x86_64` or `arm64`.
    pub(crate) architecture: String,
    /// The user's environment variables.
    pub(crate) variables: BTreeMap<String, String>,
    /// ARN of the role.
    pub(crate) role: String,
    pub(crate) credentials: Credentials,
    /// Whether invocations are traced: the tracing mode `Active`.
    pub(crate) traced: bool,
    /// The format, levels and group of its log.
    pub(crate) log: LogSettings,
    /// The code that it runs.
    pub(crate) code: Arc<CodePackage>,
    /// The account's endpoint URL.
    pub(crate) endpoint_url: String,
    /// Set once the version has been replaced or deleted.
    pub(crate) retired: AtomicBool,
}

impl FunctionSpec {
    /// Returns the identity that the function acts under.
    pub(crate) fn identity(&self) -> FunctionIdentity {
        FunctionIdentity {
            role_arn: self.role.clone(),
            function_arn: self.arn.clone(),
        }
    }

    /// Reports whether the version has been replaced or deleted.
    pub(crate) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }

    /// Returns the runtime's version as `INIT_START` prints it.
    pub(crate) fn runtime_version(&self) -> String {
        Runtime::version_text(&self.runtime)
    }
}
