//! Writes injected errors in the form of each service.

use local_wire::Fault;

use super::Effect;
use crate::dynamodb::is_item_operation;
use crate::services;

/// Returns the error of an effect; `None` for effects that do not refuse the request.
pub(crate) fn refusal(effect: &Effect, service: &str, operation: &str) -> Option<Fault> {
    let dialect = services::find(service)?;
    let fault = |(status, code): (u16, &str), message: &str| Fault::new(status, code, message);
    match effect {
        Effect::Throttle => {
            let mut throttled = dialect.throttled;
            if service == "dynamodb" && is_item_operation(operation) {
                throttled.1 = "ProvisionedThroughputExceededException";
            }
            let fault = fault(throttled, "Too many requests (injected by a fault rule).");
            Some(if service == "lambda" {
                fault.with("Reason", "CallerRateLimitExceeded".into())
            } else {
                fault
            })
        }
        Effect::ServerError => Some(fault(
            dialect.broken,
            "Internal error (injected by a fault rule).",
        )),
        Effect::Unavailable => Some(fault(
            (503, "ServiceUnavailable"),
            "The service is unavailable (injected by a fault rule).",
        )),
        Effect::Refuse(refusal) => {
            let mut fault = Fault::new(refusal.status, &refusal.code, &refusal.message);
            fault.members = refusal.members.clone();
            Some(fault)
        }
        _ => None,
    }
}
