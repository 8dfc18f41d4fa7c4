//! The contracts of modules, as the service was seen to check them
//! (mgaffigan/pulumi-amazon-connect, docs/wire-format-checks.md, "What the service validates").

use super::*;
use crate::{Contracts, ModuleContract};

/// One module, `m`, and perhaps the module that is published.
struct Modules {
    own: Option<ModuleContract>,
    m: ModuleContract,
}

impl Contracts for Modules {
    fn own(&self) -> Option<&ModuleContract> {
        self.own.as_ref()
    }

    fn of(&self, module: &str) -> Option<&ModuleContract> {
        (module == "m").then_some(&self.m)
    }
}

fn contract() -> ModuleContract {
    let schema = json!({ "schema": { "type": "object", "properties": {
        "text": { "type": "string" }, "n": { "type": "number" } } } });
    let settings = json!({ "input": schema, "resultData": schema,
        "transitions": { "results": [{ "name": "good" }, { "name": "bad" }] } });
    ModuleContract::parse(&settings.to_string()).unwrap()
}

fn problems_under(content: &Value, kind: FlowKind, own: Option<ModuleContract>) -> Vec<String> {
    let modules = Modules { own, m: contract() };
    match Flow::publish_under(&content.to_string(), kind, &modules) {
        Ok(_) => vec![],
        Err(problems) => problems.into_iter().map(|p| p.message).collect(),
    }
}

#[test]
fn a_module_keeps_its_contract() {
    let path = "Path: Actions[0].Parameters";
    let value = |name: &str| format!("Invalid Action property value. {path}.{name}");
    let name = |name: &str| format!("Invalid Action property name. {path}.{name}");
    let without = || ModuleContract::parse("{}").unwrap();
    for (parameters, contract, expected) in [
        (json!({ "Result": "good" }), contract(), vec![]),
        (
            json!({ "Result": "other" }),
            contract(),
            vec![value("Result")],
        ),
        // There is no implicit branch, not even that of the content's own settings.
        (
            json!({ "Result": "Success" }),
            without(),
            vec![value("Result")],
        ),
        (json!({}), contract(), vec![]),
        (json!({ "ResultData": {} }), contract(), vec![]),
        (
            json!({ "ResultData": { "text": "x", "n": 7 } }),
            contract(),
            vec![],
        ),
        (
            json!({ "ResultData": { "other": "x" } }),
            contract(),
            vec![name("ResultData.other")],
        ),
        (
            json!({ "ResultData": { "text": "x" } }),
            without(),
            vec![name("ResultData.text")],
        ),
    ] {
        let content = json!({ "Version": "2019-10-30", "StartAction": "end",
            "Settings": { "InputParameters": [], "OutputParameters": [], "Transitions": [
                { "DisplayName": "Success", "ReferenceName": "Success", "Description": "" } ] },
            "Actions": [{ "Identifier": "end", "Type": "EndFlowModuleExecution",
                          "Parameters": parameters, "Transitions": {} }] });
        let found = problems_under(&content, FlowKind::Module, Some(contract));
        assert_eq!(found, expected, "{parameters}");
    }
}

#[test]
fn a_caller_keeps_the_contract_of_its_module() {
    let path = "Path: Actions[0].Parameters.Input";
    let invoke = |input: Value| json!({ "FlowModuleId": "m", "Input": input });
    for (parameters, branch, expected) in [
        (json!({ "FlowModuleId": "m" }), "good", vec![]),
        (
            invoke(json!({ "text": "$.Attributes.x", "n": 7 })),
            "bad",
            vec![],
        ),
        (
            invoke(json!({ "other": "x" })),
            "good",
            vec![format!("Invalid Action property name. {path}.other")],
        ),
        (
            invoke(json!({ "n": "7" })),
            "good",
            vec![format!("Invalid Action property value. {path}.n")],
        ),
        (
            invoke(json!({ "n": "$.Attributes.count" })),
            "good",
            vec![format!("Invalid Action property value. {path}.n")],
        ),
        (
            json!({ "FlowModuleId": "m" }),
            "undeclared",
            vec![
                "Invalid Action property value. \
                 Path: Actions[0].Transitions.Conditions[0].Condition.Operands[0]"
                    .to_owned(),
            ],
        ),
        // The contract is not known before the call.
        (
            json!({ "FlowModuleId": "$.Attributes.module" }),
            "any",
            vec![],
        ),
    ] {
        let content = flow(action(
            "InvokeFlowModule",
            parameters.clone(),
            &[NMC, NME],
            &[("Equals", branch)],
        ));
        let found = problems_under(&content, FlowKind::ContactFlow, None);
        assert_eq!(found, expected, "{parameters}");
    }
}
