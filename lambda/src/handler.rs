//! The handler: answers an event, and writes one line of log and one of metrics.

use crate::answer::Answer;
use crate::event::Event;
use crate::metrics::Metrics;
use crate::rules::failure::Failure;
use crate::rules::invocation::Invocation;
use crate::rules::line::Line;
use crate::rules::ports::Ports;
use crate::telemetry::{self, InvocationReport};

/// Answers one invocation, logs it, and writes its metrics.
pub async fn handle<P: Ports>(
    line: &Line<P>,
    metrics: &Metrics,
    event: &Event,
    invocation: &Invocation,
) -> Result<Answer, Failure> {
    let request = event.request();
    let result = match &request {
        Ok(request) => line.answer(request, invocation).await,
        Err(failure) => Err(failure.clone()),
    };
    telemetry::report(&InvocationReport {
        invocation,
        contact_id: event.contact_id(),
        request: request.as_ref().ok(),
        result: &result,
    });
    metrics.report(invocation, &result);
    result.map(Answer::from)
}
