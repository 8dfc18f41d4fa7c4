//! STS: embedded, but functions are told who they are.

use std::sync::Arc;

use axum::http::{HeaderValue, header::CONTENT_TYPE};
use futures_util::FutureExt;
use local_aws::{
    ACCOUNT_ID, FunctionIdentity, Request, Response, Service, ServiceFuture, request_id,
};
use local_lambda::LambdaService;
use winterbaume_sts::StsService;

use crate::embedded::{Embedded, Host};
use crate::operation::Operation;

/// STS of the account.
pub(crate) struct Sts {
    embedded: Embedded<StsService>,
    lambda: Arc<LambdaService>,
}

impl Sts {
    pub(crate) fn new(lambda: Arc<LambdaService>) -> Self {
        Self {
            embedded: Embedded::new(StsService::new(), Host::Regional("sts")),
            lambda,
        }
    }
}

impl Service for Sts {
    fn handle(&self, request: Request) -> ServiceFuture<'_> {
        async move {
            match self.lambda.identity_of(&request.access_key_id) {
                Some(identity) if Operation::of(&request).name == "GetCallerIdentity" => {
                    caller(&identity, &request.access_key_id)
                }
                _ => self.embedded.serve(request).await,
            }
        }
        .boxed()
    }
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
