//! The checks of parameters that the table of block types cannot express.

use serde_json::{Map, Value};

use crate::FlowKind;
use crate::check::problems::Problems;
use crate::reference::{Reference, Root};

/// Reports what the service refuses of the parameters beyond the table.
pub(super) fn check(
    kind: &str,
    flow: FlowKind,
    parameters: &Map<String, Value>,
    path: &str,
    problems: &Problems,
) {
    let invalid = |name: &str| {
        problems.invalid_value(&format!("{path}.{name}"));
    };
    match kind {
        "Compare" if flow == FlowKind::ContactFlow && compares_agent(parameters) => {
            invalid("ComparisonValue");
        }
        "GetParticipantInput" if terminates_with_cancel_key(parameters) => {
            invalid("DTMFConfiguration.InputTerminationSequence");
        }
        _ => {}
    }
}

/// Reports whether a Compare reads an attribute of an agent, which an inbound flow has not: the
/// service refuses it there. Its own sample disconnect flow compares the agent's ARN.
fn compares_agent(parameters: &Map<String, Value>) -> bool {
    parameters
        .get("ComparisonValue")
        .and_then(Value::as_str)
        .and_then(Reference::whole)
        .is_some_and(|reference| reference.root == Root::Agent && reference.path != ["ARN"])
}

/// Reports whether a terminator contains the star, although the star is the cancel key.
fn terminates_with_cancel_key(parameters: &Map<String, Value>) -> bool {
    let text = |name: &str| {
        let keys = parameters.get("DTMFConfiguration")?;
        keys.get(name)?.as_str()
    };
    let disabled = matches!(text("DisableCancelKey"), Some("True" | "true"));
    !disabled && text("InputTerminationSequence").is_some_and(|keys| keys.contains('*'))
}
