//! One invocation: event in, answer out, one line in the log and one of metrics.

use lambda_runtime::{Diagnostic, LambdaEvent};

use crate::answer::Answer;
use crate::event::Event;
use crate::metrics::Metrics;
use crate::rules::failure::Failure;
use crate::rules::invocation::Invocation;
use crate::rules::line::Line;
use crate::rules::ports::{AttemptLedger, CampaignCatalogue, MemberDirectory, PinKeys, SmsSender};
use crate::telemetry::{self, Record};

/// Answers one invocation, logs how, and counts it.
pub async fn handle<M, K, C, S, L>(
    line: &Line<M, K, C, S, L>,
    metrics: &Metrics,
    event: LambdaEvent<Event>,
) -> Result<Answer, Failure>
where
    M: MemberDirectory,
    K: PinKeys,
    C: CampaignCatalogue,
    S: SmsSender,
    L: AttemptLedger,
{
    let LambdaEvent {
        payload: event,
        context,
    } = event;
    let invocation = Invocation::new(&context.request_id, context.deadline);
    let call = event.call();
    let result = match &call {
        Ok(call) => line.answer(call, &invocation).await,
        Err(failure) => Err(failure.clone()),
    };
    telemetry::report(&Record {
        invocation: &invocation,
        contact_id: event.contact_id(),
        call: call.as_ref().ok(),
        result: &result,
    });
    metrics.report(&invocation, &result);
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
