//! The checks against the contracts of modules.

use serde_json::{Map, Value};

use crate::check::problems::Problems;
use crate::contract::{Contracts, Mismatch};
use crate::document::RawAction;
use crate::reference::{Reference, Template};

/// Reports where a module's end, or an invocation of a module, breaks the contract.
pub(super) fn check(
    kind: &str,
    action: &RawAction<'_>,
    parameters: &Map<String, Value>,
    contracts: &dyn Contracts,
    problems: &Problems,
) {
    match kind {
        "EndFlowModuleExecution" => check_end(action, parameters, contracts, problems),
        "InvokeFlowModule" => check_invocation(action, parameters, contracts, problems),
        _ => {}
    }
}

fn check_end(
    action: &RawAction<'_>,
    parameters: &Map<String, Value>,
    contracts: &dyn Contracts,
    problems: &Problems,
) {
    let Some(contract) = contracts.own() else {
        return;
    };
    let path = format!("Actions[{}].Parameters", action.index);
    let result = parameters.get("Result").and_then(Value::as_str);
    if result
        .is_some_and(|result| Reference::whole(result).is_none() && !contract.has_branch(result))
    {
        problems.invalid_value(&format!("{path}.Result"));
    }
    if let Some(data) = parameters.get("ResultData").and_then(Value::as_object) {
        report(
            &contract.check_result(data),
            &format!("{path}.ResultData"),
            problems,
        );
    }
}

fn check_invocation(
    action: &RawAction<'_>,
    parameters: &Map<String, Value>,
    contracts: &dyn Contracts,
    problems: &Problems,
) {
    let module = parameters.get("FlowModuleId").and_then(Value::as_str);
    let contract = module
        .filter(|module| Template::parse(module).is_static())
        .and_then(|module| contracts.of(module));
    // The contract of a module that is selected by a reference is not known.
    let Some(contract) = contract else {
        return;
    };
    if let Some(input) = parameters.get("Input").and_then(Value::as_object) {
        let path = format!("Actions[{}].Parameters.Input", action.index);
        report(&contract.check_input(input), &path, problems);
    }
    for (at, condition) in action.transitions.conditions.iter().enumerate() {
        if !contract.has_branch(&condition.operand) {
            let path = format!(
                "Actions[{}].Transitions.Conditions[{at}].Condition.Operands[0]",
                action.index
            );
            problems.invalid_condition(&path);
        }
    }
}

fn report(found: &[Mismatch], path: &str, problems: &Problems) {
    for mismatch in found {
        match mismatch {
            Mismatch::Undeclared(name) => {
                problems.invalid_name(&format!("{path}.{name}"));
            }
            Mismatch::Missing(name) => problems.missing(&format!("{path}.{name}")),
            Mismatch::Type(name) => problems.invalid_value(&format!("{path}.{name}")),
        }
    }
}
