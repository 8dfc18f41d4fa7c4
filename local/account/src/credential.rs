//! Reads the credential of a request: its access key, service and Region.

use http::{HeaderMap, Uri, header::AUTHORIZATION};
use local_wire::Fault;

/// The credential scope of a Signature Version 4 request.
///
/// The signature is not verified: the account has no secrets to verify it with. The
/// [door](crate::door) decides which keys are admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CredentialScope {
    pub(crate) access_key_id: String,
    pub(crate) region: String,
    pub(crate) service: String,
}

impl CredentialScope {
    /// Reads the `Authorization` header, or the query of a presigned URL.
    pub(crate) fn of(headers: &HeaderMap, uri: &Uri) -> Result<Self, Fault> {
        let header = headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split("Credential=").nth(1))
            .map(|rest| rest.split([',', ' ']).next().unwrap_or(rest).to_owned());
        let presigned = || {
            form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
                .find(|(key, _)| key == "X-Amz-Credential")
                .map(|(_, value)| value.into_owned())
        };
        let credential = header.or_else(presigned).ok_or_else(|| {
            Fault::new(
                403,
                "MissingAuthenticationTokenException",
                "The request is not signed. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to \
                 anything; the local account accepts every key, unless it printed a token when it \
                 started, which then is the access key id.",
            )
        })?;
        Self::parse(&credential).ok_or_else(|| {
            Fault::new(
                403,
                "IncompleteSignatureException",
                format!(
                    "The credential must have the form key/date/region/service/aws4_request, but \
                     was '{credential}'."
                ),
            )
        })
    }

    fn parse(credential: &str) -> Option<Self> {
        // Access key ids contain no slash, so the five parts are unambiguous.
        let [access_key_id, _date, region, service, "aws4_request"] =
            credential.split('/').collect::<Vec<_>>()[..]
        else {
            return None;
        };
        Some(Self {
            access_key_id: access_key_id.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(authorization: Option<&str>, uri: &str) -> Result<CredentialScope, Fault> {
        let mut headers = HeaderMap::new();
        if let Some(value) = authorization {
            headers.insert(AUTHORIZATION, value.parse().unwrap());
        }
        CredentialScope::of(&headers, &uri.parse().unwrap())
    }

    #[test]
    fn the_header_names_region_and_service() {
        let scope = scope(
            Some(
                "AWS4-HMAC-SHA256 Credential=AKID/20261123/ap-northeast-1/connect/aws4_request, \
                 SignedHeaders=host, Signature=00",
            ),
            "/",
        )
        .unwrap();
        assert_eq!(scope.service, "connect");
        assert_eq!(scope.region, "ap-northeast-1");
        assert_eq!(scope.access_key_id, "AKID");
    }

    #[test]
    fn a_presigned_url_names_region_and_service_too() {
        let scope = scope(
            None,
            "/?X-Amz-Credential=AKID%2F20261123%2Feu-west-1%2Fsns%2Faws4_request",
        )
        .unwrap();
        assert_eq!(scope.service, "sns");
    }

    #[test]
    fn unsigned_and_malformed_requests_are_refused_differently() {
        assert_eq!(
            scope(None, "/").unwrap_err().code,
            "MissingAuthenticationTokenException"
        );
        assert_eq!(
            scope(Some("AWS4-HMAC-SHA256 Credential=what"), "/")
                .unwrap_err()
                .code,
            "IncompleteSignatureException"
        );
    }
}
