//! GetSessionToken, and the credentials of every session.

use local_wire::{Answer, ApiRequest, Fault, Outcome, query};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::sessions::Owner;
use super::{Sts, check};
use crate::signers::Signer;

/// The seconds of a session of a user that does not name its duration, and the most of one of the
/// root user: "GetSessionToken" in the API's reference.
const HALF_A_DAY: i64 = 43_200;
const HOUR: i64 = 3_600;

impl Sts {
    /// Returns temporary credentials of the calling user, with the user's permissions.
    pub(super) async fn get_session_token(&self, request: &ApiRequest) -> Outcome {
        check(&request.body, "GetSessionToken")?;
        let parameter = |name: &str| query::parameter(&request.body, name);
        if let Some(name) = ["SerialNumber", "TokenCode"]
            .into_iter()
            .find(|name| parameter(name).is_some())
        {
            return Err(Fault::new(
                501,
                "NotImplemented",
                format!(
                    "The local account serves sts:GetSessionToken without {name}. Leave it out."
                ),
            ));
        }
        let asked = parameter("DurationSeconds").and_then(|seconds| seconds.parse().ok());
        let duration = asked.unwrap_or(HALF_A_DAY);
        let (owner, duration) = match self.signers.of(request).await? {
            None => (Owner::Root, duration.min(HOUR)),
            Some(Signer::User(user)) => (Owner::User(user.name.clone()), duration),
            Some(Signer::Function(_) | Signer::Session(_)) => {
                return Err(Fault::new(
                    403,
                    "AccessDenied",
                    "Cannot call GetSessionToken with session credentials",
                ));
            }
        };
        let credentials = self.begin(owner, duration)?;
        Ok(Answer::members(json!({ "Credentials": credentials })))
    }

    /// Begins a session of some seconds and returns its credentials, as responses have them.
    pub(super) fn begin(&self, owner: Owner, seconds: i64) -> Result<Value, Fault> {
        // Responses have whole seconds.
        let expires_at = whole_second(self.sessions.now()) + Duration::seconds(seconds);
        let expiration = expires_at
            .format(&Rfc3339)
            .map_err(|error| Fault::new(500, "InternalFailure", error.to_string()))?;
        let credentials = self.sessions.begin(owner, expires_at)?;
        Ok(json!({
            "AccessKeyId": credentials.access_key_id,
            "SecretAccessKey": credentials.secret_access_key,
            "SessionToken": credentials.session_token,
            "Expiration": expiration,
        }))
    }
}

fn whole_second(at: OffsetDateTime) -> OffsetDateTime {
    at - Duration::nanoseconds(at.nanosecond().into())
}
