//! Calls: a telephone on one side, the flow engine on the other, and in between everything the
//! engine asks for.
//!
//! Time is the execution's own: prompts take as long as they would to speak, silence lasts until
//! the block gives up, and none of it is waited for. Only functions run in real time.

mod call;
mod conversation;
mod flow_log;
mod functions;

pub use call::Call;
pub use conversation::{CallEvent, CallerId, DialError, Spoken, keys};

use std::sync::Arc;

use connect_flow::{Contact, Endpoint, Execution};
use time::OffsetDateTime;

use crate::ConnectService;

impl ConnectService {
    /// Dials `to` and lets the flow run until it wants something of the caller or is over.
    ///
    /// # Errors
    /// [`DialError`] when the call is not answered by a flow, as a sentence.
    pub async fn dial(self: &Arc<Self>, to: &str, from: CallerId) -> Result<Call, DialError> {
        let number = self
            .dialled(to)
            .ok_or_else(|| DialError::NotInService(to.to_owned()))?;
        if !number.instance.inbound_calls {
            return Err(DialError::InboundCallsOff(number.instance.alias));
        }
        let flow_id = number
            .flow_id
            .as_deref()
            .ok_or_else(|| DialError::NoFlow(to.to_owned()))?;
        let flow = self
            .load_flow(&number.instance, flow_id)
            .ok_or_else(|| DialError::FlowNotPublished(flow_id.to_owned()))?;
        let caller = match from {
            CallerId::Number(number) => Some(Endpoint::telephone(number)),
            CallerId::Anonymous(address) => Some(Endpoint::telephone(address)),
            CallerId::Withheld => None,
        };
        let contact = Contact::inbound(
            uuid::Uuid::new_v4().to_string(),
            number.instance.arn.clone(),
            number.instance.region.clone(),
            caller,
            Endpoint::telephone(number.phone_number.clone()),
        );
        let execution = Execution::new(contact, flow, OffsetDateTime::now_utc());
        let mut call = Call::new(Arc::clone(self), number.instance, execution);
        call.begin().await;
        Ok(call)
    }
}
