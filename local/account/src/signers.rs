//! The principals that sign requests and whose policies limit them.

use std::sync::Arc;

use local_lambda::LambdaService;
use local_wire::{Fault, FunctionIdentity, Protocol, Request};

use crate::iam::{Iam, User};
use crate::services;
use crate::sts::{Found, Owner, Session, Sessions};

/// A principal whose requests are checked against its policies.
#[derive(Debug, Clone)]
pub(crate) enum Signer {
    /// A function, or a service that acts with a role.
    Function(FunctionIdentity),
    /// A session that AssumeRole began.
    Session(Arc<Session>),
    /// An IAM user of the account.
    User(Arc<User>),
}

impl Signer {
    /// Returns the ARN of the role or the user whose policies apply.
    pub(crate) fn principal_arn(&self) -> &str {
        match self {
            Self::Function(identity) => &identity.role_arn,
            Self::Session(session) => &session.role_arn,
            Self::User(user) => &user.arn,
        }
    }

    /// Returns the principal's ARN, as AWS's refusals contain it.
    pub(crate) fn arn(&self) -> String {
        match self {
            Self::Function(identity) => identity.session_arn(),
            Self::Session(session) => session.arn(),
            Self::User(user) => user.arn.clone(),
        }
    }
}

/// Finds the principal of an access key id.
pub(crate) struct Signers {
    lambda: Arc<LambdaService>,
    iam: Arc<Iam>,
    sessions: Arc<Sessions>,
    /// The access key id of the account's root user if every caller is held to its policies;
    /// `None` if every key that the account did not issue is the root user's.
    root_key: Option<String>,
}

impl Signers {
    pub(crate) fn new(
        lambda: Arc<LambdaService>,
        iam: Arc<Iam>,
        sessions: Arc<Sessions>,
        root_key: Option<String>,
    ) -> Self {
        Self {
            lambda,
            iam,
            sessions,
            root_key,
        }
    }

    /// Reports whether every caller is held to its policies.
    pub(crate) fn enforces(&self) -> bool {
        self.root_key.is_some()
    }

    /// Returns the principal that signed a request; `None` for the account's root user, who may do
    /// everything.
    ///
    /// # Errors
    /// When the key is that of a session that has ended, a user's that is inactive or was deleted,
    /// or one that the account did not issue although it holds every caller to its policies.
    pub(crate) async fn of(&self, request: &Request) -> Result<Option<Signer>, Fault> {
        let (service, key) = (request.service.as_str(), request.access_key_id.as_str());
        if let Some(identity) = self.lambda.identity_of(key) {
            return Ok(Some(Signer::Function(identity)));
        }
        match self.sessions.find(key) {
            Some(Found::Valid(Owner::Role(session))) => return Ok(Some(Signer::Session(session))),
            Some(Found::Valid(Owner::User(name))) => {
                let user = self.iam.user(&name, &request.region).await;
                return signer(user, service);
            }
            Some(Found::Valid(Owner::Root)) => return Ok(None),
            Some(Found::Expired) => return Err(expired(service)),
            None => {}
        }
        if self.iam.has_issued(key) {
            return signer(self.iam.user_of(key, &request.region).await, service);
        }
        match &self.root_key {
            Some(root) if root != key => {
                tracing::warn!(
                    service,
                    "a request was refused whose access key id the account did not issue: {WHAT_TO_DO}"
                );
                Err(unknown(service))
            }
            _ => Ok(None),
        }
    }
}

/// The advice about an unknown key in an account that holds every caller to its policies.
pub(crate) const WHAT_TO_DO: &str = "with --enforce-iam the access key id must be the root user's, \
    which `up` printed, or one that CreateAccessKey or AssumeRole returned";

fn signer(user: Option<Arc<User>>, service: &str) -> Result<Option<Signer>, Fault> {
    match user {
        Some(user) => Ok(Some(Signer::User(user))),
        None => Err(unknown(service)),
    }
}

/// Returns the error for a key that does not exist, is inactive or was deleted. From "Common
/// Error Types" in the API references of the services and "Error responses" in that of S3; the
/// sentences are those that the services return.
fn unknown(service: &str) -> Fault {
    let sentence = "The security token included in the request is invalid.";
    match services::protocol(service) {
        Protocol::Query => Fault::new(403, "InvalidClientTokenId", sentence),
        Protocol::RestXml => Fault::new(
            403,
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
        ),
        Protocol::RestJson => Fault::new(403, "UnrecognizedClientException", sentence),
        Protocol::Json | Protocol::Cbor => Fault::new(400, "UnrecognizedClientException", sentence),
    }
}

/// Returns the error for the key of a session that has ended. Status and code depend on the
/// service's protocol, as those of other refusals do.
fn expired(service: &str) -> Fault {
    let (status, code) = match services::protocol(service) {
        Protocol::Query => (403, "ExpiredToken"),
        Protocol::RestXml => (400, "ExpiredToken"),
        Protocol::RestJson => (403, "ExpiredTokenException"),
        Protocol::Json | Protocol::Cbor => (400, "ExpiredTokenException"),
    };
    let sentence = "The security token included in the request is expired";
    Fault::new(status, code, sentence)
}

#[cfg(test)]
mod tests;
