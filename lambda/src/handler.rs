//! One invocation: event in, answer out, one line in the log.

use lambda_runtime::{Diagnostic, LambdaEvent};

use crate::answer::Answer;
use crate::event::Event;
use crate::failure::Failure;
use crate::line::Line;
use crate::ports::{CampaignCatalogue, MemberDirectory, SmsSender};
use crate::telemetry::{self, Invocation};

/// Answers one invocation and logs how.
pub async fn handle<M, C, S>(
    line: &Line<M, C, S>,
    invocation: LambdaEvent<Event>,
) -> Result<Answer, Failure>
where
    M: MemberDirectory,
    C: CampaignCatalogue,
    S: SmsSender,
{
    let LambdaEvent {
        payload: event,
        context,
    } = invocation;
    let call = event.call();
    let result = match &call {
        Ok(call) => line.answer(call).await,
        Err(failure) => Err(failure.clone()),
    };
    telemetry::report(&Invocation {
        request_id: &context.request_id,
        contact_id: event.contact_id(),
        call: call.as_ref().ok(),
        result: &result,
    });
    result.map(Answer::from)
}

/// What Lambda tells whoever invoked the function: the sentence. The causes are in the log.
impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self {
            error_type: failure.error_type().to_owned(),
            error_message: failure.to_string(),
        }
    }
}
