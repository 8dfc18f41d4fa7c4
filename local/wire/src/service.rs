//! The interface of a service of the account.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::{Answer, ApiRequest, Dialect, Fault, Request, Response};

/// The outcome of an operation.
pub type Outcome = Result<Answer, Fault>;

/// The future outcome of an operation.
pub type OutcomeFuture<'a> = BoxFuture<'a, Outcome>;

/// One AWS service of the account.
pub trait Service: Send + Sync + 'static {
    /// Returns the service's wire format.
    fn dialect(&self) -> &'static Dialect;

    /// Carries out an operation.
    fn call(&self, request: ApiRequest) -> OutcomeFuture<'_>;

    /// Handles a request completely, but without the gateway's fault rules, authorization and
    /// record of requests. For programs that use a service without an account.
    fn handle(&self, request: Request) -> BoxFuture<'_, Response> {
        let request = ApiRequest::new(self.dialect(), request);
        let reply = request.reply();
        async move { reply.write(self.call(request).await) }.boxed()
    }
}
