//! STS: embedded, but functions are told who they are.

use std::ops::RangeInclusive;
use std::sync::Arc;

use axum::http::{HeaderValue, header::CONTENT_TYPE};
use futures_util::FutureExt;
use local_lambda::LambdaService;
use local_wire::{
    ACCOUNT_ID, Fault, FunctionIdentity, Request, Response, Service, ServiceFuture, request_id,
};
use winterbaume_sts::StsService;

use crate::embedded::{Embedded, Host};
use crate::operation::Operation;

/// STS of the account.
///
/// The embedded service keeps every session it gives away, looks at none of them again, and copies
/// them all after every request. So each request gets a service of its own, which keeps nothing.
pub(crate) struct Sts {
    lambda: Arc<LambdaService>,
}

impl Sts {
    pub(crate) fn new(lambda: Arc<LambdaService>) -> Self {
        Self { lambda }
    }
}

impl Service for Sts {
    fn handle(&self, request: Request) -> ServiceFuture<'_> {
        async move {
            let operation = Operation::of(&request).name;
            match self.lambda.identity_of(&request.access_key_id) {
                Some(identity) if operation == "GetCallerIdentity" => {
                    caller(&identity, &request.access_key_id)
                }
                _ => serve(request, &operation).await,
            }
        }
        .boxed()
    }
}

async fn serve(request: Request, operation: &str) -> Response {
    match check(&request.body, operation) {
        Ok(()) => {
            let service = Embedded::new(StsService::new(), Host::Regional("sts"));
            service.serve(request).await
        }
        Err(fault) => fault.query_xml(),
    }
}

/// Refuses what the embedded service takes and AWS does not.
fn check(body: &[u8], operation: &str) -> Result<(), Fault> {
    let seconds = match operation {
        "AssumeRole" | "AssumeRoleWithSAML" | "AssumeRoleWithWebIdentity" => 900..=43_200,
        "GetFederationToken" | "GetSessionToken" => 900..=129_600,
        "AssumeRoot" => 0..=900,
        _ => return Ok(()),
    };
    let duration = form_urlencoded::parse(body)
        .find(|(name, _)| name == "DurationSeconds")
        .map(|(_, value)| value.into_owned());
    match duration {
        Some(duration) => check_duration(&duration, seconds),
        None => Ok(()),
    }
}

fn check_duration(duration: &str, allowed: RangeInclusive<i64>) -> Result<(), Fault> {
    let constraint = match duration.parse::<i64>() {
        Ok(seconds) if allowed.contains(&seconds) => return Ok(()),
        Ok(seconds) if seconds < *allowed.start() => {
            format!(
                "Member must have value greater than or equal to {}",
                allowed.start()
            )
        }
        Ok(_) => format!(
            "Member must have value less than or equal to {}",
            allowed.end()
        ),
        Err(_) => "Member must be a whole number".to_owned(),
    };
    Err(Fault::new(
        400,
        "ValidationError",
        format!(
            "1 validation error detected: Value '{duration}' at 'durationSeconds' failed to satisfy \
             constraint: {constraint}"
        ),
    ))
}

/// Role ids are made of the key's letters here, since nothing else has them.
fn caller(identity: &FunctionIdentity, access_key_id: &str) -> Response {
    let role_id = access_key_id.replacen("ASIA", "AROA", 1);
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <GetCallerIdentityResult><Arn>{}</Arn><UserId>{role_id}:{}</UserId>\
         <Account>{ACCOUNT_ID}</Account></GetCallerIdentityResult>\
         <ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata>\
         </GetCallerIdentityResponse>",
        identity.session_arn(),
        identity.session_name(),
        request_id()
    );
    let mut response = Response::new(body.into());
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_lasts_as_long_as_aws_lets_it() {
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
