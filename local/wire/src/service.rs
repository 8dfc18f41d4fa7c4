//! A service of the account.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::{Answer, ApiRequest, Dialect, Fault, Request, Response};

/// What comes of an operation.
pub type Outcome = Result<Answer, Fault>;

/// What will come of an operation.
pub type OutcomeFuture<'a> = BoxFuture<'a, Outcome>;

/// One AWS service of the account.
pub trait Service: Send + Sync + 'static {
    /// How it is spoken to and how it speaks.
    fn dialect(&self) -> &'static Dialect;

    /// Carries out an operation.
    fn call(&self, request: ApiRequest) -> OutcomeFuture<'_>;

    /// The whole way from a request to its answer, without what the gateway has in between: fault rules,
    /// authorization and the record of requests. Programs that have a service but no account ask it so.
    fn handle(&self, request: Request) -> BoxFuture<'_, Response> {
        let request = ApiRequest::new(self.dialect(), request);
        let reply = request.reply();
        async move { reply.write(self.call(request).await) }.boxed()
    }
}
