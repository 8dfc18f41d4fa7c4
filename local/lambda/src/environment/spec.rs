//! All that is needed to run a version of a function.

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

use crate::{code::CodePackage, function::LogSettings};

/// Credentials a function finds in its environment.
#[derive(Clone)]
pub(crate) struct Credentials {
    /// Leads to the role.
    pub(crate) access_key_id: String,
    /// Random: the account does not check signatures.
    pub(crate) secret_access_key: String,
    /// Random, too.
    pub(crate) session_token: String,
}

/// A version of a function as it stands: any change of code or configuration makes a new one.
pub(crate) struct FunctionSpec {
    /// Identifies the environments that can run it.
    pub(crate) id: Uuid,
    /// Region.
    pub(crate) region: String,
    /// Function name.
    pub(crate) name: String,
    /// `$LATEST` or a number.
    pub(crate) version: String,
    /// The function's ARN, unqualified.
    pub(crate) arn: String,
    /// `provided.al2023` or `provided.al2`.
    pub(crate) runtime: String,
    /// ARN of the runtime's version.
    pub(crate) runtime_version_arn: String,
    /// `_HANDLER`.
    pub(crate) handler: String,
    /// Limit of an invocation.
    pub(crate) timeout: Duration,
    /// Limit of the process's memory.
    pub(crate) memory_mb: u32,
    /// `x86_64` or `arm64`.
    pub(crate) architecture: String,
    /// The user's environment variables.
    pub(crate) variables: BTreeMap<String, String>,
    /// ARN of the role.
    pub(crate) role: String,
    /// The role's credentials.
    pub(crate) credentials: Credentials,
    /// Whether invocations are traced: the tracing mode `Active`.
    pub(crate) traced: bool,
    /// Where and how it logs.
    pub(crate) log: LogSettings,
    /// What it runs.
    pub(crate) code: Arc<CodePackage>,
    /// The account's address.
    pub(crate) endpoint_url: String,
    /// Set once the version has been replaced or deleted.
    pub(crate) retired: AtomicBool,
}

impl FunctionSpec {
    /// Whom it acts as.
    pub(crate) fn identity(&self) -> FunctionIdentity {
        FunctionIdentity {
            role_arn: self.role.clone(),
            function_arn: self.arn.clone(),
        }
    }

    /// Whether environments of this version may still be kept.
    pub(crate) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }

    /// The runtime's version as `INIT_START` prints it.
    pub(crate) fn runtime_version(&self) -> String {
        format!("{}.v1", self.runtime.replacen('.', ":", 1))
    }
}
