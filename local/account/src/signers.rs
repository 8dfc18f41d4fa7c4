//! The principals that sign requests and whose policies limit them.

use std::sync::Arc;

use local_lambda::LambdaService;
use local_wire::{Fault, FunctionIdentity};

use crate::sts::{Found, Session, Sessions};

/// A principal whose requests are checked against its policies.
#[derive(Debug, Clone)]
pub(crate) enum Signer {
    /// A function, or a service that acts with a role.
    Function(FunctionIdentity),
    /// A session that AssumeRole began.
    Session(Arc<Session>),
}

impl Signer {
    /// Returns the ARN of the role whose policies apply.
    pub(crate) fn role_arn(&self) -> &str {
        match self {
            Self::Function(identity) => &identity.role_arn,
            Self::Session(session) => &session.role_arn,
        }
    }

    /// Returns the principal's ARN, as AWS's refusals contain it.
    pub(crate) fn arn(&self) -> String {
        match self {
            Self::Function(identity) => identity.session_arn(),
            Self::Session(session) => session.arn(),
        }
    }
}

/// Finds the principal of an access key id.
pub(crate) struct Signers {
    lambda: Arc<LambdaService>,
    sessions: Arc<Sessions>,
}

impl Signers {
    pub(crate) fn new(lambda: Arc<LambdaService>, sessions: Arc<Sessions>) -> Self {
        Self { lambda, sessions }
    }

    /// Returns the principal of an access key id that signed a request to a service; `None` for the account's administrator, whose
    /// keys are all those that the account did not issue.
    ///
    /// # Errors
    /// When the key is that of a session that has ended.
    pub(crate) fn of(&self, service: &str, access_key_id: &str) -> Result<Option<Signer>, Fault> {
        if let Some(identity) = self.lambda.identity_of(access_key_id) {
            return Ok(Some(Signer::Function(identity)));
        }
        match self.sessions.find(access_key_id) {
            None => Ok(None),
            Some(Found::Valid(session)) => Ok(Some(Signer::Session(session))),
            Some(Found::Expired) => Err(expired(service)),
        }
    }
}

/// Returns the error for the key of a session that has ended. Status and code depend on the
/// service's protocol, as those of other refusals do.
fn expired(service: &str) -> Fault {
    let (status, code) = match service {
        "iam" | "monitoring" | "sns" | "sts" => (403, "ExpiredToken"),
        "s3" => (400, "ExpiredToken"),
        "connect" | "lambda" | "xray" => (403, "ExpiredTokenException"),
        _ => (400, "ExpiredTokenException"),
    };
    let sentence = "The security token included in the request is expired";
    Fault::new(status, code, sentence)
}
