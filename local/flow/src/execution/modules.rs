//! Modules: flows within flows.

use std::mem;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::pending::Pending;
use super::scope::Scope;
use super::{Caller, Execution, Running, Step};
use crate::action::{Action, JsonTemplate};
use crate::reference::Template;
use crate::{Ending, FlowKind, LoadedFlow, Output};

/// The maximum depth of modules within modules.
const DEEPEST_NESTING: usize = 5;

impl Execution {
    pub(super) fn invoke_module(
        &mut self,
        action: &Action,
        module: &Template,
        input: &[(String, JsonTemplate)],
    ) -> Step {
        let id = self.needed(module);
        self.log(action, "InvokeFlowModule", None, || {
            id.iter().map(|id| ("FlowModuleId", id.clone())).collect()
        });
        if self.callers.len() >= DEEPEST_NESTING {
            return self.fail(format!("modules must be at most {DEEPEST_NESTING} deep"));
        }
        let Some(id) = id else {
            return self.fail("the module must be set");
        };
        let input = self.json_map(input);
        let output = Output::LoadFlow {
            id: id.clone(),
            module: true,
        };
        Step::Ask(output, Pending::Module { id, input })
    }

    pub(super) fn module_loaded(
        &mut self,
        id: &str,
        input: Map<String, Value>,
        module: Option<Box<LoadedFlow>>,
    ) -> Step {
        let Some(module) = module.filter(|module| module.kind == FlowKind::Module) else {
            return self.fail(format!(
                "the module {id} does not exist or is not published"
            ));
        };
        let scope = Scope {
            module_input: input,
            ..Scope::default()
        };
        let module = Arc::new(Running::from(*module));
        let start = module.flow.start();
        self.callers.push(Caller {
            flow: mem::replace(&mut self.flow, module),
            at: self.at,
            scope: mem::replace(&mut self.scope, scope),
        });
        Step::Enter(start)
    }

    /// Continues in the caller, whose block takes the branch that the module returned.
    pub(super) fn return_from_module(
        &mut self,
        action: &Action,
        result: Option<&Template>,
        data: &[(String, JsonTemplate)],
    ) -> Step {
        let named = result.is_some();
        let result = result.and_then(|result| self.needed(result));
        let data = self.json_map(data);
        if let Some(record) = self.log(action, "ReturnFromFlowModule", result.as_deref(), Vec::new)
        {
            record.result_data = Some(data.clone());
        }
        self.leave(action);
        let Some(caller) = self.callers.pop() else {
            return Step::End(Ending::FlowEnded);
        };
        self.flow = caller.flow;
        self.at = caller.at;
        self.scope = caller.scope;
        self.scope.module_result.clone_from(&result);
        self.scope.module_data = data;
        match named {
            true => Step::Result(result),
            false => Step::Done,
        }
    }

    /// Fills in references; see [`View::fill`](super::scope::View::fill).
    pub(super) fn json(&mut self, template: &JsonTemplate) -> Value {
        let mut undefined = Vec::new();
        let value = self
            .view()
            .fill(template, &mut |reference| undefined.push(reference));
        for reference in undefined {
            self.warn_undefined(reference);
        }
        value
    }

    pub(super) fn json_map(&mut self, members: &[(String, JsonTemplate)]) -> Map<String, Value> {
        members
            .iter()
            .map(|(key, value)| (key.clone(), self.json(value)))
            .collect()
    }
}
