//! STS: an embedded service, with roles that are assumed as their policies allow.

mod assume_role;
mod session_token;
mod sessions;

use std::ops::RangeInclusive;
use std::sync::{Arc, LazyLock};

use futures_util::FutureExt;
use local_wire::Serve::Later;
use local_wire::query::{self, Form};
use local_wire::{
    ACCOUNT_ID, Answer, ApiRequest, Declared, Dialect, Fault, FunctionIdentity, Operations,
    Outcome, OutcomeFuture, Serve, Service, constraint, named,
};
use serde_json::json;
use winterbaume_sts::StsService;

use crate::authorization::Authorizer;
use crate::embedded::{Embedded, Host};
use crate::iam::Iam;
use crate::signers::{Signer, Signers};
pub(crate) use sessions::{Clock, Found, Owner, Session, Sessions};

/// The operations that need more than the embedded service.
const SERVED: &[Declared<Serve<Sts>>] = &[
    named(
        "AssumeRole",
        Later(|sts, request| sts.assume_role(request).boxed()),
    ),
    named(
        "GetCallerIdentity",
        Later(|sts, request| sts.get_caller_identity(request).boxed()),
    ),
    named(
        "GetSessionToken",
        Later(|sts, request| sts.get_session_token(request).boxed()),
    ),
];

static OPERATIONS: LazyLock<Operations<Serve<Sts>>> = LazyLock::new(|| {
    Operations::new("sts", &[SERVED], "").embedding(
        include_str!("operations.txt"),
        Later(|sts, request| sts.forward(request).boxed()),
    )
});

/// The dialect of STS.
pub(crate) static DIALECT: Dialect = Dialect {
    operations: Some(|| &*OPERATIONS),
    ..Dialect::query(
        "sts",
        Form::new("https://sts.amazonaws.com/doc/2011-06-15/"),
    )
};

/// STS of the account.
///
/// The embedded service stores every session that it creates for the other operations, never uses
/// them again, and copies them all after every request. So each request gets a new service, whose data is dropped.
pub(crate) struct Sts {
    pub(crate) iam: Arc<Iam>,
    pub(crate) signers: Arc<Signers>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) authorizer: Arc<Authorizer>,
}

impl Sts {
    async fn get_caller_identity(&self, request: &ApiRequest) -> Outcome {
        match self.signers.of(request).await? {
            Some(Signer::Function(identity)) => Ok(caller(&identity, &request.access_key_id)),
            Some(Signer::Session(session)) => Ok(identity(session.arn(), session.user_id())),
            Some(Signer::User(user)) => Ok(identity(user.arn.clone(), user.id.clone())),
            None => self.embedded(request).await,
        }
    }

    /// Carries out an operation of the embedded service. The account would take the credentials
    /// that such an operation returns for its root user's, so other callers get none.
    async fn forward(&self, request: &ApiRequest) -> Outcome {
        let operation = request.operation.name.as_str();
        let signer = self.signers.of(request).await?;
        if ISSUING.contains(&operation) && (signer.is_some() || self.signers.enforces()) {
            return Err(Fault::new(
                501,
                "NotImplemented",
                format!(
                    "The local account serves sts:{operation} for its root user only, and not with \
                     --enforce-iam. Use AssumeRole."
                ),
            ));
        }
        self.embedded(request).await
    }

    async fn embedded(&self, request: &ApiRequest) -> Outcome {
        check(&request.body, &request.operation.name)?;
        embedded().call(request).await
    }
}

/// Operations of the embedded service that return credentials.
const ISSUING: [&str; 5] = [
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "AssumeRoot",
    "GetDelegatedAccessToken",
    "GetFederationToken",
];

fn embedded() -> Embedded<StsService> {
    Embedded::new(StsService::new(), Host::Regional("sts"))
}

impl Service for Sts {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn call(&self, request: ApiRequest) -> OutcomeFuture<'_> {
        async move { OPERATIONS.carry_out(self, &request).await }.boxed()
    }
}

/// Refuses durations that the embedded service accepts and AWS does not.
fn check(body: &[u8], operation: &str) -> Result<(), Fault> {
    let seconds = match operation {
        "AssumeRole" | "AssumeRoleWithSAML" | "AssumeRoleWithWebIdentity" => 900..=43_200,
        "GetFederationToken" | "GetSessionToken" => 900..=129_600,
        "AssumeRoot" => 0..=900,
        _ => return Ok(()),
    };
    match query::parameter(body, "DurationSeconds") {
        Some(duration) => check_duration(&duration, seconds),
        None => Ok(()),
    }
}

fn check_duration(duration: &str, allowed: RangeInclusive<i64>) -> Result<(), Fault> {
    let broken = match duration.parse::<i64>() {
        Ok(seconds) => match constraint::broken_bound(&seconds, &allowed) {
            None => return Ok(()),
            Some(bound) => format!("Member must have value {bound}"),
        },
        Err(_) => "Member must be a whole number".to_owned(),
    };
    Err(Fault::new(
        400,
        "ValidationError",
        constraint::sentence(duration, "durationSeconds", &broken),
    ))
}

/// Returns the identity of a function. The role's id is derived from the access key id, since
/// functions' roles have no other id here.
fn caller(identity: &FunctionIdentity, access_key_id: &str) -> Answer {
    let role_id = access_key_id.replacen("ASIA", "AROA", 1);
    let user_id = format!("{role_id}:{}", identity.session_name());
    self::identity(identity.session_arn(), user_id)
}

fn identity(arn: String, user_id: String) -> Answer {
    Answer::members(json!({ "Arn": arn, "UserId": user_id, "Account": ACCOUNT_ID }))
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod durations {
    use super::*;

    #[test]
    fn the_duration_of_a_session_has_the_limits_of_aws() {
        for (operation, duration, words) in [
            ("AssumeRole", "900", ""),
            ("AssumeRole", "899", "greater than or equal to 900"),
            ("AssumeRole", "-1", "greater than or equal to 900"),
            ("AssumeRole", "43201", "less than or equal to 43200"),
            ("GetSessionToken", "129600", ""),
            (
                "AssumeRoleWithWebIdentity",
                "99999999999999999999",
                "whole number",
            ),
            ("AssumeRoleWithSAML", "soon", "whole number"),
        ] {
            let body = format!("DurationSeconds={duration}");
            let refusal = check(body.as_bytes(), operation)
                .map_or_else(|fault| fault.message, |()| String::new());
            assert!(refusal.contains(words), "{operation} {duration}: {refusal}");
            assert_eq!(refusal.is_empty(), words.is_empty());
        }
    }
}
