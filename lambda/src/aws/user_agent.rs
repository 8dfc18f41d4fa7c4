//! The `User-Agent` header, composed once for each client.

use std::sync::OnceLock;

use aws_runtime::user_agent::UserAgentInterceptor;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
};
use aws_smithy_runtime_api::client::interceptors::{
    Intercept, disable_interceptor, dyn_dispatch_hint,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

const USER_AGENT: &str = "user-agent";

/// Sends the `User-Agent` of a client's first request with every later one.
///
/// The SDK's own interceptor writes the first one. For each request it would read the environment, compose
/// the same text again, write it a second time as `X-Amz-User-Agent`, and have that signed.
#[derive(Debug, Default)]
pub(crate) struct UserAgentOnce(OnceLock<String>);

#[dyn_dispatch_hint]
impl Intercept for UserAgentOnce {
    fn name(&self) -> &'static str {
        "UserAgentOnce"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.0.get().is_some() {
            let disabled = disable_interceptor::<UserAgentInterceptor>("its header is known");
            cfg.interceptor_state().store_put(disabled);
        }
        Ok(())
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.request_mut().headers_mut();
        match (self.0.get(), headers.get(USER_AGENT)) {
            (Some(known), None) => {
                headers.try_insert(USER_AGENT, known.clone())?;
            }
            (None, Some(first)) => {
                self.0.get_or_init(|| first.to_owned());
            }
            _ => {}
        }
        Ok(())
    }
}
